//! Access tokens: JWT (RFC 7519) signed with Ed25519 (RFC 8037).
//!
//! **Invariant:** which key and which algorithm verify a token is our choice, never the token's.
//! That a token is genuine says nothing of its session: that is asked each time.

pub(crate) mod jwks;
mod keys;
mod refresh;
mod rotation;
#[cfg(test)]
mod tests;
mod ticket;
mod verified;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use chrono::{DateTime, Utc};
use commands::user::LoggedIn;
use jsonwebtoken::{Algorithm, Header, Validation};
use projections::Chain;
use schema::{
    SessionId, UserId,
    caps::{
        CLOCK_LEEWAY_SECONDS, SIGNING_KEYS_LOOK_EVERY, SIGNING_KEYS_LOOK_PAUSE, TOKEN_BYTES_MAX,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{task::spawn_blocking, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use self::{keys::Keys, verified::Verified};
pub use self::{
    keys::TokensError,
    rotation::{Rotation, rotate},
};
pub(crate) use self::{refresh::Refresh, ticket::TicketRefused};

const ISSUER: &str = "registre";
const AUDIENCE: &str = "registre";

/// Signs and verifies access tokens.
pub struct Tokens {
    path: PathBuf,
    keys: RwLock<Arc<Keys>>,
    looked: Mutex<Instant>,
    validation: Validation,
    verified: Verified,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
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
    /// Signs with the key in `path`; made on first use. Tokens of the keys beside it that are called
    /// `signing-….key` are still believed: a key is replaced by giving it such a name.
    ///
    /// # Errors
    ///
    /// [`TokensError`].
    pub fn open(path: &Path) -> Result<Self, TokensError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = CLOCK_LEEWAY_SECONDS;
        Ok(Self {
            path: path.to_owned(),
            keys: RwLock::new(Arc::new(Keys::open(path)?)),
            looked: Mutex::new(Instant::now()),
            validation,
            verified: Verified::default(),
        })
    }

    /// Replaces keys when their time comes, and takes over what others have replaced, until
    /// `shutdown`.
    pub async fn keep_up(self: Arc<Self>, shutdown: CancellationToken) {
        let mut rounds = tokio::time::interval(SIGNING_KEYS_LOOK_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        while shutdown.run_until_cancelled(rounds.tick()).await.is_some() {
            let tokens = Arc::clone(&self);
            let looked = spawn_blocking(move || {
                if rotation::rotate_if_due(&tokens.path)? {
                    info!("tokens are signed with a new key from here on");
                }
                tokens.look_again()
            });
            match looked.await {
                Ok(Err(error)) if !failing => {
                    warn!(error = %Chain(&error), "keys of tokens stay as they are");
                    failing = true;
                }
                Ok(Err(_)) | Err(_) => {}
                Ok(Ok(())) => failing = false,
            }
        }
    }

    /// Takes over the keys that are there now. What was verified with others is verified again.
    fn look_again(&self) -> Result<(), TokensError> {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        let found = Keys::open(&self.path)?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if !keys.same(&found) {
            *keys = Arc::new(found);
            drop(keys);
            self.verified.forget();
        }
        Ok(())
    }

    /// The keys as they were when somebody last looked.
    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys, after another look if nobody has taken one just now: whoever signed with a key that
    /// is not known here may have replaced it this very moment.
    fn newer_keys(&self) -> Option<Arc<Keys>> {
        let looked = *self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.elapsed() < SIGNING_KEYS_LOOK_PAUSE {
            return None;
        }
        self.look_again().ok()?;
        Some(self.keys())
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
        let keys = self.keys();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(keys.signing_id.clone());
        jsonwebtoken::encode(&header, claims, &keys.signing)
            .expect("the key is an Ed25519 key and the claims are plain")
    }

    /// What `token` says, if it counts now.
    pub(crate) fn read<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        let named = jsonwebtoken::decode_header(token).ok()?.kid?;
        let mut keys = self.keys();
        if !keys.verifying.contains_key(&named) {
            keys = self.newer_keys()?;
        }
        let key = keys.verifying.get(&named)?;
        Some(jsonwebtoken::decode::<C>(token, key, &self.validation).ok()?.claims)
    }

    /// What `token` proves; `None` when it proves nothing.
    pub(crate) fn verify(&self, token: &str) -> Option<Bearer> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let now = crate::clock::now().timestamp();
        self.verified.get_or_verify(token, now, || {
            let claims = self.read::<Claims>(token)?;
            (claims.token_type == "access").then_some(Bearer {
                user: UserId(claims.user_id),
                session: claims.sid,
                expires: claims.exp,
            })
        })
    }
}

/// A public id in the form that clients of a document store expect: reversible, 24 digits.
pub(crate) fn object_id(registered_at: DateTime<Utc>, user: UserId) -> String {
    format!("{:08x}{:016x}", registered_at.timestamp(), user.0)
}
