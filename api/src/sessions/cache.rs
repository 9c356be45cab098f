//! What the log has said about sessions.

use std::collections::{HashMap, HashSet};

use commands::session::Standing;
use schema::{ApiKeyId, SessionId, UserId, caps::SESSIONS_CACHED_MAX};
use tokio::sync::watch;

use crate::tokens::Bearer;

/// Sessions in memory. Bounded: those that no socket holds are forgotten when there are too many.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: HashMap<SessionId, Entry>,
    by_user: HashMap<UserId, HashSet<SessionId>>,
    /// Tells the sockets of programs to look again.
    keys: HashMap<ApiKeyId, watch::Sender<()>>,
    /// So many facts were brought.
    facts: u64,
}

#[derive(Debug)]
struct Entry {
    user: UserId,
    known: Known,
    /// The last fact that was brought about it.
    touched: u64,
    /// Tells sockets to look again.
    sockets: Option<watch::Sender<()>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Not read yet, or a fact has been brought since.
    Nothing,
    /// What the log said.
    Read(Standing),
}

/// What a look into the cache gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// What the log said.
    Known(Standing),
    /// It has to be read, and is from now on waited for.
    Unread(Ticket),
}

/// Shows, when the log has been read, whether a fact has come in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl Cache {
    pub(super) fn look(&mut self, bearer: Bearer) -> Seen {
        let facts = self.facts;
        match self.entry(bearer).known {
            Known::Read(read) => Seen::Known(read),
            Known::Nothing => Seen::Unread(Ticket(facts)),
        }
    }

    /// Keeps what was read since `ticket` was given out; `false` when it may be old already.
    pub(super) fn fill(&mut self, session: SessionId, ticket: Ticket, read: Standing) -> bool {
        // An entry that was forgotten meanwhile was not told of facts.
        let entry = self.entries.get_mut(&session).filter(|entry| entry.touched <= ticket.0);
        let Some(entry) = entry else { return false };
        entry.known = Known::Read(read);
        true
    }

    /// A fact about `session` was brought.
    pub(super) fn touch_session(&mut self, session: SessionId) {
        self.facts += 1;
        if let Some(entry) = self.entries.get_mut(&session) {
            entry.touch(self.facts);
        }
    }

    /// A fact about the account of `user` was brought.
    pub(super) fn touch_user(&mut self, user: UserId) {
        self.facts += 1;
        for session in self.by_user.get(&user).into_iter().flatten() {
            if let Some(entry) = self.entries.get_mut(session) {
                entry.touch(self.facts);
            }
        }
    }

    /// Changes whenever the session of `bearer` has to be looked at again.
    pub(super) fn watch(&mut self, bearer: Bearer) -> watch::Receiver<()> {
        let sockets = &mut self.entry(bearer).sockets;
        sockets.get_or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    /// A fact about `key` was brought.
    pub(super) fn touch_key(&mut self, key: ApiKeyId) {
        if let Some(sockets) = self.keys.get(&key) {
            sockets.send_replace(());
        }
    }

    /// Changes whenever `key` has to be looked at again.
    pub(super) fn watch_key(&mut self, key: ApiKeyId) -> watch::Receiver<()> {
        self.keys.retain(|_, sockets| sockets.receiver_count() > 0);
        self.keys.entry(key).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    fn entry(&mut self, bearer: Bearer) -> &mut Entry {
        if self.entries.len() >= SESSIONS_CACHED_MAX && !self.entries.contains_key(&bearer.session)
        {
            self.forget();
        }
        let (user, touched) = (bearer.user, self.facts);
        self.by_user.entry(user).or_default().insert(bearer.session);
        self.entries.entry(bearer.session).or_insert(Entry {
            user,
            known: Known::Nothing,
            touched,
            sockets: None,
        })
    }

    fn forget(&mut self) {
        self.entries.retain(|_, entry| entry.is_held());
        self.by_user.clear();
        for (session, entry) in &self.entries {
            self.by_user.entry(entry.user).or_default().insert(*session);
        }
    }
}

impl Entry {
    fn touch(&mut self, fact: u64) {
        // What is over does not begin again.
        if self.known != Known::Read(Standing::Over) {
            self.known = Known::Nothing;
            self.touched = fact;
            if let Some(sockets) = &self.sockets {
                sockets.send_replace(());
            }
        }
    }

    fn is_held(&self) -> bool {
        self.sockets.as_ref().is_some_and(|sockets| sockets.receiver_count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use commands::session::{Living, Standing};
    use schema::{Role, SessionId, UserId, caps::SESSIONS_CACHED_MAX};
    use uuid::Uuid;

    use super::{Cache, Seen, Ticket};
    use crate::tokens::Bearer;

    fn bearer(number: u128) -> Bearer {
        Bearer { user: UserId(7), session: SessionId(Uuid::from_u128(number)), expires: 0 }
    }

    fn living(bearer: Bearer) -> Standing {
        let (session, user) = (bearer.session, bearer.user);
        let began = chrono::DateTime::UNIX_EPOCH;
        Standing::Living(Living { session, user, role: Role::User, began, seen: began })
    }

    fn ticket(cache: &mut Cache, bearer: Bearer) -> Ticket {
        match cache.look(bearer) {
            Seen::Unread(ticket) => ticket,
            Seen::Known(read) => panic!("it has been read: {read:?}"),
        }
    }

    /// A cache that knows `bearer`'s session to live.
    fn filled(bearer: Bearer) -> Cache {
        let mut cache = Cache::default();
        let ticket = ticket(&mut cache, bearer);
        assert!(cache.fill(bearer.session, ticket, living(bearer)));
        cache
    }

    #[test]
    fn what_was_read_is_known_until_a_fact_is_brought() {
        let ada = bearer(1);
        let mut cache = filled(ada);
        assert_eq!(cache.look(ada), Seen::Known(living(ada)));
        cache.touch_session(bearer(2).session);
        assert_eq!(cache.look(ada), Seen::Known(living(ada)));
        cache.touch_session(ada.session);
        ticket(&mut cache, ada);
        let mut cache = filled(ada);
        cache.touch_user(ada.user);
        ticket(&mut cache, ada);
    }

    #[test]
    fn a_fact_that_arrives_between_reading_the_streams_and_filling_the_cache_makes_it_read_again() {
        let ada = bearer(1);
        let mut cache = Cache::default();
        let early = ticket(&mut cache, ada);
        cache.touch_user(ada.user);
        assert!(!cache.fill(ada.session, early, living(ada)));
        let late = ticket(&mut cache, ada);
        assert!(cache.fill(ada.session, late, Standing::Over));
        assert_eq!(cache.look(ada), Seen::Known(Standing::Over));
    }

    #[test]
    fn of_two_that_read_at_once_the_older_does_not_overwrite_what_came_after_it() {
        let ada = bearer(1);
        let mut cache = Cache::default();
        let early = ticket(&mut cache, ada);
        cache.touch_session(ada.session);
        let late = ticket(&mut cache, ada);
        assert!(cache.fill(ada.session, late, Standing::Over));
        assert!(!cache.fill(ada.session, early, living(ada)));
        assert_eq!(cache.look(ada), Seen::Known(Standing::Over));
    }

    #[test]
    fn what_is_over_stays_over() {
        let ada = bearer(1);
        let mut cache = Cache::default();
        let ticket = ticket(&mut cache, ada);
        assert!(cache.fill(ada.session, ticket, Standing::Over));
        cache.touch_user(ada.user);
        assert_eq!(cache.look(ada), Seen::Known(Standing::Over));
    }

    #[test]
    fn it_is_bounded_and_forgets_no_session_of_a_socket() {
        let ada = bearer(0);
        let mut cache = filled(ada);
        let mut socket = cache.watch(ada);
        let forgotten = ticket(&mut cache, bearer(1));
        for number in 2..=SESSIONS_CACHED_MAX as u128 {
            ticket(&mut cache, bearer(number));
        }
        assert!(cache.entries.len() <= SESSIONS_CACHED_MAX);
        assert!(!cache.fill(bearer(1).session, forgotten, living(bearer(1))));
        assert_eq!(cache.look(ada), Seen::Known(living(ada)));
        cache.touch_user(ada.user);
        assert!(socket.has_changed().unwrap());
        socket.mark_unchanged();
    }
}
