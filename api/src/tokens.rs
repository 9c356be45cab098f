//! Access tokens: JWT (RFC 7519) signed with Ed25519 (RFC 8037).

use std::{fmt, path::Path};

use aws_lc_rs::{
    encoding::AsDer,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Utc};
use commands::user::LoggedIn;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use schema::{SessionId, UserId, caps::CLOCK_LEEWAY_SECONDS};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;
use vault::{SecretFileError, secret_file};
use zeroize::Zeroizing;

pub(crate) const ISSUER: &str = "registre";
pub(crate) const AUDIENCE: &str = "registre";

/// Signs and verifies access tokens.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// Its file does not hold a key.
    #[error("{0} does not hold an Ed25519 key (PKCS#8, base64)")]
    Malformed(String),
}

/// What an access token says. A superset of what the clients of all façades read.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// The public id, as 24 hexadecimal digits.
    #[serde(rename = "userId")]
    object_id: String,
    user_id: i64,
    email: Option<String>,
    role: String,
    token_type: String,
    sid: SessionId,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a verified token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    /// When the token ends, in seconds since the Unix epoch.
    pub(crate) expires: i64,
}

impl Tokens {
    /// The key in `path`; made on first use.
    ///
    /// # Errors
    ///
    /// [`TokensError`].
    pub fn open(path: &Path) -> Result<Self, TokensError> {
        let malformed = || TokensError::Malformed(path.display().to_string());
        let text = secret_file(path, || Zeroizing::new(BASE64.encode(generate())))?;
        let der = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| malformed())?);
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| malformed())?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = CLOCK_LEEWAY_SECONDS;
        Ok(Self {
            signing: EncodingKey::from_ed_der(&der),
            verifying: DecodingKey::from_ed_components(&public).map_err(|_| malformed())?,
            validation,
        })
    }

    /// A token for the session that has just begun, good for `seconds`.
    pub(crate) fn issue(&self, login: &LoggedIn, at: DateTime<Utc>, seconds: i64) -> String {
        let now = at.timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: login.email.clone().or_else(|| login.phone_number.clone()).unwrap_or_default(),
            object_id: object_id(login.registered_at, login.user),
            user_id: login.user.0,
            email: login.email.clone(),
            role: login.role.to_string(),
            token_type: "access".to_owned(),
            sid: login.session,
            jti: crate::clock::request_id(),
            iat: now,
            nbf: now,
            exp: now + seconds,
        };
        self.sign(&claims)
    }

    /// A token that says `claims`. The same ones give the same token.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &self.signing)
            .expect("the key is an Ed25519 key and the claims are plain")
    }

    /// What `token` says, if it counts now.
    pub(crate) fn read<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        let read = jsonwebtoken::decode::<C>(token, &self.verifying, &self.validation);
        Some(read.ok()?.claims)
    }

    /// What `token` proves; `None` when it proves nothing.
    pub(crate) fn verify(&self, token: &str) -> Option<Bearer> {
        let claims = self.read::<Claims>(token)?;
        (claims.token_type == "access").then_some(Bearer {
            user: UserId(claims.user_id),
            session: claims.sid,
            expires: claims.exp,
        })
    }
}

/// PKCS#8 in its first version: all readers of such keys know it.
fn generate() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().expect("the system has randomness");
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> =
        pair.as_der().expect("a fresh key can be encoded");
    der.as_ref().to_vec()
}

/// A public id in the form that clients of a document store expect: reversible, 24 digits.
pub(crate) fn object_id(registered_at: DateTime<Utc>, user: UserId) -> String {
    format!("{:08x}{:016x}", registered_at.timestamp(), user.0)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use commands::user::LoggedIn;
    use eventlog::Position;
    use schema::{Role, SessionId, UserId};
    use uuid::Uuid;

    use super::Tokens;
    use crate::clock::now;

    fn tokens() -> Tokens {
        Tokens::open(&tempfile::tempdir().unwrap().path().join("signing.key")).unwrap()
    }

    fn login() -> LoggedIn {
        LoggedIn {
            session: SessionId(Uuid::from_u128(5)),
            user: UserId(7),
            email: Some("ada@example.com".to_owned()),
            phone_number: None,
            role: Role::User,
            registered_at: DateTime::<Utc>::UNIX_EPOCH,
            position: Position(1),
        }
    }

    #[test]
    fn a_token_proves_whose_and_which_session_it_is() {
        let tokens = tokens();
        let bearer = tokens.verify(&tokens.issue(&login(), now(), 60)).unwrap();
        assert_eq!((bearer.user, bearer.session), (login().user, login().session));
    }

    #[test]
    fn an_expired_token_proves_nothing() {
        let tokens = tokens();
        let token = tokens.issue(&login(), now() - TimeDelta::minutes(2), 60);
        assert_eq!(tokens.verify(&token), None);
    }

    #[test]
    fn a_token_from_the_future_proves_nothing() {
        let tokens = tokens();
        let token = tokens.issue(&login(), now() + TimeDelta::minutes(2), 60);
        assert_eq!(tokens.verify(&token), None);
    }

    #[test]
    fn a_token_of_another_key_proves_nothing() {
        assert_eq!(tokens().verify(&tokens().issue(&login(), now(), 60)), None);
    }

    #[test]
    fn rubbish_proves_nothing() {
        for text in ["", "notifications", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(tokens().verify(text), None, "{text:?}");
        }
    }
}
