-- One relay rings at a time. Its turn ends unless it is renewed; whoever takes over raises the epoch,
-- and from there on the one before moves the place no more. The clock is Postgres's own.
ALTER TABLE relay
    ADD COLUMN epoch      bigint      NOT NULL DEFAULT 0,
    ADD COLUMN held_until timestamptz NOT NULL DEFAULT '-infinity';
