//! The receipt on pages of A4, by the authority's view of it \[zimra, 10.2\].

use super::{
    super::{
        content::{Content, Item, Sale, Standing},
        rows::{self, NOT_FISCALISED, buyer_parts, money, not_known, original_parts, tax_name},
        settings::Settings,
        taxes::TaxTable,
        words::Words,
    },
    ink::Ink,
    widths::Face,
};
use crate::{DocumentKind, Qr};

const WIDTH: i32 = 5953;
const HEIGHT: i32 = 8419;
const LEFT: i32 = 450;
const RIGHT: i32 = WIDTH - LEFT;
const TOP: i32 = 450;
/// Below it is only the foot of the page.
const BOTTOM: i32 = HEIGHT - 650;
/// Where the right one of two columns begins.
const MIDDLE: i32 = 3050;

const TEXT: i32 = 90;
const SMALL: i32 = 75;
const LEADING: i32 = 120;
const MODULE: i32 = 34;

pub(super) fn pdf(content: &Content, settings: &Settings) -> Vec<u8> {
    let words = settings.language.words();
    let mut page = Page {
        ink: Ink::new(settings),
        page: 0,
        y: TOP,
        lacks: false,
    };
    page.ink.page(WIDTH, HEIGHT);
    head(&mut page, content, words);
    parties(&mut page, content, words);
    facts(&mut page, content, words);
    if let Some(sale) = &content.sale {
        lines(&mut page, sale, words);
        sums(&mut page, content, sale, words);
    }
    proof(&mut page, content, words);
    if page.lacks {
        page.paragraph(LEFT, RIGHT, SMALL, words.letters);
    }
    let number = content.sale.as_ref().map_or("", |sale| sale.number.as_str()).to_owned();
    page.finish(content, &number)
}

/// Where the next thing goes.
struct Page {
    ink: Ink,
    page: usize,
    y: i32,
    /// Something was named because its letters cannot be drawn.
    lacks: bool,
}

impl Page {
    /// Makes sure that so much fits, on a new page if need be. Answers whether one was begun.
    fn room(&mut self, height: i32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.ink.page(WIDTH, HEIGHT);
        self.page += 1;
        self.y = TOP;
        true
    }

    fn put(&mut self, x: i32, face: Face, size: i32, text: &str) {
        self.lacks |= self.ink.lacks(text);
        let text = self.ink.drawn(text);
        self.ink.text(self.page, x, self.y + size, face, size, &text);
    }

    /// Text that ends at `right`.
    fn put_right(&mut self, right: i32, face: Face, size: i32, text: &str) {
        let width = Ink::measure(&self.ink.drawn(text), face, size);
        self.put(right - width, face, size, text);
    }

    fn rule(&mut self) {
        self.ink.fill(self.page, LEFT, self.y + 20, RIGHT - LEFT, 6);
        self.y += 60;
    }

    /// Text over as many lines as it needs.
    fn paragraph(&mut self, left: i32, right: i32, size: i32, text: &str) {
        for line in Ink::wrap(&self.ink.drawn(text), Face::Regular, size, right - left) {
            self.room(size * LEADING / TEXT);
            self.put(left, Face::Regular, size, &line);
            self.y += size * LEADING / TEXT;
        }
        self.lacks |= self.ink.lacks(text);
    }

    fn finish(mut self, content: &Content, number: &str) -> Vec<u8> {
        let pages = self.ink.pages();
        self.y = HEIGHT - 480;
        for page in 0..pages {
            self.page = page;
            self.put(LEFT, Face::Regular, SMALL, number);
            self.put_right(RIGHT, Face::Regular, SMALL, &format!("{} / {pages}", page + 1));
        }
        let title = format!("{} {number}", content.title);
        self.ink.finish(title.trim_end())
    }
}

