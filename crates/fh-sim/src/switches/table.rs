//! Every switch: its name, what it is about, what it can be set to, and what is known of the real service.

use std::time::Duration;

use super::switch::{Switch, Values};
use crate::{
    choices::{
        CashPrefix, Choice, DiscountOf, DiscountPolicy, EmptyStation, EmptyStatus, ErrorBody, GetSignature,
        GuessedPaths, HeaderCheck, KeyCase, Leniency, MappingAnswer, MappingCreated, MissingPdf, NaiveDates,
        OffsetDates, PdfType, PendingForm, ReceiptDate, RejectedAgain, Repeat, SameIdOtherContent, SecondMapping,
        StatusOfUnknown, SubmitAnswer, SubscriptionForm, SwitchValue, TaxCodes, Ties, UnitPrice, UnknownFields,
        WebhookBurst, WebhookCookies, WorldAtStart, ZReportFields, ZReportPage, ZReportPaging, ZReportPdfPath,
    },
    pace::Spread,
};

macro_rules! row {
    (choice $field:ident $type:ident $live:literal $meaning:literal $evidence:literal) => {
        Switch {
            name: stringify!($field),
            meaning: $meaning,
            evidence: $evidence,
            is_live: $live,
            values: Values::OneOf(<$type as Choice>::VALUES),
            read: |options| options.$field.name().to_owned(),
            write: |options, text| {
                <$type as Choice>::named(&text.replace('_', "-"))
                    .map(|value| options.$field = value)
                    .is_some()
            },
        }
    };
    (flag $field:ident $live:literal $meaning:literal $yes:literal $no:literal $evidence:literal) => {
        Switch {
            name: stringify!($field),
            meaning: $meaning,
            evidence: $evidence,
            is_live: $live,
            values: Values::OneOf(&[
                SwitchValue {
                    name: "true",
                    meaning: $yes,
                },
                SwitchValue {
                    name: "false",
                    meaning: $no,
                },
            ]),
            read: |options| options.$field.to_string(),
            write: |options, text| text.parse().map(|value| options.$field = value).is_ok(),
        }
    };
    (number $field:ident $live:literal $meaning:literal $form:literal $evidence:literal) => {
        Switch {
            name: stringify!($field),
            meaning: $meaning,
            evidence: $evidence,
            is_live: $live,
            values: Values::Free($form),
            read: |options| options.$field.to_string(),
            write: |options, text| text.parse().map(|value| options.$field = value).is_ok(),
        }
    };
    (own $switch:ident) => {
        $switch
    };
}

macro_rules! table {
    ($($kind:ident $name:ident $(($($rest:tt)*))?;)+) => {
        /// Every switch, in the order of the documentation. The colours of the authority's codes come on top, as `colours.RCPT030`.
        pub static SWITCHES: &[Switch] = &[$(row!($kind $name $($($rest)*)?),)+];
    };
}

const SETTLE_DELAY: Switch = Switch {
    name: "settle_delay_ms",
    meaning: "the time between acceptance and result, in milliseconds",
    evidence: "unknown; published integrations wait 3 to 6 s [vendor-code]",
    is_live: true,
    values: Values::Free("a whole number of milliseconds"),
    read: |options| options.settle_delay.as_millis().to_string(),
    write: |options, text| {
        let delay = text.parse().map(Duration::from_millis);
        delay.map(|delay| options.settle_delay = delay).is_ok()
    },
};

const SETTLE_SPREAD: Switch = Switch {
    name: "settle_spread",
    meaning: "how those times are spread around it",
    evidence: "unknown",
    is_live: true,
    values: Values::Free("none, a share such as 20%, or \"log-normal 0.5\""),
    read: |options| options.settle_spread.to_string(),
    write: |options, text| {
        text.parse::<Spread>()
            .map(|spread| options.settle_spread = spread)
            .is_ok()
    },
};

const BASE_PATH: Switch = Switch {
    name: "base_path",
    meaning: "the path before every operation",
    evidence: "`/api` [vendor-code]; whether the test host has it is unknown",
    is_live: false,
    values: Values::Free("a path such as /api, or nothing"),
    read: |options| options.base_path.clone(),
    write: |options, text| {
        let fits = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
        if fits {
            text.clone_into(&mut options.base_path);
        }
        fits
    },
};

