//! The faults that the reader of documents finds.

use super::fault::Fault;

// The text as a whole.
pub(crate) const UTF16: Fault = Fault::of(
    "PF00",
    "utf-16",
    "this is saved as UTF-16, and JSON is UTF-8",
    "Save it as UTF-8 and try again; in PowerShell: Set-Content -Encoding utf8.",
);
pub(crate) const ENCODING: Fault = Fault::of(
    "PF00",
    "encoding",
    "the byte 0x{byte} is not UTF-8; the text was probably saved in another encoding, such as Windows-1252",
    "Save it as UTF-8, or let the program that writes it do so.",
);
pub(crate) const SPREADSHEET: Fault = Fault::of(
    "PF00",
    "spreadsheet",
    "this is a spreadsheet or another packed file, not JSON",
    "Export the documents as JSON: one object with its lines for each invoice. The schema of documents says what goes where.",
);
pub(crate) const CSV: Fault = Fault::of(
    "PF00",
    "csv",
    "this is a table of values between {separator}, not JSON",
    "Make of each invoice one JSON object, its rows the LineItems, with numbers such as 1.10 and a dot. The schema of documents says what goes where.",
);
pub(crate) const WEB_PAGE: Fault = Fault::of(
    "PF00",
    "web-page",
    "this is a web page or XML, not JSON",
    "Look what is in the file: a page to log in or an error page is often saved in place of the export. Log in and export again.",
);
pub(crate) const CUT_SHORT: Fault = Fault::of(
    "PF00",
    "cut-short",
    "the text ends in the middle of the document; was the file cut short?",
    "Export or copy the file again, whole; if it is made in pieces, wait until the last one is written.",
);
pub(crate) const NOT_JSON: Fault = Fault::of(
    "PF00",
    "not-json",
    "this is not valid JSON: {why}",
    "Correct the text at this place: names and texts in double quotes, a comma between two members and none after the last.",
);
pub(crate) const MORE_TEXT: Fault = Fault::of(
    "PF00",
    "more-text",
    "there is more text after the document; several documents go into an array or one to a line",
    "Put several documents into a list, […], or each on a line of its own; take away what is no document.",
);
pub(crate) const A_LIST: Fault = Fault::of(
    "PF00",
    "list",
    "this is a list; a document is an object, {…}, and a list holds several",
    "Hand in the documents of the list one by one.",
);
pub(crate) const BOTH_IDS: Fault = Fault::of(
    "PF00",
    "both-ids",
    "both InvoiceId and CreditNoteId are given; an invoice has the first, a credit note the second",
    "Leave out the one that it is not; a credit note names its invoice in OriginalInvoiceId.",
);
pub(crate) const NO_ID: Fault = Fault::of(
    "PF00",
    "no-id",
    "neither InvoiceId nor CreditNoteId is given, so this is neither an invoice nor a credit note",
    "Give an invoice its InvoiceId, a credit note its CreditNoteId: the key of the document in your system.",
);
pub(crate) const NO_ID_SMALL: Fault = Fault::of(
    "PF00",
    "no-id-capitals",
    "neither InvoiceId nor CreditNoteId is given; there is {found}",
    "Names begin with a capital: write {right}, and all other names so (LineItems, UnitAmount).",
);
pub(crate) const NO_ID_WRAPPED: Fault = Fault::of(
    "PF00",
    "no-id-wrapped",
    "neither InvoiceId nor CreditNoteId is given here; they are one level further in, under {wrapper}",
    "Hand in what {wrapper} holds, without the object around it.",
);

// Fields.
pub(crate) const UNKNOWN_FIELD: Fault = Fault::of(
    "PF00",
    "unknown-field",
    "unknown field `{field}`: check its spelling and its place; known here are {known}",
    "Leave the field out, or write it as it is known. The schema of documents says what goes where.",
);
pub(crate) const UNKNOWN_FIELD_CASE: Fault = Fault::of(
    "PF00",
    "unknown-field-capitals",
    "unknown field `{field}`: names are known to the letter, and this one is {right}",
    "Names begin with a capital: write {right}.",
);
pub(crate) const UNKNOWN_FIELD_NEAR: Fault = Fault::of(
    "PF00",
    "unknown-field-near",
    "unknown field `{field}`: check its spelling; there is a {right}",
    "Write {right}, if that is meant; else leave the field out.",
);
pub(crate) const BILL_DISCOUNT_FIELD: Fault = Fault::of(
    "PF00",
    "bill-discount-field",
    "unknown field `{field}` of the document: a discount belongs to lines",
    "Take the field out and spread the discount over the lines as DiscountAmount, less in each LineAmount, with IsDiscounted true{spread}.",
);
pub(crate) const MISSING_FIELD: Fault = Fault::of(
    "PF00",
    "missing-field",
    "the field `{field}` is missing",
    "Give it; the schema of documents says what goes where.",
);
pub(crate) const DUPLICATE_FIELD: Fault = Fault::of(
    "PF00",
    "duplicate-field",
    "duplicate field `{field}`: it stands twice in the same object",
    "Keep the one that is right. Nobody can say which of two the reader would take.",
);

