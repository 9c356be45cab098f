//! Whoever watches what happens, and whoever has to prove it.

mod audit;
pub(crate) mod chance;
mod dashboard;
mod keys;
mod outages;
mod seam;
mod slow;
mod storm;
mod stream;
