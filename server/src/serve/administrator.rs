//! The first administrator: named by the configuration, or made up where there was no log before.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use commands::{
    Commands, ExecuteError,
    user::{CreateAdministrator, CreateAdministratorRejected},
};
use schema::{EmailAddress, Origin, Password};
use tracing::info;
use zeroize::Zeroizing;

use crate::{
    arguments::{Administrator, Serve},
    standalone::generate,
};

/// The address of the administrator who is made up.
const MADE_UP: &str = "admin@registre.local";

/// The file that holds an administrator who was made up.
pub(crate) struct MadeUp {
    path: PathBuf,
    /// It is where whoever runs the service reads it; else it goes once it was printed.
    kept: bool,
}

/// An administrator who was made up: what is said to people, once.
pub(crate) struct Introduction {
    pub(crate) email: String,
    pub(crate) password: Zeroizing<String>,
}

impl MadeUp {
    /// Where an administrator would be made up; nowhere when one is named, or when the log and its
    /// people are somebody else's.
    pub(crate) fn of(options: &Serve) -> Option<Self> {
        let Administrator { email, password: _, kept_in } = &options.administrator;
        if email.is_some() {
            return None;
        }
        let file = |path: &PathBuf| Self { path: path.clone(), kept: true };
        let own = || Self { path: options.data.join("administrator"), kept: false };
        kept_in.as_ref().map(file).or_else(|| options.standalone().then(own))
    }

    /// Makes one up. It is on disk before the log is founded: whatever happens then, the next start
    /// finds it.
    pub(crate) fn write(&self) -> Result<()> {
        let text = || Zeroizing::new(format!("{MADE_UP}\n{}\n", *generate()));
        vault::secret_file(&self.path, text)?;
        Ok(())
    }

    fn read(&self) -> Result<Option<Introduction>> {
        let Some(text) = vault::stored_secret(&self.path)? else { return Ok(None) };
        let (email, password) = text.trim_end().split_once('\n').with_context(|| {
            format!("{} does not hold an address and a password", self.path.display())
        })?;
        let password = Zeroizing::new(password.to_owned());
        Ok(Some(Introduction { email: email.to_owned(), password }))
    }

    /// Where the file stays for people to read.
    pub(crate) fn kept_at(&self) -> Option<&Path> {
        self.kept.then_some(self.path.as_path())
    }

    /// Forgets who was made up, now that it has been said.
    pub(crate) fn forget(&self) -> Result<()> {
        let path = self.path.display();
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {path}"))
    }
}

/// Sees to it that there is the administrator who is named, or who was made up. Tells what is yet
/// to be said to people.
pub(crate) async fn appoint(
    options: &Serve,
    made_up: Option<&MadeUp>,
    commands: &Commands,
) -> Result<Option<Introduction>> {
    let Administrator { email, password, kept_in: _ } = &options.administrator;
    if let (Some(email), Some(password)) = (email, password) {
        create(commands, email, password.as_str()).await?;
        return Ok(None);
    }
    let introduction = made_up.map(MadeUp::read).transpose()?.flatten();
    if let Some(Introduction { email, password }) = &introduction {
        create(commands, email, password).await?;
    }
    Ok(introduction)
}

async fn create(commands: &Commands, email: &str, password: &str) -> Result<()> {
    let email = EmailAddress::parse(email).context("FIRST_SUPERUSER_EMAIL is no address")?;
    let password = Password::parse(password, 1).context("FIRST_SUPERUSER_PASSWORD is unusable")?;
    let request = api::anonymous(Origin::default());
    match commands.create_administrator(&CreateAdministrator { email, password }, &request).await {
        Ok(done) => {
            info!(user = done.user.0, how = ?done.appointed, "administrator is there");
            Ok(())
        }
        Err(ExecuteError::Rejected(CreateAdministratorRejected::EmailTaken)) => bail!(
            "FIRST_SUPERUSER_EMAIL is somebody's address, and FIRST_SUPERUSER_PASSWORD is not \
             their password"
        ),
        Err(error) => Err(error).context("there is no administrator yet"),
    }
}
