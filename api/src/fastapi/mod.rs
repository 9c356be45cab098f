//! What services made with `FastAPI` say: how they read bodies, and how they word refusals. The
//! clients of two façades were written against such services.
//!
//! **Invariant:** nothing here is a word of one of the two alone.

mod body;
mod failure;

pub(crate) use self::{
    body::{Fields, JsonOrForm},
    failure::{Detail, Failure, Invalid, known, refused},
};
