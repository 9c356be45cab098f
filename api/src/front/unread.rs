//! Bodies that no handler has asked for. They are taken in all the same, as far as can be asked of
//! us: most clients listen only after they have sent everything, and would never hear why they are
//! refused.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
    http::header::EXPECT,
};
use futures::{Stream, StreamExt};
use schema::caps::{BODY_DRAINED_BYTES_MAX, BODY_TIMEOUT};
use tokio::time::timeout;

use crate::{body::announced, listen::BodyWait};

/// What most clients have sent along with the head: none of them waits until it is taken in.
const SMALL_BYTES: u64 = 4 * 1024;

/// A body, and whether anybody has asked for it.
struct Unread {
    chunks: BodyDataStream,
    asked_for: bool,
    wait: Duration,
}

/// `request`, whose body is taken in whatever becomes of it.
pub(super) fn taken_in(request: Request) -> Request {
    let headers = request.headers();
    let announced = announced(headers);
    // It is in the way of nobody, or its client has more to send than we would wait for, or asks first.
    let small = announced.is_some_and(|length| length <= SMALL_BYTES);
    let large = announced.is_some_and(|length| length > BODY_DRAINED_BYTES_MAX as u64);
    if small || large || headers.contains_key(EXPECT) || request.method().is_safe() {
        return request;
    }
    let wait = request.extensions().get::<BodyWait>().map_or(BODY_TIMEOUT, |wait| wait.0);
    request.map(|body| {
        Body::from_stream(Unread { chunks: body.into_data_stream(), asked_for: false, wait })
    })
}

impl Stream for Unread {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.asked_for = true;
        self.chunks.poll_next_unpin(context)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // Whoever has asked for it knows how much of it they want.
        if !self.asked_for {
            let chunks = mem::replace(&mut self.chunks, Body::empty().into_data_stream());
            tokio::spawn(timeout(self.wait, dropped(chunks)));
        }
    }
}

async fn dropped(mut chunks: BodyDataStream) {
    let mut length = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        length += chunk.len();
        if length > BODY_DRAINED_BYTES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{
        body::{Body, Bytes},
        extract::Request,
        http::{Method, header::EXPECT},
    };
    use futures::{StreamExt, stream};
    use tokio::sync::mpsc;

    use super::taken_in;

    /// A request with a body of three chunks, and what tells which of them were taken.
    fn request() -> (Request, mpsc::UnboundedReceiver<u8>) {
        let (taken, told) = mpsc::unbounded_channel();
        let chunks = stream::iter(0..3_u8).map(move |number| {
            taken.send(number).ok();
            Ok::<_, Infallible>(Bytes::from(vec![number]))
        });
        let mut request = Request::new(Body::from_stream(chunks));
        *request.method_mut() = Method::POST;
        (request, told)
    }

    #[tokio::test]
    async fn a_body_that_nobody_asks_for_is_taken_in() {
        let (request, mut told) = request();
        drop(taken_in(request));
        for number in 0..3 {
            assert_eq!(told.recv().await, Some(number));
        }
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn of_a_body_that_was_asked_for_no_more_is_taken_than_that() {
        let (request, mut told) = request();
        let mut chunks = taken_in(request).into_body().into_data_stream();
        assert!(chunks.next().await.is_some());
        drop(chunks);
        assert_eq!(told.recv().await, Some(0));
        assert_eq!(told.recv().await, None);
    }

    #[tokio::test]
    async fn whoever_asks_before_they_send_need_not_send() {
        let (mut request, mut told) = request();
        request.headers_mut().insert(EXPECT, "100-continue".parse().unwrap());
        drop(taken_in(request));
        assert_eq!(told.recv().await, None);
    }
}
