//! How the façades' lists are answered where their clients do not agree.

use std::str::FromStr;

use crate::caller::Caller;

/// A list that is open to everybody unless it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenList {
    /// `GET /users/`
    Users,
    /// `GET /events/`
    Events,
    /// `GET /user`
    User,
    /// `GET /vm`
    Vm,
}

/// A name that is no open list's.
#[derive(Debug, thiserror::Error)]
#[error("no open list: they are users, events, user and vm")]
pub struct OpenListError;

impl FromStr for OpenList {
    type Err = OpenListError;

    fn from_str(text: &str) -> Result<Self, OpenListError> {
        match text {
            "users" => Ok(Self::Users),
            "events" => Ok(Self::Events),
            "user" => Ok(Self::User),
            "vm" => Ok(Self::Vm),
            _ => Err(OpenListError),
        }
    }
}

/// What is configured.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Lists that only members may read.
    pub closed: Vec<OpenList>,
    /// `GET /messages/received` is a bare list, as the Community's last client reads it; else an
    /// object with the messages and how many are unread.
    pub received_bare: bool,
}

impl Lists {
    /// Lets `caller` read `list`, or gives the refusal of `known`.
    pub(crate) fn admit<T, E>(
        &self,
        list: OpenList,
        caller: Caller,
        known: impl FnOnce(Caller) -> Result<T, E>,
    ) -> Result<(), E> {
        if self.closed.contains(&list) {
            known(caller)?;
        }
        Ok(())
    }
}
