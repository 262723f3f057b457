//! `fh serve` as a child process.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Child,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;

use crate::{
    harness::{Ran, World},
    interruption::send,
};

/// Longer than anything here takes, so that what never comes fails and does not hang.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running agent. It is killed when dropped.
pub(crate) struct Agent {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    pub(crate) webhooks: Option<SocketAddr>,
    pub(crate) token: String,
    said: Said,
    printed: Said,
}

/// What an agent answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Lines that a child writes, as they come.
#[derive(Clone, Default)]
pub(crate) struct Said(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    ended: bool,
}

impl Said {
    pub(crate) fn of(stream: impl Read + Send + 'static) -> Self {
        let said = Self::default();
        let theirs = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                theirs.change(|lines| lines.lines.push(line));
            }
            theirs.change(|lines| lines.ended = true);
        });
        said
    }

    fn change(&self, change: impl FnOnce(&mut Lines)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    /// Waits until it is so, or until nothing more comes.
    fn once(&self, is_so: impl Fn(&[String]) -> bool) -> Vec<String> {
        let lines = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |lines: &mut Lines| !lines.ended && !is_so(&lines.lines);
        let waited = self.0.1.wait_timeout_while(lines, PATIENCE, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0.lines.clone()
    }

    /// The first line that has `what` in it, once it is there.
    pub(crate) fn line_with(&self, what: &str) -> String {
        let lines = self.once(|lines| lines.iter().any(|line| line.contains(what)));
        let found = lines.iter().find(|line| line.contains(what)).cloned();
        found.unwrap_or_else(|| panic!("{what:?} was not said: {lines:#?}"))
    }

    /// Everything, once the child has closed it.
    pub(crate) fn all(&self) -> String {
        self.once(|_| false).join("\n")
    }
}

impl Agent {
    /// Starts `fh serve` on free ports, with a receiver of webhooks that the simulator pushes to.
    pub(crate) fn start(world: &World) -> Self {
        let agent = Self::with(world, &["--webhook-listen", "127.0.0.1:0"]);
        let burst = world.runtime.block_on(world.sim().set_webhook(&agent.webhook_url()));
        assert!(burst.active, "{burst:?}");
        agent
    }

    pub(crate) fn with<S: AsRef<OsStr>>(world: &World, arguments: &[S]) -> Self {
        let mut all = ["--output", "json", "serve"].map(OsStr::new).to_vec();
        if arguments.iter().all(|argument| argument.as_ref() != "--listen") {
            all.extend(["--listen", "127.0.0.1:0"].map(OsStr::new));
        }
        all.extend(arguments.iter().map(AsRef::as_ref));
        Self::of(world, world.command(all).spawn().unwrap())
    }

    pub(crate) fn of(world: &World, mut child: Child) -> Self {
        let said = Said::of(child.stderr.take().unwrap());
        let printed = Said::of(child.stdout.take().unwrap());
        said.line_with("at work on");
        let address = |line: String| {
            let (_, rest) = line.split_once("http://").unwrap();
            rest.split('/').next().unwrap().parse().unwrap()
        };
        let lines = said.once(|_| true);
        let webhooks = lines.iter().find(|line| line.contains("webhooks are received"));
        let token_line = said.line_with("the token");
        let (_, path) = token_line.rsplit_once(" in ").unwrap();
        Self {
            address: address(said.line_with("the agent answers")),
            webhooks: webhooks.cloned().map(address),
            token: std::fs::read_to_string(world.folder.path().join(path))
                .unwrap()
                .trim()
                .to_owned(),
            child: Some(child),
            said,
            printed,
        }
    }

    pub(crate) fn child(&self) -> &Child {
        self.child.as_ref().unwrap()
    }

    /// The changes, as lines of JSON on its standard output.
    pub(crate) fn printed(&self) -> &Said {
        &self.printed
    }

    /// Where webhooks are received.
    pub(crate) fn webhook_url(&self) -> String {
        format!("http://{}/", self.webhooks.unwrap())
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        send(self.child(), "-KILL");
        self.child.take().unwrap().wait().unwrap();
    }

    /// Ends it in order, and shows what it said; never its token.
    pub(crate) fn stop(self, signal: &str) -> Ran {
        send(self.child(), signal);
        self.wait()
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        let status = self.child.take().unwrap().wait().unwrap();
        let ran = Ran {
            code: status.code().expect("the agent ended by a signal"),
            stdout: self.printed.all(),
            stderr: self.said.all(),
        };
        for said in [&ran.stdout, &ran.stderr] {
            assert!(!said.contains(&self.token), "the token was printed");
            assert!(!said.contains("panicked"), "{said}");
        }
        ran
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", path, &[], body.as_ref())
    }

    /// Where a document stands, once it is settled or parked.
    pub(crate) fn settled(&self, id: &str) -> Value {
        loop {
            let entry = self.get(&format!("/v1/documents/{id}?wait=60")).json();
            if !["queued", "sending", "accepted", "unknown"].contains(&entry["state"].as_str().unwrap()) {
                return entry;
            }
        }
    }

    /// Asks with the token and any headers; one of `headers` that we send ourselves takes the place of ours.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let host = self.address.to_string();
        let ours = [("host", &*host), ("authorization", &*bearer)];
        let ours = ours
            .iter()
            .filter(|(name, _)| headers.iter().all(|(other, _)| other != name));
        let given = headers.iter().filter(|(_, value)| !value.is_empty());
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        for (name, value) in ours.chain(given) {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = self.connect();
        head += &format!("content-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        // The agent may have said enough before the last byte.
        let _ = stream.write_all(body);
        Answer::read(stream)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A body that came in pieces, which must end with the last one.
fn joined(mut pieces: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = pieces
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("the size of a piece");
        let size = usize::from_str_radix(std::str::from_utf8(&pieces[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&pieces[end + 2..end + 2 + size]);
        pieces = &pieces[end + 2 + size + 2..];
    }
}

impl Answer {
    /// Reads an answer to the end of its connection.
    pub(crate) fn read(mut stream: impl Read) -> Self {
        let mut bytes = Vec::new();
        let mut piece = [0; 64 * 1024];
        // A connection that is reset after its answer has said all that it had to.
        while let Ok(count) = stream.read(&mut piece) {
            if count == 0 {
                break;
            }
            bytes.extend_from_slice(&piece[..count]);
        }
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
        let body = bytes.split_off(end + 4);
        let body = if head.contains("transfer-encoding: chunked") {
            joined(&body)
        } else {
            body
        };
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines();
        lines
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The detail of a problem document, which every refusal is.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(problem["title"].is_string(), "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}