table! {
    choice repeat (Repeat true "a document id again, without `IsRetry`" "unknown");
    choice repeat_with_retry (Repeat true "a document id again, with `IsRetry: true`"
        "unknown; published integrations rely on it to be safe [vendor-code]");
    choice rejected_again (RejectedAgain true "a document that was rejected comes again, perhaps corrected"
        "a changed buyer under the same ids is how integrations mend `NO TIN PROVIDED` [vendor-code]");
    choice changed_content (SameIdOtherContent true "a document id again with other content, before it was rejected"
        "unknown; retries of published tills carry a new `Date` each time [vendor-code]");
    flag unique_numbers (true "whether a document number is used once per taxpayer" "checked: `RCPT013`"
        "not checked: with a second acceptance, the document is fiscalised twice"
        "checked by the authority [zimra]; whether the service passes the number on is unknown");
    choice pending (PendingForm true "how `/status` shows a request that is not settled" "unknown");
    choice status_unknown (StatusOfUnknown true "how `/status` answers for an id that was never given" "unknown");
    choice status_too_old (StatusOfUnknown true "how `/status` answers for an id older than seven days"
        "seven days [docs]; the answer is unknown");
    choice status_empty (EmptyStatus true "`/status` with `[]`" "unknown");
    choice submit_answer (SubmitAnswer true "how a submission is answered"
        "bare text [docs][vendor-code]; one client allows a JSON string [third-party]");
    choice key_case (KeyCase true "the spelling of property names in answers and webhooks"
        "`pascal` [vendor-code]; `camel` [third-party]; `QRData` in a version note [docs]");
    choice error_body (ErrorBody true "the body of an error"
        "problem details on `400` [vendor-code]; all others unknown");
    flag error_codes (true "whether the `Error` of a rejection names the authority's code" "it does" "it is text alone" "unknown");
    own BASE_PATH;
    choice guessed_paths (GuessedPaths true "Test, whose path is a guess" "nobody has published it");
    choice subscription (SubscriptionForm true "what `/subscription` answers"
        "its fields are unknown; `404` \"if its not available\" [docs]");
    choice z_report_page (ZReportPage true "how a list of Z-reports is wrapped"
        "page size, page index and total number of items are named in prose [docs], their members nowhere");
    choice z_report_paging (ZReportPaging true "the query parameters of the list of Z-reports" "unknown");
    choice z_report_fields (ZReportFields true "the members of a Z-report" "unknown; experimental [docs]");
    choice z_report_pdf (ZReportPdfPath true "where a Z-report is as PDF" "the operation is named in the menu [example], its path nowhere");
    number body_limit (true "the largest body in bytes, beyond which `413` is answered; 0 for no limit" "a whole number of bytes"
        "unknown; the service's framework takes 30,000,000 unless told otherwise [inferred]");
    choice pdf_type (PdfType true "the content type of a PDF" "unknown");
    choice missing_pdf (MissingPdf true "`/download` of a file that does not exist" "unknown; a published client saved error pages as PDF [vendor-code]");
    choice mapping_created (MappingCreated true "the status of a new mapping" "`200` [docs]; integrations take `201` too [vendor-code]");
    choice mapping_answer (MappingAnswer true "the answer when a mapping was changed or deleted"
        "a boolean for PUT of a currency mapping [docs]; the others unknown");
    choice second_mapping (SecondMapping true "a mapping of a code that has one"
        "unknown; published integrations edit by posting again, so it probably does no harm [inferred]");
    choice tax_codes (TaxCodes true "what a `TaxCode` of a line may be"
        "a mapped code [docs]; two published plugins map the name and send the tax id [vendor-code]");
    flag numeric_strings (true "numbers that come as text, such as `\"115.00\"`" "taken" "`400`"
        "published integrations send them [vendor-code]");
    choice unknown_fields (UnknownFields true "a field that the OpenAPI document does not know"
        "unknown; ignored by the service's framework unless told otherwise [inferred]");
    flag constraints (true "patterns, lengths and bounds of the OpenAPI document, but for what has a switch of its own below" "`400`"
        "left to the authority and its codes" "unknown");
    choice incomplete_address (Leniency true "an `Address` with empty or missing parts; the authority's code is RCPT02"
        "sent by the vendor's Odoo plugins for partners without one [vendor-code]; the newest leaves it away");
    choice empty_buyer (Leniency true "`\"BuyerContact\": {}`; the later rejection is `No TIN provided`"
        "sent by a published plugin for sales without a customer [vendor-code]");
    choice empty_tin (Leniency true "`\"Tin\": \"\"` and `\"VatNumber\": \"\"`; the authority's code is RCPT02"
        "sent by the vendor's tills [vendor-code]");
    choice empty_reference (Leniency true "`\"Reference\": \"\"` on a credit note; the authority's code is RCPT034"
        "sent by the vendor's Odoo plugins [vendor-code]; the authority wants a reason [zimra]");
    choice empty_original (Leniency true "`\"OriginalInvoiceId\": \"\"`; the authority's code is RCPT015"
        "sent by the vendor's Odoo plugins [vendor-code]; the authority wants one [zimra]");
    choice empty_hs_code (Leniency true "`\"ProductCode\": \"\"`; the authority's code is RCPT047"
        "sent by the vendor's Odoo plugins [vendor-code]; mandatory [docs]");
    choice six_digit_hs_code (Leniency true "HS codes of 6 digits; the authority's code is RCPT048" "4 or 8 digits [zimra]");
    choice ten_digit_hs_code (Leniency true "HS codes of 9 or 10 digits; the authority's code is RCPT048"
        "4 or 8 digits [zimra]; a published validator takes 8 to 10 [vendor-code]");
    flag payment_method_required (true "a document without `PaymentMethod`" "`400`" "taken"
        "listed [third-party]; no published integration sends it [vendor-code]");
    choice cash_prefix (CashPrefix true "whose name makes a buyer without a TIN"
        "`Cash ` in front of the name [kb][vendor-code]; how exactly is unknown");
    choice naive_dates (NaiveDates true "a `Date` without an offset"
        "sent by the vendor's Odoo plugins, in UTC [vendor-code]; how the service reads it is unknown");
    choice offset_dates (OffsetDates true "a `Date` with another offset than +02:00" "unknown");
    choice receipt_date (ReceiptDate true "the date on the receipt" "unknown");
    flag enforce_identity (true "`X-Application` and `X-App-Station` on every request" "`401` without them"
        "not looked at, as before June 2026" "mandatory [docs]; vendor code left them away until June 2026 [vendor-code]");
    choice empty_station (EmptyStation true "an `X-App-Station` that is there and empty, where it is looked at"
        "sent by the vendor's plugins until June 2026 [vendor-code]");
    flag enforce_version (true "`X-App-Version` on every request" "`401` without it" "not looked at"
        "listed [docs]; no integration sends it [vendor-code]");
    flag enforce_client_count (true "`X-Client-Count` on every request" "`401` without it" "not looked at"
        "in the documentation's script alone [example]");
    choice get_signature (GetSignature true "`X-Api-Signature` where there is no body"
        "not required for GET [docs]; the documentation's script signs everything [example]");
    choice unit_price (UnitPrice true "unit price times quantity beside the line amount"
        "the authority checks it [zimra]; a vendor's plugin sends what does not agree [vendor-code]");
    choice discount (DiscountPolicy true "what `DiscountAmount` means beside `LineAmount`"
        "published integrations disagree [vendor-code]");
    choice discount_of (DiscountOf true "what `DiscountAmount` is off"
        "the line in most code, the unit in one [vendor-code]");
    choice header_total (HeaderCheck true "`Total` against the lines" "unknown; the authority would answer RCPT019, 037, 038 [zimra]");
    choice header_total_tax (HeaderCheck true "`TotalTax` against the lines" "unknown; the authority would answer RCPT026 [zimra]");
    choice header_sub_total (HeaderCheck true "`SubTotal` against the lines"
        "published integrations send nonsense there, so it is probably not checked [inferred]");
    choice ties (Ties true "half a cent of tax on prices without tax"
        "another gateway says half-even, most clients round half-up [inferred]");
    flag vat_payer (false "whether the taxpayer is registered for VAT" "registered"
        "not registered: `RCPT021` for VAT, and shorter HS codes are taken" "differs from taxpayer to taxpayer");
    choice world (WorldAtStart false "what the account has at the start and after a reset" "a new account has to be set up [docs]");
    choice webhook_cookies (WebhookCookies true "a webhook receiver that answers with cookies"
        "not allowed [docs]; a receiver in production sends them [inferred]");
    choice webhook_burst (WebhookBurst true "what the save-and-test of a webhook sends" "a series of requests [docs], not said which");
    number rate_limit (true "requests a minute of a device before `429`; 0 for no limit" "a whole number" "unknown");
    own SETTLE_DELAY;
    own SETTLE_SPREAD;
    number fiscal_day_hours (true "`taxPayerDayMaxHrs`: after how many hours the fiscal day is to be closed" "a whole number of hours"
        "24 in every device seen [zimra]");
}
