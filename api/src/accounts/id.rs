//! Ids as this façade shows them.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use schema::UserId;

use super::member::NO_SUCH_USER;
use crate::fastapi::Failure;

/// The account that stands in the path: 24 hexadecimal digits, or the id in decimal.
pub(super) struct Id(pub(super) UserId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    /// What names nobody is nobody's: the answer is that of an unknown id.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|_| NO_SUCH_USER)?;
        let (_, text) = parameters.iter().next().ok_or(NO_SUCH_USER)?;
        read(text).map(Self).ok_or(NO_SUCH_USER)
    }
}

/// The digits after the first eight, which are the time of registration.
fn read(text: &str) -> Option<UserId> {
    let digits = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let id = if text.len() == 24 && digits {
        i64::from_str_radix(&text[8..], 16).ok()?
    } else if text.bytes().all(|digit| digit.is_ascii_digit()) {
        text.parse().ok()?
    } else {
        return None;
    };
    Some(UserId(id))
}

#[cfg(test)]
mod tests {
    use schema::UserId;

    use super::read;

    #[test]
    fn an_id_is_read_in_both_forms() {
        assert_eq!(read("68b58b40000000000000002a"), Some(UserId(42)));
        assert_eq!(read("68B58B40000000000000002A"), Some(UserId(42)));
        assert_eq!(read("42"), Some(UserId(42)));
    }

    #[test]
    fn what_is_no_id_names_nobody() {
        for text in [
            "",
            "abc",
            "-1",
            "+1",
            "68b58b40000000000000002",
            "68b58b40ffffffffffffffff",
            "9223372036854775808",
            "é8b58b4000000000000002a",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
