//! A receipt for the browser's own printer, on a roll of 80 mm or on A4.

use axum::{
    extract::{Path, Query, Request, State},
    response::{Html, IntoResponse, Redirect, Response},
};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use super::{
    frame::{Failed, failed, form, known},
    language::{chosen, say},
};
use crate::{
    address::escaped,
    guard::{ICON, STYLE},
    inside::Shared,
    printout::Printout,
    problem::Problem,
};

/// On what, and which copy it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    paper: String,
    /// Which copy; nothing for the receipt itself, and 0 where nobody counted.
    copy: String,
}

impl Look {
    fn paper(&self) -> &'static str {
        if self.paper == "a4" { "a4" } else { "roll" }
    }
}

/// The receipt as text, as it would be printed.
pub(super) async fn text(agent: &Shared, document: &str, copy: Option<u32>) -> Result<String, Failed> {
    let printout = known(agent, Printout::of(&agent.outbox, document).await)?;
    let printing = agent.printing(&printout.entry().lane);
    let slip = printout
        .slip(&printing)
        .map_err(|error| failed(agent, Problem::from(error)))?;
    Ok(match copy {
        Some(copy) => slip.copy(copy).text(),
        None => slip.text(),
    })
}

pub(super) async fn show(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Result<Html<String>, Failed> {
    let text = text(&agent, &id, look.copy.parse().ok()).await?;
    Ok(Html(sheet(&id, &text, look.paper()).into_string()))
}

fn sheet(id: &str, text: &str, paper: &'static str) -> Markup {
    let columns = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    // The letters fill the paper.
    let width = [24, 32, 42, 48, 56]
        .into_iter()
        .find(|width| columns <= *width)
        .unwrap_or(64);
    html! {
        (DOCTYPE)
        html lang=(chosen().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // A browser proposes it as the name of a PDF.
                title { (id) }
                link rel="stylesheet" href=(STYLE);
                link rel="icon" type="image/svg+xml" href=(ICON);
                script src=(super::frame::SCRIPT) defer {}
            }
            body.sheet.(paper) {
                p.aside {
                    button.primary #print type="button" hidden { (say("Print")) } " "
                    (say("Print this page with the browser.")) " "
                    a href={ "/documents/" (escaped(id)) } { (say("Back to the document")) }
                }
                main {
                    pre.slip.{ "w" (width) } { (text) }
                    img src={ "/v1/documents/" (escaped(id)) "/qr.svg" } alt=(say("QR code with the address of the receipt"));
                }
            }
        }
    }
}

/// Counts a print, and shows what is to be printed: the first is the receipt, and every later one says that it is a copy.
pub(super) async fn count(
    State(agent): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    #[derive(Deserialize)]
    struct Wanted {
        #[serde(default)]
        paper: String,
    }
    let Wanted { paper } = form(&agent, request).await?;
    // What cannot be printed is not counted.
    text(&agent, &id, None).await?;
    let copy = known(&agent, agent.outbox.note_print(&id, "operator page", "browser").await)?;
    let copy = match copy {
        Some(0) => String::new(),
        Some(copies) => format!("&copy={copies}"),
        None => "&copy=0".to_owned(),
    };
    let paper = if paper == "a4" { "a4" } else { "80mm" };
    let address = format!("/documents/{}/print?paper={paper}{copy}", escaped(&id));
    Ok(Redirect::to(&address).into_response())
}
