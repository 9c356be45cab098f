//! `registre users`

use anyhow::{Context, Result, bail};
use api::anonymous;
use chrono::SecondsFormat;
use commands::{
    ExecuteError,
    user::{AmendRejected, IssueResetLink},
};
use schema::{Origin, UserId};

use crate::{
    arguments::{People, ResetLink},
    operator::Operator,
    output::print,
};

pub(crate) async fn run(command: People) -> Result<()> {
    match command {
        People::ResetLink(options) => Box::pin(reset_link(options)).await,
    }
}

async fn reset_link(options: ResetLink) -> Result<()> {
    let ResetLink { place, id } = options;
    let operator = Operator::open(&place).await?;
    let command = IssueResetLink { user: UserId(id) };
    let issued = operator.commands.issue_reset_link(&command, &anonymous(Origin::default())).await;
    operator.close().await;
    match issued {
        Ok(link) => {
            let until = link.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            print(&[
                link.text.to_string(),
                format!("(shown once; good for one new password until {until})"),
                "POST /api/v1/password-resets {\"token\": \"…\", \"password\": \"…\"}".to_owned(),
            ]);
            Ok(())
        }
        Err(ExecuteError::Rejected(AmendRejected::NoSuchUser)) => bail!("nobody has the id {id}"),
        Err(error) => Err(error).context("there is no link"),
    }
}
