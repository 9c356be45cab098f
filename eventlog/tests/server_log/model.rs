//! Random commands have the outcome that a few lines of arithmetic say they have.
//!
//! Each run takes other sequences, and prints the seed that they come from; with
//! `REGISTRE_SEED=<number>` it takes the same ones again. A failure prints the shortest sequence
//! that fails.

use std::{
    cell::RefCell,
    collections::HashMap,
    env,
    hash::{BuildHasher, RandomState},
};

use eventstore::{
    AppendToStreamOptions, CurrentRevision, DeleteStreamOptions, Error, EventData, ResolvedEvent,
    StreamState, TombstoneStreamOptions,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use uuid::Uuid;

use crate::{
    faults,
    harness::{Harness, id},
};

const STREAMS: usize = 3;

#[derive(Clone, Debug)]
enum Command {
    Append { stream: usize, expected: Expected, ids: Vec<u64> },
    Describe { stream: usize, max_count: Option<u64>, truncate_before: Option<u64> },
    Delete { stream: usize, expected: Expected },
    Tombstone { stream: usize, expected: Expected },
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    Any,
    Exists,
    Nothing,
    Last(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Written(Option<u64>),
    Wrong(Option<u64>),
    Deleted,
}

/// What a stream looks like to a reader: revisions with their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    Gone,
    Missing,
    Facts(Vec<(u64, Uuid)>),
}

/// A stream, as far as it matters.
#[derive(Clone, Debug, Default)]
struct Stream {
    facts: Vec<u64>,
    described: bool,
    deleted: bool,
    max_count: Option<u64>,
    first: u64,
    gone: bool,
}

impl Stream {
    fn last(&self) -> Option<u64> {
        (self.facts.len() as u64).checked_sub(1)
    }

    fn revision_of(&self, wanted: u64) -> Option<u64> {
        // The newest one is what the log remembers.
        self.facts.iter().rposition(|&id| id == wanted).map(|revision| revision as u64)
    }

    fn append(&mut self, expected: Expected, ids: &[u64]) -> Outcome {
        let wrong = Outcome::Wrong(self.last());
        let repeated = match expected {
            _ if self.gone => return Outcome::Deleted,
            Expected::Exists if self.deleted => return Outcome::Deleted,
            Expected::Exists if self.facts.is_empty() && !self.described => return wrong,
            Expected::Any | Expected::Exists => {
                let known: Vec<Option<u64>> = ids.iter().map(|&id| self.revision_of(id)).collect();
                match known.as_slice() {
                    [None, ..] => None,
                    all if all.contains(&None) => return wrong,
                    all => Some(all.last().copied().flatten()),
                }
            }
            Expected::Nothing if self.facts.is_empty() => None,
            Expected::Nothing if self.deleted && self.facts[0] != ids[0] => None,
            Expected::Nothing if self.facts.starts_with(ids) => Some(Some(ids.len() as u64 - 1)),
            Expected::Last(last) if self.last() == Some(last) => None,
            Expected::Last(last) if self.last() > Some(last) => {
                let after = usize::try_from(last).unwrap() + 1;
                if !self.facts[after..].starts_with(ids) {
                    return wrong;
                }
                Some(Some(last + ids.len() as u64))
            }
            Expected::Nothing | Expected::Last(_) => return wrong,
        };
        if let Some(revision) = repeated {
            return Outcome::Written(revision);
        }
        if self.deleted {
            (self.deleted, self.first, self.max_count) = (false, self.facts.len() as u64, None);
        }
        self.facts.extend(ids);
        Outcome::Written(self.last())
    }

    fn describe(&mut self, max_count: Option<u64>, truncate_before: Option<u64>) -> Outcome {
        if self.gone {
            return Outcome::Deleted;
        }
        let first =
            if self.deleted { self.facts.len() as u64 } else { truncate_before.unwrap_or(0) };
        (self.described, self.deleted) = (true, false);
        (self.max_count, self.first) = (max_count, first);
        Outcome::Written(None)
    }

    fn may_be_removed(&self, expected: Expected) -> Result<(), Outcome> {
        let fits = match expected {
            _ if self.gone => return Err(Outcome::Deleted),
            Expected::Exists if self.deleted => return Err(Outcome::Deleted),
            Expected::Any => true,
            Expected::Exists => !self.facts.is_empty() || self.described,
            Expected::Nothing => self.facts.is_empty() || self.deleted,
            Expected::Last(last) => self.last() == Some(last),
        };
        if fits { Ok(()) } else { Err(Outcome::Wrong(self.last())) }
    }

    fn delete(&mut self, expected: Expected) -> Outcome {
        if let Err(outcome) = self.may_be_removed(expected) {
            return outcome;
        }
        if self.facts.is_empty() && !self.described {
            return Outcome::Wrong(None);
        }
        (self.described, self.deleted) = (true, true);
        Outcome::Written(None)
    }

    fn tombstone(&mut self, expected: Expected) -> Outcome {
        if let Err(outcome) = self.may_be_removed(expected) {
            return outcome;
        }
        self.gone = true;
        Outcome::Written(None)
    }

    fn look(&self) -> Look {
        if self.gone {
            return Look::Gone;
        }
        if self.facts.is_empty() || self.deleted {
            return Look::Missing;
        }
        let by_count =
            self.max_count.map_or(0, |count| (self.facts.len() as u64).saturating_sub(count));
        let first = self.first.max(by_count);
        let facts = self.facts.iter().enumerate().map(|(revision, &n)| (revision as u64, id(n)));
        Look::Facts(facts.filter(|(revision, _)| *revision >= first).collect())
    }
}

fn command() -> impl Strategy<Value = Command> {
    let stream = 0..STREAMS;
    let expected = || {
        prop_oneof![
            2 => Just(Expected::Any),
            1 => Just(Expected::Exists),
            3 => Just(Expected::Nothing),
            6 => (0_u64..6).prop_map(Expected::Last),
        ]
    };
    prop_oneof![
        12 => (stream.clone(), expected(), prop::collection::vec(0_u64..4, 1..4))
            .prop_map(|(stream, expected, ids)| Command::Append { stream, expected, ids }),
        2 => (stream.clone(), prop::option::of(1_u64..4), prop::option::of(0_u64..6)).prop_map(
            |(stream, max_count, truncate_before)| Command::Describe {
                stream, max_count, truncate_before
            }
        ),
        2 => (stream.clone(), expected())
            .prop_map(|(stream, expected)| Command::Delete { stream, expected }),
        1 => (stream, expected())
            .prop_map(|(stream, expected)| Command::Tombstone { stream, expected }),
        1 => Just(Command::Restart),
    ]
}

impl From<Expected> for StreamState {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::Any => Self::Any,
            Expected::Exists => Self::StreamExists,
            Expected::Nothing => Self::NoStream,
            Expected::Last(revision) => Self::StreamRevision(revision),
        }
    }
}

