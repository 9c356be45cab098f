//! Tokens whose signature has been verified before.
//!
//! Verifying an Ed25519 signature costs more than the rest of most reads.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;
use schema::caps::{CLOCK_LEEWAY_SECONDS, TOKENS_CACHED_MAX};

use super::Bearer;

type Hash = [u8; digest::SHA256_OUTPUT_LEN];

/// By hash, so that memory holds no token that could be used. Until each of them ends.
#[derive(Default)]
pub(super) struct Verified(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    tokens: HashMap<Hash, Bearer>,
    /// How often all of them have been forgotten.
    forgotten: u64,
}

impl Verified {
    /// What `token` proves at `now`, from memory or as `verify` says.
    pub(super) fn get_or_verify(
        &self,
        token: &str,
        now: i64,
        verify: impl FnOnce() -> Option<Bearer>,
    ) -> Option<Bearer> {
        let mut hash = Hash::default();
        hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        let (known, forgotten) =
            self.lock(|known| (known.tokens.get(&hash).copied(), known.forgotten));
        if let Some(bearer) = known {
            return good(&bearer, now).then_some(bearer);
        }
        let bearer = verify()?;
        self.lock(|known| {
            // It was verified with keys that may not be believed any more.
            if known.forgotten != forgotten {
                return;
            }
            let tokens = &mut known.tokens;
            if tokens.len() >= TOKENS_CACHED_MAX {
                tokens.retain(|_, bearer| good(bearer, now));
            }
            if tokens.len() >= TOKENS_CACHED_MAX {
                tokens.clear();
            }
            tokens.insert(hash, bearer);
        });
        Some(bearer)
    }

    /// Verifies all of them again.
    pub(super) fn forget(&self) {
        self.lock(|known| {
            known.tokens.clear();
            known.forgotten += 1;
        });
    }

    fn lock<T>(&self, work: impl FnOnce(&mut Remembered) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn good(bearer: &Bearer, now: i64) -> bool {
    bearer.expires.saturating_add_unsigned(CLOCK_LEEWAY_SECONDS) >= now
}

#[cfg(test)]
mod tests {
    use schema::{
        SessionId, UserId,
        caps::{CLOCK_LEEWAY_SECONDS, TOKENS_CACHED_MAX},
    };
    use uuid::Uuid;

    use super::Verified;
    use crate::tokens::Bearer;

    const ADA: Bearer =
        Bearer { user: UserId(7), session: SessionId(Uuid::from_u128(5)), expires: 100 };

    #[test]
    fn a_token_is_verified_once_and_believed_until_it_ends() {
        let verified = Verified::default();
        assert_eq!(verified.get_or_verify("token", 0, || Some(ADA)), Some(ADA));
        let end = ADA.expires.saturating_add_unsigned(CLOCK_LEEWAY_SECONDS);
        let again = |now| verified.get_or_verify("token", now, || panic!("it is known"));
        assert_eq!(again(end), Some(ADA));
        assert_eq!(again(end + 1), None);
    }

    #[test]
    fn what_proves_nothing_is_not_kept() {
        let verified = Verified::default();
        assert_eq!(verified.get_or_verify("token", 0, || None), None);
        assert_eq!(verified.get_or_verify("token", 0, || Some(ADA)), Some(ADA));
    }

    #[test]
    fn what_was_being_verified_while_all_was_forgotten_is_verified_again() {
        let verified = Verified::default();
        let meanwhile = || {
            verified.forget();
            Some(ADA)
        };
        assert_eq!(verified.get_or_verify("token", 0, meanwhile), Some(ADA));
        assert_eq!(verified.get_or_verify("token", 0, || None), None);
    }

    #[test]
    fn it_is_bounded() {
        let verified = Verified::default();
        for number in 0..=TOKENS_CACHED_MAX {
            verified.get_or_verify(&number.to_string(), 0, || Some(ADA));
        }
        assert!(verified.lock(|known| known.tokens.len()) <= TOKENS_CACHED_MAX);
    }
}
