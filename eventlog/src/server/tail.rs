//! The end of the log: the newest facts, kept for those who follow.
//!
//! **Invariant:** the ring holds an unbroken run of facts up to the head, all of them durable. A
//! follower is only a position, so it can neither miss a fact nor get one twice: it takes its next
//! facts from the ring, or from the file where the ring no longer reaches.

use std::{
    collections::VecDeque,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use super::fact::Fact;

/// How many facts the ring holds at most.
const FACTS_MAX: usize = 4096;
/// How many bytes of facts the ring holds at most.
const BYTES_MAX: usize = 8 << 20;

/// What comes after a position.
#[derive(Debug)]
pub(crate) enum Next {
    /// These facts, in order, without a gap.
    Facts(Vec<Fact>),
    /// Facts that the ring no longer holds.
    Older,
    /// Nothing yet.
    Nothing,
}

/// The newest facts and the head of the log.
#[derive(Debug)]
pub(crate) struct Tail {
    head: watch::Sender<u64>,
    /// Position of the last fact that may stand in the file, durable or not.
    committed: AtomicU64,
    ring: RwLock<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    facts: VecDeque<Fact>,
    bytes: usize,
}

impl Tail {
    /// A tail without facts at `head`.
    pub(crate) fn new(head: u64) -> Self {
        Self {
            head: watch::Sender::new(head),
            committed: AtomicU64::new(head),
            ring: RwLock::default(),
        }
    }

    /// Position of the last durable fact.
    pub(crate) fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// Tells of each new head.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Let followers see `facts`, which are durable and follow the head without a gap.
    pub(crate) fn publish(&self, facts: Vec<Fact>) {
        let Some(head) = facts.last().map(|fact| fact.position) else { return };
        self.ring.write().unwrap_or_else(PoisonError::into_inner).extend(facts);
        self.head.send_replace(head);
    }

    /// From now on facts up to `position` may stand in the file that are not durable yet.
    pub(crate) fn announce(&self, position: u64) {
        self.committed.store(position, Ordering::SeqCst);
    }

    /// What was announced does not come.
    pub(crate) fn withdraw(&self) {
        self.announce(self.head());
        self.head.send_modify(|_| {});
    }

    /// Whether everything is durable that stands in the file.
    pub(crate) fn is_settled(&self) -> bool {
        self.head() >= self.committed.load(Ordering::SeqCst)
    }

    /// Completes once everything is durable that stands in the file now. What is announced meanwhile
    /// is not waited for: where many write, there is always more to come.
    pub(crate) async fn settled(&self) {
        let reached = self.committed.load(Ordering::SeqCst);
        let mut head = self.follow();
        // What is withdrawn never becomes durable.
        let settled = |head: &u64| *head >= reached.min(self.committed.load(Ordering::SeqCst));
        head.wait_for(settled).await.expect("the head is told by this very tail");
    }

    /// Keep no fact any more; followers look into the file.
    pub(crate) fn forget(&self) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Ring::default();
    }

    /// At most `limit` facts after `position`.
    pub(crate) fn after(&self, position: u64, limit: usize) -> Next {
        let head = self.head();
        if position >= head {
            return Next::Nothing;
        }
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = ring.facts.front().map(|fact| fact.position) else {
            return Next::Older;
        };
        let Some(skip) = (position + 1).checked_sub(first) else { return Next::Older };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Next::Facts(ring.facts.iter().skip(skip).take(limit).cloned().collect())
    }
}

impl Ring {
    fn extend(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            self.bytes += fact.size();
            self.facts.push_back(fact);
        }
        while self.facts.len() > FACTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.facts.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }
}

#[cfg(test)]
mod tests;
