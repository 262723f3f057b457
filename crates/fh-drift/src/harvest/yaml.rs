//! YAML from a web page: within a budget, and read as YAML 1.2.

use serde_json::Value;

/// Reads one block.
///
/// # Errors
///
/// The parser's words on one line: broken YAML, a key given twice, a bomb of aliases, or more than a page can need.
pub fn parse(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 64,
            max_nodes: 500_000,
            max_events: 1_500_000,
            max_documents: 1,
            max_anchors: 5_000,
            max_aliases: 50_000,
            max_merge_keys: 1_000,
            // A documentation tool writes each repeated piece once and refers to it hundreds of times; what an alias may cost is
            // bounded by what it replays.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 1_000_000,
            max_replay_stack_depth: 32,
        },
        // `no` and `on` are words in YAML 1.2, and `007` is a name.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_yaml_1_2_with_anchors() {
        let text = "a: &x {type: string}\nb: *x\nc: {<<: *x, d: no}\n'200': 1\n404: 007\ne: 2026-01-01\nf: ~\n";
        let expected = json!({
            "a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string", "d": "no"},
            "200": 1, "404": "007", "e": "2026-01-01", "f": null
        });
        assert_eq!(parse(text).expect("yaml"), expected);
    }

    #[test]
    fn a_piece_that_is_repeated_a_thousand_times_is_no_bomb() {
        let many: String = (0..1_000).map(|number| format!("p{number}: *ref_0\n")).collect();
        let value = parse(&format!(
            "first: &ref_0 {{type: object, properties: {{a: {{type: string}}}}}}\n{many}"
        ))
        .expect("yaml");
        assert_eq!(value["p999"], value["first"]);
    }

    #[test]
    fn bombs_and_broken_text_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        for text in [
            bomb.as_str(),
            "a: [",
            "a: 1\na: 2\n",
            &"[".repeat(5_000),
            "a: 1\n---\nb: 2\n",
        ] {
            let problem = parse(text).expect_err("refused");
            assert!(!problem.contains('\n') && !problem.is_empty());
        }
    }
}
