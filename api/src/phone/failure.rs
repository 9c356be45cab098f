//! The façade's envelopes for everything but success.

use axum::{
    Json,
    http::{Method, StatusCode, header::ALLOW},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{body::Untaken, front::Refusal, hindered::Hindered, limits::RetryAfter};

/// What is wrong: a sentence for people under `error` and a list of words for each field, or `detail`
/// where there are no fields to speak of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct WrongFields {
    #[schema(example = "phone_number : Ce champ est obligatoire.")]
    error: Option<String>,
    #[schema(example = "JSON parse error - expected value at line 1 column 1")]
    detail: Option<String>,
    #[schema(example = json!(["Ce champ est obligatoire."]))]
    phone_number: Option<Vec<String>>,
    password: Option<Vec<String>>,
    refresh: Option<Vec<String>>,
    non_field_errors: Option<Vec<String>>,
}

/// That somebody has not proven who they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written by hand")]
pub(super) struct Unproven {
    /// In words.
    #[schema(example = "Numéro de téléphone ou mot de passe incorrect")]
    error: String,
    /// The same, of a refresh token.
    #[schema(example = "Token is invalid or expired")]
    detail: Option<String>,
    /// For programs, of a refresh token.
    #[schema(example = "token_not_valid")]
    code: Option<String>,
}

/// An answer other than success.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// `{"detail": …}`
    Detail(StatusCode, String),
    /// 401 `{"error": …}`: who it is was not proven.
    Unproven(&'static str),
    /// 401 in the words of the token library: what was sent is no refresh token that counts.
    TokenNotValid(&'static str),
    /// 400: a sentence for people under `error`, and what is wrong with each field.
    Fields(Map<String, Value>),
    /// 429: not now.
    TooMany(RetryAfter),
    /// 503: nothing is wrong with the request; it may be sent again.
    Unavailable(Hindered),
}

impl Failure {
    /// What is wrong with one field.
    pub(super) fn of_field(name: &str, message: &str) -> Self {
        Self::Fields(Map::from_iter([(name.to_owned(), json!([message]))]))
    }
}

impl From<Hindered> for Failure {
    fn from(hindered: Hindered) -> Self {
        Self::Unavailable(hindered)
    }
}

/// A request that reached no handler.
pub(crate) fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::NotFound => {
            Failure::Detail(StatusCode::NOT_FOUND, "Not found.".to_owned()).into_response()
        }
        Refusal::UriTooLong | Refusal::HeaderTooLarge | Refusal::Internal => {
            let (status, words) = refusal.told();
            Failure::Detail(status, format!("{words}.")).into_response()
        }
        Refusal::Stopping | Refusal::WithoutLog => {
            Failure::Unavailable(Hindered::by(refusal.told().1)).into_response()
        }
    }
}

/// Every route here takes POST alone.
pub(super) async fn not_allowed(method: Method) -> Response {
    let detail = format!("Method \"{method}\" not allowed.");
    let failure = Failure::Detail(StatusCode::METHOD_NOT_ALLOWED, detail);
    ([(ALLOW, "POST, OPTIONS")], failure).into_response()
}

impl From<RetryAfter> for Failure {
    fn from(wait: RetryAfter) -> Self {
        Self::TooMany(wait)
    }
}

impl From<Untaken> for Failure {
    fn from(reason: Untaken) -> Self {
        let (status, detail) = match reason {
            Untaken::Encoded => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Encoding is not supported.")
            }
            Untaken::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large."),
            Untaken::TooLate => {
                (StatusCode::REQUEST_TIMEOUT, "Request body did not arrive in time.")
            }
            Untaken::Broken => (StatusCode::BAD_REQUEST, "Request body broke off."),
        };
        Self::Detail(status, detail.to_owned())
    }
}

/// All that is wrong, in one line.
fn sentence(fields: &Map<String, Value>) -> String {
    let said = fields.iter().flat_map(|(name, messages)| {
        let messages = messages.as_array().into_iter().flatten().filter_map(Value::as_str);
        messages.map(move |message| format!("{name} : {message}"))
    });
    said.collect::<Vec<_>>().join(" ")
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let answer = |status: StatusCode, body: Value| (status, Json(body)).into_response();
        match self {
            Self::Detail(status, detail) => answer(status, json!({ "detail": detail })),
            Self::Unproven(error) => answer(StatusCode::UNAUTHORIZED, json!({ "error": error })),
            Self::TokenNotValid(detail) => {
                let body = json!({ "error": detail, "detail": detail, "code": "token_not_valid" });
                answer(StatusCode::UNAUTHORIZED, body)
            }
            Self::Fields(mut fields) => {
                let error = sentence(&fields);
                fields.insert("error".to_owned(), json!(error));
                answer(StatusCode::BAD_REQUEST, Value::Object(fields))
            }
            Self::TooMany(wait @ RetryAfter(seconds)) => {
                let detail =
                    format!("Request was throttled. Expected available in {seconds} seconds.");
                let body = Json(json!({ "detail": detail }));
                (StatusCode::TOO_MANY_REQUESTS, wait, body).into_response()
            }
            Self::Unavailable(hindered) => {
                let detail = format!("{}.", hindered.words);
                hindered.answer(json!({ "detail": detail }))
            }
        }
    }
}
