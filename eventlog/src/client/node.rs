//! A client that has reached a node, and who we are to it.

use std::{fmt, ops::Deref};

use eventstore::{Client, Credentials};

/// Calls go through it as through the official client.
pub(super) struct Node {
    client: Client,
    credentials: Option<Credentials>,
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
