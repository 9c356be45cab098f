//! Which facts of the whole log are wanted.
//!
//! **Invariant:** no pattern is tried on a thread that others wait for, and few are tried at a
//! time: a pattern is the caller's, and may be as slow as it is allowed to be.

use std::sync::Arc;

use fancy_regex::{Regex, RegexBuilder};
use tokio::task::spawn_blocking;
use tonic::Status;

use super::super::status;
use crate::server::{
    fact::{Fact, FactRef},
    log::Log,
    wire::{Expression, FilterBy, FilterOptions, Window},
};

/// A longer pattern is refused.
const PATTERN_BYTES_MAX: usize = 4096;
/// A pattern may go back so often on one name before it is given up: about a millisecond.
const BACKTRACKS_MAX: usize = 10_000;
/// What a pattern may become when it is made ready, in bytes.
const COMPILED_BYTES_MAX: usize = 1 << 20;
/// So many beginnings may be asked for, of so many bytes together: each fact is held against all.
const PREFIXES_MAX: usize = 1_024;
const PREFIXES_BYTES_MAX: usize = 64 << 10;
/// How many facts are considered between checkpoints where the caller does not say.
const WINDOW: u32 = 32;

/// A filter by the type or by the stream of a fact.
#[derive(Debug)]
pub(super) struct Filter {
    by: By,
    test: Test,
    /// How many facts are considered between two checkpoints.
    pub(super) checkpoint_every: u64,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Stream,
    Kind,
}

#[derive(Debug)]
enum Test {
    Pattern(Arc<Regex>),
    Plain(Plain),
}

/// What is told at a glance.
#[derive(Debug)]
enum Plain {
    Prefixes(Vec<String>),
    /// [`NO_SYSTEM`].
    NoSystem,
}

/// The pattern of clients that want nothing of the log's own. It is known by its words, as it is
/// by far the most frequent one.
const NO_SYSTEM: &str = r"^[^\$].*";

impl Filter {
    pub(super) fn parse(options: FilterOptions) -> Result<Self, Status> {
        let (by, Expression { regex, prefix }) = match options.by {
            Some(FilterBy::StreamIdentifier(expression)) => (By::Stream, expression),
            Some(FilterBy::EventType(expression)) => (By::Kind, expression),
            None => {
                return Err(Status::invalid_argument(
                    "a filter without an expression is not a valid filter",
                ));
            }
        };
        let window = match options.window {
            Some(Window::Max(0)) => {
                return Err(Status::invalid_argument("'0' is not a valid window"));
            }
            Some(Window::Max(window)) => window,
            Some(Window::Count(_)) => WINDOW,
            None => {
                return Err(status::not_valid(
                    "EventStore.Client.Streams.ReadReq+Types+Options+Types+FilterOptions+WindowOneofCase",
                ));
            }
        };
        let test = match regex.as_str() {
            "" => Test::Plain(Plain::Prefixes(prefixes(prefix)?)),
            NO_SYSTEM => Test::Plain(Plain::NoSystem),
            regex => Test::Pattern(Arc::new(pattern(regex)?)),
        };
        let multiplier = options.checkpoint_interval_multiplier;
        Ok(Self { by, test, checkpoint_every: u64::from(window) * u64::from(multiplier) })
    }
}

impl Filter {
    /// Whether `fact` is wanted, if that can be told at a glance.
    pub(super) fn glance(&self, fact: &FactRef<'_>) -> Option<bool> {
        let Self { by, test, .. } = self;
        match test {
            Test::Plain(plain) => Some(plain.wants(by.subject(fact))),
            Test::Pattern(_) => None,
        }
    }

    /// Whether that can be told at a glance of every fact.
    pub(super) fn is_plain(&self) -> bool {
        match self.test {
            Test::Plain(_) => true,
            Test::Pattern(_) => false,
        }
    }
}

impl Plain {
    fn wants(&self, subject: &[u8]) -> bool {
        match self {
            Self::Prefixes(prefixes) => {
                prefixes.iter().any(|prefix| subject.starts_with(prefix.as_bytes()))
            }
            Self::NoSystem => subject.first().is_some_and(|&first| first != b'$'),
        }
    }
}

impl By {
    fn subject<'a>(self, fact: &FactRef<'a>) -> &'a [u8] {
        match self {
            Self::Stream => fact.stream,
            Self::Kind => fact.kind,
        }
    }
}

/// Each of `facts`, and whether `filter` wants it.
pub(super) async fn judged(
    filter: Option<&Filter>,
    log: &Log,
    facts: Vec<Fact>,
) -> Result<Vec<(Fact, bool)>, Status> {
    let Some(&Filter { by, ref test, .. }) = filter else {
        return Ok(facts.into_iter().map(|fact| (fact, true)).collect());
    };
    match test {
        Test::Plain(plain) => {
            let judge = |fact: Fact| {
                let wanted = plain.wants(by.subject(&fact.view()));
                (fact, wanted)
            };
            Ok(facts.into_iter().map(judge).collect())
        }
        Test::Pattern(pattern) => {
            let (pattern, stopping) = (Arc::clone(pattern), log.stopping.clone());
            let turn = log.patterns.acquire().await.expect("the semaphore is never closed");
            let tried = spawn_blocking(move || {
                let judge = |fact: Fact| {
                    if stopping.is_cancelled() {
                        return Err(status::stopping());
                    }
                    let subject = str::from_utf8(by.subject(&fact.view())).unwrap_or_default();
                    let wanted = pattern.is_match(subject).map_err(|_| {
                        Status::invalid_argument("the filter's pattern goes back too often")
                    })?;
                    Ok((fact, wanted))
                };
                facts.into_iter().map(judge).collect()
            });
            let judged = tried.await.unwrap_or_else(|_| Err(status::stopping()));
            drop(turn);
            judged
        }
    }
}

fn prefixes(prefixes: Vec<String>) -> Result<Vec<String>, Status> {
    let bytes: usize = prefixes.iter().map(String::len).sum();
    if prefixes.len() > PREFIXES_MAX || bytes > PREFIXES_BYTES_MAX {
        return Err(Status::invalid_argument("the filter has too many prefixes"));
    }
    Ok(prefixes)
}

fn pattern(regex: &str) -> Result<Regex, Status> {
    if regex.len() > PATTERN_BYTES_MAX {
        return Err(status::thrown());
    }
    let builder = RegexBuilder::new(regex)
        .backtrack_limit(BACKTRACKS_MAX)
        .delegate_size_limit(COMPILED_BYTES_MAX)
        .delegate_dfa_size_limit(COMPILED_BYTES_MAX)
        .build();
    builder.map_err(|_| status::thrown())
}
