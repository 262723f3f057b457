//! Receipts of every kind, as a shop would have them.

use std::path::Path;

use fiscal_harmony::{
    Document, Receipt,
    catalogue::Catalogue,
    device::DeviceConfig,
    print::{KnownTax, Logo, Original, Settings, ShopFont, Slip},
    types::jiff::Timestamp,
};
use serde_json::{Value, json};

pub(crate) const CODE: &str = "CC86-EF9C-DFA9-68E3";
pub(crate) const URL: &str = "https://fdmstest.zimra.co.zw/0000033389140520260000000068CC86EF9CDFA968E3";
pub(crate) const WIDTHS: [usize; 5] = [24, 32, 42, 48, 64];

pub(crate) fn receipt_json() -> Value {
    json!({
        "request_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "qr_url": URL,
        "verification_code": CODE,
        "fiscal_day": 211,
        "device_id": 33389,
        "receipt_number": 68,
        "pdf": null,
    })
}

pub(crate) fn read(receipt: Value) -> Receipt {
    serde_json::from_value(receipt).unwrap()
}

pub(crate) fn receipt() -> Receipt {
    read(receipt_json())
}

pub(crate) fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn document(json: &Value) -> Document {
    Document::from_json(json.to_string().as_bytes()).unwrap()
}

pub(crate) fn device() -> DeviceConfig {
    DeviceConfig::from_value(&json!({
        "taxPayerName": "Msasa Wholesale (Pvt) Ltd", "taxPayerTIN": "2000123456", "vatNumber": "220012345",
        "deviceSerialNo": "FH-SN-000117", "deviceBranchName": "Msasa branch",
        "deviceBranchAddress": {"houseNo": "14", "street": "Mutare Road", "city": "Harare", "province": "Harare"},
        "deviceBranchContacts": {"email": "till@msasa.example", "phoneNo": "0242 700100"},
        "applicableTaxes": [
            {"taxID": 517, "taxName": "Standard rated 15.5%", "taxPercent": 15.5, "validFrom": "2026-01-01"},
            {"taxID": 2, "taxName": "Zero rated", "taxPercent": 0},
            {"taxID": 1, "taxName": "Exempt"},
        ]
    }))
    .unwrap()
}

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::new(Timestamp::UNIX_EPOCH)
        .with_device(device())
        .with_tax_mapping("VAT15.5", 517)
        .with_tax_mapping("ZERO", 2)
        .with_tax_mapping("EXEMPT", 1)
}

fn line(description: &str, code: &str, unit: &str, quantity: &str, amount: &str, tax: &str) -> Value {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({
        "Description": description, "ProductCode": code, "UnitAmount": number(unit), "Quantity": number(quantity),
        "LineAmount": number(amount), "TaxCode": tax,
    })
}

fn invoice(number: &str, lines: Vec<Value>) -> Value {
    json!({
        "InvoiceId": number, "InvoiceNumber": number, "IsDiscounted": false, "IsTaxInclusive": true,
        "BuyerContact": {
            "Name": "Chitungwiza Builders (Pvt) Ltd", "TradeName": "Chitungwiza Builders", "Tin": "2000451236", "VatNumber": "220045123",
            "Phone": "0270 21001", "Email": "accounts@builders.example",
            "Address": {"Province": "Harare", "City": "Chitungwiza", "Street": "Seke Road", "HouseNo": "7"}
        },
        "Date": "2026-11-26T20:30:00+02:00", "LineItems": lines, "CurrencyCode": "USD", "PaymentMethod": "Cash",
    })
}

/// One line; five with three taxes and a discount; two hundred.
pub(crate) fn one_line() -> Value {
    let mut json = invoice(
        "S-1",
        vec![line("Cement 50 kg", "25232900", "11.20", "1", "11.20", "VAT15.5")],
    );
    json["BuyerContact"] = json!({"Name": "Cash Sale"});
    json
}

pub(crate) fn three_taxes() -> Value {
    let mut discounted = line("Wire nails 100 mm", "73170000", "2.35", "3.5", "7.73", "VAT15.5");
    discounted["DiscountAmount"] = serde_json::from_str("0.50").unwrap();
    let lines = vec![
        line("Cement 50 kg", "25232900", "11.20", "4", "44.80", "VAT15.5"),
        line("Roller meal 10 kg", "11022000", "6.85", "2", "13.70", "ZERO"),
        line("Textbook, grade 5", "49019900", "7.50", "1", "7.50", "EXEMPT"),
        discounted,
        line(
            "Paint brush, flat, with a long wooden handle, 75 mm",
            "96034000",
            "1.999",
            "3",
            "6.00",
            "VAT15.5",
        ),
    ];
    let mut json = invoice("S-2", lines);
    json["IsDiscounted"] = true.into();
    json["Reference"] = "PO-4711".into();
    for (name, amount) in [("SubTotal", "71.88"), ("TotalTax", "7.85"), ("Total", "79.73")] {
        json[name] = serde_json::from_str(amount).unwrap();
    }
    json
}

