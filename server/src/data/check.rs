//! `registre data check`

use fake::rand;

use super::{
    GivenUp,
    draft::{Machine, Person},
    screen::say,
};

/// How many of each are drawn.
const DRAWS: usize = 1_000;

/// Draws people and machines and looks at each, without a network.
pub(super) fn run() -> Result<(), GivenUp> {
    say("🧪 Vérification des générateurs de données...");
    let mut rng = rand::rng();
    let people: Vec<Person> = (0..DRAWS).map(|_| Person::draw(&mut rng)).collect();
    let machines: Vec<Machine> = (0..DRAWS).map(|_| Machine::draw(&mut rng)).collect();
    let users = tell("utilisateurs", people.iter().map(Person::check));
    let vms = tell("VMs", machines.iter().map(Machine::check));
    if let Some((person, machine)) = people.first().zip(machines.first()) {
        say(format!("   Exemple: {} ({})", person.name, person.email));
        say(format!("   Exemple: {} ({})", machine.name, machine.operating_system));
    }
    if users && vms {
        say("✅ Générateurs conformes");
        Ok(())
    } else {
        say("❌ Générateurs non conformes");
        Err(GivenUp)
    }
}

/// Whether all `checked` are as they should be.
fn tell(things: &str, checked: impl Iterator<Item = Result<(), String>>) -> bool {
    let wrong: Vec<String> = checked.filter_map(Result::err).collect();
    match wrong.first() {
        None => say(format!("   ✅ {DRAWS} {things}")),
        Some(first) => say(format!("   ❌ {} {things} sur {DRAWS}, dont {first}", wrong.len())),
    }
    wrong.is_empty()
}
