//! The signature is over the raw bytes, and every bit of it counts.

use base64::{Engine, engine::general_purpose::STANDARD};
use fiscal_harmony::webhook::{self, Secrets, VerifyError};

use crate::{fiscalised, secret, secrets, till_1};

const MESSAGES: usize = 1_000;

/// Flips each bit of the body and of the decoded signature in turn; says how many cases there were.
fn flips_are_refused(body: &[u8]) -> usize {
    let secrets = secrets();
    let header = webhook::sign(&till_1(), body);
    assert!(webhook::verify(body, &header, &secrets).is_ok());
    let mut flipped = body.to_vec();
    for bit in 0..8 * body.len() {
        flipped[bit / 8] ^= 1 << (bit % 8);
        let verified = webhook::verify(&flipped, &header, &secrets);
        assert_eq!(verified.unwrap_err(), VerifyError::Mismatch, "bit {bit} of the body");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    let mut signature = STANDARD.decode(&header).unwrap();
    for bit in 0..8 * signature.len() {
        signature[bit / 8] ^= 1 << (bit % 8);
        let verified = webhook::verify(body, &STANDARD.encode(&signature), &secrets);
        assert_eq!(
            verified.unwrap_err(),
            VerifyError::Mismatch,
            "bit {bit} of the signature"
        );
        signature[bit / 8] ^= 1 << (bit % 8);
    }
    8 * (body.len() + signature.len())
}

/// Short messages; with `FH_LONG_TESTS=1` whole records, which makes over a million cases.
#[test]
fn every_single_bit_flip_of_a_thousand_signed_messages_is_refused() {
    let long = std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1");
    let message = |number: usize| match long {
        true => format!("[{}]", fiscalised(&format!("request-{number}"), 68)),
        false => format!("[{{\"a\":{number}}}]"),
    };
    let cases: usize = (0..MESSAGES)
        .map(|number| flips_are_refused(message(number).as_bytes()))
        .sum();
    println!("{cases} flipped bits in {MESSAGES} messages were refused");
    assert!(cases > if long { 1_000_000 } else { 300_000 });
}

#[test]
fn each_of_several_secrets_is_known_by_its_label() {
    let (old, new, other) = (secret("old"), secret("new"), secret("of till 2"));
    let secrets = Secrets::new()
        .with("till-1", old.clone())
        .with("till-1", new.clone())
        .with("till-2", other.clone());
    for (index, (key, label)) in [(old, "till-1"), (new, "till-1"), (other, "till-2")]
        .into_iter()
        .enumerate()
    {
        let message = webhook::verify(b"[]", &webhook::sign(&key, b"[]"), &secrets).unwrap();
        assert_eq!((message.secret, &*message.label), (index, label));
    }
    let stranger = webhook::sign(&secret("of nobody"), b"[]");
    assert_eq!(
        webhook::verify(b"[]", &stranger, &secrets).unwrap_err(),
        VerifyError::Mismatch
    );
    assert_eq!(
        webhook::verify(b"[]", "", &secrets).unwrap_err(),
        VerifyError::Malformed
    );
    assert!(webhook::verify(b"[]", &webhook::sign(&till_1(), b"[]"), &Secrets::new()).is_err());
}

#[test]
fn the_same_json_in_other_bytes_is_another_message() {
    let header = webhook::sign(&till_1(), b"[ ]");
    assert!(webhook::verify(b"[]", &header, &secrets()).is_err());
    assert!(webhook::verify(b"[ ]", &header, &secrets()).unwrap().is_empty());
}

#[test]
fn secrets_do_not_show_themselves() {
    let shown = format!("{:?}", secrets());
    assert!(shown.contains("till-1") && !shown.contains("the secret"), "{shown}");
}