pub(crate) fn two_hundred_lines() -> Value {
    let lines = (1..=200).map(|number| line(&format!("Article {number}"), "25232900", "1.15", "2", "2.30", "VAT15.5"));
    invoice("S-200", lines.collect())
}

pub(crate) fn credit_note() -> Value {
    let mut json = invoice(
        "",
        vec![line("Cement 50 kg", "25232900", "11.20", "1", "11.20", "VAT15.5")],
    );
    let fields = json.as_object_mut().unwrap();
    for name in ["InvoiceId", "InvoiceNumber"] {
        fields.remove(name);
    }
    for (name, value) in [
        ("CreditNoteId", "S-2-CN"),
        ("CreditNoteNumber", "S-2-CN"),
        ("OriginalInvoiceId", "S-2"),
        ("Reference", "One bag torn in transport"),
    ] {
        json[name] = value.into();
    }
    json
}

pub(crate) fn letters() -> Value {
    let names = [
        "Crème brûlée, naïve façade – “large” … 5 €",
        "Größe ß, Łódź, Ñandú, İstanbul",
        "Пиво светлое 0,5",
        "Καφές ελληνικός",
        "茶叶 100克",
        "커피 우유",
        "£5 ½ price ¥ ² ° × ÷ ± µ",
        "شاي أخضر (green tea)",
        "\u{202e}evil\u{1b}@ESC",
        "🍕 pizza",
    ];
    let lines = names.map(|name| line(name, "21069000", "1.00", "1", "1.00", "VAT15.5"));
    let mut json = invoice("S-3", lines.to_vec());
    json["BuyerContact"] = json!({"Name": "Cash 王小明"});
    json
}

/// A kind of receipt: what is printed, and what is special about it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) document: Document,
    is_copy: bool,
    pub(crate) is_provisional: bool,
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |name, json: Value| Case {
        name,
        document: document(&json),
        is_copy: false,
        is_provisional: false,
    };
    let mut cases = vec![
        case("one-line", one_line()),
        case("three-taxes", three_taxes()),
        case("two-hundred-lines", two_hundred_lines()),
        case("credit-note", credit_note()),
        case("copy", three_taxes()),
        case("provisional", one_line()),
    ];
    cases[4].is_copy = true;
    cases[5].is_provisional = true;
    cases
}

/// What was credited, as a shop that still has it would say.
pub(crate) fn original() -> Original {
    let mut earlier = receipt();
    earlier.receipt_number = 61;
    Original::new("S-2")
        .dated("S-2", "2026-11-20T09:12:00".parse().unwrap())
        .with_receipt(&earlier)
}

impl Case {
    /// Hands the slip to `print`, since it borrows what it is made of.
    pub(crate) fn with<T>(&self, settings: Settings, print: impl FnOnce(&Slip<'_>) -> T) -> T {
        let (receipt, device, catalogue) = (receipt(), device(), catalogue());
        let slip = if self.is_provisional {
            Slip::provisional(&self.document)
        } else {
            Slip::new(&receipt).unwrap().with_document(&self.document)
        };
        let mut slip = slip
            .taxes(KnownTax::of(&self.document.view(), &catalogue))
            .device(&device)
            .original(original())
            .settings(settings);
        if self.is_copy {
            slip = slip.copy(1);
        }
        print(&slip)
    }
}

/// Receipts with a black picture of 80 by 40 dots above them.
pub(crate) fn with_logo(columns: usize) -> Settings {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 80, 40);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[0; 80 * 40]).unwrap();
    let mut settings = Settings::columns(columns);
    settings.logo = Some(std::sync::Arc::new(Logo::from_png(&file).unwrap()));
    settings
}

/// Receipts with a font that has some Arabic letters.
pub(crate) fn with_font(columns: usize) -> Settings {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/print/fonts/amiri-some-letters.ttf");
    let mut settings = Settings::columns(columns);
    settings.font = Some(std::sync::Arc::new(
        ShopFont::from_bytes(std::fs::read(path).unwrap()).unwrap(),
    ));
    settings
}
