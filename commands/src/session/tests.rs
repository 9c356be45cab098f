//! When a session lives.

use schema::{Role, SessionId, UserActivated, UserLoggedIn};
use uuid::Uuid;

use super::{Authority, Session, Standing};
use crate::{
    testing::{
        ADA, NOON, SESSION, Scene, ada_deactivated, ada_erased, ada_logged_in, ada_logged_out,
        ada_password, ada_registered, ada_role, fold, newcomer, request,
    },
    user::{Activate, Deactivate, LogIn},
};

fn began(session: SessionId, user_revision: u64) -> Session {
    fold(&[UserLoggedIn { session, user: ADA, user_revision, first: false, at: NOON }.into()])
}

fn began_at(user_revision: u64) -> Session {
    began(SESSION, user_revision)
}

#[test]
fn a_session_lives_from_login_to_its_end() {
    let ada: Authority = fold(&[ada_registered()]);
    let living = fold::<Session>(&[ada_logged_in()]).living(&ada).unwrap();
    assert_eq!((living.session, living.user, living.role), (SESSION, ADA, Role::User));
    assert_eq!(fold::<Session>(&[]).living(&ada), None);
    assert_eq!(fold::<Session>(&[ada_logged_in(), ada_logged_out()]).living(&ada), None);
}

#[test]
fn a_login_decided_before_a_demotion_but_appended_after_it_gives_no_living_session() {
    let demoted = [ada_registered(), ada_role(Role::Admin), ada_role(Role::User)];
    let ada: Authority = fold(&demoted);
    assert_eq!(began_at(1).living(&ada), None);
    assert!(began_at(2).living(&ada).is_some());
}

#[test]
fn the_session_that_is_kept_outlives_the_others() {
    let other = SessionId(Uuid::from_u128(6));
    let ada: Authority = fold(&[ada_registered(), ada_password(Some(SESSION))]);
    assert!(began_at(0).living(&ada).is_some());
    assert_eq!(began(other, 0).living(&ada), None);
    assert!(began(other, 1).living(&ada).is_some());
}

#[test]
fn a_session_that_was_ended_is_not_kept_alive_by_a_later_fact() {
    let facts = [ada_registered(), ada_password(None), ada_password(Some(SESSION))];
    assert_eq!(began_at(0).living(&fold(&facts)), None);
    assert!(began_at(1).living(&fold(&facts)).is_some());
    let other = Some(SessionId(Uuid::from_u128(6)));
    let facts = [ada_registered(), ada_password(Some(SESSION)), ada_password(other)];
    assert_eq!(began_at(1).living(&fold(&facts)), None);
}

#[test]
fn a_session_of_a_closed_account_is_told_so_and_does_not_come_back() {
    let closed: Authority = fold(&[ada_registered(), ada_deactivated()]);
    assert_eq!(began_at(0).standing(&closed), Standing::Inactive);
    let opened = UserActivated { user: ADA, at: NOON }.into();
    let opened: Authority = fold(&[ada_registered(), ada_deactivated(), opened]);
    assert_eq!(began_at(0).standing(&opened), Standing::Over);
    assert!(began_at(2).living(&opened).is_some());
}

#[test]
fn whoever_is_erased_has_no_session() {
    let erased: Authority = fold(&[ada_registered(), ada_erased()]);
    assert_eq!(began_at(0).standing(&erased), Standing::Over);
    assert_eq!(began_at(1).standing(&erased), Standing::Over);
}

#[test]
fn a_promotion_ends_no_session() {
    let ada: Authority = fold(&[ada_registered(), ada_role(Role::Admin)]);
    assert_eq!(began_at(0).living(&ada).map(|living| living.role), Some(Role::Admin));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_decided_before_a_deactivation_but_appended_after_it_gives_no_living_session() {
    let scene = Scene::open().await;
    let ada = newcomer("Ada");
    let user = scene.commands.register_user(&ada, &request()).await.unwrap().user;
    let mut slow = scene.other_process();
    let mut stopped = slow.pauses.arm("has_decided_a_login");
    let login = LogIn { email: Some(ada.email), password: ada.password };
    let begins = tokio::spawn(async move { slow.log_in(&login, &request()).await });
    stopped.arrived().await;
    scene.commands.deactivate(&Deactivate { user }, &request()).await.unwrap();
    // Nor when the account is open again.
    scene.commands.activate(&Activate { user }, &request()).await.unwrap();
    stopped.release();
    let session = begins.await.unwrap().unwrap().session;
    assert_eq!(scene.commands.living_session(session).await.unwrap(), None);
    scene.close().await;
}
