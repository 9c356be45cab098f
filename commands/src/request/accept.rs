//! Take note of a request that may be sent again.
//!
//! Its id follows from who sends it and what they call it, and so do the ids of its facts: whoever
//! sends it again finds what it did the first time.

use eventlog::{AppendError, Direction, ExpectedRevision, StreamFrom};
use schema::{Fact, FactError, IdKind, LogFact, RequestAccepted, StreamName};
use uuid::Uuid;
use vault::VaultError;

use super::{Kept, Request};
use crate::{Commands, ExecuteError, random};

/// Stored with every request that may be sent again: never change it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_3a0e_52c7_4b8f_9e64_0c2b_71d8_a593);

/// What a client sent under a name of its own.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The method.
    pub method: &'a str,
    /// The path and query, letter by letter.
    pub target: &'a str,
    /// What the client calls the request.
    pub key: &'a str,
    /// The body. It may hold a password, and goes no further than into a keyed hash.
    pub body: &'a str,
}

/// The name was given to another body before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name of the request was given to another body before")]
pub struct KeyReused;

impl Commands {
    /// `request`, to which facts are attached that whoever sends it again finds. It is going to make
    /// something whose id is of `kind`, if anything.
    ///
    /// Nobody tells two strangers with one name apart but their bodies, so without an actor the
    /// body's hash is part of the id.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn accept(
        &self,
        request: Request,
        sent: Sent<'_>,
        kind: Option<IdKind>,
    ) -> Result<Request, ExecuteError<KeyReused>> {
        let mac = self.vault.keyed_hash("request", sent.body);
        let Sent { method, target, key, .. } = sent;
        let who = request.actor.map_or_else(|| mac.clone(), |actor| actor.to_string());
        let id = Uuid::new_v5(&NAMESPACE, format!("{who}\n{method}\n{target}\n{key}").as_bytes());
        let request = Request { id, ..request };
        let accepted = self.kept_for(&request, mac.clone(), kind).await?;
        if accepted.mac != mac {
            return Err(ExecuteError::Rejected(KeyReused));
        }
        self.has_accepted().await;
        Ok(Request { kept: Some(Kept { id: accepted.ids.first().copied() }), ..request })
    }

    /// What is kept for `request` from here on, or was before. The fact has a random id: of two who
    /// send the same at once, both must know whose ids were kept.
    async fn kept_for(
        &self,
        request: &Request,
        mac: String,
        kind: Option<IdKind>,
    ) -> Result<RequestAccepted, ExecuteError<KeyReused>> {
        let stream = StreamName::Request(request.id);
        if let Some(accepted) = self.accepted(&stream).await? {
            return Ok(accepted);
        }
        let mut ids = Vec::new();
        if let Some(kind) = kind {
            ids.push(self.next_id(kind, request).await?);
        }
        let accepted = RequestAccepted { mac, ids, at: request.at };
        let metadata = request.metadata(&self.vault);
        let fact = Fact::from(accepted.clone());
        let sealed = self.vault.seal(&stream, random::id(), fact, metadata).await?;
        match self.append_sealed(&stream, ExpectedRevision::NoStream, vec![sealed]).await {
            Ok(_) => Ok(accepted),
            Err(AppendError::WrongRevision { .. }) => {
                self.accepted(&stream).await?.ok_or(ExecuteError::Contended)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn accepted(
        &self,
        stream: &StreamName,
    ) -> Result<Option<RequestAccepted>, ExecuteError<KeyReused>> {
        let name = stream.to_string();
        let facts = self.log.read_stream(&name, StreamFrom::Start, Direction::Forwards, 1).await?;
        let Some(stored) = facts.first() else { return Ok(None) };
        match Fact::read(&stored.kind, &stored.data).map_err(VaultError::from)? {
            Fact::Log(LogFact::RequestAccepted(accepted)) => Ok(Some(accepted)),
            other => Err(VaultError::from(FactError::Unknown(other.kind().to_owned())).into()),
        }
    }
}
