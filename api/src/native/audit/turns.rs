//! Who may look into the history how often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use commands::Inquirer;
use schema::caps::{AUDIT_ACTORS_MAX, AUDIT_QUERIES_MAX, AUDIT_QUERY_EVERY};
use tokio::time::Instant;

/// Each inquirer's account of queries: so many at once, and then one after another. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Inquirer, Instant>>>);

impl Turns {
    /// Takes a turn of `by`; `Err` tells how long to wait for the next one.
    pub(super) fn take(&self, by: Inquirer, now: Instant) -> Result<(), Duration> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= AUDIT_ACTORS_MAX {
            spent.retain(|_, until| *until > now);
        }
        // All queries are paid for by then.
        let until = spent.get(&by).copied().unwrap_or(now).max(now);
        let most = now + AUDIT_QUERY_EVERY * AUDIT_QUERIES_MAX;
        let next = until + AUDIT_QUERY_EVERY;
        if next > most {
            return Err(next - most);
        }
        spent.insert(by, next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use commands::Inquirer;
    use schema::{
        ApiKeyId, UserId,
        caps::{AUDIT_QUERIES_MAX, AUDIT_QUERY_EVERY},
    };
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::Turns;

    const ADA: Inquirer = Inquirer::Person(UserId(7));
    const PROGRAM: Inquirer = Inquirer::Key(ApiKeyId(Uuid::from_u128(7)));

    #[test]
    fn so_many_queries_are_let_in_at_once_then_one_after_another_and_others_do_not_notice() {
        let (turns, now) = (Turns::default(), Instant::now());
        for _ in 0..AUDIT_QUERIES_MAX {
            assert_eq!(turns.take(ADA, now), Ok(()));
        }
        assert_eq!(turns.take(ADA, now), Err(AUDIT_QUERY_EVERY));
        assert_eq!(turns.take(PROGRAM, now), Ok(()));
        let later = now + AUDIT_QUERY_EVERY;
        assert_eq!(turns.take(ADA, later), Ok(()));
        assert!(turns.take(ADA, later).is_err());
    }
}
