-- API keys, and what each of them was before. Their texts stand nowhere.

CREATE TABLE api_keys (
    -- Where in the log it was issued.
    number       bigint      PRIMARY KEY,
    id           uuid        NOT NULL UNIQUE,
    name         text        NOT NULL,
    scopes       text[]      NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_seen_at timestamptz,
    revoked_at   timestamptz,
    since        bigint      NOT NULL
);

CREATE TABLE api_keys_history (
    LIKE api_keys,
    until bigint NOT NULL,
    PRIMARY KEY (number, since)
);

-- The place of the first fact that the row is without; null while there is none.
ALTER TABLE api_keys ADD COLUMN stale_since bigint;
