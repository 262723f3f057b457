use fh_types::CatDateTime;
use md5::{Digest, Md5};

/// Where the verification links point: the authority's test host.
pub(crate) const QR_HOST: &str = "https://fdmstest.zimra.co.zw";

/// The sixteen digits that a receipt is verified by: the first half of the MD5 of its signature, in upper case \[zimra\].
pub(crate) fn qr_data(signature: &[u8]) -> String {
    Md5::digest(signature)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// The verification link: host, device id, date, receipt number and [`qr_data`], 44 characters after the slash \[zimra\].
pub(crate) fn verification_url(
    host: &str,
    device: u32,
    date: CatDateTime,
    global_number: u64,
    qr_data: &str,
) -> String {
    format!(
        "{host}/{device:010}{}{global_number:010}{qr_data}",
        date.civil().strftime("%d%m%Y")
    )
}

/// The sixteen digits as they are printed, in groups of four.
pub(crate) fn verification_code(qr_data: &str) -> String {
    qr_data
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_of_a_known_test_receipt_is_built_by_the_authoritys_rule() {
        let date = "2026-05-14T09:30:00+02:00".parse().unwrap();
        assert_eq!(
            verification_url("https://fdmstest.zimra.co.zw", 33389, date, 68, "CC86EF9CDFA968E3"),
            "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3"
        );
        assert_eq!(verification_code("CC86EF9CDFA968E3"), "CC86-EF9C-DFA9-68E3");
    }

    #[test]
    fn the_date_in_the_link_is_the_one_in_harare() {
        let late = "2026-05-14T23:30:00Z".parse().unwrap();
        assert!(verification_url("h", 1, late, 1, "").contains("15052026"));
    }

    #[test]
    fn the_code_is_the_first_half_of_the_md5_of_the_signature() {
        // MD5("abc") is 900150983cd24fb0d6963f7d28e17f72.
        assert_eq!(qr_data(b"abc"), "900150983CD24FB0");
    }
}
