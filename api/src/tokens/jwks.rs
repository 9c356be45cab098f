//! `GET /.well-known/jwks.json`: what others verify our tokens with.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::App;

/// What to verify our tokens with
///
/// A set of keys (RFC 7517); a token names its own.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "jwks",
    responses((status = 200, body = Value, example = json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "…", "x": "…" },
    ] })))
)]
pub(crate) async fn handler(State(app): State<App>) -> Json<Value> {
    Json(json!({ "keys": app.tokens.keys().published }))
}
