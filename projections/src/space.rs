//! Where a set of read models stands: the live ones, those that are made beside them, and those that
//! were live before.
//!
//! **Invariant:** each set is a schema of its own with the same tables, so that the same statements
//! write and read any of them: the connection says which.

/// A set of read models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// What queries read.
    Live,
    /// What is made beside it.
    Next,
    /// What was live before.
    Former,
}

impl Space {
    /// Its schema; none for the live set, which stands where the database's address says.
    pub(crate) fn schema(self) -> Option<&'static str> {
        match self {
            Self::Live => None,
            Self::Next => Some("registre_next"),
            Self::Former => Some("registre_former"),
        }
    }

    /// Takes the turn to write it. Held by the connection.
    pub(crate) fn turn(self) -> &'static str {
        match self {
            Self::Live => "SELECT pg_advisory_lock(hashtext('registre projector'))",
            Self::Next | Self::Former => "SELECT pg_advisory_lock(hashtext('registre rebuild'))",
        }
    }
}
