use eventlog::{EventLog, Filter, Revision, Signal};
use futures::{StreamExt, future::join_all};

use crate::{
    PATIENT, append_each, before, fact, is_caught_up, network::Network, next_facts, node::Node,
    numbers, until,
};

#[tokio::test]
async fn what_is_there_is_brought_before_what_comes() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..3).await;

    let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);
    let there = until(&mut signals, is_caught_up).await;
    append_each(&log, "t", 0..2).await;

    let there = there.iter().filter_map(|signal| match signal {
        Signal::Fact(fact) => Some(fact),
        Signal::Checkpoint(_) | Signal::CaughtUp | Signal::Lost(_) => None,
    });
    assert_eq!(numbers(there), [0, 1, 2]);
    assert_eq!(numbers(&next_facts(&mut signals, 2).await), [0, 1]);
}

#[tokio::test]
async fn place_to_go_on_from_is_not_brought_again() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..5).await;
    let first = next_facts(&mut log.subscribe_all(Filter::ExcludeSystem, None), 2).await;
    let last = first.last().unwrap();

    let mut all = log.subscribe_all(Filter::ExcludeSystem, Some(last.position));
    let mut stream = log.subscribe_stream("s", Some(last.revision));

    assert_eq!(numbers(&next_facts(&mut all, 3).await), [2, 3, 4]);
    assert_eq!(numbers(&next_facts(&mut stream, 3).await), [2, 3, 4]);
}

#[tokio::test]
async fn stream_is_followed_from_before_its_first_fact() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;

    let mut signals = log.subscribe_stream("s", None);
    append_each(&log, "s", 0..3).await;

    let facts = next_facts(&mut signals, 3).await;
    assert_eq!(facts.last().map(|fact| fact.revision), Some(Revision(2)));
}

#[tokio::test]
async fn checkpoint_says_how_far_unwanted_facts_reach() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "other", 0..40).await;
    let head = log.head().await.unwrap().unwrap();

    let mut signals = log.subscribe_all(Filter::StreamPrefixes(vec!["mine".to_owned()]), None);
    let seen = until(&mut signals, is_caught_up).await;

    let last = seen.iter().rev().find_map(|signal| match signal {
        Signal::Checkpoint(position) => Some(*position),
        Signal::Fact(_) | Signal::CaughtUp | Signal::Lost(_) => None,
    });
    assert_eq!(last, Some(head));
    append_each(&log, "mine", 0..1).await;
    assert_eq!(numbers(&next_facts(&mut signals, 1).await), [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_see_one_order() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    let followers = (0..4).map(|_| {
        let mut signals = log.subscribe_all(Filter::ExcludeSystem, None);
        tokio::spawn(async move { next_facts(&mut signals, 8 * 30).await })
    });
    let followers: Vec<_> = followers.collect();

    let writers = (0..8).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move { append_each(&log, &format!("s-{writer}"), 0..30).await })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());

    let all = log.read_all(Filter::ExcludeSystem, None, eventlog::Direction::Forwards, 999).await;
    let all = all.unwrap();
    for follower in join_all(followers).await {
        assert_eq!(follower.unwrap(), all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_subscriptions_than_a_connection_carries_do_not_hold_up_anything() {
    let node = Node::start().await;
    let network = Network::to(node.address()).await;
    let log = EventLog::connect(&network.url(), PATIENT).await.unwrap();

    let mut all: Vec<_> = (0..200).map(|_| log.subscribe_all(Filter::None, None)).collect();
    join_all(all.iter_mut().map(|signals| until(signals, is_caught_up))).await;
    log.append("s", before(0), vec![fact(5)]).await.unwrap();

    let seen = join_all(all.iter_mut().map(|signals| next_facts(signals, 1))).await;
    assert!(seen.iter().all(|facts| numbers(facts) == [5]));
    // A real log takes 100 calls on one connection, so no more than 80 subscriptions share one.
    assert_eq!(network.connections(), 1 + 200_u64.div_ceil(80));
}

#[tokio::test]
async fn subscription_to_a_tombstoned_stream_says_so_and_ends() {
    let node = Node::start().await;
    let log = node.connect(PATIENT).await;
    append_each(&log, "s", 0..1).await;
    log.tombstone("s", before(1)).await.unwrap();

    let signals: Vec<_> = log.subscribe_stream("s", None).collect().await;

    assert_eq!(signals, [Signal::Lost("stream is deleted".to_owned())]);
}
