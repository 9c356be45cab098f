//! The index of stream names, walked from end to end.
//!
//! A stream that a damaged index hides would look like one that is not there, and be begun anew,
//! which no later read could tell. So the index is compared with its table before anything is
//! written, both read in the order in which they lie in the file.

use rusqlite::Connection;

use super::StorageError;

/// Check that the index leads to every stream.
pub(super) fn check(file: &Connection) -> Result<(), StorageError> {
    let damaged = |what| Err(StorageError::stream("", what));
    let listed = sum(file, "SELECT id, name FROM streams NOT INDEXED", |_| true)?;
    let mut last = Vec::new();
    let mut in_order = true;
    let indexed = sum(
        file,
        "SELECT id, name FROM streams INDEXED BY streams_by_name ORDER BY name",
        |name| {
            in_order = last.is_empty() || last.as_slice() < name;
            last.clear();
            last.extend_from_slice(name);
            in_order
        },
    )?;
    if !in_order {
        return damaged("the index of stream names is out of order");
    }
    if indexed != listed {
        return damaged("the index of stream names does not match the streams");
    }
    Ok(())
}

/// How many streams `sql` finds, and a sum over them that does not depend on their order. Ends
/// where `goes_on` says so.
fn sum(
    file: &Connection,
    sql: &str,
    mut goes_on: impl FnMut(&[u8]) -> bool,
) -> Result<(u64, u64), StorageError> {
    let mut statement = file.prepare(sql)?;
    let mut rows = statement.query([])?;
    let (mut count, mut total) = (0, 0_u64);
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let name = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&id.to_be_bytes());
        hasher.update(name);
        count += 1;
        total = total.wrapping_add(u64::from(hasher.finalize()));
        if !goes_on(name) {
            break;
        }
    }
    Ok((count, total))
}
