//! Who has offended how often.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use schema::caps::{OFFENCES_PER_ADDRESS, OFFENCES_PER_NETWORK, OFFENCES_WINDOW};
use tokio::time::Instant;

use super::{
    Offence, RetryAfter,
    places::{Places, SocketLimits},
};
use crate::front::ClientIp;

/// Counts offences, and open sockets, by where they come from. Cheap to clone.
///
/// Not made of `governor`, which counts what it lets in, and by a count that falls all the time: here
/// only the outcome says whether something counts, and so many in so long are allowed, no more.
#[derive(Clone, Debug)]
pub struct Throttle {
    local_exempt: bool,
    pub(super) places: Places,
    counts: Arc<Mutex<Counts>>,
}

/// When the last offences were, as many of them as may be in [`OFFENCES_WINDOW`].
type Counts = HashMap<(Offence, Source), VecDeque<Instant>>;

/// Where a request comes from, in two sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// What one subscriber has: an IPv4 address, or an IPv6 network of 64 bits.
    Address(IpAddr),
    /// What is handed out together: 24 bits of an IPv4 address, or 48 of an IPv6 one.
    Network(IpAddr),
}

impl Source {
    pub(super) fn both(ip: IpAddr) -> [Self; 2] {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let network = Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8));
                [Self::Address(ip.into()), Self::Network(network.into())]
            }
            IpAddr::V6(ip) => {
                let first = |bits: u32| {
                    IpAddr::from(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits))))
                };
                [Self::Address(first(64)), Self::Network(first(48))]
            }
        }
    }

    /// How many offences it may cause in [`OFFENCES_WINDOW`].
    fn most(self) -> usize {
        match self {
            Self::Address(_) => OFFENCES_PER_ADDRESS,
            Self::Network(_) => OFFENCES_PER_NETWORK,
        }
    }
}

impl Throttle {
    /// Nobody has offended yet, and no socket is open. With `local_exempt`, this machine's own
    /// programs never offend, and open as many sockets as they like.
    #[must_use]
    pub fn new(local_exempt: bool, sockets: SocketLimits) -> Self {
        Self { local_exempt, places: Places::new(sockets), counts: Arc::default() }
    }

    /// Whether nothing of `client` is counted.
    pub(super) fn exempts(&self, client: ClientIp) -> bool {
        self.local_exempt && client.local
    }

    /// Whether `ip` may risk another `offence` at `now`, or when it may. What its neighbours have done
    /// counts with `widely` alone.
    pub(super) fn admit(
        &self,
        offence: Offence,
        ip: IpAddr,
        widely: bool,
        now: Instant,
    ) -> Result<(), RetryAfter> {
        let counts = self.counts();
        let [address, network] = Source::both(ip);
        let sources = [address].into_iter().chain(widely.then_some(network));
        let waits = sources.filter_map(|source| {
            let times = counts.get(&(offence, source)).filter(|times| times.len() == source.most());
            let oldest = *times?.front()?;
            (oldest + OFFENCES_WINDOW).checked_duration_since(now).filter(|wait| !wait.is_zero())
        });
        match waits.max() {
            Some(wait) => Err(wait.into()),
            None => Ok(()),
        }
    }

