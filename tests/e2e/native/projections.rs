//! `GET /api/v1/projections`

use anyhow::{Context, Result};
use serde_json::json;
use tests::patient;

use super::{administered, problem};

#[tokio::test]
async fn administrators_hear_how_the_read_models_fare_and_nobody_else() -> Result<()> {
    let (service, admin) = administered().await?;
    let path = "/api/v1/projections";
    let (ada, _) = service.client().join("ada").await?;
    let created = ada.create_event("Fête").await?;
    let settled = async {
        loop {
            let told = admin.get(path).await?;
            assert_eq!(told.status, 200, "{told:?}");
            if told.body["completeness"] == json!("complete") && told.body["behind"].is_object() {
                return anyhow::Ok(told.body);
            }
        }
    };
    let told = patient(settled).await??;
    let place = |cursor: Option<&str>| cursor?.rsplit('-').next()?.parse::<u64>().ok();
    let created = place(created.header("registre-position")).context("a cursor")?;
    assert!(place(told["position"].as_str()).is_some_and(|position| position >= created));
    assert!(told["behind"]["facts"].is_u64(), "{told}");
    assert_eq!(told["quarantine"], json!([]));
    assert_eq!(problem(&ada.get(path).await?), "forbidden");
    assert_eq!(problem(&service.client().get(path).await?), "unauthorized");
    Ok(())
}
