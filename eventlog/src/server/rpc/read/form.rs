//! In which form facts are handed out.

use std::{borrow::Cow, vec};

use super::{
    super::status,
    output::{End, Output},
    view::{View, view},
};
use crate::server::{
    clock,
    fact::Fact,
    log::Log,
    storage::{Snapshot, StorageError},
    wire::{Answer, IdForm},
};

/// Type of a fact that points to another one by `revision@stream`.
const LINK_KIND: &[u8] = b"$>";

/// A page is cut when what its links point to holds so many bytes: a link takes a few bytes, and
/// what it points to may be as large as an append.
const FOLLOWED_BYTES_MAX: usize = 1 << 20;

/// What the caller wants to see of a fact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) ids: IdForm,
    /// Whether it wants to see what a link points to.
    pub(super) links: bool,
}

/// What a link leads to.
enum Target {
    /// This fact.
    Fact(Fact),
    /// Nothing that can be read.
    Nothing,
    /// It only looks like a link.
    NoLink,
}

impl Form {
    /// The answer that brings `fact` itself.
    pub(super) fn plain(self, fact: Fact) -> Answer {
        Answer::Fact { fact: Some(fact), link: None, ids: self.ids }
    }

    /// Whether there is a link in `page` that is to be followed.
    pub(super) fn has_links(self, page: &[Answer]) -> bool {
        self.links && page.iter().any(|answer| self.link(answer).is_some())
    }

    /// Hand `page` on with what its links point to, in as many pages as that takes.
    pub(super) async fn deliver(
        self,
        log: &Log,
        output: &Output,
        page: Vec<Answer>,
    ) -> Result<(), End> {
        if !self.has_links(&page) {
            return output.send(log, page).await;
        }
        let mut rest = page.into_iter();
        while !rest.as_slice().is_empty() {
            output.room(log).await?;
            let followed = log.readers.read(move |file| {
                let page = self.follow(file, &mut rest)?;
                Ok((page, rest))
            });
            let page;
            (page, rest) = followed.await.map_err(|error| status::storage(&error))?;
            output.send(log, page).await?;
        }
        Ok(())
    }

    /// The first of `answers`, links followed, as many as fit a page.
    fn follow(
        self,
        file: &Snapshot<'_>,
        answers: &mut vec::IntoIter<Answer>,
    ) -> Result<Vec<Answer>, StorageError> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        for answer in answers {
            let answer = match self.link(&answer) {
                None => answer,
                Some(link) => match target(file, link)? {
                    Target::NoLink => answer,
                    Target::Nothing => self.linked(None, link.clone()),
                    Target::Fact(target) => {
                        bytes += target.size();
                        self.linked(Some(target), link.clone())
                    }
                },
            };
            page.push(answer);
            if bytes >= FOLLOWED_BYTES_MAX {
                break;
            }
        }
        Ok(page)
    }

    /// The link that `answer` brings, if it is one.
    fn link(self, answer: &Answer) -> Option<&Fact> {
        match answer {
            Answer::Fact { fact: Some(fact), link: None, ids: _ } => {
                (self.links && fact.kind() == LINK_KIND).then_some(fact)
            }
            Answer::Fact { .. } | Answer::Notice(_) => None,
        }
    }

    fn linked(self, fact: Option<Fact>, link: Fact) -> Answer {
        Answer::Fact { fact, link: Some(Box::new(link)), ids: self.ids }
    }
}

fn target(file: &Snapshot<'_>, link: &Fact) -> Result<Target, StorageError> {
    let text: Cow<'_, str> = String::from_utf8_lossy(link.data());
    let Some((revision, stream)) = text.split_once('@') else { return Ok(Target::Nothing) };
    let Ok(revision) = revision.parse::<u64>() else { return Ok(Target::NoLink) };
    let View::Readable(readable) = view(file, stream, clock::ticks())? else {
        return Ok(Target::Nothing);
    };
    if !(readable.first..=readable.last).contains(&revision) {
        return Ok(Target::Nothing);
    }
    let fact = file.fact(stream, readable.stream, revision)?;
    Ok(if readable.shows(&fact) { Target::Fact(fact) } else { Target::Nothing })
}
