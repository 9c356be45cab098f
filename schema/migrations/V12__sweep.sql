-- Whether anything of what an erased person had said may still be in the files of Postgres.
ALTER TABLE erased_users ADD COLUMN swept boolean NOT NULL DEFAULT false;
