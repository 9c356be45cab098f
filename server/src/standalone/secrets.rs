//! Passwords between the parts of one machine.

use std::path::Path;

use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use vault::{SecretFileError, secret_file};
use zeroize::Zeroizing;

/// The password kept under `name` beside the keys; 192 random bits, made on first use.
pub(crate) fn password(keys: &Path, name: &str) -> Result<Zeroizing<String>, SecretFileError> {
    secret_file(&keys.join(format!("{name}.password")), generate)
}

/// A new password of 192 random bits.
pub(crate) fn generate() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 24]);
    rand::fill(&mut bytes[..]).expect("the system has randomness");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(&bytes[..]))
}
