//! What is drawn from, beyond the names of people.

/// Hosts of addresses. Those of known providers are never written to: nothing here sends mail.
pub(super) const DOMAINS: &[&str] = &[
    "gmail.com",
    "outlook.com",
    "hotmail.fr",
    "yahoo.fr",
    "orange.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "wanadoo.fr",
    "live.fr",
    "icloud.com",
    "entreprise.fr",
    "societe.com",
    "exemple.fr",
];

/// What a machine is for.
pub(super) const PREFIXES: &[&str] =
    &["web", "db", "app", "api", "cache", "monitor", "backup", "test", "dev", "prod"];

/// What a machine is called after that.
pub(super) const WORDS: &[&str] = &[
    "Jeune",
    "Nuit",
    "Mer",
    "Loin",
    "Soleil",
    "Rivière",
    "Forêt",
    "Étoile",
    "Matin",
    "Hiver",
    "Printemps",
    "Nuage",
    "Orage",
    "Vent",
    "Sable",
    "Pierre",
    "Lumière",
    "Ombre",
    "Chemin",
    "Jardin",
    "Fenêtre",
    "Horizon",
    "Silence",
    "Voyage",
    "Montagne",
    "Vallée",
    "Océan",
    "Rivage",
    "Neige",
    "Flamme",
    "Éclair",
    "Aurore",
    "Crépuscule",
    "Prairie",
    "Source",
    "Sommet",
    "Écho",
    "Papillon",
    "Hirondelle",
    "Renard",
];

/// Systems that servers run.
pub(super) const SYSTEMS: &[&str] = &[
    "Ubuntu 20.04 LTS",
    "Ubuntu 22.04 LTS",
    "Ubuntu 24.04 LTS",
    "Debian 11",
    "Debian 12",
    "Fedora 38",
    "Fedora 40",
    "Rocky Linux 9",
    "AlmaLinux 9",
    "CentOS Stream 9",
    "Red Hat Enterprise Linux 9",
    "openSUSE Leap 15.5",
    "Alpine Linux 3.19",
    "FreeBSD 14",
    "Windows Server 2019",
    "Windows Server 2022",
];
