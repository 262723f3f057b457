//! Large documents: as many schemas and operations as a vendor of many products has. `FH_LONG_TESTS=1` takes eleven megabytes and prints
//! what it took.

use std::time::{Duration, Instant};

use fh_drift::drift::{Kind, Policy, classify};
use serde_json::{Map, Value, json};

/// A document of about this many megabytes: operations that share schemas, which refer to each other, in circles too.
fn document(megabytes: usize) -> Value {
    const BYTES_OF_ONE: usize = 1_050;
    let count = megabytes * 1_000_000 / BYTES_OF_ONE;
    let words = "What this field is for, and what the service makes of it when it is left out or empty.";
    let mut schemas = Map::new();
    let mut paths = Map::new();
    for number in 0..count {
        let other =
            |step: usize| json!({"$ref": format!("#/components/schemas/Thing%20{}", (number * 7 + step) % count)});
        let schema = json!({
            "type": "object", "description": words, "required": ["id", "name"],
            "properties": {
                "id": {"type": "integer", "format": "int64", "description": words},
                "name": {"type": "string", "maxLength": 50, "description": words},
                "kind": {"type": "string", "enum": ["first", "second", "third"], "description": words},
                "next": other(1),
                "rows": {"type": "array", "items": other(2)},
                "either": {"oneOf": [other(3), other(4)]},
                "whole": {"allOf": [other(5), {"type": "object", "properties": {"more": {"type": "string"}}}]}
            }
        });
        schemas.insert(format!("Thing {number}"), schema);
        if number % 4 == 0 {
            let content = json!({"application/json": {"schema": other(0)}});
            let operation = json!({"summary": format!("Thing {number}"), "description": words,
                "requestBody": {"content": content}, "responses": {"200": {"description": words, "content": content}}});
            paths.insert(format!("/things/{number}"), json!({"post": operation}));
        }
    }
    json!({"openapi": "3.0.3", "info": {"title": "Large", "version": "1"}, "paths": paths, "components": {"schemas": schemas}})
}

#[test]
fn a_large_document_is_compared_whole() {
    let long = std::env::var_os("FH_LONG_TESTS").is_some();
    let old = document(if long { 11 } else { 1 });
    let mut new = old.clone();
    new["components"]["schemas"]["Thing 3"]["properties"]["name"]["maxLength"] = json!(20);
    let size = old.to_string().len();
    let before = peak();
    let (started, spent) = (Instant::now(), processor());
    let findings = classify(&old, &new, Policy::OURS);
    let (took, spent) = (started.elapsed(), processor().saturating_sub(spent));
    assert!(
        findings.iter().any(|finding| finding.kind == Kind::ConstraintTightened),
        "{findings:?}"
    );
    if long {
        assert!(size > 10_500_000, "only {size} bytes");
        println!(
            "{size} bytes compared in {took:?}, {spent:?} of them on the processor; {before} before, {} after",
            peak()
        );
    }
}

/// The most memory that this process has had so far, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("the system does not tell how much memory it took")
        .to_owned()
}

/// How long this thread has had the processor, where the system tells: on a busy machine a watch says little.
fn processor() -> Duration {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = status.split(' ').next().and_then(|spent| spent.parse().ok());
    spent.map_or(Duration::ZERO, Duration::from_nanos)
}
