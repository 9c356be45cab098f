//! Facts as the official client has them, and back.
//!
//! **Invariant:** data and metadata go through byte for byte.

use chrono::{DateTime, Utc};
use eventstore::{EventData, ResolvedEvent, StreamState, SubscriptionFilter};
use serde_json::value::RawValue;

use super::{ExpectedRevision, Fact, Filter, NewFact, Position, Revision};

/// How many facts the log looks at, on behalf of a filter, before it says how far it has come.
/// Small enough to lose little on a new start, large enough not to be a stream of its own.
const CHECKPOINT_INTERVAL: u32 = 512;

/// `created` is in ticks of 100 ns.
const TICKS_PER_SECOND: i64 = 10_000_000;

/// The official client marks as JSON only what it has serialised itself. JSON passes through it
/// unchanged; anything else, such as the empty data of a placeholder, is marked as bytes.
pub(super) fn event(fact: &NewFact) -> EventData {
    let NewFact { id, kind, data, metadata } = fact;
    let json = serde_json::from_slice::<&RawValue>(data)
        .ok()
        .filter(|value| value.get().len() == data.len())
        .and_then(|value| EventData::json(kind, &value).ok());
    match json {
        Some(event) => event.id(*id).metadata(metadata.clone()),
        None => bytes(fact),
    }
}

/// Marked as bytes, whatever it holds.
pub(super) fn bytes(fact: &NewFact) -> EventData {
    let NewFact { id, kind, data, metadata } = fact;
    EventData::binary(kind, data.clone()).id(*id).metadata(metadata.clone())
}

/// Nothing only for a message that has neither a fact nor a link in it, which no log sends.
pub(super) fn fact(event: ResolvedEvent) -> Option<Fact> {
    let event = event.link.or(event.event)?;
    Some(Fact {
        stream: event.stream_id().to_owned(),
        revision: Revision(event.revision),
        position: Position(event.position.commit),
        id: event.id,
        created: created(event.metadata.get("created")).unwrap_or(event.created),
        kind: event.event_type,
        data: event.data,
        metadata: event.custom_metadata,
        json: event.is_json,
    })
}

/// The official client cuts `created` down to seconds.
fn created(ticks: Option<&String>) -> Option<DateTime<Utc>> {
    let ticks: i64 = ticks?.parse().ok()?;
    let nanos = u32::try_from(ticks.rem_euclid(TICKS_PER_SECOND) * 100).ok()?;
    DateTime::from_timestamp(ticks.div_euclid(TICKS_PER_SECOND), nanos)
}

pub(super) fn state(expected: ExpectedRevision) -> StreamState {
    match expected {
        ExpectedRevision::NoStream => StreamState::NoStream,
        ExpectedRevision::Exactly(Revision(revision)) => StreamState::StreamRevision(revision),
        ExpectedRevision::Any => StreamState::Any,
    }
}

/// Only the commit half means anything: at a fact that a filter passed over, a checkpoint has no
/// other.
pub(super) fn position(position: Position) -> eventstore::Position {
    eventstore::Position { commit: position.0, prepare: position.0 }
}

pub(super) fn filter(filter: &Filter) -> Option<SubscriptionFilter> {
    let on = |base: SubscriptionFilter, prefixes: &[String]| {
        let filter = base.max(CHECKPOINT_INTERVAL);
        prefixes.iter().fold(filter, SubscriptionFilter::add_prefix)
    };
    match filter {
        Filter::None => None,
        Filter::ExcludeSystem => {
            Some(on(SubscriptionFilter::on_event_type(), &[]).exclude_system_events())
        }
        Filter::StreamPrefixes(prefixes) => {
            Some(on(SubscriptionFilter::on_stream_name(), prefixes))
        }
        Filter::KindPrefixes(prefixes) => Some(on(SubscriptionFilter::on_event_type(), prefixes)),
    }
}

/// Whether `fact` is asked for, as far as the log cannot tell: it looks at types or at streams,
/// never at both.
pub(super) fn wanted(filter: &Filter, fact: &Fact) -> bool {
    match filter {
        Filter::ExcludeSystem => !fact.stream.starts_with('$'),
        Filter::None | Filter::StreamPrefixes(_) | Filter::KindPrefixes(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::{NewFact, created, event};

    fn shown(data: &'static str) -> String {
        let fact = NewFact {
            id: Uuid::from_u128(1),
            kind: "thing-done.v1".into(),
            data: Bytes::from_static(data.as_bytes()),
            metadata: Bytes::new(),
        };
        format!("{:?}", event(&fact))
    }

    #[test]
    fn json_keeps_its_bytes_and_is_marked_as_json() {
        let sent = shown("{\"b\": 1,  \"a\":1.0e2}");
        assert!(sent.contains(r#"b"{\"b\": 1,  \"a\":1.0e2}""#), "{sent}");
        assert!(sent.contains("application/json"), "{sent}");
    }

    #[test]
    fn what_is_not_exactly_json_keeps_its_bytes_and_is_marked_as_bytes() {
        for data in ["", "not json", " {} "] {
            let sent = shown(data);
            assert!(sent.contains(&format!("b{data:?}")), "{sent}");
            assert!(sent.contains("application/octet-stream"), "{sent}");
        }
    }

    #[test]
    fn created_keeps_its_ticks() {
        let at = created(Some(&"17000000001234567".to_owned())).unwrap();
        assert_eq!(at.timestamp_nanos_opt(), Some(1_700_000_000_123_456_700));
    }
}
