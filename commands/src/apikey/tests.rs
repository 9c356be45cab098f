use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use schema::{
    ApiKeyId, ApiKeyIssued, ApiKeyRevoked, ApiKeySeen, ClaimHash, Fact, Scope, StreamName,
};
use uuid::Uuid;

use super::{ApiKey, IssueApiKey, KeyHolder, RevokeApiKey, named, prefix};
use crate::{
    Request, Seen, Sent,
    testing::{NOON, Scene, fold, line, request},
};

pub(super) const KEY: ApiKeyId = ApiKeyId(Uuid::from_u128(9));

pub(super) fn issued(expires_at: Option<DateTime<Utc>>) -> Fact {
    ApiKeyIssued {
        key: KEY,
        name: "Mailing list".to_owned(),
        scopes: BTreeSet::from([Scope::Directory]),
        hash: ClaimHash("5f2c".to_owned()),
        expires_at,
        at: NOON,
    }
    .into()
}

pub(super) fn revoked() -> Fact {
    ApiKeyRevoked { key: KEY, at: NOON }.into()
}

fn lives(facts: &[Fact], at: DateTime<Utc>) -> bool {
    fold::<ApiKey>(facts).living(at).is_some()
}

#[test]
fn a_key_counts_until_it_expires_or_is_revoked() {
    let later = NOON + TimeDelta::days(3_650);
    assert!(lives(&[issued(None)], later));
    assert!(lives(&[issued(Some(later))], later - TimeDelta::seconds(1)));
    assert!(!lives(&[issued(Some(later))], later));
    assert!(!lives(&[issued(None), revoked()], NOON));
    assert!(!lives(&[], NOON));
}

#[test]
fn a_key_is_seen_once_in_a_while() {
    let seen = |at| ApiKeySeen { key: KEY, at }.into();
    assert!(fold::<ApiKey>(&[issued(None)]).unseen(NOON));
    let key = fold::<ApiKey>(&[issued(None), seen(NOON)]);
    assert!(!key.unseen(NOON + TimeDelta::minutes(14)));
    assert!(key.unseen(NOON + TimeDelta::minutes(15)));
}

#[test]
fn a_text_that_is_no_key_names_none() {
    let id = KEY.0.simple().to_string();
    assert_eq!(named(&format!("registre_{id}_a_secret")), Some(KEY));
    for text in
        ["", "registre", &format!("registre_{id}"), &format!("other_{id}_s"), "registre_x_s"]
    {
        assert_eq!(named(text), None, "{text}");
    }
}

#[tokio::test]
async fn its_text_and_nothing_else_opens_until_it_is_revoked() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let scopes = BTreeSet::from([Scope::Directory, Scope::StreamRead]);
    let command = IssueApiKey { name: line("List"), scopes: scopes.clone(), expires_at: None };
    let made = commands.issue_api_key(&command, &request()).await.unwrap();
    let other = commands.issue_api_key(&command, &request()).await.unwrap();
    assert_ne!(made.text, other.text);

    let holder = commands.key_holder(&made.text, &request()).await.unwrap();
    assert_eq!(holder, Some(KeyHolder { key: made.key, scopes, expires_at: None }));
    let (name, secret) = made.text.split_at(prefix(made.key).len());
    for wrong in [format!("{name}{}", "x".repeat(secret.len())), name.to_owned(), String::new()] {
        assert_eq!(commands.key_holder(&wrong, &request()).await.unwrap(), None, "{wrong}");
    }
    assert!(commands.key_opens(made.key, Scope::StreamRead, request().at).await.unwrap());
    assert!(!commands.key_opens(made.key, Scope::AuditRead, request().at).await.unwrap());

    // Its text stands nowhere.
    let stored = format!("{:?}", scene.facts(&StreamName::ApiKey(made.key)).await);
    assert!(!stored.contains(secret), "{stored}");

    let revoke = RevokeApiKey { key: made.key };
    let position = commands.revoke_api_key(&revoke, &request()).await.unwrap();
    assert_eq!(commands.revoke_api_key(&revoke, &request()).await.unwrap(), position);
    assert_eq!(commands.key_holder(&made.text, &request()).await.unwrap(), None);
    assert!(!commands.key_opens(made.key, Scope::StreamRead, request().at).await.unwrap());
    assert!(commands.key_holder(&other.text, &request()).await.unwrap().is_some());
    scene.close().await;
}

#[tokio::test]
async fn the_first_use_is_written_down_and_the_next_is_not() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let scopes = BTreeSet::from([Scope::Directory]);
    let command = IssueApiKey { name: line("List"), scopes, expires_at: None };
    let made = commands.issue_api_key(&command, &request()).await.unwrap();
    let used = request();
    commands.key_holder(&made.text, &used).await.unwrap();
    let seen = async {
        while commands.load_key(made.key).await.unwrap().state.seen_at != Some(used.at) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), seen).await.expect("it is never seen");
    let again = Request { at: used.at + TimeDelta::minutes(1), ..request() };
    let loaded = commands.load_key(made.key).await.unwrap();
    assert!(!loaded.state.unseen(again.at));
    assert_eq!(scene.facts(&StreamName::ApiKey(made.key)).await.len(), 2);
    scene.close().await;
}

#[tokio::test]
async fn a_request_for_a_key_that_is_sent_again_is_told_the_same_key() {
    let scene = Scene::open().await;
    let scopes = BTreeSet::from([Scope::Directory]);
    let expires_at = Some(DateTime::UNIX_EPOCH + TimeDelta::hours(1));
    let issue = IssueApiKey { name: line("Mailing list"), scopes, expires_at };
    let again = |at| {
        let commands = scene.other_process();
        let sent = Sent { method: "POST", target: "/api-keys", key: "one", body: "{}" };
        async move {
            let request = Request { at, ..request() };
            (commands.accept(request, sent, None).await.unwrap(), commands)
        }
    };
    let (first, commands) = again(DateTime::UNIX_EPOCH).await;
    let told = commands.issue_api_key(&issue, &first).await.unwrap();
    let revoke = RevokeApiKey { key: told.key };
    commands.revoke_api_key(&revoke, &request()).await.unwrap();
    // By then the key has expired.
    let (later, commands) = again(DateTime::UNIX_EPOCH + TimeDelta::hours(2)).await;
    let repeated = commands.issue_api_key(&issue, &later).await.unwrap();
    assert_eq!((&told.text, told.position), (&repeated.text, repeated.position));
    assert_eq!(scene.facts(&StreamName::ApiKey(told.key)).await.len(), 2);
    scene.close().await;
}

#[tokio::test]
async fn a_key_that_has_been_used_is_as_its_issuer_saw_it_and_one_that_was_revoked_is_not() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let scopes = BTreeSet::from([Scope::Directory]);
    let issue = IssueApiKey { name: line("Mailing list"), scopes, expires_at: None };
    let key = commands.issue_api_key(&issue, &request()).await.unwrap().key;
    let seen = ApiKeySeen { key, at: NOON };
    let expected = eventlog::ExpectedRevision::Exactly(eventlog::Revision(0));
    let stream = StreamName::ApiKey(key);
    commands.append(&stream, expected, vec![seen.into()], &request()).await.unwrap();
    let as_of = |revision| Request { seen: Seen::Revisions(vec![revision]), ..request() };
    let revoke = RevokeApiKey { key };
    assert!(commands.revoke_api_key(&revoke, &as_of(1)).await.is_err());
    assert!(commands.revoke_api_key(&revoke, &as_of(0)).await.is_ok());
    assert!(commands.revoke_api_key(&revoke, &as_of(0)).await.is_err());
    scene.close().await;
}
