//! Projector, relay and gateway: what follows the log.

use std::sync::Arc;

use anyhow::Result;
use api::{Gateway, Projecting, Sessions};
use eventlog::Position;
use projections::{
    Chain, Completeness, Progress, Projector, ProjectorState, Reference, Relay,
    merkle::{Signer, TreeKeeper},
};
use schema::{
    LogId,
    caps::{FOLLOWERS_STOP_WAIT, START_WAIT},
};
use tokio::{sync::watch, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, warn};
use vault::Vault;

use super::{housekeeping::Housekeeping, parts::Parts};
use crate::arguments::{Role, Serve};

/// The tasks that follow the log, as far as they are this process's, and how to stop them.
pub(crate) struct ReadSide {
    projector: Option<(Projector, Reference)>,
    tree: Option<TreeKeeper>,
    relay: Option<Arc<Relay>>,
    relayed: Option<watch::Receiver<Option<u64>>>,
    listeners: Option<(Gateway, Sessions)>,
    progress: Progress,
    database_url: String,
    work: TaskTracker,
    stopping: CancellationToken,
}

impl ReadSide {
    /// The read side of `parts`, not yet at work.
    pub(crate) async fn new(
        options: &Serve,
        parts: &Parts,
        log_id: LogId,
        vault: Vault,
        gateway: Gateway,
        sessions: Sessions,
        signer: Arc<Signer>,
    ) -> Result<Self> {
        let log = parts.log.clone();
        let database_url = parts.database_url.to_string();
        let stopping = CancellationToken::new();
        let pool = projections::pool(&database_url)?;
        let projector =
            Projector { log: log.clone(), log_id, vault, database_url: database_url.clone() };
        let tree = TreeKeeper { log: log.clone(), log_id, pool: pool.clone(), signer };
        let projector = if options.is(Role::Projector) {
            // Were it the same connection, both would be wrong together.
            let log = parts.second_log().await?;
            Some((projector, Reference { log, log_id, pool: pool.clone() }))
        } else {
            None
        };
        let (place, relayed) = watch::channel(None);
        let relay = Relay { log, log_id, pool, nats: parts.nats.clone(), place };
        let relays = options.is(Role::Relay);
        Ok(Self {
            projector,
            tree: options.is(Role::Projector).then_some(tree),
            relay: relays.then(|| Arc::new(relay)),
            relayed: relays.then_some(relayed),
            listeners: options.is(Role::Api).then_some((gateway, sessions)),
            progress: Progress::listen(database_url.clone(), stopping.clone()),
            database_url,
            work: TaskTracker::new(),
            stopping,
        })
    }

    /// Puts them to work. Tells how the projector fares.
    pub(crate) async fn start(&self, housekeeping: Housekeeping) -> Result<Option<Projecting>> {
        // Without Postgres the service starts all the same: all of it is tried again meanwhile.
        if !timeout(START_WAIT, self.settle()).await.unwrap_or(false) {
            warn!("starting without Postgres");
        }
        if let Some((gateway, sessions)) = &self.listeners {
            let from: Option<Position> = gateway.start().await?;
            self.work.spawn(gateway.clone().run(from, self.stopping.clone()));
            self.work.spawn(sessions.clone().run(self.stopping.clone()));
        }
        if let Some(tree) = &self.tree {
            self.work.spawn(tree.clone().run(self.stopping.clone()));
        }
        if let Some(relay) = &self.relay {
            self.work.spawn(Arc::clone(relay).run(self.stopping.clone()));
        }
        self.work.spawn(housekeeping.run(self.stopping.clone()));
        let own = self.projector.clone();
        Ok(own.map(|(projector, reference)| self.project(projector, reference)))
    }

    fn project(&self, projector: Projector, reference: Reference) -> Projecting {
        let (tell, state) = watch::channel(ProjectorState::Failing);
        let (tell_found, completeness) = watch::channel(Completeness::default());
        let stopping = self.stopping.clone();
        self.work.spawn(async move {
            if let Err(failed) = projector.run(tell, stopping).await {
                error!(error = %Chain(&failed), "projector has stopped");
            }
        });
        self.work.spawn(reference.run(tell_found, self.stopping.clone()));
        Projecting { state, completeness }
    }

    /// Brings tables up to date and gives the relay a place, before the first client is let in.
    async fn settle(&self) -> bool {
        if self.projector.is_some()
            && let Err(error) = projections::migrate(&self.database_url).await
        {
            warn!(error = %Chain(&error), "read models are not up to date yet");
            return false;
        }
        if let Some(relay) = &self.relay
            && let Err(error) = relay.settle().await
        {
            warn!(error = %Chain(&error), "relay has no place yet");
            return false;
        }
        true
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Up to where the relay of this process has published, if it has one.
    pub(crate) fn relayed(&self) -> Option<watch::Receiver<Option<u64>>> {
        self.relayed.clone()
    }

    pub(crate) async fn stop(self) {
        self.stopping.cancel();
        self.work.close();
        if timeout(FOLLOWERS_STOP_WAIT, self.work.wait()).await.is_err() {
            // They go on from their checkpoints.
            warn!("what follows the log was cut");
        }
    }
}
