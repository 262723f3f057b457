//! The part of JSONPath that overlays need: members, indices and wildcards, from the root.
//!
//! `$.paths['/status'].post`, `$.paths.*.*.responses`, `$.servers[0]`. No filters, slices or recursive descent: an
//! overlay whose targets a reader can follow with a finger does without them.

use serde_json::Value;

/// A parsed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
    Any,
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    ///
    /// Says which character it could not understand, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.strip_prefix('$').ok_or("a JSONPath starts with `$`")?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, remaining) = if let Some(dotted) = rest.strip_prefix('.') {
                dotted_step(dotted)
            } else if let Some(bracketed) = rest.strip_prefix('[') {
                bracketed_step(bracketed)
            } else {
                None
            }
            .ok_or_else(|| {
                format!(
                    "`{rest}` at column {} is neither `.name`, `['name']`, `[0]` nor a wildcard",
                    text.len() - rest.len() + 1
                )
            })?;
            steps.push(step);
            rest = remaining;
        }
        Ok(Self(steps))
    }

    /// The JSON pointers of all nodes that match, in document order.
    #[must_use]
    pub fn select(&self, document: &Value) -> Vec<String> {
        let mut found = vec![(String::new(), document)];
        for step in &self.0 {
            found = found
                .into_iter()
                .flat_map(|(pointer, node)| children(step, &pointer, node))
                .collect();
        }
        found.into_iter().map(|(pointer, _)| pointer).collect()
    }
}

fn dotted_step(text: &str) -> Option<(Step, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match name {
        "" => None,
        "*" => Some((Step::Any, rest)),
        _ if name.contains(['\'', '"', ']', ' ', '/']) => None,
        _ => Some((Step::Member(name.to_owned()), rest)),
    }
}

fn bracketed_step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix("*]") {
        return Some((Step::Any, rest));
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        let (name, rest) = quoted.split_once("']")?;
        return Some((Step::Member(name.to_owned()), rest));
    }
    let (index, rest) = text.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), rest))
}

fn children<'v>(step: &Step, pointer: &str, node: &'v Value) -> Vec<(String, &'v Value)> {
    match (step, node) {
        (Step::Member(name), Value::Object(map)) => map
            .get(name)
            .map(|child| (format!("{pointer}/{}", escape(name)), child))
            .into_iter()
            .collect(),
        (Step::Index(index), Value::Array(items)) => items
            .get(*index)
            .map(|child| (format!("{pointer}/{index}"), child))
            .into_iter()
            .collect(),
        (Step::Any, Value::Object(map)) => map
            .iter()
            .map(|(name, child)| (format!("{pointer}/{}", escape(name)), child))
            .collect(),
        (Step::Any, Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(index, child)| (format!("{pointer}/{index}"), child))
            .collect(),
        _ => Vec::new(),
    }
}

/// A member name as a token of a JSON pointer.
#[must_use]
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A token of a JSON pointer as a member name.
#[must_use]
pub fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn select(path: &str, document: &Value) -> Vec<String> {
        JsonPath::parse(path).unwrap().select(document)
    }

    #[test]
    fn members_indices_and_wildcards_select() {
        let document = json!({"paths": {"/a/{b}": {"get": 1, "put": 2}, "/c": {"get": 3}}, "list": [4, 5]});
        assert_eq!(select("$", &document), [""]);
        assert_eq!(select("$.list[1]", &document), ["/list/1"]);
        assert_eq!(select("$.list[*]", &document), ["/list/0", "/list/1"]);
        assert_eq!(select("$.paths['/a/{b}'].get", &document), ["/paths/~1a~1{b}/get"]);
        assert_eq!(
            select("$.paths.*.get", &document),
            ["/paths/~1a~1{b}/get", "/paths/~1c/get"]
        );
        assert!(select("$.paths.nothing", &document).is_empty());
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_column() {
        for (path, column) in [
            ("$.a..b", "column 4"),
            ("$.a[?(@.x)]", "column 4"),
            ("$['open", "column 2"),
        ] {
            let error = JsonPath::parse(path).unwrap_err();
            assert!(error.contains(column), "{path}: {error}");
        }
        assert!(JsonPath::parse("paths").unwrap_err().contains('$'));
    }
}
