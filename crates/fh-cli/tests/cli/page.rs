// One idea: the page as a browser without scripts sees it; the small browser and what it is shown belong together.
//! The agent's page over plain HTTP, as a browser without scripts sees it.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Child,
};

use fh_sim::{Fault, Operation, Options};
use serde_json::Value;

use crate::harness::{World, credit_note, invoice};

/// A running `fh serve`, and the cookie of somebody who is signed in.
pub(crate) struct Served<'a> {
    _world: &'a World,
    child: Child,
    pub(crate) host: String,
    token: String,
    pub(crate) cookie: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// A page, and one that the strict policy lets look and work as it is meant to.
    pub(crate) fn page(self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{self:?}"
        );
        let policy = self.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        for inline in ["<style", " style=", " onclick=", "javascript:"] {
            assert!(!self.body.contains(inline), "{inline} in {}", self.body);
        }
        for script in self.body.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/page/live.js\""), "{script}");
        }
        self.body
    }
}

/// A form as browsers send it.
fn encoded(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        let _ = write!(form, "{}{name}=", if form.is_empty() { "" } else { "&" });
        for byte in value.bytes() {
            let _ = write!(form, "%{byte:02X}");
        }
    }
    form
}

impl<'a> Served<'a> {
    pub(crate) fn start(world: &'a World, arguments: &[&str]) -> Self {
        let token_file = world.path("token");
        let mut command = world.command(arguments);
        command
            .args(["--listen", "127.0.0.1:0", "--token-file"])
            .arg(&token_file);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let address = lines.find_map(|line| Some(line.split_once("answers on http://")?.1.to_owned()));
        let host = address.unwrap().split('/').next().unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let mut served = Self {
            _world: world,
            child,
            host,
            token: std::fs::read_to_string(token_file).unwrap().trim().to_owned(),
            cookie: String::new(),
        };
        let answer = served.post("/sign-in", &[("token", &served.token)]);
        let cookie = answer.header("set-cookie").unwrap();
        served.cookie = cookie.split(';').next().unwrap().to_owned();
        served
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "{request}\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let headers = [("Host", &*self.host), ("Accept", "text/html"), ("Cookie", &self.cookie)];
        self.ask("GET", path, &headers, "")
    }

    /// The head of an answer whose body is no text.
    pub(crate) fn head_of(&self, path: &str, headers: &[(&str, &str)]) -> String {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.split_once("\r\n\r\n").unwrap().0.to_owned()
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.page()
    }

    /// Sends a form of one of our own pages.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("http://{}", self.host);
        self.post_from(&[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")], path, fields)
    }

    fn post_from(&self, from: &[(&str, &str)], path: &str, fields: &[(&str, &str)]) -> Answer {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let mut headers = vec![("Host", &*self.host), ("Cookie", &self.cookie), kind];
        headers.extend(from);
        self.ask("POST", path, &headers, &encoded(fields))
    }

    /// Hands a document in as a till does.
    pub(crate) fn submit(&self, document: &Value) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Host", &*self.host), ("Authorization", &*bearer)];
        let answer = self.ask("POST", "/v1/documents?wait=30", &headers, &document.to_string());
        assert!(matches!(answer.status, 200 | 202), "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the link with that text leads.
fn link<'a>(page: &'a str, text: &str) -> &'a str {
    let before = page.split_once(text).unwrap_or_else(|| panic!("no {text} in {page}")).0;
    before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap()
}

/// An agent whose lane waits for a person after each rejection.
const PARKING: &[&str] = &["serve", "--on-rejected", "park_lane", "--may-pass-tries", "1"];

/// With the next submission rejected, in a way that can be mended.
fn rejecting() -> World {
    let world = World::new();
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world
}

#[test]
fn nobody_sees_anything_before_the_token_is_shown_and_a_wrong_one_is_answered_always_the_same() {
    let world = World::new();
    let mut served = Served::start(&world, &["serve"]);
    let cookie = std::mem::take(&mut served.cookie);
    for path in ["/", "/documents/INV-1"] {
        let answer = served.get(path);
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/sign-in")),
            "{path}"
        );
    }
    let page = served.page("/sign-in");
    assert!(page.contains("type=\"password\"") && page.contains("autofocus") && page.contains("agent-token"));
    assert!(
        !page.contains(world.folder.path().to_str().unwrap()),
        "it does not say where in this machine"
    );
    assert_eq!(
        served.get("/page/style.css").header("content-type"),
        Some("text/css; charset=utf-8")
    );
    let wrong = ["", "letmein", &served.token[1..], &"0".repeat(64)];
    let answers = wrong.map(|token| served.post("/sign-in", &[("token", token)]));
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (401, &answers[0].body));
        assert!(answer.body.contains("This is not the token") && answer.header("set-cookie").is_none());
    }
    let answer = served.post("/sign-in", &[("token", &format!(" {}\n", served.token))]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let set = answer.header("set-cookie").unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains(&served.token),
        "{set}"
    );
    served.cookie = cookie;
    assert!(served.page("/").contains("No document yet today, and nothing waits"));
    let answer = served.post("/sign-out", &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")));
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
}

