//! Preflight and the simulator's authority, which share no code, come to the same verdicts: what passes is fiscalised, what
//! blocks is refused, with the code that the finding named.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use fh_sim::{Colour, DiscountPolicy, Options, Sim};
use fh_types::{CatDateTime, ManualClock, RequestId};
use fiscal_harmony::{
    Client, Document, Environment, Outcome,
    catalogue::Catalogue,
    codes,
    preflight::{Context, Earlier, EarlierState, Finding, Level, MemoryJournal, Verdict, preflight},
};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::support::Dice;

const NOW: &str = "2026-11-13T14:00:00+02:00";
/// Code and rate in hundredths of a percent.
const TAXES: [(&str, Option<i64>); 4] = [
    ("VAT15.5", Some(1550)),
    ("ZERO", Some(0)),
    ("EXEMPT", None),
    ("WHT5", Some(500)),
];

struct Shop {
    sim: Sim,
    client: Client,
    catalogue: Arc<Catalogue>,
    journal: MemoryJournal,
    now: CatDateTime,
    /// Seconds of the day, so that each document is later than the one before.
    second: i64,
    number: u32,
    passed: usize,
}

impl Shop {
    async fn open() -> Self {
        let now: CatDateTime = NOW.parse().unwrap();
        let clock = Arc::new(ManualClock::new(now.timestamp()));
        let options = Options::builder()
            .clock(clock.clone())
            .settle_delay(Duration::ZERO)
            // The authority is to judge, not the service's door.
            .constraints(false)
            .discount(DiscountPolicy::NetOfDiscount)
            // What preflight blocks must show as a refusal, and a yellow receipt is none.
            .colours(BTreeMap::from([("RCPT031".to_owned(), Colour::Red)]))
            .build();
        let sim = Sim::with_options(options).await.unwrap();
        let client = Client::builder()
            .environment(Environment::Custom(sim.base_url()))
            .credentials(sim.credentials())
            .identity(sim.identity())
            .build()
            .unwrap();
        let catalogue = client.catalogue_within(Duration::ZERO, clock.as_ref()).await.unwrap();
        assert_eq!(catalogue.unread().collect::<Vec<_>>(), [""; 0]);
        Self {
            sim,
            client,
            catalogue,
            journal: MemoryJournal::default(),
            now,
            second: 0,
            number: 0,
            passed: 0,
        }
    }

    fn date(&mut self) -> String {
        self.second += 1;
        let (hour, minute, second) = (9 + self.second / 3_600, self.second / 60 % 60, self.second % 60);
        format!("2026-11-13T{hour:02}:{minute:02}:{second:02}+02:00")
    }

