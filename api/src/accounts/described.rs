//! This façade's part of the description.

use utoipa::OpenApi;

use super::{admin, log_in, me, register};
use crate::openapi::{Envelope, Group};

#[derive(OpenApi)]
#[openapi(paths(
    super::health,
    register::handler,
    log_in::handler,
    me::show,
    me::change,
    me::erase,
    admin::list,
    admin::show,
    admin::change,
    admin::erase,
))]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "accounts",
    words: "Sign up, oneself, and everybody for administrators",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/json",
        refusal: "Detail",
        invalid: ("422", "Invalid"),
        misplaced: None,
        cursors: false,
    },
    aliases: &[],
};
