//! The read models' tables.

/// All migrations in order: version, name, SQL. A released one is never edited.
pub const MIGRATIONS: &[(i32, &str, &str)] =
    &[(1, "read_models", include_str!("../migrations/V1__read_models.sql"))];
