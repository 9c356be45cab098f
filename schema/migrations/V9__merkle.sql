-- The tree over the sealed facts (RFC 6962), and what was signed of it. Made from the log alone, and
-- made anew where it belongs to another log.

CREATE TABLE merkle (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    log      uuid    NOT NULL,
    -- How many leaves, and the place up to which the log has been read for them.
    size     bigint  NOT NULL,
    position bigint  NOT NULL
);

-- 256 neighbouring nodes, eight times `height` levels above the leaves.
CREATE TABLE merkle_tiles (
    height integer NOT NULL,
    number bigint  NOT NULL,
    nodes  bytea   NOT NULL,
    PRIMARY KEY (height, number)
);

-- The facts behind the tiles of height 0: where they stand, and the requests that they follow from.
CREATE TABLE merkle_facts (
    number       bigint   PRIMARY KEY,
    first        bigint   NOT NULL,
    positions    bigint[] NOT NULL,
    correlations uuid[]   NOT NULL
);
CREATE INDEX merkle_facts_by_position ON merkle_facts (first);
CREATE INDEX merkle_facts_by_correlation ON merkle_facts USING gin (correlations);

CREATE TABLE merkle_checkpoints (
    size bigint      PRIMARY KEY,
    note text        NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);
