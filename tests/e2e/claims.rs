//! What only one may have.

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::json;
use tests::Service;

#[tokio::test]
async fn of_twenty_parallel_posts_of_one_title_one_succeeds() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let answers = try_join_all((0..20).map(|_| ada.create_event("Fête"))).await?;

    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 19), "{answers:?}");
    let words = json!({ "detail": "Un événement avec ce titre existe déjà" });
    assert!(lost.iter().all(|answer| (answer.status, &answer.body) == (400, &words)), "{lost:?}");
    assert_eq!(ada.get("/events/").await?.body, json!([won[0].body]));
    Ok(())
}

#[tokio::test]
async fn of_fifty_parallel_registrations_of_one_address_one_succeeds() -> Result<()> {
    let service = Service::standalone().await?;
    let client = service.client();
    let answers = try_join_all((0..50).map(|_| client.register("ada"))).await?;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.status == 400).count();
    assert_eq!((won, lost), (1, 49), "{answers:?}");
    client.log_in("ada").await?;
    Ok(())
}