    /// Counts one `offence` of `client` at `now`.
    pub(super) fn count(&self, offence: Offence, client: ClientIp, now: Instant) {
        if self.exempts(client) {
            return;
        }
        let mut counts = self.counts();
        // What is over is swept out when the map would have to grow.
        if counts.len() + 2 > counts.capacity() {
            let counts_still = |last: &Instant| now.duration_since(*last) < OFFENCES_WINDOW;
            counts.retain(|_, times| times.back().is_some_and(counts_still));
        }
        for source in Source::both(client.address) {
            let times = counts.entry((offence, source)).or_default();
            if times.len() == source.most() {
                times.pop_front();
            }
            times.push_back(now);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        time::Duration,
    };

    use schema::caps::{OFFENCES_PER_ADDRESS, OFFENCES_PER_NETWORK, OFFENCES_WINDOW};
    use tokio::time::Instant;

    use super::{Offence, RetryAfter, SocketLimits, Throttle};
    use crate::front::ClientIp;

    const GUESS: Offence = Offence::WrongPassword;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(address: IpAddr) -> ClientIp {
        ClientIp { address, local: false }
    }

    /// A throttle for which `address` has offended `times` times at `now`.
    fn offended(address: &str, times: usize, now: Instant) -> Throttle {
        let throttle = Throttle::new(true, SocketLimits::default());
        for _ in 0..times {
            throttle.count(GUESS, client(ip(address)), now);
        }
        throttle
    }

    #[test]
    fn an_address_is_let_in_until_it_has_offended_as_often_as_the_contract_says() {
        let now = Instant::now();
        let throttle = offended("192.0.2.1", OFFENCES_PER_ADDRESS - 1, now);
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), true, now), Ok(()));
        throttle.count(GUESS, client(ip("192.0.2.1")), now);
        let later = now + OFFENCES_WINDOW - Duration::from_secs(7);
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), true, later), Err(RetryAfter(7)));
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), true, now + OFFENCES_WINDOW), Ok(()));
    }

    #[test]
    fn as_many_as_are_allowed_at_an_even_pace_are_never_too_many() {
        let (throttle, start) = (Throttle::new(true, SocketLimits::default()), Instant::now());
        for second in 0..OFFENCES_WINDOW.as_secs() * 2 {
            let now = start + Duration::from_secs(second);
            assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), true, now), Ok(()), "{second}");
            throttle.count(GUESS, client(ip("192.0.2.1")), now);
        }
    }

    #[test]
    fn those_that_were_let_in_together_do_not_close_the_door_for_longer() {
        let now = Instant::now();
        let throttle = offended("192.0.2.1", OFFENCES_PER_ADDRESS + 60, now);
        let closed = Err(RetryAfter(OFFENCES_WINDOW.as_secs()));
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), true, now), closed);
    }

    #[test]
    fn neighbours_and_other_offences_are_let_in() {
        let now = Instant::now();
        let throttle = offended("192.0.2.1", OFFENCES_PER_ADDRESS, now);
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.2"), true, now), Ok(()));
        assert_eq!(throttle.admit(Offence::Telling, ip("192.0.2.1"), true, now), Ok(()));
    }

    #[test]
    fn a_network_is_let_in_until_ten_addresses_have_used_up_theirs() {
        let (throttle, now) = (Throttle::new(true, SocketLimits::default()), Instant::now());
        for offence in 0..OFFENCES_PER_NETWORK {
            throttle.count(GUESS, client(ip(&format!("192.0.2.{}", offence % 200))), now);
        }
        assert!(throttle.admit(GUESS, ip("192.0.2.250"), true, now).is_err());
        assert_eq!(throttle.admit(GUESS, ip("192.0.3.250"), true, now), Ok(()));
    }

    #[test]
    fn to_clients_that_know_no_networks_only_their_own_address_counts() {
        let (throttle, now) = (Throttle::new(true, SocketLimits::default()), Instant::now());
        for offence in 0..OFFENCES_PER_NETWORK {
            throttle.count(GUESS, client(ip(&format!("192.0.2.{}", offence % 200))), now);
        }
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.250"), false, now), Ok(()));
        assert_eq!(throttle.admit(GUESS, ip("192.0.2.1"), false, now), Ok(()));
    }

    #[test]
    fn the_addresses_of_one_subscriber_count_together() {
        let now = Instant::now();
        let throttle = offended("2001:db8:1:2::1", OFFENCES_PER_ADDRESS, now);
        assert!(throttle.admit(GUESS, ip("2001:db8:1:2:ffff::9"), true, now).is_err());
        assert_eq!(throttle.admit(GUESS, ip("2001:db8:1:3::1"), true, now), Ok(()));
        let throttle = offended("192.0.2.1", OFFENCES_PER_ADDRESS, now);
        assert!(throttle.admit(GUESS, ip("::ffff:192.0.2.1"), true, now).is_err());
    }

    #[test]
    fn this_machine_offends_only_where_it_is_not_exempt() {
        let now = Instant::now();
        for exempt in [true, false] {
            let throttle = Throttle::new(exempt, SocketLimits::default());
            for _ in 0..OFFENCES_PER_ADDRESS {
                throttle.count(GUESS, ClientIp { address: ip("::1"), local: true }, now);
            }
            assert_eq!(throttle.admit(GUESS, ip("::1"), true, now).is_ok(), exempt);
        }
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let now = Instant::now();
        let throttle = Throttle::new(true, SocketLimits::default());
        for address in 0..1_000_u32 {
            let later = now + Duration::from_secs(u64::from(address) * 30);
            throttle.count(GUESS, client(Ipv4Addr::from_bits(address << 8).into()), later);
        }
        assert!(throttle.counts().capacity() < 100, "{}", throttle.counts().capacity());
    }
}
