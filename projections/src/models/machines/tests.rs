//! What becomes of machines, on a real log and a real Postgres.

use schema::{
    Fact, StreamName, UserId, VmAttached, VmChanged, VmCreated, VmDeleted, VmId, VmStatus,
    VmStopped,
};

use super::{Machine, MachinesQuery};
use crate::testing::{ADA, BOB, NOON, Scene};

fn created(vm: i64, owner: UserId) -> Fact {
    VmCreated {
        vm: VmId(vm),
        owner,
        name: "prod-Été".to_owned(),
        operating_system: "Debian 12".to_owned(),
        cpu_cores: 4,
        ram_gb: 16,
        disk_gb: 250,
        status: VmStatus::Running,
        at: NOON,
    }
    .into()
}

fn renamed(vm: i64) -> Fact {
    let nothing = super::unchanged(VmId(vm), NOON);
    VmChanged { name: Some("web-Nuit".to_owned()), cpu_cores: Some(8), ..nothing }.into()
}

#[tokio::test]
async fn a_machine_is_what_was_made_of_it_last_and_its_history_tells_the_rest() {
    let scene = Scene::open().await;
    let (vm, stream) = (VmId(1), StreamName::Vm(VmId(1)));
    let at = NOON;
    let mut places = Vec::new();
    for fact in [
        created(1, ADA),
        renamed(1),
        VmStopped { vm, at }.into(),
        VmAttached { vm, owner: BOB, at }.into(),
    ] {
        places.push(scene.append(stream.clone(), fact).await);
    }
    // The projector starts late, and so gets everything at once.
    let working = scene.project();
    working.reached(places[3]).await;
    let read = scene.pool().machine(vm).await.unwrap();
    let expected = Machine {
        id: vm,
        owner: BOB,
        name: "web-Nuit".to_owned(),
        operating_system: "Debian 12".to_owned(),
        cpu_cores: 8,
        ram_gb: 16,
        disk_gb: 250,
        status: VmStatus::Stopped,
        created_at: at,
        revision: 3,
        stale_since: None,
    };
    assert_eq!((read.value, read.position), (Some(expected), places[3].0));
    let sql = "SELECT string_agg(name || ' ' || owner_id || ' ' || status || ' ' || since || ' '
                                 || until, ',' ORDER BY since) FROM vms_history";
    let expected = format!(
        "prod-Été 7 running {0} {1},web-Nuit 7 running {1} {2},web-Nuit 7 stopped {2} {3}",
        places[0], places[1], places[2], places[3]
    );
    assert_eq!(scene.text(sql).await, expected);
    scene.close().await;
}

#[tokio::test]
async fn a_deleted_machine_is_in_its_history_alone() {
    let scene = Scene::open().await;
    let (vm, stream) = (VmId(1), StreamName::Vm(VmId(1)));
    let since = scene.append(stream.clone(), created(1, ADA)).await;
    scene.append(StreamName::Vm(VmId(2)), created(2, BOB)).await;
    let changed = scene.append(stream.clone(), renamed(1)).await;
    let until = scene.append(stream, VmDeleted { vm, at: NOON }).await;
    let working = scene.project();
    working.reached(until).await;
    let pool = scene.pool();
    assert_eq!(pool.machine(vm).await.unwrap().value, None);
    let all = pool.machines().await.unwrap().value.collect().await.unwrap();
    assert_eq!(all.iter().map(|machine| machine.id.0).collect::<Vec<_>>(), [2]);
    let sql = "SELECT string_agg(since || ' ' || until, ',' ORDER BY since) FROM vms_history";
    assert_eq!(scene.text(sql).await, format!("{since} {changed},{changed} {until}"));
    scene.close().await;
}
