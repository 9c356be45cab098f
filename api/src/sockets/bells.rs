//! What comes over NATS, for as long as we live.

use async_nats::{Client, Message, Subscriber};
use futures::{FutureExt, StreamExt};
use projections::Chain;
use schema::{
    HEARTBEAT_SUBJECT, Heartbeat, Notification, SUBJECTS,
    caps::{BELLS_MAX, HEARTBEAT_MISSED},
};
use tokio::time::{sleep, timeout};
use tracing::warn;

/// What was heard.
pub(super) enum Bell {
    News(Box<Notification>),
    Heartbeat(Heartbeat),
    /// Nothing was, for [`HEARTBEAT_MISSED`].
    Silence,
}

/// The subscription. One that ends, or cannot be had, is silence, and is asked for again.
pub(super) struct Bells {
    nats: Client,
    subscriber: Option<Subscriber>,
}

impl Bells {
    pub(super) fn new(nats: Client) -> Self {
        Self { nats, subscriber: None }
    }

    /// What has come since it was asked last; waits until there is something. May be given up while
    /// it waits, and nothing is lost.
    pub(super) async fn next(&mut self) -> Vec<Bell> {
        let Some(subscriber) = self.subscribed().await else { return vec![Bell::Silence] };
        let first = match timeout(HEARTBEAT_MISSED, subscriber.next()).await {
            Ok(Some(first)) => first,
            Ok(None) => {
                warn!("NATS has ended the subscription");
                self.subscriber = None;
                return vec![Bell::Silence];
            }
            Err(_) => return vec![Bell::Silence],
        };
        let mut bells: Vec<Bell> = heard(&first).into_iter().collect();
        // Whatever else has come is delivered together, so that sockets are woken once.
        while bells.len() < BELLS_MAX {
            let Some(Some(message)) = subscriber.next().now_or_never() else { break };
            bells.extend(heard(&message));
        }
        bells
    }

    async fn subscribed(&mut self) -> Option<&mut Subscriber> {
        if self.subscriber.is_none() {
            match self.nats.subscribe(SUBJECTS).await {
                Ok(subscriber) => self.subscriber = Some(subscriber),
                Err(error) => {
                    warn!(error = %Chain(&error), "NATS refuses the subscription");
                    sleep(HEARTBEAT_MISSED).await;
                }
            }
        }
        self.subscriber.as_mut()
    }
}

/// None for what others may publish below our name.
fn heard(message: &Message) -> Option<Bell> {
    if message.subject.as_str() == HEARTBEAT_SUBJECT {
        return serde_json::from_slice(&message.payload).ok().map(Bell::Heartbeat);
    }
    let news = serde_json::from_slice(&message.payload).ok()?;
    Some(Bell::News(Box::new(news)))
}
