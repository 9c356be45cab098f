//! Look into the history.

use eventlog::{AppendError, Direction, ExpectedRevision, Position, StreamFrom};
use schema::{ApiKeyId, AuditQueried, Fact, Line, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX};

use crate::{Commands, ExecuteError, LogFailure, Request};

/// Who looks into the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inquirer {
    /// Somebody.
    Person(UserId),
    /// A program, by its key.
    Key(ApiKeyId),
}

/// Take note that somebody looks into the history, before they are shown anything.
#[derive(Clone, Debug)]
pub struct QueryAudit {
    /// Who.
    pub by: Inquirer,
    /// What they ask.
    pub query: String,
    /// Why they have to see personal data; none where they do not.
    pub purpose: Option<Line>,
}

/// Nothing forbids it: whoever may ask has been found out before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryAuditRejected {}

impl Commands {
    /// Runs [`QueryAudit`]. Tells where in the log the note stands.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn query_audit(
        &self,
        command: &QueryAudit,
        request: &Request,
    ) -> Result<Position, ExecuteError<QueryAuditRejected>> {
        let (stream, actor, key) = match command.by {
            Inquirer::Person(user) => (StreamName::Audit(user), Some(user), None),
            Inquirer::Key(key) => (StreamName::AuditByKey(key), None, Some(key)),
        };
        let queried = Fact::from(AuditQueried {
            actor,
            key,
            query: command.query.clone(),
            purpose: command.purpose.as_ref().map(|purpose| purpose.as_str().to_owned()),
            at: request.at,
        });
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let name = stream.to_string();
            let last =
                self.log.read_stream(&name, StreamFrom::End, Direction::Backwards, 1).await?;
            let expected = last.first().map_or(ExpectedRevision::NoStream, |last| {
                ExpectedRevision::Exactly(last.revision)
            });
            match self.append(&stream, expected, vec![queried.clone()], request).await {
                Ok(appended) => return Ok(appended.position),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}
