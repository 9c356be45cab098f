//! Sessions: logging in, going on, and what is open in one's name.

pub(crate) mod begin;
pub(crate) mod end;
pub(crate) mod list;
