//! The Directory façade: an account for each address, for whoever has an API key.
//!
//! Its token opens `/userManager` and nothing else: whoever holds a published key must not be able to
//! act as the people whose addresses they know.

mod described;
mod failure;
mod insert_email;
mod keys;
mod token;
mod user_manager;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use self::described::GROUP;
use self::failure::not_allowed;
pub(crate) use self::failure::refused;
pub use self::keys::Directory;
use crate::App;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/insertEmail", post(insert_email::handler).fallback(not_allowed))
        .route("/userManager", get(user_manager::handler).fallback(not_allowed))
}
