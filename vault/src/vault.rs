//! Sealing facts on their way into the log, opening them on their way out.

use std::{fmt, sync::Arc};

use eventlog::{
    AppendError, Direction, EventLog, ExpectedRevision, Fact as Stored, NewFact, ReadError,
    StreamFrom,
};
use schema::{
    ClaimHash, DataKeyCreated, Fact, FactError, LogFact, Metadata, Sealable, StreamName, UserId,
};
use uuid::Uuid;

use crate::{
    Keyring,
    data_key::{self, DataKey},
    key_cache::KeyCache,
};

/// Seals and opens personal data. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    log: EventLog,
    keyring: Arc<Keyring>,
    keys: Arc<KeyCache>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keyring", &self.keyring).finish_non_exhaustive()
    }
}

/// A fact of the log, opened as far as its keys are still there.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// What happened.
    pub fact: Fact,
    /// Who, why, when.
    pub metadata: Metadata,
}

/// Why a fact could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no data key, or it was made under another master key.
    #[error("no usable data key of user {0}")]
    NoKey(UserId),
    /// The log did not take the key.
    #[error("data key could not be stored")]
    Append(#[from] AppendError),
    /// The log did not give the key.
    #[error("data key could not be read")]
    Read(#[from] ReadError),
    /// The fact is none of this version's.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// The fact's metadata cannot be read or written.
    #[error("fact could not be encoded")]
    Encoding(#[from] serde_json::Error),
}

impl Vault {
    /// A vault over `log` with the keys of `keyring`.
    #[must_use]
    pub fn new(log: EventLog, keyring: Arc<Keyring>) -> Self {
        Self { log, keyring, keys: Arc::default() }
    }

    /// What a log and all its copies share, and no other log has.
    #[must_use]
    pub fn claim_key_check(&self) -> String {
        self.keyring.claim_key_check()
    }

    /// Names the master key, without telling it.
    #[must_use]
    pub fn master_id(&self) -> &str {
        self.keyring.master_id()
    }

    /// The data key in `stored`, which is that of `user`, wrapped by our master key instead of that of
    /// `from`; `None` where it is ours already.
    ///
    /// # Errors
    ///
    /// [`VaultError`], in particular when `from` cannot unwrap it either.
    pub async fn rewrap(
        &self,
        from: &Self,
        user: UserId,
        stored: &Stored,
        id: Uuid,
        metadata: Metadata,
    ) -> Result<Option<NewFact>, VaultError> {
        let Fact::Log(LogFact::DataKeyCreated(fact)) = Fact::read(&stored.kind, &stored.data)?
        else {
            return Err(VaultError::NoKey(user));
        };
        if fact.master == self.keyring.master_id {
            return Ok(None);
        }
        let wrapped = data_key::rewrap(&from.keyring, &self.keyring, user, &fact.wrapped);
        let wrapped = wrapped.ok_or(VaultError::NoKey(user))?;
        let fact = DataKeyCreated { user, master: self.keyring.master_id.clone(), wrapped };
        Ok(Some(self.seal(&StreamName::Key(user), id, fact.into(), metadata).await?))
    }

    /// What stands in a stream name for `value`.
    #[must_use]
    pub fn claim(&self, kind: &str, value: &str) -> ClaimHash {
        self.keyring.claim(kind, value)
    }

    /// What stands in the log for `value`, which must not.
    #[must_use]
    pub fn keyed_hash(&self, kind: &str, value: &str) -> String {
        self.keyring.keyed_hash(kind, value)
    }

    /// What stands in metadata for the address of an anonymous client.
    #[must_use]
    pub fn origin_hash(&self, ip: &str) -> String {
        self.keyring.keyed_hash("origin", ip)
    }

    /// Makes the data key of a person whose account is about to exist.
    ///
    /// Its fact has a random id: two makers must not both be told that the key in the log is
    /// theirs. The loser reads what stands there and uses it.
    ///
    /// # Errors
    ///
    /// [`VaultError`].
    pub async fn create_key(
        &self,
        user: UserId,
        id: Uuid,
        metadata: &Metadata,
    ) -> Result<(), VaultError> {
        let (key, wrapped) = DataKey::generate(&self.keyring, user);
        let master = self.keyring.master_id.clone();
        let fact = Fact::from(DataKeyCreated { user, master, wrapped });
        let stream = StreamName::Key(user);
        // Whoever makes an account for somebody else leaves traces of their own in the metadata.
        let new = self.seal(&stream, id, fact, metadata.clone()).await?;
        match self.log.append(&stream.to_string(), ExpectedRevision::NoStream, vec![new]).await {
            Ok(_) => self.keys.put(user, Arc::new(key)),
            Err(AppendError::WrongRevision { .. }) => self.keys.forget(user),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Turns a fact into what the log stores, its personal data sealed.
    ///
    /// # Errors
    ///
    /// [`VaultError`].
    pub async fn seal(
        &self,
        stream: &StreamName,
        id: Uuid,
        mut fact: Fact,
        mut metadata: Metadata,
    ) -> Result<NewFact, VaultError> {
        let kind = fact.kind();
        let stream = stream.to_string();
        if let Some((subject, personal)) = fact.personal() {
            let key = self.key(subject).await?.ok_or(VaultError::NoKey(subject))?;
            seal_with(&key, personal, &context(&stream, kind, id, "data"));
        }
        if let (Some(actor), Some(personal)) = (metadata.actor, metadata.personal.as_mut()) {
            let key = self.key(actor).await?.ok_or(VaultError::NoKey(actor))?;
            seal_with(&key, personal, &context(&stream, kind, id, "metadata"));
        }
        Ok(NewFact {
            id,
            kind: kind.to_owned(),
            data: fact.write()?.into(),
            metadata: serde_json::to_vec(&metadata)?.into(),
        })
    }

    /// Reads a stored fact. What was sealed under a key that is gone stays sealed.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; never because a key is gone.
    pub async fn open(&self, stored: &Stored) -> Result<Opened, VaultError> {
        let fact = self.open_fact(stored).await?;
        Ok(Opened { fact, metadata: serde_json::from_slice(&stored.metadata)? })
    }

    /// The same for whoever needs nothing but what happened.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; never because a key is gone.
    pub async fn open_fact(&self, stored: &Stored) -> Result<Fact, VaultError> {
        let mut fact = Fact::read(&stored.kind, &stored.data)?;
        if let Some((subject, personal)) = fact.personal() {
            self.open_personal(subject, &stored.stream, &stored.kind, stored.id, personal).await?;
        }
        Ok(fact)
    }

    /// Reads where a stored fact came from, too, as far as the key of whoever acted is still there.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; never because a key is gone.
    pub async fn open_with_origin(&self, stored: &Stored) -> Result<Opened, VaultError> {
        let mut opened = self.open(stored).await?;
        self.open_origin(stored, &mut opened.metadata).await?;
        Ok(opened)
    }

    /// Opens in `metadata`, which is that of `stored`, where the fact came from.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; never because a key is gone.
    pub async fn open_origin(
        &self,
        stored: &Stored,
        metadata: &mut Metadata,
    ) -> Result<(), VaultError> {
        if let (Some(actor), Some(personal)) = (metadata.actor, metadata.personal.as_mut()) {
            let context = context(&stored.stream, &stored.kind, stored.id, "metadata");
            self.open_sealed(actor, &context, personal).await?;
        }
        Ok(())
    }

    /// Opens the personal data of the fact `id` of type `kind` in `stream`, wherever it was carried.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; never because a key is gone.
    pub async fn open_personal(
        &self,
        subject: UserId,
        stream: &str,
        kind: &str,
        id: Uuid,
        personal: &mut dyn Sealable,
    ) -> Result<(), VaultError> {
        self.open_sealed(subject, &context(stream, kind, id, "data"), personal).await
    }

    async fn open_sealed(
        &self,
        subject: UserId,
        context: &str,
        personal: &mut dyn Sealable,
    ) -> Result<(), VaultError> {
        if let Some(key) = self.key(subject).await? {
            let opened = personal.sealed_text().and_then(|sealed| key.open(context, sealed));
            if let Some(clear) = opened {
                personal.put_clear(&clear);
            }
        }
        Ok(())
    }

    /// Drops the data key of a person who has been erased.
    pub fn forget(&self, user: UserId) {
        self.keys.forget(user);
    }

    /// Takes note of a data key that a reader of the log has come across, so that the facts after
    /// it open without asking the log again.
    pub fn observe(&self, stored: &Stored) {
        let Some(user) = StreamName::key_subject(&stored.stream) else { return };
        if let Some(key) = self.unwrapped(user, stored) {
            self.keys.put(user, key);
        }
    }

    /// The data key of `user`; `None` when it is gone, or wrapped by a master key that is not ours.
    async fn key(&self, user: UserId) -> Result<Option<Arc<DataKey>>, VaultError> {
        if let Some(key) = self.keys.get(user) {
            return Ok(Some(key));
        }
        let stream = StreamName::Key(user).to_string();
        let read = self.log.read_stream(&stream, StreamFrom::End, Direction::Backwards, 1).await;
        let stored = match read {
            Ok(facts) => facts.into_iter().next(),
            Err(ReadError::Deleted(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let key = stored.and_then(|stored| self.unwrapped(user, &stored));
        if let Some(key) = &key {
            self.keys.put(user, Arc::clone(key));
        }
        Ok(key)
    }

    fn unwrapped(&self, user: UserId, stored: &Stored) -> Option<Arc<DataKey>> {
        let Ok(Fact::Log(LogFact::DataKeyCreated(fact))) = Fact::read(&stored.kind, &stored.data)
        else {
            return None;
        };
        DataKey::unwrap(&self.keyring, user, &fact.wrapped).map(Arc::new)
    }
}

fn seal_with(key: &DataKey, personal: &mut dyn Sealable, context: &str) {
    if let Some(clear) = personal.clear_bytes() {
        personal.put_sealed(key.seal(context, &clear));
    }
}

/// What a sealed text is bound to: the identity of its fact, without its position, so that a copy
/// of the log still opens.
fn context(stream: &str, kind: &str, id: Uuid, part: &str) -> String {
    format!("{stream}\n{kind}\n{id}\n{part}")
}
