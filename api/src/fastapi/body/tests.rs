//! Bodies that are too large, too slow, broken or of another kind.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::IntoResponse,
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use schema::caps::BODY_BYTES_MAX;

use super::Fields;
use crate::listen::BodyWait;

/// How a body is answered; `None` when it is read.
async fn refused(headers: &[(&str, &str)], body: Body) -> Option<StatusCode> {
    let mut request = Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body).unwrap();
    request.extensions_mut().insert(BodyWait(Duration::from_millis(10)));
    let read = Fields::from_request(request, &()).await;
    read.err().map(|failure| failure.into_response().status())
}

fn object(bytes: usize) -> Vec<u8> {
    let frame = r#"{"":""}"#.len();
    format!(r#"{{"":"{}"}}"#, "x".repeat(bytes - frame)).into_bytes()
}

#[tokio::test]
async fn a_body_may_be_so_large_and_not_larger() {
    assert_eq!(refused(&[], object(BODY_BYTES_MAX).into()).await, None);
    let too_large = Some(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(&[], object(BODY_BYTES_MAX + 1).into()).await, too_large);
    let chunks = stream::iter(object(10 * BODY_BYTES_MAX))
        .chunks(1_000)
        .map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
    assert_eq!(refused(&[], Body::from_stream(chunks)).await, too_large);
}

#[tokio::test]
async fn what_is_announced_as_far_too_large_is_not_awaited() {
    let never = || Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let too_large = Some(StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(refused(&[("content-length", "10000000000")], never()).await, too_large);
    let asks = [("content-length", "65537"), ("expect", "100-continue")];
    assert_eq!(refused(&asks, never()).await, too_large);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_not_awaited() {
    let slow = stream::once(async { Ok::<_, std::io::Error>(Bytes::from("{")) });
    let slow = Body::from_stream(slow.chain(stream::pending()));
    assert_eq!(refused(&[], slow).await, Some(StatusCode::REQUEST_TIMEOUT));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("gone")) });
    assert_eq!(refused(&[], Body::from_stream(broken)).await, Some(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn only_json_as_it_is_is_read() {
    let unsupported = Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for kind in ["text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x", ""] {
        assert_eq!(refused(&[("content-type", kind)], "{}".into()).await, unsupported, "{kind}");
    }
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(refused(&packed, "{}".into()).await, unsupported);
    let plain = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(refused(&plain, "{}".into()).await, None);
}
