-- A fact that cannot be applied quarantines its stream: the stream's facts from there on stand in
-- left_out, in their order, until a projector can apply them. What its row shows is stale since then.

ALTER TABLE left_out
    -- Somebody has asked that its stream be tried again.
    ADD COLUMN retry boolean NOT NULL DEFAULT false;
CREATE INDEX left_out_by_stream ON left_out (stream, position);

-- The place of the first fact that the row is without; null while there is none.
ALTER TABLE users    ADD COLUMN stale_since bigint;
ALTER TABLE sessions ADD COLUMN stale_since bigint;
ALTER TABLE events   ADD COLUMN stale_since bigint;
ALTER TABLE messages ADD COLUMN stale_since bigint;
ALTER TABLE vms      ADD COLUMN stale_since bigint;

-- What was left out so far did not hold up the facts of its stream that came after it: the rows are
-- made again from the log.
TRUNCATE users, users_history, sessions, sessions_history, events, messages, messages_history, vms,
    vms_history, erased_users, left_out;
UPDATE checkpoints SET log = NULL, position = NULL, fact = NULL, counted = 0, digest = ''::bytea;

-- Ends the transaction where somebody else has taken over, and lets nobody do so before it ends.
CREATE FUNCTION hold_checkpoint(reader text, held bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM checkpoints WHERE name = reader AND epoch = held FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % of % has been replaced', held, reader USING ERRCODE = 'RG001';
    END IF;
END $$;
