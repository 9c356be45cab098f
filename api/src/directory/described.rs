//! This façade's part of the description.

use utoipa::OpenApi;

use super::{failure::Message, insert_email, user_manager};
use crate::openapi::{Envelope, Group};

#[derive(OpenApi)]
#[openapi(paths(insert_email::handler, user_manager::handler), components(schemas(Message)))]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "directory",
    words: "An account for each address, for whoever has an API key; also below `/dev`",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/json",
        refusal: "DirectoryRefusal",
        invalid: ("400", "DirectoryRefusal"),
        misplaced: None,
        cursors: false,
    },
    aliases: &[],
};
