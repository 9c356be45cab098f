//! Which route answered, for the line and for the metrics.

use std::task::{Context, Poll};

use axum::{
    extract::{MatchedPath, Request},
    response::Response,
};
use futures::{TryFutureExt, future::MapOk};
use tower::{Layer, Service};

/// Lets answers name the route that they are of. A layer of its own, because it stands before every
/// handler: a middleware of axum's would put each of them on the heap once more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameRoute;

/// A route whose answers name it.
#[derive(Clone, Debug)]
pub(crate) struct Named<S>(S);

type Naming = Box<dyn FnOnce(Response) -> Response + Send>;

impl<S> Layer<S> for NameRoute {
    type Service = Named<S>;

    fn layer(&self, route: S) -> Named<S> {
        Named(route)
    }
}

impl<S: Service<Request, Response = Response>> Service<Request> for Named<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = MapOk<S::Future, Naming>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let matched = request.extensions().get::<MatchedPath>().cloned();
        let naming = move |mut response: Response| {
            if let Some(matched) = matched {
                response.extensions_mut().insert(matched);
            }
            response
        };
        self.0.call(request).map_ok(Box::new(naming))
    }
}
