//! Followers against a real log.

use chrono::TimeDelta;
use commands::session::LogOut;
use futures::FutureExt;
use schema::{Cursor, LogId, UserId, caps::STREAM_EXPIRY_WARNING};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::Duration;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use super::{
    course::Course,
    grant::{Grant, Refused, Turn},
    line::Line,
    wanted::Wanted,
};
use crate::{
    Sessions, Tokens,
    clock::now,
    sockets::{Audience, Claims, Close},
    testing::{Scene, patient, request},
};

const SHORT: Duration = Duration::from_millis(200);
const LOG: LogId = LogId(Uuid::from_u128(1));

/// One person's session, and what proves it.
struct Known {
    tokens: Tokens,
    sessions: Sessions,
    login: commands::user::LoggedIn,
    _folder: TempDir,
    _hearing: AbortOnDropHandle<()>,
}

impl Known {
    async fn of(scene: &Scene, name: &str) -> Self {
        scene.register(name).await;
        let login = scene.log_in(name).await;
        let folder = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(&folder.path().join("signing.key")).unwrap();
        let sessions = Sessions::start(scene.log.clone(), scene.commands.clone()).await.unwrap();
        let hearing = tokio::spawn(sessions.clone().run(CancellationToken::new()));
        let hearing = AbortOnDropHandle::new(hearing);
        Self { tokens, sessions, login, _folder: folder, _hearing: hearing }
    }

    /// By a token that ends after `left`.
    async fn grant(&self, left: TimeDelta) -> Result<Grant, Refused> {
        let token = self.tokens.issue(&self.login, now(), left.num_seconds());
        let bearer = self.tokens.verify(&token).ok_or(Refused::Invalid)?;
        Grant::of_session(&self.sessions, bearer).await
    }
}

fn said(line: &Line) -> Value {
    serde_json::from_str(&line.text).unwrap()
}

async fn course(scene: &Scene, person: UserId) -> (Course, Cursor) {
    let audience = Audience::Stream(Claims { person: Some(person) });
    let (seat, head) = scene.hub.resume(audience, None).await.unwrap();
    let head = Cursor { log: LOG, position: head.unwrap().0 };
    (Course::new(seat, Wanted::default(), LOG), head)
}

#[tokio::test]
async fn whoever_is_told_nothing_hears_how_far_the_stream_is() {
    let mut scene = Scene::open().await;
    let ada = scene.register("ada").await;
    scene.hub.limits.heartbeat = SHORT;
    let (mut course, head) = course(&scene, ada).await;
    let caught_up = patient(course.next()).await;
    assert_eq!(said(&caught_up[0])["type"], "caught_up");
    let heartbeat = patient(course.next()).await;
    assert_eq!((caught_up.len(), heartbeat.len()), (1, 1));
    assert_eq!(said(&heartbeat[0])["type"], "heartbeat");
    assert_eq!(heartbeat[0].cursor, Some(head));
    assert_eq!(said(&heartbeat[0])["sockets"], 1);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_warned_of_once_and_one_that_does_not_is_not() {
    let scene = Scene::open().await;
    let ada = Known::of(&scene, "ada").await;
    let warning = TimeDelta::from_std(STREAM_EXPIRY_WARNING).unwrap();
    let mut soon = ada.grant(warning - TimeDelta::seconds(10)).await.unwrap();
    assert!(matches!(patient(soon.next()).await, Turn::Expiring(_)));
    assert!(soon.next().now_or_never().is_none());
    let mut later = ada.grant(warning + TimeDelta::hours(1)).await.unwrap();
    assert!(later.next().now_or_never().is_none());
    let mut over = ada.grant(TimeDelta::seconds(1)).await.unwrap();
    assert!(matches!(patient(over.next()).await, Turn::Expiring(_)));
    assert!(matches!(patient(over.next()).await, Turn::Ended(Close::EXPIRED)));
}

#[tokio::test]
async fn a_right_ends_with_its_session_and_is_not_given_again() {
    let scene = Scene::open().await;
    let ada = Known::of(&scene, "ada").await;
    let mut grant = ada.grant(TimeDelta::hours(1)).await.unwrap();
    let command = LogOut { session: ada.login.session };
    scene.commands.log_out(&command, &request()).await.unwrap();
    assert!(matches!(patient(grant.next()).await, Turn::Ended(Close::ENDED)));
    assert!(matches!(ada.grant(TimeDelta::hours(1)).await, Err(Refused::Invalid)));
}
