//! `registre data status`

use std::collections::HashSet;

use super::{GivenUp, login::log_in, screen::say};
use crate::arguments::Credentials;

pub(super) async fn run(credentials: &Credentials) -> Result<(), GivenUp> {
    say("📊 Récupération du statut de l'API...");
    let api = log_in(credentials, "la récupération").await?;
    say("📋 Récupération des données...");
    let lists = tokio::try_join!(api.list("/user"), api.list("/vm"));
    let (users, vms) = lists.map_err(|error| {
        say(format!("❌ Erreur lors de la récupération: {error}"));
        GivenUp
    })?;
    let owners: HashSet<i64> = vms.iter().filter_map(|vm| vm["user_id"].as_i64()).collect();

    say("");
    say("📊 Statut actuel de l'API:");
    say(format!("   • URL de l'API: {}", api.url));
    say(format!("   • Utilisateurs total: {}", users.len()));
    say(format!("   • VMs totales: {}", vms.len()));
    say(format!("   • Utilisateurs avec VMs: {}", owners.len()));
    if !users.is_empty() {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let mean = number(vms.len()) / number(users.len());
        say(format!("   • Moyenne VMs/utilisateur: {mean:.1}"));
    }
    Ok(())
}
