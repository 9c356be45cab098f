//! What becomes of API keys, on a real log and a real Postgres.

use std::collections::BTreeSet;

use schema::{
    ApiKeyId, ApiKeyIssued, ApiKeyRevoked, ApiKeySeen, ClaimHash, Fact, Scope, StreamName,
};
use uuid::Uuid;

use super::{ApiKey, ApiKeysQuery};
use crate::{
    Slice,
    testing::{NOON, Scene},
};

const KEY: ApiKeyId = ApiKeyId(Uuid::from_u128(9));

fn issued(key: ApiKeyId, scopes: impl IntoIterator<Item = Scope>) -> Fact {
    ApiKeyIssued {
        key,
        name: "Mailing list".to_owned(),
        scopes: scopes.into_iter().collect(),
        hash: ClaimHash("5f2c".to_owned()),
        expires_at: None,
        at: NOON,
    }
    .into()
}

#[tokio::test]
async fn keys_are_listed_as_they_are_now_and_their_history_tells_the_rest() {
    let scene = Scene::open().await;
    let (stream, at) = (StreamName::ApiKey(KEY), NOON);
    let scopes = [Scope::Directory, Scope::StreamRead];
    let first = scene.append(stream.clone(), issued(KEY, scopes)).await;
    let other = ApiKeyId(Uuid::from_u128(10));
    scene.append(StreamName::ApiKey(other), issued(other, [Scope::AuditRead])).await;
    let seen = scene.append(stream.clone(), ApiKeySeen { key: KEY, at }).await;
    let revoked = scene.append(stream, ApiKeyRevoked { key: KEY, at }).await;
    let working = scene.project();
    working.reached(revoked).await;

    let read = scene.pool().api_keys(Slice { after: None, limit: 1 }, None).await.unwrap();
    let number = first.0.cast_signed();
    let expected = ApiKey {
        number,
        id: KEY,
        name: "Mailing list".to_owned(),
        scopes: BTreeSet::from(scopes),
        created_at: at,
        expires_at: None,
        last_seen_at: Some(at),
        revoked_at: Some(at),
        stale_since: None,
    };
    assert_eq!((read.value, read.position), (vec![expected.clone()], revoked.0));
    let rest = Slice { after: Some(number), limit: 10 };
    let rest = scene.pool().api_keys(rest, None).await.unwrap().value;
    assert_eq!(rest.iter().map(|key| key.id).collect::<Vec<_>>(), [other]);
    let used = ApiKey { revoked_at: None, ..expected };
    let unused = ApiKey { last_seen_at: None, ..used.clone() };
    for (position, then) in [(first, unused), (seen, used)] {
        let all = Slice { after: None, limit: 1 };
        let read = scene.pool().api_keys(all, Some(position.0)).await.unwrap();
        assert_eq!(read.value, [then], "{position}");
    }
    let sql = "SELECT string_agg(since || ' ' || until || ' ' || (last_seen_at IS NULL), ','
                                 ORDER BY since) FROM api_keys_history";
    let expected = format!("{first} {seen} true,{seen} {revoked} false");
    assert_eq!(scene.text(sql).await, expected);
    scene.close().await;
}
