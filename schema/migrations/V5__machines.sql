-- Machines, and what each of them was before.

CREATE TABLE vms (
    id               bigint      PRIMARY KEY,
    owner_id         bigint      NOT NULL,
    name             text        NOT NULL,
    operating_system text        NOT NULL,
    cpu_cores        bigint      NOT NULL,
    ram_gb           bigint      NOT NULL,
    disk_gb          bigint      NOT NULL,
    status           text        NOT NULL,
    created_at       timestamptz NOT NULL,
    since            bigint      NOT NULL
);
CREATE INDEX vms_by_owner ON vms (owner_id, id);

CREATE TABLE vms_history (
    LIKE vms,
    until bigint NOT NULL,
    PRIMARY KEY (id, since)
);