fn head(page: &mut Page, content: &Content, words: &Words) {
    let (_, height) = page.ink.logo(page.page, LEFT, TOP, 1800, 600);
    let title = match content.standing {
        Standing::Provisional => NOT_FISCALISED,
        _ => &content.title,
    };
    page.put_right(RIGHT, Face::Bold, 160, title);
    page.y += 220;
    match content.standing {
        Standing::Original => {}
        Standing::Copy(number) => page.put_right(RIGHT, Face::Bold, 220, &rows::copy(number)),
        Standing::Provisional => page.put_right(RIGHT, Face::Bold, 110, words.provisional),
    }
    page.y = (page.y + 280).max(TOP + height + 100);
}

/// The seller on the left, the buyer on the right.
fn parties(page: &mut Page, content: &Content, words: &Words) {
    let top = page.y;
    if !content.seller.is_empty() {
        page.put(LEFT, Face::Bold, SMALL, "SELLER");
        page.y += LEADING;
    }
    for line in &content.seller {
        page.paragraph(LEFT, MIDDLE - 150, TEXT, line);
    }
    let bottom = page.y;
    page.y = top;
    if let Some(sale) = &content.sale {
        page.put(MIDDLE, Face::Bold, SMALL, "BUYER");
        page.y += LEADING;
        for (label, value) in buyer_parts(&sale.buyer, words) {
            let line = label.map_or_else(|| value.clone(), |label| format!("{label}: {value}"));
            page.paragraph(MIDDLE, RIGHT, TEXT, &line);
        }
    }
    page.y = page.y.max(bottom) + 80;
}

/// What the receipt is called, in two columns; of a credit note also what the invoice was called.
fn facts(page: &mut Page, content: &Content, words: &Words) {
    page.rule();
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let Some(fiscal) = &content.fiscal {
        facts.push(("Invoice No", fiscal.receipt_number.to_string()));
        facts.extend(fiscal.fiscal_day.map(|day| ("Fiscal day No", day.to_string())));
    }
    if let Some(sale) = &content.sale {
        facts.push(("Customer reference No", sale.number.clone()));
        facts.push((words.date, rows::date(sale)));
    }
    if let Some(fiscal) = &content.fiscal {
        facts.extend(fiscal.serial_number.clone().map(|serial| ("Device Serial No", serial)));
        facts.push(("Device ID", fiscal.device_id.to_string()));
    }
    let sale = content.sale.as_ref();
    let order = sale
        .filter(|sale| sale.kind == DocumentKind::Invoice)
        .and_then(|sale| sale.reference.clone());
    facts.extend(order.map(|order| (words.reference, order)));
    in_two_columns(page, &facts);
    if let Some(original) = sale.and_then(|sale| sale.original.as_ref()) {
        page.rule();
        page.put(LEFT, Face::Bold, SMALL, "CREDITED INVOICE");
        page.y += LEADING;
        in_two_columns(page, &original_parts(original, words));
    }
    page.rule();
}

fn in_two_columns(page: &mut Page, facts: &[(&str, String)]) {
    for two in facts.chunks(2) {
        let top = page.y;
        let mut bottom = top;
        for ((label, value), (left, right)) in two.iter().zip([(LEFT, MIDDLE - 150), (MIDDLE, RIGHT)]) {
            page.y = top;
            page.paragraph(left, right, TEXT, &format!("{label}: {value}"));
            bottom = bottom.max(page.y);
        }
        page.y = bottom;
    }
}

/// Where the columns of the lines end; the first two begin at the left.
struct Table {
    description: i32,
    quantity: i32,
    price: i32,
    /// Only where prices are without tax.
    amount: Option<i32>,
    tax: i32,
    gross: i32,
}

const WITH_TAX: Table = Table {
    description: 1080,
    quantity: 3350,
    price: 4050,
    amount: None,
    tax: 4650,
    gross: 5330,
};
const WITHOUT_TAX: Table = Table {
    description: 1080,
    quantity: 2900,
    price: 3550,
    amount: Some(4200),
    tax: 4730,
    gross: 5330,
};

fn lines(page: &mut Page, sale: &Sale, words: &Words) {
    let table = if sale.tax_inclusive { &WITH_TAX } else { &WITHOUT_TAX };
    heading(page, table);
    for item in &sale.items {
        line(page, table, item, words);
    }
    page.rule();
}

