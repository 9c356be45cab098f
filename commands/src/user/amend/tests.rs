//! Changes of accounts under races and crashes, against a real log.

use schema::{AdminAdded, AdminRemoved, Fact, Role, StreamName, UserFact, UserId};

use super::AmendRejected;
use crate::{
    Commands, ExecuteError,
    testing::{Scene, email, newcomer, request},
    user::{
        ChangeProfile, ChangeRole, CreateAdministrator, Deactivate, EraseUser, RegisterUserRejected,
    },
};

const ROSTER: StreamName = StreamName::AdminRoster;

async fn register(commands: &Commands, name: &str) -> UserId {
    commands.register_user(&newcomer(name), &request()).await.unwrap().user
}

async fn administrator(commands: &Commands) -> UserId {
    let ada = newcomer("Ada");
    let command = CreateAdministrator { email: ada.email, password: ada.password };
    commands.create_administrator(&command, &request()).await.unwrap().user
}

fn promote(user: UserId) -> ChangeRole {
    ChangeRole { user, role: Role::Admin }
}

fn demote(user: UserId) -> ChangeRole {
    ChangeRole { user, role: Role::User }
}

fn moves_to(user: UserId, address: &str) -> ChangeProfile {
    ChangeProfile { user, username: None, email: Some(email(address)) }
}

#[tokio::test]
async fn the_last_active_administrator_is_neither_demoted_closed_nor_erased() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = administrator(commands).await;
    let refused = [
        commands.change_role(&demote(ada), &request()).await,
        commands.deactivate(&Deactivate { user: ada }, &request()).await,
        commands.erase_user(&EraseUser { user: ada }, &request()).await,
    ];
    for refused in refused {
        let last = AmendRejected::LastAdministrator;
        assert!(matches!(refused, Err(ExecuteError::Rejected(reason)) if reason == last));
    }
    let bob = register(commands, "Bob").await;
    commands.change_role(&promote(bob), &request()).await.unwrap();
    commands.erase_user(&EraseUser { user: ada }, &request()).await.unwrap();
    scene.close().await;
}

#[tokio::test]
async fn a_demotes_b_while_b_demotes_a_and_one_of_them_is_left() {
    let scene = Scene::open().await;
    let ada = administrator(&scene.commands).await;
    let bob = register(&scene.commands, "Bob").await;
    scene.commands.change_role(&promote(bob), &request()).await.unwrap();

    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm("has_left_the_roster");
    let (first, slow_request) = (demote(bob), request());
    let of_bob = slow.change_role(&first, &slow_request);
    let of_ada = async {
        // Bob has left the roster, and is an administrator still.
        stopped.arrived().await;
        let refused = scene.commands.change_role(&demote(ada), &request()).await;
        stopped.release();
        refused
    };
    let (of_bob, of_ada) = tokio::join!(of_bob, of_ada);
    of_bob.unwrap();
    let last = AmendRejected::LastAdministrator;
    assert!(matches!(of_ada, Err(ExecuteError::Rejected(reason)) if reason == last));
    scene.close().await;
}

#[tokio::test]
async fn an_addition_that_crashed_half_way_does_not_count_until_it_is_repeated() {
    let scene = Scene::open().await;
    let ada = administrator(&scene.commands).await;
    let bob = register(&scene.commands, "Bob").await;
    let mut crashing = scene.commands.clone();
    let mut stopped = crashing.pauses.arm("has_amended");
    {
        let (command, request) = (promote(bob), request());
        let promotion = crashing.change_role(&command, &request);
        tokio::select! {
            _ = promotion => panic!("it did not stop"),
            () = stopped.arrived() => {}
        }
    }
    let other_leaves = scene.commands.change_role(&demote(ada), &request()).await;
    let last = AmendRejected::LastAdministrator;
    assert!(matches!(other_leaves, Err(ExecuteError::Rejected(reason)) if reason == last));

    scene.commands.change_role(&promote(bob), &request()).await.unwrap();
    scene.commands.change_role(&demote(ada), &request()).await.unwrap();
    scene.close().await;
}

