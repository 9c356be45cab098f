//! What ends the log's service for good, until it is started again.

use std::{error::Error, future::Future};

use tokio::sync::watch;

use super::storage::StorageError;

/// Tells everybody when the log can write no more, or must not be served any more.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    state: watch::Sender<State>,
}

#[derive(Clone, Debug)]
enum State {
    Sound,
    /// Nothing is written any more.
    Stopped,
    /// Something stored is not what was written.
    Damaged(String),
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State::Sound) }
    }

    /// Whether the log may write.
    pub(crate) fn allows_writing(&self) -> bool {
        matches!(*self.state.borrow(), State::Sound)
    }

    /// What was found damaged.
    pub(crate) fn damage(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Sound | State::Stopped => None,
            State::Damaged(what) => Some(what.clone()),
        }
    }

    /// `error` keeps the log from writing any more. If it says that something is damaged, the log
    /// is not served any more either.
    pub(crate) fn raise(&self, error: &StorageError) {
        if error.is_damage() {
            self.tell_damage(error);
        } else {
            self.stop(error);
        }
    }

    /// `error`, found by a reader, ends the log only if it says that something is damaged.
    pub(crate) fn raise_if_damage(&self, error: &StorageError) {
        if error.is_damage() {
            self.tell_damage(error);
        }
    }

    /// Nothing is written any more because of `error`.
    pub(crate) fn stop(&self, error: &(dyn Error + 'static)) {
        let stopped = self.state.send_if_modified(|state| {
            let sound = matches!(state, State::Sound);
            if sound {
                *state = State::Stopped;
            }
            sound
        });
        if stopped {
            tracing::error!(error, "the log writes nothing any more until it is started again");
        }
    }

    fn tell_damage(&self, error: &StorageError) {
        let first = self.state.send_if_modified(|state| {
            let first = !matches!(state, State::Damaged(_));
            if first {
                *state = State::Damaged(error.to_string());
            }
            first
        });
        if first {
            let error: &dyn Error = error;
            tracing::error!(error, "the log is damaged and is not served any more");
        }
    }

    /// Completes once the log can write no more.
    pub(crate) fn raised(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.when(|state| !matches!(state, State::Sound))
    }

    /// Completes once the log is found damaged.
    pub(crate) fn damaged(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.when(|state| matches!(state, State::Damaged(_)))
    }

    fn when<F>(&self, wanted: F) -> impl Future<Output = ()> + Send + 'static + use<F>
    where
        F: Fn(&State) -> bool + Send + Sync + 'static,
    {
        let (mut states, alarm) = (self.state.subscribe(), self.clone());
        async move {
            let _happened = states.wait_for(|state| wanted(state)).await;
            // Held until then, so that a log that was shut down does not look like one that failed.
            drop(alarm);
        }
    }
}
