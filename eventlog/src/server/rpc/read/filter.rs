//! Which facts of the whole log are wanted.

use fancy_regex::{Regex, RegexBuilder};
use tonic::Status;

use super::super::status;
use crate::server::{
    fact::Fact,
    wire::{Expression, FilterBy, FilterOptions, Window},
};

/// A longer pattern is refused.
const PATTERN_BYTES_MAX: usize = 4096;
/// A pattern may go back so often on one name before it is given up.
const BACKTRACKS_MAX: usize = 100_000;
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
    Pattern(Box<Regex>),
    Prefixes(Vec<String>),
}

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
        let test = if regex.is_empty() {
            Test::Prefixes(prefix)
        } else {
            Test::Pattern(Box::new(pattern(&regex)?))
        };
        let multiplier = options.checkpoint_interval_multiplier;
        Ok(Self { by, test, checkpoint_every: u64::from(window) * u64::from(multiplier) })
    }

    /// Whether `fact` is wanted.
    pub(super) fn wants(&self, fact: &Fact) -> Result<bool, Status> {
        let subject = match self.by {
            By::Stream => fact.stream(),
            By::Kind => fact.kind(),
        };
        match &self.test {
            Test::Prefixes(prefixes) => {
                Ok(prefixes.iter().any(|prefix| subject.starts_with(prefix.as_bytes())))
            }
            Test::Pattern(pattern) => {
                let subject = str::from_utf8(subject).unwrap_or_default();
                pattern.is_match(subject).map_err(|_| {
                    Status::invalid_argument("the filter's pattern goes back too often")
                })
            }
        }
    }
}

fn pattern(regex: &str) -> Result<Regex, Status> {
    if regex.len() > PATTERN_BYTES_MAX {
        return Err(status::thrown());
    }
    RegexBuilder::new(regex).backtrack_limit(BACKTRACKS_MAX).build().map_err(|_| status::thrown())
}
