//! Argon2id, away from the async threads and never more at once than there are cores.

use std::{fmt, num::NonZero, sync::Arc, thread};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use schema::{Password, caps::HASH_QUEUE_MAX};
use tokio::sync::Semaphore;

use crate::ExecuteError;

/// Hashes and verifies passwords with m = 19 MiB, t = 2, p = 1 (OWASP's first choice).
pub(crate) struct Hasher {
    /// One for each core.
    running: Arc<Semaphore>,
    /// Those that run and those that wait.
    admitted: Arc<Semaphore>,
    /// Verified in place of the hash of an account that does not exist, so that both cost the same.
    nobody: String,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    pub(crate) fn start() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            running: Arc::new(Semaphore::new(cores)),
            admitted: Arc::new(Semaphore::new(cores + HASH_QUEUE_MAX)),
            nobody: hash(b"nobody's password"),
        }
    }

    /// The PHC string of `password`.
    pub(crate) async fn hash<R>(&self, password: &Password) -> Result<String, ExecuteError<R>> {
        let password = password.clone();
        self.run(move || hash(password.as_bytes())).await
    }

    /// Whether `password` is the one of `stored`; as slow and always `false` without one.
    pub(crate) async fn verify<R>(
        &self,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<bool, ExecuteError<R>> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let password = password.clone();
        let right = self.run(move || verify(password.as_bytes(), &stored)).await?;
        Ok(right && exists)
    }

    async fn run<R, T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ExecuteError<R>> {
        let Ok(_admitted) = Arc::clone(&self.admitted).try_acquire_owned() else {
            return Err(ExecuteError::Busy);
        };
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.expect("the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            // Held by the thread: a caller that goes away does not free a core that is still busy.
            let _running = running;
            work()
        });
        Ok(done.await.expect("hashing does not panic"))
    }
}

fn hash(password: &[u8]) -> String {
    let hashed = Argon2::default().hash_password(password);
    hashed.expect("the parameters are valid and the password is short").to_string()
}

fn verify(password: &[u8], stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password, &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use schema::Password;

    use super::Hasher;
    use crate::ExecuteError;

    fn password(text: &str) -> Password {
        Password::parse(text, 1).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_and_no_other_is_verified() {
        let hasher = Hasher::start();
        let stored = hasher.hash::<Infallible>(&password("secret")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hasher.verify::<Infallible>(&password("secret"), Some(&stored)).await.unwrap());
        assert!(!hasher.verify::<Infallible>(&password("Secret"), Some(&stored)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        let hasher = Hasher::start();
        let tried = hasher.verify::<Infallible>(&password("nobody's password"), None).await;
        assert!(!tried.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let hasher = Hasher::start();
        let admitted = hasher.admitted.available_permits();
        let _all = hasher.admitted.try_acquire_many(u32::try_from(admitted).unwrap()).unwrap();
        let refused = hasher.hash::<Infallible>(&password("secret")).await;
        assert!(matches!(refused, Err(ExecuteError::Busy)));
    }
}
