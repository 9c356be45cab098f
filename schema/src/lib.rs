//! Everything Registre persists or publishes, and nothing that decides.
//!
//! Facts and the streams they stand in, ids, parsed value types, limits, notification payloads, SQL
//! migrations. The other rooms depend on this one; it depends on none of them and does no I/O.
//!
//! **Invariant:** a byte written by any released version can be read by every later one. Each
//! stored fact has a sample under `golden/`, and a test that reads it.

mod cursor;
mod facts;
mod ids;
mod machine;
mod metadata;
mod migrations;
mod notification;
mod personal;
mod role;
mod scope;
mod stream;
mod values;

pub mod caps;

pub use cursor::{Cursor, CursorError};
pub use facts::{
    AdminAdded, AdminRemoved, ApiKeyFact, ApiKeyIssued, ApiKeyRevoked, ApiKeySeen, AttemptFact,
    AuditFact, AuditQueried, ClaimFact, ClaimMoved, ClaimTaken, ClaimVoided, ClaimedPersonal,
    DataKeyCreated, DirectorySpellingAdded, ErasureCompleted, EventCreated, EventFact, Fact,
    FactError, IdsReserved, LogFact, LogFounded, LoginAttempted, LoginDecided, MESSAGE_SENT,
    MachineFact, MessageFact, MessagePersonal, MessageRead, MessageSent, PasswordPersonal,
    ProfilePersonal, RefreshReuseDetected, RequestAccepted, ResetLinkIssued, ResetLinkUsed,
    RosterFact, SessionEndReason, SessionEnded, SessionFact, SessionRefreshed, SessionSeen,
    SocketTicketUsed, SpellingPersonal, UserActivated, UserClaimed, UserDeactivated, UserErased,
    UserFact, UserLoggedIn, UserPasswordChanged, UserPasswordRehashed, UserPersonal,
    UserProfileChanged, UserRegistered, UserRoleChanged, UserSessionsEnded, VmAttached, VmChanged,
    VmCreated, VmDeleted, VmStopped,
};
pub use ids::{
    ApiKeyId, ClaimHash, CredentialId, EventId, LogId, MessageId, SessionId, UserId, VmId,
};
pub use machine::{Amount, AmountError, VmStatus};
pub use metadata::{Metadata, Origin};
pub use migrations::MIGRATIONS;
pub use notification::{
    HEARTBEAT_SUBJECT, Heartbeat, NewMessage, News, Notification, Receipt, SUBJECTS, Somebody, TOLD,
};
pub use personal::{Personal, Sealable};
pub use role::Role;
pub use scope::Scope;
pub use stream::{IdKind, StreamName};
pub use values::{
    EmailAddress, EmailError, EventDate, EventDateError, Line, LineError, MessageText, Password,
    PasswordError, PhoneError, PhoneNumber, TextError,
};
