//! What every handler may use, and the list of all routes.

use std::{ops::Deref, sync::Arc};

use axum::{
    Router,
    extract::{FromRequestParts, Request},
    middleware::from_extractor_with_state,
    routing::get,
};
use commands::Commands;
use eventlog::Position;
use projections::{Bootstrap, Pool, Progress};
use schema::{Cursor, LogId};

use crate::{
    Audit, Directory, Health, Hub, OpenList, Origins, Sessions, Throttle, Tokens, accounts,
    community, dashboard, directory,
    fastapi::Failure,
    front::{Facade, NameRoute, Refusal, is_hurried},
    health::health_routes,
    inventory, native, openapi, phone, tokens,
};

/// What every handler may use. Cheap to clone: a request does so at every layer that it passes.
#[derive(Clone, Debug)]
pub struct App(Arc<Rooms>);

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct Rooms {
    /// Runs commands.
    pub commands: Commands,
    /// The log's identity, for cursors.
    pub log_id: LogId,
    /// Answers queries.
    pub pool: Pool,
    /// Whether lists of people show the administrator whom the configuration names.
    pub bootstrap: Bootstrap,
    /// Lists that are seen by members alone.
    pub closed: Vec<OpenList>,
    /// Whether `/messages/received` is a bare list, as the last of its clients read it.
    pub received_as_list: bool,
    /// Pages of which origins may open the native stream's sockets.
    pub origins: Origins,
    /// Whether the description of the API is served.
    pub docs: bool,
    /// Tells how far the read models have come.
    pub progress: Progress,
    /// Signs and verifies access tokens.
    pub tokens: Arc<Tokens>,
    /// Tells whether the sessions of tokens live.
    pub sessions: Sessions,
    /// Who has got it wrong too often.
    pub throttle: Throttle,
    /// Who may ask the directory.
    pub directory: Directory,
    /// The open sockets.
    pub hub: Hub,
    /// What auditors need.
    pub audit: Audit,
    /// What works and what does not.
    pub health: Health,
}

impl From<Rooms> for App {
    fn from(rooms: Rooms) -> Self {
        Self(Arc::new(rooms))
    }
}

impl Deref for App {
    type Target = Rooms;

    fn deref(&self) -> &Rooms {
        &self.0
    }
}

impl App {
    /// `routes`, for members alone where the configuration has closed `list`. They are let in by what
    /// `Member` extracts, in the words of their façade.
    pub(crate) fn guarded<Member>(&self, list: OpenList, routes: Router<Self>) -> Router<Self>
    where
        Member: FromRequestParts<Self> + Send + 'static,
        Member::Rejection: Send,
    {
        if self.closed.contains(&list) {
            routes.route_layer(from_extractor_with_state::<Member, Self>(self.clone()))
        } else {
            routes
        }
    }

    /// `position` as it leaves the house.
    pub(crate) fn cursor(&self, position: u64) -> Cursor {
        Cursor { log: self.log_id, position }
    }

    /// Where the first fact stands that a row is without, for whoever reads it.
    pub(crate) fn stale(&self, since: Option<u64>) -> Option<Cursor> {
        since.map(|since| self.cursor(since))
    }

    /// The headers of an answer to a command, after waiting, bounded, until whoever reads next sees
    /// what it wrote, unless its client does not care.
    pub(crate) async fn written(&self, position: Position) -> [(&'static str, String); 2] {
        let projected = if is_hurried() {
            self.progress.heard().is_some_and(|heard| heard >= position.0)
        } else {
            self.progress.reached(position.0).await
        };
        [
            ("registre-position", self.cursor(position.0).to_string()),
            ("registre-projected", projected.to_string()),
        ]
    }

    /// The header of an answer from the read models.
    pub(crate) fn read_at(&self, position: u64) -> [(&'static str, String); 1] {
        [("registre-read-position", self.cursor(position).to_string())]
    }

    /// `request`, made by `bearer`.
    pub(crate) fn acting(
        bearer: crate::tokens::Bearer,
        request: commands::Request,
    ) -> commands::Request {
        commands::Request { actor: Some(bearer.user), credential: Some(bearer.session), ..request }
    }
}

/// Every route that we serve.
pub fn router(app: App) -> Router {
    let docs = if app.docs { openapi::router() } else { Router::new() };
    health_routes(app.health.clone())
        .merge(accounts::router())
        .merge(directory::router())
        .merge(phone::router())
        .merge(community::router(&app))
        .route("/.well-known/jwks.json", get(tokens::jwks::handler))
        .merge(inventory::router(&app))
        .merge(native::router())
        .merge(dashboard::router())
        .merge(docs)
        .route_layer(NameRoute)
        .fallback(async |request: Request| Facade::asked(&request).refuse(Refusal::NotFound))
        .method_not_allowed_fallback(async || Failure::METHOD_NOT_ALLOWED)
        .with_state(app)
}
