use std::{collections::HashMap, sync::Arc};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    Fault, Operation, PdfType,
    dice::Struck,
    engine::{Engine, Setup},
    problem::html,
    spelling::spelled,
};

/// A request that passed every check of its form.
pub(crate) struct Call<'e> {
    pub(crate) engine: &'e Engine,
    /// One for the whole request, whatever is changed meanwhile.
    pub(crate) setup: Arc<Setup>,
    pub(crate) operation: Operation,
    pub(crate) device: u32,
    pub(crate) params: HashMap<String, String>,
    pub(crate) query: String,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
    pub(crate) struck: Struck,
}

impl Call<'_> {
    /// A path parameter.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// A JSON answer, spelled as the options say.
    pub(crate) fn json(&self, value: Value) -> Response {
        let body = spelled(value, self.setup.options.key_case).to_string();
        ([(CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
    }

    /// A PDF, unless a fault makes something else of it.
    pub(crate) fn pdf(&self, mut bytes: Vec<u8>) -> Response {
        if self.struck.has(Fault::PdfHtml) {
            return html(StatusCode::OK);
        }
        if self.struck.has(Fault::PdfTruncated) {
            bytes.truncate(bytes.len() / 2);
        }
        let content_type = match self.setup.options.pdf_type {
            PdfType::Pdf => "application/pdf",
            PdfType::OctetStream => "application/octet-stream",
        };
        ([(CONTENT_TYPE, content_type)], bytes).into_response()
    }
}