// Kinds of values.
pub(crate) const OTHER_KIND: Fault = Fault::of(
    "PF00",
    "other-kind",
    "{wanted} belongs here, not {found}",
    "Write it so; the schema of documents says what goes where.",
);
pub(crate) const NULL: Fault = Fault::of(
    "PF00",
    "null",
    "{wanted} belongs here, not null, which says that there is none",
    "Give the value.",
);
pub(crate) const TEXT_WITHOUT_QUOTES: Fault = Fault::of(
    "PF00",
    "text-without-quotes",
    "a text in double quotes belongs here, not the number {found}",
    "Write it in quotes: \"{found}\"; and look whether noughts before it were lost.",
);
pub(crate) const TRUE_IN_QUOTES: Fault = Fault::of(
    "PF00",
    "true-in-quotes",
    "true or false belongs here, without quotes, not {found}",
    "Write {right}.",
);
pub(crate) const ONE_NOT_A_LIST: Fault = Fault::of(
    "PF00",
    "one-not-a-list",
    "a list belongs here, even of one line, not an object",
    "Put the line into square brackets: [{…}].",
);
pub(crate) const OTHER: Fault = Fault::of(
    "PF00",
    "other",
    "{why}",
    "Correct the value; the schema of documents says what goes where.",
);

// Numbers.
pub(crate) const TOO_MANY_DIGITS: Fault = Fault::of(
    "PF00",
    "digits",
    "this number has more than {limit} significant digits, which cannot be carried exactly; shorten it",
    "Round money to the cent, and prices and quantities to six places, before they are written: floats such as 5.000000000000001 come from sums in binary.",
);
pub(crate) const DECIMAL_COMMA: Fault = Fault::of(
    "PF00",
    "decimal-comma",
    "{found} is not a decimal number as JSON has them: it has a comma where a dot belongs",
    "Write {right}.",
);
pub(crate) const THOUSANDS: Fault = Fault::of(
    "PF00",
    "thousands",
    "{found} is not a decimal number as JSON has them: nothing stands between thousands",
    "Write {right}.",
);
pub(crate) const COMMA_UNCLEAR: Fault = Fault::of(
    "PF00",
    "comma-unclear",
    "{found} is not a decimal number as JSON has them, and its comma can stand for a dot or between thousands",
    "Write {right} if it is a decimal comma, {other} if it stands between thousands.",
);
pub(crate) const CURRENCY_SIGN: Fault = Fault::of(
    "PF00",
    "currency-sign",
    "{found} is not a decimal number: a currency stands with it",
    "Write {right}; the currency goes into CurrencyCode.",
);
pub(crate) const NOT_A_NUMBER: Fault = Fault::of(
    "PF00",
    "nan",
    "{found} is what a program writes that divided by nothing or has no value; it is not a decimal number",
    "Give the number. The program that wrote this has computed it wrongly, or a cell that it read was empty.",
);
pub(crate) const PERCENTAGE: Fault = Fault::of(
    "PF00",
    "percentage",
    "{found} is a percentage; an amount of money or a quantity belongs here",
    "Give the amount that it comes to.",
);
pub(crate) const NUMBER_FORM: Fault = Fault::of(
    "PF00",
    "number-form",
    "{found} is not a decimal number as JSON has them: digits before the dot, no plus, no noughts in front",
    "Write {right}.",
);
pub(crate) const NUMBER_TEXT: Fault = Fault::of(
    "PF00",
    "number-text",
    "{found} is not a decimal number; write it as digits with a dot, such as 1234.50",
    "Give the number; a text does not belong here.",
);

// Dates.
pub(crate) const DATE_ONLY: Fault = Fault::of(
    "PF00",
    "date-only",
    "{found} has no time of day",
    "Write it with the time of the sale: \"{right}\", if that was half past two.",
);
pub(crate) const DATE_ORDER: Fault = Fault::of(
    "PF00",
    "date-order",
    "{found} is not a date and time in the form of the wire: year, month, day, T, time",
    "Write \"{right}\".",
);
pub(crate) const DATE_UNCLEAR: Fault = Fault::of(
    "PF00",
    "date-unclear",
    "{found} is not in the form of the wire, and it can be read with the day first or with the month first",
    "Write \"{right}\" if the day stands first, \"{other}\" if the month does.",
);
pub(crate) const DATE_SERIAL: Fault = Fault::of(
    "PF00",
    "date-serial",
    "the number {found} is how a spreadsheet keeps a date; a text belongs here",
    "Write it as a text: \"{right}\".",
);
pub(crate) const DATE_EPOCH: Fault = Fault::of(
    "PF00",
    "date-epoch",
    "the number {found} counts from 1970; a text belongs here",
    "Write it as a text: \"{right}\".",
);
pub(crate) const DATE_FORM: Fault = Fault::of(
    "PF00",
    "date-form",
    "{found} is not a date and time",
    "Write it such as \"2026-01-13T01:34:29+02:00\".",
);

