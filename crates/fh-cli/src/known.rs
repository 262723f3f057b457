//! Documents of the outbox by whatever people know them by: their id, their number, or the service's name for a request.

use fh_outbox::{Entry, Outbox, OutboxError, Query};
use fiscal_harmony::types::RequestId;

use crate::{
    connection::policy_for_looking, exit::Failure, global::Global, output::Output, place::Place, policy::PolicyFlags,
};

/// How somebody named a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// By its id or its number.
    Itself,
    /// By a request.
    Request,
}

/// What is not here.
pub(crate) fn not_known(name: &str) -> String {
    format!(
        "{name} is not known here: no document of this outbox has that id, number or request id (--outbox names another outbox)"
    )
}

/// The document of that id, number or request id in an outbox.
pub(crate) async fn by_name(outbox: &Outbox, name: &str) -> Result<Option<(Entry, By)>, Failure> {
    match outbox.find(name).await {
        Ok(entry) => return Ok(Some((entry, By::Itself))),
        Err(OutboxError::NoSuchDocument(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let numbered = outbox.list(Query::default().search(name).limit(100)).await?;
    if let Some(entry) = numbered.into_iter().find(|entry| entry.number == name) {
        return Ok(Some((entry, By::Itself)));
    }
    let Ok(request) = RequestId::parse(name) else {
        return Ok(None);
    };
    match outbox.document_of(&request).await? {
        Some(document) => Ok(Some((outbox.find(&document).await?, By::Request))),
        None => Ok(None),
    }
}

/// The outbox, if there is one; none is made for looking.
pub(crate) async fn outbox(place: &Place, global: &Global, output: &Output) -> Result<Option<Outbox>, Failure> {
    let policy = policy_for_looking(global, &PolicyFlags::default(), output)?.policy;
    if !place.is_there(global)? {
        return Ok(None);
    }
    Ok(Some(place.open(global, policy).await?.outbox))
}
