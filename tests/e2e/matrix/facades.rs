//! The routes of the façades, and those about the service itself.

use super::{Once, Row, administrators, members};

pub(super) const TABLE: &[Row] = &[
    // Open to everybody.
    ("GET /", "", [200; 7]),
    ("GET /users", "", [200; 7]),
    ("GET /users/{ada}", "", [200; 7]),
    ("GET /users/search?query=a", "", [200; 7]),
    ("GET /events", "", [200; 7]),
    ("GET /events/{event}", "", [200; 7]),
    ("GET /user", "", [200; 7]),
    ("GET /user/{ada}", "", [200; 7]),
    ("GET /vm", "", [200; 7]),
    ("GET /vm/{vm}", "", [200; 7]),
    ("GET /health", "", [200; 7]),
    ("GET /health/live", "", [200; 7]),
    ("GET /health/ready", "", [200; 7]),
    ("GET /.well-known/jwks.json", "", [200; 7]),
    // Who asks is told by what they send, not by their token.
    ("POST /register", r#"{"username":"new","email":"N@a.example","password":"secret"}"#, [200; 7]),
    (
        "POST /auth/register",
        r#"{"username":"new","email":"N@b.example","password":"secret"}"#,
        [200; 7],
    ),
    ("POST /auth/signup", r#"{"name":"new","email":"N@c.example","password":"secret"}"#, [200; 7]),
    (
        "POST /api/v1/auth/register",
        r#"{"username":"new","email":"N@d.example","password":"a longer secret"}"#,
        [200; 7],
    ),
    ("POST /api/register", r#"{"phone_number":"1N","password":"secret"}"#, [201; 7]),
    ("POST /api/users/register", r#"{"phone_number":"2N","password":"secret"}"#, [201; 7]),
    ("POST /login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /auth/login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /api/v1/auth/login", r#"{"email":"ada@example.com","password":"ada"}"#, [200; 7]),
    ("POST /api/login", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/users/login", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/token", r#"{"phone_number":"0123456789","password":"secret"}"#, [200; 7]),
    ("POST /api/token/refresh", r#"{"refresh":"nonsense"}"#, [401; 7]),
    ("POST /api/users/token/refresh", r#"{"refresh":"nonsense"}"#, [401; 7]),
    // A socket is not asked for.
    ("GET /ws/notifications", "", [404; 7]),
    ("GET /ws/nonsense", "", [404; 7]),
    // The directory has a door of its own.
    ("POST /insertEmail", r#"{"email":"N@e.example"}"#, [403, 403, 403, 403, 200, 403, 403]),
    ("GET /userManager", "", [403, 403, 403, 403, 400, 403, 403]),
    // Whoever is logged in.
    ("GET /auth/me", "", members(200)),
    ("GET /api/v1/users/me", "", members(200)),
    ("PUT /api/v1/users/me", "{}", members(200)),
    ("PUT /users/me", "{}", members(200)),
    (
        "POST /events",
        r#"{"title":"N","description":"d","date":"2030-06-21","location":"l"}"#,
        members(200),
    ),
    ("POST /messages", r#"{"receiver_id":{ada},"content":"Bonjour !"}"#, members(200)),
    ("GET /messages/received", "", members(200)),
    ("GET /messages/sent", "", members(200)),
    ("GET /messages/conversation/{ada}", "", members(200)),
    ("POST /user", r#"{"name":"new","email":"N@f.example","password":"secret"}"#, members(200)),
    (
        "POST /vm",
        r#"{"user_id":{ada},"name":"n","operating_system":"o","cpu_cores":1,"ram_gb":1,"disk_gb":1}"#,
        members(200),
    ),
    // Whose it is.
    ("PUT /messages/{message}/read", "", [401, 200, 404, 404, 401, 401, 401]),
    ("PATCH /user/{ada}", "{}", [401, 200, 403, 200, 401, 401, 401]),
    ("PATCH /vm/{vm}", "{}", [401, 200, 403, 200, 401, 401, 401]),
    ("POST /Stop_VM", r#"{"vm_id":{vm}}"#, [401, 200, 403, 200, 401, 401, 401]),
    (
        "POST /Attach_VM_to_user",
        r#"{"vm_id":{vm},"user_id":{ada}}"#,
        [401, 200, 403, 200, 401, 401, 401],
    ),
    // Administrators.
    ("GET /api/v1/admin/users", "", administrators(200)),
    ("GET /api/v1/admin/users/{hex}", "", administrators(200)),
    ("PUT /api/v1/admin/users/{hex}", "{}", administrators(200)),
];

pub(super) const ONCE: &[Once] = &[
    ("POST /auth/logout", [401, 200, 200, 200, 200, 200, 200]),
    ("DELETE /vm/{vm}", [401, 200, 403, 200, 401, 401, 401]),
    ("DELETE /user/{ada}", [401, 200, 403, 200, 401, 401, 401]),
    ("DELETE /api/v1/users/me", [401, 204, 204, 400, 401, 401, 401]),
    ("DELETE /api/v1/admin/users/{hex}", administrators(204)),
];
