//! Send a message.

use chrono::{DateTime, Utc};
use eventlog::{ExpectedRevision, Position};
use schema::{
    Fact, IdKind, MessageId, MessagePersonal, MessageSent, MessageText, Personal, StreamName,
    UserId,
};

use super::Message;
use crate::{
    Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded, user::User,
};

/// Write to somebody.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Who writes.
    pub sender: UserId,
    /// To whom; oneself is fine.
    pub receiver: UserId,
    /// What.
    pub text: MessageText,
}

/// Why [`SendMessage`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendMessageRejected {
    /// There is nobody with that id.
    #[error("receiver does not exist")]
    NoSuchReceiver,
}

/// A message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub message: MessageId,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Where in the log.
    pub position: Position,
}

/// The command, with the id that had to be made for it.
struct Posting<'a> {
    message: MessageId,
    command: &'a SendMessage,
}

impl Decide for Posting<'_> {
    /// The receiver.
    type State = User;
    type Rejected = SendMessageRejected;

    fn decide(&self, receiver: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, SendMessageRejected> {
        admit(receiver)?;
        let sent = MessageSent {
            message: self.message,
            sender: self.command.sender,
            receiver: self.command.receiver,
            at,
            personal: Personal::Clear(MessagePersonal {
                content: self.command.text.as_str().to_owned(),
            }),
        };
        Ok(vec![sent.into()])
    }
}

/// Whether `receiver` can be written to.
fn admit(receiver: &User) -> Result<(), SendMessageRejected> {
    if receiver.exists() { Ok(()) } else { Err(SendMessageRejected::NoSuchReceiver) }
}

impl Commands {
    /// Runs [`SendMessage`]. No id is spent on a message to nobody.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn send_message(
        &self,
        command: &SendMessage,
        request: &Request,
    ) -> Result<Sent, ExecuteError<SendMessageRejected>> {
        if let Some(sent) = self.sent_before(request).await? {
            return Ok(sent);
        }
        let receiver = StreamName::User(command.receiver).to_string();
        let receiver: Loaded<User> = self.load_sealed(&receiver).await?;
        admit(&receiver.state).map_err(ExecuteError::Rejected)?;
        let message = MessageId(self.id_for(IdKind::Message, request).await?);
        let facts = Posting { message, command }
            .decide(&receiver.state, request.at)
            .map_err(ExecuteError::Rejected)?;
        let stream = StreamName::Message(message);
        let appended = self.append(&stream, ExpectedRevision::NoStream, facts, request).await?;
        Ok(Sent { message, at: request.at, position: appended.position })
    }

    /// The message that this very request has sent before.
    async fn sent_before(&self, request: &Request) -> Result<Option<Sent>, LogFailure> {
        let Some(id) = request.kept.as_ref().and_then(|kept| kept.id) else { return Ok(None) };
        let message = MessageId(id);
        let stream = StreamName::Message(message);
        let loaded: Loaded<Message> = self.load_sealed_for(&stream, request).await?;
        let sent = loaded.state.sent.filter(|_| loaded.done).zip(loaded.position);
        Ok(sent.map(|(sent, position)| Sent { message, at: sent.at, position }))
    }
}

#[cfg(test)]
mod tests {
    use schema::{MessageId, MessageText};

    use super::{Posting, SendMessage, SendMessageRejected};
    use crate::testing::{ADA, BOB, ada_registered, given, hello_sent, voided};

    fn hello() -> Posting<'static> {
        let text = MessageText::parse("Bonjour !").unwrap();
        let command = SendMessage { sender: ADA, receiver: BOB, text };
        Posting { message: MessageId(11), command: Box::leak(Box::new(command)) }
    }

    #[test]
    fn a_message_reaches_whoever_exists() {
        given([ada_registered()]).when(&hello()).then([hello_sent()]);
    }

    #[test]
    fn nobody_cannot_be_written_to() {
        given([]).when(&hello()).then_rejected(&SendMessageRejected::NoSuchReceiver);
    }

    #[test]
    fn an_account_that_never_came_to_be_cannot_be_written_to() {
        given([voided()]).when(&hello()).then_rejected(&SendMessageRejected::NoSuchReceiver);
    }
}
