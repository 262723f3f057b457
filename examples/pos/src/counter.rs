//! What tills reach. Webhooks have a listener of their own: what the world may reach should answer nothing else.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use fh_outbox::{Entry, OutboxError};

use crate::shop::{Refund, Sale, Shop, ShopError};

type Taken = Result<(StatusCode, Json<Entry>), ShopError>;

pub fn router(shop: Shop) -> Router {
    Router::new()
        .route("/sales", post(sell))
        .route("/sales/{id}/refunds", post(take_back))
        .route("/receipts/{id}", get(receipt))
        .with_state(shop)
}

/// Taken in, not fiscalised yet: the till asks for the receipt.
async fn sell(State(shop): State<Shop>, Json(sale): Json<Sale>) -> Taken {
    Ok((StatusCode::ACCEPTED, Json(shop.sell(sale).await?)))
}

async fn take_back(State(shop): State<Shop>, Path(sale): Path<String>, Json(refund): Json<Refund>) -> Taken {
    Ok((StatusCode::ACCEPTED, Json(shop.take_back(&sale, refund).await?)))
}

async fn receipt(State(shop): State<Shop>, Path(id): Path<String>) -> Result<Response, ShopError> {
    let nothing = || (StatusCode::CONFLICT, "not fiscalised yet: there is nothing to print").into_response();
    let text = shop.receipt(&id).await?;
    Ok(text.map_or_else(nothing, IntoResponse::into_response))
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Outbox(OutboxError::NoSuchDocument(_)) => StatusCode::NOT_FOUND,
            Self::Outbox(error) if error.is_temporary() => StatusCode::SERVICE_UNAVAILABLE,
            Self::File(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.to_string()).into_response()
    }
}
