//! How many sockets one person, and one address, hold open.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schema::{
    UserId,
    caps::{SOCKETS_PER_ADDRESS, SOCKETS_PER_PERSON},
};

use super::throttle::Source;

/// How many sockets may be open at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketLimits {
    /// Of one person.
    pub per_person: usize,
    /// From one address, whoever they are.
    pub per_address: usize,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self { per_person: SOCKETS_PER_PERSON, per_address: SOCKETS_PER_ADDRESS }
    }
}

/// Whose sockets are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Person(UserId),
    Address(Source),
}

/// The sockets that are open. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    limits: SocketLimits,
    open: Arc<Mutex<HashMap<Holder, usize>>>,
}

/// One open socket, as far as it counts; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    holders: Vec<Holder>,
}

impl Places {
    pub(super) fn new(limits: SocketLimits) -> Self {
        Self { limits, open: Arc::default() }
    }

    /// A place for one more socket from `address`, of `person` if that is known; nothing where
    /// either has as many as they may.
    pub(super) fn take(&self, person: Option<UserId>, address: IpAddr) -> Option<Place> {
        let [address, _network] = Source::both(address);
        let person = person.map(Holder::Person);
        let holders: Vec<Holder> = person.into_iter().chain([Holder::Address(address)]).collect();
        let mut open = self.open();
        let full = |holder: &Holder| {
            let most = match holder {
                Holder::Person(_) => self.limits.per_person,
                Holder::Address(_) => self.limits.per_address,
            };
            open.get(holder).is_some_and(|open| *open >= most)
        };
        if holders.iter().any(full) {
            return None;
        }
        for holder in &holders {
            *open.entry(*holder).or_default() += 1;
        }
        drop(open);
        Some(Place { places: self.clone(), holders })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Holder, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.open();
        for holder in &self.holders {
            if let Entry::Occupied(mut count) = open.entry(*holder) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use schema::UserId;

    use super::{Places, SocketLimits};

    const ADA: Option<UserId> = Some(UserId(7));

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn check_69_a_person_has_so_many_sockets_and_no_more_wherever_they_are() {
        let places = Places::new(SocketLimits { per_person: 2, per_address: 10 });
        let one = places.take(ADA, ip("192.0.2.1")).unwrap();
        let _two = places.take(ADA, ip("192.0.2.2")).unwrap();
        assert!(places.take(ADA, ip("192.0.2.3")).is_none());
        assert!(places.take(Some(UserId(8)), ip("192.0.2.1")).is_some());
        drop(one);
        assert!(places.take(ADA, ip("192.0.2.3")).is_some());
    }

    #[test]
    fn check_69_an_address_has_so_many_whoever_is_behind_it() {
        let places = Places::new(SocketLimits { per_person: 10, per_address: 2 });
        let _one = places.take(ADA, ip("2001:db8::1")).unwrap();
        let two = places.take(None, ip("2001:db8::2")).unwrap();
        assert!(places.take(None, ip("2001:db8::3")).is_none());
        assert!(places.take(None, ip("2001:db8:0:1::1")).is_some());
        drop(two);
        assert!(places.take(None, ip("2001:db8::3")).is_some());
    }

    #[test]
    fn nothing_is_kept_of_whoever_has_gone() {
        let places = Places::new(SocketLimits::default());
        drop(places.take(ADA, ip("192.0.2.1")));
        assert!(places.open().is_empty());
    }
}