    /// A document that is right, as JSON: an invoice, or a credit note against `original`.
    fn document(&mut self, dice: &mut Dice, original: Option<&Earlier>) -> Value {
        self.number += 1;
        let inclusive = !dice.once_in(3);
        let taxes: Vec<_> = match original {
            None => TAXES.to_vec(),
            Some(original) => TAXES
                .into_iter()
                .filter(|tax| original.taxes.iter().any(|theirs| theirs.code == tax.0))
                .collect(),
        };
        let lines: Vec<(usize, i64, i64, i64)> = (0..1 + dice.below(if original.is_some() { 2 } else { 8 }))
            .map(|_| {
                let tax = dice.below(taxes.len() as u64) as usize;
                // A note stays small, so that it credits no more than is left.
                let (cents, quantity) = if original.is_some() {
                    (1 + dice.below(40), 1)
                } else {
                    (100 + dice.below(50_000), 1 + dice.below(9))
                };
                let amount = cents * quantity;
                let discount = if dice.once_in(5) { dice.below(amount) } else { 0 };
                (tax, cents as i64, quantity as i64, discount as i64)
            })
            .collect();
        let mut groups: BTreeMap<usize, i64> = BTreeMap::new();
        for (tax, cents, quantity, discount) in &lines {
            *groups.entry(*tax).or_default() += cents * quantity - discount;
        }
        let (mut net, mut tax_sum) = (0, 0);
        for (tax, sum) in &groups {
            let rate = taxes[*tax].1.unwrap_or(0);
            let divisor = if inclusive { 10_000 + rate } else { 10_000 };
            let amount = (2 * sum * rate + divisor) / (2 * divisor);
            tax_sum += amount;
            net += if inclusive { sum - amount } else { *sum };
        }
        let items: Vec<Value> = lines
            .iter()
            .map(|(tax, cents, quantity, discount)| {
                let mut line = json!({"Description": "Goods", "UnitAmount": money(*cents), "Quantity": quantity,
                    "LineAmount": money(cents * quantity - discount), "TaxCode": taxes[*tax].0, "ProductCode": "34011100"});
                if *discount > 0 {
                    line["DiscountAmount"] = money(*discount);
                }
                line
            })
            .collect();
        let buyer = json!({"Name": "Acme (Private) Limited", "Tin": "2000999999", "VatNumber": "220099999",
            "Address": {"Province": "Harare", "Street": "Samora Machel Avenue", "HouseNo": "12", "City": "Harare"}});
        let mut document = json!({"IsDiscounted": lines.iter().any(|line| line.3 > 0), "IsTaxInclusive": inclusive, "BuyerContact": buyer,
            "Date": self.date(), "LineItems": items, "SubTotal": money(net), "TotalTax": money(tax_sum), "Total": money(net + tax_sum),
            "CurrencyCode": "USD", "PaymentMethod": "Cash"});
        let id = format!("DOC-{}", self.number);
        match original {
            None => {
                document["InvoiceId"] = id.as_str().into();
                document["InvoiceNumber"] = id.into();
            }
            Some(original) => {
                document["CreditNoteId"] = id.as_str().into();
                document["CreditNoteNumber"] = id.into();
                document["OriginalInvoiceId"] = original.id.as_str().into();
                document["Reference"] = "Goods returned".into();
            }
        }
        document
    }

    /// Checks and submits documents, and compares each verdict with the outcome. Returns how often each rule blocked.
    async fn judge(&mut self, documents: Vec<Value>) -> BTreeMap<&'static str, usize> {
        let mut blocked = BTreeMap::new();
        let mut submitted: Vec<(RequestId, Document, Verdict, Vec<Finding>)> = Vec::new();
        for value in documents {
            let document = Document::from_json(value.to_string().as_bytes()).unwrap();
            let context = Context::nothing()
                .catalogue(&self.catalogue)
                .journal(&self.journal)
                .at(self.now.timestamp());
            let findings = preflight(&document, &context);
            assert!(
                findings
                    .skipped
                    .iter()
                    .all(|skipped| ["PF14", "PF15"].contains(&skipped.rule)
                        || skipped.reason.contains("original")
                        || skipped.reason.contains("credited invoice")),
                "{:?}",
                findings.skipped
            );
            // The authority sees the next document after this one, so the journal has to know of it.
            let expected = match findings.verdict() {
                Verdict::Block => EarlierState::Rejected { actionable: true },
                Verdict::Pass | Verdict::Warn => EarlierState::Open,
            };
            self.journal
                .add(Earlier::of(&document, expected, Some(&self.catalogue)).unwrap());
            let request_id = self.client.submit(&document).await.unwrap();
            submitted.push((request_id, document, findings.verdict(), findings.findings));
        }
        let last = &submitted.last().unwrap().0;
        assert!(
            self.client
                .wait(last, Duration::from_secs(60))
                .await
                .unwrap()
                .is_settled()
        );
        let ids: Vec<RequestId> = submitted.iter().map(|(id, ..)| id.clone()).collect();
        let outcomes: BTreeMap<String, Outcome> = self
            .client
            .outcomes(ids)
            .map_ok(|(id, outcome)| (id.as_str().to_owned(), outcome))
            .try_collect()
            .await
            .unwrap();
        for (request_id, document, verdict, findings) in submitted {
            let outcome = &outcomes[request_id.as_str()];
            let told = format!("{findings:#?}\n{outcome:?}\n{document:?}");
            match (verdict, outcome) {
                (Verdict::Pass, outcome) => {
                    assert!(
                        matches!(outcome, Outcome::Fiscalised(_)),
                        "passed, and was refused: {told}"
                    );
                    self.passed += 1;
                }
                (Verdict::Block, Outcome::Rejected(rejection)) => {
                    for finding in findings.iter().filter(|finding| finding.level == Level::Block) {
                        *blocked.entry(finding.rule).or_default() += 1;
                        assert!(agrees(finding, &rejection.reason, &findings), "another code: {told}");
                    }
                }
                (Verdict::Block, _) => panic!("blocked, and was taken: {told}"),
                (Verdict::Warn, _) => {}
            }
            let state = match outcome {
                Outcome::Fiscalised(_) => EarlierState::Fiscalised,
                Outcome::Rejected(rejection) => EarlierState::Rejected {
                    actionable: rejection.actionable,
                },
                _ => EarlierState::Open,
            };
            self.journal
                .add(Earlier::of(&document, state, Some(&self.catalogue)).unwrap());
        }
        blocked
    }
}

