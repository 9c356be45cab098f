//! Whoever is at the door.

use std::net::IpAddr;

use axum::{extract::FromRequestParts, http::request::Parts};
use commands::ExecuteError;
use tokio::time::Instant;

use super::{Offence, RetryAfter, Throttle, offence::Judged};
use crate::{App, origin::client_ip};

/// Where a request comes from, and what follows from that.
pub(crate) struct Visitor {
    throttle: Throttle,
    /// Not known where no connection brought the request.
    ip: Option<IpAddr>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self { throttle: app.throttle.clone(), ip: client_ip(parts) })
    }
}

impl Visitor {
    /// Whether they may risk another `offence`, or when they may.
    pub(crate) fn admit(&self, offence: Offence) -> Result<(), RetryAfter> {
        let Some(ip) = self.ip else { return Ok(()) };
        let admitted = self.throttle.admit(offence, ip, Instant::now());
        if admitted.is_err() {
            metrics::counter!("registre_throttled_total", "offence" => offence.name()).increment(1);
        }
        admitted
    }

    /// `outcome`, counted if it is an offence.
    pub(crate) fn judged<T, R: Judged>(
        &self,
        outcome: Result<T, ExecuteError<R>>,
    ) -> Result<T, ExecuteError<R>> {
        if let Err(ExecuteError::Rejected(rejected)) = &outcome
            && let (Some(offence), Some(ip)) = (rejected.offence(), self.ip)
        {
            self.throttle.count(offence, ip, Instant::now());
        }
        outcome
    }
}
