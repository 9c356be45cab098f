//! The description of the sockets for programs, after the `AsyncAPI` specification (3.0).
//!
//! The result also stands in `api/asyncapi.json`, where its changes can be reviewed: a test keeps it
//! up to date.

use std::sync::LazyLock;

use axum::{
    http::{HeaderName, header::CONTENT_TYPE},
    response::IntoResponse,
};
use schema::{
    News,
    caps::{
        PING_EVERY, PONG_WAIT, SOCKET_PROGRESS_WAIT, STREAM_AUTHENTICATION_WAIT,
        STREAM_EXPIRY_WARNING, STREAM_HEARTBEAT_EVERY, WRITE_WAIT,
    },
};
use serde_json::{Value, json};

use super::line::Kind;
use crate::sockets::Close;

const JSON: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

/// The description as it is served.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_string_pretty(&document());
    document.expect("it is plain JSON") + "\n"
});

pub(crate) async fn handler() -> impl IntoResponse {
    (JSON, DOCUMENT.as_str())
}

/// Every code by which a socket is closed, and what its client had best do.
const CLOSES: &[(Close, &str)] = &[
    (Close::STOPPING, "Come back, and go on from the last cursor."),
    (Close::PROTOCOL, "What was sent is no WebSocket frame."),
    (Close::NOT_TEXT, "A text was not UTF-8."),
    (Close::TOO_MANY, "More than 100 messages were sent within a minute."),
    (Close::TOO_LARGE, "A message was larger than 64 KiB."),
    (Close::STATE_UNKNOWN, "The log is away: come back in a second."),
    (Close::CROWDED, "Close others, or come back later."),
    (Close::UNREADABLE, "What was sent is no JSON."),
    (Close::ENDED, "Log in again."),
    (Close::EXPIRED, "Come back with a new token, and go on from the last cursor."),
    (Close::KEY_ENDED, "The key was revoked, or has expired: another one is needed."),
    (Close::UNAUTHENTICATED, "Send a valid token, in time, and the same person's."),
    (Close::TOO_SLOW, "A frame was not accepted in time: read faster, or ask for less."),
    (Close::SILENT, "A ping was not answered in time."),
];

fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Registre",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!(
                "What happens, as it happens. Closes of a WebSocket:\n\n{}", closes()
            ),
        },
        "channels": {
            "stream": {
                "address": "/api/v1/stream",
                "title": "The native stream",
                "description": stream(),
                "messages": {
                    "fact": { "$ref": "#/components/messages/fact" },
                    "word": { "$ref": "#/components/messages/word" },
                    "authenticate": { "$ref": "#/components/messages/authenticate" },
                },
                "bindings": { "ws": { "query": parameters() } },
            },
            "messages": {
                "address": "/ws/{token}",
                "title": "Messages to the bearer of the token, at the Community façade",
                "parameters": { "token": { "description": "An access token" } },
                "messages": { "message": { "$ref": "#/components/messages/newMessage" } },
            },
            "notifications": {
                "address": "/ws/notifications",
                "title": "Registrations and logins, at the Phone façade, for everybody",
                "messages": { "person": { "$ref": "#/components/messages/somebody" } },
            },
        },
        "operations": {
            "follow": operation("send", "stream", &["fact", "word"]),
            "authenticate": operation("receive", "stream", &["authenticate"]),
            "hearMessages": operation("send", "messages", &["message"]),
            "hearNotifications": operation("send", "notifications", &["person"]),
        },
        "components": { "messages": messages() },
    })
}

fn stream() -> String {
    format!(
        "The same lines over a WebSocket and, where no upgrade is asked for, as server-sent events \
         (`id` is the cursor). The access token stands in `Authorization`, an API key with the \
         scope `stream:read` there or in `X-API-Key`; a browser sends a socket ticket as `ticket`, \
         or its WebSocket says the token within {} s, as `authenticate`, and later again a newer \
         one, so that the stream goes on. With `since`, or `Last-Event-ID`, the stream begins just after that place \
         of the log, however long ago; 410: the cursor is of another log, begin anew. Registrations \
         and logins are told to whoever is known, programs among them, a message to its receiver, \
         that it was read to its sender. The first line is \
         `hello`; `caught_up` comes when all that stood in the log then has been told; `heartbeat` \
         every {} s, with the cursor to go on from; `expiring` {} s before the token ends. Who does \
         not read is served from the log at its own pace; who accepts nothing for {} s ({} s where \
         events are server-sent), or answers no ping ({} s after {} s of silence), is closed.",
        STREAM_AUTHENTICATION_WAIT.as_secs(),
        STREAM_HEARTBEAT_EVERY.as_secs(),
        STREAM_EXPIRY_WARNING.as_secs(),
        SOCKET_PROGRESS_WAIT.as_secs(),
        WRITE_WAIT.as_secs(),
        PONG_WAIT.as_secs(),
        PING_EVERY.as_secs(),
    )
}

