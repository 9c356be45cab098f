//! `GET /api/v1/projections`

use anyhow::Result;
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
            if told.body["completeness"] == json!("complete") {
                return anyhow::Ok(told.body);
            }
        }
    };
    let told = patient(settled).await??;
    assert_eq!(told["position"], json!(created.header("registre-position")));
    assert_eq!((&told["behind"]["facts"], &told["quarantine"]), (&json!(0), &json!([])));
    assert_eq!(problem(&ada.get(path).await?), "forbidden");
    assert_eq!(problem(&service.client().get(path).await?), "unauthorized");
    Ok(())
}
