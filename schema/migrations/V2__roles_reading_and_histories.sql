-- Roles, the end of sessions, messages that have been read. Whatever a later fact supersedes moves
-- into a history table and stays there as the row that held in [since, until).

ALTER TABLE users
    -- The name in lower case, whatever its alphabet: the collation "C" knows only ASCII's.
    ADD COLUMN username_folded text    NOT NULL DEFAULT '',
    ADD COLUMN role            text    NOT NULL DEFAULT 'user',
    -- The administrator whom the configuration names; public lists leave it out.
    ADD COLUMN bootstrap       boolean NOT NULL DEFAULT false;

CREATE TABLE users_history (
    LIKE users,
    until bigint NOT NULL,
    PRIMARY KEY (id, since)
);

ALTER TABLE sessions
    ADD COLUMN ended_at   timestamptz,
    ADD COLUMN end_reason text;

CREATE TABLE sessions_history (
    LIKE sessions,
    until bigint NOT NULL,
    PRIMARY KEY (id, since)
);

CREATE TABLE messages_history (
    LIKE messages,
    until bigint NOT NULL,
    PRIMARY KEY (id, since)
);
CREATE INDEX messages_unread ON messages (receiver_id) WHERE NOT is_read;
CREATE INDEX messages_by_pair
    ON messages (least(sender_id, receiver_id), greatest(sender_id, receiver_id), id DESC);

-- What has been made so far knows nothing of the above: it is made again from the log.
TRUNCATE users, sessions, events, messages;
UPDATE checkpoints SET log = NULL, position = NULL, fact = NULL;

-- Moves a checkpoint, or ends the transaction where somebody else has taken over. A function,
-- because all statements of a batch are sent at once: none of them may run after a refusal.
CREATE FUNCTION advance_checkpoint(reader text, held bigint, log_id uuid, reached bigint, at uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE checkpoints SET log = log_id, position = reached, fact = at
    WHERE name = reader AND epoch = held;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % of % has been replaced', held, reader USING ERRCODE = 'RG001';
    END IF;
END $$;
