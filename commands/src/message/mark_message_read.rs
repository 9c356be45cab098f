//! Mark a message as read.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{Fact, MessageId, MessageRead, StreamName, UserId, caps::DECIDE_ATTEMPTS_MAX};

use super::Message;
use crate::{Commands, ExecuteError, LogFailure, Request, decision::Decide, handler::Loaded};

/// Take note that a message has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkMessageRead {
    /// Which.
    pub message: MessageId,
    /// Who has read it. Only its receiver can.
    pub reader: UserId,
    /// Whether its sender is told.
    pub announce: bool,
}

/// Why [`MarkMessageRead`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkMessageReadRejected {
    /// There is no such message, or it is to somebody else: nobody is told which.
    #[error("message does not exist")]
    NoSuchMessage,
}

/// A message that has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedRead {
    /// Who wrote it.
    pub sender: UserId,
    /// Whether it had been read before.
    pub before: bool,
    /// Where in the log.
    pub position: Position,
}

impl Decide for MarkMessageRead {
    type State = Message;
    type Rejected = MarkMessageReadRejected;

    fn decide(
        &self,
        message: &Message,
        at: DateTime<Utc>,
    ) -> Result<Vec<Fact>, MarkMessageReadRejected> {
        let sent = message.sent.as_ref().filter(|sent| sent.receiver == self.reader);
        let sent = sent.ok_or(MarkMessageReadRejected::NoSuchMessage)?;
        if message.read {
            return Ok(Vec::new());
        }
        let MarkMessageRead { message, reader: receiver, announce: announced } = *self;
        Ok(vec![MessageRead { message, sender: sent.sender, receiver, at, announced }.into()])
    }
}

impl Commands {
    /// Runs [`MarkMessageRead`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn mark_message_read(
        &self,
        command: &MarkMessageRead,
        request: &Request,
    ) -> Result<MarkedRead, ExecuteError<MarkMessageReadRejected>> {
        let stream = StreamName::Message(command.message);
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Message> = self.load_sealed_for(&stream, request).await?;
            let sender = loaded.state.sent.as_ref().map_or(command.reader, |sent| sent.sender);
            if let Some(position) = loaded.position.filter(|_| loaded.done) {
                return Ok(MarkedRead { sender, before: false, position });
            }
            let facts =
                command.decide(&loaded.state, request.at).map_err(ExecuteError::Rejected)?;
            request.see(&loaded)?;
            let before = facts.is_empty();
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => return Ok(MarkedRead { sender, before, position }),
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use schema::{MessageId, MessageRead, MessageText, UserId};

    use super::{MarkMessageRead, MarkMessageReadRejected};
    use crate::{
        ExecuteError,
        message::{SendMessage, SendMessageRejected},
        testing::{ADA, BOB, NOON, Scene, given, hello_sent, newcomer, request},
    };

    const MESSAGE: MessageId = MessageId(11);

    fn read_by(reader: UserId) -> MarkMessageRead {
        MarkMessageRead { message: MESSAGE, reader, announce: false }
    }

    fn read() -> MessageRead {
        MessageRead { message: MESSAGE, sender: ADA, receiver: BOB, at: NOON, announced: false }
    }

    #[test]
    fn its_receiver_marks_a_message_as_read() {
        given([hello_sent()]).when(&read_by(BOB)).then([read().into()]);
    }

    #[test]
    fn its_sender_is_told_where_the_reader_says_so() {
        let command = MarkMessageRead { announce: true, ..read_by(BOB) };
        let told = MessageRead { announced: true, ..read() };
        given([hello_sent()]).when(&command).then([told.into()]);
    }

    #[test]
    fn marking_again_does_nothing() {
        given([hello_sent(), read().into()]).when(&read_by(BOB)).then([]);
    }

    #[test]
    fn nobody_else_can_and_its_sender_is_told_that_there_is_no_such_message() {
        let refused = MarkMessageReadRejected::NoSuchMessage;
        given([hello_sent()]).when(&read_by(ADA)).then_rejected(&refused);
        given([hello_sent()]).when(&read_by(UserId(9))).then_rejected(&refused);
        given([]).when(&read_by(BOB)).then_rejected(&refused);
    }

    #[tokio::test]
    async fn of_many_that_mark_at_once_one_is_the_first_and_all_see_it_done() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
        let text = MessageText::parse("Bonjour !").unwrap();
        let to_nobody = SendMessage { sender: ada, receiver: UserId(9), text: text.clone() };
        let refused = commands.send_message(&to_nobody, &request()).await;
        let nobody = SendMessageRejected::NoSuchReceiver;
        assert!(matches!(refused, Err(ExecuteError::Rejected(rejected)) if rejected == nobody));
        let to_self = SendMessage { sender: ada, receiver: ada, text };
        let message = commands.send_message(&to_self, &request()).await.unwrap().message;
        assert_eq!(message, MessageId(1), "a message to nobody costs no id");

        let command = MarkMessageRead { message, reader: ada, announce: false };
        let requests: Vec<_> = (0..8).map(|_| request()).collect();
        let marked = requests.iter().map(|request| commands.mark_message_read(&command, request));
        let marked = futures::future::try_join_all(marked).await.unwrap();
        assert_eq!(marked.iter().filter(|marked| !marked.before).count(), 1);
        assert!(marked.iter().all(|one| one.position == marked[0].position && one.sender == ada));
        scene.close().await;
    }
}