/// The refusal names the finding's code; or an earlier instance refused, which then says so in its own words.
fn agrees(finding: &Finding, reason: &str, all: &[Finding]) -> bool {
    let named: Vec<&str> = codes::in_text(reason).map(|code| code.code).collect();
    if finding.code.is_some_and(|code| named.contains(&code)) {
        return true;
    }
    // The service looks at TIN, currency and mappings before the authority sees anything, and the authority at the form
    // before the figures.
    let by_the_service = |finding: &Finding| {
        (finding.rule == "PF10" && finding.message.contains("not mapped"))
            || finding.rule == "PF24"
            || (finding.rule == "PF18" && finding.code == Some("RCPT043"))
    };
    let own_words = named.is_empty() || named == ["NO TIN PROVIDED"];
    (own_words && all.iter().any(by_the_service))
        || (named == ["RCPT02"] && all.iter().any(|other| other.code == Some("RCPT02")))
}

fn money(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    serde_json::from_str(&format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)).unwrap()
}

fn shift(value: &mut Value, cents: i64) {
    let text = value.to_string();
    let (whole, hundredths) = text.split_once('.').unwrap_or((&text, "0"));
    *value = money(whole.parse::<i64>().unwrap() * 100 + format!("{hundredths:0<2}").parse::<i64>().unwrap() + cents);
}

/// Makes one thing wrong with an invoice.
fn spoil(document: &mut Value, dice: &mut Dice) {
    let at = dice.below(document["LineItems"].as_array().unwrap().len() as u64) as usize;
    match dice.below(17) {
        0 => shift(&mut document["LineItems"][at]["LineAmount"], 1),
        1 => shift(&mut document["Total"], 1),
        2 => shift(&mut document["Total"], -1),
        3 => document["LineItems"][at]["TaxCode"] = "VAT15".into(),
        4 => document["LineItems"][at]["TaxCode"] = "VAT".into(),
        5 => document["LineItems"][at]["ProductCode"] = "3401110".into(),
        6 => document["LineItems"][at]["ProductCode"] = "".into(),
        7 => document["BuyerContact"]["Tin"] = "200099999".into(),
        8 => document["BuyerContact"] = json!({"Name": "Somebody"}),
        9 => document["CurrencyCode"] = "ZWL".into(),
        10 => document["Date"] = "2026-11-13T14:05:01+02:00".into(),
        11 => document["LineItems"][at]["UnitAmount"] = 0.into(),
        12 => document["LineItems"][at]["Quantity"] = 0.into(),
        13 => document["LineItems"][at]["Quantity"] = (-1).into(),
        14 => document["LineItems"][at]["Description"] = " ".into(),
        15 => document["LineItems"] = json!([]),
        _ => document["LineItems"][at]["UnitAmount"] = json!(1.234_567_8),
    }
}

/// Makes one thing wrong with a credit note.
fn spoil_note(document: &mut Value, dice: &mut Dice, of_another_tax: &Earlier) {
    match dice.below(6) {
        0 => document["Reference"] = "".into(),
        1 => document["OriginalInvoiceId"] = "".into(),
        2 => document["CurrencyCode"] = "ZAR".into(),
        3 => {
            // More than any invoice here comes to.
            let code = document["LineItems"][0]["TaxCode"].clone();
            document["LineItems"] = json!([{"Description": "Goods", "UnitAmount": 999_999, "Quantity": 1, "LineAmount": 999_999,
                "TaxCode": code, "ProductCode": "34011100"}]);
            document["IsDiscounted"] = false.into();
            for total in ["SubTotal", "TotalTax", "Total"] {
                document.as_object_mut().unwrap().remove(total);
            }
        }
        4 => document["OriginalInvoiceId"] = of_another_tax.id.as_str().into(),
        _ => document["CreditNoteNumber"] = of_another_tax.number.as_str().into(),
    }
}

