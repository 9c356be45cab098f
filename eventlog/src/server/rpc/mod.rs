//! The calls of the protocol: what is asked is turned into a question to the log, and the log's
//! answer into the protocol's.
//!
//! **Invariant:** every status that a client can see is made in `status` or in the file of its call.
#![expect(clippy::result_large_err, reason = "the error is tonic's status")]

mod append;
mod batch_append;
mod expectation;
mod features;
mod gossip;
mod proposal;
mod read;
mod remove;
mod status;
mod submit;

use std::{
    convert::Infallible,
    future::{Future, ready},
    net::SocketAddr,
    sync::Arc,
};

use futures::{TryFutureExt as _, stream};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use prost::Message;
use tokio::sync::oneshot;
use tonic::{
    Status,
    body::Body,
    codec::{Codec, ProstCodec},
    server::Grpc,
};
use tower::service_fn;

use super::{
    log::Log,
    wire::{Empty, ReadReq},
    writer::Change,
};

/// Larger messages of an append are refused before they are read to the end.
const MESSAGE_BYTES_MAX: usize = (16 << 20) - 10_000;
/// As [`MESSAGE_BYTES_MAX`], for messages that carry no facts.
const QUESTION_BYTES_MAX: usize = 1 << 20;

const STREAMS: &str = "/event_store.client.streams.Streams/";
const FEATURES: &str = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods";
const GOSSIP: &str = "/event_store.client.gossip.Gossip/Read";

pub(super) use self::read::READS_MAX;

/// Answer `request`, which has come to `here`.
pub(crate) async fn route(
    log: Arc<Log>,
    here: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let is_grpc = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    Ok(if is_grpc { call(log, here, request).await } else { page(&request) })
}

/// What is not gRPC.
fn page(request: &Request<Incoming>) -> Response<Body> {
    let live = request.method() == Method::GET && request.uri().path() == "/health/live";
    let mut response = Response::new(Body::empty());
    *response.status_mut() = if live { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND };
    response
}

async fn call(log: Arc<Log>, here: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    // Clients ask what the server can do before they have anything to identify themselves with.
    if request.uri().path() == FEATURES {
        return unary(request, |_: Empty| ready(Ok(features::supported()))).await;
    }
    let authorization = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    if !log.credentials.admit(authorization) {
        return Status::unauthenticated("Access Denied").into_http();
    }
    let method = request.uri().path().strip_prefix(STREAMS).map(str::to_owned);
    match method.as_deref() {
        Some("Append") => {
            let append = service_fn(|call| append::append(Arc::clone(&log), call));
            grpc(ProstCodec::new(), MESSAGE_BYTES_MAX).client_streaming(append, request).await
        }
        Some("BatchAppend") => {
            let batch = service_fn(|call| {
                ready(Ok::<_, Status>(batch_append::batch_append(Arc::clone(&log), call)))
            });
            grpc(ProstCodec::new(), MESSAGE_BYTES_MAX).streaming(batch, request).await
        }
        Some("Read") => {
            let (give, taken) = oneshot::channel();
            let mut give = Some(give);
            let read = service_fn(|call| {
                let (log, give) = (Arc::clone(&log), give.take());
                async move {
                    let answers = read::read(log, call).await?;
                    let _taken = give.map(|give| give.send(answers));
                    Ok(tonic::Response::new(stream::empty::<Result<Empty, Status>>()))
                }
            });
            let codec = ProstCodec::<Empty, ReadReq>::new();
            let response = grpc(codec, QUESTION_BYTES_MAX).server_streaming(read, request).await;
            answered(response, taken)
        }
        Some("Delete") => {
            unary(request, |call| remove::remove(Arc::clone(&log), call, Change::Delete)).await
        }
        Some("Tombstone") => {
            unary(request, |call| remove::remove(Arc::clone(&log), call, Change::Tombstone)).await
        }
        None if request.uri().path() == GOSSIP => {
            let reached = gossip::reached(request.uri(), here);
            unary(request, |_: Empty| ready(Ok(gossip::members(&log, reached.clone())))).await
        }
        Some(_) | None => status::unimplemented().into_http(),
    }
}

/// `response` to a question about facts, with the answers if there are any. They are put on the
/// wire where they are read: hundreds of thousands go out in a second, which is too many to be
/// handed over one by one.
fn answered(
    response: Response<Body>,
    mut answers: oneshot::Receiver<read::Answers>,
) -> Response<Body> {
    match answers.try_recv() {
        Ok(answers) => response.map(|_nothing| Body::new(answers)),
        // It was refused.
        Err(_) => response,
    }
}

fn grpc<C: Codec>(codec: C, bytes_max: usize) -> Grpc<C> {
    Grpc::new(codec).max_decoding_message_size(bytes_max)
}

/// Answer a call of one question and one answer.
async fn unary<Q, A, F>(request: Request<Incoming>, answer: impl Fn(Q) -> F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Send + 'static,
    F: Future<Output = Result<A, Status>>,
{
    let service = service_fn(|question: tonic::Request<Q>| {
        answer(question.into_inner()).map_ok(tonic::Response::new)
    });
    grpc(ProstCodec::new(), QUESTION_BYTES_MAX).unary(service, request).await
}
