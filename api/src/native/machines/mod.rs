//! Machines: one's own, and everybody's to administrators.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod shown;
