use eventlog::EventLog;

use crate::{PATIENT, append_each, network::Network, node::Node};

#[tokio::test]
async fn appends_go_on_with_the_node_that_leads_next() {
    let mut first = Node::start().await;
    let seeds = [Network::to(first.address()).await, Network::to_nowhere().await];
    let url = format!(
        "esdb://{},{}?tls=false&nodePreference=leader",
        seeds[0].address(),
        seeds[1].address()
    );
    let log = EventLog::connect(&url, PATIENT).await.unwrap();
    append_each(&log, "s", 0..3).await;

    first.stop().await;
    seeds[0].cut();
    let going_on = tokio::spawn({
        let log = log.clone();
        async move { append_each(&log, "t", 0..3).await }
    });
    let second = Node::start().await;
    seeds[1].open_to(second.address());

    going_on.await.unwrap();
    // It was asked who leads, and then everything went there: the first search that found a leader
    // was the last one. How long a search is put off at most stands with the search. The third
    // connection is that of a search that came just too early and took a look at what is wrong.
    let connections = seeds[1].connections();
    assert!(connections <= 3, "{connections}");
}
