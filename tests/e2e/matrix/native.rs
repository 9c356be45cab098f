//! The routes of the native API.

use super::{Once, Row, administrators, members};

pub(super) const TABLE: &[Row] = &[
    // Open to everybody.
    ("GET /api/v1/events", "", [200; 7]),
    ("GET /api/v1/events/{event}", "", [200; 7]),
    // Who asks is told by what they send, not by their token.
    (
        "POST /api/v1/people",
        r#"{"username":"new","email":"N@g.example","password":"a violin in the attic"}"#,
        [201; 7],
    ),
    ("POST /api/v1/sessions", r#"{"email":"ada@example.com","password":"ada"}"#, [201; 7]),
    (
        "POST /api/v1/password-resets",
        r#"{"token":"nonsense","password":"a violin in the attic"}"#,
        [422; 7],
    ),
    ("POST /api/v1/sessions/refresh", r#"{"refresh_token":"nonsense"}"#, [401; 7]),
    // Whoever is logged in.
    ("GET /api/v1/people", "", members(200)),
    ("GET /api/v1/people/{ada}", "", members(200)),
    ("PUT /api/v1/people/me", "{}", members(200)),
    (
        "PUT /api/v1/people/me/password",
        r#"{"current_password":"nonsense","password":"a violin in the attic"}"#,
        members(403),
    ),
    ("GET /api/v1/people/me/export", "", members(200)),
    ("GET /api/v1/users/me/export", "", members(200)),
    ("GET /api/v1/sessions", "", members(200)),
    (
        "POST /api/v1/events",
        r#"{"title":"N","description":"d","date":"2030-06-21","location":"l"}"#,
        members(201),
    ),
    ("GET /api/v1/messages", "", members(200)),
    ("POST /api/v1/messages", r#"{"receiver_id":{ada},"content":"Bonjour !"}"#, members(201)),
    ("GET /api/v1/machines", "", members(200)),
    (
        "POST /api/v1/machines",
        r#"{"name":"n","operating_system":"o","cpu_cores":1,"ram_gb":1,"disk_gb":1}"#,
        members(201),
    ),
    ("POST /api/v1/socket-tickets", "", members(201)),
    ("GET /api/v1/stream", "", members(200)),
    // Whose it is; what is another's is not there.
    ("GET /api/v1/messages/{message}", "", [401, 200, 200, 404, 401, 401, 401]),
    ("PUT /api/v1/messages/{message}/read", "", [401, 204, 404, 404, 401, 401, 401]),
    ("GET /api/v1/machines/{vm}", "", OWN),
    ("PATCH /api/v1/machines/{vm}", "{}", OWN),
    ("POST /api/v1/machines/{vm}/stop", "", OWN),
    ("PUT /api/v1/machines/{vm}/owner", r#"{"owner_id":{ada}}"#, OWN),
    // Administrators.
    ("PUT /api/v1/people/{ada}/role", r#"{"role":"user"}"#, administrators(200)),
    ("PUT /api/v1/people/{ada}/active", r#"{"active":true}"#, administrators(200)),
    ("GET /api/v1/api-keys", "", administrators(200)),
    ("POST /api/v1/api-keys", r#"{"name":"n","scopes":["directory"]}"#, administrators(201)),
    ("DELETE /api/v1/api-keys/nonsense", "", administrators(404)),
    ("GET /api/v1/projections", "", administrators(200)),
    // Auditors and administrators.
    ("GET /api/v1/audit/facts?limit=1", "", administrators(200)),
    ("GET /api/v1/audit/facts/nonsense", "", administrators(400)),
    ("GET /api/v1/audit/trace/nonsense", "", administrators(404)),
    ("GET /api/v1/audit/checkpoint?size=nonsense", "", administrators(422)),
    ("GET /api/v1/audit/checkpoint/key", "", administrators(200)),
    ("GET /api/v1/audit/proof/inclusion", "", administrators(422)),
    ("GET /api/v1/audit/proof/consistency", "", administrators(422)),
];

pub(super) const ONCE: &[Once] = &[
    ("DELETE /api/v1/people/{ada}", administrators(204)),
    ("DELETE /api/v1/sessions", members(204)),
    ("DELETE /api/v1/sessions/{session}", [401, 204, 404, 404, 401, 401, 401]),
    ("DELETE /api/v1/machines/{vm}", [401, 204, 404, 204, 401, 401, 401]),
];

/// What is its owner's, and administrators'.
const OWN: [u16; 7] = [401, 200, 404, 200, 401, 401, 401];
