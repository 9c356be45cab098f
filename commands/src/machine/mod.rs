//! Machines: the state that the rules look at, who may change one, and one file per command.

use chrono::{DateTime, Utc};
use eventlog::{AppendError, Position};
use schema::{
    Amount, Fact, Line, MachineFact, Role, StreamName, UserId, VmChanged, VmCreated, VmId,
    VmStatus, caps::DECIDE_ATTEMPTS_MAX,
};

mod attach_vm;
mod change_vm;
mod create_vm;
mod delete_vm;
mod stop_vm;

pub use attach_vm::{AttachVm, AttachVmRejected};
pub use change_vm::{ChangeVm, ChangeVmRejected};
pub use create_vm::{CreateVm, CreateVmRejected};
pub use delete_vm::{DeleteVm, DeleteVmRejected};
pub use stop_vm::{StopVm, StopVmRejected};

use crate::{
    Commands, ExecuteError, LogFailure, Request, State, decision::Decide, handler::Loaded,
    user::User,
};

/// What a machine is, as the command has it that makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// What it is called.
    pub name: Line,
    /// What runs on it.
    pub operating_system: Line,
    /// Cores.
    pub cpu_cores: Amount,
    /// Memory, in gigabytes.
    pub ram_gb: Amount,
    /// Disk, in gigabytes.
    pub disk_gb: Amount,
    /// What it is doing.
    pub status: VmStatus,
}

/// A machine that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Which.
    pub vm: VmId,
    /// Whose.
    pub owner: UserId,
    /// What it is called.
    pub name: String,
    /// What runs on it.
    pub operating_system: String,
    /// Cores.
    pub cpu_cores: i64,
    /// Memory, in gigabytes.
    pub ram_gb: i64,
    /// Disk, in gigabytes.
    pub disk_gb: i64,
    /// What it is doing.
    pub status: VmStatus,
    /// Since when it exists.
    pub created_at: DateTime<Utc>,
}

/// A machine after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The machine; as it was at last, if it exists no more.
    pub machine: Machine,
    /// Its revision.
    pub revision: u64,
    /// Where in the log.
    pub position: Position,
}

/// What the rules need to know about a machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vm {
    machine: Option<Machine>,
    deleted: bool,
}

/// Who asks, and what had to be found out for that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    user: UserId,
    role: Role,
    /// Whether the machine's owner exists. The machines of somebody who does not are gone.
    owner_exists: bool,
}

/// Why a machine is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutOfReach {
    /// It does not exist.
    Absent,
    /// It is somebody else's.
    Foreign,
}

impl Caller {
    /// The machine, if it exists and the caller may change it: its owner and administrators may.
    fn reach(self, vm: &Vm) -> Result<&Machine, OutOfReach> {
        let standing = vm.machine.as_ref().filter(|_| !vm.deleted && self.owner_exists);
        let machine = standing.ok_or(OutOfReach::Absent)?;
        let may = match self.role {
            Role::Admin => true,
            Role::User | Role::Auditor => machine.owner == self.user,
        };
        if may { Ok(machine) } else { Err(OutOfReach::Foreign) }
    }
}

impl State for Vm {
    fn evolve(&mut self, _revision: u64, fact: &Fact) {
        let Fact::Machine(fact) = fact else { return };
        match (fact, &mut self.machine) {
            (MachineFact::VmCreated(fact), machine) => *machine = Some(fact.clone().into()),
            (MachineFact::VmChanged(fact), Some(machine)) => machine.change(fact),
            (MachineFact::VmAttached(fact), Some(machine)) => machine.owner = fact.owner,
            (MachineFact::VmStopped(_), Some(machine)) => machine.status = VmStatus::Stopped,
            (MachineFact::VmDeleted(_), _) => self.deleted = true,
            (
                MachineFact::VmChanged(_) | MachineFact::VmAttached(_) | MachineFact::VmStopped(_),
                None,
            ) => {}
        }
    }
}

impl From<VmCreated> for Machine {
    fn from(fact: VmCreated) -> Self {
        Self {
            vm: fact.vm,
            owner: fact.owner,
            name: fact.name,
            operating_system: fact.operating_system,
            cpu_cores: fact.cpu_cores,
            ram_gb: fact.ram_gb,
            disk_gb: fact.disk_gb,
            status: fact.status,
            created_at: fact.at,
        }
    }
}

impl Machine {
    fn change(&mut self, fact: &VmChanged) {
        fn take<T: Clone>(old: &mut T, new: Option<&T>) {
            if let Some(new) = new {
                old.clone_from(new);
            }
        }
        take(&mut self.name, fact.name.as_ref());
        take(&mut self.operating_system, fact.operating_system.as_ref());
        take(&mut self.cpu_cores, fact.cpu_cores.as_ref());
        take(&mut self.ram_gb, fact.ram_gb.as_ref());
        take(&mut self.disk_gb, fact.disk_gb.as_ref());
        take(&mut self.status, fact.status.as_ref());
    }
}

impl Loaded<Vm> {
    /// The machine as the very request that it was loaded for has left it before.
    fn settled_before(&self) -> Option<Settled> {
        let machine = self.state.machine.clone().filter(|_| self.done)?;
        Some(Settled { machine, revision: self.revision?.0, position: self.position? })
    }
}

impl Commands {
    /// Loads the machine and those whom the rule asks about, decides, and appends.
    async fn change_machine<R, D: Decide<State = Vm, Rejected = R>>(
        &self,
        vm: VmId,
        caller: UserId,
        decide_for: impl Fn(Caller) -> D,
        request: &Request,
    ) -> Result<Settled, ExecuteError<R>> {
        let stream = StreamName::Vm(vm);
        let role = self.account(caller).await?.role;
        for _ in 0..DECIDE_ATTEMPTS_MAX {
            let loaded: Loaded<Vm> = self.load_sealed_for(&stream, request).await?;
            if let Some(settled) = loaded.settled_before() {
                return Ok(settled);
            }
            let owner_exists = match &loaded.state.machine {
                Some(machine) => self.account(machine.owner).await?.exists(),
                None => false,
            };
            let facts = decide_for(Caller { user: caller, role, owner_exists })
                .decide(&loaded.state, request.at)
                .map_err(ExecuteError::Rejected)?;
            request.see(&loaded)?;
            let before = loaded.revision.map_or(0, |revision| revision.0);
            let revision = before + facts.len() as u64;
            let mut after = loaded.state.clone();
            for fact in &facts {
                after.evolve(0, fact);
            }
            match self.settle(&stream, &loaded, facts, request).await {
                Ok(position) => {
                    let machine = after.machine.expect("a rule lets only what exists pass");
                    return Ok(Settled { machine, revision, position });
                }
                Err(LogFailure::Append(AppendError::WrongRevision { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExecuteError::Contended)
    }

    async fn account(&self, user: UserId) -> Result<User, LogFailure> {
        let loaded: Loaded<User> = self.load_sealed(&StreamName::User(user).to_string()).await?;
        Ok(loaded.state)
    }
}

#[cfg(test)]
mod tests;