#[tokio::test]
async fn what_passes_is_fiscalised_and_what_blocks_is_refused_for_the_same_reason() {
    let count = if std::env::var_os("FH_LONG_TESTS").is_some_and(|value| value == "1") {
        4_000
    } else {
        300
    };
    let mut dice = Dice::new(20_261_113);
    let mut shop = Shop::open().await;

    let mut blocked = BTreeMap::<&str, usize>::new();
    let mut invoices: Vec<Value> = (0..count).map(|_| shop.document(&mut dice, None)).collect();
    for invoice in &mut invoices {
        if dice.once_in(2) {
            spoil(invoice, &mut dice);
        }
    }
    // Not in the zero-rated or exempt form that the authority wants from who is registered for VAT.
    let mut short = shop.document(&mut dice, None);
    short["LineItems"] = json!([{"Description": "Books", "UnitAmount": 5, "Quantity": 1, "LineAmount": 5, "TaxCode": "EXEMPT", "ProductCode": "4901"}]);
    (
        short["SubTotal"],
        short["TotalTax"],
        short["Total"],
        short["IsDiscounted"],
    ) = (5.into(), 0.into(), 5.into(), false.into());
    invoices.push(short);
    let mut plain = shop.document(&mut dice, None);
    plain["LineItems"] = json!([{"Description": "Books", "UnitAmount": 5, "Quantity": 1, "LineAmount": 5, "TaxCode": "EXEMPT", "ProductCode": "49019900"}]);
    (
        plain["SubTotal"],
        plain["TotalTax"],
        plain["Total"],
        plain["IsDiscounted"],
    ) = (5.into(), 0.into(), 5.into(), false.into());
    invoices.push(plain.clone());
    blocked.extend(shop.judge(invoices.clone()).await);

    // Notes against what was fiscalised; one for each invoice, so that the journal is not behind the authority.
    let find = |journal: &MemoryJournal, id: &Value| {
        use fiscal_harmony::preflight::Journal;
        journal.by_id(id.as_str().unwrap()).unwrap().unwrap()
    };
    let exempt_only = find(&shop.journal, &plain["InvoiceId"]);
    assert_eq!(exempt_only.state, EarlierState::Fiscalised);
    let mut notes = Vec::new();
    for invoice in &invoices {
        let original = find(&shop.journal, &invoice["InvoiceId"]);
        if original.id == exempt_only.id {
            continue;
        }
        let taxed = |code: &str| TAXES.iter().any(|tax| tax.0 == code);
        if original.taxes.is_empty() || !original.taxes.iter().all(|tax| taxed(&tax.code)) {
            continue;
        }
        let mut note = shop.document(&mut dice, Some(&original));
        if dice.once_in(2) {
            spoil_note(&mut note, &mut dice, &exempt_only);
        }
        notes.push(note);
    }
    for (rule, times) in shop.judge(notes).await {
        *blocked.entry(rule).or_default() += times;
    }

    // A number that was used before, with other content.
    let mut again = shop.document(&mut dice, None);
    again["InvoiceNumber"] = plain["InvoiceNumber"].clone();
    for (rule, times) in shop.judge(vec![again]).await {
        *blocked.entry(rule).or_default() += times;
    }
    for rule in [
        "PF01", "PF03", "PF04", "PF05", "PF06", "PF10", "PF12", "PF13", "PF14", "PF18", "PF23", "PF24", "PF25", "PF29",
        "PF30", "PF32", "PF33", "PF34",
    ] {
        assert!(blocked.contains_key(rule), "{rule} never blocked: {blocked:?}");
    }
    assert!(shop.passed > count / 2, "{} passed", shop.passed);
    shop.sim.shutdown().await;
}
