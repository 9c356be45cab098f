//! People: everybody to members, oneself, and others to administrators.

pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod me;
pub(crate) mod register;
pub(crate) mod shown;
