//! A server that writes down what reached it, to the byte, and over which connection.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use fiscal_harmony::{
    Client, ClientBuilder, Environment, RetryPolicy,
    auth::{AppVersion, Application, Credentials, Identity, Station},
};

/// One request: the number of its connection, and its head and body as text.
pub(crate) type Arrived = (usize, String);

pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Listener {
    /// Answers each request with what `answer` makes of it, and keeps connections open.
    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let (answer, kept) = (Arc::new(answer), arrived.clone());
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (answer, kept) = (answer.clone(), kept.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    while let Some(request) = read_request(&mut stream) {
                        let answer = answer(&request);
                        kept.lock().unwrap().push((number, request));
                        if stream.write_all(answer.as_bytes()).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { address, arrived }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The base URL that a client would be given.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/api", self.address)
    }
}

/// A head and its body, or nothing when the other side is done.
pub(crate) fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request.clone()).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    String::from_utf8(request).ok()
}

/// A whole answer that leaves the connection open.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn identity(station: &str) -> Identity {
    Identity::new(
        Application::new("Shop").unwrap(),
        Station::new(station).unwrap(),
        AppVersion::new("1").unwrap(),
    )
}

/// A client of that base URL which tries nothing twice.
pub(crate) fn builder_for(base: impl Into<String>) -> ClientBuilder {
    Client::builder()
        .environment(Environment::Custom(base.into()))
        .credentials(Credentials::unchecked_format("key-1", "secret").unwrap())
        .identity(identity("till-1"))
        .retry(RetryPolicy::never())
}
