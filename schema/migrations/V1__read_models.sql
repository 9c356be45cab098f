-- The read models. Each row holds the position of the fact that made it what it is (`since`), so
-- that a later fact can move it into a history table as [since, until).

-- How far each reader of the log has come. Rows of a read model and its checkpoint change in one
-- transaction, whose first statement is the guarded UPDATE here: whoever holds an older epoch has
-- been replaced and changes nothing.
CREATE TABLE checkpoints (
    name     text   PRIMARY KEY,
    epoch    bigint NOT NULL DEFAULT 0,
    -- The log that `position` and `fact` belong to; all three are null before the first fact.
    log      uuid,
    position bigint,
    fact     uuid
);

CREATE TABLE users (
    id         bigint      PRIMARY KEY,
    email      text,
    username   text        NOT NULL,
    created_at timestamptz NOT NULL,
    since      bigint      NOT NULL
);

CREATE TABLE sessions (
    id         uuid        PRIMARY KEY,
    user_id    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    since      bigint      NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE events (
    id           bigint      PRIMARY KEY,
    organizer_id bigint      NOT NULL,
    title        text        NOT NULL,
    description  text        NOT NULL,
    date         text        NOT NULL,
    date_utc     timestamptz NOT NULL,
    location     text        NOT NULL,
    created_at   timestamptz NOT NULL,
    since        bigint      NOT NULL
);

CREATE TABLE messages (
    id          bigint      PRIMARY KEY,
    sender_id   bigint      NOT NULL,
    receiver_id bigint      NOT NULL,
    content     text        NOT NULL,
    is_read     boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    since       bigint      NOT NULL
);
CREATE INDEX messages_by_receiver ON messages (receiver_id, id DESC);
CREATE INDEX messages_by_sender ON messages (sender_id, id DESC);

-- The relay's place: the last notification that it has published.
CREATE TABLE relay (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    log           uuid    NOT NULL,
    -- Everything up to here has been published.
    position      bigint  NOT NULL,
    -- The place of the last notification, which the next one names as `previous`.
    notification  bigint
);
