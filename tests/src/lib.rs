//! End to end, against real Postgres, NATS and log.
