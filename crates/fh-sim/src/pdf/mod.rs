//! One-page PDFs: the fiscal invoice with its QR code, and the Z-report.

mod sheet;

use crate::{
    device::ZReport,
    document::{Document, Kind},
    exact::{money, round_div},
    pdf::sheet::{Ink, Sheet},
    qr::verification_code,
    receipt::Receipt,
    world::Account,
};

const LEFT: f32 = 48.0;
const RIGHT: f32 = 547.0;
const NOTICE: &str = "SIMULATOR - NOT A FISCAL RECEIPT";

/// Lines that fit on the page.
const LINES: usize = 22;

/// A page from the top down.
struct Page {
    sheet: Sheet,
    y: f32,
}

#[expect(
    clippy::float_arithmetic,
    reason = "positions on a page are fractions of points; no amount is computed here"
)]
impl Page {
    fn new(account: &Account, title: &str) -> Self {
        let mut sheet = Sheet::new();
        sheet.band(812.0, 30.0);
        sheet.centred(297.5, 821.0, 11.0, Ink::White, NOTICE);
        sheet.bold(LEFT, 772.0, 16.0, &account.full_name);
        sheet.right_bold(RIGHT, 772.0, 16.0, title);
        let mut page = Self { sheet, y: 754.0 };
        page.text(&account.address.join(", "));
        let vat = account
            .vat_number
            .as_deref()
            .map(|number| format!("     VAT number {number}"))
            .unwrap_or_default();
        page.text(&format!("TIN {}{vat}", account.tin));
        page.rule();
        page
    }

    fn down(&mut self, by: f32) {
        self.y -= by;
    }

    fn text(&mut self, text: &str) {
        self.sheet.text(LEFT, self.y, 9.0, Ink::Grey, text);
        self.down(13.0);
    }

    fn rule(&mut self) {
        self.sheet.rule(LEFT, RIGHT, self.y + 4.0);
        self.down(14.0);
    }

    fn pair(&mut self, x: f32, label: &str, value: &str) {
        self.sheet.text(x, self.y, 8.0, Ink::Grey, label);
        self.sheet.text(x + 92.0, self.y, 9.0, Ink::Black, value);
    }

    /// Text in columns; the first from the left edge, the others ending at theirs.
    fn row(&mut self, first: &str, others: &[(f32, String)], ink: Ink, size: f32) {
        self.sheet.text(LEFT, self.y, size, ink, first);
        for (x, text) in others {
            self.sheet.right(*x, self.y, size, ink, text);
        }
        self.down(14.0);
    }

    fn finish(mut self) -> Vec<u8> {
        self.sheet.band(20.0, 24.0);
        self.sheet.centred(297.5, 28.0, 9.0, Ink::White, NOTICE);
        self.sheet.finish()
    }
}

/// The fiscal invoice, or fiscal credit note, of a valid receipt.
#[expect(
    clippy::float_arithmetic,
    reason = "positions on a page are fractions of points; no amount is computed here"
)]
pub(crate) fn receipt(account: &Account, serial: &str, receipt: &Receipt, document: &Document) -> Vec<u8> {
    let title = match receipt.kind {
        Kind::Invoice => "FISCAL TAX INVOICE",
        Kind::CreditNote => "FISCAL CREDIT NOTE",
    };
    let mut page = Page::new(account, title);
    parties(&mut page, serial, receipt, document);
    lines(&mut page, document, receipt);
    let top = page.y;
    totals(&mut page, receipt);
    page.y = top - 4.0;
    verification(&mut page, receipt);
    page.finish()
}

fn parties(page: &mut Page, serial: &str, receipt: &Receipt, document: &Document) {
    let buyer = &document.buyer_contact;
    let address = buyer.address.as_ref().map_or_else(String::new, |address| {
        let parts = [&address.house_no, &address.street, &address.city, &address.province];
        parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    });
    let date = receipt.date.civil().strftime("%d %B %Y %H:%M:%S").to_string();
    let right = [
        ("Number", receipt.number.clone()),
        ("Date", date),
        (
            "Fiscal receipt",
            format!(
                "{} (day {}, no. {})",
                receipt.global_number, receipt.fiscal_day, receipt.counter
            ),
        ),
        ("Fiscal device", format!("{} ({serial})", receipt.device)),
        ("Credits", receipt.original.clone().unwrap_or_default()),
    ];
    let left = [
        ("Buyer", buyer.name().to_owned()),
        ("Trading as", buyer.trade_name.clone().unwrap_or_default()),
        ("Address", address),
        ("TIN", buyer.tin().to_owned()),
        ("VAT number", buyer.vat_number().to_owned()),
    ];
    for ((left, value), (right, other)) in left.into_iter().zip(right) {
        if !value.is_empty() {
            page.pair(LEFT, left, &sheet::clip(&value, 34));
        }
        if !other.is_empty() {
            page.pair(318.0, right, &sheet::clip(&other, 32));
        }
        page.down(14.0);
    }
    page.down(8.0);
}