#[tokio::test]
async fn a_promotion_that_is_overtaken_by_a_demotion_does_not_count() {
    let scene = Scene::open().await;
    administrator(&scene.commands).await;
    let bob = register(&scene.commands, "Bob").await;
    let mut slow = scene.commands.clone();
    let mut stopped = slow.pauses.arm("has_amended");
    let (command, slow_request) = (promote(bob), request());
    let promotion = slow.change_role(&command, &slow_request);
    let demotion = async {
        stopped.arrived().await;
        scene.commands.change_role(&demote(bob), &request()).await.unwrap();
        stopped.release();
    };
    let (promoted, ()) = tokio::join!(promotion, demotion);
    promoted.unwrap();
    let of_bob: Vec<Fact> = scene.facts(&ROSTER).await.split_off(1);
    let removed = AdminRemoved { user: bob, revision: 1 }.into();
    assert_eq!(of_bob, [removed, AdminAdded { user: bob, revision: 1 }.into()]);
    scene.close().await;
}

#[tokio::test]
async fn a_demotion_that_crashed_half_way_is_finished_by_the_next() {
    let scene = Scene::open().await;
    let ada = administrator(&scene.commands).await;
    let bob = register(&scene.commands, "Bob").await;
    scene.commands.change_role(&promote(bob), &request()).await.unwrap();
    let mut crashing = scene.commands.clone();
    let mut stopped = crashing.pauses.arm("has_left_the_roster");
    {
        let (command, request) = (demote(bob), request());
        tokio::select! {
            _ = crashing.change_role(&command, &request) => panic!("it did not stop"),
            () = stopped.arrived() => {}
        }
    }
    let last = scene.commands.change_role(&demote(ada), &request()).await;
    assert!(last.is_err(), "{last:?}");
    scene.commands.change_role(&demote(bob), &request()).await.unwrap();
    let facts = scene.facts(&StreamName::User(bob)).await;
    let Some(Fact::User(UserFact::UserRoleChanged(changed))) = facts.last() else {
        panic!("{facts:?}");
    };
    assert_eq!(changed.role, Role::User);
    scene.close().await;
}

#[tokio::test]
async fn an_address_that_was_left_can_be_had_and_the_new_one_cannot() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = register(commands, "Ada").await;
    let command = moves_to(ada, "ada@new.example");
    commands.change_profile(&command, &request()).await.unwrap();
    let bob = register(commands, "Bob").await;
    let taken = commands.change_profile(&moves_to(bob, "ADA@new.example"), &request()).await;
    assert!(matches!(taken, Err(ExecuteError::Rejected(AmendRejected::EmailTaken))));
    let second = register(commands, "Ada").await;
    assert_ne!(second, ada);
    let back = commands.change_profile(&moves_to(ada, "ada@example.com"), &request()).await;
    assert!(matches!(back, Err(ExecuteError::Rejected(AmendRejected::EmailTaken))));
    scene.close().await;
}

#[tokio::test]
async fn an_address_change_that_crashed_half_way_leaves_both_addresses_to_be_had() {
    let scene = Scene::open().await;
    let ada = register(&scene.commands, "Ada").await;
    let mut crashing = scene.commands.clone();
    let mut stopped = crashing.pauses.arm("has_claimed");
    {
        let (command, request) = (moves_to(ada, "bob@example.com"), request());
        tokio::select! {
            _ = crashing.change_profile(&command, &request) => panic!("it did not stop"),
            () = stopped.arrived() => {}
        }
    }
    // The new address was claimed and never used; the old one is in use still.
    register(&scene.commands, "Bob").await;
    let taken = scene.commands.register_user(&newcomer("Ada"), &request()).await;
    let expected = RegisterUserRejected::EmailTaken;
    assert!(matches!(taken, Err(ExecuteError::Rejected(reason)) if reason == expected));
    let command = moves_to(ada, "ada@new.example");
    scene.commands.change_profile(&command, &request()).await.unwrap();
    register(&scene.commands, "Ada").await;
    scene.close().await;
}
