//! Receipts in every form that something prints.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fh_outbox::Entry;
use fiscal_harmony::{Receipt, print::Sheet};

use crate::{
    address::{Options, Segments, escaped},
    inside::Shared,
    printout::{NotPrintable, Printing, Printout},
    problem::{Problem, bad_request, method_not_allowed, not_found},
};

/// What a receipt can be had as.
pub(super) const FORMS: [&str; 5] = ["receipt.pdf", "receipt.txt", "receipt.escpos", "qr.svg", "qr.png"];

/// Those of them that are printed.
const PRINTED: [&str; 3] = ["receipt.pdf", "receipt.txt", "receipt.escpos"];

/// What stands behind the question mark: choices of the profile for this once, and what is wanted.
#[derive(Debug, Default)]
struct Look {
    /// Our PDF instead of the service's.
    ours: bool,
    sheet: Option<Sheet>,
    provisional: bool,
    copy: bool,
    /// Who prints, for the history.
    by: Option<String>,
    settings: Vec<(String, String)>,
}

impl Look {
    fn read(options: BTreeMap<String, String>) -> Result<Self, Problem> {
        let mut look = Self::default();
        for (name, value) in options {
            match name.as_str() {
                "ours" => look.ours = truth(&name, &value)?,
                "provisional" => look.provisional = truth(&name, &value)?,
                "copy" => look.copy = truth(&name, &value)?,
                "by" => look.by = Some(value.trim().to_owned()).filter(|by| !by.is_empty()),
                "paper" => {
                    let sheet = Sheet::ALL.into_iter().find(|sheet| sheet.name() == value);
                    let known = || Sheet::ALL.map(Sheet::name).join(" or ");
                    look.sheet =
                        Some(sheet.ok_or_else(|| bad_request(format!("paper is {}, not {value:?}", known())))?);
                }
                _ => look.settings.push((name, value)),
            }
        }
        // A printer decides others until they are said, so it comes first.
        look.settings.sort_by_key(|(name, _)| name != "printer");
        Ok(look)
    }

    /// How it is printed this once.
    fn over(&self, mut printing: Printing) -> Result<Printing, Problem> {
        let settings = &mut printing.settings;
        for (name, value) in &self.settings {
            settings
                .set(name, value)
                .map_err(|error| bad_request(error.to_string()))?;
        }
        settings.check().map_err(|error| bad_request(error.to_string()))?;
        Ok(printing)
    }
}

/// A flag may stand there alone.
fn truth(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad_request(format!("{name} is true or false, not {value:?}"))),
    }
}

/// To look at: nothing is counted.
pub(super) async fn show(
    State(agent): State<Shared>,
    Segments((id, form)): Segments<(String, String)>,
    Options(options): Options<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    known(&form)?;
    let look = Look::read(options)?;
    let copy = look.copy.then_some(0);
    answer(&agent, &id, &form, &look, copy).await
}

/// To print: the first print is the receipt, and every later one says COPY. The history counts them.
pub(super) async fn print(
    State(agent): State<Shared>,
    Segments((id, form)): Segments<(String, String)>,
    Options(options): Options<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    known(&form)?;
    if !PRINTED.contains(&form.as_str()) {
        return Err(method_not_allowed());
    }
    let look = Look::read(options)?;
    if look.provisional || (form == "receipt.pdf" && !look.ours) {
        let detail = "only our own receipts are counted: print a provisional slip, and the service's PDF, with GET";
        return Err(bad_request(detail));
    }
    // What cannot be printed is not counted.
    answer(&agent, &id, &form, &look, None).await?;
    let who = format!("operator {}", look.by.as_deref().unwrap_or("till"));
    let copy = match agent.outbox.note_print(&id, &who, &form).await? {
        Some(0) => None,
        Some(copies) => Some(copies),
        None => Some(0),
    };
    answer(&agent, &id, &form, &look, copy).await
}

fn known(form: &str) -> Result<(), Problem> {
    if FORMS.contains(&form) {
        return Ok(());
    }
    Err(not_found(format!("a receipt has the forms {}", FORMS.join(", "))))
}

async fn answer(agent: &Shared, id: &str, form: &str, look: &Look, copy: Option<u32>) -> Result<Response, Problem> {
    let answer = |kind: &'static str, body: Vec<u8>| {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        Ok((kind, body).into_response())
    };
    if form.starts_with("qr.") {
        let entry = agent.outbox.find(id).await?;
        let drawn = receipt(&entry)?
            .qr()
            .map_err(|error| contradiction(error.to_string()))?;
        return match form {
            "qr.svg" => answer("image/svg+xml", drawn.svg().into_bytes()),
            _ => answer("image/png", drawn.png(6)),
        };
    }
    if form == "receipt.pdf" && !look.ours {
        let number = agent.outbox.find(id).await?.number;
        return Ok(named_pdf(&number, pdf_of_the_service(agent, id).await?));
    }
    let printout = Printout::of(&agent.outbox, id).await?;
    let printing = look.over(agent.printing(&printout.entry().lane))?;
    let slip = if look.provisional {
        printout.provisional(&printing)
    } else {
        printout.slip(&printing)
    };
    let mut slip = slip?;
    if let Some(copy) = copy {
        slip = slip.copy(copy);
    }
    match form {
        "receipt.txt" => answer("text/plain; charset=utf-8", slip.text().into_bytes()),
        "receipt.escpos" => answer("application/octet-stream", slip.escpos()),
        _ => Ok(named_pdf(
            &printout.entry().number,
            slip.pdf(look.sheet.unwrap_or_default()),
        )),
    }
}

/// A PDF that is saved under the number of its document.
fn named_pdf(number: &str, pdf: Vec<u8>) -> Response {
    let plain: String = number
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "-_.".contains(letter) {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let name = format!(
        "inline; filename=\"{plain}.pdf\"; filename*=UTF-8''{}.pdf",
        escaped(number)
    );
    let kind = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (kind, pdf).into_response()
}

async fn pdf_of_the_service(agent: &Shared, id: &str) -> Result<Vec<u8>, Problem> {
    let entry = agent.outbox.find(id).await?;
    let receipt = receipt(&entry)?;
    let lane = agent.lane(Some(&entry.lane)).ok_or_else(|| {
        not_found(format!(
            "nobody here works for the lane {:?}, whose PDF this is; ?ours makes one without the service",
            entry.lane
        ))
    })?;
    let pdf = lane.client.pdf(receipt).await.map_err(|error| {
        let detail = format!("{error}; ?ours makes one without the service");
        Problem::new(StatusCode::BAD_GATEWAY, "The PDF could not be had", detail)
    })?;
    Ok(pdf.bytes().to_vec())
}

fn receipt(entry: &Entry) -> Result<&Receipt, NotPrintable> {
    if entry.incomplete {
        return Err(NotPrintable::Incomplete);
    }
    entry.receipt.as_ref().ok_or_else(|| NotPrintable::NoReceipt {
        document: entry.document.clone(),
        state: entry.state,
    })
}

impl From<NotPrintable> for Problem {
    fn from(error: NotPrintable) -> Self {
        let detail = error.to_string();
        match error {
            NotPrintable::NoReceipt { .. } => not_found(detail),
            NotPrintable::Incomplete => Self::new(StatusCode::CONFLICT, "The receipt is incomplete", detail),
            NotPrintable::MixedUp(_) => contradiction(detail),
            NotPrintable::NotWaiting { .. } => Self::new(StatusCode::CONFLICT, "Not possible", detail),
        }
    }
}

fn contradiction(detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "The receipt contradicts itself", detail)
}
