//! A client that has reached a node, and who we are to it.

use std::{fmt, ops::Deref, pin::pin, time::Duration};

use eventstore::{Client, Credentials, Error, ReadAllOptions, StreamPosition};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Position, failure::Failure, wire};

/// An append that is not answered for so long has the node asked for a sign of life. A host that is
/// gone without a word, or a network that swallows everything, shows in no other way for long.
const QUIET: Duration = Duration::from_secs(1);
/// For that sign. A node whose disk is slow gives it nevertheless.
const SIGN_TIMEOUT: Duration = Duration::from_millis(700);

/// Calls go through it as through the official client.
pub(super) struct Node {
    client: Client,
    credentials: Option<Credentials>,
}

/// Why there is no sign of life.
pub(super) enum Silence {
    /// The client has ended.
    Dead(String),
    /// The node cannot be reached, or turns us away.
    Refused(String),
    /// Nothing has come in time.
    Hung(String),
}

impl Node {
    pub(super) fn new(client: Client, credentials: Option<Credentials>) -> Self {
        Self { client, credentials }
    }

    /// `options` with our credentials. By itself the official client sends those of the connection
    /// string as they stand there, that is with `%40` for an `@`.
    pub(super) fn signed<O>(&self, options: O, sign: impl FnOnce(O, Credentials) -> O) -> O {
        match &self.credentials {
            Some(credentials) => sign(options, credentials.clone()),
            None => options,
        }
    }

    /// Waits for `call` until `deadline`, as long as the node gives signs of life. `Err` says why
    /// nobody waits any longer.
    pub(super) async fn while_alive<T>(
        &self,
        deadline: Instant,
        call: impl Future<Output = T>,
    ) -> Result<T, String> {
        let begun = Instant::now();
        let mut call = pin!(call);
        loop {
            let quiet = Instant::now() + QUIET;
            if let Ok(answer) = timeout_at(quiet.min(deadline), &mut call).await {
                return Ok(answer);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(format!("no answer within {:?}", deadline.duration_since(begun)));
            }
            tokio::select! {
                biased;
                answer = &mut call => return Ok(answer),
                // Boxed, as it is hardly ever made and every append would have to have room for it.
                sign = Box::pin(self.answers(SIGN_TIMEOUT.min(left))) => {
                    sign.map_err(Silence::reason)?;
                }
            }
        }
    }

    /// Asks for the last fact, and says where it is if it may be known. To be refused it is an
    /// answer too.
    pub(super) async fn answers(&self, within: Duration) -> Result<Option<Position>, Silence> {
        let options = ReadAllOptions::default().position(StreamPosition::End).max_count(1);
        let options = self.signed(options, ReadAllOptions::authenticated);
        let asked = timeout(within, async {
            let mut events = self.read_all(&options).await?;
            events.next().await
        });
        match asked.await {
            Ok(Ok(last)) => Ok(last.and_then(wire::fact).map(|fact| fact.position)),
            Ok(Err(error)) => silence(error).map(|()| None),
            Err(_) => Err(Silence::Hung(format!("no answer within {within:?}"))),
        }
    }
}

fn silence(error: Error) -> Result<(), Silence> {
    let dead = matches!(
        error,
        Error::ConnectionClosed | Error::GrpcConnectionError(_) | Error::InitializationError(_)
    );
    match Failure::from(error) {
        Failure::Unreached(reason) | Failure::Lost(reason) if dead => Err(Silence::Dead(reason)),
        Failure::Unreached(reason) | Failure::Lost(reason) => Err(Silence::Refused(reason)),
        Failure::Moved
        | Failure::Broken(_)
        | Failure::Declined(_)
        | Failure::Unexplained(_)
        | Failure::NotFound
        | Failure::Deleted
        | Failure::Denied
        | Failure::WrongRevision(_)
        | Failure::TooLarge(_)
        | Failure::Invalid(_) => Ok(()),
    }
}

impl Silence {
    pub(super) fn reason(self) -> String {
        match self {
            Self::Dead(reason) | Self::Refused(reason) | Self::Hung(reason) => reason,
        }
    }
}

impl Deref for Node {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Node")
    }
}
