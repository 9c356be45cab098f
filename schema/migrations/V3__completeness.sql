-- What makes a hole in the read models visible.

-- How many facts a reader has consumed, and the rolling hash over them, before it filtered any.
ALTER TABLE checkpoints
    ADD COLUMN counted bigint NOT NULL DEFAULT 0,
    ADD COLUMN digest  bytea  NOT NULL DEFAULT ''::bytea;

-- The same as a second reader of the log finds it, every so many facts; there it goes on.
CREATE TABLE log_digest (
    log      uuid   NOT NULL,
    position bigint NOT NULL,
    counted  bigint NOT NULL,
    digest   bytea  NOT NULL,
    PRIMARY KEY (log, position)
);

-- Facts that could not be applied.
CREATE TABLE left_out (
    position bigint PRIMARY KEY,
    stream   text NOT NULL,
    kind     text NOT NULL,
    reason   text NOT NULL
);

-- Nobody has counted what was read so far: it is read again.
TRUNCATE users, users_history, sessions, sessions_history, events, messages, messages_history;
UPDATE checkpoints SET log = NULL, position = NULL, fact = NULL;

DROP FUNCTION advance_checkpoint;

-- Moves a checkpoint, or ends the transaction where somebody else has taken over. A function,
-- because all statements of a batch are sent at once: none of them may run after a refusal.
CREATE FUNCTION advance_checkpoint(
    reader text, held bigint, log_id uuid, reached bigint, at uuid, count bigint, hash bytea
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE checkpoints
    SET log = log_id, position = reached, fact = at, counted = count, digest = hash
    WHERE name = reader AND epoch = held;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % of % has been replaced', held, reader USING ERRCODE = 'RG001';
    END IF;
END $$;
