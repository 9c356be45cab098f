//! `Read`: facts of a stream or of the whole log, so many of them or all that ever come.
//!
//! **Invariant:** what must be refused is refused before the first message, and a subscription
//! never ends by itself: the official client spins for ever on one that ends well.

mod all;
mod course;
mod filter;
mod follow_all;
mod follow_stream;
mod form;
mod output;
mod question;
mod stream;
mod view;

use std::sync::Arc;

use tonic::{Request, Status};

pub(super) use self::output::Answers;
use self::question::{Amount, Question, Source};
use super::status;
use crate::server::{log::Log, wire::ReadReq};

/// How many facts are read and handed on at a time.
const PAGE: usize = 512;
/// A page is handed on once its messages take so many bytes: soon enough for who waits for them to
/// begin, and more than goes out at a time.
const PAGE_BYTES: usize = 64 << 10;
/// How many pages are read in one go if somebody takes them.
const PAGES: usize = 16;

/// So many reads and subscriptions may be open, whoever has opened them; each has a few pages on its
/// way.
pub(in crate::server) const READS_MAX: usize = 1_024;

/// Answer the call.
pub(super) async fn read(log: Arc<Log>, request: Request<ReadReq>) -> Result<Answers, Status> {
    let Question { source, amount, form } = Question::parse(request.into_inner())?;
    let seat = Arc::clone(&log.reads).try_acquire_owned().map_err(|_| status::busy())?;
    let answers = match (source, amount) {
        (Source::Stream { stream, from }, Amount::Count { count, direction, told }) => {
            stream::read(log, stream::Wanted { stream, from, count, direction, told, form }).await?
        }
        (Source::Stream { stream, from }, Amount::Everything) => {
            follow_stream::follow(log, stream, from, form).await?
        }
        (Source::All { from, filter }, Amount::Count { count, direction, told: _ }) => {
            all::read(log, all::Wanted { from, count, direction, filter, form })
        }
        (Source::All { from, filter }, Amount::Everything) => {
            follow_all::follow(log, from, filter, form)
        }
    };
    Ok(answers.seated(seat))
}
