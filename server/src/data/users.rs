//! `registre data users`

use std::cell::Cell;

use fake::rand;

use super::{
    GivenUp,
    api::{Api, CallError},
    course::{Kind, Made, Outcome, create},
    draft::Person,
    export::{Dataset, save},
    login::log_in,
    screen::say,
};
use crate::arguments::{Course, Users};

/// How often an address that is taken is drawn anew.
const REDRAWS: usize = 5;

/// How many a preview shows.
const PREVIEW: usize = 5;

const KIND: Kind = Kind { sign: "📝", plural: "utilisateurs", one: "l'utilisateur" };

pub(super) async fn run(options: &Users) -> Result<(), GivenUp> {
    let Users { count, course } = options;
    say(format!("👥 Création de {count} utilisateurs via l'API..."));
    let api = log_in(&course.credentials, "la création").await?;
    let users = create_users(&api, usize::from(*count), course).await;
    if users.created() == 0 {
        say("");
        say("❌ Erreur lors de la création: aucun utilisateur créé");
        return Err(GivenUp);
    }
    say("");
    say("✅ Création terminée !");
    say("📊 Statistiques:");
    say(format!("   • Utilisateurs créés: {}", users.created()));
    say(format!("   • Taux de succès: {:.1}%", users.rate()));
    tell_taken(&users);
    if course.verbose {
        say("");
        say("🔍 Aperçu des utilisateurs créés:");
        users.preview(PREVIEW);
        if let Some(left) = users.left_out(PREVIEW) {
            say(format!("   ... et {left} autres utilisateurs"));
        }
    }
    save(course.output.as_deref(), &Dataset::of(&users, &Outcome::default()))
}

/// Creates `count` of them.
pub(super) async fn create_users(api: &Api, count: usize, course: &Course) -> Outcome {
    let taken = Cell::new(0);
    let mut users = create(count, KIND, course, async |_| create_one(api, &taken).await).await;
    users.taken = taken.get();
    users
}

/// Says how many addresses were somebody's already, if any were.
pub(super) fn tell_taken(users: &Outcome) {
    if users.taken > 0 {
        say(format!("   • Adresses déjà prises, refusées: {}", users.taken));
    }
}

async fn create_one(api: &Api, taken: &Cell<usize>) -> Result<Made, String> {
    let mut refused = CallError::Duplicate;
    for _ in 0..=REDRAWS {
        let person = Person::draw(&mut rand::rng());
        person.check()?;
        match api.create("/user", &person.body()).await {
            Ok(object) => {
                return Ok(Made { object, shown: format!("{} ({})", person.name, person.email) });
            }
            Err(duplicate @ CallError::Duplicate) => {
                taken.set(taken.get() + 1);
                refused = duplicate;
            }
            Err(error @ (CallError::Unreachable { .. } | CallError::Refused { .. })) => {
                return Err(error.to_string());
            }
        }
    }
    Err(refused.to_string())
}
