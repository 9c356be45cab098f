//! The security checklist: one test per line, under its number. What one room can show alone is
//! shown there, under the same names: `check_…` in `api` and `commands`.

mod authentication;
mod authorisation;
mod browser;
mod canaries;
mod input;
mod platform;
mod tokens;
