//! Who asks.

use anyhow::Context;
use serde_json::{Value, json};

use super::{
    client::{Call, Connection},
    service::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, Process},
};

/// The password of everybody but the administrator.
pub(super) const PASSWORD: &str = "secret";

/// Two people, of whom one writes and the other listens, and an administrator.
pub(crate) struct People {
    pub(crate) writer: String,
    pub(crate) listener: String,
    pub(crate) listener_id: i64,
    pub(crate) administrator: String,
}

impl People {
    /// They register and log in.
    pub(super) async fn appear(registre: &Process) -> anyhow::Result<Self> {
        let mut connection = Connection::open(registre.address).await?;
        connection.json(Call::post("/register", &registration("writer"))).await?;
        let listener = connection.json(Call::post("/register", &registration("listener"))).await?;
        let mut log_in = async |email: &str, password: &str| {
            let answer = connection.json(Call::post("/login", &login(email, password))).await?;
            let token = answer["access_token"].as_str().context("no token")?;
            anyhow::Ok(token.to_owned())
        };
        Ok(Self {
            writer: log_in(&address("writer"), PASSWORD).await?,
            listener: log_in(&address("listener"), PASSWORD).await?,
            listener_id: listener["id"].as_i64().context("no id")?,
            administrator: log_in(ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await?,
        })
    }
}

/// The address of whoever is called `name`.
pub(super) fn address(name: &str) -> String {
    format!("{name}@example.com")
}

pub(super) fn registration(name: &str) -> Value {
    json!({ "username": name, "email": address(name), "password": PASSWORD })
}

pub(super) fn login(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}
