//! `Prefer: respond-async` (RFC 7240): whoever sends a command need not wait until reads show it.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};

/// What carries it.
pub(super) const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What says that it was heeded.
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

const RESPOND_ASYNC: &str = "respond-async";

tokio::task_local! {
    /// Whether the request that is being answered asks for it.
    static HURRIED: bool;
}

/// Whether the request that is being answered need not wait for the read models.
pub(crate) fn is_hurried() -> bool {
    HURRIED.try_with(|hurried| *hurried).unwrap_or_default()
}

/// What `answering` comes to, for a client that is `hurried`.
pub(super) async fn heeded(hurried: bool, answering: impl Future<Output = Response>) -> Response {
    let mut response = HURRIED.scope(hurried, answering).await;
    if hurried && response.headers().contains_key("registre-projected") {
        let applied = HeaderValue::from_static(RESPOND_ASYNC);
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    response
}

/// Whether `headers` ask for it, in one of several lists of preferences or among others.
pub(super) fn asked(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(PREFER).iter().filter_map(|list| list.to_str().ok());
    let names = lists.flat_map(|list| list.split(',')).filter_map(|one| one.split(';').next());
    names.map(str::trim).any(|name| name.eq_ignore_ascii_case(RESPOND_ASYNC))
}

#[cfg(test)]
mod tests {
    use axum::{
        http::{HeaderMap, HeaderValue},
        response::IntoResponse,
    };

    use super::{PREFER, PREFERENCE_APPLIED, asked, heeded, is_hurried};

    fn asks(lists: &[&'static str]) -> bool {
        let lists = lists.iter().map(|list| (PREFER, HeaderValue::from_static(list)));
        asked(&lists.collect::<HeaderMap>())
    }

    #[tokio::test]
    async fn what_answers_a_command_knows_and_a_read_is_as_it_was() {
        let command = async || ([("registre-projected", is_hurried().to_string())]).into_response();
        let read = async || ().into_response();
        let hurried = heeded(true, command()).await;
        assert_eq!(hurried.headers()["registre-projected"], "true");
        assert_eq!(hurried.headers()[PREFERENCE_APPLIED], "respond-async");
        for other in [heeded(false, command()).await, heeded(true, read()).await] {
            assert!(!other.headers().contains_key(PREFERENCE_APPLIED));
        }
        assert!(!is_hurried());
    }

    #[test]
    fn the_preference_is_found_among_others_and_taken_for_no_other() {
        for lists in [
            &["respond-async"][..],
            &["Respond-Async; x=1"],
            &["return=minimal, respond-async"],
            &["wait=10", "respond-async"],
        ] {
            assert!(asks(lists), "{lists:?}");
        }
        for lists in [&[][..], &[""], &["respond"], &["wait=10; respond-async"]] {
            assert!(!asks(lists), "{lists:?}");
        }
    }
}
