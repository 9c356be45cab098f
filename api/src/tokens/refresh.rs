//! Refresh tokens: what they say, and what a token that was sent as one turns out to be.

use chrono::{DateTime, Utc};
use commands::user::LoggedIn;
use schema::{SessionId, caps::REFRESH_TOKEN_LIFETIME};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AUDIENCE, ISSUER, Tokens};

/// What a refresh token says. Nothing else is made by chance, so that whoever lost it gets the same
/// again.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    user_id: i64,
    token_type: String,
    sid: SessionId,
    generation: u64,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a token turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// One for the session, and its number.
    Of {
        /// Which session.
        session: SessionId,
        /// The number of the token.
        generation: u64,
    },
    /// It is valid, and for something else.
    WrongType,
    /// It proves nothing.
    Invalid,
}

impl Tokens {
    /// The refresh token number `generation` of a session, which counts from `since` on.
    pub(crate) fn refresh(
        &self,
        login: &LoggedIn,
        generation: u64,
        since: DateTime<Utc>,
    ) -> String {
        self.sign(&Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: login.user.to_string(),
            user_id: login.user.0,
            token_type: "refresh".to_owned(),
            sid: login.session,
            generation,
            jti: Uuid::new_v5(&login.session.0, &generation.to_be_bytes()),
            iat: since.timestamp(),
            nbf: since.timestamp(),
            exp: (since + REFRESH_TOKEN_LIFETIME).timestamp(),
        })
    }

    /// What `token`, which was sent as a refresh token, turns out to be.
    pub(crate) fn read_refresh(&self, token: &str) -> Refresh {
        match self.read::<Claims>(token) {
            Some(claims) if claims.token_type == "refresh" => {
                Refresh::Of { session: claims.sid, generation: claims.generation }
            }
            Some(_) => Refresh::WrongType,
            None if self.verify(token).is_some() => Refresh::WrongType,
            None => Refresh::Invalid,
        }
    }
}
