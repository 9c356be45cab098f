//! `registre data vms`

use std::collections::HashMap;

use fake::rand;
use serde_json::Value;

use super::{
    GivenUp,
    api::Api,
    course::{Kind, Made, Outcome, create},
    draft::Machine,
    export::{Dataset, save},
    login::log_in,
    screen::say,
};
use crate::arguments::{Course, Vms};

/// How many a preview shows.
const PREVIEW: usize = 5;

/// How many people the spread names.
const SPREAD_LINES_MAX: usize = 20;

const KIND: Kind = Kind { sign: "🖥️", plural: "VMs", one: "la VM" };

pub(super) async fn run(options: &Vms) -> Result<(), GivenUp> {
    let Vms { count, course } = options;
    say(format!("🖥️ Création de {count} VMs via l'API..."));
    let api = log_in(&course.credentials, "la création").await?;
    say("📋 Récupération des utilisateurs existants...");
    let users = api.list("/user").await.map_err(|error| {
        say(format!("❌ Erreur lors de la création: {error}"));
        GivenUp
    })?;
    if users.is_empty() {
        say("❌ Aucun utilisateur trouvé dans l'API");
        say("💡 Créez d'abord des utilisateurs avec la commande 'users'");
        return Err(GivenUp);
    }
    say(format!("👥 {} utilisateurs disponibles pour l'association des VMs", users.len()));
    let vms = create_vms(&api, &users, usize::from(*count), course).await;
    if vms.created() == 0 {
        say("");
        say("❌ Erreur lors de la création: aucune VM créée");
        return Err(GivenUp);
    }
    say("");
    say("✅ Création terminée !");
    say("📊 Statistiques:");
    say(format!("   • VMs créées: {}", vms.created()));
    tell_spread(&users, &vms.objects);
    say(format!("   • Taux de succès: {:.1}%", vms.rate()));
    if course.verbose {
        say("");
        say("🔍 Aperçu des VMs créées:");
        vms.preview(PREVIEW);
        if let Some(left) = vms.left_out(PREVIEW) {
            say(format!("   ... et {left} autres VMs"));
        }
    }
    save(course.output.as_deref(), &Dataset::of(&Outcome::default(), &vms))
}

/// Creates `count` of them, for each of `users` in turn.
pub(super) async fn create_vms(
    api: &Api,
    users: &[Value],
    count: usize,
    course: &Course,
) -> Outcome {
    let owners: Vec<i64> = users.iter().filter_map(|user| user["id"].as_i64()).collect();
    let owners = &owners;
    create(count, KIND, course, async move |index: usize| {
        let owner = index.checked_rem(owners.len()).and_then(|turn| owners.get(turn));
        create_one(api, *owner.ok_or("aucun utilisateur")?).await
    })
    .await
}

async fn create_one(api: &Api, owner: i64) -> Result<Made, String> {
    let machine = Machine::draw(&mut rand::rng());
    machine.check()?;
    let object = api.create("/vm", &machine.body(owner)).await;
    let object = object.map_err(|error| error.to_string())?;
    let Machine { name, operating_system, cpu_cores, ram_gb, .. } = machine;
    Ok(Made { object, shown: format!("{name} ({operating_system}) - {cpu_cores}c/{ram_gb}GB") })
}

/// Says who has got how many of `vms`, most first.
pub(super) fn tell_spread(users: &[Value], vms: &[Value]) {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for owner in vms.iter().filter_map(|vm| vm["user_id"].as_i64()) {
        *counts.entry(owner).or_default() += 1;
    }
    let name = |id: i64| users.iter().find(|user| user["id"] == id)?["name"].as_str();
    let mut spread: Vec<(usize, &str, i64)> =
        counts.iter().map(|(id, count)| (*count, name(*id).unwrap_or("?"), *id)).collect();
    spread.sort_by(|one, other| {
        other.0.cmp(&one.0).then(one.1.cmp(other.1)).then(one.2.cmp(&other.2))
    });
    say("   • Répartition par utilisateur:");
    for (count, name, _) in spread.iter().take(SPREAD_LINES_MAX) {
        say(format!("      - {name}: {count} VMs"));
    }
    if let Some(left) = spread.len().checked_sub(SPREAD_LINES_MAX).filter(|left| *left > 0) {
        say(format!("      ... et {left} autres"));
    }
}