fn closes() -> String {
    let line = |(Close(code, reason), words): &(Close, &str)| format!("* {code} {reason}: {words}");
    CLOSES.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn parameters() -> Value {
    let text = |words: &str| json!({ "type": "string", "description": words });
    json!({ "type": "object", "properties": {
        "since": text("The cursor of the last line that was read; `<log>-0` is the beginning"),
        "type": { "type": "string", "enum": News::KINDS, "description": "May be repeated" },
        "ticket": text("A socket ticket, in place of a token"),
        "subject": text("A stream, or the beginning of its name and `*`; may be repeated"),
    }})
}

fn operation(action: &str, channel: &str, messages: &[&str]) -> Value {
    let reference =
        |message: &&str| json!({ "$ref": format!("#/channels/{channel}/messages/{message}") });
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "messages": messages.iter().map(reference).collect::<Vec<_>>(),
    })
}

fn messages() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    let words: Vec<_> = Kind::WORDS.iter().map(|kind| kind.name()).collect();
    json!({
        "fact": {
            "title": "A fact, as a CloudEvent (1.0, structured JSON)",
            "payload": object(json!({
                "specversion": { "const": "1.0" },
                "id": text(), "source": text(),
                "type": { "enum": News::KINDS },
                "subject": { "type": "string", "description": "Its stream" },
                "time": text(), "datacontenttype": { "const": "application/json" },
                "cursor": { "type": "string", "description": "Its place, to go on from" },
                "data": object(json!({
                    "message_id": number(), "sender_id": number(), "receiver_id": number(),
                    "reader_id": number(),
                    "content": { "type": ["string", "null"], "description": "Null once erased" },
                    "user_id": number(),
                })),
            })),
        },
        "word": {
            "title": "A word about the stream itself",
            "payload": object(json!({
                "type": { "enum": words },
                "epoch": { "type": "string", "description": "Which log; of `hello`" },
                "head": { "type": "string", "description": "Where it ends now; of `hello`" },
                "cursor": { "type": "string", "description": "Everything up to here was told" },
                "sockets": {
                    "type": "integer",
                    "description": "How many sockets this process holds; of `heartbeat`",
                },
                "expires_at": { "type": "string", "description": "When the token ends" },
                "code": number(), "reason": text(),
            })),
        },
        "authenticate": {
            "title": "Who is there",
            "payload": object(json!({ "type": { "const": "authenticate" }, "token": text() })),
        },
        "newMessage": {
            "title": "A message",
            "payload": object(json!({
                "type": { "const": "new_message" },
                "message": object(json!({
                    "id": number(), "content": text(), "created_at": text(),
                    "sender_id": number(), "receiver_id": number(),
                    "is_read": { "const": false },
                })),
            })),
        },
        "somebody": {
            "title": "Somebody registered or logged in",
            "payload": object(json!({
                "type": { "enum": ["user.registered", "user.login"] },
                "status": { "const": "success" }, "user_id": number(),
                "phone_number": { "type": ["string", "null"] }, "message": text(),
            })),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::{CLOSES, DOCUMENT, document};

    /// Where the committed description stands.
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/asyncapi.json");

    #[test]
    fn the_committed_description_is_what_the_sockets_do() {
        if env::var_os("REGISTRE_RENEW").is_some() {
            fs::write(PATH, DOCUMENT.as_str()).unwrap();
            return;
        }
        let renew = "REGISTRE_RENEW=1 cargo test -p api asyncapi";
        assert!(
            fs::read_to_string(PATH).is_ok_and(|committed| committed == *DOCUMENT),
            "api/asyncapi.json is out of date; run: {renew}"
        );
    }

    #[test]
    fn each_code_by_which_a_socket_is_closed_is_described() {
        let codes = include_str!("../../sockets/close.rs").matches("Self = Self(").count();
        assert_eq!(CLOSES.len(), codes);
    }

    #[test]
    fn each_channel_is_a_route_and_each_reference_leads_somewhere() {
        let document = document();
        let routes = [
            include_str!("../mod.rs"),
            include_str!("../../community/mod.rs"),
            include_str!("../../phone/mod.rs"),
        ];
        for (name, channel) in document["channels"].as_object().unwrap() {
            let route = format!(".route({},", channel["address"]);
            assert!(routes.iter().any(|module| module.contains(&route)), "{name}: no {route}");
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
        }
    }
}
