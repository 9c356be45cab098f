//! The description of what is about the service itself.

use utoipa::OpenApi;

use super::{Envelope, Group};
use crate::{health, tokens};

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready, tokens::jwks::handler))]
struct Described;

pub(super) const GROUP: Group = Group {
    name: "service",
    words: "About the service itself",
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
