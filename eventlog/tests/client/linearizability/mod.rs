//! Each stream answers as if its operations happened one after the other.

mod checker;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use eventlog::{AppendError, Direction, EventLog, Options, Revision, StreamFrom};
use futures::future::join_all;
use tokio::sync::watch;

use self::checker::{Did, Last, Operation, is_linearizable};
use crate::{PATIENT, before, fact, faults, node::Node};

const CLIENTS: usize = 6;
const STREAMS: usize = 4;

/// So short a time that appends run out of it, and nobody knows whether they happened.
const HURRIED: Options = Options { append_timeout: Duration::from_millis(8), ..PATIENT };

/// What the clients share.
struct World {
    /// Only says what came before what.
    clock: AtomicU64,
    /// The number of the next fact.
    facts: AtomicU64,
    /// How many operations have been done.
    done: watch::Sender<usize>,
}

/// Draws the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

async fn read_last(log: &EventLog, stream: &str) -> Last {
    let read = log.read_stream(stream, StreamFrom::End, Direction::Backwards, 1).await.unwrap();
    let number = |id: uuid::Uuid| u64::try_from(id.as_u128() - 1).unwrap();
    read.first().map(|fact| (fact.revision.0, number(fact.id)))
}

/// Do one thing. `known` is the stream's last revision as far as the client knows.
async fn operate(
    log: &EventLog,
    world: &World,
    stream: &str,
    known: &mut Option<u64>,
    reads: bool,
) -> Option<Operation> {
    let now = || world.clock.fetch_add(1, Ordering::SeqCst);
    let begun = now();
    let behind = *known;
    let did = if reads {
        let last = read_last(log, stream).await;
        *known = last.map(|(revision, _)| revision);
        Did::Read(last)
    } else {
        let number = world.facts.fetch_add(1, Ordering::SeqCst);
        let next = behind.map_or(0, |behind| behind + 1);
        let did = Did::Append { behind, number };
        match log.append(stream, before(next), vec![fact(number)]).await {
            Ok(appended) => {
                assert_eq!(appended.revision, Revision(next));
                *known = Some(next);
                did
            }
            Err(AppendError::WrongRevision { current, .. }) => {
                *known = current.map(|revision| revision.0);
                Did::BeRefused { behind, current: *known }
            }
            Err(AppendError::OutcomeUnknown(_)) => {
                return Some(Operation { begun, ended: None, did });
            }
            // Nothing was written, they say: whoever reads this fact has read one of nobody.
            Err(AppendError::Unavailable(_)) => return None,
            Err(error) => panic!("{error:?}"),
        }
    };
    Some(Operation { begun, ended: Some(now()), did })
}

/// What each stream's history is after one client has done its share.
async fn be_a_client(
    log: EventLog,
    world: Arc<World>,
    seed: u64,
    share: usize,
) -> Vec<Vec<Operation>> {
    let mut dice = Dice(seed);
    let (mut histories, mut known) = (vec![Vec::new(); STREAMS], [None; STREAMS]);
    for _ in 0..share {
        let (stream, reads) = (dice.below(STREAMS), dice.below(3) == 0);
        let name = format!("stream-{stream}");
        let operation = operate(&log, &world, &name, &mut known[stream], reads).await;
        histories[stream].extend(operation);
        world.done.send_modify(|done| *done += 1);
    }
    histories
}

/// Several clients at once, and a log that is started again when they have done half of it.
async fn history(seed: usize, operations: usize) -> Vec<Vec<Operation>> {
    let mut node = Node::start().await;
    let world = Arc::new(World {
        clock: AtomicU64::new(0),
        facts: AtomicU64::new(0),
        done: watch::Sender::new(0),
    });
    let mut done = world.done.subscribe();
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        // A door of its own: one door keeps the order of what goes through it.
        let log = node.connect(if client % 3 == 0 { HURRIED } else { PATIENT }).await;
        let seed = (seed * CLIENTS + client) as u64;
        let share = operations / CLIENTS;
        clients.push(tokio::spawn(be_a_client(log, Arc::clone(&world), seed, share)));
    }
    done.wait_for(|done| *done >= operations / 2).await.unwrap();
    node.stop().await;
    node.start_again().await;

    let mut histories = vec![Vec::new(); STREAMS];
    for client in join_all(clients).await {
        for (all, own) in histories.iter_mut().zip(client.unwrap()) {
            all.extend(own);
        }
    }
    histories
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_answers_as_if_one_thing_happened_after_the_other() {
    let (mut total, mut refused, mut unknown) = (0, 0, 0);
    for seed in 0..faults::rounds("histories") {
        let streams = history(seed, faults::rounds("operations of a history")).await;
        for (stream, history) in streams.iter().enumerate() {
            assert!(is_linearizable(history), "stream {stream}, seed {seed}: {history:#?}");
            total += history.len();
            unknown += history.iter().filter(|operation| operation.ended.is_none()).count();
            let is_refusal =
                |operation: &&Operation| matches!(operation.did, Did::BeRefused { .. });
            refused += history.iter().filter(is_refusal).count();
        }
    }
    println!("{total} operations, of which {refused} refused and {unknown} with unknown outcome");
}