fn outcome<T>(result: Result<T, Error>, revision: impl FnOnce(T) -> Option<u64>) -> Outcome {
    match result {
        Ok(written) => Outcome::Written(revision(written)),
        Err(Error::ResourceDeleted) => Outcome::Deleted,
        Err(Error::WrongExpectedVersion { current: CurrentRevision::Current(current), .. }) => {
            Outcome::Wrong(Some(current))
        }
        Err(Error::WrongExpectedVersion { current: CurrentRevision::NoStream, .. }) => {
            Outcome::Wrong(None)
        }
        // A removal is refused in words only.
        Err(Error::Grpc { message, .. }) => {
            let (_, actual) = message.rsplit_once("Actual version: ").expect("another refusal");
            Outcome::Wrong(actual.parse().ok())
        }
        Err(error) => panic!("{error}"),
    }
}

/// Have the log do what the model did, and say what came of it.
async fn done(log: &Harness, name: &str, command: &Command) -> Outcome {
    match command {
        Command::Append { expected, ids, .. } => {
            let written = log.append(name, (*expected).into(), ids).await;
            outcome(written, |written| Some(written.next_expected_version))
        }
        Command::Describe { max_count, truncate_before, .. } => {
            let limits = [("$maxCount", max_count), ("$tb", truncate_before)];
            let document: HashMap<_, _> = limits
                .into_iter()
                .filter_map(|(key, value)| value.map(|value| (key, value)))
                .collect();
            let facts = vec![EventData::json("$metadata", &document).unwrap()];
            let options = AppendToStreamOptions::default();
            outcome(log.client.append_to_stream(format!("$${name}"), &options, facts).await, |_| {
                None
            })
        }
        Command::Delete { expected, .. } => {
            let options = DeleteStreamOptions::default().stream_state((*expected).into());
            outcome(log.client.delete_stream(name, &options).await, |_| None)
        }
        Command::Tombstone { expected, .. } => {
            let options = TombstoneStreamOptions::default().stream_state((*expected).into());
            outcome(log.client.tombstone_stream(name, &options).await, |_| None)
        }
        Command::Restart => panic!("it is not done to a stream"),
    }
}

