//! A browser, driven over WebDriver: a handful of requests, so that no crate has to be brought for them.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something on the page is waited for. It is a limit, and not a wait: the driver answers when the thing is there.
const PATIENCE: Duration = Duration::from_secs(60);
/// The property in which WebDriver hands out an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';

/// A name that the browser takes for this machine, as an attacker's name server would have it.
pub(crate) const REBOUND: &str = "till.example";

pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    client: Client,
    _profile: TempDir,
}

#[derive(Clone, Debug)]
pub(crate) struct Element(String);

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

impl Browser {
    /// None where there is no browser, which is said loudly, and which a machine that checks changes does not get away with.
    pub(crate) async fn start() -> Option<Self> {
        let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
            assert!(
                std::env::var_os("CI").is_none(),
                "there is no chromium or no chromedriver, and the page must be tried in a browser; `cargo xtask test` installs them"
            );
            // Not `eprintln!`, of which nothing is seen when a test passes.
            let _ = writeln!(
                std::io::stderr(),
                "NOT RUN: there is no chromium or no chromedriver on this machine, so the page was not tried in a browser"
            );
            return None;
        };
        let mut child = Command::new(driver)
            .args(["--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = crate::after(child.stdout.take().unwrap(), "was started successfully on port ");
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Self {
            driver: child,
            port: port.trim_end_matches('.').parse().unwrap(),
            session: String::new(),
            client: Client::builder().no_proxy().build().unwrap(),
            _profile: profile,
        };
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--host-resolver-rules=MAP {REBOUND} 127.0.0.1"));
        arguments.push(format!("--user-data-dir={}", browser._profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "timeouts": { "implicit": PATIENCE.as_millis() },
        }}});
        let session = browser.ask(Method::POST, "", wanted).await;
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let session = match self.session.as_str() {
            "" => "session".to_owned(),
            session => format!("session/{session}"),
        };
        let address = format!("http://127.0.0.1:{}/{session}{path}", self.port);
        let mut request = self.client.request(method.clone(), address);
        if method == Method::POST {
            request = request.json(&body);
        }
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let value = &answer["value"];
        assert!(
            !value.is_object() || value.get("error").is_none(),
            "{method} {path} {body}: {}",
            value["message"]
        );
        value.clone()
    }

    pub(crate) async fn go(&self, address: &str) {
        self.ask(Method::POST, "/url", json!({ "url": address })).await;
    }

    /// Waits for the element that an XPath names.
    pub(crate) async fn find(&self, xpath: &str) -> Element {
        let wanted = json!({ "using": "xpath", "value": xpath });
        let found = self.ask(Method::POST, "/element", wanted).await;
        Element(found[ELEMENT].as_str().unwrap().to_owned())
    }

    /// Waits for an element of that kind with that text in it.
    pub(crate) async fn find_text(&self, kind: &str, text: &str) -> Element {
        self.find(&format!("//{kind}[contains(normalize-space(.), \"{text}\")]"))
            .await
    }

    pub(crate) async fn text(&self, element: &Element) -> String {
        let text = self
            .ask(Method::GET, &format!("/element/{}/text", element.0), Value::Null)
            .await;
        text.as_str().unwrap().to_owned()
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.ask(Method::POST, "/actions", actions).await;
    }

    /// Presses the tab key until the element of that id has the focus.
    pub(crate) async fn tab_to(&self, id: &str) {
        for _ in 0..60 {
            self.press(&TAB.to_string()).await;
            if self.script("return document.activeElement.id").await == id {
                return;
            }
        }
        panic!("no number of tabs leads to {id}");
    }

    /// Types into an element, or names the file that is to be sent.
    pub(crate) async fn type_into(&self, element: &Element, text: &str) {
        let path = format!("/element/{}/value", element.0);
        self.ask(Method::POST, &path, json!({ "text": text })).await;
    }

    pub(crate) async fn click(&self, element: &Element) {
        self.ask(Method::POST, &format!("/element/{}/click", element.0), json!({}))
            .await;
    }

    /// Presses what has that id.
    pub(crate) async fn click_on(&self, id: &str) {
        let element = self.find(&format!("//*[@id='{id}']")).await;
        self.click(&element).await;
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.ask(Method::POST, "/execute/sync", body).await
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.ask(Method::POST, "/goog/cdp/execute", body).await
    }

    /// Makes the window that big, as a telephone's or a desk's.
    pub(crate) async fn resize(&self, width: u32, height: u32, is_phone: bool) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What is seen, as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let picture = self.devtools("Page.captureScreenshot", json!({})).await;
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// The page as the browser would print it.
    pub(crate) async fn pdf(&self) -> Vec<u8> {
        let printed = self.ask(Method::POST, "/print", json!({ "background": true })).await;
        BASE64_STANDARD.decode(printed.as_str().unwrap()).unwrap()
    }

    /// What is seen of one element, as a PNG.
    pub(crate) async fn picture_of(&self, element: &Element) -> Vec<u8> {
        let path = format!("/element/{}/screenshot", element.0);
        let picture = self.ask(Method::GET, &path, Value::Null).await;
        BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// What the browser complained about since it was last asked.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.ask(Method::POST, "/se/log", json!({ "type": "browser" })).await;
        let lines = log.as_array().unwrap().iter();
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    /// Without its session ended, the browser would outlive its driver.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = write!(
                stream,
                "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                self.session
            );
            let _ = stream.read(&mut [0; 512]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
