//! As which till documents are sent.

use fh_auth::Station;
use fh_outbox::Outbox;

/// As which till documents are sent.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AtStation {
    /// The station that sends these documents, where several tills share a fiscal device, and so a lane and its order. Otherwise that of
    /// the profile. A station beside a document, as in {"station": "till-4", "document": {…}}, wins.
    #[arg(long, value_name = "NAME", value_parser = station)]
    station: Option<Station>,
}

impl AtStation {
    /// The outbox for documents of this station.
    pub(crate) fn of(&self, outbox: &Outbox) -> Outbox {
        match &self.station {
            Some(station) => outbox.station(station.clone()),
            None => outbox.clone(),
        }
    }
}

fn station(name: &str) -> Result<Station, String> {
    Station::new(name).map_err(|error| error.to_string())
}
