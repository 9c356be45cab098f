-- Accounts with a phone number, without a password, closed, changed. Whatever stands here was
-- registered with an address and a password, and has not changed since.

ALTER TABLE users
    ADD COLUMN phone_number  text,
    ADD COLUMN contact_email text,
    ADD COLUMN is_active     boolean NOT NULL DEFAULT true,
    ADD COLUMN has_password  boolean NOT NULL DEFAULT true,
    ADD COLUMN updated_at    timestamptz;
UPDATE users SET updated_at = created_at;
ALTER TABLE users ALTER COLUMN updated_at SET NOT NULL;

ALTER TABLE users_history
    ADD COLUMN phone_number  text,
    ADD COLUMN contact_email text,
    ADD COLUMN is_active     boolean NOT NULL DEFAULT true,
    ADD COLUMN has_password  boolean NOT NULL DEFAULT true,
    ADD COLUMN updated_at    timestamptz;
UPDATE users_history SET updated_at = created_at;
ALTER TABLE users_history ALTER COLUMN updated_at SET NOT NULL;

-- Who has been erased. What was appended under their key while it went is shown as erased, too.
CREATE TABLE erased_users (
    id    bigint PRIMARY KEY,
    since bigint NOT NULL
);
