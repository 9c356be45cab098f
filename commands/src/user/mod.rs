//! People's accounts: the state that the rules look at, and one file per command.

mod activate;
mod amend;
mod change_account;
mod change_password;
mod change_profile;
mod change_role;
mod create_administrator;
mod credentials;
mod deactivate;
mod end_sessions;
mod erase_user;
mod find_or_create_directory_user;
mod finish_erasure;
mod issue_reset_link;
mod log_in;
mod log_in_phone;
mod look_up;
mod register_person;
mod register_phone;
mod register_user;
mod registration;
mod state;
mod use_reset_link;

pub use activate::Activate;
pub use amend::{AmendRejected, Amended};
pub use change_account::{ChangeAccount, ChangeAccountRejected};
pub use change_password::ChangePassword;
pub use change_profile::ChangeProfile;
pub use change_role::ChangeRole;
pub use create_administrator::{
    Administrator, Appointed, CreateAdministrator, CreateAdministratorRejected,
};
pub use credentials::ProveRejected;
pub use deactivate::Deactivate;
pub use end_sessions::EndSessions;
pub use erase_user::EraseUser;
pub use find_or_create_directory_user::{
    DirectoryUser, FindOrCreateDirectoryUser, FindOrCreateDirectoryUserRejected,
};
pub use finish_erasure::{Erasure, Unfinished};
pub use issue_reset_link::{IssueResetLink, IssuedResetLink};
pub use log_in::{LogIn, LogInRejected, LoggedIn};
pub use log_in_phone::LogInPhone;
pub use register_person::{Contact, RegisterPerson, RegisterPersonRejected};
pub use register_phone::{RegisterPhone, RegisterPhoneRejected};
pub use register_user::{RegisterUser, RegisterUserRejected, Registered};
pub use use_reset_link::{UseResetLink, UseResetLinkRejected};

pub use state::Person;
pub(crate) use state::User;
