//! `registre data full-dataset`

use super::{
    GivenUp,
    export::{Dataset, save},
    login::log_in,
    screen::say,
    users::{create_users, tell_taken},
    vms::{create_vms, tell_spread},
};
use crate::arguments::FullDataset;

/// How many of each a preview shows.
const PREVIEW: usize = 3;

pub(super) async fn run(options: &FullDataset) -> Result<(), GivenUp> {
    let FullDataset { users, vms, course } = options;
    say(format!("🎯 Création d'un dataset complet: {users} utilisateurs + {vms} VMs"));
    let api = log_in(&course.credentials, "la création").await?;

    say("👥 Étape 1/2: Création des utilisateurs...");
    let users = create_users(&api, usize::from(*users), course).await;
    if users.created() == 0 {
        say("");
        say("❌ Erreur lors de la création: aucun utilisateur créé");
        return Err(GivenUp);
    }
    say("🖥️ Étape 2/2: Création des VMs...");
    let vms = create_vms(&api, &users.objects, usize::from(*vms), course).await;

    say("");
    say("✅ Dataset créé avec succès !");
    say("📊 Statistiques finales:");
    say(format!("   • Utilisateurs créés: {}", users.created()));
    say(format!("   • VMs créées: {}", vms.created()));
    tell_spread(&users.objects, &vms.objects);
    say(format!("   • Taux de succès utilisateurs: {:.1}%", users.rate()));
    say(format!("   • Taux de succès VMs: {:.1}%", vms.rate()));
    tell_taken(&users);
    save(course.output.as_deref(), &Dataset::of(&users, &vms))?;
    if course.verbose {
        say("");
        say("🔍 Aperçu des données créées:");
        say("👥 Utilisateurs (premiers 3):");
        users.preview(PREVIEW);
        say("🖥️ VMs (premiers 3):");
        vms.preview(PREVIEW);
    }
    Ok(())
}
