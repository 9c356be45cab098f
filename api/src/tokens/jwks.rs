//! `GET /.well-known/jwks.json`: what others verify our tokens with.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::App;

pub(crate) async fn handler(State(app): State<App>) -> Json<Value> {
    Json(json!({ "keys": app.tokens.keys().published }))
}
