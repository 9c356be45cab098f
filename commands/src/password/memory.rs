//! The memory that hashing works in: kept from one hash to the next, because touching it for the
//! first time costs a fifth of a hash, and given back when nobody logs in.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{Block, Params};
use schema::caps::HASH_MEMORY_KEPT;
use zeroize::Zeroize;

/// Memory for one hash.
#[derive(Debug, Default)]
pub(super) struct Workspace(Vec<Block>);

impl Workspace {
    /// As many blocks as `params` ask for.
    pub(super) fn blocks(&mut self, params: &Params) -> &mut [Block] {
        let count = params.block_count();
        if self.0.len() < count {
            *self = Self(vec![Block::default(); count]);
        }
        &mut self.0[..count]
    }
}

impl Drop for Workspace {
    /// What stands in it follows from a password.
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// What is free, the last used on top.
#[derive(Debug, Default)]
struct Store {
    free: Vec<Workspace>,
    /// How often something was taken: whoever finds it unchanged knows that nobody came.
    taken: u64,
}

/// Memory that no hash works in at the moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<Store>>);

impl Memory {
    /// Memory to work in; new if none is free.
    pub(super) fn take(&self) -> Workspace {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.taken += 1;
        kept.free.pop().unwrap_or_default()
    }

    /// Keeps `workspace` for the next one, and tells how often something had been taken by then.
    pub(super) fn put_back(&self, workspace: Workspace) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.free.push(workspace);
        kept.taken
    }

    /// Gives back to the system whatever is free, unless somebody needs some within
    /// [`HASH_MEMORY_KEPT`].
    pub(super) async fn release_when_idle(self, taken: u64) {
        tokio::time::sleep(HASH_MEMORY_KEPT).await;
        self.release(taken);
    }

    fn release(&self, taken: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = if kept.taken == taken { mem::take(&mut kept.free) } else { Vec::new() };
        drop(kept);
        drop(free);
    }
}

#[cfg(test)]
mod tests {
    use argon2::Params;

    use super::Memory;

    #[test]
    fn what_was_put_back_is_taken_again() {
        let memory = Memory::default();
        let mut first = memory.take();
        let place = first.blocks(&Params::DEFAULT).as_ptr();
        memory.put_back(first);
        assert_eq!(memory.take().blocks(&Params::DEFAULT).as_ptr(), place);
    }

    #[test]
    fn nothing_is_kept_once_nobody_has_come_for_a_while() {
        let memory = Memory::default();
        let workspace = memory.take();
        let taken = memory.put_back(workspace);
        let again = memory.take();
        memory.put_back(again);
        memory.release(taken);
        assert_eq!(memory.0.lock().unwrap().free.len(), 1, "somebody came meanwhile");
        memory.release(taken + 1);
        assert!(memory.0.lock().unwrap().free.is_empty());
    }
}
