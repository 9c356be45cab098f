//! `left_out.v1`: facts that could not be applied.

use std::future::Future;

use eventlog::Fact as Stored;
use tokio_postgres::Statement;

use super::{Read, Write};
use crate::{DatabaseError, Pool, checkpoint::READ_MODELS, database::rows};

pub(super) const INSERT: &str = "
    INSERT INTO left_out (position, stream, kind, reason)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])";

#[derive(Debug, Default)]
pub(super) struct Rows {
    position: Vec<i64>,
    stream: Vec<String>,
    kind: Vec<String>,
    reason: Vec<String>,
}

impl Rows {
    pub(super) fn add(&mut self, stored: &Stored, reason: &str) {
        self.position.push(stored.position.0.cast_signed());
        self.stream.push(stored.stream.clone());
        self.kind.push(stored.kind.clone());
        self.reason.push(reason.to_owned());
    }

    pub(super) fn inserts<'a>(&'a self, insert: &'a Statement) -> Option<Write<'a>> {
        let Self { position, stream, kind, reason } = self;
        (!position.is_empty())
            .then(|| Write { statement: insert, values: vec![position, stream, kind, reason] })
    }
}

/// What can be asked about facts that could not be applied.
pub trait LeftOutQuery {
    /// How many there are. The read models are without them; what follows them is there.
    fn left_out(&self) -> impl Future<Output = Result<Read<i64>, DatabaseError>> + Send;
}

impl LeftOutQuery for Pool {
    async fn left_out(&self) -> Result<Read<i64>, DatabaseError> {
        let sql = "SELECT coalesce(position, 0), (SELECT count(*) FROM left_out)
                   FROM checkpoints WHERE name = $1";
        let rows = rows(self, sql, &[&READ_MODELS]).await?;
        let value = rows.first().map_or(0, |row| row.get(1));
        Ok(Read { value, position: super::position(rows.first()) })
    }
}
