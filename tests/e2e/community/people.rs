//! People, as everybody may see them.

use anyhow::Result;
use serde_json::json;
use tests::Service;

#[tokio::test]
async fn people_are_listed_without_the_administrator_and_found_by_their_ids() -> Result<()> {
    let service = Service::standalone().await?;
    let (_, ada_id) = service.client().join("ada").await?;
    let (_, bob_id) = service.client().join("bob").await?;
    let person = |id: i64, name: &str| json!({ "id": id, "username": name, "email": format!("{name}@example.com") });
    let (ada, bob) = (person(ada_id, "ada"), person(bob_id, "bob"));
    let anyone = service.client();
    for path in ["/users", "/users/"] {
        let list = anyone.get(path).await?;
        assert_eq!((list.status, &list.body), (200, &json!([ada, bob])), "{path}");
        assert!(list.header("registre-read-position").is_some());
    }
    assert_eq!(anyone.get("/users/?skip=1&limit=1").await?.body, json!([bob]));
    assert_eq!(anyone.get("/users/?skip=-3&limit=-1").await?.body, json!([]));
    assert_eq!(anyone.get(&format!("/users/{ada_id}")).await?.body, ada);
    // Its id lies below those of everybody else.
    for id in [1, 4_711] {
        let absent = anyone.get(&format!("/users/{id}")).await?;
        let words = json!({ "detail": "Utilisateur non trouvé" });
        assert_eq!((absent.status, absent.body), (404, words), "{id}");
    }
    let text = anyone.get("/users/abc").await?;
    assert_eq!((text.status, &text.body["detail"][0]["loc"]), (422, &json!(["path", "user_id"])));
    let limit = anyone.get("/users/?limit=many").await?;
    let wrong = &limit.body["detail"][0];
    assert_eq!((limit.status, &wrong["type"]), (422, &json!("int_parsing")));
    assert_eq!(wrong["loc"], json!(["query", "limit"]));
    Ok(())
}
