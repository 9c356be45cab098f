//! Create a machine.

use chrono::{DateTime, Utc};
use eventlog::ExpectedRevision;
use schema::{Fact, IdKind, StreamName, UserId, VmCreated, VmId};

use super::{Build, Machine, Settled, Vm};
use crate::{Commands, ExecuteError, Request, decision::Decide, handler::Loaded, user::User};

/// Make a machine that belongs to somebody. Any account may make one for anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateVm {
    /// Whose it is.
    pub owner: UserId,
    /// What it is.
    pub build: Build,
}

/// Why [`CreateVm`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateVmRejected {
    /// There is nobody with that id.
    #[error("owner does not exist")]
    NoSuchUser,
}

/// The command, with the id that had to be made for it.
struct Construction<'a> {
    vm: VmId,
    command: &'a CreateVm,
}

impl Construction<'_> {
    fn created(&self, at: DateTime<Utc>) -> VmCreated {
        let CreateVm { owner, build } = self.command;
        VmCreated {
            vm: self.vm,
            owner: *owner,
            name: build.name.as_str().to_owned(),
            operating_system: build.operating_system.as_str().to_owned(),
            cpu_cores: build.cpu_cores.get(),
            ram_gb: build.ram_gb.get(),
            disk_gb: build.disk_gb.get(),
            status: build.status,
            at,
        }
    }
}

impl Decide for Construction<'_> {
    /// The owner.
    type State = User;
    type Rejected = CreateVmRejected;

    fn decide(&self, owner: &User, at: DateTime<Utc>) -> Result<Vec<Fact>, CreateVmRejected> {
        admit(owner)?;
        Ok(vec![self.created(at).into()])
    }
}

/// Whether `owner` can have a machine.
fn admit(owner: &User) -> Result<(), CreateVmRejected> {
    if owner.exists() { Ok(()) } else { Err(CreateVmRejected::NoSuchUser) }
}

impl Commands {
    /// Runs [`CreateVm`]. No id is spent on a machine of nobody's.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn create_vm(
        &self,
        command: &CreateVm,
        request: &Request,
    ) -> Result<Settled, ExecuteError<CreateVmRejected>> {
        if let Some(id) = request.kept.as_ref().and_then(|kept| kept.id) {
            let loaded: Loaded<Vm> =
                self.load_sealed_for(&StreamName::Vm(VmId(id)), request).await?;
            if let Some(settled) = loaded.settled_before() {
                return Ok(settled);
            }
        }
        let owner = self.account(command.owner).await?;
        admit(&owner).map_err(ExecuteError::Rejected)?;
        let vm = VmId(self.id_for(IdKind::Vm, request).await?);
        let construction = Construction { vm, command };
        let facts = construction.decide(&owner, request.at).map_err(ExecuteError::Rejected)?;
        let machine = Machine::from(construction.created(request.at));
        let stream = StreamName::Vm(vm);
        let appended = self.append(&stream, ExpectedRevision::NoStream, facts, request).await?;
        Ok(Settled { machine, revision: appended.revision.0, position: appended.position })
    }
}

#[cfg(test)]
mod tests {
    use schema::Role;

    use super::{Construction, CreateVm, CreateVmRejected};
    use crate::{
        machine::tests::{VM, build, vm_created},
        testing::{ADA, ada_registered, ada_role, given, voided},
    };

    fn construction() -> Construction<'static> {
        let command = CreateVm { owner: ADA, build: build() };
        Construction { vm: VM, command: Box::leak(Box::new(command)) }
    }

    #[test]
    fn a_machine_is_made_for_whoever_exists() {
        given([ada_registered()]).when(&construction()).then([vm_created()]);
        given([ada_registered(), ada_role(Role::Admin)]).when(&construction()).then([vm_created()]);
    }

    #[test]
    fn nobody_cannot_have_a_machine() {
        given([]).when(&construction()).then_rejected(&CreateVmRejected::NoSuchUser);
        given([voided()]).when(&construction()).then_rejected(&CreateVmRejected::NoSuchUser);
    }
}
