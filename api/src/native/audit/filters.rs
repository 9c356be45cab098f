//! Which facts are asked for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use eventlog::{Fact, Filter, Position};
use schema::{Metadata, UserId, caps::AUDIT_LIMIT_MAX};
use uuid::Uuid;

use super::super::{cursor, page::wrong, problem::Problem};
use crate::App;

/// What a fact has to be to be shown. Without any of it, every fact is.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters {
    stream: Option<String>,
    kind: Option<String>,
    actor: Option<UserId>,
    correlation: Option<Uuid>,
    /// Inclusive.
    from: Option<Place>,
    /// Exclusive: where the one before has ended.
    pub(super) after: Option<Position>,
    /// Inclusive.
    until: Option<Place>,
    pub(super) limit: Option<usize>,
}

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    At(Position),
    /// The last fact that had been written by then.
    Time(DateTime<Utc>),
}

/// What becomes of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Shown,
    Skipped,
    /// Neither it nor any after it is asked for.
    Over,
}

impl Filters {
    /// What `query` asks for. A cursor in it has to name a fact.
    pub(super) async fn parse(app: &App, query: &HashMap<String, String>) -> Result<Self, Problem> {
        let named = |name: &str| query.get(name);
        // Whoever speaks CloudEvents calls a stream its subject.
        let stream = named("stream").or(named("subject")).cloned();
        let actor = named("actor").map(|text| text.parse().map(UserId)).transpose();
        let correlation = named("correlation").map(|text| text.parse()).transpose();
        let limit = named("limit").map(|text| text.parse::<usize>()).transpose();
        Ok(Self {
            stream,
            kind: named("type").cloned(),
            actor: actor.map_err(|_| wrong("actor", "the actor is no account's id"))?,
            correlation: correlation.map_err(|_| wrong("correlation", "it is no UUID"))?,
            from: match named("from") {
                Some(text) => Some(place(app, "from", text).await?),
                None => None,
            },
            after: match named("after") {
                Some(text) => Some(cursor::of_fact(app, text).await?),
                None => None,
            },
            until: match named("until") {
                Some(text) => Some(place(app, "until", text).await?),
                None => None,
            },
            limit: limit
                .map_err(|_| wrong("limit", "the limit is not a positive integer"))?
                .map(|limit| limit.min(AUDIT_LIMIT_MAX)),
        })
    }

    /// What to ask the log for; more of it may have to be left out.
    pub(super) fn of_log(&self) -> Filter {
        // Which time it was is told by all facts together.
        let is_time = |place: Option<Place>| matches!(place, Some(Place::Time(_)));
        if is_time(self.from) || is_time(self.until) {
            return Filter::ExcludeSystem;
        }
        if let Some(stream) = &self.stream {
            let beginning = stream.strip_suffix('*').unwrap_or(stream);
            if !beginning.is_empty() {
                return Filter::StreamPrefixes(vec![beginning.to_owned()]);
            }
        }
        match &self.kind {
            Some(kind) => Filter::KindPrefixes(vec![kind.clone()]),
            None => Filter::ExcludeSystem,
        }
    }

    /// Where reading begins.
    pub(super) fn begin(&self) -> Option<Position> {
        let from = match self.from {
            Some(Place::At(position)) => Some(position),
            Some(Place::Time(_)) | None => None,
        };
        from.max(self.after)
    }

    /// What becomes of `fact`, when `latest` is the latest time of any fact so far.
    pub(super) fn judge(&self, fact: &Fact, latest: DateTime<Utc>) -> Verdict {
        let past = match self.until {
            Some(Place::At(position)) => fact.position > position,
            Some(Place::Time(time)) => latest > time,
            None => false,
        };
        if past {
            return Verdict::Over;
        }
        let begun = match self.from {
            Some(Place::At(position)) => fact.position >= position,
            Some(Place::Time(time)) => latest >= time,
            None => true,
        };
        let follows = self.after.is_none_or(|after| fact.position > after);
        let named = begun && follows && self.names(fact) && self.is_by(fact);
        if named { Verdict::Shown } else { Verdict::Skipped }
    }

