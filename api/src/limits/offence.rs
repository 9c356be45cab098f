//! Which outcomes count.

use commands::user::{
    AmendRejected, ChangeAccountRejected, LogInRejected, ProveRejected, RegisterPersonRejected,
    RegisterPhoneRejected, RegisterUserRejected, UseResetLinkRejected,
};

/// Something that somebody may do a few times, and not all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Offence {
    /// A wrong password, or a link to a new one that opens nothing.
    WrongPassword,
    /// To be told that an address or a number has an account.
    Telling,
}

impl Offence {
    /// For metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::Telling => "telling",
        }
    }
}

/// A refusal that may be an offence.
pub(crate) trait Judged {
    /// Which, if it is one.
    fn offence(&self) -> Option<Offence>;
}

impl Judged for LogInRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::WrongCredentials => Some(Offence::WrongPassword),
            // The password was right, or was not looked at.
            Self::Inactive | Self::TooMany { .. } => None,
        }
    }
}

impl Judged for ProveRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::WrongPassword => Some(Offence::WrongPassword),
            Self::NoSuchUser | Self::TooMany { .. } => None,
        }
    }
}

impl Judged for UseResetLinkRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::NoSuchLink => Some(Offence::WrongPassword),
            Self::Unsuitable => None,
        }
    }
}

impl Judged for RegisterPersonRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::Taken => Some(Offence::Telling),
        }
    }
}

impl Judged for RegisterUserRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::EmailTaken => Some(Offence::Telling),
        }
    }
}

impl Judged for RegisterPhoneRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::PhoneTaken => Some(Offence::Telling),
        }
    }
}

impl Judged for AmendRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::EmailTaken => Some(Offence::Telling),
            Self::NoSuchUser | Self::LastAdministrator => None,
        }
    }
}

impl Judged for ChangeAccountRejected {
    fn offence(&self) -> Option<Offence> {
        match self {
            Self::Amend(rejected) => rejected.offence(),
            Self::Proof(rejected) => rejected.offence(),
        }
    }
}
