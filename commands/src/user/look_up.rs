//! Look at an account.

use schema::{StreamName, UserId};

use super::{Person, User};
use crate::{Commands, LogFailure, handler::Loaded};

impl Commands {
    /// The account of `user` as the log knows it now; nothing when there is none, or none any more.
    ///
    /// # Errors
    ///
    /// [`LogFailure`] when the log does not say.
    pub async fn person(&self, user: UserId) -> Result<Option<Person>, LogFailure> {
        let account: Loaded<User> = self.load_opened(&StreamName::User(user)).await?;
        Ok(account.state.person())
    }
}
