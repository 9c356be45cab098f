//! What the service takes when nobody asks it anything.

use std::time::Duration;

use super::{people::People, service::Process, sockets::open};

const MIB: f64 = 1024.0 * 1024.0;
const KIB: f64 = 1024.0;

/// After so long without a request, what was kept for the next one has been given back.
const SETTLED: Duration = Duration::from_secs(12);

/// Memory of a process that has just started, and has hashed its administrator's password.
pub(super) async fn fresh(registre: &Process) -> anyhow::Result<()> {
    tokio::time::sleep(SETTLED).await;
    println!("idle                   {:.1} MiB resident", resident(registre)? / MIB);
    Ok(())
}

/// What one idle socket of `count` takes, in a process that has done next to nothing before: what
/// earlier work has left free would hide it.
pub(super) async fn sockets(
    registre: &Process,
    people: &People,
    count: usize,
) -> anyhow::Result<()> {
    tokio::time::sleep(SETTLED).await;
    let before = resident(registre)?;
    let sockets = open(registre.address, &format!("/ws/{}", people.listener), count).await?;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let each = (resident(registre)? - before) / count as f64 / KIB;
    println!("idle socket            {each:.1} KiB each of {}", sockets.len());
    Ok(())
}

/// Memory of a process that has done all of the above and has been left alone since.
pub(super) async fn after(registre: &Process) -> anyhow::Result<()> {
    tokio::time::sleep(SETTLED).await;
    println!("idle, after all this   {:.1} MiB resident", resident(registre)? / MIB);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn resident(registre: &Process) -> anyhow::Result<f64> {
    Ok(registre.resident()? as f64)
}