// Fields that a rule watches over.
pub(crate) const HS_NUMBER: Fault = Fault::of(
    "PF12",
    "number",
    "a text in double quotes belongs here, not the number {found}",
    "Write it as a text, \"{found}\", so that noughts in front stay.",
);
pub(crate) const HS_NUMBER_SHORT: Fault = Fault::of(
    "PF12",
    "number-short",
    "a text in double quotes belongs here, not the number {found}, which has {digits} digits: was a leading nought lost?",
    "Write it as a text; \"0{found}\", if the nought was lost. Look it up.",
);
pub(crate) const BUYER_NULL: Fault = Fault::of(
    "PF18",
    "null",
    "BuyerContact is {found}; it is an object with at least the buyer's Name",
    "For a buyer without a TIN write {\"Name\": \"Cash Customer\"}.",
);
pub(crate) const BUYER_NAMELESS: Fault = Fault::of(
    "PF18",
    "nameless",
    "BuyerContact has no Name: the field `Name` is missing",
    "For a buyer without a TIN write {\"Name\": \"Cash Customer\"}; else the registered name and the TIN.",
);
pub(crate) const PAYMENT_WORD: Fault = Fault::of(
    "PF28",
    "other-word",
    "`{found}` is not a known value here; known are {known}",
    "Write \"{right}\".",
);
pub(crate) const PAYMENT_UNKNOWN: Fault = Fault::of(
    "PF28",
    "unknown",
    "`{found}` is not a known value here; known are {known}",
    "Write one of the seven to the letter, \"Other\" where none fits, or leave the field out.",
);
pub(crate) const PAYMENT_LIST: Fault = Fault::of(
    "PF28",
    "several",
    "a document has one payment method, and here is {found}",
    "Write the one that paid the larger part, or \"Other\"; how a payment is split cannot be said to the service.",
);
pub(crate) const PAYMENT_FIELD: Fault = Fault::of(
    "PF28",
    "payments-field",
    "unknown field `{field}`: a document has one payment method, in PaymentMethod, and no amounts with it",
    "Take the field out and write into PaymentMethod the one that paid the larger part, or \"Other\".",
);

// Writing.
pub(crate) const UNWRITABLE: Fault = Fault::of(
    "PF00",
    "unwritable",
    "the document cannot be written as JSON: {why}",
    "Shorten the amount to 15 significant digits.",
);
pub(crate) const EXTRA_NAME: Fault = Fault::of(
    "PF00",
    "extra-name",
    "{why}",
    "Give the value to the field that is known.",
);
/// What is wrong with a file or an input and not with a document; its words come with it.
#[cfg(feature = "preflight")]
pub(crate) const UNREADABLE: Fault = Fault::of(
    "PF00",
    "unreadable",
    "{why}",
    "Correct the file; the schema of documents says what goes where.",
);

/// Those of no rule but the one about the shape of documents.
#[cfg(feature = "preflight")]
pub(crate) const OF_THE_SHAPE: &[Fault] = &[
    UTF16,
    ENCODING,
    SPREADSHEET,
    CSV,
    WEB_PAGE,
    CUT_SHORT,
    NOT_JSON,
    MORE_TEXT,
    A_LIST,
    BOTH_IDS,
    NO_ID,
    NO_ID_SMALL,
    NO_ID_WRAPPED,
    UNKNOWN_FIELD,
    UNKNOWN_FIELD_CASE,
    UNKNOWN_FIELD_NEAR,
    BILL_DISCOUNT_FIELD,
    MISSING_FIELD,
    DUPLICATE_FIELD,
    OTHER_KIND,
    NULL,
    TEXT_WITHOUT_QUOTES,
    TRUE_IN_QUOTES,
    ONE_NOT_A_LIST,
    OTHER,
    TOO_MANY_DIGITS,
    DECIMAL_COMMA,
    THOUSANDS,
    COMMA_UNCLEAR,
    CURRENCY_SIGN,
    NOT_A_NUMBER,
    PERCENTAGE,
    NUMBER_FORM,
    NUMBER_TEXT,
    DATE_ONLY,
    DATE_ORDER,
    DATE_UNCLEAR,
    DATE_SERIAL,
    DATE_EPOCH,
    DATE_FORM,
    UNWRITABLE,
    EXTRA_NAME,
    UNREADABLE,
];
