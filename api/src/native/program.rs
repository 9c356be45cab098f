//! Programs, which prove by a key of their own what they may do.

use axum::http::request::Parts;
use commands::{
    LogFailure, Request,
    apikey::{KeyHolder, is_key},
};
use schema::Scope;
use tracing::info;

use crate::{App, caller::bearer_token};

/// What is known of a key that was sent.
pub(super) enum Key {
    /// It opens what was asked for.
    Opens(KeyHolder),
    /// It counts, and is for something else.
    ForOther,
    /// It proves nothing, or no more.
    Invalid,
}

/// The key that was sent, whatever it proves: in a header of its own, or where a token would stand.
pub(super) fn key_sent(parts: &Parts) -> Option<&str> {
    let own = parts.headers.get("x-api-key").and_then(|key| key.to_str().ok());
    own.or_else(|| bearer_token(parts).filter(|text| is_key(text)))
}

/// Whether the key whose text is `sent` opens `scope`.
pub(super) async fn open(
    app: &App,
    sent: &str,
    scope: Scope,
    request: &Request,
) -> Result<Key, LogFailure> {
    let Some(holder) = app.commands.key_holder(sent, request).await? else {
        return Ok(Key::Invalid);
    };
    if holder.scopes.contains(&scope) {
        return Ok(Key::Opens(holder));
    }
    let (key, needed) = (holder.key.to_string(), scope.as_str());
    info!(key, needed, "access was denied");
    Ok(Key::ForOther)
}
