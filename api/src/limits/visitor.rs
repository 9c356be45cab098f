//! Whoever is at the door.

use axum::{extract::FromRequestParts, http::request::Parts};
use commands::ExecuteError;
use schema::UserId;
use tokio::time::Instant;

use super::{Offence, RetryAfter, Throttle, offence::Judged, places::Place};
use crate::{
    App,
    front::{ClientIp, Facade},
};

/// Where a request comes from, and what follows from that.
pub(crate) struct Visitor {
    throttle: Throttle,
    /// Not known where no connection brought the request.
    client: Option<ClientIp>,
    /// Whether what comes from the same network counts: published clients are promised that nothing
    /// but their own address does.
    widely: bool,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let client = parts.extensions.get::<ClientIp>().copied();
        let widely = parts.extensions.get() == Some(&Facade::Native);
        Ok(Self { throttle: app.throttle.clone(), client, widely })
    }
}

impl Visitor {
    /// Whether they may risk another `offence`, or when they may.
    pub(crate) fn admit(&self, offence: Offence) -> Result<(), RetryAfter> {
        let Some(client) = self.client else { return Ok(()) };
        let admitted = self.throttle.admit(offence, client.address, self.widely, Instant::now());
        if admitted.is_err() {
            metrics::counter!("registre_throttled_total", "offence" => offence.name()).increment(1);
        }
        admitted
    }

    /// A place for one more socket, of `person` if that is known. It is the socket's for as long as it
    /// is kept; none is needed by whoever is not counted.
    pub(crate) fn take_place(&self, person: Option<UserId>) -> Result<Option<Place>, RetryAfter> {
        let Some(client) = self.client.filter(|client| !self.throttle.exempts(*client)) else {
            return Ok(None);
        };
        let place = self.throttle.places.take(person, client.address);
        place.map(Some).ok_or(RetryAfter(1))
    }

    /// `outcome`, counted if it is an offence.
    pub(crate) fn judged<T, R: Judged>(
        &self,
        outcome: Result<T, ExecuteError<R>>,
    ) -> Result<T, ExecuteError<R>> {
        if let Err(ExecuteError::Rejected(rejected)) = &outcome
            && let (Some(offence), Some(client)) = (rejected.offence(), self.client)
        {
            self.throttle.count(offence, client, Instant::now());
        }
        outcome
    }
}