fn heading(page: &mut Page, table: &Table) {
    page.put(LEFT, Face::Bold, SMALL, "Code");
    page.put(table.description, Face::Bold, SMALL, "Description");
    let columns = [
        (Some(table.quantity), "Qty"),
        (Some(table.price), "Price"),
        (table.amount, "Amount (excl. tax)"),
        (Some(table.tax), "VAT"),
        (Some(table.gross), "Total (incl. tax)"),
    ];
    for (right, name) in columns {
        if let Some(right) = right {
            page.put_right(right, Face::Bold, SMALL, name);
        }
    }
    page.y += LEADING;
    page.rule();
}

fn line(page: &mut Page, table: &Table, item: &Item, words: &Words) {
    let width = table.quantity - 450 - table.description;
    let mut texts = Ink::wrap(&page.ink.drawn(&item.description), Face::Regular, TEXT, width);
    let discount = item
        .discount
        .map(|discount| format!("{} {}", words.discount, money(discount)));
    texts.extend(discount);
    page.lacks |= page.ink.lacks(&item.description);
    let height = LEADING * i32::try_from(texts.len().max(1)).unwrap_or(1);
    // A line stays together where a page can hold it.
    if page.room(height.min(BOTTOM - TOP - 4 * LEADING)) {
        heading(page, table);
    }
    page.put(LEFT, Face::Regular, TEXT, &item.hs_code);
    // What is exempt has no tax, and is shown with a dash [zimra, 10.3, field 34.1]. Where no tax is known, the seller's code is.
    let tax = match (item.tax, item.percent) {
        (Some(_), None) => "-".to_owned(),
        (Some(tax), Some(_)) => money(tax),
        (None, _) => item.tax_mark.clone(),
    };
    page.put_right(
        table.quantity,
        Face::Regular,
        TEXT,
        &item.quantity.decimal().normalize().to_string(),
    );
    page.put_right(table.price, Face::Regular, TEXT, &money(item.unit_price));
    if let Some(right) = table.amount {
        page.put_right(right, Face::Regular, TEXT, &money(item.amount));
    }
    page.put_right(table.tax, Face::Regular, TEXT, &tax);
    page.put_right(
        table.gross,
        Face::Regular,
        TEXT,
        &item.gross.map(money).unwrap_or_default(),
    );
    if item.tax.is_some() {
        page.put(table.gross + 40, Face::Regular, TEXT, &item.tax_mark);
    }
    for text in texts {
        page.room(LEADING);
        page.put(table.description, Face::Regular, TEXT, &text);
        page.y += LEADING;
    }
}

/// The taxes on the left, the totals on the right.
fn sums(page: &mut Page, content: &Content, sale: &Sale, words: &Words) {
    let rows = match &content.taxes {
        TaxTable::Rows(rows) => rows.len(),
        _ => 2,
    };
    page.room((2 * i32::try_from(rows).unwrap_or_default() + 8).min(50) * LEADING);
    let (first, top) = (page.page, page.y);
    totals(page, sale, words);
    let after_totals = page.y;
    (page.page, page.y) = (first, top);
    taxes(page, content, sale, words);
    if page.page == first {
        page.y = page.y.max(after_totals);
    }
    page.y += 60;
    if let Some(reason) = sale
        .reference
        .as_ref()
        .filter(|_| sale.kind == DocumentKind::CreditNote)
    {
        page.paragraph(LEFT, RIGHT, TEXT, &format!("{}: {reason}", words.reason));
    }
}

