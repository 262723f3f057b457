// One idea: every operation is told once in one story, and the plan of each statement in it is looked at.

//! Every statement, with the plan that SQLite makes for it: none may read a whole table that grows.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};

use fh_types::{RequestId, SystemClock};
use fiscal_harmony::{Attempt, Document, Receipt, catalogue::Catalogue, types::jiff};
use rusqlite::Connection;

use super::{
    file::{connect, make},
    transaction::SqliteTransaction,
};
use crate::{
    entry::Query,
    error::OutboxError,
    evidence::Evidence,
    ledger::{Divide, LedgerQuery, ReportQuery, Span, Standing},
    machine::{Event, News, Reply},
    policy::Policy,
    state::State,
    store::{
        adopting::Adopt,
        bearer::Bearer,
        by::By,
        catalogue::{KeepCatalogue, ReadCatalogues},
        correcting::Correct,
        enqueue::{Check, Checks, Enqueue},
        find::Find,
        history::Answer,
        listing::{Body, Changes, History, LatestChange, List, Unclaimed},
        listing_sold::ReadLedger,
        node::{Join, Look, Marked},
        notices::{Know, Notice, Raise},
        operator::{Operate, SeeToTheDay},
        printing::{NotePrint, ReadPrintable},
        prune::{Prune, Ripe},
        reporting::AddUp,
        requests::{OfRequest, Requests},
        revising::Revisions,
        schema::Migrate,
        sending::{Claim, Hand, Job, Replied, Turn},
        settling::{GivenUp, Poll, Settle, WEBHOOK},
        sql::{Dialect, Row, Sql, Value, Work},
        survey::Survey,
        tempo::{Learn, ReadTempo, WithTheService},
        told::{Anything, Probe, Sent, ToSend},
    },
};

/// A transaction that remembers its statements.
struct Recorder<'c> {
    inner: SqliteTransaction<'c>,
    seen: &'c mut BTreeMap<String, usize>,
}

impl Sql for Recorder<'_> {
    const DIALECT: Dialect = SqliteTransaction::DIALECT;

    fn place(&self) -> String {
        self.inner.place()
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<Vec<Row>, OutboxError>> + Send {
        self.seen.insert(sql.to_owned(), values.len());
        self.inner.query(sql, values)
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> impl Future<Output = Result<u64, OutboxError>> + Send {
        self.seen.insert(sql.to_owned(), values.len());
        self.inner.execute(sql, values)
    }

    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        self.inner.batch(sql)
    }

    fn queue_up(&mut self, thing: &str) -> impl Future<Output = Result<(), OutboxError>> + Send {
        self.inner.queue_up(thing)
    }
}

struct Story {
    connection: Connection,
    path: PathBuf,
    seen: BTreeMap<String, usize>,
}

impl Story {
    async fn tell<W: Work>(&mut self, work: W) -> W::Output {
        let mut recorder = Recorder {
            inner: SqliteTransaction::new(&self.connection, &self.path),
            seen: &mut self.seen,
        };
        work.run(&mut recorder)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", W::NAME))
    }

    async fn take_in(&mut self, document: Document, replaces: Option<&str>) {
        let first = document.freeze(Attempt::First).unwrap();
        let retry = document.freeze(Attempt::Retry).unwrap();
        let checks = Checks {
            catalogue: None,
            clock_ahead: None,
        };
        let work = Enqueue {
            lane: "till".to_owned(),
            station: None,
            first_sha256: first.sha256(),
            first,
            retry_sha256: retry.sha256(),
            retry,
            document: Arc::new(document),
            checks: Some((checks, fiscal_harmony::preflight::Findings::default())),
            replaces: replaces.map(str::to_owned),
            is_history: false,
            by: by("enqueue"),
        };
        self.tell(work).await;
    }

    async fn claim(&mut self) -> Job {
        let lane = "till".to_owned();
        let claim = Claim {
            lane,
            machine: "here".to_owned(),
            by: by("worker"),
            hand: Hand::default(),
        };
        self.tell(claim).await.job.expect("something is due")
    }

    fn plan(&self, sql: &str) -> Vec<String> {
        let mut statement = self.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get::<_, String>(3).unwrap());
        }
        plan
    }
}

fn by(who: &str) -> By {
    // What may have arrived is due at once.
    let policy = Policy {
        orphan_window: std::time::Duration::ZERO,
        ..Policy::default()
    };
    By::new(who, Arc::new(SystemClock), Arc::new(policy), 1)
}