#[test]
fn nothing_that_a_document_says_becomes_markup() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    const ID: &str = "a/b \"c\" <i>'d'&amp;?#%2F";
    let world = rejecting();
    let served = Served::start(&world, PARKING);
    let mut document = invoice(ID);
    document["BuyerContact"]["Name"] = format!("Cash {SCRIPT}").into();
    document["LineItems"][0]["Description"] = "</td><img src=x onerror=alert(1)>\u{202e}".into();
    document["Reference"] = "\"><b>".into();
    assert_eq!(served.submit(&document)["state"], "parked");
    let home = served.page("/");
    let address = link(&home, "a/b &quot;c&quot; &lt;i&gt;").to_owned();
    let page = served.page(&address);
    for written in [
        "Cash &lt;script&gt;alert(1)",
        "&lt;/td&gt;&lt;img src=x onerror=alert(1)&gt;",
        "&quot;&gt;&lt;b&gt;",
    ] {
        assert!(page.contains(written), "{written} in {page}");
    }
    let answer = served.post(
        &format!("{address}/skip"),
        &[("by", "<u>Rudo</u>"), ("reason", &format!("'\">{SCRIPT}"))],
    );
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = served.page(answer.header("location").unwrap());
    assert!(
        page.contains("&lt;u&gt;Rudo&lt;/u&gt;") && page.contains("Why it was skipped"),
        "{page}"
    );
    let search = encoded(&[("search", &format!("\">{SCRIPT}")), ("lane", "'\"<x>")]);
    let found = served.page(&format!("/documents?{search}"));
    assert!(
        found.contains("Nothing of that kind is in these days") && !found.contains("<x>"),
        "{found}"
    );
    for markup in ["<i>", "<u>", "<b>", "<img src=x"] {
        assert!(!format!("{home}{page}").contains(markup), "{markup}");
    }
}

