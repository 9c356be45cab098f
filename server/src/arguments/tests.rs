//! What may be given, and what becomes of it.

use std::collections::BTreeSet;

use api::Origins;
use clap::{CommandFactory, Parser};

use super::{Address, Arguments, Command, Serve};
use crate::environment::{ELSEWHERE, UNUSED};

fn serve(given: &[&str]) -> Serve {
    let given = ["registre", "serve"].iter().chain(given);
    let Arguments { command: Command::Serve(serve) } = Arguments::parse_from(given) else {
        panic!("it is `serve` that was given")
    };
    *serve
}

const ADDRESSES: [&str; 6] = [
    "--eventstore-url",
    "esdb://log",
    "--database-url",
    "postgres://tables",
    "--nats-url",
    "nats://bell",
];

#[test]
fn the_arguments_are_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn several_listeners_may_be_given() {
    let serve = serve(&["--listen", "127.0.0.1:1", "--listen", "[::1]:2"]);
    assert_eq!(serve.listen().len(), 2);
}

#[test]
fn only_who_answers_clients_has_default_ports() {
    let ports = [([127, 0, 0, 1], 8000).into(), ([127, 0, 0, 1], 3003).into()];
    assert_eq!(serve(&[]).listen(), ports);
    assert!(serve(&["--role", "projector,relay"]).listen().is_empty());
}

#[test]
fn a_part_of_the_roles_needs_every_address() {
    assert!(serve(&[]).contradiction().is_none());
    assert!(serve(&["--role", "api"]).contradiction().is_some());
    let named = [&["--role", "api"], &ADDRESSES[..]].concat();
    assert!(serve(&named).contradiction().is_none());
}

#[test]
fn any_page_may_call_a_log_of_our_own_and_none_another_unless_listed() {
    assert_eq!(serve(&[]).origins(), Origins::Any);
    assert_eq!(serve(&ADDRESSES).origins(), Origins::Listed(Vec::new()));
    let listed = serve(&["--cors-origins", "https://a.example,https://b.example"]).origins();
    let expected = ["https://a.example", "https://b.example"].map(|text| text.parse().unwrap());
    assert_eq!(listed, Origins::Listed(expected.to_vec()));
}

#[test]
fn the_description_is_open_with_a_log_of_our_own_or_when_it_is_said() {
    let closed = [&ADDRESSES[..], &["--docs", "false"]].concat();
    let open = [&ADDRESSES[..], &["--docs"]].concat();
    assert!(serve(&[]).shows_docs() && serve(&open).shows_docs());
    assert!(!serve(&ADDRESSES).shows_docs() && !serve(&closed).shows_docs());
}

#[test]
fn an_administrator_has_an_address_and_a_password_or_neither() {
    for half in [["--administrator-email", "a@example.com"], ["--administrator-password", "secret"]]
    {
        let given = ["registre", "serve"].iter().chain(&half);
        assert!(Arguments::try_parse_from(given).is_err(), "{half:?}");
    }
}

#[test]
fn an_address_is_not_printed() {
    let address = Address::from("postgres://me:secret@host/db".to_owned());
    assert!(!format!("{address:?}").contains("secret"));
}

#[test]
fn the_example_environment_names_every_variable_and_no_other() {
    let example = include_str!("../../../.env.example");
    let named: BTreeSet<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'))
        .collect();
    let command = Arguments::command();
    let serve = command.find_subcommand("serve").expect("there is `serve`");
    let arguments = serve.get_arguments().filter_map(|argument| argument.get_env()?.to_str());
    let others = ELSEWHERE.iter().chain(UNUSED).copied();
    assert_eq!(named, arguments.chain(others).collect());
}
