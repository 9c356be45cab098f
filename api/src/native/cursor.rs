//! Cursors that clients send: a place in the log, or in a list.

use eventlog::Position;
use schema::Cursor;

use super::problem::{Kind, Problem};
use crate::App;

/// The number in `text`, a cursor of our log.
pub(crate) fn read(app: &App, text: &str) -> Result<u64, Problem> {
    let cursor: Cursor = text.parse().map_err(|_| Problem::of(Kind::BadCursor))?;
    if cursor.log != app.log_id {
        return Err(Problem::of(Kind::OtherLog));
    }
    // Postgres counts no further, and no log comes so far.
    i64::try_from(cursor.position).map_err(|_| Problem::of(Kind::BadCursor))?;
    Ok(cursor.position)
}

/// The place in our log that `text` names: that of a fact, or the beginning.
pub(crate) async fn of_fact(app: &App, text: &str) -> Result<Position, Problem> {
    let position = read(app, text)?;
    if position == 0 || app.commands.names_fact(position).await? {
        return Ok(Position(position));
    }
    Err(Problem::of(Kind::BadCursor))
}
