//! Who and what the rules about machines are tried on, and the commands on a real log.

use schema::{Amount, Fact, Role, UserId, VmCreated, VmDeleted, VmId, VmStatus, VmStopped};

use super::{AttachVm, Build, Caller, ChangeVm, CreateVm, CreateVmRejected, DeleteVm, StopVm};
use crate::{
    ExecuteError,
    testing::{ADA, BOB, NOON, Scene, line, newcomer, request},
};

pub(crate) const VM: VmId = VmId(4);

pub(crate) fn build() -> Build {
    let amount = |number| Amount::parse(number).unwrap();
    Build {
        name: line("prod-Jeune"),
        operating_system: line("Fedora 38"),
        cpu_cores: amount(4),
        ram_gb: amount(16),
        disk_gb: amount(250),
        status: VmStatus::Running,
    }
}

/// Ada's.
pub(crate) fn vm_created() -> Fact {
    VmCreated {
        vm: VM,
        owner: ADA,
        name: "prod-Jeune".to_owned(),
        operating_system: "Fedora 38".to_owned(),
        cpu_cores: 4,
        ram_gb: 16,
        disk_gb: 250,
        status: VmStatus::Running,
        at: NOON,
    }
    .into()
}

pub(crate) fn vm_stopped() -> Fact {
    VmStopped { vm: VM, at: NOON }.into()
}

pub(crate) fn vm_deleted() -> Fact {
    VmDeleted { vm: VM, at: NOON }.into()
}

pub(crate) fn the_owner() -> Caller {
    Caller { user: ADA, role: Role::User, owner_exists: true }
}

/// May read everything, and change nothing that is not theirs.
pub(crate) fn stranger() -> Caller {
    Caller { user: BOB, role: Role::Auditor, owner_exists: true }
}

pub(crate) fn admin() -> Caller {
    Caller { user: UserId(1), role: Role::Admin, owner_exists: true }
}

#[tokio::test]
async fn a_machine_lives_through_all_that_can_happen_to_it() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
    let for_nobody = CreateVm { owner: UserId(99), build: build() };
    let refused = commands.create_vm(&for_nobody, &request()).await;
    let nobody = CreateVmRejected::NoSuchUser;
    assert!(matches!(refused, Err(ExecuteError::Rejected(rejected)) if rejected == nobody));

    let command = CreateVm { owner: ada, build: build() };
    let made = commands.create_vm(&command, &request()).await.unwrap().machine;
    assert_eq!((made.vm, made.owner), (VmId(1), ada), "a machine of nobody's costs no id");
    let vm = made.vm;
    let change = ChangeVm {
        vm,
        caller: ada,
        owner: None,
        name: Some(line("web-Nuit")),
        operating_system: None,
        cpu_cores: None,
        ram_gb: None,
        disk_gb: None,
        status: None,
    };
    let changed = commands.change_vm(&change, &request()).await.unwrap();
    assert_eq!((changed.machine.name.as_str(), changed.machine.cpu_cores), ("web-Nuit", 4));
    let again = commands.change_vm(&change, &request()).await.unwrap();
    assert_eq!(again, changed, "a change into what it is writes nothing");
    let stopped = commands.stop_vm(&StopVm { vm, caller: ada }, &request()).await.unwrap();
    assert_eq!(stopped.machine.status, VmStatus::Stopped);
    let attach = AttachVm { vm, caller: ada, owner: bob };
    let attached = commands.attach_vm(&attach, &request()).await.unwrap();
    assert_eq!(attached.machine.owner, bob);
    assert!(commands.delete_vm(&DeleteVm { vm, caller: ada }, &request()).await.is_err());
    commands.delete_vm(&DeleteVm { vm, caller: bob }, &request()).await.unwrap();
    assert!(commands.stop_vm(&StopVm { vm, caller: bob }, &request()).await.is_err());
    scene.close().await;
}

#[tokio::test]
async fn of_changes_that_are_made_at_once_none_is_lost() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let command = CreateVm { owner: ada, build: build() };
    let vm = commands.create_vm(&command, &request()).await.unwrap().machine.vm;
    let nothing = ChangeVm {
        vm,
        caller: ada,
        owner: None,
        name: None,
        operating_system: None,
        cpu_cores: None,
        ram_gb: None,
        disk_gb: None,
        status: None,
    };
    let renamed = ChangeVm { name: Some(line("db-Mer")), ..nothing.clone() };
    let grown = ChangeVm { cpu_cores: Amount::parse(32).ok(), ..nothing.clone() };
    let (one, two, three) = (request(), request(), request());
    let stop = StopVm { vm, caller: ada };
    let both = futures::future::try_join(
        commands.change_vm(&renamed, &one),
        commands.change_vm(&grown, &two),
    );
    Box::pin(both).await.unwrap();
    commands.stop_vm(&stop, &three).await.unwrap();
    let last = commands.change_vm(&nothing, &request()).await.unwrap().machine;
    let shown = (last.name.as_str(), last.cpu_cores, last.status);
    assert_eq!(shown, ("db-Mer", 32, VmStatus::Stopped));
    scene.close().await;
}
