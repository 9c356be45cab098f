//! What reaches no handler is refused in the words of the façade whose path it is.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Service};

#[tokio::test]
async fn what_is_not_there_is_said_in_each_facades_own_words() -> Result<()> {
    let service = Service::standalone().await?;
    let detail = json!({ "detail": "Not Found" });
    let inventory = json!({ "code": "ERROR_CODE_NOT_FOUND", "message": "Not Found." });
    for (path, words) in [
        ("/nothing", &detail),
        ("/events/7/8", &detail),
        ("/api/nothing", &json!({ "detail": "Not found." })),
        ("/insertEmail/7", &detail),
        ("/dev/nothing", &detail),
        ("/vm/7/8", &inventory),
        ("/api:N1uLlTBt/nothing", &inventory),
    ] {
        let answer = service.client().get(path).await?;
        assert_eq!((answer.status, &answer.body), (404, words), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn long_paths_and_large_headers_are_refused_in_each_facades_own_words() -> Result<()> {
    let service = Service::standalone().await?;
    let (long, large) = ("x".repeat(9 * 1024), "y".repeat(17 * 1024));
    let keys = |answer: &Answer| {
        let fields = answer.body.as_object().into_iter().flatten();
        fields.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
    };
    for (path, own) in [
        ("/events", "detail"),
        ("/api/v1/users/me", "detail"),
        ("/api/login", "detail"),
        ("/userManager", "message"),
        ("/vm", "code message"),
    ] {
        let answer = service.client().get(&format!("{path}?token={long}")).await?;
        assert_eq!((answer.status, keys(&answer)), (414, own.to_owned()), "{path}");
        let request = service.client().request(Method::GET, path).header("x-large", &large);
        let answer = Answer::of(request).await?;
        assert_eq!((answer.status, keys(&answer)), (431, own.to_owned()), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused_in_its_facades_own_words() -> Result<()> {
    let service = Service::standalone().await?;
    let detail = json!({ "detail": "Method Not Allowed" });
    for (path, words) in [
        ("/events", &detail),
        ("/api/v1/users/me", &detail),
        ("/health/live", &detail),
        ("/api/login", &json!({ "detail": "Method \"PATCH\" not allowed." })),
        ("/insertEmail", &json!({ "message": "Method Not Allowed" })),
        (
            "/vm",
            &json!({ "code": "ERROR_CODE_METHOD_NOT_ALLOWED", "message": "Method Not Allowed." }),
        ),
    ] {
        let answer = Answer::of(service.client().request(Method::PATCH, path)).await?;
        assert_eq!((answer.status, &answer.body), (405, words), "{path}");
        assert!(answer.header("allow").is_some_and(|allow| !allow.is_empty()), "{path}");
    }
    Ok(())
}
