//! Values that have been checked once, at the edge, and cannot be wrong afterwards.

mod date;
mod email;
mod password;
mod phone;
mod text;

pub use date::{EventDate, EventDateError};
pub use email::{EmailAddress, EmailError};
pub use password::{Password, PasswordError};
pub use phone::{PhoneError, PhoneNumber};
pub use text::{Line, LineError, MessageText, TextError};
