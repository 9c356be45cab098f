//! What every request and every answer passes, in process.

use api::{Front, Origins};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
    routing::get,
};

fn front(origins: &Origins) -> Front {
    let router = Router::new()
        .route("/fine", get(async || "fine"))
        .route("/panic", get(async || -> &'static str { panic!("canary-31fe") }));
    Front::new(router, origins)
}

async fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    ask_of(&front(&Origins::Any), method, path, headers).await
}

async fn ask_of(front: &Front, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    front.clone().answer(request.body(Body::empty()).expect("the tests ask properly")).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().expect("our headers are text"))
}

#[tokio::test]
async fn check_63_every_answer_is_named_and_strict() {
    for path in ["/fine", "/nothing", "/panic"] {
        let answer = ask(Method::GET, path, &[("x-request-id", "order-17")]).await;
        let headers = answer.headers();
        assert_eq!(text(headers, "x-request-id"), Some("order-17"), "{path}");
        assert_eq!(text(headers, "x-content-type-options"), Some("nosniff"));
        assert_eq!(text(headers, "referrer-policy"), Some("no-referrer"));
        assert_eq!(text(headers, "cache-control"), Some("no-store"));
        let policy = text(headers, "content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"));
        assert_eq!(text(headers, "server"), None);
    }
}

#[tokio::test]
async fn whoever_names_no_request_gets_a_name_each_time() {
    let (one, two) = (ask(Method::GET, "/fine", &[]).await, ask(Method::GET, "/fine", &[]).await);
    let ids = (text(one.headers(), "x-request-id"), text(two.headers(), "x-request-id"));
    assert!(ids.0.is_some() && ids.0 != ids.1, "{ids:?}");
}

#[tokio::test]
async fn check_72_a_panic_is_answered_and_its_words_are_not_told() {
    let answer = ask(Method::GET, "/panic", &[]).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = axum::body::to_bytes(answer.into_body(), 1_024).await.unwrap();
    assert_eq!(body, r#"{"detail":"Internal Server Error"}"#);
}

#[tokio::test]
async fn a_slash_at_the_end_makes_no_difference() {
    let answer = ask(Method::GET, "/fine/", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn methods_that_nobody_knows_are_not_allowed() {
    for method in [Method::TRACE, Method::from_bytes(b"FOO").unwrap()] {
        let answer = ask(method.clone(), "/fine", &[]).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(text(answer.headers(), "allow"), Some("GET,HEAD"));
    }
}

const EVIL: &str = "https://evil.example";
const OURS: &str = "https://app.example.com";

#[tokio::test]
async fn a_preflight_of_any_page_is_let_through_without_credentials() {
    let asked = [
        ("origin", EVIL),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-api-key"),
    ];
    let answer = ask(Method::OPTIONS, "/fine", &asked).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers();
    assert_eq!(text(headers, "access-control-allow-origin"), Some("*"));
    assert_eq!(text(headers, "access-control-allow-credentials"), None);
    let methods = text(headers, "access-control-allow-methods").unwrap();
    assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|name| methods.contains(name)));
    let allowed = text(headers, "access-control-allow-headers").unwrap();
    assert!(
        ["authorization", "content-type", "x-api-key"].iter().all(|name| allowed.contains(name))
    );
}

#[tokio::test]
async fn only_pages_of_listed_origins_may_read_answers() {
    let front = front(&Origins::Listed(vec![HeaderValue::from_static(OURS)]));
    let origin = async |origin| {
        let answer = ask_of(&front, Method::GET, "/fine", &[("origin", origin)]).await;
        assert!(text(answer.headers(), "vary").unwrap().contains(header::ORIGIN.as_str()));
        text(answer.headers(), "access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(origin(OURS).await.as_deref(), Some(OURS));
    for stranger in [EVIL, "null", "https://app.example.com.evil.com"] {
        assert_eq!(origin(stranger).await, None, "{stranger}");
    }
}
