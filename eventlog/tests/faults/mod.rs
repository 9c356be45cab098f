//! How often each fault is made to happen.
//!
//! Few times, so that all tests together take minutes; with `REGISTRE_FAULTS=full` as often as it
//! takes to rely on what they say, which takes hours.

use std::env;

/// What is done, how often, and how often with `REGISTRE_FAULTS=full`.
const ROUNDS: [(&str, usize, usize); 11] = [
    ("kills", 5, 500),
    ("bit flips", 60, 1_000),
    // Of the last 64 KiB. In full, at every byte; otherwise where a frame ends, and around it.
    ("tail cuts", 64, 65_536),
    // The same, of an image that lacks what nobody was told about.
    ("unanswered tail cuts", 64, 65_536),
    ("full disks", 1, 20),
    ("power cuts", 2, 200),
    // Of each of 32 writers to one stream, which refuses most of their attempts.
    ("contended appends", 10, 100),
    ("contended changes", 3, 100),
    ("sequences of commands", 64, 1_000),
    ("histories", 2, 200),
    ("operations of a history", 300, 2_000),
];

/// How often to do `what`.
pub(crate) fn rounds(what: &str) -> usize {
    let full = env::var("REGISTRE_FAULTS").is_ok_and(|faults| faults == "full");
    let found = ROUNDS.into_iter().find(|(name, ..)| *name == what);
    let (_, few, many) = found.expect("it stands in the list");
    if full { many } else { few }
}
