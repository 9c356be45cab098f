//! `GET /api/v1/audit/trace/{correlation}`

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use eventlog::{Direction, Fact, Filter, Position};
use projections::merkle::TreeQuery;
use schema::{
    Metadata,
    caps::{AUDIT_TRACE_MAX, LOG_PAGE},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{path::Text, problem::Problem},
    inspector::Inspector,
    one::fact_at,
    shown::{Form, shown},
};
use crate::App;

/// What followed from one request
///
/// Each fact stands below the one that it follows from; those that follow from the request itself
/// stand at the top.
#[utoipa::path(
    get, path = "/api/v1/audit/trace/{correlation}", operation_id = "audit_trace",
    params(
        ("correlation" = String, Path, description = "The request, as a fact's `correlationid`"),
        ("purpose" = Option<String>, Query, description = "Why personal data has to be shown",
            example = "A complaint of the person concerned"),
    ),
    responses(
        (status = 200, description = "The tree of facts", body = serde_json::Value,
            example = json!({
                "correlationid": "01990000-0000-4000-8000-000000000017",
                "facts": [{ "type": "message-read.v1", "subject": "message-9", "caused": [] }],
            })),
        (status = 404, description = "Nothing followed from such a request"),
        (status = 429, description = "Too many questions; see Retry-After"),
    ),
    security(("bearer" = []), ("api_key" = []))
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Text(correlation): Text,
    inspector: Inspector,
) -> Result<Response, Problem> {
    let correlation: Uuid = correlation.parse().map_err(|_| Problem::NOT_FOUND)?;
    let form = if inspector.opened { Form::Opened } else { Form::Sealed };
    let facts = following(&app, correlation).await?;
    let last = facts.last().ok_or(Problem::NOT_FOUND)?;
    let read_at = app.read_at(last.position.0);
    let mut events = Vec::with_capacity(facts.len());
    for fact in &facts {
        events.push(shown(&app, fact, form).await.map_err(commands::LogFailure::from)?);
    }
    let trace = json!({ "correlationid": correlation, "facts": tree(events) });
    Ok((read_at, Json(trace)).into_response())
}

/// The facts that follow from `correlation`: those that the tree over the facts knows of, and those
/// that have come since.
async fn following(app: &App, correlation: Uuid) -> Result<Vec<Fact>, Problem> {
    let known = app.pool.following_from(correlation).await?;
    let mut facts = Vec::new();
    for position in known.into_iter().take(AUDIT_TRACE_MAX) {
        facts.extend(fact_at(app, Position(position)).await?);
    }
    let mut read = app.pool.tree_read_up_to(app.log_id).await?.map(Position);
    loop {
        let page =
            app.hub.log().read_all(Filter::ExcludeSystem, read, Direction::Forwards, LOG_PAGE);
        let page = page.await.map_err(commands::LogFailure::from)?;
        let full = page.len() == LOG_PAGE;
        // A read from a position brings the fact at that position once more.
        let new = page.into_iter().filter(|fact| Some(fact.position) > read);
        let new: Vec<Fact> = new.collect();
        read = read.max(new.last().map(|fact| fact.position));
        let belongs = |fact: &Fact| {
            let metadata = serde_json::from_slice::<Metadata>(&fact.metadata);
            metadata.is_ok_and(|metadata| metadata.correlation == correlation)
        };
        facts.extend(new.into_iter().filter(belongs));
        if !full || facts.len() >= AUDIT_TRACE_MAX {
            facts.truncate(AUDIT_TRACE_MAX);
            return Ok(facts);
        }
    }
}

/// `events`, in log order, each below the one that it follows from.
fn tree(events: Vec<Value>) -> Vec<Value> {
    let ids: Vec<Value> = events.iter().map(|event| event["id"].clone()).collect();
    let mut below: HashMap<usize, Vec<Value>> = HashMap::new();
    let mut roots = Vec::new();
    // A fact follows from one that stands before it: the last one has nothing below it.
    for (index, mut event) in events.into_iter().enumerate().rev() {
        let mut caused = below.remove(&index).unwrap_or_default();
        caused.reverse();
        let cause = ids[..index].iter().position(|id| *id == event["causationid"]);
        event["caused"] = Value::Array(caused);
        match cause {
            Some(cause) => below.entry(cause).or_default().push(event),
            None => roots.push(event),
        }
    }
    roots.reverse();
    roots
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::tree;

    #[test]
    fn each_fact_stands_below_the_one_that_it_follows_from() {
        let event = |id, cause| json!({ "id": id, "causationid": cause });
        let events = vec![event(1, 0), event(2, 1), event(3, 0), event(4, 2), event(5, 1)];
        let below = |id, cause, caused| json!({ "id": id, "causationid": cause, "caused": caused });
        let four = below(4, 2, json!([]));
        let one = below(1, 0, json!([below(2, 1, json!([four])), below(5, 1, json!([]))]));
        assert_eq!(tree(events), [one, below(3, 0, json!([]))]);
    }
}
