//! This façade's part of the description.

use utoipa::OpenApi;

use super::{
    attach_vm,
    failure::{Refused, WrongInput},
    sign_up, stop_vm, users, vms,
};
use crate::openapi::{Envelope, Group};

#[derive(OpenApi)]
#[openapi(
    paths(
        sign_up::handler,
        users::list,
        users::create,
        users::one,
        users::change,
        users::erase,
        vms::list,
        vms::create,
        vms::one,
        vms::change,
        vms::delete,
        attach_vm::handler,
        stop_vm::handler,
    ),
    components(schemas(Refused, WrongInput))
)]
struct Described;

pub(crate) const GROUP: Group = Group {
    name: "inventory",
    words: "People and the machines that belong to them; also below `/api:N1uLlTBt`",
    document: Described::openapi,
    envelope: Envelope {
        media: "application/json",
        refusal: "Refused",
        invalid: ("400", "WrongInput"),
        misplaced: Some("400"),
        cursors: false,
    },
    aliases: &[],
};
