-- The revision, in its stream, of the fact that made a row what it is: what clients know a state by.

ALTER TABLE users            ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE users_history    ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE events           ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE messages         ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE messages_history ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE vms              ADD COLUMN revision bigint NOT NULL DEFAULT 0;
ALTER TABLE vms_history      ADD COLUMN revision bigint NOT NULL DEFAULT 0;

-- The latest moment at which anything up to here was written, for whoever asks what was then.
ALTER TABLE log_digest ADD COLUMN written timestamptz;

-- Nobody has written that down so far: it is made again from the log.
TRUNCATE users, users_history, sessions, sessions_history, events, messages, messages_history, vms,
         vms_history, erased_users, left_out, log_digest;
UPDATE checkpoints
SET log = NULL, position = NULL, fact = NULL, counted = 0, digest = ''::bytea;

CREATE INDEX sessions_history_by_user ON sessions_history (user_id);
CREATE INDEX messages_history_by_receiver ON messages_history (receiver_id, id DESC);
CREATE INDEX messages_history_by_sender ON messages_history (sender_id, id DESC);
CREATE INDEX vms_history_by_owner ON vms_history (owner_id);
CREATE INDEX events_by_organizer ON events (organizer_id);
