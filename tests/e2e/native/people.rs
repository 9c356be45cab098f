//! People.

use anyhow::Result;
use serde_json::json;
use tests::Service;

use super::{administered, errors, ids, problem};

#[tokio::test]
async fn members_see_each_other_and_not_how_to_reach_each_other() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, bob_id) = service.client().join("bob").await?;

    let list = bob.get("/api/v1/people").await?;
    assert!(ids(&list.body).ends_with(&[ada_id, bob_id]), "{list:?}");
    let found = bob.get("/api/v1/people?q=AD").await?;
    assert!(ids(&found.body).contains(&ada_id), "{found:?}");
    assert!(!ids(&found.body).contains(&bob_id), "{found:?}");

    let path = format!("/api/v1/people/{ada_id}");
    let others = bob.get(&path).await?.body;
    assert_eq!((&others["username"], &others["role"]), (&json!("ada"), &json!("user")));
    assert_eq!(others.get("email"), None);
    for viewer in [&ada, &admin] {
        assert_eq!(viewer.get(&path).await?.body["email"], json!("ada@example.com"));
    }
    let nobody = bob.get("/api/v1/people/4711").await?;
    assert_eq!((nobody.status, problem(&nobody)), (404, "not-found"));
    Ok(())
}

#[tokio::test]
async fn administrators_give_roles_close_accounts_and_erase() -> Result<()> {
    let (service, admin) = administered().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let (bob, _) = service.client().join("bob").await?;
    let path = |what: &str| format!("/api/v1/people/{ada_id}{what}");

    for (what, body) in
        [("/role", json!({ "role": "admin" })), ("/active", json!({ "active": false }))]
    {
        let refused = bob.put(&path(what), &body).await?;
        assert_eq!((refused.status, problem(&refused)), (403, "forbidden"));
    }
    let refused = bob.delete(&path("")).await?;
    assert_eq!((refused.status, problem(&refused)), (403, "forbidden"));
    let wrong = admin.put(&path("/role"), &json!({ "role": "emperor" })).await?;
    assert_eq!(errors(&wrong), [("#/role", "value")]);

    let auditor = admin.put(&path("/role"), &json!({ "role": "auditor" })).await?;
    assert_eq!((auditor.status, &auditor.body["role"]), (200, &json!("auditor")));
    let closed = admin.put(&path("/active"), &json!({ "active": false })).await?;
    assert_eq!((closed.status, &closed.body["active"]), (200, &json!(false)));
    let refused = ada.get("/api/v1/people").await?;
    assert_eq!((refused.status, problem(&refused)), (403, "forbidden"));
    let open = admin.put(&path("/active"), &json!({ "active": true })).await?;
    assert_eq!((open.status, &open.body["active"]), (200, &json!(true)));

    let erased = admin.delete(&path("")).await?;
    assert_eq!(erased.status, 204, "{erased:?}");
    let gone = admin.get(&path("")).await?;
    assert_eq!((gone.status, problem(&gone)), (404, "not-found"));
    let again = admin.put(&path("/active"), &json!({ "active": true })).await?;
    assert_eq!((again.status, problem(&again)), (404, "not-found"));
    Ok(())
}

#[tokio::test]
async fn the_last_administrator_stays() -> Result<()> {
    let (_service, admin) = administered().await?;
    let people = admin.get("/api/v1/people").await?.body;
    let path = |what: &str| format!("/api/v1/people/{}{what}", ids(&people)[0]);
    for answer in [
        admin.put(&path("/role"), &json!({ "role": "user" })).await?,
        admin.put(&path("/active"), &json!({ "active": false })).await?,
        admin.delete(&path("")).await?,
    ] {
        assert_eq!((answer.status, problem(&answer)), (409, "last-administrator"));
    }
    Ok(())
}

#[tokio::test]
async fn another_address_and_another_password_take_the_password() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let me = "/api/v1/people/me";
    let renamed = ada.put(me, &json!({ "username": "Ada L." })).await?;
    assert_eq!((renamed.status, &renamed.body["username"]), (200, &json!("Ada L.")));

    let email = json!("lovelace1815@example.com");
    let bare = ada.put(me, &json!({ "email": email })).await?;
    assert_eq!(errors(&bare), [("#/current_password", "missing")]);
    let wrong = ada.put(me, &json!({ "email": email, "current_password": "wrong" })).await?;
    assert_eq!((wrong.status, problem(&wrong)), (403, "forbidden"));
    let moved = ada.put(me, &json!({ "email": email, "current_password": "ada" })).await?;
    assert_eq!((moved.status, &moved.body["email"]), (200, &email));
    let privileges = json!({ "is_admin": true, "role": "admin" });
    let refused = ada.put(me, &privileges).await?;
    assert_eq!(errors(&refused), [("#/is_admin", "unknown"), ("#/role", "unknown")]);

    let path = "/api/v1/people/me/password";
    let short = json!({ "current_password": "ada", "password": "1234567" });
    assert_eq!(errors(&ada.put(path, &short).await?), [("#/password", "value")]);
    let own = json!({ "current_password": "ada", "password": "lovelace1815" });
    assert_eq!(errors(&ada.put(path, &own).await?), [("#/password", "value")]);
    let new = json!({ "current_password": "ada", "password": "correct horse" });
    assert_eq!(ada.put(path, &new).await?.status, 200);
    // The session that made the change goes on.
    assert_eq!(ada.get("/api/v1/people").await?.status, 200);
    let login = json!({ "email": email, "password": "correct horse" });
    assert_eq!(service.client().post("/login", &login).await?.status, 200);
    Ok(())
}
