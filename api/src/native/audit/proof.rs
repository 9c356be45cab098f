//! `GET /api/v1/audit/checkpoint`, `…/checkpoint/key`, `…/proof/inclusion`, `…/proof/consistency`

use std::collections::HashMap;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use eventlog::Position;
use projections::merkle::{Checkpoint, Hash, TreeQuery, leaf_of};
use serde_json::json;

use super::{
    super::{
        cursor,
        moment::parameters,
        page::wrong,
        problem::{Kind, Problem},
    },
    inspector::Auditor,
    one::fact_at,
};
use crate::App;

/// The parameters of the query string.
pub(crate) struct Parameters(HashMap<String, String>);

impl FromRequestParts<App> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        parameters(parts, app).await.map(Self)
    }
}

/// What the tree over the facts was, signed
///
/// The newest, or that of a `size`; in C2SP's `tlog-checkpoint` format, signed under the key that
/// `audit/checkpoint/key` tells. A fact is covered a few seconds after it was written.
#[utoipa::path(
    get, path = "/api/v1/audit/checkpoint", operation_id = "audit_checkpoint",
    params(("size" = Option<u64>, Query, description = "Of so many leaves")),
    responses(
        (status = 200, description = "A signed note", body = String, content_type = "text/plain",
            example = "registre/01990000-0000-4000-8000-000000000000\n42\nCsUY…\n\n— registre …\n"),
        (status = 404, description = "None was signed of that size"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn checkpoint(
    State(app): State<App>,
    _auditor: Auditor,
    Parameters(query): Parameters,
) -> Result<Response, Problem> {
    let size = number(&query, "size")?;
    let note = app.pool.checkpoint(size).await?.ok_or(Problem::NOT_FOUND)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// What verifies checkpoints
///
/// A key in the text form of C2SP's `signed-note`.
#[utoipa::path(
    get, path = "/api/v1/audit/checkpoint/key", operation_id = "audit_checkpoint_key",
    responses(
        (status = 200, description = "The key", body = String, content_type = "text/plain",
            example = "registre/01990000-0000-4000-8000-000000000000+c0ffee42+AbCd…\n"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn key(State(app): State<App>, _auditor: Auditor) -> Response {
    let kind = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, format!("{}\n", app.audit.verifier)).into_response()
}

/// Prove that a fact is sealed
///
/// `position` is a cursor, such as the `Registre-Position` of a command's answer. The hashes lead
/// from the fact's leaf to the root of the checkpoint (RFC 9162, section 2.1.3).
#[utoipa::path(
    get, path = "/api/v1/audit/proof/inclusion", operation_id = "audit_proof_inclusion",
    params(
        ("position" = String, Query, description = "The fact's cursor"),
        ("size" = Option<u64>, Query, description = "In the tree of so many leaves; the signed one"),
    ),
    responses(
        (status = 200, description = "The leaf, the hashes, the checkpoint",
            body = serde_json::Value,
            example = json!({
                "cursor": "01990000-0000-4000-8000-000000000000-4711", "leaf": 41,
                "leafhash": "q83v…", "size": 42, "proof": ["EjRW…"], "checkpoint": "…",
            })),
        (status = 404, description = "No sealed fact stands there"),
        (status = 503, description = "The fact is not in the tree yet"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn inclusion(
    State(app): State<App>,
    _auditor: Auditor,
    Parameters(query): Parameters,
) -> Result<Response, Problem> {
    let text = query.get("position").ok_or_else(|| wrong("position", "which fact?"))?;
    let position = cursor::read(&app, text)?;
    let fact = fact_at(&app, Position(position)).await?.ok_or(Problem::of(Kind::BadCursor))?;
    let hash = leaf_of(&fact).ok_or(Problem::NOT_FOUND)?;
    let note = app.pool.checkpoint(number(&query, "size")?).await?.ok_or(Problem::NOT_FOUND)?;
    let size = app.audit.verified(&note)?.size;
    let early = || Problem::new(Kind::Unavailable, "the fact is not in a signed tree yet");
    let leaf = app.pool.leaf_at(position).await?.filter(|leaf| *leaf < size).ok_or_else(early)?;
    let proof = app.pool.prove_inclusion(leaf, size).await?.ok_or_else(early)?;
    let body = json!({
        "cursor": app.cursor(position),
        "leaf": leaf,
        "leafhash": BASE64.encode(hash),
        "size": size,
        "proof": texts(&proof),
        "checkpoint": note,
    });
    Ok(Json(body).into_response())
}

/// Prove that nothing was changed between two checkpoints
///
/// The hashes of RFC 9162, section 2.1.4.
#[utoipa::path(
    get, path = "/api/v1/audit/proof/consistency", operation_id = "audit_proof_consistency",
    params(
        ("from" = u64, Query, description = "The size of the earlier tree"),
        ("to" = u64, Query, description = "The size of the later one"),
    ),
    responses(
        (status = 200, description = "The hashes", body = serde_json::Value,
            example = json!({ "from": 3, "to": 42, "proof": ["EjRW…", "mrze…"] })),
        (status = 404, description = "The tree has not so many leaves"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn consistency(
    State(app): State<App>,
    _auditor: Auditor,
    Parameters(query): Parameters,
) -> Result<Response, Problem> {
    let named = |name| number(&query, name)?.ok_or_else(|| wrong(name, "of which tree?"));
    let (from, to) = (named("from")?, named("to")?);
    if from > to {
        return Err(wrong("from", "the earlier tree is the smaller one"));
    }
    let proof = if to > app.pool.leaves(app.log_id).await? {
        None
    } else {
        app.pool.prove_consistency(from, to).await?
    };
    let proof = proof.ok_or(Problem::NOT_FOUND)?;
    Ok(Json(json!({ "from": from, "to": to, "proof": texts(&proof) })).into_response())
}

impl super::Audit {
    /// What `note` says. One that our own key has not signed is nothing to prove anything by.
    fn verified(&self, note: &str) -> Result<Checkpoint, Problem> {
        let unsigned = |_| Problem::new(Kind::Unavailable, "the tree was signed by another key");
        self.verifier.open(note).map_err(unsigned)
    }
}

fn number(query: &HashMap<String, String>, name: &str) -> Result<Option<u64>, Problem> {
    let parsed = query.get(name).map(|text| text.parse::<u32>().map(u64::from)).transpose();
    parsed.map_err(|_| wrong(name, "it is no number of leaves"))
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| BASE64.encode(hash)).collect()
}
