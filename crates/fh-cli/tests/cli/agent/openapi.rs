// One idea: every operation is asked once, on one agent whose documents come into every state on the way.
//! The agent keeps to the OpenAPI document that it serves.

use std::collections::BTreeSet;

use fh_sim::{Fault, Operation};
use serde_json::{Value, json};

use super::{Agent, Answer};
use crate::harness::{World, credit_note, invoice};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The document, as something that answers can be held against.
struct Contract {
    document: Value,
    /// Method and path of everything that was asked for, with what was answered.
    seen: BTreeSet<(String, String, u16)>,
}

impl Contract {
    fn of(agent: &Agent) -> Self {
        let answer = agent.get("/v1/openapi.json");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/json"))
        );
        Self {
            document: answer.json(),
            seen: BTreeSet::new(),
        }
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// OpenAPI 3.0 says `nullable` where JSON Schema names the type null.
    fn schema(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(fields) => {
                let is_nullable = fields.get("nullable") == Some(&Value::Bool(true));
                let fields: serde_json::Map<_, _> = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.schema(value)))
                    .collect();
                if is_nullable {
                    json!({ "anyOf": [{ "type": "null" }, fields] })
                } else {
                    fields.into()
                }
            }
            Value::Array(items) => items.iter().map(|item| self.schema(item)).collect(),
            other => other.clone(),
        }
    }

    /// Holds an answer against the document: it must have the status, the content type and the form that are promised, and no
    /// field beyond.
    fn check(&mut self, method: &str, path: &str, answer: &Answer) {
        let status = answer.status.to_string();
        let response = &self.document["paths"][path][method]["responses"][&status];
        let response = self.resolved(response);
        assert!(
            response.is_object(),
            "{method} {path}: {status} is not described: {}",
            answer.text()
        );
        let kind = answer
            .header("content-type")
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let content = &response["content"][&kind];
        assert!(
            content.is_object(),
            "{method} {path}: {status} is not described as {kind}"
        );
        if kind.ends_with("json") {
            let mut schema = self.schema(&content["schema"]);
            schema["components"] = self.schema(&self.document["components"]);
            let validator = jsonschema::validator_for(&schema).unwrap();
            let body = answer.json();
            let errors: Vec<_> = validator
                .iter_errors(&body)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{method} {path}: {status}: {errors:#?}\n{body:#}");
            self.no_more(&content["schema"], &body);
        }
        self.seen.insert((method.to_owned(), path.to_owned(), answer.status));
    }

    /// The properties of a schema, with those of its parts.
    fn properties(&self, schema: &Value) -> serde_json::Map<String, Value> {
        let schema = self.resolved(schema);
        let mut all = schema["properties"].as_object().cloned().unwrap_or_default();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.properties(part));
        }
        all
    }

    fn no_more(&self, schema: &Value, body: &Value) {
        let properties = self.properties(schema);
        let resolved = self.resolved(schema);
        match body {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let inner = properties.get(name).or_else(|| resolved.get("additionalProperties"));
                    if let Some(inner) = inner {
                        self.no_more(inner, value);
                    } else {
                        assert!(properties.is_empty(), "{name} is not described");
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.no_more(&resolved["items"], item)),
            _ => {}
        }
    }
}

