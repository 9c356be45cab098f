//! Pages of lists.

use axum::{extract::FromRequestParts, http::request::Parts};
use projections::Slice;
use schema::{
    Cursor,
    caps::{NATIVE_LIST_DEFAULT, NATIVE_LIST_MAX},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    cursor,
    moment::parameters,
    problem::{Problem, Wrong},
};
use crate::App;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// So many at the most; above 500 means 500.
    #[param(value_type = Option<i64>, minimum = 1, example = 50)]
    pub(crate) limit: i64,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) after: Option<i64>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct Items<T> {
    items: Vec<T>,
    /// What to send as `after` for the page that follows; null where there is none.
    #[schema(value_type = Option<String>, example = "01990000-0000-4000-8000-000000000000-50")]
    next: Option<Cursor>,
}

impl Page {
    /// The rows to ask the read models for: one more than wanted tells whether there are more.
    pub(crate) fn slice(self) -> Slice {
        Slice { after: self.after, limit: self.limit + 1 }
    }

    /// `rows`, which [`Page::slice`] gave, each as `shown`.
    pub(crate) fn items<R, T>(
        self,
        app: &App,
        mut rows: Vec<R>,
        number: impl Fn(&R) -> i64,
        shown: impl Fn(&R) -> T,
    ) -> Items<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).map(number);
        let next = last.map(|last| app.cursor(last.cast_unsigned()));
        Items { items: rows.iter().map(shown).collect(), next }
    }
}

impl<T> Items<T> {
    /// What is on the page.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// The same page with `items` instead.
    pub(crate) fn with<U>(self, items: Vec<U>) -> Items<U> {
        Items { items, next: self.next }
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = parameters(parts, app).await?;
        let limit = match query.get("limit").map(|text| text.parse::<u64>()) {
            None => NATIVE_LIST_DEFAULT,
            Some(Ok(limit)) if limit > 0 => {
                i64::try_from(limit).map_or(NATIVE_LIST_MAX, |limit| limit.min(NATIVE_LIST_MAX))
            }
            Some(_) => return Err(wrong("limit", "the limit is not a positive integer")),
        };
        let after = query.get("after").map(|text| cursor::read(app, text)).transpose()?;
        Ok(Self { limit, after: after.map(u64::cast_signed) })
    }
}

/// A parameter of the query string that is not as it should be.
pub(crate) fn wrong(name: &str, detail: &str) -> Problem {
    let (pointer, detail) = (format!("?{name}"), detail.to_owned());
    Problem::invalid(vec![Wrong { pointer, code: "value", detail }])
}
