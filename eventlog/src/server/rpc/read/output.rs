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
    pages: Option<mpsc::Receiver<Said>>,
}

/// Takes pages for as long as somebody reads them.
#[derive(Debug)]
pub(super) struct Output {
    pages: mpsc::Sender<Said>,
}

#[derive(Debug)]
enum Said {
    Page(Vec<Answer>),
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
                let last = match rest.await {
                    Ok(()) => Said::Everything,
                    Err(End::Status(status)) => Said::Failed(status),
                    Err(End::Gone) => return,
                };
                let _gone = sender.send(last).await;
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
            sent = self.pages.send(Said::Page(page)) => sent.map_err(|_| End::Gone),
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
                Some(Said::Page(page)) => self.page = page.into_iter(),
                Some(Said::Everything) => self.pages = None,
                Some(Said::Failed(status)) => {
                    self.pages = None;
                    return Poll::Ready(Some(Err(status)));
                }
                None => {
                    self.pages = None;
                    return Poll::Ready(Some(Err(status::stopping())));
                }
            }
        }
    }
}

impl From<NoticeContent> for Answer {
    fn from(content: NoticeContent) -> Self {
        Self::Notice(content)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    #[tokio::test]
    async fn what_is_cut_off_does_not_seem_to_have_ended_well() {
        let (sender, pages) = mpsc::channel(1);
        let mut answers = Answers { page: Vec::new().into_iter(), pages: Some(pages) };
        sender.send(Said::Page(vec![NoticeContent::FirstStreamPosition(1).into()])).await.unwrap();
        drop(sender);
        assert!(answers.next().await.unwrap().is_ok());
        assert!(answers.next().await.unwrap().is_err());
        assert!(answers.next().await.is_none());
    }
}