fn invoice(id: &str) -> Document {
    let json = format!(
        r#"{{"InvoiceId":"{id}","InvoiceNumber":"{id}","IsTaxInclusive":true,"BuyerContact":{{"Name":"Cash Customer"}},
        "Date":"2026-11-21T09:00:00+02:00","LineItems":[{{"Description":"Toner","ProductCode":"84439990","UnitAmount":10,
        "Quantity":1,"LineAmount":10,"TaxCode":"VAT15.5"}}],"Total":10,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

/// An invoice that is dated after the credit note.
fn after_it(id: &str) -> Document {
    let mut invoice = invoice(id);
    invoice.set_date("2026-11-21T11:00:00+02:00".parse().unwrap());
    invoice
}

fn credit(id: &str, original: &str) -> Document {
    let json = format!(
        r#"{{"CreditNoteId":"{id}","CreditNoteNumber":"{id}","OriginalInvoiceId":"{original}","Reference":"returned","IsTaxInclusive":true,
        "BuyerContact":{{"Name":"Cash Customer"}},"Date":"2026-11-21T10:00:00+02:00","LineItems":[{{"Description":"Toner",
        "ProductCode":"84439990","UnitAmount":5,"Quantity":1,"LineAmount":5,"TaxCode":"VAT15.5"}}],"Total":5,"CurrencyCode":"USD"}}"#
    );
    Document::from_json(json.as_bytes()).unwrap()
}

