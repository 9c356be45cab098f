//! Where a test may stop a command between two of its appends. Elsewhere nobody stops.

use crate::Commands;

macro_rules! failpoints {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl Commands {
            $(
                $(#[$doc])*
                #[cfg(test)]
                pub(crate) async fn $name(&self) {
                    self.pauses.pass(stringify!($name)).await;
                }

                $(#[$doc])*
                #[cfg(not(test))]
                pub(crate) async fn $name(&self) {}
            )*
        }
    };
}

failpoints! {
    /// It is noted that a request may be sent again, and nothing else.
    has_accepted
    /// Somebody has proven who they are, and their session has not begun yet.
    has_decided_a_login
    /// A person has a data key, and no account yet.
    has_stored_a_data_key
    /// A value is claimed and not used yet.
    has_claimed
    /// Somebody has left the roster of active administrators, and is one still.
    has_left_the_roster
    /// An account makes an active administrator, and is not in the roster yet.
    has_amended
    /// An account is erased, and its data key is there still.
    has_erased
    /// An erasure stands in the journal, and the data key is there still.
    has_journalled
    /// A data key is closed, and nobody has said that the erasure is complete.
    has_closed_the_key
}
