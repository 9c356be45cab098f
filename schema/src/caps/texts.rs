//! What people write: names, messages, addresses, passwords.

/// Longest message, in Unicode scalar values. Eight times what a phone's message carries.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// Longest name, title or place, in Unicode scalar values.
pub const LINE_CHARS_MAX: usize = 500;

/// Longest description of a calendar event, in Unicode scalar values.
pub const DESCRIPTION_CHARS_MAX: usize = 8_000;

/// Most cores or gigabytes that a machine may have: what 32 bits hold, which clients read it into.
pub const MACHINE_AMOUNT_MAX: i64 = i32::MAX as i64;

/// Longest address, in bytes (RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets).
pub const EMAIL_BYTES_MAX: usize = 254;

/// Longest phone number, in characters, not counting what separates them (`clients.md` section 9).
pub const PHONE_CHARS_MAX: usize = 15;

/// Longest spelling of a phone number, in bytes: each digit may be separated from the next.
pub const PHONE_BYTES_MAX: usize = 60;

/// Longest date and time, in bytes: nanoseconds and an offset fit.
pub const EVENT_DATE_BYTES_MAX: usize = 35;

/// Longest password, in Unicode scalar values. A longer one is refused without being hashed.
pub const PASSWORD_CHARS_MAX: usize = 1_024;

/// Shortest name that the Community façade takes, in characters.
pub const COMMUNITY_USERNAME_CHARS_MIN: usize = 3;

/// Shortest password that the Community façade takes, in characters.
pub const COMMUNITY_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest password that the Inventory façade takes, in characters.
pub const INVENTORY_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest and longest name that the Accounts façade takes, in characters (`clients.md` section 5).
pub const ACCOUNTS_USERNAME_CHARS: (usize, usize) = (3, 50);

/// Shortest password that the Accounts façade takes, in characters (`clients.md` section 5).
pub const ACCOUNTS_PASSWORD_CHARS_MIN: usize = 8;

/// Shortest password that the Phone façade takes, in characters (`clients.md` section 9).
pub const PHONE_PASSWORD_CHARS_MIN: usize = 1;

/// Shortest password that the native API takes, in characters (OWASP ASVS 5.0, V6.2.1).
pub const NATIVE_PASSWORD_CHARS_MIN: usize = 8;

/// A new password that is guessed as soon as the 3,000th most common one is refused by the native API
/// (OWASP ASVS 5.0, V6.2.4).
pub const GUESSES_MIN: u64 = 3_001;

/// Longer passwords, in characters, are not looked up among the common ones.
pub const GUESSABLE_CHARS_MAX: usize = 32;

/// Longest `User-Agent` that is remembered, in characters.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
