//! The one binary: configuration, roles, standalone mode.

fn main() {}