async fn look(log: &Harness, name: &str) -> Look {
    match log.read(name).await {
        Ok(facts) => {
            let facts = facts.iter().map(ResolvedEvent::get_original_event);
            Look::Facts(facts.map(|fact| (fact.revision, fact.id)).collect())
        }
        Err(Error::ResourceDeleted) => Look::Gone,
        Err(Error::ResourceNotFound) => Look::Missing,
        Err(error) => panic!("{error}"),
    }
}

/// Run `commands` on streams of their own, and compare after each.
async fn run(log: &RefCell<Option<Harness>>, round: u32, commands: Vec<Command>) {
    let mut streams = vec![Stream::default(); STREAMS];
    for command in commands {
        let stream = match &command {
            Command::Restart => {
                let running = log.take().unwrap();
                log.replace(Some(running.restart().await));
                continue;
            }
            Command::Append { stream, .. }
            | Command::Describe { stream, .. }
            | Command::Delete { stream, .. }
            | Command::Tombstone { stream, .. } => *stream,
        };
        let model = &mut streams[stream];
        let expected = match &command {
            Command::Append { expected, ids, .. } => model.append(*expected, ids),
            Command::Describe { max_count, truncate_before, .. } => {
                model.describe(*max_count, *truncate_before)
            }
            Command::Delete { expected, .. } => model.delete(*expected),
            Command::Tombstone { expected, .. } => model.tombstone(*expected),
            Command::Restart => continue,
        };
        let running = log.take().unwrap();
        let name = format!("model-{round}-{stream}");
        assert_eq!(done(&running, &name, &command).await, expected, "{command:?}");
        assert_eq!(look(&running, &name).await, model.look(), "after {command:?}");
        log.replace(Some(running));
    }
}

/// The seed that is asked for, or another one in each run.
fn seed() -> u64 {
    match env::var("REGISTRE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => RandomState::new().hash_one("seed"),
    }
}

#[test]
fn a_seed_brings_the_same_commands_again() {
    let drawn = || {
        let config = Config { rng_seed: RngSeed::Fixed(7), ..Config::default() };
        let mut runner = TestRunner::new(config);
        let commands = prop::collection::vec(command(), 40).new_tree(&mut runner).unwrap();
        format!("{:?}", commands.current())
    };
    assert_eq!(drawn(), drawn());
}

#[test]
fn random_commands_do_what_the_model_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log = RefCell::new(Some(runtime.block_on(Harness::start())));
    let round = RefCell::new(0);
    let seed = seed();
    println!("REGISTRE_SEED={seed}");
    let config = Config {
        cases: u32::try_from(faults::rounds("sequences of commands")).unwrap(),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let commands = prop::collection::vec(command(), 1..40);
    let outcome = TestRunner::new(config).run(&commands, |commands| {
        if log.borrow().is_none() {
            // The one before was lost with the failure that is being made smaller.
            log.replace(Some(runtime.block_on(Harness::start())));
        }
        *round.borrow_mut() += 1;
        runtime.block_on(run(&log, *round.borrow(), commands));
        Ok(())
    });
    outcome.unwrap();
}
