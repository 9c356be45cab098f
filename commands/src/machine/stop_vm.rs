//! Stop a machine.

use chrono::{DateTime, Utc};
use schema::{Fact, UserId, VmId, VmStatus, VmStopped};

use super::{Caller, OutOfReach, Settled, Vm};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Let a machine work no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopVm {
    /// Which.
    pub vm: VmId,
    /// Who asks. Its owner and administrators can.
    pub caller: UserId,
}

/// Why [`StopVm`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopVmRejected {
    /// There is no such machine.
    #[error("machine does not exist")]
    NoSuchVm,
    /// It is somebody else's.
    #[error("machine belongs to somebody else")]
    Forbidden,
}

impl From<OutOfReach> for StopVmRejected {
    fn from(reason: OutOfReach) -> Self {
        match reason {
            OutOfReach::Absent => Self::NoSuchVm,
            OutOfReach::Foreign => Self::Forbidden,
        }
    }
}

/// The command, with what had to be found out for it.
struct Stopping(Caller);

impl Decide for Stopping {
    type State = Vm;
    type Rejected = StopVmRejected;

    fn decide(&self, vm: &Vm, at: DateTime<Utc>) -> Result<Vec<Fact>, StopVmRejected> {
        let machine = self.0.reach(vm)?;
        if machine.status == VmStatus::Stopped {
            return Ok(Vec::new());
        }
        Ok(vec![VmStopped { vm: machine.vm, at }.into()])
    }
}

impl Commands {
    /// Runs [`StopVm`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn stop_vm(
        &self,
        command: &StopVm,
        request: &Request,
    ) -> Result<Settled, ExecuteError<StopVmRejected>> {
        self.change_machine(command.vm, command.caller, Stopping, request).await
    }
}

#[cfg(test)]
mod tests {
    use super::{StopVmRejected, Stopping};
    use crate::{
        machine::tests::{admin, stranger, the_owner, vm_created, vm_stopped},
        testing::given,
    };

    #[test]
    fn its_owner_and_administrators_stop_a_machine() {
        given([vm_created()]).when(&Stopping(the_owner())).then([vm_stopped()]);
        given([vm_created()]).when(&Stopping(admin())).then([vm_stopped()]);
    }

    #[test]
    fn stopping_again_does_nothing() {
        given([vm_created(), vm_stopped()]).when(&Stopping(the_owner())).then([]);
    }

    #[test]
    fn others_cannot_and_what_does_not_exist_cannot_be_stopped() {
        let stranger = Stopping(stranger());
        given([vm_created()]).when(&stranger).then_rejected(&StopVmRejected::Forbidden);
        given([]).when(&Stopping(admin())).then_rejected(&StopVmRejected::NoSuchVm);
    }
}
