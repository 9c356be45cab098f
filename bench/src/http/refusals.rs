//! How long logins take that are refused: whoever may tell an unknown address from a wrong password
//! by the time it takes, may list the accounts.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{
    client::{Call, Connection},
    people::{PASSWORD, People, address, login, registration},
    service::Process,
};
use crate::latencies::Latencies;

/// Samples of each kind. By turns, so that whatever else the machine does hits all alike.
const SAMPLES: usize = 100;

/// Nobody who has an account has tried to log in before: neither has any unknown address.
pub(super) async fn measure(registre: &Process, people: &People) -> anyhow::Result<()> {
    let mut connection = Connection::open(registre.address).await?;
    for number in 0..SAMPLES {
        for name in [known(number), inactive(number)] {
            connection.call(Call::post("/register", &registration(&name))).await?;
        }
    }
    deactivate(&mut connection, people).await?;

    let mut took: [Vec<Duration>; 3] = Default::default();
    for number in 0..SAMPLES {
        let logins = [
            login(&address(&format!("unknown-{number}")), PASSWORD),
            login(&address(&known(number)), "wrong"),
            login(&address(&inactive(number)), PASSWORD),
        ];
        for (took, login) in took.iter_mut().zip(logins) {
            let sent = Instant::now();
            let (status, _) = connection.answer(Call::post("/login", &login)).await?;
            took.push(sent.elapsed());
            ensure!(status.is_client_error(), "{login} was answered with {status}");
        }
    }
    for (what, took) in ["unknown address", "wrong password", "inactive account"].iter().zip(took) {
        let total = took.iter().sum();
        println!("refused login          {} {what}", Latencies::new(took, total));
    }
    Ok(())
}

fn known(number: usize) -> String {
    format!("known-{number}")
}

fn inactive(number: usize) -> String {
    format!("inactive-{number}")
}

/// Closes the accounts that are called inactive.
async fn deactivate(connection: &mut Connection, people: &People) -> anyhow::Result<()> {
    let everybody = Call::get("/api/v1/admin/users").by(&people.administrator);
    let everybody = connection.json(everybody).await?;
    let named = |user: &&Value| {
        user["username"].as_str().is_some_and(|username| username.starts_with("inactive-"))
    };
    for user in everybody.as_array().context("no list")?.iter().filter(named) {
        let id = user["_id"].as_str().context("no id")?;
        let close = Call::put(&format!("/api/v1/admin/users/{id}"), &json!({ "is_active": false }));
        connection.call(close.by(&people.administrator)).await?;
    }
    Ok(())
}
