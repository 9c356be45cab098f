//! What stands before every handler: limits, request ids, CORS, the headers of every answer, and
//! the line that says what was asked and how it went.
//!
//! **Invariant:** no path, query or header value of a request is logged: they may hold tokens. What
//! is logged is the route that was matched.

mod access;
mod base;
mod client_ip;
mod facade;
mod headers;
mod measures;
mod origins;
mod preference;
mod request_id;
mod route;
mod size;
mod unread;

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use futures::FutureExt;
use tower::{Layer, ServiceExt};
use tower_http::{
    cors::Cors,
    normalize_path::{NormalizePath, NormalizePathLayer},
};
use tracing::{Instrument, error, info_span};

use self::measures::Measures;
pub(crate) use self::{
    client_ip::ClientIp,
    facade::{Facade, Refusal},
    preference::is_hurried,
    request_id::RequestId,
    route::NameRoute,
};
pub use self::{
    client_ip::{Network, NetworkError, Proxies},
    origins::Origins,
};
use crate::{listen::Encrypted, native::Problem, outages::Outages};

/// Routes, and what stands before all of them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front {
    outages: Arc<Outages>,
    measures: Arc<Measures>,
    proxies: Proxies,
    service: Cors<NormalizePath<Router>>,
}

impl Front {
    /// `router`, open to pages from `origins`. A trailing slash makes no difference and no redirect.
    #[must_use]
    pub fn new(router: Router, origins: &Origins) -> Self {
        let trimmed = NormalizePathLayer::trim_trailing_slash().layer(router);
        let service = origins.layer().layer(trimmed);
        let (outages, measures) = (Arc::default(), Arc::default());
        Self { outages, measures, proxies: Proxies::default(), service }
    }

    /// The same behind `proxies`, which are believed about where requests come from.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// The answer to `request`, whatever happens to its handler.
    pub async fn answer(self, mut request: Request) -> Response {
        let id = RequestId::of(request.headers());
        let asked = access::Asked::now(&request);
        let span = info_span!("request", id = id.shown());
        request.extensions_mut().insert(id.clone());
        let encrypted = request.extensions().get::<Encrypted>().is_some();
        if let Some(client) = self.proxies.client(&request) {
            request.extensions_mut().insert(client);
        }
        let facade = match base::without_base(request.uri()) {
            Some((uri, facade)) => {
                *request.uri_mut() = uri;
                facade
            }
            None => Facade::of(request.uri().path()),
        };
        request.extensions_mut().insert(facade);
        let hurried = preference::asked(request.headers());
        let request = unread::taken_in(request);
        async {
            let mut response = match size::refusal(&request) {
                Some(refusal) => facade.refuse(refusal),
                None => preference::heeded(hurried, caught(self.service, facade, request)).await,
            };
            Problem::write(&mut response, id.shown());
            headers::complete(&mut response, &id);
            if encrypted {
                headers::insist(&mut response);
            }
            self.outages.note(&response);
            access::tell(&asked, &response, &self.measures);
            response
        }
        .instrument(span)
        .await
    }
}

async fn caught(
    service: Cors<NormalizePath<Router>>,
    facade: Facade,
    request: Request,
) -> Response {
    let handled = AssertUnwindSafe(service.oneshot(request)).catch_unwind();
    match handled.await {
        Ok(answered) => answered.unwrap_or_else(|never| match never {}),
        Err(_payload) => {
            // What a panic says may hold what was sent; where it happened, the hook has told.
            error!("a handler panicked");
            facade.refuse(Refusal::Internal)
        }
    }
}
