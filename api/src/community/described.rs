//! This façade's part of the description.

use utoipa::OpenApi;

use super::{events, log_in, log_out, me, messages, register, users, welcome};
use crate::{
    fastapi::{Detail, Invalid},
    openapi::{Envelope, Group},
};

#[derive(OpenApi)]
#[openapi(
    paths(
        welcome::handler,
        register::handler,
        log_in::handler,
        log_out::handler,
        me::handler,
        users::list,
        users::one,
        users::search,
        users::change_me,
        events::create,
        events::list,
        events::one,
        messages::send,
        messages::received,
        messages::conversation,
        messages::sent,
        messages::mark_read,
    ),
    components(schemas(Detail, Invalid))
)]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "community",
    words: "People, calendar events, messages, and the socket that brings them",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/json",
        refusal: "Detail",
        invalid: ("422", "Invalid"),
        misplaced: Some("422"),
        cursors: false,
    },
    aliases: &[("/auth/register", "/register"), ("/auth/login", "/login")],
};
