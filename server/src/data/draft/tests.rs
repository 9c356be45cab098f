//! Many draws, the same ones each time.

use std::collections::BTreeSet;

use fake::rand::{SeedableRng, rngs::StdRng};
use schema::VmStatus;

use super::{Machine, NAME_CHARS_MAX, Person, status};
use crate::data::words::{DOMAINS, PREFIXES, SYSTEMS, WORDS};

fn people() -> Vec<Person> {
    let mut rng = StdRng::seed_from_u64(7);
    (0..5_000).map(|_| Person::draw(&mut rng)).collect()
}

fn machines() -> Vec<Machine> {
    let mut rng = StdRng::seed_from_u64(7);
    (0..5_000).map(|_| Machine::draw(&mut rng)).collect()
}

#[test]
fn every_draft_can_be_sent() {
    for person in people() {
        person.check().unwrap();
    }
    for machine in machines() {
        machine.check().unwrap();
    }
}

#[test]
fn an_address_is_its_owners_name_in_lower_case_with_dots() {
    for person in people() {
        let (local, domain) = person.email.split_once('@').unwrap();
        assert_eq!(local, person.name.to_lowercase().replace(' ', "."));
        assert!(DOMAINS.contains(&domain), "{domain}");
    }
}

#[test]
fn some_names_have_accents_and_so_do_their_addresses() {
    let people = people();
    let accented = people.iter().filter(|person| !person.name.is_ascii()).count();
    assert!(accented > people.len() / 20, "{accented} of {}", people.len());
    assert!(people.iter().any(|person| !person.email.is_ascii()));
}

#[test]
fn names_are_rarely_the_same() {
    let people = people();
    let addresses: BTreeSet<_> = people.iter().map(|person| &person.email).collect();
    assert!(addresses.len() > people.len() * 98 / 100, "{}", addresses.len());
}

#[test]
fn everything_there_is_to_draw_is_drawn() {
    let machines = machines();
    let systems: BTreeSet<_> = machines.iter().map(|machine| machine.operating_system).collect();
    assert_eq!(systems.len(), SYSTEMS.len());
    let prefixes: BTreeSet<_> =
        machines.iter().filter_map(|machine| machine.name.split('-').next()).collect();
    assert_eq!(prefixes.len(), PREFIXES.len());
    let cores: BTreeSet<_> = machines.iter().map(|machine| machine.cpu_cores).collect();
    assert_eq!(cores, [1, 2, 4, 8, 16, 32].into());
    assert!(machines.iter().all(|machine| machine.ram_gb >= machine.cpu_cores));
    assert!(DOMAINS.len() >= 12 && SYSTEMS.len() >= 12);
}

#[test]
fn the_longest_name_fits() {
    let longest = |words: &[&str]| words.iter().map(|word| word.chars().count()).max().unwrap();
    assert!(longest(PREFIXES) + 1 + longest(WORDS) <= NAME_CHARS_MAX);
}

#[test]
fn of_a_hundred_machines_sixty_run_and_five_are_being_deleted() {
    let drawn = |wanted| (0..100).filter(|percent| status(*percent) == wanted).count();
    let counts = VmStatus::ALL.map(drawn);
    assert_eq!(counts, [60, 25, 5, 5, 5]);
}
