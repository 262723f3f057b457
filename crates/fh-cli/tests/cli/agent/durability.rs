//! What is pushed to an agent that dies, is away, hears everything many times or before its time.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    time::Duration,
};

use fh_auth::signature;
use fh_sim::{Dose, Fault, FaultPlan, Options};
use serde_json::{Value, json};

use super::{
    Agent,
    webhooks::{push, push_signed},
};
use crate::harness::{World, invoice};

/// Stands between the service and the agent, and decides what comes through.
struct Between {
    address: SocketAddr,
    orders: mpsc::Sender<Order>,
    done: mpsc::Receiver<()>,
}

/// What happens to the next connection.
enum Order {
    /// It is led to this address and back.
    Pass(SocketAddr),
    /// It is led there, and no answer comes back before the line is cut.
    Swallow(SocketAddr, mpsc::Receiver<()>),
    /// It is cut when the request is read.
    Cut,
}

impl Between {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (orders, given) = mpsc::channel::<Order>();
        let (tell, done) = mpsc::channel();
        std::thread::spawn(move || {
            for order in given {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let request = request(&mut stream);
                let ask = |to| {
                    let mut onward = TcpStream::connect(to).unwrap();
                    onward.write_all(&request).unwrap();
                    onward
                };
                match order {
                    Order::Pass(to) => {
                        let mut answer = [0; 4096];
                        let count = ask(to).read(&mut answer).unwrap();
                        // Or the next request would be sent on a line that is about to end.
                        let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
                        let answer = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
                        let _ = stream.write_all(answer.as_bytes());
                    }
                    Order::Swallow(to, until) => {
                        let onward = ask(to);
                        let _ = until.recv();
                        drop(onward);
                    }
                    Order::Cut => {}
                }
                drop(stream);
                let _ = tell.send(());
            }
        });
        Self { address, orders, done }
    }

    fn next(&self, order: Order) {
        self.orders.send(order).unwrap();
    }
}

/// Reads one request with a length.
fn request(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let count = stream.read(&mut piece).unwrap();
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").unwrap().1;
            if body.len() >= length.lines().next().unwrap().parse().unwrap() {
                return bytes;
            }
        }
        assert!(count > 0, "{text}");
    }
}

/// The test of a receiver tells of a request that nobody knows.
const ORPHANS_OF_THE_TEST: u64 = 1;

fn orphans(agent: &Agent) -> u64 {
    agent.get("/v1/stats").json()["orphans"].as_u64().unwrap()
}

