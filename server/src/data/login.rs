//! Who we are to the API.

use super::{
    GivenUp,
    api::{Api, CallError, set},
    screen::say,
};
use crate::arguments::Credentials;

/// The API as whoever the arguments name; where they name nobody, or cannot log in, as whoever the
/// environment names. A token of the environment's is taken as it is. `action` is what comes to
/// nothing otherwise.
pub(super) async fn log_in(given: &Credentials, action: &str) -> Result<Api, GivenUp> {
    let api = Api::from_environment();
    let mut unreachable = None;
    let mut attempt = async |email: &str, password: &str| match api.log_in(email, password).await {
        Ok(api) => Some(api),
        Err(error @ CallError::Unreachable { .. }) => {
            unreachable = Some(error);
            None
        }
        Err(CallError::Duplicate | CallError::Refused { .. }) => None,
    };
    let mut logged_in = None;
    if let Some((email, password)) = given.email.as_ref().zip(given.password.as_ref()) {
        logged_in = attempt(email, password.as_str()).await;
    }
    if logged_in.is_none() {
        logged_in = match (set("DEMO_API_TOKEN"), set("DEMO_API_EMAIL"), set("DEMO_API_PASSWORD")) {
            (Some(token), _, _) => Some(api.clone().with_token(token)),
            (None, Some(email), Some(password)) => attempt(&email, &password).await,
            (None, _, _) => None,
        };
    }
    if let Some(api) = logged_in {
        say(format!("🔐 Authentifié avec succès sur {}", api.url));
        return Ok(api);
    }
    say("❌ Impossible de s'authentifier avec l'API");
    if let Some(error) = unreachable {
        say(format!("   {error}"));
    }
    say("💡 Utilisez --email et --password ou configurez les identifiants dans la config");
    say(format!("❌ Erreur lors de {action}: 1"));
    Err(GivenUp)
}
