//! Register an account with an address, a phone number, or both.

use schema::{EmailAddress, Line, Password, PhoneNumber};

use super::{RegisterUser, RegisterUserRejected, Registered, registration::Newcomer};
use crate::{Commands, ExecuteError, Request, claims::Taken};

/// Create an account that logs in with each of its contacts.
#[derive(Clone, Debug)]
pub struct RegisterPerson {
    /// What only they have.
    pub contact: Contact,
    /// The name shown to others.
    pub username: Line,
    /// The password.
    pub password: Password,
}

/// What one account at the most has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// An address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
    /// Both.
    Both(EmailAddress, PhoneNumber),
}

/// Why [`RegisterPerson`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterPersonRejected {
    /// Another account has the address or the phone number.
    #[error("address or phone number is taken")]
    Taken,
}

impl Commands {
    /// Runs [`RegisterPerson`]. With an address alone it may claim an account of the directory's, as
    /// [`RegisterUser`] does.
    ///
    /// # Errors
    ///
    /// [`ExecuteError`].
    pub async fn register_person(
        &self,
        command: &RegisterPerson,
        request: &Request,
    ) -> Result<Registered, ExecuteError<RegisterPersonRejected>> {
        let RegisterPerson { contact, username, password } = command;
        let (email, phone) = match contact {
            Contact::Email(email) => {
                let (email, username) = (email.clone(), username.clone());
                let command = RegisterUser { email, username, password: password.clone() };
                let registered = self.register_user(&command, request).await;
                return registered.map_err(|error| {
                    error.map_rejected(|RegisterUserRejected::EmailTaken| {
                        RegisterPersonRejected::Taken
                    })
                });
            }
            Contact::Phone(phone) => (None, phone),
            Contact::Both(email, phone) => (Some(email), phone),
        };
        let newcomer = Newcomer {
            email,
            phone: Some(phone),
            contact_email: None,
            username: username.as_str(),
            password_hash: None,
            administrator: false,
        };
        let enrolled = self.enrol(newcomer, password, request).await;
        enrolled.map_err(|error| error.map_rejected(|Taken| RegisterPersonRejected::Taken))
    }
}

#[cfg(test)]
mod tests {
    use super::{Contact, RegisterPerson, RegisterPersonRejected};
    use crate::{
        ExecuteError,
        testing::{Scene, email, line, password, phone, request},
        user::{LogIn, LogInPhone},
    };

    fn with(contact: Contact) -> RegisterPerson {
        RegisterPerson { contact, username: line("Ada"), password: password("secret") }
    }

    #[tokio::test]
    async fn each_contact_is_a_login_and_nobody_elses() {
        let scene = Scene::open().await;
        let commands = &scene.commands;
        let (mail, number) = (email("ada@example.com"), phone("0123"));
        let both = with(Contact::Both(mail.clone(), number.clone()));
        let ada = commands.register_person(&both, &request()).await.unwrap().user;
        for contact in [
            Contact::Email(mail.clone()),
            Contact::Phone(number.clone()),
            Contact::Both(email("other@example.com"), number.clone()),
            Contact::Both(mail.clone(), phone("4567")),
        ] {
            let again = commands.register_person(&with(contact), &request()).await;
            let taken = matches!(again, Err(ExecuteError::Rejected(RegisterPersonRejected::Taken)));
            assert!(taken, "{again:?}");
        }
        let login = LogIn { email: Some(mail), password: password("secret") };
        assert_eq!(commands.log_in(&login, &request()).await.unwrap().user, ada);
        let login = LogInPhone { phone: Some(number), password: password("secret") };
        assert_eq!(commands.log_in_phone(&login, &request()).await.unwrap().user, ada);
        scene.close().await;
    }
}
