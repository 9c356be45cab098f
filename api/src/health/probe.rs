//! Asking log, Postgres and NATS whether they are there.

use async_nats::RequestErrorKind;
use eventlog::EventLog;
use projections::{LeftOut, LeftOutQuery, Pool, Progress};
use schema::caps::{PROBE_FRESH, PROBE_WAIT};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::behind::{self, Behind};

/// A subject that nobody serves: that the broker says so proves that it is there. It is none of
/// those that gateways listen to.
const NOBODY: &str = "registre-probe";

/// Asks the parts, one round at a time: however many want to know, the parts are asked once.
#[derive(Debug)]
pub(super) struct Probe {
    log: EventLog,
    pool: Pool,
    nats: async_nats::Client,
    progress: Progress,
    last: Mutex<Option<(Instant, Readings)>>,
}

/// What answered in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readings {
    pub(crate) log: bool,
    pub(crate) postgres: bool,
    pub(crate) nats: bool,
    /// How far the read models are behind; `None` where that is not known.
    pub(crate) behind: Option<Behind>,
    /// Facts that the read models are without; `None` where they could not be counted.
    pub(crate) left_out: Option<LeftOut>,
}

impl Probe {
    pub(super) fn new(
        log: EventLog,
        pool: Pool,
        nats: async_nats::Client,
        progress: Progress,
    ) -> Self {
        Self { log, pool, nats, progress, last: Mutex::default() }
    }

    /// The last readings where they are fresh, new ones otherwise.
    pub(super) async fn readings(&self) -> Readings {
        let mut last = self.last.lock().await;
        if let Some((at, readings)) = *last
            && at.elapsed() < PROBE_FRESH
        {
            return readings;
        }
        let readings = Box::pin(self.read()).await;
        *last = Some((Instant::now(), readings));
        readings
    }

    async fn read(&self) -> Readings {
        let (log, postgres, nats, behind, left_out) = tokio::join!(
            within(async { self.log.ping().await.is_ok() }),
            within(self.postgres()),
            within(self.nats()),
            timeout(PROBE_WAIT, behind::read(&self.log, &self.progress)),
            timeout(PROBE_WAIT, self.pool.left_out()),
        );
        let left_out = left_out.ok().and_then(Result::ok).map(|read| read.value);
        Readings { log, postgres, nats, behind: behind.ok().flatten(), left_out }
    }

    async fn postgres(&self) -> bool {
        let Ok(client) = self.pool.get().await else { return false };
        client.simple_query("").await.is_ok()
    }

    async fn nats(&self) -> bool {
        match self.nats.request(NOBODY, bytes::Bytes::new()).await {
            Ok(_) => true,
            Err(error) => error.kind() == RequestErrorKind::NoResponders,
        }
    }
}

async fn within(answers: impl Future<Output = bool>) -> bool {
    timeout(PROBE_WAIT, answers).await.unwrap_or(false)
}
