//! The receipt's own words. The authority's words (FISCAL TAX INVOICE, TIN, Device ID, Verification code and so on) stay as it writes them.

use crate::{DocumentKind, PaymentMethod};

/// A language of the receipt's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Shona. Not reviewed by a native speaker yet.
    Shona,
}

impl Language {
    /// Every language, the default first.
    pub const ALL: [Self; 2] = [Self::English, Self::Shona];

    /// Its name in settings, such as `english`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::Shona => "shona",
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Shona => &SHONA,
        }
    }
}

/// One table for all languages, so that no word can be missing in one of them.
macro_rules! words {
    ($($(#[$about:meta])* $name:ident: $english:literal, $shona:literal;)+) => {
        pub(super) struct Words {
            $($(#[$about])* pub(super) $name: &'static str,)+
        }

        static ENGLISH: Words = Words { $($name: $english,)+ };
        static SHONA: Words = Words { $($name: $shona,)+ };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $shona),)+];
    };
}

words! {
    trading_as: "Trading as", "Zita rebhizinesi";
    address: "Address", "Kero";
    email: "E-mail", "Imeri";
    phone: "Phone", "Foni";
    reference: "Reference", "Nongedzo";
    reason: "Reason", "Chikonzero";
    credits_invoice: "Credits invoice", "Invoisi yadzoserwa";
    date: "Date", "Zuva";
    discount: "Discount", "Kuderedzwa";
    number_of_items: "Number of items", "Huwandu hwezvinhu";
    sum_of_lines: "Lines, without tax", "Zvinhu, pasina mutero";
    sub_total: "Subtotal, without tax", "Pasina mutero";
    tax: "Tax", "Mutero";
    total: "TOTAL", "ZVOSE";
    total_credited: "TOTAL CREDITED", "ZVOSE ZVADZOSERWA";
    paid: "Paid", "Zvabhadharwa";
    paid_back: "Paid back", "Zvadzoserwa";
    taxes: "Taxes", "Mitero";
    net: "Net", "Pasina";
    gross: "Gross", "Pamwe";
    exempt: "exempt", "hapana mutero";
    with_tax: "Prices include tax.", "Mitengo ine mutero mukati.";
    without_tax: "Prices are without tax.", "Mitengo haina mutero mukati.";
    no_tax_table: "Tax is not known here: there was no tax table for this document.",
        "Mutero hauzivikanwe pano: pakanga pasina tafura yemitero.";
    no_such_tax: "Tax is not known here: the tax table has nothing for the code",
        "Mutero hauzivikanwe pano: tafura haina kodhi iyi";
    half_a_cent: "Tax is not known here: it lies on half a cent, and how the authority rounds is not known.",
        "Mutero hauzivikanwe pano: uri pahafu yesendi.";
    too_large: "Tax is not known here: the amounts are too large.",
        "Mutero hauzivikanwe pano: mari yacho yakakurisa.";
    /// Followed by the amount.
    document_says: "The table is by the authority's rule. The document says tax",
        "Tafura inotevera mutemo weZIMRA. Gwaro rinoti mutero";
    verify_at: "You can verify this receipt manually at", "Ongororai risiti iyi pa";
    provisional: "PROVISIONAL SLIP", "RISITI YENGUVA PFUPI";
    sale_waits: "This sale is not fiscalised yet. This slip is no proof for tax.",
        "Kutengesa uku hakusati kwanyoreswa kuZIMRA. Chipepa ichi hachisi humbowo hwemutero.";
    /// Followed by the number.
    will_have: "The fiscal receipt will carry the number", "Risiti yemutero ichava nenhamba";
    /// Where nothing was set.
    found_at: "Ask the seller for it, with this number.", "Kumbirai kumutengesi, muchipa nhamba iyi.";
    /// For letters in square brackets.
    letters: "Words in [brackets] are in letters that cannot be printed here.",
        "Mazwi ari mu[mabhuraketi] ane mavara asingaprindwe pano.";
    cash: "cash", "mari";
    card: "card", "kadhi";
    mobile_wallet: "mobile wallet", "mari yepafoni";
    coupon: "coupon", "vhocha";
    credit: "credit", "chikwereti";
    bank_transfer: "bank transfer", "kubhanga";
    other: "other", "zvimwe";
}

impl Words {
    /// How it was paid, or paid back.
    pub(super) fn payment(&self, kind: DocumentKind, method: PaymentMethod) -> String {
        let paid = match kind {
            DocumentKind::Invoice => self.paid,
            DocumentKind::CreditNote => self.paid_back,
        };
        format!("{paid}: {}", self.method(method))
    }

    fn method(&self, method: PaymentMethod) -> &'static str {
        match method {
            PaymentMethod::Cash => self.cash,
            PaymentMethod::Card => self.card,
            PaymentMethod::MobileWallet => self.mobile_wallet,
            PaymentMethod::Coupon => self.coupon,
            PaymentMethod::Credit => self.credit,
            PaymentMethod::BankTransfer => self.bank_transfer,
            PaymentMethod::Other => self.other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_missing_in_any_language() {
        assert!(TABLE.len() > 40, "{}", TABLE.len());
        for (name, english, shona) in TABLE {
            assert!(!english.trim().is_empty() && !shona.trim().is_empty(), "{name}");
            assert_ne!(english, shona, "{name} was left in English");
            // What stands in a sentence ends as one in both languages.
            assert_eq!(english.ends_with('.'), shona.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn every_payment_method_has_a_word_of_its_own() {
        for language in Language::ALL {
            let words: std::collections::BTreeSet<_> = PaymentMethod::ALL
                .iter()
                .map(|method| language.words().method(*method))
                .collect();
            assert_eq!(words.len(), PaymentMethod::ALL.len(), "{language:?}");
        }
    }
}
