//! Bodies by media type.

use serde_json::Value;

use super::json::members;
use super::note::listed;
use super::table::Kind;
use super::walk::{Place, Walk};

pub(super) fn content(walk: &mut Walk<'_>, old: Option<&Value>, new: Option<&Value>, place: &Place) {
    let (old, new) = (members(old), members(new));
    match (old.is_empty(), new.is_empty()) {
        (true, true) => return,
        (true, false) => return walk.say(Kind::ContentAdded, place, listed(new.keys())),
        (false, true) => return walk.say(Kind::ContentRemoved, place, listed(old.keys())),
        _ => {}
    }
    let gone: Vec<&str> = old.keys().filter(|media| !new.contains_key(*media)).copied().collect();
    let come: Vec<&str> = new.keys().filter(|media| !old.contains_key(*media)).copied().collect();
    match (gone.as_slice(), come.as_slice()) {
        ([before], [after]) => {
            walk.say(Kind::MediaTypeChanged, place, format!("`{before}` → `{after}`"));
            media(walk, old[before], new[after], &place.child(after));
        }
        _ => {
            for media in gone {
                walk.say(Kind::MediaTypeRemoved, &place.child(media), media);
            }
            for media in come {
                walk.say(Kind::MediaTypeAdded, &place.child(media), media);
                if is_json(media) && !old.keys().any(|media| is_json(media)) {
                    walk.say(Kind::MediaTypePreferred, &place.child(media), media);
                }
            }
        }
    }
    for (name, before) in &old {
        if let Some(after) = new.get(name) {
            media(walk, before, after, &place.child(name));
        }
    }
}

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or(media).trim();
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

fn media(walk: &mut Walk<'_>, a: &Value, b: &Value, place: &Place) {
    for keyword in ["example", "examples"] {
        if a.get(keyword) != b.get(keyword) {
            walk.say(Kind::ExampleChanged, place, keyword);
        }
    }
    if a.get("encoding") != b.get("encoding") {
        walk.say(Kind::Unclassified, place, "encoding");
    }
    optional_schema(walk, a.get("schema"), b.get("schema"), place);
}

pub(super) fn optional_schema(walk: &mut Walk<'_>, a: Option<&Value>, b: Option<&Value>, place: &Place) {
    let here = place.child("schema");
    match (a, b) {
        (None, None) => {}
        (Some(a), Some(b)) => walk.later(a, b, &here),
        (None, Some(_)) => {
            walk.say(Kind::TypeNarrowed, &here, "a schema where none was");
        }
        (Some(_), None) => walk.say(Kind::TypeWidened, &here, "no schema any more"),
    }
}
