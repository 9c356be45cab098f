//! The way of a page of answers to the caller.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

use futures::Stream;
use tokio::sync::mpsc;
use tonic::Status;

use super::super::status;
use crate::server::{
    log::Log,
    wire::{Answer, NoticeContent},
};

/// One page is encoded while the next one is read.
const PAGES_WAITING_MAX: usize = 2;

/// Messages, from pages.
#[derive(Debug)]
pub(in crate::server::rpc) struct Answers {
    page: vec::IntoIter<Answer>,
    pages: Option<mpsc::Receiver<Result<Vec<Answer>, Status>>>,
}

/// Takes pages for as long as somebody reads them.
#[derive(Debug)]
pub(super) struct Output {
    pages: mpsc::Sender<Result<Vec<Answer>, Status>>,
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
        Self { page: page.into_iter(), pages: None }
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
                if let Err(End::Status(status)) = rest.await {
                    let _gone = sender.send(Err(status)).await;
                }
            };
            killed.run_until_cancelled(said).await;
        });
        Self { page: first.into_iter(), pages: Some(pages) }
    }
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
        if page.is_empty() {
            return Ok(());
        }
        tokio::select! {
            biased;
            sent = self.pages.send(Ok(page)) => sent.map_err(|_| End::Gone),
            () = log.stopping.cancelled() => Err(status::stopping().into()),
        }
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

impl Stream for Answers {
    type Item = Result<Answer, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(answer) = self.page.next() {
                return Poll::Ready(Some(Ok(answer)));
            }
            let Some(pages) = self.pages.as_mut() else { return Poll::Ready(None) };
            match ready!(pages.poll_recv(context)) {
                Some(Ok(page)) => self.page = page.into_iter(),
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl From<NoticeContent> for Answer {
    fn from(content: NoticeContent) -> Self {
        Self::Notice(content)
    }
}
