use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ApiSecret;

/// How long the base64 of an HMAC-SHA256 is.
const SIGNATURE_LENGTH: usize = 44;

/// Why a signature was not accepted. It says nothing that helps a forger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The header is not the base64 of 32 bytes.
    #[error("the signature is malformed")]
    Malformed,
    /// No secret makes this signature.
    #[error("the signature does not match")]
    Mismatch,
}

/// The value of `X-Api-Signature` for `body`: base64 of HMAC-SHA256, keyed with the text of the secret
/// \[docs\]\[vendor-code\].
///
/// No JSON form is canonical: sign the bytes that are sent and send the bytes that were signed.
#[must_use]
pub fn signature(secret: &ApiSecret, body: &[u8]) -> String {
    STANDARD.encode(mac(secret, body).finalize().into_bytes())
}

/// Checks a signature over the raw bytes of a body, in constant time, against each secret in turn. Returns the index of
/// the one that made it: several are for the time of a rotation, or for several devices behind one webhook.
///
/// # Errors
///
/// When the header is not base64 of 32 bytes, or no secret made it.
///
/// ```
/// use fh_auth::{ApiSecret, signature, verify};
/// let (old, new) = (ApiSecret::unchecked_format("old")?, ApiSecret::unchecked_format("new")?);
/// let header = signature(&new, b"[]");
/// assert_eq!(verify(b"[]", &header, &[old, new]), Ok(1));
/// # Ok::<(), fh_auth::CredentialError>(())
/// ```
pub fn verify(body: &[u8], header: &str, secrets: &[ApiSecret]) -> Result<usize, VerifyError> {
    if header.len() != SIGNATURE_LENGTH {
        return Err(VerifyError::Malformed);
    }
    let claimed = STANDARD
        .decode(header)
        .ok()
        .filter(|bytes| bytes.len() == 32)
        .ok_or(VerifyError::Malformed)?;
    secrets
        .iter()
        .position(|secret| mac(secret, body).verify_slice(&claimed).is_ok())
        .ok_or(VerifyError::Mismatch)
}

fn mac(secret: &ApiSecret, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.hmac_key()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

    /// Body, signature, and the signature that comes of decoding the secret first, which must be refused.
    const VECTORS: [(&str, &str, &str); 9] = [
        (
            r#"["6f9619ff-8b86-d011-b42d-00c04fc964ff"]"#,
            "3JH1kx7Dzp3Cn3POSS5BLr8rM208o1JIDGec0rl8FWM=",
            "qAh05WQYv6dEMvLFrgAlXLweTh4MyNkuNoxljf+qEjg=",
        ),
        (
            "[]",
            "7xjaFaNbsRnq+2Eq2mD3wsdt/wzFZOwZ9qpvbMYkRaw=",
            "Yo4MRfVuf1+2a1Ken2LGWI/jNuJBhjQdLCop7mUeOe0=",
        ),
        (
            r#"{"DestinationCurrency":"USD","SourceCurrency":"USD","UserId":42}"#,
            "NR8xjRQJxs22QiulvvyMBAmslhuuQzOeB6hwP9MGnnM=",
            "wq5C9KikuJ7mrYuuKdb58WOkYsFTC8lZBDiVpcqeXdg=",
        ),
        (
            r#"{"UserId": 42, "SourceCurrency": "USD", "DestinationCurrency": "USD"}"#,
            "CMKhPILmLZFI5/e8XHsHg9/5yHlcepSbOfl9KFa0Oug=",
            "YajoxPZXH/D0gwLOC8rq7YeEw57W68K2PtR8KMVbKUs=",
        ),
        (
            "",
            "wcgdjpd+fvgDjYM1QGEl+VK8qMC25BFvqgqNPIjDJRs=",
            "NJnxY/SGBMCxWsieTnxm8xT7OyA7isL1ZIKOYva+nZ0=",
        ),
        (
            r#"{"Name":"Café – Müller"}"#,
            "3uhQJBHhDaCbuIU+EHswLqDpSD3wsl9uZRNIf2FYalw=",
            "EBNn8bKi/9NEbltX0j2ljXOVKUI6XJFTcMldkW4TWpY=",
        ),
        (
            r#"{"Name":"Caf\u00e9 \u2013 M\u00fcller"}"#,
            "QAC4MlZf8LHI6uHIFw2ISDlW4Mv7UKXEbxq+qDMLPGI=",
            "uIfIfoYzbqhDvucgc/2MbhFCaGG1QRNW3HxjpmwXwLo=",
        ),
        (
            include_str!("../vectors/erpnext-invoice.json"),
            "gzyzUWdw1mfAr4S3XZY2ncdOBjaybP5mPOIwO5rSt24=",
            "9JTfzUGbPgXicTtZSdw2TCInNQaJOSHongnHgZJcm1E=",
        ),
        (
            include_str!("../vectors/odoo-credit-note.json"),
            "33WvZz6GspPV2o+97U1gqu4AU9nzp/odTNWqeMBvvSQ=",
            "z/xOEF0hTZ9lPWfZ8XFLM8t1yLWa3M/K4QOalwnckjY=",
        ),
    ];

    fn secret() -> ApiSecret {
        ApiSecret::new(SECRET).unwrap()
    }

    #[test]
    fn all_published_vectors_agree() {
        for (body, right, wrong) in VECTORS {
            assert_eq!(signature(&secret(), body.as_bytes()), right, "{body}");
            assert_eq!(verify(body.as_bytes(), right, &[secret()]), Ok(0), "{body}");
            assert_eq!(
                verify(body.as_bytes(), wrong, &[secret()]),
                Err(VerifyError::Mismatch),
                "{body}"
            );
        }
    }

    #[test]
    fn the_documents_of_the_vectors_have_the_published_lengths() {
        assert_eq!((VECTORS[5].0.len(), VECTORS[6].0.len()), (28, 39));
        assert_eq!((VECTORS[7].0.len(), VECTORS[8].0.len()), (650, 595));
    }

    #[test]
    fn malformed_headers_are_refused() {
        let right = VECTORS[1].1;
        for header in [
            "",
            " ",
            "====",
            &right[1..],
            &format!("{right} "),
            &right.replace('=', "A"),
            &right.replace('+', "-"),
        ] {
            assert_eq!(
                verify(b"[]", header, &[secret()]),
                Err(VerifyError::Malformed),
                "{header:?}"
            );
        }
        assert_eq!(verify(b"[]", right, &[]), Err(VerifyError::Mismatch));
    }

    proptest! {
        #[test]
        fn one_flipped_bit_anywhere_is_refused(body in proptest::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>()) {
            let header = signature(&secret(), &body);
            let mut flipped = body.clone();
            let at = bit.index(body.len() * 8);
            flipped[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(verify(&flipped, &header, &[secret()]), Err(VerifyError::Mismatch));
            let mut header = header.into_bytes();
            let at = bit.index(header.len() * 8);
            header[at / 8] ^= 1 << (at % 8);
            if let Ok(header) = String::from_utf8(header) {
                prop_assert!(verify(&body, &header, &[secret()]).is_err());
            }
        }

        #[test]
        fn no_header_makes_verification_panic(header in "\\PC{0,60}", body in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(verify(&body, &header, &[secret()]).is_err());
        }
    }
}
