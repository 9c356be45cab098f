//! Attach a machine to somebody.

use chrono::{DateTime, Utc};
use schema::{Fact, UserId, VmAttached, VmId};

use super::{Caller, OutOfReach, Settled, Vm};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Make a machine somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachVm {
    /// Which.
    pub vm: VmId,
    /// Who asks. Its owner so far and administrators can.
    pub caller: UserId,
    /// Whose it is from here on.
    pub owner: UserId,
}

/// Why [`AttachVm`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachVmRejected {
    /// There is no such machine.
    #[error("machine does not exist")]
    NoSuchVm,
    /// It is somebody else's.
    #[error("machine belongs to somebody else")]
    Forbidden,
    /// There is nobody with the id of the new owner.
    #[error("new owner does not exist")]
    NoSuchUser,
}

impl From<OutOfReach> for AttachVmRejected {
    fn from(reason: OutOfReach) -> Self {
        match reason {
            OutOfReach::Absent => Self::NoSuchVm,
            OutOfReach::Foreign => Self::Forbidden,
        }
    }
}

/// The command, with what had to be found out for it.
struct Attachment {
    owner: UserId,
    owner_exists: bool,
    caller: Caller,
}

impl Decide for Attachment {
    type State = Vm;
    type Rejected = AttachVmRejected;

    fn decide(&self, vm: &Vm, at: DateTime<Utc>) -> Result<Vec<Fact>, AttachVmRejected> {
        let machine = self.caller.reach(vm)?;
        if machine.owner == self.owner {
            return Ok(Vec::new());
        }
        if !self.owner_exists {
            return Err(AttachVmRejected::NoSuchUser);
        }
        Ok(vec![VmAttached { vm: machine.vm, owner: self.owner, at }.into()])
    }
}

impl Commands {
    /// Runs [`AttachVm`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn attach_vm(
        &self,
        command: &AttachVm,
        request: &Request,
    ) -> Result<Settled, ExecuteError<AttachVmRejected>> {
        let AttachVm { vm, caller, owner } = *command;
        let owner_exists = self.account(owner).await?.exists();
        let rule = |caller| Attachment { owner, owner_exists, caller };
        self.change_machine(vm, caller, rule, request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::{UserId, VmAttached};

    use super::{AttachVmRejected, Attachment};
    use crate::{
        machine::{
            Caller,
            tests::{VM, admin, stranger, the_owner, vm_created},
        },
        testing::{ADA, BOB, NOON, given},
    };

    fn to(owner: UserId, caller: Caller) -> Attachment {
        Attachment { owner, owner_exists: owner != UserId(9), caller }
    }

    #[test]
    fn its_owner_and_administrators_hand_a_machine_over() {
        let attached = || VmAttached { vm: VM, owner: BOB, at: NOON }.into();
        given([vm_created()]).when(&to(BOB, the_owner())).then([attached()]);
        given([vm_created()]).when(&to(BOB, admin())).then([attached()]);
    }

    #[test]
    fn whoever_has_handed_it_over_can_do_so_no_more() {
        let attached = VmAttached { vm: VM, owner: BOB, at: NOON }.into();
        given([vm_created(), attached])
            .when(&to(ADA, the_owner()))
            .then_rejected(&AttachVmRejected::Forbidden);
    }

    #[test]
    fn attaching_it_to_its_owner_does_nothing() {
        given([vm_created()]).when(&to(ADA, the_owner())).then([]);
    }

    #[test]
    fn nobody_gets_a_machine_and_a_stranger_gives_none_away() {
        let nobody = to(UserId(9), the_owner());
        given([vm_created()]).when(&nobody).then_rejected(&AttachVmRejected::NoSuchUser);
        let stolen = to(BOB, stranger());
        given([vm_created()]).when(&stolen).then_rejected(&AttachVmRejected::Forbidden);
        given([]).when(&to(BOB, admin())).then_rejected(&AttachVmRejected::NoSuchVm);
    }
}
