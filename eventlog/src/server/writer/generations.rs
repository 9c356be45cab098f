//! A map that forgets what was not asked for lately.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, mem};

/// At most two generations of `capacity` entries each: what is asked for moves to the younger one,
/// and when that is full the older one is forgotten.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    capacity: usize,
}

impl<K: Eq + Hash, V> Generations<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), capacity }
    }

    /// Enter `value`. It is certainly remembered until the next [`Self::age`].
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.young.insert(key, value);
    }

    pub(super) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.young.insert(key, value);
        }
        self.young.get_mut(key)
    }

    /// Forget the older generation if the younger one is full.
    pub(super) fn age(&mut self) {
        if self.young.len() >= self.capacity {
            self.old = mem::replace(&mut self.young, HashMap::with_capacity(self.capacity));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_remembered_and_the_rest_forgotten() {
        let mut map = Generations::new(2);
        for key in 0..2 {
            map.insert(key, key);
        }
        map.age();
        assert_eq!(map.get_mut(&0), Some(&mut 0));
        map.insert(2, 2);
        map.age();
        assert_eq!(map.get_mut(&0), Some(&mut 0));
        assert_eq!(map.get_mut(&1), None);
    }
}
