//! The security checklist: one test per line, under its number.

mod authentication;
