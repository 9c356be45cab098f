//! Log in with a phone number.

use schema::{Password, PhoneNumber};

use super::{LogInRejected, LoggedIn};
use crate::{Commands, ExecuteError, Request};

/// Begin a session with a phone number and a password.
#[derive(Clone, Debug)]
pub struct LogInPhone {
    /// The number; none when what was typed cannot be one, which costs as much as a wrong password.
    pub phone: Option<PhoneNumber>,
    /// The password.
    pub password: Password,
}

impl Commands {
    /// Runs [`LogInPhone`], as [`super::LogIn`] is run.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn log_in_phone(
        &self,
        command: &LogInPhone,
        request: &Request,
    ) -> Result<LoggedIn, ExecuteError<LogInRejected>> {
        let credential = command.phone.as_ref().map(|phone| self.by_phone(phone));
        self.log_in_with(credential, &command.password, request).await
    }
}