#[test]
fn a_form_of_another_page_and_another_host_are_refused_and_change_nothing() {
    let world = rejecting();
    let served = Served::start(&world, PARKING);
    served.submit(&invoice("INV-1"));
    let before = served.page("/documents/INV-1");
    let own = format!("http://{}", served.host);
    let elsewhere: [&[(&str, &str)]; 5] = [
        &[("Origin", "http://127.0.0.1:1")],
        &[("Origin", "null")],
        &[("Origin", &own), ("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[],
    ];
    for from in elsewhere {
        for path in ["/documents/INV-1/retry", "/documents/INV-1/skip", "/sign-out"] {
            let answer = served.post_from(from, path, &[("by", "Mallory"), ("reason", "a prize")]);
            assert_eq!(answer.status, 403, "{from:?} {path}: {answer:?}");
        }
    }
    let history = |page: &str| page.split_once("id=\"history\"").unwrap().1.to_owned();
    assert_eq!(history(&served.page("/documents/INV-1")), history(&before));
    for host in ["till.example", "localhost", &format!("till.example:{}", served.host)] {
        let headers = [("Host", host), ("Accept", "text/html"), ("Cookie", &served.cookie)];
        for path in ["/", "/sign-in", "/page/style.css"] {
            assert_eq!(served.ask("GET", path, &headers, "").status, 403, "{host}{path}");
        }
    }
}

#[test]
fn without_a_script_a_document_is_found_read_retried_and_skipped() {
    let world = World::with(
        Options::builder()
            .settle_delay(std::time::Duration::from_millis(1))
            .build(),
    );
    world
        .sim()
        .script(Operation::SubmitInvoice, [None, Some(Fault::RejectedOnce)]);
    let served = Served::start(&world, PARKING);
    served.submit(&invoice("INV-1"));
    assert!(served.page("/").contains("The one document of today is fiscalised"));
    let second = invoice("INV-2");
    assert_eq!(served.submit(&second)["state"], "parked");
    let home = served.page("/");
    assert!(home.contains("1 document is rejected; no other waits for it"), "{home}");

    let found = served.page("/documents?search=nv-&state=fiscalised");
    assert!(found.contains(">INV-1<") && !found.contains(">INV-2<"), "{found}");
    let moved = served.get("/?search=INV-2&state=");
    assert_eq!(
        moved.header("location"),
        Some("/documents?search=INV-2&state="),
        "{moved:?}"
    );
    let found = served.page("/documents?search=INV-2&state=");
    let address = link(&found, ">INV-2<").to_owned();
    let page = served.page(&address);
    assert!(
        page.contains("could not be reached") && page.contains("retry it when they are well again"),
        "{page}"
    );

    for (path, fields, said) in [
        ("/documents/INV-2/retry", &[("by", "  ")][..], "Say who decides"),
        ("/documents/INV-2/skip", &[("by", "Rudo"), ("reason", " ")], "Say why"),
        ("/documents/INV-2/skip", &[("reason", "twice")], "Say who decides"),
    ] {
        let answer = served.post(path, fields);
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        assert!(answer.page().contains(said), "{path}");
    }
    let answer = served.post("/documents/INV-2/retry", &[("by", "Rudo")]);
    assert_eq!(
        answer.header("location"),
        Some("/documents/INV-2?done=retry"),
        "{answer:?}"
    );
    assert!(
        served
            .page("/documents/INV-2?done=retry")
            .contains("tried again on your word")
    );
    assert_eq!(served.submit(&second)["state"], "fiscalised");
    let page = served.page("/documents/INV-2");
    let code = world
        .fh(&["--output", "json", "queue", "ls", "--all", "--search", "INV-2"])
        .lines()[0]["receipt"]
        .clone();
    for part in [
        "src=\"/v1/documents/INV-2/qr.svg\"",
        "href=\"/v1/documents/INV-2/receipt.pdf\"",
        "href=\"/v1/documents/INV-2/receipt.txt\"",
        code["verification_code"].as_str().unwrap(),
        code["qr_url"].as_str().unwrap(),
        ">Rudo<",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let answer = served.post("/documents/INV-2/skip", &[("by", "Rudo"), ("reason", "too late")]);
    assert_eq!(answer.status, 409, "{answer:?}");
    assert!(answer.page().contains("it does not hold its lane"));
    let answer = served.get("/documents/INV-3");
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(answer.page().contains("INV-3"));
    for nonsense in [
        "/documents?state=lost",
        "/documents?older=x",
        "/documents?newer=-1.",
        "/?other=1",
        "/documents?from=x&to=y",
    ] {
        served.page(nonsense);
    }
}

#[test]
fn a_long_list_is_read_page_by_page_and_a_lane_of_nobody_is_said() {
    let world = World::new();
    let documents: Vec<_> = (100..220).map(|number| invoice(&format!("INV-{number}"))).collect();
    let lines = crate::harness::lines(&documents);
    let added = world.fh_with_stdin(&["queue", "add", "-", "--lane", "till 9"], lines.as_bytes());
    assert_eq!(added.code, 0, "{added:?}");
    let served = Served::start(&world, &["serve"]);
    let home = served.page("/");
    assert!(
        home.contains("Nobody works here.") && home.contains("120 documents wait to be fiscalised"),
        "{home}"
    );
    assert!(home.contains("class=\"headline bad\""), "all is not well");
    let (mut address, mut seen) = (link(&home, "All 120").to_owned(), Vec::new());
    for _ in 0..3 {
        let page = served.page(&address.replace("&amp;", "&"));
        seen.extend(
            page.split("href=\"/documents/")
                .skip(1)
                .map(|rest| rest[..7].to_owned()),
        );
        match page.contains(">Older<") {
            true => address = link(&page, ">Older<").to_owned(),
            false => break,
        }
    }
    let expected: Vec<_> = (100..220).rev().map(|number| format!("INV-{number}")).collect();
    assert_eq!(seen, expected);
    assert!(
        served
            .page(&link(&served.page("/devices"), "<bdi>till 9</bdi></a>").replace("&amp;", "&"))
            .contains(">INV-219<")
    );
}

#[test]
fn the_sandbox_says_what_it_is() {
    let world = World::alone();
    let served = Served::start(&world, &["--sandbox", "serve"]);
    assert!(served.page("/").contains("Nothing here is real"));
    assert!(served.page("/documents").contains("Nothing here is real"));
}

#[test]
fn a_credit_note_that_came_before_its_invoice_waits_for_it_and_follows_by_itself() {
    let world = World::new();
    let documents = [credit_note("CN-1", "INV-1"), invoice("INV-1")];
    let lines = crate::harness::lines(&documents);
    let added = world.fh_with_stdin(&["queue", "add", "-"], lines.as_bytes());
    assert_eq!(added.code, 0, "{added:?}");
    let served = Served::start(&world, &["serve"]);
    assert_eq!(served.submit(&documents[0])["state"], "fiscalised");
    assert_eq!(served.submit(&documents[1])["state"], "fiscalised");
    let page = served.page("/documents/CN-1");
    assert!(page.contains("Stepped aside") && page.contains("Came back"), "{page}");
}

#[test]
fn what_was_rejected_is_mended_in_a_form_and_sent_again() {
    let world = rejecting();
    let served = Served::start(&world, PARKING);
    let sale = invoice("INV-1");
    assert_eq!(served.submit(&sale)["state"], "parked");
    let page = served.page("/documents/INV-1");
    for field in [
        "name=\"tin\"",
        "name=\"tax_code_0\" value=\"ZERO\"",
        "value=\"Cash Customer\"",
    ] {
        assert!(page.contains(field), "{field}: {page}");
    }
    let mut fields = vec![("name", "Cash Tendai"), ("payment_method", "Card"), ("by", "Rudo")];
    let correct = |fields: &[(&str, &str)]| served.post("/documents/INV-1/correct", fields);
    assert_eq!(correct(&fields).status, 400);
    fields.extend([("reason", "the buyer said so"), ("revision", "1")]);
    // The first press shows what changes, and changes nothing.
    let shown = correct(&fields).page();
    let difference = "buyer's name: &quot;Cash Customer&quot; → &quot;Cash Tendai&quot;";
    assert!(
        shown.contains(difference) && shown.contains("name=\"confirmed\"") && !shown.contains("TIN"),
        "{shown}"
    );
    assert!(served.page("/documents/INV-1").contains("value=\"Cash Customer\""));
    fields.push(("confirmed", "yes"));
    let done = correct(&fields);
    assert_eq!(
        done.header("location"),
        Some("/documents/INV-1?done=correct"),
        "{done:?}"
    );
    let meanwhile = correct(&fields).page();
    assert!(
        meanwhile.contains("Somebody else corrected it meanwhile"),
        "{meanwhile}"
    );
    // Handing in what it was at first answers where it stands.
    assert_eq!(served.submit(&sale)["state"], "fiscalised");
    let body = world.sim().device().fiscalised_body("INV-1").unwrap();
    assert!(body.contains("Cash Tendai") && body.contains("\"Card\""), "{body}");
    let page = served.page("/documents/INV-1");
    assert!(
        page.contains("the buyer said so") && page.contains("payment method"),
        "{page}"
    );
}
