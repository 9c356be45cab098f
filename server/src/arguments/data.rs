//! Arguments of `registre data`. Names, defaults and ranges are those of the published client.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, value_parser};

use super::Address;

/// What can be done about data of an Inventory API. Spoken to people in French, as ever.
#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Crée des utilisateurs
    Users(Users),
    /// Crée des VMs pour les utilisateurs existants
    Vms(Vms),
    /// Crée des utilisateurs et leurs VMs
    FullDataset(FullDataset),
    /// Affiche le statut de l'API
    Status(Credentials),
    /// Affiche la version
    Version,
    /// Vérifie les générateurs de données, sans réseau
    Check,
    /// Écrit des données dans un fichier, sans API
    Generate(Generate),
}

#[derive(Debug, Args)]
pub(crate) struct Users {
    /// Nombre d'utilisateurs à créer
    #[arg(short, long, default_value_t = 10, value_parser = value_parser!(u16).range(1..=100))]
    pub(crate) count: u16,
    #[command(flatten)]
    pub(crate) course: Course,
}

#[derive(Debug, Args)]
pub(crate) struct Vms {
    /// Nombre de VMs à créer
    #[arg(short, long, default_value_t = 20, value_parser = value_parser!(u16).range(1..=200))]
    pub(crate) count: u16,
    #[command(flatten)]
    pub(crate) course: Course,
}

#[derive(Debug, Args)]
pub(crate) struct FullDataset {
    /// Nombre d'utilisateurs à créer
    #[arg(short, long, default_value_t = 20, value_parser = value_parser!(u16).range(1..=100))]
    pub(crate) users: u16,
    /// Nombre de VMs à créer
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u16).range(1..=200))]
    pub(crate) vms: u16,
    #[command(flatten)]
    pub(crate) course: Course,
}

/// How data is created, whatever it is.
#[derive(Debug, Args)]
pub(crate) struct Course {
    /// Taille des lots
    #[arg(short, long, default_value_t = 5, value_parser = value_parser!(u16).range(1..=20))]
    pub(crate) batch_size: u16,
    /// Délai entre les lots, en secondes (0.1 à 5.0)
    #[arg(short, long, default_value = "0.5", value_parser = delay)]
    pub(crate) delay: Duration,
    /// Créations simultanées au sein d'un lot
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u16).range(1..=20))]
    pub(crate) concurrency: u16,
    #[command(flatten)]
    pub(crate) credentials: Credentials,
    /// Détails supplémentaires
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Fichier où sauvegarder les données créées
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Credentials {
    /// Email pour l'authentification API
    #[arg(short, long)]
    pub(crate) email: Option<String>,
    /// Mot de passe pour l'authentification API
    #[arg(short, long)]
    pub(crate) password: Option<Address>,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Nombre d'utilisateurs
    #[arg(short, long, default_value_t = 20, value_parser = value_parser!(u16).range(1..=10_000))]
    pub(crate) users: u16,
    /// Nombre de VMs
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u16).range(0..=10_000))]
    pub(crate) vms: u16,
    /// Fichier de sortie
    #[arg(short, long, default_value = "vm_users.json")]
    pub(crate) output: PathBuf,
}

fn delay(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "ce n'est pas un nombre".to_owned())?;
    if (0.1..=5.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("{seconds} n'est pas entre 0.1 et 5.0"))
    }
}
