//! A made-up documentation site in the form of the vendor's tool, made from an OpenAPI document and served over
//! loopback.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use fh_drift::harvest::Limits;
use serde_json::{Map, Value, json};

/// What the server says for one path.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A page of Markdown.
    Page(String),
    /// Some text with its content type and, perhaps, its age.
    Typed {
        text: String,
        content_type: &'static str,
        last_modified: Option<&'static str>,
    },
    /// A status and nothing else.
    Status(u16),
    /// A redirect.
    Redirect(String),
    /// This status so many times, then the page.
    Heals { times: usize, status: u16, text: String },
    /// Bytes without end.
    Endless,
}

/// The pages of a site by path; `/llms.txt` is one of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Site {
    pub(crate) replies: BTreeMap<String, Reply>,
}

pub(crate) const INTRODUCTION: &str = "/introduction-1000001m0.md";

impl Site {
    /// One page for each operation, with the schemas it uses, and one for each schema; a page of text; the list.
    pub(crate) fn of(document: &Value) -> Site {
        let mut site = Site::default();
        let mut list =
            String::from("# Things API\n\n## Docs\n- [Introduction](/introduction-1000001m0.md): \n\n## API Docs\n");
        site.page(INTRODUCTION, "# Introduction\n\nModified at 2026-03-02 07:18:24\n\nDocument Version: 0.2.7\n\nNo more than 100 ids at a time.\n");
        let mut number = 20_000_001;
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("an item") {
                let title = operation["summary"]
                    .as_str()
                    .map_or_else(|| format!("{method} {path}"), str::to_owned);
                let address = format!("/{}-{number}e0.md", slug(&title));
                number += 1;
                list.push_str(&format!("- Folder > Sub [{title}]({address}): \n"));
                let fragment = endpoint(document, path, method, operation);
                site.page(&address, &page(&title, &fragment));
            }
        }
        list.push_str("\n## Schemas\n");
        for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
            let address = format!("/{}-{number}d0.md", slug(name));
            number += 1;
            list.push_str(&format!("- Schemas [{name}]({address}): \n"));
            let mut names = BTreeSet::from([name.clone()]);
            references(document, &document["components"]["schemas"][name], &mut names);
            let fragment = json!({"openapi": "3.0.1", "info": {"title": "", "version": "1.0.0"}, "tags": [], "paths": {},
                "components": {"schemas": pick(document, &names)}, "servers": []});
            site.page(&address, &page(name, &fragment));
        }
        site.page("/llms.txt", &list);
        site
    }

    pub(crate) fn page(&mut self, path: &str, text: &str) {
        self.replies.insert(path.to_owned(), Reply::Page(text.to_owned()));
    }

    /// The path of the page whose address starts so.
    pub(crate) fn find(&self, start: &str) -> String {
        self.replies
            .keys()
            .find(|path| path.starts_with(&format!("/{start}-")))
            .expect("a page of that name")
            .clone()
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        match &self.replies[path] {
            Reply::Page(text) => text,
            other => panic!("{path} is no page but {other:?}"),
        }
    }

    /// Replaces words on a page; the words must be there.
    pub(crate) fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path).to_owned();
        assert!(text.contains(from), "{path} does not say `{from}`:\n{text}");
        self.page(path, &text.replace(from, to));
    }

    /// Serves the site until the process ends.
    pub(crate) fn serve(self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = log.clone();
        thread::spawn(move || {
            let counts = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
            for stream in listener.incoming().flatten() {
                let (replies, counts, seen) = (self.replies.clone(), counts.clone(), seen.clone());
                // A client that gives up early is part of some tests.
                thread::spawn(move || drop(answer(&replies, &counts, &seen, stream)));
            }
        });
        Served { address, log }
    }

    /// Writes the pages as a directory.
    pub(crate) fn write(&self, root: &Path) {
        for path in self.replies.keys() {
            fs::write(root.join(path.trim_start_matches('/')), self.text(path)).expect("a page on disk");
        }
    }
}

/// A site that is being served.
pub(crate) struct Served {
    pub(crate) address: String,
    /// Path and user agent of each request, in order.
    pub(crate) log: Arc<Mutex<Vec<(String, String)>>>,
}

impl Served {
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log
            .lock()
            .expect("the log")
            .iter()
            .map(|(path, _)| path.clone())
            .collect()
    }
}

/// Limits that keep a test fast.
pub(crate) fn limits() -> Limits {
    Limits {
        pause: Duration::ZERO,
        back_off: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        largest_page: 300_000,
        ..Limits::default()
    }
}