fn request(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

fn receipt() -> Receipt {
    let json = serde_json::json!({
        "request_id": "r1", "qr_url": "https://fdms.example/1", "verification_code": "AAAA-BBBB-CCCC-DDDD",
        "fiscal_day": 1, "device_id": 7, "receipt_number": 1, "pdf": null,
    });
    serde_json::from_value(json).unwrap()
}

/// Does everything that the store can do, and says with which statements.
async fn everything(path: &Path) -> Story {
    make(path).unwrap();
    let mut story = Story {
        connection: connect(path).unwrap(),
        path: path.to_owned(),
        seen: BTreeMap::new(),
    };
    let place = path.display().to_string();
    story.tell(Migrate { place }).await;
    let (machine, identity) = ("here".to_owned(), "this one".to_owned());
    story
        .tell(Look {
            machine: machine.clone(),
        })
        .await;
    story
        .tell(Join {
            machine: machine.clone(),
            identity,
            joins: true,
        })
        .await;
    story.tell(Marked { machine }).await;
    for document in [invoice("A"), invoice("A"), credit("C", "A"), after_it("B")] {
        story.take_in(document, None).await;
    }
    let check = Check {
        lane: "till".to_owned(),
        document: Arc::new(credit("D", "A")),
        checks: Checks {
            catalogue: None,
            clock_ahead: None,
        },
        by: by("check"),
    };
    story.tell(check).await;
    let job = story.claim().await;
    let replied = Replied {
        seq: job.seq,
        token: job.token,
        revision: job.revision,
        reply: Reply::Accepted {
            request_id: request("r1"),
            service_time: None,
        },
        reason: String::new(),
        answer: Answer::default(),
        by: by("worker"),
    };
    let lane = "till".to_owned();
    let next = Some(Claim {
        lane,
        machine: "here".to_owned(),
        by: by("worker"),
        hand: Hand::default(),
    });
    let (_, next) = story.tell(Turn { replied, next }).await;
    // The credit note has stepped aside, since its invoice is not fiscalised yet.
    let job = next.job.expect("B is due");
    assert_eq!(job.frozen.document_id(), "B");
    let replied = Replied {
        seq: job.seq,
        token: job.token,
        revision: job.revision,
        reply: Reply::NotSent,
        reason: "no network".to_owned(),
        answer: Answer::default(),
        by: by("worker"),
    };
    story.tell(replied).await;
    let lane = "till".to_owned();
    story
        .tell(Poll {
            lane,
            limit: 100,
            reserved: Vec::new(),
            by: By::new("status", Arc::new(Later), Arc::new(Policy::default()), 1),
        })
        .await;
    let news = ["r1", "of a stranger"].map(|id| (request(id), News::Fiscalised { receipt: receipt() }));
    story
        .tell(Settle {
            news: news.into(),
            bearer: Bearer::All,
            by: by(WEBHOOK),
        })
        .await;
    // The credit note, whose answer is lost: it goes as a retry then, whose bytes are others.
    let job = story.claim().await;
    let replied = Replied {
        seq: job.seq,
        token: job.token,
        revision: job.revision,
        reply: Reply::Lost { retry_after: None },
        reason: "lost".to_owned(),
        answer: Answer::default(),
        by: by("worker"),
    };
    story.tell(replied).await;
    let again = Operate {
        document: "C".to_owned(),
        event: Event::Retry {
            reason: "by hand".to_owned(),
        },
        by: by("operator"),
    };
    story.tell(again).await;
    // What may be on its way is left its time.
    let claim = Claim {
        lane: "till".to_owned(),
        machine: "here".to_owned(),
        hand: Hand::default(),
        by: By::new("worker", Arc::new(Later), Arc::new(Policy::default()), 1),
    };
    let job = story.tell(claim).await.job.expect("its time is over");
    assert_eq!(job.frozen.document_id(), "C");
    // B is corrected, and handed in again as it was at first; then D takes the place of E.
    for only_looks in [true, false] {
        let mut mended = invoice("B");
        mended.buyer_mut().name = "Cash Somebody".to_owned();
        let correct = Correct {
            id: "B".to_owned(),
            document: Arc::new(mended),
            checks: Some(Checks {
                catalogue: None,
                clock_ahead: None,
            }),
            why: "the name".to_owned(),
            by: by("operator"),
            only_looks,
        };
        story.tell(correct).await;
    }
    story.take_in(after_it("B"), None).await;
    story.tell(Revisions("B".to_owned())).await;
    story.take_in(invoice("E"), None).await;
    story.take_in(invoice("D"), Some("E")).await;
    let aside = Operate {
        document: "B".to_owned(),
        event: Event::SetAside {
            reason: "by hand".to_owned(),
        },
        by: by("operator"),
    };
    story.tell(aside).await;
    story.tell(ReadPrintable("A".to_owned())).await;
    let print = NotePrint {
        document: "A".to_owned(),
        what: "receipt.txt".to_owned(),
        by: by("till"),
    };
    story.tell(print).await;
    let url = "https://fdmstest.zimra.co.zw/0000000007211120260000000068CC86EF9CDFA968E3".to_owned();
    for evidence in [
        Evidence::RequestId(request("of B")),
        // It was given the date of today, since the credit note overtook it.
        Evidence::Link { url, of_any_day: true },
    ] {
        let document = "B".to_owned();
        let by = by("operator");
        story.tell(Adopt { document, evidence, by }).await;
    }
    for query in [
        Query::default(),
        Query::default().states([State::Parked, State::Rejected]),
        Query::default().states([State::Fiscalised]),
        Query::default().lane("till").search("A").before(100),
    ] {
        story.tell(List(query)).await;
    }
    story.tell(History("A".to_owned())).await;
    story.tell(Changes { after: 0, limit: 10 }).await;
    story.tell(LatestChange).await;
    story.tell(Unclaimed { limit: 10 }).await;
    story.tell(Body("A".to_owned())).await;
    let notice = Notice {
        key: "webhook_refused".to_owned(),
        kind: "webhook_refused".to_owned(),
        lane: None,
        document: None,
        count: 1,
        since: 0,
        what: "refused".to_owned(),
    };
    let key = notice.key.clone();
    story
        .tell(Raise {
            notice,
            by: by("webhook"),
        })
        .await;
    story
        .tell(Know {
            key,
            by: by("operator"),
        })
        .await;
    let lane = "till".to_owned();
    story
        .tell(SeeToTheDay {
            lane,
            by: by("operator"),
        })
        .await;
    let (to, by_alarms) = ("command".to_owned(), by("alarms"));
    for names in [&["one", "two"][..], &["two"]] {
        let to_send = ToSend {
            to: to.clone(),
            ringing: names.iter().map(|name| (*name).to_owned()).collect(),
            by: by_alarms.clone(),
        };
        assert!(story.tell(Anything(to_send.clone())).await);
        story.tell(to_send).await;
    }
    let name = "two".to_owned();
    story
        .tell(Sent {
            to,
            name,
            by: by_alarms.clone(),
        })
        .await;
    story.tell(Probe(by_alarms)).await;
    story.tell(Survey { midnight: 0 }).await;
    let keep = KeepCatalogue {
        lane: "till".to_owned(),
        fetched_at: 0,
        catalogue: String::new(),
        read: Arc::new(Catalogue::new(jiff::Timestamp::UNIX_EPOCH)),
    };
    story.tell(keep).await;
    story.tell(ReadCatalogues).await;
    let read = LedgerQuery::new(jiff::civil::date(2026, 11, 1), jiff::civil::date(2026, 11, 30));
    story.tell(ReadLedger(read.clone())).await;
    story.tell(ReadLedger(read.clone().of_lane("till"))).await;
    story.tell(ReadLedger(read.clone().newest_first().search("4.95"))).await;
    story.tell(ReadLedger(read.clone().standing([None]))).await;
    story
        .tell(ReadLedger(read.clone().standing([Some(Standing::Open)])))
        .await;
    let mut of_a_fiscal_day = read;
    of_a_fiscal_day.fiscal_day = Some(1);
    story.tell(ReadLedger(of_a_fiscal_day)).await;
    story.tell(Requests("A".to_owned())).await;
    story.tell(OfRequest(RequestId::parse("a").unwrap())).await;
    let days = Span::month(jiff::civil::date(2026, 11, 27));
    for span in [
        days,
        Span::FiscalDay {
            device: Some(1),
            number: 1,
        },
        Span::FiscalDay {
            device: None,
            number: 1,
        },
    ] {
        for by in [Divide::Day, Divide::Tax, Divide::Hour] {
            let query = ReportQuery::new(span, by);
            story.tell(AddUp(query.clone())).await;
            story.tell(AddUp(query.of_lane("till"))).await;
        }
    }
    let given_up = GivenUp {
        lane: "till".to_owned(),
        are_done: vec![request("r1")],
        limit: 10,
    };
    story.tell(given_up).await;
    let learn = Learn {
        lane: "till".to_owned(),
        lessons: Vec::new(),
    };
    story.tell(learn).await;
    story.tell(ReadTempo("till".to_owned())).await;
    let look = WithTheService {
        documents: vec!["A".to_owned()],
        by: by("status"),
    };
    story.tell(look).await;
    let ripe = Ripe {
        before: i64::MAX,
        after_seq: 0,
        limit: 10,
    };
    let seqs = story.tell(ripe).await.iter().map(|exported| exported.seq).collect();
    assert_eq!(story.tell(Prune { seqs }).await, 2, "A, and E, which D has replaced");
    story.tell(Find("A".to_owned())).await;
    story
}

/// A clock by which every question is due.
#[derive(Debug)]
struct Later;

impl fh_types::Clock for Later {
    fn now(&self) -> fh_types::jiff::Timestamp {
        SystemClock.now() + std::time::Duration::from_secs(90)
    }
}

/// The plans, statement by statement.
const PLANS: &str = include_str!("plans.txt");

#[tokio::test]
async fn each_statement_has_the_plan_that_was_reviewed() {
    let folder = tempfile::tempdir().unwrap();
    let story = everything(&folder.path().join("till.db")).await;
    let mut text = String::new();
    for sql in story.seen.keys() {
        writeln!(text, "{sql}").unwrap();
        for step in story.plan(sql) {
            writeln!(text, "    {step}").unwrap();
        }
    }
    if std::env::var_os("FH_WRITE_PLANS").is_some() {
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/sqlite/plans.txt"),
            &text,
        )
        .unwrap();
        return;
    }
    assert!(
        text == PLANS,
        "a plan has changed; look at it, then write the file with FH_WRITE_PLANS=1\n{text}"
    );
}

