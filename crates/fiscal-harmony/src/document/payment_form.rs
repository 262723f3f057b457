//! Payment methods as tills call them, and the word of the wire that fits.

use super::types::PaymentMethod;

/// The method that a word stands for, where there is no doubt.
pub(super) fn meant(word: &str) -> Option<PaymentMethod> {
    let plain: String = word
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let by_name = PaymentMethod::ALL
        .iter()
        .copied()
        .find(|method| method.name().eq_ignore_ascii_case(&plain));
    by_name.or_else(|| {
        let (method, _) = WORDS.iter().find(|(_, words)| words.contains(&plain.as_str()))?;
        Some(*method)
    })
}

const WORDS: [(PaymentMethod, &[&str]); 7] = [
    (
        PaymentMethod::Cash,
        &["csh", "notes", "usdcash", "cashusd", "cashsale", "cashpayment"],
    ),
    (
        PaymentMethod::Card,
        &[
            "visa",
            "mastercard",
            "swipe",
            "pos",
            "debitcard",
            "creditcard",
            "bankcard",
            "zimswitch",
            "cardpayment",
            "eftpos",
        ],
    ),
    (
        PaymentMethod::MobileWallet,
        &[
            "ecocash",
            "ecocashusd",
            "onemoney",
            "telecash",
            "innbucks",
            "omari",
            "mukuru",
            "mobile",
            "mobilemoney",
            "wallet",
            "mpesa",
        ],
    ),
    (
        PaymentMethod::BankTransfer,
        &[
            "eft",
            "rtgs",
            "transfer",
            "bank",
            "zipit",
            "swift",
            "wire",
            "wiretransfer",
            "directdeposit",
            "ach",
        ],
    ),
    (PaymentMethod::Coupon, &["voucher", "giftcard", "giftvoucher", "token"]),
    (
        PaymentMethod::Credit,
        &[
            "account",
            "onaccount",
            "invoice",
            "30days",
            "creditsale",
            "debtor",
            "unpaid",
            "later",
        ],
    ),
    (
        PaymentMethod::Other,
        &["mixed", "split", "several", "multiple", "misc", "various"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_till_find_their_method() {
        for (word, method) in [
            ("EcoCash", Some(PaymentMethod::MobileWallet)),
            ("EFT", Some(PaymentMethod::BankTransfer)),
            ("cash", Some(PaymentMethod::Cash)),
            ("bank transfer", Some(PaymentMethod::BankTransfer)),
            ("Mobile-Wallet", Some(PaymentMethod::MobileWallet)),
            ("Gift Card", Some(PaymentMethod::Coupon)),
            ("Cheque", None),
            ("", None),
        ] {
            assert_eq!(meant(word), method, "{word}");
        }
    }
}