fn answer(
    replies: &BTreeMap<String, Reply>,
    counts: &Mutex<BTreeMap<String, usize>>,
    seen: &Mutex<Vec<(String, String)>>,
    mut stream: TcpStream,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let path = lines
        .next()
        .transpose()?
        .unwrap_or_default()
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut agent = String::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(name) = line.to_ascii_lowercase().strip_prefix("user-agent: ") {
            name.clone_into(&mut agent);
        }
    }
    seen.lock().expect("the log").push((path.clone(), agent));
    let count = {
        let mut counts = counts.lock().expect("the counts");
        let count = counts.entry(path.clone()).or_default();
        *count += 1;
        *count
    };
    let mut head = |status: &str, more: &str| write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{more}\r\n");
    let text = |text: &str| {
        format!(
            "Content-Type: text/markdown; charset=utf-8\r\nContent-Length: {}\r\n",
            text.len()
        )
    };
    match replies.get(&path) {
        None => head("404 Not Found", "Content-Length: 0\r\n")?,
        Some(Reply::Page(page)) => {
            head("200 OK", &text(page))?;
            stream.write_all(page.as_bytes())?;
        }
        Some(Reply::Typed {
            text: page,
            content_type,
            last_modified,
        }) => {
            let age = last_modified.map_or_else(String::new, |age| format!("Last-Modified: {age}\r\n"));
            head(
                "200 OK",
                &format!(
                    "Content-Type: {content_type}\r\n{age}Content-Length: {}\r\n",
                    page.len()
                ),
            )?;
            stream.write_all(page.as_bytes())?;
        }
        Some(Reply::Status(status)) => head(&format!("{status} As Told"), "Content-Length: 0\r\n")?,
        Some(Reply::Redirect(to)) => head("302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n"))?,
        Some(Reply::Heals { times, status, .. }) if count <= *times => {
            head(&format!("{status} Not Yet"), "Retry-After: 0\r\nContent-Length: 0\r\n")?;
        }
        Some(Reply::Heals { text: page, .. }) => {
            head("200 OK", &text(page))?;
            stream.write_all(page.as_bytes())?;
        }
        Some(Reply::Endless) => {
            head("200 OK", "Content-Type: text/markdown\r\n")?;
            loop {
                stream.write_all(&[b'a'; 8192])?;
            }
        }
    }
    stream.flush()
}

/// The Markdown twin of an endpoint or schema.
pub(crate) fn page(title: &str, fragment: &Value) -> String {
    let yaml = serde_saphyr::to_string(fragment).expect("YAML");
    format!("# {title}\n\n## OpenAPI Specification\n\n```yaml\n{yaml}\n```\n")
}

fn endpoint(document: &Value, path: &str, method: &str, operation: &Value) -> Value {
    let mut operation = operation.clone();
    operation["x-apidog-folder"] = json!("Folder/Sub");
    operation["x-apidog-status"] = json!("released");
    operation["x-run-in-apidog"] = json!("https://app.apidog.com/web/project/1/apis/api-1-run");
    let mut names = BTreeSet::new();
    references(document, &operation, &mut names);
    let mut components = Map::new();
    components.insert("schemas".into(), pick(document, &names));
    if let Some(schemes) = document["components"].get("securitySchemes") {
        components.insert("securitySchemes".into(), schemes.clone());
    }
    json!({
        "openapi": "3.0.1", "info": {"title": "", "description": "", "version": "1.0.0"}, "tags": [],
        "paths": { path: { method: operation } }, "components": components,
        "servers": document.get("servers").cloned().unwrap_or_else(|| json!([])),
        "security": document.get("security").cloned().unwrap_or_else(|| json!([])),
    })
}

/// The named schemas, as the tool prints them: with its own extensions.
fn pick(document: &Value, names: &BTreeSet<String>) -> Value {
    let schemas = names.iter().map(|name| {
        let mut schema = document["components"]["schemas"][name].clone();
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            schema["x-apidog-orders"] = properties.keys().cloned().collect();
            schema["x-apidog-ignore-properties"] = json!([]);
        }
        schema["x-apidog-folder"] = json!("");
        (name.clone(), schema)
    });
    Value::Object(schemas.collect())
}

/// The names of all schemas below a value, and below those.
fn references(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                references(document, &document["components"]["schemas"][name], names);
            }
            object.values().for_each(|inner| references(document, inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(document, inner, names)),
        _ => {}
    }
}

fn slug(title: &str) -> String {
    let plain: String = title
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    plain
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}