fn totals(page: &mut Page, sale: &Sale, words: &Words) {
    const LABEL: i32 = 3400;
    let total = match sale.kind {
        DocumentKind::Invoice => words.total,
        DocumentKind::CreditNote => words.total_credited,
    };
    let lines = sale.sub_total.is_none() && !sale.tax_inclusive;
    let count = sale.number_of_items.decimal().normalize().to_string();
    let mut parts = vec![(words.number_of_items.to_owned(), count, Face::Regular)];
    let amounts = [
        (
            words.sum_of_lines.to_owned(),
            lines.then_some(sale.sum_of_lines),
            Face::Regular,
        ),
        (words.sub_total.to_owned(), sale.sub_total, Face::Regular),
        (words.tax.to_owned(), sale.total_tax, Face::Regular),
        (format!("{total} {}", sale.currency), sale.total, Face::Bold),
    ];
    parts.extend(
        amounts
            .into_iter()
            .filter_map(|(label, amount, face)| Some((label, money(amount?), face))),
    );
    if let Some(method) = sale.payment {
        let label = words.payment(sale.kind, method);
        parts.push((label, sale.total.map(money).unwrap_or_default(), Face::Regular));
    }
    for (label, value, face) in parts {
        let size = if face == Face::Bold { 110 } else { TEXT };
        page.put(LABEL, face, size, &label);
        page.put_right(WITH_TAX.gross, face, size, &value);
        page.y += size * LEADING / TEXT;
    }
}

fn taxes(page: &mut Page, content: &Content, sale: &Sale, words: &Words) {
    const RIGHTS: [i32; 3] = [1250, 2050, 2950];
    match &content.taxes {
        TaxTable::Rows(rows) => {
            page.put(LEFT, Face::Bold, SMALL, words.taxes);
            for (right, name) in RIGHTS.into_iter().zip([words.net, words.tax, words.gross]) {
                page.put_right(right, Face::Bold, SMALL, name);
            }
            page.y += LEADING;
            for row in rows {
                page.room(2 * LEADING);
                page.paragraph(LEFT, MIDDLE, TEXT, &tax_name(row, words));
                for (right, amount) in RIGHTS.into_iter().zip([row.net, row.tax, row.gross]) {
                    page.put_right(right, Face::Regular, TEXT, &money(amount));
                }
                page.y += LEADING;
            }
        }
        TaxTable::NotRegistered => {}
        TaxTable::NotKnown(why) => page.paragraph(LEFT, MIDDLE, TEXT, &not_known(why, words)),
    }
    if let Some(tax) = sale.other_tax {
        page.paragraph(LEFT, MIDDLE, TEXT, &format!("{} {}.", words.document_says, money(tax)));
    }
    let prices = if sale.tax_inclusive {
        words.with_tax
    } else {
        words.without_tax
    };
    page.paragraph(LEFT, MIDDLE, TEXT, prices);
}

/// The code and what proves the receipt; on a provisional slip, what it is not.
fn proof(page: &mut Page, content: &Content, words: &Words) {
    if content.standing == Standing::Provisional {
        page.room(8 * LEADING);
        page.rule();
        page.paragraph(LEFT, RIGHT, TEXT, words.sale_waits);
        if let Some(sale) = &content.sale {
            page.paragraph(LEFT, RIGHT, TEXT, &format!("{} {}.", words.will_have, sale.number));
        }
        page.paragraph(LEFT, RIGHT, TEXT, content.found_at.as_deref().unwrap_or(words.found_at));
        page.put(LEFT, Face::Bold, 160, NOT_FISCALISED);
        page.y += 240;
    }
    let Some(fiscal) = &content.fiscal else { return };
    let code = Qr::new(&fiscal.url).ok().filter(|_| !fiscal.url.is_empty());
    let side = code
        .as_ref()
        .map_or(0, |code| i32::try_from(code.size()).unwrap_or_default() * MODULE);
    page.room(side + 8 * MODULE + 3 * LEADING);
    page.rule();
    let top = page.y;
    let mut left = LEFT;
    if let Some(code) = &code {
        page.ink
            .qr(page.page, LEFT + 4 * MODULE, top + 4 * MODULE, MODULE, code);
        left += side + 8 * MODULE + 100;
    }
    page.y = top + 4 * MODULE;
    page.put(left, Face::Regular, TEXT, "Verification code");
    page.y += LEADING + 20;
    page.put(left, Face::Bold, 140, &fiscal.verification_code);
    page.y += 260;
    page.paragraph(left, RIGHT, TEXT, words.verify_at);
    page.paragraph(left, RIGHT, SMALL, &fiscal.url);
    page.y = page.y.max(top + side + 8 * MODULE) + 60;
}
