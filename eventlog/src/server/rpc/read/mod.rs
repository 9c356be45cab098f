//! `Read`: facts of a stream or of the whole log, so many of them or all that ever come.
//!
//! **Invariant:** what must be refused is refused before the first message, and a subscription
//! never ends by itself: the official client spins for ever on one that ends well.

mod all;
mod filter;
mod follow_all;
mod follow_stream;
mod form;
mod output;
mod question;
mod stream;
mod view;

use std::sync::Arc;

use tonic::{Request, Response, Status};

use self::{
    output::Answers,
    question::{Amount, Question, Source},
};
use crate::server::{log::Log, wire::ReadReq};

/// How many facts are read, handed on and encoded at a time.
const PAGE: usize = 512;

/// Answer the call.
pub(super) async fn read(
    log: Arc<Log>,
    request: Request<ReadReq>,
) -> Result<Response<Answers>, Status> {
    let Question { source, amount, form } = Question::parse(request.into_inner())?;
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
    Ok(Response::new(answers))
}
