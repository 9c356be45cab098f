//! Data keys in memory, for a minute at the most.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use schema::{
    UserId,
    caps::{DATA_KEY_CACHE, DATA_KEYS_CACHED_MAX},
};
use tokio::time::Instant;

use crate::data_key::DataKey;

/// Keys by person. Short-lived, because a key that was erased must not go on sealing.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<UserId, (Arc<DataKey>, Instant)>>);

impl KeyCache {
    pub(crate) fn get(&self, user: UserId) -> Option<Arc<DataKey>> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, read_at) = keys.get(&user)?;
        (read_at.elapsed() < DATA_KEY_CACHE).then(|| Arc::clone(key))
    }

    pub(crate) fn put(&self, user: UserId, key: Arc<DataKey>) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= DATA_KEYS_CACHED_MAX {
            keys.retain(|_, (_, read_at)| read_at.elapsed() < DATA_KEY_CACHE);
        }
        if keys.len() >= DATA_KEYS_CACHED_MAX {
            keys.clear();
        }
        keys.insert(user, (key, Instant::now()));
    }

    pub(crate) fn forget(&self, user: UserId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use schema::{
        UserId,
        caps::{DATA_KEY_CACHE, DATA_KEYS_CACHED_MAX},
    };

    use super::KeyCache;
    use crate::{Keyring, Missing, data_key::DataKey};

    fn key() -> Arc<DataKey> {
        let keyring = Keyring::open(tempfile::tempdir().unwrap().path(), Missing::Make).unwrap();
        Arc::new(DataKey::generate(&keyring, UserId(1)).0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_gone_after_its_minute() {
        let cache = KeyCache::default();
        cache.put(UserId(1), key());
        assert!(cache.get(UserId(1)).is_some());
        tokio::time::advance(DATA_KEY_CACHE).await;
        assert!(cache.get(UserId(1)).is_none());
    }

    #[tokio::test]
    async fn the_cache_is_bounded() {
        let (cache, key) = (KeyCache::default(), key());
        let users = i64::try_from(DATA_KEYS_CACHED_MAX).unwrap() + 1;
        (0..users).for_each(|user| cache.put(UserId(user), Arc::clone(&key)));
        assert!(cache.0.lock().unwrap().len() <= DATA_KEYS_CACHED_MAX);
    }
}