fn history(agent: &Agent, id: &str) -> Vec<Value> {
    agent
        .get(&format!("/v1/documents/{id}/history"))
        .json()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn an_agent_that_is_killed_between_the_writing_of_news_and_its_answer_loses_nothing() {
    let world = World::with(Options::builder().time_scale(50).build());
    let agent = Agent::with(&world, &["--webhook-listen", "127.0.0.1:0"]);
    let (address, webhooks) = (agent.address.to_string(), agent.webhooks.unwrap());
    let between = Between::start();
    // The test of the receiver is five requests.
    for _ in 0..5 {
        between.next(Order::Pass(webhooks));
    }
    let url = format!("http://{}/", between.address);
    assert!(world.runtime.block_on(world.sim().set_webhook(&url)).active);
    (0..5).for_each(|_| between.done.recv().unwrap());

    let restart = || {
        Agent::with(
            &world,
            &["--listen", &address, "--webhook-listen", &webhooks.to_string()],
        )
    };
    let (cut, until) = mpsc::channel();
    between.next(Order::Swallow(webhooks, until));
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    // Written, and the answer is still with us.
    agent.printed().line_with("\"to\":\"fiscalised\"");
    agent.kill();
    cut.send(()).unwrap();
    between.done.recv().unwrap();
    world.runtime.block_on(world.sim().await_deliveries(1));
    assert!(!world.sim().deliveries()[0].received);
    let agent = restart();
    let before = history(&agent, "INV-1");
    assert_eq!(before.last().unwrap()["to"], "fiscalised");
    between.next(Order::Pass(webhooks));
    between.done.recv().unwrap();
    world.runtime.block_on(world.sim().await_deliveries(2));
    assert!(world.sim().deliveries()[1].received, "it is told again, and taken");
    assert_eq!(history(&agent, "INV-1"), before, "and changes nothing");

    // The same when nothing was written yet.
    between.next(Order::Cut);
    assert_eq!(agent.post("/v1/documents", invoice("INV-2").to_string()).status, 202);
    between.done.recv().unwrap();
    agent.printed().line_with("\"to\":\"accepted\"");
    agent.kill();
    let agent = restart();
    assert_eq!(history(&agent, "INV-2").last().unwrap()["to"], "accepted");
    between.next(Order::Pass(webhooks));
    assert_eq!(agent.settled("INV-2")["state"], "fiscalised");
    assert_eq!(history(&agent, "INV-2").last().unwrap()["who"], "webhook");
    assert_eq!(world.ledger().not_exactly_once().count(), 0);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn an_agent_that_is_away_for_a_day_is_told_again_after_its_receiver_is_tested() {
    let options = Options::builder()
        .time_scale(100_000)
        .settle_delay(Duration::from_secs(1))
        .build();
    let world = World::with(options);
    let agent = Agent::start(&world);
    let (address, webhooks) = (agent.address.to_string(), agent.webhooks.unwrap().to_string());
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    agent.printed().line_with("\"to\":\"accepted\"");
    assert_eq!(agent.stop("-TERM").code, 0);
    world.runtime.block_on(world.sim().await_webhook_disabled());
    let deliveries = world.sim().deliveries();
    assert_eq!(deliveries.last().unwrap().due.as_secs(), 86_400);
    assert!(deliveries.iter().all(|delivery| !delivery.received));

    let agent = Agent::with(&world, &["--listen", &address, "--webhook-listen", &webhooks]);
    assert_eq!(agent.get("/v1/documents/INV-1").json()["state"], "accepted");
    let again = world.fh(&["trigger", "INV-1", "--url", &agent.webhook_url()]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(agent.settled("INV-1")["state"], "fiscalised");
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn an_agent_that_comes_back_in_time_gets_what_it_missed() {
    let options = Options::builder()
        .time_scale(500)
        .settle_delay(Duration::from_secs(1))
        .build();
    let world = World::with(options);
    let agent = Agent::start(&world);
    let (address, webhooks) = (agent.address.to_string(), agent.webhooks.unwrap().to_string());
    assert_eq!(agent.post("/v1/documents", invoice("INV-1").to_string()).status, 202);
    agent.printed().line_with("\"to\":\"accepted\"");
    agent.kill();
    world.runtime.block_on(world.sim().await_deliveries(2));
    let agent = Agent::with(&world, &["--listen", &address, "--webhook-listen", &webhooks]);
    assert_eq!(agent.settled("INV-1")["state"], "fiscalised");
    assert_eq!(history(&agent, "INV-1").last().unwrap()["who"], "webhook");
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn news_that_comes_before_the_submission_is_answered_ends_in_the_right_place() {
    let world = World::new();
    let agent = Agent::start(&world);
    world
        .sim()
        .set_faults(FaultPlan::default().with(Fault::WebhookBeforeReply, Dose::count(1)));
    let done = agent.post("/v1/documents?wait=60", invoice("INV-1").to_string());
    assert_eq!((done.status, &done.json()["state"]), (200, &"fiscalised".into()));
    assert_eq!(done.json()["receipt"]["request_id"], done.json()["request_id"]);
    let stats = agent.get("/v1/stats").json();
    assert!(stats["last_webhook"].is_string(), "{stats}");
    assert_eq!(orphans(&agent), ORPHANS_OF_THE_TEST);
    assert_eq!(world.ledger().of("INV-1").fiscalised, 1);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn news_of_several_devices_and_of_strangers_ends_in_the_right_place() {
    let world = World::new();
    let second = world.sim().add_device();
    let profiles = profile(&world, "till-1", &world.sim().device()) + &profile(&world, "till-2", &second);
    let path = world.write("profiles.toml", profiles);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let arguments = [
        "--output",
        "json",
        "--profile",
        "till-1",
        "serve",
        "--with",
        "till-2",
        "--listen",
        "127.0.0.1:0",
        "--webhook-listen",
        "127.0.0.1:0",
    ];
    let mut command = world.command(arguments);
    let agent = Agent::of(&world, command.env("FH_PROFILES", &path).spawn().unwrap());
    for device in [world.sim().device(), second.clone()] {
        assert!(world.runtime.block_on(device.set_webhook(&agent.webhook_url())).active);
    }
    for (id, lane, device) in [
        ("A-1", "till-1", world.sim().device()),
        ("B-1", "till-2", second.clone()),
    ] {
        let done = agent
            .post(&format!("/v1/documents?wait=60&lane={lane}"), invoice(id).to_string())
            .json();
        assert_eq!(
            (&done["state"], &done["lane"]),
            (&"fiscalised".into(), &lane.into()),
            "{done}"
        );
        assert_eq!(done["receipt"]["device_id"], device.id());
        assert_eq!(history(&agent, id).last().unwrap()["who"], "webhook");
        assert_eq!(device.ledger().of(id).fiscalised, 1);
        assert!(
            agent
                .get(&format!("/v1/documents/{id}/receipt.pdf"))
                .body
                .starts_with(b"%PDF"),
            "of its own device"
        );
    }
    // Of a till with the same key that is not ours.
    let stranger = json!([{ "RequestId": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "Success": false, "IsActionable": true, "Error": "x" }]);
    assert_eq!(push(&world, &agent, &stranger), 200);
    assert_eq!(orphans(&agent), ORPHANS_OF_THE_TEST + 1);
    assert_eq!(push_signed(&agent, &stranger, "AAAA"), 401);
    let nowhere = agent.post("/v1/documents?lane=till-3", invoice("C-1").to_string());
    assert!(nowhere.status == 400 && nowhere.problem().contains("till-1, till-2"));
    assert_eq!(agent.stop("-INT").code, 0);
}

/// A device's profile, under the name of its lane.
pub(super) fn profile(world: &World, name: &str, device: &fh_sim::DeviceHandle) -> String {
    let lines = world.sim().export_lines_of(device);
    let mut text = format!("[{name}]\n");
    for line in lines.lines().filter(|line| !line.contains("FH_STATION")) {
        let (key, value) = line.trim_start_matches("export FH_").split_once('=').unwrap();
        text += &format!("{} = \"{}\"\n", key.to_ascii_lowercase(), value.trim_matches('\''));
    }
    text + &format!("station = \"{name}\"\n")
}

#[test]
fn redeliveries_in_any_order_change_nothing_after_the_first() {
    let count = if std::env::var_os("FH_LONG_TESTS").is_some() {
        10_000
    } else {
        500
    };
    let world = World::new();
    let agent = Agent::start(&world);
    let ids: Vec<_> = (0..5).map(|number| format!("INV-{number}")).collect();
    let records: Vec<_> = ids
        .iter()
        .flat_map(|id| {
            let done = agent.post("/v1/documents?wait=60", invoice(id).to_string()).json();
            let receipt = &done["receipt"];
            let fiscalised = json!({
                "RequestId": done["request_id"], "Success": true, "IsActionable": false, "Error": null,
                "FiscalInvoicePdf": receipt["pdf"],
                "QrData": { "QrCodeUrl": receipt["qr_url"], "VerificationCode": receipt["verification_code"],
                    "FiscalDay": receipt["fiscal_day"], "DeviceId": receipt["device_id"], "InvoiceNumber": receipt["receipt_number"] }
            });
            let rejected = json!({ "RequestId": done["request_id"], "Success": false, "IsActionable": true, "Error": "try again" });
            [fiscalised, rejected]
        })
        .collect();
    let all = |agent: &Agent| {
        ids.iter()
            .map(|id| (agent.get(&format!("/v1/documents/{id}")).json(), history(agent, id)))
            .collect::<Vec<_>>()
    };
    let before = all(&agent);
    let secret = world.sim().credentials().secret().clone();
    let mut stream = TcpStream::connect(agent.webhooks.unwrap()).unwrap();
    for round in 0..count {
        // Some of them, beginning anywhere, in steps that go round.
        let some: Vec<_> = (0..=round % 4)
            .map(|step| &records[(round * 7 + step * 3) % records.len()])
            .collect();
        let body = serde_json::to_vec(&some).unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nx-api-signature: {}\r\ncontent-length: {}\r\n\r\n",
            signature(&secret, &body),
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut piece = [0; 512];
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0);
            answer.extend_from_slice(&piece[..read]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{round}");
    }
    assert_eq!(all(&agent), before);
    assert_eq!(orphans(&agent), ORPHANS_OF_THE_TEST);
    assert_eq!(agent.stop("-INT").code, 0);
}
