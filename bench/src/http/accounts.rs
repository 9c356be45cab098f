//! Registering and logging in, next to what hashing alone costs.

use std::time::Duration;

use super::{
    client::{Call, Connection},
    hashes, load,
    people::{PASSWORD, address, login, registration},
    report::compare,
    service::Process,
    turns::by_turns,
};

/// Clients that hash: enough to keep every core busy, few enough to be let into the queue.
const CLIENTS: usize = 16;

/// So many people each client logs in, one after the other: nobody logs in several times a second.
const PEOPLE: usize = 5;

pub(super) async fn measure(registre: &Process, within: Duration) -> anyhow::Result<()> {
    match hashes::against_the_reference(10) {
        Ok((ours, theirs)) => println!(
            "calibration    one hash: {ours:.2} ms by the crate, {theirs:.2} ms by the C library \
             = {:.2} × its rate",
            theirs / ours
        ),
        Err(missing) => println!("calibration    C library not measured: {missing:#}"),
    }
    let hashes = async |_: u32, within| hashes::all_cores(within);
    let register = async |round, within| {
        load::run(registre.address, CLIENTS, within, move |client, number| {
            Call::post("/register", &registration(&format!("person-{round}-{client}-{number}")))
        })
        .await
    };
    let (raw, registered) = by_turns(within, hashes, register).await?;
    compare("register", &registered, raw, "raw hashes");
    let mut connection = Connection::open(registre.address).await?;
    for (client, number) in (0..CLIENTS).flat_map(|client| (0..PEOPLE).map(move |n| (client, n))) {
        let registration = registration(&member(client, number));
        connection.call(Call::post("/register", &registration)).await?;
    }
    let log_in = async |_, within| {
        load::run(registre.address, CLIENTS, within, |client, number| {
            let address = address(&member(client, number % PEOPLE));
            Call::post("/login", &login(&address, PASSWORD))
        })
        .await
    };
    let (raw, logged_in) = by_turns(within, hashes, log_in).await?;
    compare("log in", &logged_in, raw, "raw hashes");
    Ok(())
}

fn member(client: usize, number: usize) -> String {
    format!("member-{client}-{number}")
}
