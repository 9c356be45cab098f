//! Lists that are answered as they are read: however long, one page of rows is in memory.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use projections::{Chain, List};
use serde::Serialize;
use tracing::warn;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `list` as a JSON array, each row as `shown`. Where the read models fail in between, the answer
/// breaks off: a list that ends early must not look like a whole one.
pub(crate) fn listed<T: Send + 'static, S: Serialize + 'static>(
    list: List<T>,
    shown: fn(&T) -> S,
) -> Response {
    let first = rows(&list.first, shown);
    let Some(rest) = list.rest else {
        let body = ["[".into(), first, "]".into()].concat();
        return ([(CONTENT_TYPE, JSON)], body).into_response();
    };
    let pages = rest.map_ok(move |page| match rows(&page, shown) {
        rows if rows.is_empty() => Bytes::new(),
        rows => Bytes::from([b",".as_slice(), &rows].concat()),
    });
    let pages = pages.inspect_err(|error| {
        warn!(error = %Chain(error), "a list broke off");
    });
    let begun = Bytes::from([b"[".as_slice(), &first].concat());
    let whole = stream::once(async { Ok(begun) })
        .chain(pages)
        .chain(stream::once(async { Ok(Bytes::from_static(b"]")) }));
    ([(CONTENT_TYPE, JSON)], Body::from_stream(whole)).into_response()
}

/// The rows, with commas between them.
fn rows<T, S: Serialize>(page: &[T], shown: fn(&T) -> S) -> Vec<u8> {
    let mut text = Vec::with_capacity(page.len() * ROW_BYTES);
    for (index, row) in page.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, &shown(row)).expect("plain rows become JSON");
    }
    text
}

/// What a row takes, more or less.
const ROW_BYTES: usize = 200;
