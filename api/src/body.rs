//! Request bodies, as bytes. What they say is for each façade to read.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
    },
};
use bytes::BytesMut;
use futures::StreamExt;
use schema::caps::{BODY_BYTES_MAX, BODY_DRAINED_BYTES_MAX, BODY_TIMEOUT};
use tokio::time::timeout;

use crate::listen::BodyWait;

/// What kind of body the client says that it sends. One that says nothing sends JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Form,
    Text,
}

/// Why a body was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untaken {
    /// It is compressed or the like.
    Encoded,
    /// Over the limit.
    TooLarge,
    /// It did not come in time.
    TooLate,
    /// It broke off.
    Broken,
}

/// Takes in the body of `request`, in the time and up to the size that a body may have.
pub(crate) async fn take(request: Request) -> Result<(Kind, Bytes), Untaken> {
    let headers = request.headers();
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Untaken::Encoded);
    }
    if is_hopeless(headers) {
        return Err(Untaken::TooLarge);
    }
    let kind = kind(headers);
    let wait = request.extensions().get::<BodyWait>().map_or(BODY_TIMEOUT, |wait| wait.0);
    let body = timeout(wait, taken_in(request.into_body()));
    Ok((kind, body.await.map_err(|_| Untaken::TooLate)??))
}

fn kind(headers: &HeaderMap) -> Kind {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Kind::Json };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        Kind::Json
    } else if essence == "application/x-www-form-urlencoded" {
        Kind::Form
    } else {
        Kind::Text
    }
}

/// Whether a body is announced that need not be taken in for its client to hear that it is too
/// large: the client asks first, or has more to send than we would wait for.
fn is_hopeless(headers: &HeaderMap) -> bool {
    let most = if headers.contains_key(EXPECT) { BODY_BYTES_MAX } else { BODY_DRAINED_BYTES_MAX };
    announced(headers).is_some_and(|length| length > most as u64)
}

/// How long the client says that the body is.
pub(crate) fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The whole body. One that is too large is taken in and dropped, as far as can be asked of us:
/// most clients listen only after they have sent everything.
async fn taken_in(body: Body) -> Result<Bytes, Untaken> {
    let (mut kept, mut length) = (BytesMut::new(), 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Untaken::Broken)?;
        length += chunk.len();
        if length > BODY_DRAINED_BYTES_MAX {
            break;
        }
        if length <= BODY_BYTES_MAX {
            kept.extend_from_slice(&chunk);
        }
    }
    if length > BODY_BYTES_MAX { Err(Untaken::TooLarge) } else { Ok(kept.freeze()) }
}
