//! The sockets: `OpenAPI` knows no frames, so words have to do.

use serde_json::{Value, json};

const MESSAGES: &str = "A WebSocket (RFC 6455) on which the messages to the bearer of the token \
    arrive, one frame each, in the order of the log and once:\n\n\
    `{\"type\":\"new_message\",\"message\":{\"id\":123,\"content\":\"Bonjour !\",\
    \"created_at\":\"2026-03-14T12:00:00.000000Z\",\"sender_id\":1,\"receiver_id\":2,\
    \"is_read\":false}}`\n\n\
    The client may say `{\"type\":\"ping\"}` (`pong`), `{\"type\":\"message\",\"content\",\
    \"receiver_id\"}` (`message_sent`), `{\"type\":\"mark_read\",\"message_id\"}` \
    (`message_marked_read`, and `message_read` to the sender) and \
    `{\"type\":\"get_unread_count\"}` (`unread_count`); what is wrong with it is answered with \
    `{\"type\":\"error\",\"message\"}`. Other JSON is ignored; other text closes with 4000. Closes: 4001 when the \
    session ends or the token expires, 4008 when the client is too slow, 1008 when it has sent \
    more than 100 messages within a minute, 1001 or 1012 when the \
    service stops, 1013 when the state of the session is unknown.";

const NOTIFICATIONS: &str = "A WebSocket (RFC 6455), open to everybody, that tells of \
    registrations and logins:\n\n\
    `{\"type\":\"user.registered\",\"status\":\"success\",\"user_id\":1,\
    \"phone_number\":\"0123456789\",\"message\":\"Nouvel utilisateur inscrit\"}`\n\n\
    Whatever the client sends is ignored.";

pub(super) fn describe(paths: &mut Value) {
    let refused = |words: &str| {
        json!({
            "description": words,
            "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/Detail" } },
            },
        })
    };
    let refusals = json!({
        "101": { "description": "The socket is open" },
        "404": refused("The request asks for no WebSocket"),
        "405": refused("Another method than GET"),
        "414": refused("The address is too long"),
        "429": refused("Too many sockets are open, of one person or from one address; see `Retry-After`"),
        "431": refused("The header is too long"),
        "503": refused("The log is away; try again"),
    });
    let mut told = refusals.clone();
    told["403"] = refused("The token proves nothing");
    let token = json!({
        "name": "token", "in": "path", "required": true, "schema": { "type": "string" },
        "description": "An access token",
    });
    paths["/ws/{token}"] = json!({ "get": {
        "tags": ["community"], "operationId": "message_socket", "summary": "Be told at once",
        "description": MESSAGES,
        "parameters": [token],
        "responses": told,
    }});
    paths["/ws/notifications"] = json!({ "get": {
        "tags": ["phone"], "operationId": "notification_socket",
        "summary": "Be told who comes", "description": NOTIFICATIONS,
        "responses": refusals,
    }});
}
