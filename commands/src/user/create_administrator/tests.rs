//! The first administrator: the rule, and what a real log makes of it.

use std::convert::Infallible;

use schema::{AdminAdded, Fact, Role, StreamName, UserId};

use super::{
    Administrator, Appointed, CreateAdministrator, CreateAdministratorRejected, Promotion, USERNAME,
};
use crate::{
    Commands, ExecuteError,
    testing::{
        ADA, Scene, ada_bootstrap, ada_registered, ada_role, email, given, newcomer, password,
        request,
    },
    user::registration::Newcomer,
};

fn promotion(password_right: bool) -> Promotion {
    Promotion { user: ADA, password_right }
}

#[test]
fn whoever_knows_the_password_is_promoted() {
    given([ada_registered()]).when(&promotion(true)).then([ada_bootstrap()]);
}

#[test]
fn an_address_of_somebody_else_is_taken() {
    let refused = CreateAdministratorRejected::EmailTaken;
    given([ada_registered()]).when(&promotion(false)).then_rejected(&refused);
    let auditor = [ada_registered(), ada_role(Role::Auditor)];
    given(auditor).when(&promotion(false)).then_rejected(&refused);
}

#[test]
fn an_administrator_stays_one_whatever_the_password() {
    given([ada_registered(), ada_bootstrap()]).when(&promotion(false)).then([]);
}

fn ada(secret: &str) -> CreateAdministrator {
    CreateAdministrator { email: email("ada@example.com"), password: password(secret) }
}

async fn create(
    commands: &Commands,
    secret: &str,
) -> Result<Administrator, ExecuteError<CreateAdministratorRejected>> {
    commands.create_administrator(&ada(secret), &request()).await
}

fn added(revision: u64) -> Fact {
    AdminAdded { user: UserId(1), revision }.into()
}

#[tokio::test]
async fn the_first_start_creates_the_administrator_and_later_ones_find_it() {
    let scene = Scene::open().await;
    let first = create(&scene.commands, "secret").await.unwrap();
    let second = create(&scene.commands, "another password").await.unwrap();
    assert_eq!((first.appointed, second.appointed), (Appointed::Created, Appointed::Already));
    assert_eq!(first.user, second.user);
    assert_eq!(scene.facts(&StreamName::AdminRoster).await, [added(1)]);
    scene.close().await;
}

#[tokio::test]
async fn an_account_that_was_there_is_promoted_by_its_password_alone() {
    let scene = Scene::open().await;
    scene.commands.register_user(&newcomer("Ada"), &request()).await.unwrap();
    let refused = create(&scene.commands, "guessed").await;
    assert!(matches!(
        refused,
        Err(ExecuteError::Rejected(CreateAdministratorRejected::EmailTaken))
    ));
    assert_eq!(scene.facts(&StreamName::AdminRoster).await, []);

    let promoted = create(&scene.commands, "secret").await.unwrap();
    assert_eq!((promoted.user, promoted.appointed), (UserId(1), Appointed::Promoted));
    assert_eq!(scene.facts(&StreamName::AdminRoster).await, [added(1)]);
    scene.close().await;
}

#[tokio::test]
async fn an_addition_that_crashed_half_way_is_finished_by_the_next_start() {
    let scene = Scene::open().await;
    let command = ada("secret");
    let password_hash = scene.commands.hasher.hash::<Infallible>(&command.password).await.unwrap();
    let newcomer = Newcomer {
        email: Some(&command.email),
        phone: None,
        contact_email: None,
        username: USERNAME,
        password_hash: Some(&password_hash),
        administrator: true,
    };
    scene.commands.register(&newcomer, &request()).await.unwrap();
    assert_eq!(scene.facts(&StreamName::AdminRoster).await, []);

    let finished = create(&scene.commands, "secret").await.unwrap();
    assert_eq!(finished.appointed, Appointed::Already);
    assert_eq!(scene.facts(&StreamName::AdminRoster).await, [added(1)]);
    scene.close().await;
}

#[tokio::test]
async fn two_processes_that_start_at_once_create_one_administrator() {
    let scene = Scene::open().await;
    let other = scene.other_process();
    let (one, two) = tokio::join!(create(&scene.commands, "secret"), create(&other, "secret"));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.user, two.user);
    let created = [one, two].iter().filter(|of| of.appointed == Appointed::Created).count();
    assert_eq!(created, 1);
    assert_eq!(scene.facts(&StreamName::AdminRoster).await.len(), 1);
    scene.close().await;
}
