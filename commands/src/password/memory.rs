//! The memory that hashing works in: kept from one hash to the next, because touching it for the
//! first time costs a fifth of a hash, and given back when nobody logs in.

use std::{hint::black_box, mem, time::Duration};

use argon2::{Block, Params};
use schema::caps::HASH_MEMORY_KEPT;
use zeroize::Zeroize;

/// More than the allocator keeps in reserve, hence taken from the pages it may give back.
const LARGE: usize = 1 << 20;

/// Memory for one hash.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    blocks: Vec<Block>,
    /// Whether the allocator has blocks back, and presumably keeps them.
    let_go: bool,
}

impl Workspace {
    /// As many blocks as `params` ask for.
    pub(super) fn blocks(&mut self, params: &Params) -> &mut [Block] {
        let count = params.block_count();
        if self.blocks.len() < count {
            self.forget();
            self.blocks = vec![Block::default(); count];
        }
        &mut self.blocks[..count]
    }

    /// How long to wait for the next hash before [`Self::rest`]; `None` when there is nothing left
    /// to give back.
    pub(super) fn patience(&self) -> Option<Duration> {
        (self.let_go || !self.blocks.is_empty()).then_some(HASH_MEMORY_KEPT)
    }

    /// Gives the blocks back to the allocator, and by the next call to the system: mimalloc, which
    /// the service has, keeps pages for a second, and then until another large piece is freed.
    pub(super) fn rest(&mut self) {
        if mem::take(&mut self.let_go) {
            drop(black_box(Vec::<u8>::with_capacity(LARGE)));
        } else {
            self.forget();
            self.let_go = true;
        }
    }

    /// What stands in the blocks follows from a password.
    fn forget(&mut self) {
        let mut blocks = mem::take(&mut self.blocks);
        blocks.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use argon2::Params;

    use super::Workspace;

    #[test]
    fn blocks_are_kept_for_the_next_hash() {
        let mut workspace = Workspace::default();
        let first = workspace.blocks(&Params::DEFAULT).as_ptr();
        assert_eq!(workspace.blocks(&Params::DEFAULT).as_ptr(), first);
    }

    #[test]
    fn nothing_is_kept_and_nothing_waited_for_after_resting_twice() {
        let mut workspace = Workspace::default();
        assert_eq!(workspace.patience(), None);
        workspace.blocks(&Params::DEFAULT);
        for _ in 0..2 {
            assert!(workspace.patience().is_some());
            workspace.rest();
            assert_eq!(workspace.blocks.capacity(), 0);
        }
        assert_eq!(workspace.patience(), None);
    }
}
