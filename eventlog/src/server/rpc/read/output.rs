//! The way of a page of answers to the caller.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use hyper::{
    HeaderMap,
    body::{Body, Frame},
};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tonic::{Code, Status};

use super::super::status;
use crate::server::{
    log::Log,
    wire::{Answer, Messages, NoticeContent},
};

/// So many pages are read ahead of what is sent.
const PAGES_WAITING_MAX: usize = 4;

/// The answer to the caller: pages of messages, and a status at the end.
#[derive(Debug)]
pub(in crate::server::rpc) struct Answers {
    first: Option<Bytes>,
    rest: Rest,
    /// Room among all that are open.
    seat: Option<OwnedSemaphorePermit>,
}

/// What comes after the first page.
#[derive(Debug)]
enum Rest {
    Pages(mpsc::Receiver<Said>),
    /// All is said but that.
    Status(Status),
    Nothing,
}

/// Takes pages for as long as somebody reads them.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pages: mpsc::Sender<Said>,
}

#[derive(Debug)]
enum Said {
    Page(Bytes),
    /// There is nothing more, for this reason.
    Failed(Status),
    /// All is said. Whatever ends without this word has been cut off: a subscription must not seem
    /// to have ended well, because the official client spins for ever on one that does.
    Everything,
}

/// Why there is nothing more to say.
#[derive(Debug)]
pub(super) enum End {
    /// Nobody listens any more.
    Gone,
    /// The caller has to be told.
    Status(Status),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl Answers {
    /// All there is to say.
    pub(super) fn whole(page: Vec<Answer>) -> Self {
        Self { first: encoded(page), rest: Rest::Status(Status::new(Code::Ok, "")), seat: None }
    }

    /// `first`, and then what `rest` says. The log does not end before it has.
    pub(super) fn paged<F>(log: &Log, first: Vec<Answer>, rest: impl FnOnce(Output) -> F) -> Self
    where
        F: Future<Output = Result<(), End>> + Send + 'static,
    {
        let (sender, pages) = mpsc::channel(PAGES_WAITING_MAX);
        let rest = rest(Output { pages: sender.clone() });
        let killed = log.killed.clone();
        log.tasks.spawn(async move {
            let said = async {
                let last = match rest.await {
                    Ok(()) => Said::Everything,
                    Err(End::Status(status)) => Said::Failed(status),
                    Err(End::Gone) => return,
                };
                let _gone = sender.send(last).await;
            };
            killed.run_until_cancelled(said).await;
        });
        Self { first: encoded(first), rest: Rest::Pages(pages), seat: None }
    }

    /// The same; it takes `seat` for as long as it is open.
    pub(super) fn seated(self, seat: OwnedSemaphorePermit) -> Self {
        Self { seat: Some(seat), ..self }
    }
}

fn encoded(page: Vec<Answer>) -> Option<Bytes> {
    (!page.is_empty()).then(|| page.into_iter().collect::<Messages>().into_bytes())
}

impl Output {
    /// Wait until there is room for a page: what nobody takes is not even read, and who has gone
    /// away is not read for.
    pub(super) async fn room(&self, log: &Log) -> Result<(), End> {
        tokio::select! {
            biased;
            () = log.stopping.cancelled() => Err(status::stopping().into()),
            room = self.pages.reserve() => room.map(drop).map_err(|_| End::Gone),
        }
    }

    /// Hand `page` on, once there is room.
    pub(super) async fn send(&self, log: &Log, page: Vec<Answer>) -> Result<(), End> {
        let Some(page) = encoded(page) else { return Ok(()) };
        tokio::select! {
            biased;
            sent = self.pages.send(Said::Page(page)) => sent.map_err(|_| End::Gone),
            () = log.stopping.cancelled() => Err(status::stopping().into()),
        }
    }

    /// Hand `page` on, for which there is [room](Self::room), from a thread that must not wait.
    /// Says whether there is room for another one.
    pub(super) fn put(&self, page: Messages) -> bool {
        if page.size() > 0 {
            // Who has gone away is noticed by whoever waits for room.
            let _gone = self.pages.try_send(Said::Page(page.into_bytes()));
        }
        self.pages.capacity() > 0 && !self.pages.is_closed()
    }

    /// Wait until the log is beyond what `head` has seen.
    pub(super) async fn wait(
        &self,
        log: &Log,
        head: &mut tokio::sync::watch::Receiver<u64>,
    ) -> Result<(), End> {
        tokio::select! {
            changed = head.changed() => changed.map_err(|_| status::stopping().into()),
            () = log.stopping.cancelled() => Err(status::stopping().into()),
            () = self.pages.closed() => Err(End::Gone),
        }
    }
}

impl Body for Answers {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(page) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(page))));
        }
        let status = match &mut self.rest {
            Rest::Nothing => return Poll::Ready(None),
            Rest::Status(status) => status.clone(),
            Rest::Pages(pages) => match ready!(pages.poll_recv(context)) {
                Some(Said::Page(page)) => return Poll::Ready(Some(Ok(Frame::data(page)))),
                Some(Said::Everything) => Status::new(Code::Ok, ""),
                Some(Said::Failed(status)) => status,
                None => status::stopping(),
            },
        };
        self.rest = Rest::Nothing;
        self.seat = None;
        Poll::Ready(Some(Ok(Frame::trailers(trailers(&status)))))
    }
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if let Err(unspeakable) = status.add_header(&mut trailers) {
        tracing::warn!(%unspeakable, "status of a read cannot be told");
    }
    trailers
}

impl From<NoticeContent> for Answer {
    fn from(content: NoticeContent) -> Self {
        Self::Notice(content)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn what_is_cut_off_does_not_seem_to_have_ended_well() {
        let (sender, pages) = mpsc::channel(1);
        let mut answers = Answers { first: None, rest: Rest::Pages(pages), seat: None };
        sender.send(Said::Page(Bytes::from_static(b"page"))).await.unwrap();
        drop(sender);
        let mut next = async || poll_fn(|context| Pin::new(&mut answers).poll_frame(context)).await;
        let page = next().await.unwrap().unwrap().into_data();
        assert_eq!(page.unwrap(), Bytes::from_static(b"page"));
        let trailers = next().await.unwrap().unwrap().into_trailers().unwrap();
        assert_ne!(trailers.get("grpc-status").unwrap(), "0");
        assert!(next().await.is_none());
    }
}
