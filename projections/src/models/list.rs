//! Lists that are read whole, page by page.
//!
//! **Invariant:** each page is a statement of its own. Whoever reads slowly holds one page in memory
//! and nothing in Postgres.

use std::fmt;

use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use schema::caps::LIST_PAGE;

use super::Read;
use crate::DatabaseError;

/// A list, of which the first page is there.
pub struct List<T> {
    /// The first page; the whole list where there is no `rest`.
    pub first: Vec<T>,
    /// The pages after it, each read when it is asked for. A row that is added meanwhile is there
    /// or not; none is there twice.
    pub rest: Option<BoxStream<'static, Result<Vec<T>, DatabaseError>>>,
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("first", &self.first).finish_non_exhaustive()
    }
}

/// Part of a list whose rows have numbers to go by.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The rows after the one with this number; the first ones without.
    pub after: Option<i64>,
    /// So many at the most.
    pub limit: i64,
}

/// Which rows of a list are wanted next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Those after the row with this id.
    pub(super) after: i64,
    /// Of these, so many are passed over.
    pub(super) skip: i64,
    /// So many at the most.
    pub(super) limit: i64,
}

impl<T: Send + 'static> List<T> {
    /// Up to `limit` rows, or all of them, in the order of what `id` tells, as `read` brings them.
    pub(super) async fn read(
        skip: i64,
        limit: Option<i64>,
        id: fn(&T) -> i64,
        read: impl Fn(Page) -> BoxFuture<'static, Result<Read<Vec<T>>, DatabaseError>> + Send + 'static,
    ) -> Result<Read<Self>, DatabaseError> {
        let wanted = limit.unwrap_or(i64::MAX);
        let first = Page { after: 0, skip, limit: wanted.min(LIST_PAGE) };
        let Read { value, position } = read(first).await?;
        let next = next(first, wanted, &value, id);
        let rest = next.map(|next| {
            stream::try_unfold(Some(next), move |next| {
                let page = next.map(|(page, wanted)| (page, wanted, read(page)));
                async move {
                    let Some((page, wanted, read)) = page else { return Ok(None) };
                    let value = read.await?.value;
                    let next = self::next(page, wanted, &value, id);
                    Ok(Some((value, next)))
                }
            })
            .boxed()
        });
        Ok(Read { value: Self { first: value, rest }, position })
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`].
    pub async fn collect(self) -> Result<Vec<T>, DatabaseError> {
        let mut rows = self.first;
        let mut rest = self.rest.unwrap_or_else(|| stream::empty().boxed());
        while let Some(page) = rest.next().await {
            rows.extend(page?);
        }
        Ok(rows)
    }
}

/// The page after `page`, and how many rows are wanted from it on; `None` when there are no more.
fn next<T>(page: Page, wanted: i64, rows: &[T], id: fn(&T) -> i64) -> Option<(Page, i64)> {
    let got = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (last, missing) = (rows.last()?, wanted - got);
    let more = got == page.limit && missing > 0;
    more.then(|| (Page { after: id(last), skip: 0, limit: missing.min(LIST_PAGE) }, missing))
}
