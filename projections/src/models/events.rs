//! `events.v1`: the calendar.

use std::{future::Future, sync::LazyLock};

use chrono::{DateTime, Utc};
use futures::FutureExt;
use schema::{EventCreated, EventId, UserId};
use tokio_postgres::{Row, Statement};

use super::{
    List, Place, Read, Slice, Write,
    list::Page,
    past::{Sql, stale},
};
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS, database::rows};

/// A calendar event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which.
    pub id: EventId,
    /// Who organises it.
    pub organizer: UserId,
    /// Unique among all.
    pub title: String,
    /// In the organiser's words.
    pub description: String,
    /// When, as the organiser wrote it.
    pub date: String,
    /// Where.
    pub location: String,
    /// Since when it stands in the calendar.
    pub created_at: DateTime<Utc>,
    /// The revision of its last change.
    pub revision: u64,
    /// Where the first fact of its stream stands that it is without; none where it is up to date.
    pub stale_since: Option<u64>,
}

pub(super) const INSERT: &str = "
    INSERT INTO events (id, organizer_id, title, description, date, date_utc, location,
                        created_at, since, revision)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                         $6::timestamptz[], $7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[])";

#[derive(Debug, Default)]
pub(super) struct Rows {
    id: Vec<i64>,
    organizer_id: Vec<i64>,
    title: Vec<String>,
    description: Vec<String>,
    date: Vec<String>,
    date_utc: Vec<DateTime<Utc>>,
    location: Vec<String>,
    created_at: Vec<DateTime<Utc>>,
    since: Vec<i64>,
    revision: Vec<i64>,
}

impl Rows {
    pub(super) fn created(&mut self, place: Place, fact: &EventCreated) {
        self.id.push(fact.event.0);
        self.organizer_id.push(fact.organizer.0);
        self.title.push(fact.title.clone());
        self.description.push(fact.description.clone());
        self.date.push(fact.date.clone());
        self.date_utc.push(fact.date_utc);
        self.location.push(fact.location.clone());
        self.created_at.push(fact.at);
        self.since.push(place.since);
        self.revision.push(place.revision);
    }

    pub(super) fn inserts<'a>(&'a self, insert: &'a Statement) -> Option<Write<'a>> {
        let Self { id, organizer_id, title, description, date, date_utc, location, .. } = self;
        let (created_at, since, revision) = (&self.created_at, &self.since, &self.revision);
        (!id.is_empty()).then(|| Write {
            statement: insert,
            values: vec![
                id,
                organizer_id,
                title,
                description,
                date,
                date_utc,
                location,
                created_at,
                since,
                revision,
            ],
        })
    }
}

/// What can be asked about the calendar.
pub trait EventsQuery {
    /// One event; none if there is no such event.
    fn event(
        &self,
        id: EventId,
    ) -> impl Future<Output = Result<Option<Read<Event>>, DatabaseError>> + Send;
    /// Events in the order of their ids; all that are left without a limit.
    fn events(
        &self,
        skip: i64,
        limit: Option<i64>,
    ) -> impl Future<Output = Result<Read<List<Event>>, DatabaseError>> + Send;
    /// One event, as it was.
    fn event_at(
        &self,
        id: EventId,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Option<Event>>, DatabaseError>> + Send;
    /// Part of the events in the order of their ids.
    fn events_page(
        &self,
        slice: Slice,
        as_of: Option<u64>,
    ) -> impl Future<Output = Result<Read<Vec<Event>>, DatabaseError>> + Send;
}

macro_rules! columns {
    () => {
        columns!("c.position")
    };
    ($position:literal) => {
        concat!(
            "coalesce(",
            $position,
            ", 0), e.id, e.organizer_id, e.title, e.description, e.date,
             e.location, e.created_at, e.revision, e.stale_since"
        )
    };
}

/// Half the price of a join.
const ONE: &str = concat!(
    "SELECT ",
    columns!("(SELECT c.position FROM checkpoints c WHERE c.name = $1)"),
    " FROM events e WHERE e.id = $2"
);

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM checkpoints c
      LEFT JOIN (SELECT * FROM events WHERE id > $2 ORDER BY id OFFSET $3 LIMIT $4) e ON true
      WHERE c.name = $1 ORDER BY e.id"
);

const LASTING: &str = "id, organizer_id, title, description, date, location, created_at, revision";

static ONE_AT: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::lasting("events", LASTING, 2, |events| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN {events} e ON e.id = $2
             WHERE c.name = $1"
        )
    })
});

static PAGE_AT: LazyLock<Sql> = LazyLock::new(|| {
    let columns = columns!();
    Sql::lasting("events", LASTING, 3, |events| {
        format!(
            "SELECT {columns} FROM checkpoints c LEFT JOIN (
                 SELECT * FROM {events} e WHERE e.id > $2 ORDER BY e.id LIMIT $3
             ) e ON true
             WHERE c.name = $1 ORDER BY e.id"
        )
    })
});

impl EventsQuery for Pool {
    async fn event(&self, id: EventId) -> Result<Option<Read<Event>>, DatabaseError> {
        let rows = rows(self, ONE, &[&READ_MODELS, &id.0]).await?;
        let row = rows.first();
        Ok(row.and_then(event).map(|value| Read { value, position: super::position(row) }))
    }

    async fn events(
        &self,
        skip: i64,
        limit: Option<i64>,
    ) -> Result<Read<List<Event>>, DatabaseError> {
        let pool = self.clone();
        let read = move |page: Page| {
            let pool = pool.clone();
            async move {
                let Page { after, skip, limit } = page;
                let rows = rows(&pool, PAGE, &[&READ_MODELS, &after, &skip, &limit]).await?;
                let value = rows.iter().filter_map(event).collect();
                Ok(Read { value, position: super::position(rows.first()) })
            }
            .boxed()
        };
        List::read(skip, limit, |event| event.id.0, read).await
    }

    async fn event_at(
        &self,
        id: EventId,
        as_of: Option<u64>,
    ) -> Result<Read<Option<Event>>, DatabaseError> {
        let rows = ONE_AT.rows(self, &[&READ_MODELS, &id.0], as_of).await?;
        let value = rows.first().and_then(event);
        Ok(Read { value, position: super::position(rows.first()) })
    }

    async fn events_page(
        &self,
        slice: Slice,
        as_of: Option<u64>,
    ) -> Result<Read<Vec<Event>>, DatabaseError> {
        let after = slice.after.unwrap_or_default();
        let rows = PAGE_AT.rows(self, &[&READ_MODELS, &after, &slice.limit], as_of).await?;
        let value = rows.iter().filter_map(event).collect();
        Ok(Read { value, position: super::position(rows.first()) })
    }
}

fn event(row: &Row) -> Option<Event> {
    Some(Event {
        id: EventId(row.get::<_, Option<i64>>(1)?),
        organizer: UserId(row.get(2)),
        title: row.get(3),
        description: row.get(4),
        date: row.get(5),
        location: row.get(6),
        created_at: row.get(7),
        revision: row.get::<_, i64>(8).cast_unsigned(),
        stale_since: stale(row, 9),
    })
}
