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

    /// What happens to a value that is empty, incomplete or of an odd length, such as published integrations send.
    Leniency {
        Taken "taken" "It is taken, and nothing comes of it.";
        FormError "form-error" "`400` that names the field.";
        Authority "authority" "It is taken in and rejected later, with the authority's code.";
    }

    /// What the service does with other content under an id that it has, before that was rejected.
    SameIdOtherContent {
        NotNoticed "not-noticed" "It is not compared.";
        Conflict "conflict" "`409`, also where a repetition would be answered.";
    }

    /// How `/status` answers for an id of which it has nothing to say.
    StatusOfUnknown {
        LeftOut "left-out" "No element.";
        Pending "pending" "An element that looks like that of a request that is not settled.";
        Failed "failed" "An element with `Success: false` and an `Error` that says so.";
        NotFound "not-found" "`404` for the whole request.";
    }

    /// How `/status` answers when it is asked for nothing.
    EmptyStatus {
        EmptyList "empty-list" "`[]`.";
        Refused "refused" "`400`.";
    }

    /// What is in the body of an error.
    ErrorBody {
        ProblemDetails "problem-details" "Problem details, with `errors` on a `400`.";
        Message "message" "A JSON object with `message` alone.";
        Html "html" "A page.";
        Empty "empty" "Nothing.";
    }

    /// What a subscription holds, which nobody has published.
    SubscriptionForm {
        Invented "invented" "`Plan`, `Cycle`, `BillingStatus`, `ValidTill`.";
        Dates "dates" "`Status`, `StartDate`, `EndDate`, and a `Plan` with a `Name`.";
        NotFound "not-found" "`404`, as the documentation allows when it is not available.";
    }

    /// How a list of Z-reports is wrapped.
    ZReportPage {
        Items "items" "`PageIndex`, `PageSize`, `TotalCount`, `Items`.";
        Data "data" "`PageNumber`, `PageSize`, `TotalItems`, `Data`.";
        Array "array" "A JSON array, without a wrapper.";
    }

    /// The query parameters by which one page of Z-reports is asked for.
    ZReportPaging {
        PageIndex "page-index" "`pageIndex` from 0, and `pageSize`.";
        PageNumber "page-number" "`pageNumber` from 1, and `pageSize`.";
        Page "page" "`page` from 1, and `size`.";
        Ignored "ignored" "None: all of them are listed.";
    }

    /// The members of a Z-report.
    ZReportFields {
        Invented "invented" "`FiscalDay`, `OpenedAt`, `ClosedAt`, `Success`, `Error`, `ReceiptCount`, `Summaries`.";
        Authority "authority" "The authority's words for a closed day: `FiscalDayNo`, `FiscalDayOpened`, `FiscalDayClosed`, `FiscalDayStatus`, `FiscalDayCounters`.";
    }

    /// Where a Z-report is as PDF.
    ZReportPdfPath {
        Pdf "pdf" "At `/reports/z-report/{fiscalDay}/pdf`.";
        Download "download" "At `/reports/z-report/{fiscalDay}/download`.";
        NotFound "not-found" "At neither: `404`.";
    }

    /// Whether operations are served at paths that are guesses.
    GuessedPaths {
        Served "served" "They are served there.";
        NotFound "not-found" "`404`.";
    }

    /// The content type of a PDF.
    PdfType {
        Pdf "application-pdf" "`application/pdf`.";
        OctetStream "octet-stream" "`application/octet-stream`.";
    }

    /// The answer for a file that does not exist.
    MissingPdf {
        NotFound "not-found" "`404`.";
        Page "page" "`200` with an HTML page.";
        Empty "empty" "`200` with no body.";
    }

    /// The status of a new mapping.
    MappingCreated {
        Ok "200" "`200`.";
        Created "201" "`201`.";
    }

    /// The answer when a mapping was changed or deleted.
    MappingAnswer {
        Boolean "boolean" "`true`.";
        Object "object" "The mapping.";
        NoContent "no-content" "`204` without a body.";
    }

    /// What happens to a mapping of a code that has one.
    SecondMapping {
        Refused "refused" "`400`.";
        Replaces "replaces" "It takes the place of the earlier one, under its id.";
        Ignored "ignored" "The earlier one is answered and stays.";
    }

    /// What the tax code of a line may be.
    TaxCodes {
        Mapped "mapped" "A mapped code.";
        MappedOrTaxId "mapped-or-tax-id" "A mapped code, or else the id of a tax of the authority.";
    }

    /// Whose name makes a buyer without a TIN.
    CashPrefix {
        Exact "exact" "One that starts with `Cash `.";
        AnyCase "any-case" "One that starts with `cash ` in any case.";
        NotKnown "not-known" "None: every buyer needs a TIN.";
    }

    /// How a date without an offset is read.
    NaiveDates {
        CentralAfrica "central-africa" "As Central Africa Time.";
        Utc "utc" "As UTC, so that it is two hours later.";
        Refused "refused" "`400`.";
    }

    /// How a date with an offset is read.
    OffsetDates {
        Converted "converted" "It is converted to Central Africa Time.";
        WallClock "wall-clock" "The offset is dropped.";
    }

    /// Which date the receipt has.
    ReceiptDate {
        Document "document" "The document's `Date`.";
        Acceptance "acceptance" "The time at which the service hands it to the authority; the document's `Date` is not passed on.";
    }

    /// What happens to an empty station.
    EmptyStation {
        Refused "refused" "`401`.";
        Taken "taken" "It is as good as any.";
    }

    /// Whether requests without a body are signed.
    GetSignature {
        Ignored "ignored" "None is wanted, and one that comes is not looked at.";
        Required "required" "`401` without the signature of an empty body.";
    }

    /// What is done about unit price and quantity.
    UnitPrice {
        Checked "checked" "RCPT024 when they do not make the line amount.";
        Ignored "ignored" "They are not looked at.";
        Recomputed "recomputed" "The line amount is computed from them anew.";
    }

    /// What a discount is off.
    DiscountOf {
        Line "line" "The line.";
        Unit "unit" "Each unit of it.";
    }

    /// What is done about a sum in the head of a document.
    HeaderCheck {
        Checked "checked" "A wrong one is rejected.";
        Remarked "remarked" "A wrong one is remarked on in yellow, which the caller is not told.";
        Ignored "ignored" "It is not looked at.";
    }

    /// Which way half a cent goes.
    Ties {
        HalfUp "half-up" "Away from zero.";
        HalfEven "half-even" "To the even cent.";
    }

    /// What the account has at the start.
    WorldAtStart {
        Furnished "furnished" "Mappings of all taxes and three currencies, and one earlier invoice.";
        Empty "empty" "A device and nothing else: no mapping, no invoice.";
    }

    /// What happens when a webhook receiver answers with cookies.
    WebhookCookies {
        Refused "refused" "It does not count as received.";
        Tolerated "tolerated" "They are not looked at.";
    }

    /// What the save-and-test of a webhook sends.
    WebhookBurst {
        Full "full" "An empty list and a test event rightly signed, and three requests that must get `401`.";
        Valid "valid" "A test event, rightly signed.";
    }
}
