//! What a machine is measured and described by.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::caps::MACHINE_AMOUNT_MAX;

/// What a machine is doing. Stored, and shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VmStatus {
    /// It works.
    Running,
    /// It does not.
    #[default]
    Stopped,
    /// It will go on where it was.
    Paused,
    /// It is being made.
    Provisioning,
    /// It is being taken apart.
    Deleting,
}

impl VmStatus {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Running, Self::Stopped, Self::Paused, Self::Provisioning, Self::Deleting];

    /// Its stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Provisioning => "provisioning",
            Self::Deleting => "deleting",
        }
    }

    /// The status of that stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl fmt::Display for VmStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of something a machine has: cores, or gigabytes. At least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(i64);

/// Why a number is not an [`Amount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing, or less.
    #[error("number is below 1")]
    TooSmall,
    /// Over the limit.
    #[error("number is above {MACHINE_AMOUNT_MAX}")]
    TooLarge,
}

impl Amount {
    /// Reads an amount.
    ///
    /// # Errors
    ///
    /// [`AmountError`].
    pub fn parse(number: i64) -> Result<Self, AmountError> {
        match number {
            ..1 => Err(AmountError::TooSmall),
            1..=MACHINE_AMOUNT_MAX => Ok(Self(number)),
            _ => Err(AmountError::TooLarge),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, AmountError, VmStatus};
    use crate::caps::MACHINE_AMOUNT_MAX;

    #[test]
    fn a_status_has_one_name_everywhere() {
        for status in VmStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(VmStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(VmStatus::parse("Running"), None);
    }

    #[test]
    fn an_amount_is_one_at_least_and_the_limit_at_the_most() {
        assert_eq!(Amount::parse(0), Err(AmountError::TooSmall));
        assert_eq!(Amount::parse(-1), Err(AmountError::TooSmall));
        assert_eq!(Amount::parse(1).map(Amount::get), Ok(1));
        assert!(Amount::parse(MACHINE_AMOUNT_MAX).is_ok());
        assert_eq!(Amount::parse(MACHINE_AMOUNT_MAX + 1), Err(AmountError::TooLarge));
    }
}
