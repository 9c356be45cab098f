//! What whoever starts the service reads first.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::parts::Parts;

/// Says where the service is, what it runs on, and how to stop it. URLs carry no password.
pub(crate) fn print(listeners: &[Arc<TcpListener>], parts: &Parts) {
    for address in listeners.iter().filter_map(|listener| listener.local_addr().ok()) {
        println!("Registre serves http://{address}");
    }
    let own = parts.own();
    if !own.is_empty() {
        println!("with {}", own.join(", "));
    }
    println!("Ctrl-C stops it");
}
