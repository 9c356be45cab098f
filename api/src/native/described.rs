//! This API's part of the description.

use utoipa::OpenApi;

use super::{
    api_keys, audit, events, export, machines, messages, password_resets, people, problem::Details,
    projections, sessions, stream, tickets,
};
use crate::openapi::{Envelope, Group};

#[derive(OpenApi)]
#[openapi(
    paths(
        people::register::handler,
        people::list::all,
        people::list::one,
        people::change::role,
        people::change::active,
        people::change::erase,
        people::me::profile,
        people::me::password,
        export::handler,
        password_resets::handler,
        sessions::begin::log_in,
        sessions::begin::refresh,
        sessions::list::handler,
        sessions::end::one,
        sessions::end::others,
        api_keys::list,
        api_keys::issue,
        api_keys::revoke,
        events::list,
        events::create,
        events::one,
        messages::list,
        messages::send,
        messages::one,
        messages::mark_read,
        machines::list::all,
        machines::create::handler,
        machines::list::one,
        machines::change::change,
        machines::change::delete,
        machines::change::stop,
        machines::change::hand_over,
        stream::handler,
        tickets::issue,
        audit::facts::handler,
        audit::one::handler,
        audit::trace::handler,
        audit::proof::checkpoint,
        audit::proof::key,
        audit::proof::inclusion,
        audit::proof::consistency,
        projections::standing,
    ),
    components(schemas(Details))
)]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "native",
    words: "Everything, in one manner: problem details (RFC 9457), pages of lists, any moment of \
            the past, commands that may be sent again",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/problem+json",
        refusal: "Problem",
        invalid: ("422", "Problem"),
        misplaced: None,
        cursors: true,
    },
    aliases: &[("/api/v1/users/me/export", "/api/v1/people/me/export")],
};
