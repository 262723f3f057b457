//! The page for the back office.

use axum::Router;

use super::Shared;

pub(super) fn router() -> Router<Shared> {
    Router::new()
}
