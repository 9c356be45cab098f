//! `GET /api/v1/stream`: what happens, as it happens, and from any place of the log on.
//!
//! The same lines over a WebSocket and as server-sent events. What is live comes from the gateway,
//! what is not is read from the log; a follower that is slow goes from the one to the other and
//! back. Nothing here asks Postgres, so that many may come back at once.
//!
//! **Invariant:** of the facts that it may see and asked for, a follower is told each one that
//! stands after `since`, once and in log order.

pub(crate) mod asyncapi;
mod course;
mod grant;
mod line;
mod sse;
#[cfg(test)]
mod tests;
mod wanted;
mod websocket;

use axum::{
    extract::{
        FromRequestParts, RawQuery, State,
        ws::{WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use commands::Request;
use eventlog::{Position, ReadError};

use self::{
    course::Course,
    grant::{Grant, Refused},
    line::Line,
    wanted::{Unwanted, Wanted},
};
use super::{
    cursor,
    page::wrong,
    problem::{Kind, Problem, from_execution},
    program::key_sent,
};
use crate::{
    App,
    caller::bearer_token,
    limits::{Place, Visitor},
    origin::Anonymous,
    sockets::{Audience, Claims, Close, say_goodbye, upgraded},
    tokens::TicketRefused,
};

/// Where a follower begins, and what it asks for.
pub(crate) struct Asked {
    since: Option<Position>,
    wanted: Wanted,
    proof: Proof,
}

/// Whoever may open a socket, as far as the page goes that asks for it: browsers leave that question
/// to the service (promises, check 64). The façades' sockets are open to every page, as their contract
/// has it.
pub(crate) struct Admitted;

/// What is to prove who follows.
enum Proof {
    /// An access token, or the text of an API key.
    Text(String),
    /// What a page was given for one socket.
    Ticket(String),
    /// Nothing yet: a browser cannot send a header with its upgrade.
    None,
}

/// Follow what happens
///
/// What you may see, live and from any cursor on: as server-sent events, or over a WebSocket where
/// the request asks for one. `/asyncapi.json` describes the lines; they are the same.
#[utoipa::path(
    get, path = "/api/v1/stream", operation_id = "stream",
    security(("bearer" = []), ("api_key" = [])),
    params(
        ("since" = Option<String>, Query,
            description = "A cursor: tell what stands after it first"),
        ("type" = Option<Vec<String>>, Query, description = "Facts of these types alone",
            example = json!(["new_message.v1"])),
        ("subject" = Option<Vec<String>>, Query,
            description = "Facts of these streams alone; a name may end in `*`"),
        ("Last-Event-ID" = Option<String>, Header,
            description = "The same as `since`, and said by readers that come back by themselves"),
        ("ticket" = Option<String>, Query,
            description = "Instead of credentials: from `POST /api/v1/socket-tickets`, good once"),
    ),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 200, description = "Events, without an end", body = String,
            content_type = "text/event-stream",
            example = "event: hello\ndata: {\"type\":\"hello\"}\n\n"),
        (status = 429, description = "Too many are open, of one person or from one address"),
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    _admitted: Admitted,
    visitor: Visitor,
    Anonymous(request): Anonymous,
    mut asked: Asked,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let proof = std::mem::replace(&mut asked.proof, Proof::None);
    let grant = proven(&app, proof, &request).await?;
    let place = visitor.take_place(grant.as_ref().and_then(Grant::person))?;
    match (upgrade, grant) {
        (Ok(upgrade), Some(grant)) => {
            // Open before the upgrade is answered: whoever sees the socket open misses nothing.
            let (hello, course) = begin(&app, grant.claims(), asked).await?;
            Ok(upgraded(upgrade).on_upgrade(async move |mut socket| {
                let _place = place;
                websocket::converse(&app, &mut socket, hello, course, grant, &request).await;
            }))
        }
        (Ok(upgrade), None) => Ok(upgraded(upgrade).on_upgrade(async move |mut socket| {
            let greeted = greet(&app, &mut socket, asked, &visitor, place, &request).await;
            match greeted {
                Ok((hello, course, grant, _place)) => {
                    websocket::converse(&app, &mut socket, hello, course, grant, &request).await;
                }
                Err(Some(close)) => {
                    say_goodbye(&mut socket, close, app.hub.limits.goodbye).await;
                }
                Err(None) => {}
            }
        })),
        (Err(_), Some(grant)) => {
            let (hello, course) = begin(&app, grant.claims(), asked).await?;
            Ok(sse::answer(hello, course, grant, place))
        }
        (Err(_), None) => Err(Problem::new(Kind::Unauthorized, "send a bearer token")),
    }
}

/// The right that `proof` gives.
async fn proven(app: &App, proof: Proof, request: &Request) -> Result<Option<Grant>, Problem> {
    let grant = match proof {
        Proof::Text(text) => Grant::of(app, &text, request).await?,
        Proof::Ticket(ticket) => {
            let bearer =
                app.take_ticket(&ticket, request).await.map_err(|refused| match refused {
                    TicketRefused::Invalid => {
                        Problem::new(Kind::Unauthorized, "the ticket opens nothing, or no more")
                    }
                    TicketRefused::Failed(error) => from_execution(error, |never| match never {}),
                })?;
            Grant::of_session(&app.sessions, bearer).await?
        }
        Proof::None => return Ok(None),
    };
    Ok(Some(grant))
}

/// Waits until whoever is at the other end of `socket` has said who they are; why to close it
/// otherwise. Before, they had `place` as a stranger.
async fn greet(
    app: &App,
    socket: &mut WebSocket,
    asked: Asked,
    visitor: &Visitor,
    place: Option<Place>,
    request: &Request,
) -> Result<(Line, Course, Grant, Option<Place>), Option<Close>> {
    let grant = websocket::authenticate(app, socket, request).await?;
    drop(place);
    let place = visitor.take_place(grant.person()).map_err(|_| Some(Close::CROWDED))?;
    let begun = begin(app, grant.claims(), asked).await;
    let (hello, course) = begun.map_err(|_| Some(Close::STATE_UNKNOWN))?;
    Ok((hello, course, grant, place))
}

/// The first line, and what follows it.
async fn begin(app: &App, claims: Claims, asked: Asked) -> Result<(Line, Course), Problem> {
    let resumed = app.hub.resume(Audience::Stream(claims), asked.since).await;
    let (seat, head) = resumed.map_err(without_log)?;
    let head = app.cursor(head.map_or(0, |head| head.0));
    Ok((Line::hello(head), Course::new(seat, asked.wanted, app.log_id)))
}

impl FromRequestParts<App> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let socket = parts.headers.contains_key(header::UPGRADE);
        if socket && !app.origins.admit(&parts.headers) {
            return Err(Problem::new(Kind::Forbidden, "pages of this origin open no sockets"));
        }
        Ok(Self)
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Ok(RawQuery(query)) = RawQuery::from_request_parts(parts, app).await;
        let query: Vec<(String, String)> = serde_urlencoded::from_str(&query.unwrap_or_default())
            .map_err(|_| Problem::of(Kind::BadQuery))?;
        let wanted = Wanted::parse(&query).map_err(|unwanted| match unwanted {
            Unwanted::Kind => wrong("type", "no fact of the stream is of this type"),
            Unwanted::TooMany => wrong("subject", "too many types or subjects"),
        })?;
        let named = query.iter().find(|(name, _)| name == "since").map(|(_, since)| since);
        let since = match last_event_id(&parts.headers).or(named.map(String::as_str)) {
            Some(text) => Some(cursor::of_fact(app, text).await?),
            None => None,
        };
        let ticket = query.iter().find(|(name, _)| name == "ticket").map(|(_, ticket)| ticket);
        let text = key_sent(parts).or_else(|| bearer_token(parts));
        let proof = match (text, ticket) {
            (Some(text), _) => Proof::Text(text.to_owned()),
            (None, Some(ticket)) => Proof::Ticket(ticket.clone()),
            (None, None) => Proof::None,
        };
        Ok(Self { since, wanted, proof })
    }
}

/// A reader of server-sent events that comes back by itself says so, and repeats the rest.
fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("last-event-id")?.to_str().ok()?;
    (!id.is_empty()).then_some(id)
}

fn without_log(error: ReadError) -> Problem {
    commands::LogFailure::from(error).into()
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid => {
                Self::new(Kind::Unauthorized, "the token or key proves nothing, or no more")
            }
            Refused::Forbidden => Self::new(Kind::Forbidden, "the key is not for stream:read"),
            Refused::Unknown => Self::new(Kind::Unavailable, "the state of the session is unknown"),
            Refused::Log(failure) => failure.into(),
        }
    }
}