    fn names(&self, fact: &Fact) -> bool {
        let own = fact.kind.starts_with('$') || fact.stream.starts_with('$');
        let stream = self.stream.as_ref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => fact.stream.starts_with(beginning),
            None => fact.stream == *wanted,
        });
        let kind = self.kind.as_ref().is_none_or(|wanted| {
            // Whatever its version.
            let unversioned = fact.kind.rsplit_once(".v").map_or("", |(name, _)| name);
            fact.kind == *wanted || unversioned == wanted
        });
        !own && stream && kind
    }

    fn is_by(&self, fact: &Fact) -> bool {
        if self.actor.is_none() && self.correlation.is_none() {
            return true;
        }
        let Ok(metadata) = serde_json::from_slice::<Metadata>(&fact.metadata) else { return false };
        self.actor.is_none_or(|actor| metadata.actor == Some(actor))
            && self.correlation.is_none_or(|correlation| metadata.correlation == correlation)
    }
}

async fn place(app: &App, name: &str, text: &str) -> Result<Place, Problem> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Place::Time(time.to_utc()));
    }
    // What looks like a time and is none deserves better than to be called no cursor.
    if text.contains(':') {
        return Err(wrong(name, "it is neither a cursor nor a time after RFC 3339"));
    }
    Ok(Place::At(cursor::of_fact(app, text).await?))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::{DateTime, TimeDelta, Utc};
    use eventlog::{Fact, Position, Revision};
    use schema::UserId;
    use serde_json::json;
    use uuid::Uuid;

    use super::{Filters, Place, Verdict};

    const NOON: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;
    const REQUEST: Uuid = Uuid::from_u128(3);

    fn fact(position: u64) -> Fact {
        let metadata = json!({
            "schema": 1, "actor": 7, "$correlationId": REQUEST, "$causationId": REQUEST, "at": NOON,
        });
        Fact {
            stream: "user-7".to_owned(),
            revision: Revision(0),
            position: Position(position),
            id: Uuid::nil(),
            kind: "user-registered.v1".to_owned(),
            data: Bytes::new(),
            metadata: metadata.to_string().into(),
            json: true,
            created: NOON,
        }
    }

    fn verdict(filters: &Filters) -> Verdict {
        filters.judge(&fact(10), NOON)
    }

    #[test]
    fn each_filter_lets_through_what_it_names() {
        let text = |text: &str| Some(text.to_owned());
        let all = Filters::default;
        for (filters, shown) in [
            (all(), true),
            (Filters { stream: text("user-7"), ..all() }, true),
            (Filters { stream: text("user-"), ..all() }, false),
            (Filters { stream: text("user-*"), ..all() }, true),
            (Filters { kind: text("user-registered.v1"), ..all() }, true),
            (Filters { kind: text("user-registered"), ..all() }, true),
            (Filters { kind: text("user"), ..all() }, false),
            (Filters { actor: Some(UserId(7)), ..all() }, true),
            (Filters { actor: Some(UserId(8)), ..all() }, false),
            (Filters { correlation: Some(REQUEST), ..all() }, true),
            (Filters { correlation: Some(Uuid::nil()), ..all() }, false),
            (Filters { after: Some(Position(9)), ..all() }, true),
            (Filters { after: Some(Position(10)), ..all() }, false),
            (Filters { from: Some(Place::At(Position(10))), ..all() }, true),
            (Filters { from: Some(Place::At(Position(11))), ..all() }, false),
            (Filters { from: Some(Place::Time(NOON)), ..all() }, true),
            (Filters { from: Some(Place::Time(NOON + TimeDelta::seconds(1))), ..all() }, false),
        ] {
            let expected = if shown { Verdict::Shown } else { Verdict::Skipped };
            assert_eq!(verdict(&filters), expected, "{filters:?}");
        }
    }

    #[test]
    fn nothing_after_the_end_is_looked_at() {
        let until = |place| Filters { until: Some(place), ..Filters::default() };
        assert_eq!(verdict(&until(Place::At(Position(10)))), Verdict::Shown);
        assert_eq!(verdict(&until(Place::At(Position(9)))), Verdict::Over);
        assert_eq!(verdict(&until(Place::Time(NOON))), Verdict::Shown);
        assert_eq!(verdict(&until(Place::Time(NOON - TimeDelta::seconds(1)))), Verdict::Over);
    }
}
