//! The Inventory façade: people and the machines that belong to them.
//!
//! Its clients were written against a no-code service, and read its dialect: `{"code", "message"}`
//! for everything but success, times as numbers of milliseconds, whole lists that are open to all.
//! `POST /auth/login` and `GET /auth/me` are shared with the Community façade and stand there.

mod attach_vm;
mod body;
mod described;
mod failure;
mod member;
mod sign_up;
mod stop_vm;
mod users;
mod vms;

use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use self::{described::GROUP, failure::refused};
use self::{failure::Failure, member::Member};
use crate::{App, OpenList};

pub(crate) fn router(app: &App) -> Router<App> {
    let users = Router::new()
        .route("/user", get(users::list).post(users::create))
        .route("/user/{user_id}", get(users::one).patch(users::change).delete(users::erase));
    let machines = Router::new()
        .route("/vm", get(vms::list).post(vms::create))
        .route("/vm/{vm_id}", get(vms::one).patch(vms::change).delete(vms::delete));
    Router::new()
        .merge(app.guarded::<Member>(OpenList::User, users))
        .merge(app.guarded::<Member>(OpenList::Vm, machines))
        .route("/auth/signup", post(sign_up::handler))
        .route("/Attach_VM_to_user", post(attach_vm::handler))
        .route("/Stop_VM", post(stop_vm::handler))
        .method_not_allowed_fallback(async || Failure::METHOD_NOT_ALLOWED)
}
