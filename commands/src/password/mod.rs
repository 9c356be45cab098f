//! Argon2id, away from the async threads and never more at once than there are cores.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use schema::Password;

use self::{memory::Workspace, threads::Threads};
use crate::ExecuteError;

mod memory;
mod threads;

/// How a hash begins that was made with today's parameters.
const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Hashes and verifies passwords with m = 19 MiB, t = 2, p = 1 (OWASP's first choice).
pub(crate) struct Hasher {
    threads: Threads,
    /// Verified in place of the hash of an account that does not exist, so that both cost the same.
    nobody: String,
}

/// How many passwords are at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashPool {
    /// Being hashed; one per core at the most.
    pub running: usize,
    /// Waiting for a core.
    pub waiting: usize,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    pub(crate) fn start() -> Self {
        let nobody = hash(&mut Workspace::default(), b"nobody's password");
        Self { threads: Threads::start(), nobody }
    }

    /// How busy it is.
    pub(crate) fn pool(&self) -> HashPool {
        self.threads.pool()
    }

    /// The PHC string of `password`.
    pub(crate) async fn hash<R>(&self, password: &Password) -> Result<String, ExecuteError<R>> {
        let password = password.clone();
        self.run(move |workspace| hash(workspace, password.as_bytes())).await
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
        let right = self.run(move |workspace| verify(workspace, password.as_bytes(), &stored));
        let right = right.await?;
        Ok(right && exists)
    }

    async fn run<R, T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> T + Send + 'static,
    ) -> Result<T, ExecuteError<R>> {
        let made = self.threads.run(work).ok_or(ExecuteError::Busy)?;
        Ok(made.await.expect("hashing does not panic"))
    }
}

/// Whether `stored` was made with today's parameters.
pub(crate) fn is_current(stored: &str) -> bool {
    stored.starts_with(CURRENT)
}

fn hash(workspace: &mut Workspace, password: &[u8]) -> String {
    let (params, salt) = (Params::DEFAULT, Salt::generate());
    let hashed = compute(workspace, Algorithm::Argon2id, Version::V0x13, &params, &salt, password)
        .and_then(|output| {
            Ok(PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&params)?,
                salt: Some(salt),
                hash: Some(output),
            })
        });
    hashed.expect("the parameters are valid and the password is short").to_string()
}

fn verify(workspace: &mut Workspace, password: &[u8], stored: &str) -> bool {
    let mut verified = || -> password_hash::Result<bool> {
        let stored = PasswordHash::new(stored)?;
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return Ok(false) };
        let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
        let params = Params::try_from(&stored)?;
        // Compared in constant time by the type's own equality.
        Ok(compute(workspace, algorithm, version, &params, &salt, password)? == expected)
    };
    verified().unwrap_or(false)
}

fn compute(
    workspace: &mut Workspace,
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    salt: &Salt,
    password: &[u8],
) -> password_hash::Result<Output> {
    let mut buffer = [0; Output::MAX_LENGTH];
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let out = buffer.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
    let argon2 = Argon2::new(algorithm, version, params.clone());
    argon2.hash_password_into_with_memory(password, salt, out, workspace.blocks(params))?;
    Ok(Output::new(out)?)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use schema::{Password, caps::HASH_QUEUE_MAX};

    use super::{Hasher, is_current, threads::tests::occupied};
    use crate::ExecuteError;

    fn password(text: &str) -> Password {
        Password::parse(text, 1).unwrap()
    }

    #[tokio::test]
    async fn check_17_the_right_password_and_no_other_is_verified() {
        let hasher = Hasher::start();
        let stored = hasher.hash::<Infallible>(&password("secret")).await.unwrap();
        assert!(is_current(&stored), "{stored}");
        assert!(hasher.verify::<Infallible>(&password("secret"), Some(&stored)).await.unwrap());
        assert!(!hasher.verify::<Infallible>(&password("Secret"), Some(&stored)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        let hasher = Hasher::start();
        let tried = hasher.verify::<Infallible>(&password("nobody's password"), None).await;
        assert!(!tried.unwrap());
    }

    /// Where nobody's password is, one is looked at all the same: it waits for its turn, and is
    /// refused where too many do.
    #[tokio::test]
    async fn an_account_that_does_not_exist_costs_a_hash_too() {
        let hasher = Hasher::start();
        let occupied = occupied(&hasher.threads);
        let queued: Vec<_> =
            (0..HASH_QUEUE_MAX).map(|_| hasher.threads.run(|_| ()).unwrap()).collect();
        for stored in [None, Some(hasher.nobody.as_str())] {
            let refused = hasher.verify::<Infallible>(&password("secret"), stored).await;
            assert!(matches!(refused, Err(ExecuteError::Busy)), "{refused:?}");
        }
        drop((occupied, queued));
    }
}
