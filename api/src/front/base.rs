//! Bases below which some published clients look for everything.

use axum::http::{Uri, uri::PathAndQuery};

/// Inventory's and Directory's clients were written against hosts that put these before every path.
const BASES: &[&str] = &["/api:N1uLlTBt", "/dev"];

/// `uri` without such a base; `None` where there is none.
pub(super) fn without_base(uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str();
    let rest = BASES.iter().find_map(|base| path.strip_prefix(base))?;
    let rest = match rest.chars().next() {
        Some('/') => rest.to_owned(),
        Some('?') | None => format!("/{rest}"),
        Some(_) => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Uri::from_parts(parts).ok()
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
            let told = without_base(&uri).map(|uri| uri.to_string());
            assert_eq!(told.as_deref(), without, "{with}");
        }
    }
}
