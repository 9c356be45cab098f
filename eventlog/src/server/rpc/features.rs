//! `ServerFeatures.GetSupportedMethods`: what clients may rely on.

use crate::server::wire::{SupportedMethod, SupportedMethods};

/// From 23.10 on clients wait for `CaughtUp`; from 25 on they would use calls that are not here.
const VERSION: &str = "24.10.0";

const METHODS: [(&str, &[&str]); 5] = [
    ("append", &[]),
    ("batchappend", &["deadline_duration"]),
    ("read", &["position", "events"]),
    ("delete", &[]),
    ("tombstone", &[]),
];

/// What this log can do.
pub(super) fn supported() -> SupportedMethods {
    let methods = METHODS.iter().map(|(method, features)| SupportedMethod {
        method_name: (*method).to_owned(),
        service_name: "event_store.client.streams.streams".to_owned(),
        features: features.iter().map(|&feature| feature.to_owned()).collect(),
    });
    SupportedMethods { methods: methods.collect(), event_store_server_version: VERSION.to_owned() }
}
