// What the page says, in two languages.

const WORDS = {
  fr: {
    skip: "Aller au contenu", docs: "Documentation", language: "Langue", leave: "Se déconnecter",
    login: "Connexion", email: "Adresse électronique ou téléphone", password: "Mot de passe", enter: "Se connecter",
    refused: "Adresse, téléphone ou mot de passe incorrect.", tooMany: "Trop d’essais ; réessayez plus tard.",
    away: "Le service ne répond pas.", over: "La session est terminée : reconnectez-vous.", figures: "Activité", chartNote: "Faits par tranche de cinq secondes, cinq dernières minutes",
    feed: "En direct", feedEmpty: "Rien pour le moment : ce qui arrive s’affichera ici.",
    past: "Voyage dans le temps", moment: "Moment", events: "Événements", people: "Personnes",
    machines: "Mes machines", history: "Historique", person: "Auteur (numéro)", stream: "Flux",
    type: "Type", from: "Depuis", until: "Jusqu’à", purpose: "Motif (montre les données personnelles)",
    search: "Chercher", close: "Fermer", causes: "Ce qui a suivi de la même demande",
    connected: "En direct", connecting: "Connexion…", lost: "Coupé : nouvel essai…", gone: "Journal renouvelé : reprise",
    registrations: "Inscriptions", logins: "Connexions", messages: "Messages", sockets: "Abonnés", readings: "Lectures", rate: "Dernière minute",
    "user.registered.v1": "Inscription", "user.login.v1": "Connexion", "new_message.v1": "Message", "message_read.v1": "Lecture",
    colon: " : ", by: "de", number: "n°", now: "maintenant", rows: "ligne(s)", none: "Aucun fait ne correspond.", searching: "Recherche…",
    historyEmpty: "Cherchez parmi tous les faits du journal, du premier au dernier. La touche / mène ici.",
    pastEmpty: "Rien n’existait dans cette liste à ce moment.", backToNow: "Revenir à maintenant", yes: "oui", no: "non",
    failed: "La demande a échoué", more: "Suite", noTrace: "Pas (encore) d’arbre pour ce fait.",
    id: "N°", title: "Titre", date: "Date", location: "Lieu", created_at: "Créé", username: "Nom", role: "Rôle",
    active: "Actif", name: "Nom", operating_system: "Système", status: "État",
    time: "Heure", fact: "Fait", actor: "Auteur", erased: "effacé",
    log: "Journal", postgres: "Lecture", nats: "Cloche", projector: "Projection", completeness: "Complétude", lag: "Retard", quarantine: "Quarantaine",
    up: "en marche", down: "à l’arrêt", complete: "vérifiée", broken: "rompue", unknown: "inconnue",
    behind: "en retard", elsewhere: "ailleurs", standby: "en réserve",
  },
  en: {
    skip: "Skip to content", docs: "Documentation", language: "Language", leave: "Log out",
    login: "Log in", email: "E-mail address or phone number", password: "Password", enter: "Log in",
    refused: "Wrong address, phone number or password.", tooMany: "Too many attempts; try again later.",
    away: "The service does not answer.", over: "The session has ended: log in again.", figures: "Activity", chartNote: "Facts per five seconds, last five minutes",
    feed: "Live", feedEmpty: "Nothing yet: what happens will appear here.",
    past: "Time travel", moment: "Moment", events: "Events", people: "People",
    machines: "My machines", history: "History", person: "Actor (number)", stream: "Stream",
    type: "Type", from: "From", until: "Until", purpose: "Purpose (shows personal data)",
    search: "Search", close: "Close", causes: "What followed from the same request",
    connected: "Live", connecting: "Connecting…", lost: "Cut off: trying again…", gone: "The log was renewed: beginning anew",
    registrations: "Registrations", logins: "Logins", messages: "Messages", sockets: "Followers", readings: "Readings", rate: "Last minute",
    "user.registered.v1": "Registration", "user.login.v1": "Login", "new_message.v1": "Message", "message_read.v1": "Message read",
    colon: ": ", by: "by", number: "no.", now: "now", rows: "row(s)", none: "No fact matches.", searching: "Searching…",
    historyEmpty: "Search all facts of the log, from the first to the last. The key / leads here.",
    pastEmpty: "Nothing stood in this list at that moment.", backToNow: "Back to now", yes: "yes", no: "no",
    failed: "The request failed", more: "More", noTrace: "No tree for this fact (yet).",
    id: "No.", title: "Title", date: "Date", location: "Place", created_at: "Created", username: "Name", role: "Role",
    active: "Active", name: "Name", operating_system: "System", status: "State",
    time: "Time", fact: "Fact", actor: "Actor", erased: "erased",
    log: "Log", postgres: "Reads", nats: "Bell", projector: "Projection", completeness: "Completeness", lag: "Lag", quarantine: "Quarantine",
    up: "up", down: "down", complete: "verified", broken: "broken", unknown: "unknown",
    behind: "behind", elsewhere: "elsewhere", standby: "standby",
  },
};

/** Whose way of writing days and times: with twenty-four hours in both. */
const PLACES = { fr: "fr-FR", en: "en-GB" };

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("fr") ? "fr" : "en");

export const spoken = () => language;
export const word = (name) => WORDS[language][name] ?? name;

/** Says everything in `chosen`. */
export function speak(chosen) {
  language = chosen in WORDS ? chosen : "fr";
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
}

/** A time of day, or a day and a time of day. */
export const clock = (time) => new Date(time).toLocaleTimeString(PLACES[language]);
export const moment = (time) => new Date(time).toLocaleString(PLACES[language]);
