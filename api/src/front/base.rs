//! Bases below which some published clients look for everything.

use axum::http::{Uri, uri::PathAndQuery};

use super::Facade;

/// Inventory's and Directory's clients were written against hosts that put these before every path.
const BASES: &[(&str, Facade)] =
    &[("/api:N1uLlTBt", Facade::Inventory), ("/dev", Facade::Directory)];

/// `uri` without such a base, and whose it is; `None` where there is none.
pub(super) fn without_base(uri: &Uri) -> Option<(Uri, Facade)> {
    let path = uri.path_and_query()?.as_str();
    let (rest, facade) =
        BASES.iter().find_map(|(base, facade)| Some((path.strip_prefix(base)?, *facade)))?;
    let rest = match rest.chars().next() {
        Some('/') => rest.to_owned(),
        Some('?') | None => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Some((Uri::from_parts(parts).ok()?, facade))
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::without_base;

    #[test]
    fn a_base_of_published_clients_makes_no_difference() {
        for (with, without) in [
            ("/api:N1uLlTBt/user", Some("/user")),
            ("/api:N1uLlTBt/vm/3/?a=b", Some("/vm/3/?a=b")),
            ("/dev/userManager?token=x", Some("/userManager?token=x")),
            ("http://host:8000/dev/insertEmail", Some("http://host:8000/insertEmail")),
            ("/dev", Some("/")),
            ("/dev?a=b", Some("/?a=b")),
            ("/device", None),
            ("/user/dev", None),
            ("/", None),
        ] {
            let uri: Uri = with.parse().unwrap();
            let told = without_base(&uri).map(|(uri, _)| uri.to_string());
            assert_eq!(told.as_deref(), without, "{with}");
        }
    }
}