fn lines(page: &mut Page, document: &Document, receipt: &Receipt) {
    const COLUMNS: [f32; 4] = [330.0, 395.0, 470.0, RIGHT];
    let basis = if document.is_tax_inclusive {
        "including tax"
    } else {
        "excluding tax"
    };
    let heads = ["HS code", "Quantity", "Price", "Amount"].map(str::to_owned);
    page.row(
        &format!("Description ({basis})"),
        &columns(COLUMNS, heads),
        Ink::Grey,
        8.0,
    );
    page.rule();
    for line in document.line_items.iter().take(LINES) {
        let cells = [
            line.product_code.clone().unwrap_or_default(),
            decimal(line.quantity.millionths()),
            decimal(line.unit_amount.millionths()),
            money(line.line_amount.cents()),
        ];
        page.row(
            &sheet::clip(&line.description, 48),
            &columns(COLUMNS, cells),
            Ink::Black,
            9.0,
        );
    }
    let more = document.line_items.len().saturating_sub(LINES);
    if more > 0 {
        let rest: i128 = document
            .line_items
            .iter()
            .skip(LINES)
            .map(|line| line.line_amount.cents())
            .sum();
        let cells = [String::new(), String::new(), String::new(), money(rest)];
        page.row(
            &format!("... and {more} more lines of {}", receipt.number),
            &columns(COLUMNS, cells),
            Ink::Grey,
            9.0,
        );
    }
    page.rule();
}

fn columns(at: [f32; 4], cells: [String; 4]) -> Vec<(f32, String)> {
    at.into_iter().zip(cells).collect()
}

fn totals(page: &mut Page, receipt: &Receipt) {
    for row in &receipt.rows {
        let rate = row.rate.map_or("exempt".to_owned(), |rate| {
            format!("{}%", decimal(i128::from(rate) * 10_000))
        });
        page.sheet.text(
            330.0,
            page.y,
            9.0,
            Ink::Grey,
            &format!("Tax {rate} on {}", money(row.gross)),
        );
        page.sheet.right(RIGHT, page.y, 9.0, Ink::Black, &money(row.tax));
        page.down(14.0);
    }
    page.down(4.0);
    page.sheet
        .bold(330.0, page.y, 12.0, &format!("Total {}", receipt.currency));
    page.sheet.right_bold(RIGHT, page.y, 12.0, &money(receipt.total));
}

#[expect(
    clippy::float_arithmetic,
    reason = "positions on a page are fractions of points; no amount is computed here"
)]
fn verification(page: &mut Page, receipt: &Receipt) {
    const SIDE: f32 = 132.0;
    let url = receipt.link();
    page.sheet.qr(LEFT, page.y + 10.0 - SIDE, SIDE, &url);
    page.y -= SIDE + 6.0;
    page.sheet.text(LEFT, page.y, 8.0, Ink::Grey, "Verification code");
    page.down(14.0);
    page.sheet
        .bold(LEFT, page.y, 12.0, &verification_code(&receipt.qr_data));
    page.down(14.0);
    page.sheet.text(LEFT, page.y, 7.5, Ink::Grey, &url);
}

/// The close-day report of a fiscal day.
pub(crate) fn z_report(account: &Account, device: u32, report: &ZReport) -> Vec<u8> {
    const COLUMNS: [f32; 4] = [270.0, 360.0, 455.0, RIGHT];
    let mut page = Page::new(account, "Z-REPORT");
    let facts = [
        ("Fiscal day", report.fiscal_day.to_string()),
        ("Fiscal device", device.to_string()),
        ("Opened", report.opened.to_string()),
        ("Closed", report.closed.to_string()),
        ("Receipts", report.receipts.to_string()),
        ("State", report.error.clone().unwrap_or_else(|| "closed".to_owned())),
    ];
    for (label, value) in facts {
        page.pair(LEFT, label, &value);
        page.down(14.0);
    }
    page.down(8.0);
    let heads = ["Sales", "Tax", "Credit notes", "Tax"].map(str::to_owned);
    page.row("Currency and tax", &columns(COLUMNS, heads), Ink::Grey, 8.0);
    page.rule();
    for row in report.rows.iter().take(LINES) {
        let rate = row.rate.map_or("exempt".to_owned(), |rate| {
            format!("{}%", decimal(i128::from(rate) * 10_000))
        });
        let cells = [row.sales, row.sales_tax, row.credits, row.credits_tax].map(money);
        page.row(
            &format!("{} {rate} (id {})", row.currency, row.tax_id),
            &columns(COLUMNS, cells),
            Ink::Black,
            9.0,
        );
    }
    page.finish()
}

/// Millionths as people write them, without trailing zeros.
fn decimal(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, rest) = (millionths.abs() / 1_000_000, millionths.abs() % 1_000_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    if rest % 10_000 == 0 {
        return format!("{sign}{whole}.{:02}", round_div(rest, 10_000));
    }
    format!("{sign}{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn quantities_and_prices_are_written_without_needless_zeros() {
        assert_eq!(decimal(12_000_000), "12");
        assert_eq!(decimal(1_999_000), "1.999");
        assert_eq!(decimal(4_200_000), "4.20");
        assert_eq!(decimal(333_333), "0.333333");
        assert_eq!(decimal(-50_000), "-0.05");
    }
}
