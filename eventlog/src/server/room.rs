//! Room for appends that are under way.
//!
//! **Invariant:** whatever callers send, finished or not, all of it together takes no more memory
//! than there is room for here, until it is written.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all appends together may hold that are not written yet: four times what waits for the
/// writer, so that who does not finish an append keeps nobody from it.
const KIB_MAX: usize = 64 << 10;

/// What is left of the room.
#[derive(Clone, Debug)]
pub(crate) struct Room(Arc<Semaphore>);

/// The part of the room that one append takes, free again when dropped.
#[derive(Debug)]
pub(crate) struct Part {
    room: Room,
    permit: Option<OwnedSemaphorePermit>,
}

/// There is no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(KIB_MAX)))
    }

    /// For an append that has just begun.
    pub(crate) fn part(&self) -> Part {
        Part { room: self.clone(), permit: None }
    }
}

impl Part {
    /// Takes as much as `bytes` need, those that were there before included.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let held = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Some(missing) = (bytes / 1024 + 1).checked_sub(held) else { return Ok(()) };
        let missing = u32::try_from(missing).map_err(|_| NoRoom)?;
        let more = Arc::clone(&self.room.0).try_acquire_many_owned(missing);
        let more = more.map_err(|_| NoRoom)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_comes_free_again() {
        let room = Room::new();
        let mut first = room.part();
        first.hold((KIB_MAX - 1) * 1024).unwrap();
        assert_eq!(room.part().hold(1), Err(NoRoom));
        drop(first);
        assert_eq!(room.part().hold(1), Ok(()));
    }

    #[test]
    fn what_grows_takes_only_what_it_grows_by() {
        let room = Room::new();
        let mut part = room.part();
        for bytes in 0..KIB_MAX * 1024 {
            if bytes % 4096 == 0 {
                part.hold(bytes).unwrap();
            }
        }
        assert_eq!(part.hold(KIB_MAX * 1024), Err(NoRoom));
    }
}
