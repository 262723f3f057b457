//! What a switch can be set to, where the vendor's behaviour is unknown or sources disagree: one type for each kind of answer.

use serde::{Deserialize, Serialize};

/// One value of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SwitchValue {
    /// How it is written in profiles and after `--set`.
    pub name: &'static str,
    /// What the simulator does then.
    pub meaning: &'static str,
}

/// A type that has a few values with names.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// All of them, the default of [`Options`](crate::Options) not always first.
    const VALUES: &'static [SwitchValue];

    fn name(self) -> &'static str;

    fn named(name: &str) -> Option<Self>;
}

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $type:ident { $($variant:ident $name:literal $meaning:literal;)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $type {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)+
        }

        impl Choice for $type {
            const VALUES: &'static [SwitchValue] = &[$(SwitchValue { name: $name, meaning: $meaning },)+];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

choices! {
    /// What the service does with a document id that it has already accepted.
    Repeat {
        SameRequest "same-request" "The earlier request id is answered and nothing else is done, unless the earlier attempt was rejected: then it is tried anew.";
        Conflict "conflict" "`409` with problem details.";
        SecondAcceptance "second-acceptance" "It is accepted a second time; the authority then answers `RCPT013`, unless numbers are not checked and the document is fiscalised twice.";
    }

    /// What the service does with the content of a document that it rejected and that comes again, such as a corrected one.
    RejectedAgain {
        TakesNew "takes-new" "What comes is taken, under a new request id.";
        KeepsOld "keeps-old" "What it said before is tried again, under the request id that was given then.";
    }

    /// How `/status` shows a request that is not settled.
    PendingForm {
        Nulls "nulls" "An element with `Success: false` and nulls.";
        Missing "missing" "No element.";
    }

    /// How a submission is answered.
    SubmitAnswer {
        BareText "bare-text" "The bare request id as `text/plain`.";
        JsonString "json-string" "The request id as a JSON string.";
    }

    /// The spelling of property names in answers and webhooks.
    KeyCase {
        Pascal "pascal" "`RequestId`, `QrData`.";
        Camel "camel" "`requestId`, `qrData`.";
        PascalQr "pascal-qr" "As `pascal`, but `QRData`, as one version note of the documentation writes it.";
    }

    /// What happens to a field that the OpenAPI document does not know.
    UnknownFields {
        Ignore "ignore" "It is ignored, as the service's framework does by default.";
        Refuse "refuse" "`400`.";
    }

    /// How `LineAmount` relates to `UnitAmount`, `Quantity` and `DiscountAmount`. Published integrations disagree.
    DiscountPolicy {
        NetOfDiscount "net-of-discount" "`LineAmount` is unit price times quantity, less the discount.";
        UnitAfterDiscount "unit-after-discount" "`LineAmount` is unit price times quantity; the discount is for information.";
        Either "either" "Either of the two, since integrations of both kinds are in production.";
    }
}
