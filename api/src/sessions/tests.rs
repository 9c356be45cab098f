//! Living sessions against a real log.

use commands::{session::LogOut, user::LoggedIn};
use schema::{Fact, Role, StreamName, UserRoleChanged};
use tokio::task::yield_now;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{Fate, Sessions};
use crate::{
    clock::now,
    sockets::Close,
    testing::{Scene, patient, request},
    tokens::Bearer,
};

impl Scene {
    /// Sessions as one process knows them, hearing the log.
    async fn sessions(&self) -> (Sessions, AbortOnDropHandle<()>) {
        let sessions = Sessions::start(self.log.clone(), self.commands.clone()).await.unwrap();
        let hearing = tokio::spawn(sessions.clone().run(CancellationToken::new()));
        (sessions, AbortOnDropHandle::new(hearing))
    }

    async fn log_out(&self, login: &LoggedIn) {
        let command = LogOut { session: login.session };
        self.commands.log_out(&command, &request()).await.unwrap();
    }
}

fn bearer(login: &LoggedIn) -> Bearer {
    let expires = now().timestamp() + 600;
    Bearer { user: login.user, session: login.session, expires }
}

/// What `sessions` says of `bearer` once it is what `awaited` waits for.
async fn becomes(sessions: &Sessions, bearer: Bearer, awaited: impl Fn(Fate) -> bool) -> Fate {
    patient(async {
        loop {
            let fate = sessions.fate(bearer).await;
            if awaited(fate) {
                return fate;
            }
            yield_now().await;
        }
    })
    .await
}

fn lives(fate: Fate) -> bool {
    match fate {
        Fate::Living(_) => true,
        Fate::Inactive | Fate::Ended | Fate::Unknown => false,
    }
}

#[tokio::test]
async fn a_logout_in_another_process_ends_the_session_and_its_socket() {
    let scene = Scene::open().await;
    scene.register("ada").await;
    let login = scene.log_in("ada").await;
    let (sessions, _hearing) = scene.sessions().await;
    let watch = sessions.watch(bearer(&login));
    assert!(lives(sessions.fate(bearer(&login)).await));
    scene.log_out(&login).await;
    assert_eq!(patient(watch.ended()).await, Close::ENDED);
    assert_eq!(sessions.fate(bearer(&login)).await, Fate::Ended);
}

#[tokio::test]
async fn a_demotion_ends_the_sessions_from_before_it_and_no_others() {
    let scene = Scene::open().await;
    let ada = scene.register("ada").await;
    let stream = StreamName::User(ada);
    let becomes_role =
        |role| Fact::from(UserRoleChanged { user: ada, role, bootstrap: false, at: now() });
    scene.append(&stream, 0, becomes_role(Role::Admin)).await;
    let before = scene.log_in("ada").await;
    let (sessions, _hearing) = scene.sessions().await;
    assert!(lives(sessions.fate(bearer(&before)).await));
    scene.append(&stream, 1, becomes_role(Role::User)).await;
    let after = scene.log_in("ada").await;
    becomes(&sessions, bearer(&before), |fate| fate == Fate::Ended).await;
    assert!(lives(sessions.fate(bearer(&after)).await));
}

#[tokio::test]
async fn the_process_that_ends_a_session_knows_it_at_once() {
    let scene = Scene::open().await;
    scene.register("ada").await;
    let login = scene.log_in("ada").await;
    // Nothing hears the log here.
    let sessions = Sessions::start(scene.log.clone(), scene.commands.clone()).await.unwrap();
    assert!(lives(sessions.fate(bearer(&login)).await));
    scene.log_out(&login).await;
    sessions.doubt(login.session);
    assert_eq!(sessions.fate(bearer(&login)).await, Fate::Ended);
}

#[tokio::test]
async fn a_token_that_names_the_session_of_another_proves_nothing() {
    let scene = Scene::open().await;
    let (ada, bob) = (scene.register("ada").await, scene.register("bob").await);
    let login = scene.log_in("ada").await;
    let (sessions, _hearing) = scene.sessions().await;
    let stolen = Bearer { user: bob, ..bearer(&login) };
    assert_eq!(sessions.fate(stolen).await, Fate::Ended);
    assert!(lives(sessions.fate(Bearer { user: ada, ..stolen }).await));
}

#[tokio::test]
async fn without_the_log_a_session_is_unknown_after_five_seconds_and_known_again_with_it() {
    let mut scene = Scene::open().await;
    scene.register("ada").await;
    let login = scene.log_in("ada").await;
    let (sessions, _hearing) = scene.sessions().await;
    let watch = sessions.watch(bearer(&login));
    assert!(lives(sessions.fate(bearer(&login)).await));

    scene.stop_log().await;

    assert!(lives(sessions.fate(bearer(&login)).await));
    assert_eq!(patient(watch.ended()).await, Close::STATE_UNKNOWN);
    assert_eq!(sessions.fate(bearer(&login)).await, Fate::Unknown);

    scene.start_log().await;

    becomes(&sessions, bearer(&login), lives).await;
}

#[tokio::test]
async fn a_socket_closes_when_its_token_expires() {
    let scene = Scene::open().await;
    scene.register("ada").await;
    let login = scene.log_in("ada").await;
    let (sessions, _hearing) = scene.sessions().await;
    let watch = sessions.watch(Bearer { expires: now().timestamp(), ..bearer(&login) });
    assert_eq!(patient(watch.ended()).await, Close::EXPIRED);
}
