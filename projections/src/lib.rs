//! The read side: facts in, Postgres rows and notifications out.
