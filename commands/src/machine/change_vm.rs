//! Change a machine.

use chrono::{DateTime, Utc};
use schema::{Amount, Fact, Line, UserId, VmAttached, VmChanged, VmId, VmStatus};

use super::{Caller, Machine, OutOfReach, Settled, Vm};
use crate::{Commands, ExecuteError, Request, decision::Decide};

/// Make a machine another. What is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeVm {
    /// Which.
    pub vm: VmId,
    /// Who asks. Its owner and administrators can.
    pub caller: UserId,
    /// Whose it is from here on.
    pub owner: Option<UserId>,
    /// What it is called from here on.
    pub name: Option<Line>,
    /// What runs on it from here on.
    pub operating_system: Option<Line>,
    /// Its cores.
    pub cpu_cores: Option<Amount>,
    /// Its memory, in gigabytes.
    pub ram_gb: Option<Amount>,
    /// Its disk, in gigabytes.
    pub disk_gb: Option<Amount>,
    /// What it is doing.
    pub status: Option<VmStatus>,
}

/// Why [`ChangeVm`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeVmRejected {
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

impl From<OutOfReach> for ChangeVmRejected {
    fn from(reason: OutOfReach) -> Self {
        match reason {
            OutOfReach::Absent => Self::NoSuchVm,
            OutOfReach::Foreign => Self::Forbidden,
        }
    }
}

/// The command, with what had to be found out for it.
struct Change<'a> {
    command: &'a ChangeVm,
    caller: Caller,
    /// Whether the owner that the command names exists.
    new_owner_exists: bool,
}

impl Change<'_> {
    /// What the command changes; `None` when that is nothing.
    fn changed(&self, machine: &Machine, at: DateTime<Utc>) -> Option<VmChanged> {
        fn new<T: PartialEq>(wanted: Option<T>, old: &T) -> Option<T> {
            wanted.filter(|wanted| wanted != old)
        }
        let text = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
        let number = |amount: Option<Amount>| amount.map(Amount::get);
        let command = self.command;
        let nothing = VmChanged {
            vm: machine.vm,
            name: None,
            operating_system: None,
            cpu_cores: None,
            ram_gb: None,
            disk_gb: None,
            status: None,
            at,
        };
        let changed = VmChanged {
            name: new(text(&command.name), &machine.name),
            operating_system: new(text(&command.operating_system), &machine.operating_system),
            cpu_cores: new(number(command.cpu_cores), &machine.cpu_cores),
            ram_gb: new(number(command.ram_gb), &machine.ram_gb),
            disk_gb: new(number(command.disk_gb), &machine.disk_gb),
            status: new(command.status, &machine.status),
            ..nothing.clone()
        };
        (changed != nothing).then_some(changed)
    }
}

impl Decide for Change<'_> {
    type State = Vm;
    type Rejected = ChangeVmRejected;

    fn decide(&self, vm: &Vm, at: DateTime<Utc>) -> Result<Vec<Fact>, ChangeVmRejected> {
        let machine = self.caller.reach(vm)?;
        let owner = self.command.owner.filter(|owner| *owner != machine.owner);
        if owner.is_some() && !self.new_owner_exists {
            return Err(ChangeVmRejected::NoSuchUser);
        }
        let changed = self.changed(machine, at).map(Fact::from);
        let attached = owner.map(|owner| VmAttached { vm: machine.vm, owner, at }.into());
        Ok(changed.into_iter().chain(attached).collect())
    }
}

impl Commands {
    /// Runs [`ChangeVm`].
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn change_vm(
        &self,
        command: &ChangeVm,
        request: &Request,
    ) -> Result<Settled, ExecuteError<ChangeVmRejected>> {
        let new_owner_exists = match command.owner {
            Some(owner) => self.account(owner).await?.exists(),
            None => true,
        };
        let rule = |caller| Change { command, caller, new_owner_exists };
        self.change_machine(command.vm, command.caller, rule, request).await
    }
}

#[cfg(test)]
mod tests {
    use schema::{Amount, Fact, UserId, VmAttached, VmChanged};

    use super::{Change, ChangeVm, ChangeVmRejected};
    use crate::{
        machine::{
            Caller,
            tests::{VM, admin, stranger, the_owner, vm_created, vm_deleted},
        },
        testing::{ADA, BOB, NOON, given, line},
    };

    const NOTHING: ChangeVm = ChangeVm {
        vm: VM,
        caller: ADA,
        owner: None,
        name: None,
        operating_system: None,
        cpu_cores: None,
        ram_gb: None,
        disk_gb: None,
        status: None,
    };

    fn change(command: ChangeVm, caller: Caller) -> Change<'static> {
        let new_owner_exists = command.owner != Some(UserId(9));
        Change { command: Box::leak(Box::new(command)), caller, new_owner_exists }
    }

    fn renamed() -> ChangeVm {
        ChangeVm { name: Some(line("test-Loin")), cpu_cores: Amount::parse(4).ok(), ..NOTHING }
    }

    fn rename() -> Fact {
        VmChanged {
            vm: VM,
            name: Some("test-Loin".to_owned()),
            operating_system: None,
            cpu_cores: None,
            ram_gb: None,
            disk_gb: None,
            status: None,
            at: NOON,
        }
        .into()
    }

    #[test]
    fn its_owner_and_administrators_change_a_machine_and_only_what_differs_is_told() {
        given([vm_created()]).when(&change(renamed(), the_owner())).then([rename()]);
        given([vm_created()]).when(&change(renamed(), admin())).then([rename()]);
    }

    #[test]
    fn changing_it_into_what_it_is_does_nothing() {
        given([vm_created()]).when(&change(NOTHING, the_owner())).then([]);
        given([vm_created(), rename()]).when(&change(renamed(), the_owner())).then([]);
        let kept = ChangeVm { owner: Some(ADA), ..NOTHING };
        given([vm_created()]).when(&change(kept, the_owner())).then([]);
    }

    #[test]
    fn a_change_can_hand_it_over_to_somebody_who_exists() {
        let to = |owner| ChangeVm { owner: Some(owner), ..renamed() };
        let handed_over = VmAttached { vm: VM, owner: BOB, at: NOON }.into();
        given([vm_created()]).when(&change(to(BOB), the_owner())).then([rename(), handed_over]);
        given([vm_created()])
            .when(&change(to(UserId(9)), the_owner()))
            .then_rejected(&ChangeVmRejected::NoSuchUser);
    }

    #[test]
    fn others_cannot_and_what_is_gone_cannot_be_changed() {
        let refused = ChangeVmRejected::Forbidden;
        given([vm_created()]).when(&change(renamed(), stranger())).then_rejected(&refused);
        let gone = ChangeVmRejected::NoSuchVm;
        given([]).when(&change(renamed(), admin())).then_rejected(&gone);
        given([vm_created(), vm_deleted()])
            .when(&change(renamed(), the_owner()))
            .then_rejected(&gone);
        let orphaned = Caller { owner_exists: false, ..admin() };
        given([vm_created()]).when(&change(renamed(), orphaned)).then_rejected(&gone);
    }
}
