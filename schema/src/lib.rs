//! What Registre persists or publishes: facts, streams, ids, parsed values, migrations.
