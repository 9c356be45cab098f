//! Delete a machine.

use chrono::{DateTime, Utc};
use schema::{Fact, UserId, VmDeleted, VmId};

use super::{Caller, OutOfReach, Settled, Vm};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Let a machine be no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteVm {
    /// Which.
    pub vm: VmId,
    /// Who asks. Its owner and administrators can.
    pub caller: UserId,
}

/// Why [`DeleteVm`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteVmRejected {
    /// There is no such machine.
    #[error("machine does not exist")]
    NoSuchVm,
    /// It is somebody else's.
    #[error("machine belongs to somebody else")]
    Forbidden,
}

impl From<OutOfReach> for DeleteVmRejected {
    fn from(reason: OutOfReach) -> Self {
        match reason {
            OutOfReach::Absent => Self::NoSuchVm,
            OutOfReach::Foreign => Self::Forbidden,
        }
    }
}

/// The command, with what had to be found out for it.
struct Deletion(Caller);

impl Decide for Deletion {
    type State = Vm;
    type Rejected = DeleteVmRejected;

    fn decide(&self, vm: &Vm, at: DateTime<Utc>) -> Result<Vec<Fact>, DeleteVmRejected> {
        let machine = self.0.reach(vm)?;
        Ok(vec![VmDeleted { vm: machine.vm, at }.into()])
    }
}

impl Commands {
    /// Runs [`DeleteVm`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn delete_vm(
        &self,
        command: &DeleteVm,
        request: &Request,
    ) -> Result<Settled, ExecuteError<DeleteVmRejected>> {
        self.change_machine(command.vm, command.caller, Deletion, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::{DeleteVmRejected, Deletion};
    use crate::{
        machine::tests::{admin, stranger, the_owner, vm_created, vm_deleted},
        testing::given,
    };

    #[test]
    fn its_owner_and_administrators_delete_a_machine() {
        given([vm_created()]).when(&Deletion(the_owner())).then([vm_deleted()]);
        given([vm_created()]).when(&Deletion(admin())).then([vm_deleted()]);
    }

    #[test]
    fn what_is_gone_is_there_for_nobody() {
        let gone = DeleteVmRejected::NoSuchVm;
        given([vm_created(), vm_deleted()]).when(&Deletion(the_owner())).then_rejected(&gone);
        given([]).when(&Deletion(admin())).then_rejected(&gone);
    }

    #[test]
    fn others_cannot() {
        let stranger = Deletion(stranger());
        given([vm_created()]).when(&stranger).then_rejected(&DeleteVmRejected::Forbidden);
    }
}
