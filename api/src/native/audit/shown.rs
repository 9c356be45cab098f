//! How a fact is shown: as a `CloudEvent` (1.0, structured JSON).

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use eventlog::Fact as Stored;
use schema::{Fact, Metadata, StreamName};
use serde_json::{Value, json};
use vault::VaultError;

use super::Audit;
use crate::{App, times::rfc3339};

/// What nobody is shown, whatever the purpose: a password's hash proves nothing to anybody.
const SECRET: &str = "password_hash";

/// How much of a fact is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Personal data as it is sealed.
    Sealed,
    /// Personal data in clear, where its key is still there.
    Opened,
    /// Data and metadata byte for byte as they are stored, for whoever verifies them.
    Stored,
}

/// `fact` in `form`.
pub(super) async fn shown(app: &App, fact: &Stored, form: Form) -> Result<Value, VaultError> {
    let metadata: Option<Metadata> = serde_json::from_slice(&fact.metadata).ok();
    let metadata = metadata.as_ref();
    let mut event = json!({
        "specversion": "1.0",
        "id": fact.id,
        "source": format!("urn:registre:log:{}", app.log_id),
        "type": fact.kind,
        "subject": fact.stream,
        "time": rfc3339(fact.created),
        "datacontenttype": "application/json",
        "cursor": app.cursor(fact.position.0),
        "revision": fact.revision.0,
        "actor": metadata.and_then(|metadata| metadata.actor),
        "credential": metadata.and_then(|metadata| metadata.credential),
        "correlationid": metadata.map(|metadata| metadata.correlation),
        "causationid": metadata.map(|metadata| metadata.causation),
    });
    match form {
        Form::Stored => {
            event["data_base64"] = json!(BASE64.encode(&fact.data));
            event["metadatabase64"] = json!(BASE64.encode(&fact.metadata));
        }
        Form::Sealed => event["data"] = sealed(fact),
        Form::Opened => {
            event["data"] = app.audit.opened(fact).await?;
            app.audit.tell_origin(fact, &mut event).await?;
        }
    }
    Ok(event)
}

fn sealed(fact: &Stored) -> Value {
    let mut data: Value = serde_json::from_slice(&fact.data).unwrap_or_default();
    // A wrapped key is of no use to whoever looks, and of some to whoever should not.
    if StreamName::key_subject(&fact.stream).is_some()
        && let Some(fields) = data.as_object_mut()
    {
        fields.remove("wrapped");
    }
    data
}

impl Audit {
    async fn opened(&self, stored: &Stored) -> Result<Value, VaultError> {
        let mut data = sealed(stored);
        // What no version knows of is shown as it stands.
        if Fact::read(&stored.kind, &stored.data).is_err() {
            return Ok(data);
        }
        let mut fact = self.vault.open_fact(stored).await?;
        let clear = fact.personal().and_then(|(_, personal)| personal.clear_bytes());
        if let Some(clear) = clear {
            let mut clear: Value = serde_json::from_slice(&clear).unwrap_or_default();
            if let Some(fields) = clear.as_object_mut() {
                fields.remove(SECRET);
            }
            data["personal"] = clear;
        }
        Ok(data)
    }

    /// Adds to `event` where the request came from. What was sealed is left out once its key is gone;
    /// of a request of nobody's in particular there is a keyed hash alone.
    async fn tell_origin(&self, stored: &Stored, event: &mut Value) -> Result<(), VaultError> {
        let Ok(mut metadata) = serde_json::from_slice::<Metadata>(&stored.metadata) else {
            return Ok(());
        };
        self.vault.open_origin(stored, &mut metadata).await?;
        let origin = metadata.personal.as_ref().and_then(|personal| personal.clear());
        event["originip"] = json!(origin.and_then(|origin| origin.ip.as_ref()));
        event["useragent"] = json!(origin.and_then(|origin| origin.user_agent.as_ref()));
        event["originhash"] = json!(metadata.origin_hash);
        Ok(())
    }
}
