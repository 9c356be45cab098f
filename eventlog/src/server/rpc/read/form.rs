//! In which form facts are handed out.

use std::borrow::Cow;

use super::view::{View, view};
use crate::server::{
    clock,
    fact::Fact,
    log::Log,
    storage::{Snapshot, StorageError},
    wire::{Answer, IdForm},
};

/// Type of a fact that points to another one by `revision@stream`.
const LINK_KIND: &[u8] = b"$>";

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
    /// Answers with `facts`, as `file` says.
    pub(super) fn answers(
        self,
        file: &Snapshot<'_>,
        facts: impl IntoIterator<Item = Fact>,
    ) -> Result<Vec<Answer>, StorageError> {
        facts.into_iter().map(|fact| self.answer(file, fact)).collect()
    }

    /// Answers with `facts`, looking into the file only if one of them is a link.
    pub(super) async fn live(
        self,
        log: &Log,
        facts: Vec<Fact>,
    ) -> Result<Vec<Answer>, StorageError> {
        if facts.iter().any(|fact| self.is_link(fact)) {
            return log.readers.read(move |file| self.answers(file, facts)).await;
        }
        Ok(facts.into_iter().map(|fact| self.plain(fact)).collect())
    }

    fn answer(self, file: &Snapshot<'_>, fact: Fact) -> Result<Answer, StorageError> {
        if !self.is_link(&fact) {
            return Ok(self.plain(fact));
        }
        Ok(match target(file, &fact)? {
            Target::Fact(target) => self.linked(Some(target), fact),
            Target::Nothing => self.linked(None, fact),
            Target::NoLink => self.plain(fact),
        })
    }

    fn is_link(self, fact: &Fact) -> bool {
        self.links && fact.kind() == LINK_KIND
    }

    fn plain(self, fact: Fact) -> Answer {
        Answer::Fact { fact: Some(fact), link: None, ids: self.ids }
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
