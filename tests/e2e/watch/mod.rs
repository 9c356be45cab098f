//! Whoever watches what happens, and whoever has to prove it.

mod audit;
mod dashboard;
mod keys;
mod outages;
mod slow;
mod stream;
