//! What shows that a document is fiscalised, as somebody typed it.

use fh_outbox::Evidence;
use fh_types::{RequestId, VerificationCode};

/// What somebody typed who has found that a document is fiscalised; exactly one of the first three is meant.
///
/// ```
/// let typed = fh_agent::Typed { verification_code: Some("CC86-EF9C-DFA9-68E3"), ..Default::default() };
/// assert!(typed.evidence().is_ok());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    /// The verification code of its receipt.
    pub verification_code: Option<&'a str>,
    /// The address in the QR code of its receipt.
    pub qr_url: Option<&'a str>,
    /// The name under which the service knows it.
    pub request_id: Option<&'a str>,
    /// The receipt may be of another day than the document.
    pub any_day: bool,
}

impl Typed<'_> {
    /// The evidence.
    ///
    /// # Errors
    ///
    /// In words for whoever typed it, when it is not exactly one of the three, or has not its form.
    pub fn evidence(self) -> Result<Evidence, String> {
        let given = |text: Option<&'_ str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        match (
            given(self.qr_url),
            given(self.verification_code),
            given(self.request_id),
        ) {
            (Some(url), None, None) => {
                let link = Evidence::link(url).ok_or(
                    "that is not the address of a receipt: copy the whole address out of the QR code, such as \
                     https://fdms.zimra.co.zw/0000012345…",
                )?;
                Ok(if self.any_day { link.of_any_day() } else { link })
            }
            (None, Some(code), None) => VerificationCode::parse(&code)
                .map(Evidence::VerificationCode)
                .map_err(|error| error.to_string()),
            (None, None, Some(id)) => RequestId::parse(&id)
                .map(Evidence::RequestId)
                .map_err(|error| error.to_string()),
            _ => {
                Err("say one of these: the address in the QR code, the verification code, or the request id".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_well_formed_thing_is_evidence() {
        let link = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
        let typed = |qr_url, verification_code, request_id| Typed {
            verification_code,
            qr_url,
            request_id,
            any_day: false,
        };
        assert!(matches!(
            typed(Some(link), None, None).evidence(),
            Ok(Evidence::Link { of_any_day: false, .. })
        ));
        let any_day = Typed {
            any_day: true,
            ..typed(Some(link), Some(" "), None)
        };
        assert!(matches!(
            any_day.evidence(),
            Ok(Evidence::Link { of_any_day: true, .. })
        ));
        let code = typed(None, Some("cc86-ef9c-dfa9-68e3"), None).evidence();
        assert!(matches!(code, Ok(Evidence::VerificationCode(_))), "{code:?}");
        assert!(matches!(
            typed(None, None, Some("r-1")).evidence(),
            Ok(Evidence::RequestId(_))
        ));
        for wrong in [
            typed(None, None, None),
            typed(Some(link), Some("CC86-EF9C-DFA9-68E3"), None),
            typed(Some("https://example.com/"), None, None),
            typed(None, Some("12"), None),
        ] {
            assert!(wrong.evidence().is_err(), "{wrong:?}");
        }
    }
}
