//! `registre admin`

use anyhow::{Context, Result, bail};
use api::anonymous;
use commands::{
    ExecuteError,
    user::{Appointed, CreateAdministrator, CreateAdministratorRejected},
};
use schema::{EmailAddress, Origin, Password};

use crate::{
    arguments::{Admin, CreateAdmin},
    operator::Operator,
    output::print,
    standalone::generate,
};

pub(crate) async fn run(command: Admin) -> Result<()> {
    match command {
        Admin::Create(options) => Box::pin(create(options)).await,
    }
}

async fn create(options: CreateAdmin) -> Result<()> {
    let password = generate();
    let command = CreateAdministrator {
        email: EmailAddress::parse(&options.email).context("--email is no address")?,
        password: Password::parse(&password, 1)
            .context("the password that was made is unusable")?,
    };
    let operator = Operator::open(&options.place).await?;
    let request = anonymous(Origin::default());
    let created = operator.commands.create_administrator(&command, &request).await;
    operator.close().await;
    match created {
        Ok(done) if done.appointed == Appointed::Created => {
            let password = password.as_str();
            print(&[format!("Administrator: {}, password {password} (shown once)", options.email)]);
            Ok(())
        }
        Ok(_) => bail!("{} is an administrator's already", options.email),
        Err(ExecuteError::Rejected(CreateAdministratorRejected::EmailTaken)) => {
            bail!("{} is somebody's already: an administrator can promote them", options.email)
        }
        Err(error) => Err(error).context("there is no new administrator"),
    }
}
