//! This façade's part of the description.

use utoipa::OpenApi;

use super::{
    failure::{Unproven, WrongFields},
    log_in, refresh, register,
};
use crate::openapi::{Envelope, Group};

#[derive(OpenApi)]
#[openapi(
    paths(register::handler, log_in::handler, refresh::handler),
    components(schemas(Unproven, WrongFields))
)]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "phone",
    words: "Accounts with a phone number, and the socket that tells who comes",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/json",
        refusal: "Detail",
        invalid: ("400", "WrongFields"),
        misplaced: None,
        cursors: false,
    },
    aliases: &[
        ("/api/users/register", "/api/register"),
        ("/api/users/login", "/api/login"),
        ("/api/token", "/api/login"),
        ("/api/users/token/refresh", "/api/token/refresh"),
    ],
};
