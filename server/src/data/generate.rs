//! `registre data generate`

use std::collections::HashSet;

use fake::rand::{self, Rng};
use serde_json::{Value, json};

use super::{
    GivenUp,
    draft::{Machine, Person},
    export::{Dataset, save},
    screen::say,
};
use crate::arguments::Generate;

/// Writes people and machines to a file, numbered as an API would number them.
pub(super) fn run(options: &Generate) -> Result<(), GivenUp> {
    let Generate { users, vms, output } = options;
    say(format!("🎲 Génération de {users} utilisateurs et {vms} VMs..."));
    let mut rng = rand::rng();
    let people = people(usize::from(*users), &mut rng);
    let owners = (1..=i64::from(*users)).cycle();
    let machines: Vec<Value> = (1..=*vms)
        .zip(owners)
        .map(|(id, owner)| numbered(id, Machine::draw(&mut rng).body(owner)))
        .collect();
    save(Some(output), &Dataset::new((&people, 100.0), (&machines, 100.0)))
}

/// `count` people, no two of them with one address.
fn people(count: usize, rng: &mut impl Rng) -> Vec<Value> {
    let mut taken = HashSet::new();
    let mut people = Vec::with_capacity(count);
    while people.len() < count {
        let Person { name, email } = Person::draw(rng);
        if taken.insert(email.clone()) {
            people.push(json!({ "id": people.len() + 1, "name": name, "email": email }));
        }
    }
    people
}

fn numbered(id: u16, body: Value) -> Value {
    let mut object = json!({ "id": id });
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, body) {
        object.extend(fields);
    }
    object
}