#[test]
fn every_answer_has_the_form_that_is_promised_and_every_operation_is_there() {
    let world = World::new();
    let agent = Agent::with(
        &world,
        &[
            "--on-rejected",
            "park_lane",
            "--may-pass-tries",
            "1",
            "--on-unknown",
            "hold",
            // These documents have the same second.
            "--on-late",
            "keep",
        ],
    );
    let mut contract = Contract::of(&agent);
    let mut ask = |method: &str, path: &str, address: &str, body: &str| {
        let answer = agent.ask(&method.to_ascii_uppercase(), address, &[], body.as_bytes());
        contract.check(method, path, &answer);
        answer
    };
    let documents = "/v1/documents";
    let one = "/v1/documents/{id}";

    // Something in every state that can be brought about quickly.
    // Made once: the same document a second later has another date.
    let first = invoice("INV/1 a").to_string();
    assert_eq!(ask("post", documents, documents, &first).status, 202);
    let waited = format!("{documents}?wait=60&lane=default");
    let done = ask("post", documents, &waited, &first);
    assert_eq!(
        (done.status, done.header("location")),
        (200, Some("/v1/documents/inv%2f1%20a"))
    );
    let note = credit_note("CN-1", "INV/1 a").to_string();
    assert_eq!(ask("post", documents, &waited, &note).status, 200);
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    let parked = ask("post", documents, &waited, &invoice("INV-2").to_string());
    assert_eq!(parked.json()["state"], "parked");
    assert_eq!(
        ask("post", documents, documents, &invoice("INV-3").to_string()).status,
        202
    );
    let mut other = invoice("INV-3");
    other["BuyerContact"]["Name"] = "Cash Somebody Else".into();
    assert_eq!(ask("post", documents, documents, &other.to_string()).status, 409);
    let mut wrong = invoice("INV-4");
    wrong["Total"] = 7.into();
    let refused = ask("post", documents, documents, &wrong.to_string());
    assert_eq!(
        (refused.status, &refused.json()["findings"][0]["rule"]),
        (422, &"PF13".into())
    );
    assert_eq!(
        ask("post", documents, documents, "{\"InvoiceId\": \"x\",\n \"Bad\": 1}").json()["line"],
        2
    );
    assert_eq!(
        ask("post", documents, &format!("{documents}?lane=nowhere"), "{}").status,
        400
    );
    assert_eq!(
        ask("post", documents, documents, &"x".repeat(1024 * 1024 + 1)).status,
        413
    );

    assert_eq!(ask("get", documents, documents, "").json().as_array().unwrap().len(), 4);
    let listed = ask(
        "get",
        documents,
        "/v1/documents?state=parked,queued&lane=default&search=INV&limit=1",
        "",
    );
    assert_eq!(listed.json().as_array().unwrap().len(), 1);
    for bad in ["state=asleep", "limit=x", "colour=red"] {
        assert_eq!(
            ask("get", documents, &format!("{documents}?{bad}"), "").status,
            400,
            "{bad}"
        );
    }
    assert_eq!(
        ask("get", one, "/v1/documents/INV%2F1%20a?wait=1", "").json()["document"],
        "INV/1 a"
    );
    for (address, status) in [("INV-9", 404), ("INV-9?wait=x", 400), ("%ff", 400)] {
        assert_eq!(
            ask("get", one, &format!("/v1/documents/{address}"), "").status,
            status,
            "{address}"
        );
    }
    let stats = ask("get", "/v1/stats", "/v1/stats", "").json();
    assert_eq!(
        (&stats["lanes"][0]["parked"], &stats["alarms"][0]["kind"]),
        (&1.into(), &"parked".into())
    );
    for path in [
        "history",
        "receipt.txt",
        "receipt.escpos",
        "receipt.pdf",
        "qr.svg",
        "qr.png",
    ] {
        let described = format!("{one}/{path}");
        let at = |id: &str| format!("/v1/documents/{id}/{path}");
        assert_eq!(ask("get", &described, &at("INV%2F1%20a"), "").status, 200, "{path}");
        assert_eq!(ask("get", &described, &at("INV-9"), "").status, 404);
        assert_eq!(ask("get", &described, &at("%ff"), "").status, 400);
    }
    for form in ["receipt.txt", "receipt.escpos"] {
        let address = format!("/v1/documents/INV%2F1%20a/{form}?columns=");
        assert_eq!(
            ask("get", &format!("{one}/{form}"), &format!("{address}32"), "").status,
            200
        );
        assert_eq!(
            ask("get", &format!("{one}/{form}"), &format!("{address}23"), "").status,
            400
        );
    }
    for form in ["receipt.txt", "receipt.escpos", "receipt.pdf"] {
        let described = format!("{one}/{form}");
        for (address, status) in [("INV%2F1%20a", 200), ("INV%2F1%20a", 200), ("INV-2", 404), ("%ff", 400)] {
            let address = format!("/v1/documents/{address}/{form}?ours&by=rudo");
            assert_eq!(ask("post", &described, &address, "").status, status, "{address}");
        }
        let slip = |id: &str| format!("/v1/documents/{id}/{form}?provisional&ours");
        assert_eq!(ask("get", &described, &slip("INV-2"), "").status, 200);
        assert_eq!(ask("get", &described, &slip("INV%2F1%20a"), "").status, 409);
    }
    for (verb, well) in [
        ("retry", json!({ "by": "rudo" })),
        ("skip", json!({ "by": "rudo", "reason": "a test" })),
    ] {
        let described = format!("{one}/{verb}");
        for bad in ["{}", "{\"by\": \" \"}", "x"] {
            assert_eq!(
                ask("post", &described, &format!("/v1/documents/INV-2/{verb}"), bad).status,
                400,
                "{bad}"
            );
        }
        let well = well.to_string();
        assert_eq!(
            ask("post", &described, &format!("/v1/documents/INV-9/{verb}"), &well).status,
            404
        );
        assert_eq!(
            ask("post", &described, &format!("/v1/documents/INV%2F1%20a/{verb}"), &well).status,
            409
        );
        if verb == "retry" {
            world
                .sim()
                .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
        }
        assert_eq!(
            ask("post", &described, &format!("/v1/documents/INV-2/{verb}"), &well).status,
            200
        );
        agent.settled("INV-2");
    }
    // The skipped one is corrected after all.
    let put = |address: &str| format!("/v1/documents/{address}");
    let mut wrong = invoice("INV-2");
    wrong["Total"] = 7.into();
    let (well, mended) = ("by=rudo&reason=a+test", invoice("INV-2").to_string());
    for (address, body, status) in [
        ("INV-2?by=rudo", &*mended, 400),
        ("INV-2?colour=red", &mended, 400),
        ("INV-9?dry_run=true", &mended, 404),
        ("INV-2?dry_run=true", "{", 400),
        ("INV-2?dry_run=true", &invoice("INV-9").to_string(), 409),
        ("INV-2?dry_run=true", &wrong.to_string(), 422),
        ("INV-2?dry_run=true", &mended, 200),
        (&*format!("INV-2?{well}"), &mended, 200),
    ] {
        assert_eq!(ask("put", one, &put(address), body).status, status, "{address}");
    }
    // What is lost below is to be that of another.
    agent.settled("INV-2");
    let revisions = format!("{one}/revisions");
    for (id, status) in [("INV-2", 200), ("INV-9", 404), ("%ff", 400)] {
        let address = format!("/v1/documents/{id}/revisions");
        assert_eq!(ask("get", &revisions, &address, "").status, status);
    }

    // What is in doubt, and what a person must know of.
    let lose = || world.sim().script(Operation::SubmitInvoice, [Some(Fault::LostReply)]);
    for (id, verb, wrong, well) in [
        (
            "INV-5",
            "set-aside",
            json!({ "by": "rudo", "reason": " " }),
            json!({ "by": "rudo", "reason": "a test" }),
        ),
        (
            "INV-6",
            "release",
            json!({ "by": "rudo" }),
            json!({ "by": "rudo", "reason": "looked it up" }),
        ),
        (
            "INV-7",
            "adopt",
            json!({ "by": "rudo", "verification_code": "1", "qr_url": "2" }),
            json!({ "by": "rudo", "verification_code": "CC86-EF9C-DFA9-68E3" }),
        ),
    ] {
        lose();
        let held = ask("post", documents, &waited, &invoice(id).to_string());
        assert_eq!(
            (&held.json()["state"], &held.json()["in_doubt"]),
            (&"parked".into(), &true.into())
        );
        let described = format!("{one}/{verb}");
        let at = |id: &str| format!("/v1/documents/{id}/{verb}");
        for bad in [wrong.to_string().as_str(), "{}", "x"] {
            assert_eq!(ask("post", &described, &at(id), bad).status, 400, "{bad}");
        }
        let well = well.to_string();
        assert_eq!(ask("post", &described, &at("INV-9"), &well).status, 404);
        assert_eq!(ask("post", &described, &at("INV%2F1%20a"), &well).status, 409);
        assert_eq!(ask("post", &described, &at(id), &well).status, 200, "{verb}");
    }
    assert_eq!(
        ask(
            "get",
            &format!("{one}/receipt.txt"),
            "/v1/documents/INV-7/receipt.txt",
            ""
        )
        .status,
        409
    );
    world
        .sim()
        .script(Operation::SubmitInvoice, [Some(Fault::RejectedOnce)]);
    world.write("a.json", invoice("INV-8").to_string());
    let ran = world.fh(&["submit", "--lane", "other", "--may-pass-tries", "1", "a.json"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let acknowledge = "/v1/alarms/acknowledge";
    for (body, status) in [
        (json!({ "key": "rejected:INV-8" }), 400),
        (json!({ "key": "rejected:INV-8", "by": " " }), 400),
        (json!({ "key": "clock:INV-8", "by": "rudo" }), 404),
        (json!({ "key": "rejected:INV-8", "by": "rudo" }), 200),
    ] {
        assert_eq!(
            ask("post", acknowledge, acknowledge, &body.to_string()).status,
            status,
            "{body}"
        );
    }
    let (restored, take_over) = ("/v1/outbox/restored", "/v1/outbox/take-over");
    for (path, body, status) in [
        (restored, json!({ "hold": true }), 400),
        (restored, json!({ "by": " " }), 400),
        (restored, json!({ "by": "rudo", "hold": true }), 200),
        (acknowledge, json!({ "key": "restored", "by": "rudo" }), 204),
        (take_over, json!({ "by": "" }), 400),
        (take_over, json!({ "by": "rudo" }), 409),
    ] {
        // An answer without a body has no form.
        let answer = match status {
            204 => agent.ask("POST", path, &[], body.to_string().as_bytes()),
            _ => ask("post", path, path, &body.to_string()),
        };
        assert_eq!(answer.status, status, "{path} {body}");
    }
    // What this machine has marked is gone.
    let state = world.path(".local/state/fiscal-harmony");
    std::fs::remove_dir_all(state.join("marks")).unwrap();
    std::fs::remove_file(state.join("outbox.db.mark")).unwrap();
    let body = json!({ "by": "rudo" }).to_string();
    assert_eq!(ask("post", take_over, take_over, &body).status, 200);
    for path in ["/v1/catalogue", "/healthz", "/readyz", "/metrics", "/v1/openapi.json"] {
        assert_eq!(ask("get", path, path, "").status, 200, "{path}");
    }
    assert_eq!(ask("get", "/v1/events", "/v1/events?after=x", "").status, 400);
    for (path, address, status) in [
        ("/v1/reports", "/v1/reports?by=tax", 200),
        ("/v1/reports", "/v1/reports?fiscal_day=211&format=csv", 200),
        ("/v1/reports", "/v1/reports?by=colour", 400),
        ("/v1/ledger", "/v1/ledger?format=csv&of=taxes", 200),
        ("/v1/ledger", "/v1/ledger?from=x", 400),
    ] {
        assert_eq!(ask("get", path, address, "").status, status, "{address}");
    }

    // Without the token and from elsewhere nothing is answered, and what is not described is not there.
    for (path, methods) in contract.document["paths"].clone().as_object().unwrap() {
        let address = path.replace("{id}", "INV-9");
        for method in METHODS {
            if methods.get(method).is_none() {
                let answer = agent.ask(&method.to_ascii_uppercase(), &address, &[], b"");
                assert_eq!(answer.status, 405, "{method} {path}");
                assert!(answer.problem().contains("openapi.json"));
                continue;
            }
            let method_name = method.to_ascii_uppercase();
            let stranger = agent.ask(&method_name, &address, &[("authorization", "")], b"");
            assert_eq!(stranger.status, 401, "{method} {path}");
            contract.check(method, path, &stranger);
            let elsewhere = agent.ask(&method_name, &address, &[("host", "evil.example")], b"");
            assert_eq!(elsewhere.status, 403, "{method} {path}");
            contract.check(method, path, &elsewhere);
            let well = |status: u16| contract.seen.contains(&(method.to_owned(), path.clone(), status));
            assert!(
                path == "/v1/events" || well(200) || well(202),
                "{method} {path} was never answered well"
            );
        }
    }
    assert_eq!(agent.get("/v1/nothing").status, 404);
    assert_eq!(agent.stop("-INT").code, 0);
}

#[test]
fn the_documents_of_the_api_are_those_of_the_schemas() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| -> Value { serde_json::from_slice(&std::fs::read(folder.join(path)).unwrap()).unwrap() };
    let described = read("../fh-agent/src/openapi.json");
    let names =
        |schema: &Value| -> BTreeSet<String> { schema["properties"].as_object().unwrap().keys().cloned().collect() };
    let required = |schema: &Value| -> BTreeSet<String> {
        schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    for (name, file) in [("Invoice", "invoice"), ("CreditNote", "credit-note")] {
        let schema = read(&format!("../../docs/schemas/{file}.schema.json"));
        let mut pairs = vec![(&described["components"]["schemas"][name], &schema)];
        for (part, schema) in schema["$defs"].as_object().unwrap() {
            if schema["properties"].is_object() {
                pairs.push((&described["components"]["schemas"][part], schema));
            }
        }
        for (described, schema) in pairs {
            assert_eq!(
                (names(described), required(described)),
                (names(schema), required(schema)),
                "{name}"
            );
        }
    }
}