#[tokio::test]
async fn only_what_is_asked_seldom_or_ends_at_once_reads_a_table_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let story = everything(&folder.path().join("till.db")).await;
    let scans: Vec<_> = story
        .seen
        .keys()
        .flat_map(|sql| {
            let steps = story.plan(sql).into_iter();
            steps
                .filter(|step| step.starts_with("SCAN fh_outbox_"))
                .map(move |step| (sql.as_str(), step))
        })
        // A partial index holds only the documents that are open or aside.
        .filter(|(_, step)| {
            !step.contains("INDEX fh_outbox_entry_lane") && !step.contains("INDEX fh_outbox_entry_aside")
        })
        .filter(|(_, step)| {
            !step.contains("INDEX fh_outbox_entry_poll")
                && !step.contains("INDEX fh_outbox_entry_alarm")
                && !step.contains("INDEX fh_outbox_entry_beside")
                && !step.contains("INDEX fh_outbox_entry_red")
        })
        .map(|(sql, _)| sql)
        .collect();
    for sql in scans {
        let is_bounded = sql.contains("LIMIT")
            || sql.contains("FROM fh_outbox_told")
            || sql.starts_with("SELECT count(*) FROM")
            || sql.contains("FROM fh_outbox_orphan")
            // Once, when an older store is brought up to date.
            || sql.contains("FROM fh_outbox_pruned ORDER BY document_id");
        assert!(is_bounded, "{sql}: {:?}", story.plan(sql));
    }
}

#[test]
fn the_plans_do_not_hang_on_the_values_that_are_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    make(&path).unwrap();
    let connection = connect(&path).unwrap();
    let is_on = connection.db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG);
    assert!(is_on.unwrap());
}
