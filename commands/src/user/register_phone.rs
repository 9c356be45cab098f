//! Register an account with a phone number.

use schema::{Password, PhoneNumber};

use super::{Registered, registration::Newcomer};
use crate::{Commands, ExecuteError, Request, claims::Taken};

/// Create an account that logs in with a phone number and a password.
#[derive(Clone, Debug)]
pub struct RegisterPhone {
    /// The number. One account at the most has it.
    pub phone: PhoneNumber,
    /// Where its person may be written to. It is not checked, not theirs alone, and no login: it
    /// never leads to another account.
    pub contact_email: Option<String>,
    /// The password.
    pub password: Password,
}

/// Why [`RegisterPhone`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterPhoneRejected {
    /// Another account has the number.
    #[error("phone number is taken")]
    PhoneTaken,
}

impl Commands {
    /// Runs [`RegisterPhone`]. Nothing is spent on a number that is taken.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn register_phone(
        &self,
        command: &RegisterPhone,
        request: &Request,
    ) -> Result<Registered, ExecuteError<RegisterPhoneRejected>> {
        let newcomer = Newcomer {
            email: None,
            phone: Some(&command.phone),
            contact_email: command.contact_email.as_deref(),
            username: command.phone.as_str(),
            password_hash: None,
            administrator: false,
        };
        let enrolled = self.enrol(newcomer, &command.password, request).await;
        enrolled.map_err(|error| error.map_rejected(|Taken| RegisterPhoneRejected::PhoneTaken))
    }
}

#[cfg(test)]
mod tests {
    use super::{RegisterPhone, RegisterPhoneRejected};
    use crate::{
        ExecuteError,
        testing::{Scene, newcomer, password, phone, request},
        user::{LogIn, LogInPhone, LogInRejected},
    };

    fn with(number: &str) -> RegisterPhone {
        RegisterPhone {
            phone: phone(number),
            contact_email: Some("ada@example.com".to_owned()),
            password: password("secret"),
        }
    }

    #[tokio::test]
    async fn a_number_is_one_number_however_it_is_spelled() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let user = commands.register_phone(&with("01 23-45.67"), &request()).await.unwrap().user;
        let again = commands.register_phone(&with("01234567"), &request()).await;
        assert!(
            matches!(again, Err(ExecuteError::Rejected(RegisterPhoneRejected::PhoneTaken))),
            "{again:?}"
        );
        let login = LogInPhone { phone: Some(phone("(01)234567")), password: password("secret") };
        let login = commands.log_in_phone(&login, &request()).await.unwrap();
        assert_eq!(login.user, user);
        assert_eq!(login.phone_number.as_deref(), Some("01 23-45.67"));
        scene.close().await;
    }

    #[tokio::test]
    async fn an_address_beside_a_phone_number_is_no_login_and_stays_free() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let phone = commands.register_phone(&with("0123"), &request()).await.unwrap().user;
        let login = LogIn { email: Some(newcomer("Ada").email), password: password("secret") };
        let refused = commands.log_in(&login, &request()).await;
        assert!(matches!(refused, Err(ExecuteError::Rejected(LogInRejected::WrongCredentials))));
        let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
        assert_ne!(ada, phone);
        scene.close().await;
    }
}
