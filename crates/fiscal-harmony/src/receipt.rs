//! The receipt of a fiscalised document, and the link printed on it.

use std::fmt;

use fh_types::{RequestId, VerificationCode, jiff::civil::Date};

#[cfg(feature = "qr")]
use crate::{Qr, QrError};

/// Proof that a document was fiscalised. The QR code and the verification code must be printed on the invoice.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The submission it answers.
    pub request_id: RequestId,
    /// The address behind the QR code: anyone can look the receipt up at the authority \[zimra\].
    pub qr_url: String,
    /// The code printed beside it, `XXXX-XXXX-XXXX-XXXX` \[vendor-code\].
    pub verification_code: String,
    /// The number of the fiscal day.
    pub fiscal_day: i64,
    /// The number of the fiscal device.
    pub device_id: i64,
    /// The **authority's** number of the receipt, not the seller's invoice number \[vendor-code\]\[kb\].
    pub receipt_number: i64,
    /// The name of its PDF at the service; absent even on some successes \[vendor-code\].
    pub pdf: Option<String>,
}

impl Receipt {
    /// The QR code to print.
    ///
    /// # Errors
    ///
    /// When the address does not fit into a QR code.
    #[cfg(feature = "qr")]
    pub fn qr(&self) -> Result<Qr, QrError> {
        Qr::new(&self.qr_url)
    }

    /// What the link says about the receipt, if it follows the authority's rule.
    #[must_use]
    pub fn link(&self) -> Option<VerificationLink> {
        VerificationLink::parse(&self.qr_url)
    }

    /// Where the link contradicts the record. Anything here means that answers were mixed up: do not print it, and report
    /// it. Empty when all agrees, or when the link has a form that cannot be read.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let Some(link) = self.link() else { return Vec::new() };
        let code = VerificationCode::parse(&self.verification_code)
            .map_or_else(|_| self.verification_code.clone(), String::from);
        [
            ("device id", link.device_id.to_string(), self.device_id.to_string()),
            (
                "receipt number",
                link.receipt_number.to_string(),
                self.receipt_number.to_string(),
            ),
            ("verification code", link.verification_code.to_string(), code),
        ]
        .into_iter()
        .filter(|(_, link, record)| link != record)
        .map(|(what, link, record)| Mismatch { what, link, record })
        .collect()
    }
}

/// A point on which a receipt's link and its record disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// What they disagree on.
    pub what: &'static str,
    /// What the link says.
    pub link: String,
    /// What the record says.
    pub record: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the QR link says {} {}, the record says {}",
            self.what, self.link, self.record
        )
    }
}

/// What the address behind the QR code says: after the last slash, the device in 10 digits, the date as `ddMMyyyy`, the
/// receipt number in 10 digits and the verification code in 16 \[zimra\]. A form with query parameters is read too
/// \[third-party\].
///
/// ```
/// use fiscal_harmony::VerificationLink;
/// let link = VerificationLink::parse("https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3").unwrap();
/// assert_eq!((link.device_id, link.receipt_number), (33389, 68));
/// assert_eq!(link.date.to_string(), "2026-05-14");
/// assert_eq!(link.verification_code.as_str(), "CC86-EF9C-DFA9-68E3");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationLink {
    /// The fiscal device.
    pub device_id: i64,
    /// The date of the receipt.
    pub date: Date,
    /// The authority's number of the receipt.
    pub receipt_number: i64,
    /// The verification code.
    pub verification_code: VerificationCode,
}

impl VerificationLink {
    /// Reads an address, if it has one of the two known forms.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        match url.split_once('?') {
            Some((_, query)) => Self::from_query(query),
            None => Self::from_segment(url.rsplit('/').next()?),
        }
    }

    fn from_segment(segment: &str) -> Option<Self> {
        if segment.len() != 44 || !segment.is_ascii() {
            return None;
        }
        let (device, rest) = segment.split_at(10);
        let (date, rest) = rest.split_at(8);
        let (number, code) = rest.split_at(10);
        Some(Self {
            device_id: digits(device)?,
            date: Date::strptime("%d%m%Y", date).ok()?,
            receipt_number: digits(number)?,
            verification_code: VerificationCode::parse(code).ok()?,
        })
    }

    fn from_query(query: &str) -> Option<Self> {
        let value = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        Some(Self {
            device_id: digits(value("DeviceId")?)?,
            date: value("ReceiptDate")?.parse().ok()?,
            receipt_number: digits(value("ReceiptGlobalNo")?)?,
            verification_code: VerificationCode::parse(value("ReceiptQrData")?).ok()?,
        })
    }
}

fn digits(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            request_id: RequestId::parse("r1").unwrap(),
            qr_url: "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3".to_owned(),
            verification_code: "CC86-EF9C-DFA9-68E3".to_owned(),
            fiscal_day: 12,
            device_id: 33389,
            receipt_number: 68,
            pdf: None,
        }
    }

    #[test]
    fn an_honest_receipt_has_no_mismatch() {
        assert_eq!(receipt().mismatches(), []);
        let unreadable = Receipt {
            qr_url: "https://zimra.test/other".to_owned(),
            ..receipt()
        };
        assert_eq!((unreadable.link(), unreadable.mismatches()), (None, vec![]));
    }

    #[test]
    fn each_mixed_up_part_is_named() {
        for (mixed, what) in [
            (
                Receipt {
                    device_id: 1,
                    ..receipt()
                },
                "device id",
            ),
            (
                Receipt {
                    receipt_number: 69,
                    ..receipt()
                },
                "receipt number",
            ),
            (
                Receipt {
                    verification_code: "CC86-EF9C-DFA9-68E4".to_owned(),
                    ..receipt()
                },
                "verification code",
            ),
        ] {
            let mismatches = mixed.mismatches();
            assert_eq!(mismatches.len(), 1);
            assert_eq!(mismatches[0].what, what);
        }
    }

    #[test]
    fn the_form_with_a_query_is_read_too() {
        let link = VerificationLink::parse(
            "https://x.test/Receipt/Result?ReceiptGlobalNo=68&ReceiptDate=2026-05-14&DeviceId=33389&ReceiptQrData=CC86EF9CDFA968E3",
        );
        assert_eq!(link, receipt().link());
    }

    #[test]
    fn what_is_no_link_is_none() {
        for url in [
            "",
            "https://x.test/",
            "https://x.test/00000333891405202600000000",
            "https://x.test/?DeviceId=1",
            &"é".repeat(22),
        ] {
            assert_eq!(VerificationLink::parse(url), None, "{url}");
        }
        assert_eq!(
            VerificationLink::parse("https://x.test/0000033389320520260000000068CC86EF9CDFA968E3"),
            None,
            "32 May"
        );
    }
}
