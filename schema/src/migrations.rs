//! The read models' tables.

/// All migrations in order: version, name, SQL. A released one is never edited.
pub const MIGRATIONS: &[(i32, &str, &str)] = &[
    (1, "read_models", include_str!("../migrations/V1__read_models.sql")),
    (
        2,
        "roles_reading_and_histories",
        include_str!("../migrations/V2__roles_reading_and_histories.sql"),
    ),
    (3, "completeness", include_str!("../migrations/V3__completeness.sql")),
    (4, "relay_turn", include_str!("../migrations/V4__relay_turn.sql")),
    (5, "machines", include_str!("../migrations/V5__machines.sql")),
    (6, "accounts", include_str!("../migrations/V6__accounts.sql")),
    (7, "quarantine", include_str!("../migrations/V7__quarantine.sql")),
    (8, "api_keys", include_str!("../migrations/V8__api_keys.sql")),
    (9, "merkle", include_str!("../migrations/V9__merkle.sql")),
    (10, "revisions", include_str!("../migrations/V10__revisions.sql")),
    (12, "sweep", include_str!("../migrations/V12__sweep.sql")),
];
