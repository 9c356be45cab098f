//! What can be measured from outside.

use anyhow::{Context, Result};
use tests::Service;

/// All that `service` measures.
pub(crate) async fn measured(service: &Service) -> Result<String> {
    let url = service.banner.iter().find_map(|line| line.strip_prefix("and measures "));
    Ok(reqwest::get(url.context("no URL")?).await?.text().await?)
}

/// The value of the series that begins with `name` and has all of `labels`.
pub(crate) fn value(told: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let mut series = told.lines().filter(|line| line.starts_with(name));
    let line = series.find(|line| labels.iter().all(|label| line.contains(label)))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn requests_commands_appends_sockets_and_lag_are_measured() -> Result<()> {
    let service = Service::standalone().await?;
    let (ada, _) = service.client().join("ada").await?;
    let _socket = ada.socket().await?;
    ada.create_event("Fête").await?;
    ada.create_event("Fête").await?;
    ada.get("/events/4711").await?;

    let relayed = async {
        loop {
            let told = measured(&service).await?;
            if value(&told, "registre_relay_behind_facts", &[]) == Some(0.0)
                && value(&told, "registre_relay_active", &[]) == Some(1.0)
            {
                return anyhow::Ok(told);
            }
        }
    };
    let told = tests::patient(relayed).await??;
    let route = r#"route="/events""#;
    for (name, labels, expected) in [
        ("registre_requests_total", vec![route, r#"status="200""#], 1.0),
        ("registre_requests_total", vec![route, r#"status="400""#], 1.0),
        ("registre_requests_total", vec![r#"route="/events/{event_id}""#, r#"status="404""#], 1.0),
        ("registre_commands_total", vec![route, r#"outcome="accepted""#], 1.0),
        ("registre_commands_total", vec![route, r#"outcome="refused""#], 1.0),
        ("registre_up", vec![r#"part="log""#], 1.0),
        ("registre_projection_behind_facts", vec![], 0.0),
        ("registre_projection_behind_seconds", vec![], 0.0),
        ("registre_facts_left_out", vec![], 0.0),
        ("registre_streams_quarantined", vec![], 0.0),
        ("registre_sockets", vec![], 1.0),
        ("registre_socket_queue_frames", vec![], 0.0),
        ("registre_socket_queue_bytes", vec![], 0.0),
        ("registre_relay_behind_seconds", vec![], 0.0),
        ("registre_password_hashes_waiting", vec![], 0.0),
    ] {
        assert_eq!(value(&told, name, &labels), Some(expected), "{name} {labels:?} in {told}");
    }
    let appends = value(&told, "registre_append_seconds_count", &[]);
    assert!(appends.is_some_and(|appends| appends >= 3.0), "{told}");
    // What ends a session is heard as soon: the registration and the login have been.
    let heard = value(&told, "registre_session_heard_seconds_count", &[]);
    assert!(heard.is_some_and(|heard| heard >= 2.0), "{told}");
    assert!(!told.contains(ada.token().context("logged in")?));
    // They are not where clients come in.
    assert_eq!(ada.get("/metrics").await?.status, 404);
    Ok(())
}
