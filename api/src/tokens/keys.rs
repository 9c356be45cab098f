//! The keys that tokens are signed with.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    digest,
    encoding::AsDer,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use vault::{SecretFileError, secret_file};
use zeroize::Zeroizing;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// Its folder cannot be read.
    #[error("the folder of {path} cannot be read")]
    Folder {
        /// The key's own file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its file does not hold a key.
    #[error("{0} does not hold an Ed25519 key (PKCS#8, base64)")]
    Malformed(String),
    /// Everybody has its key.
    #[error("{0} holds a key that everybody knows; take it away, and a new one is made")]
    Sample(String),
}

/// Length of what an Ed25519 key is made from, which ends its file.
const SEED_BYTES: usize = 32;

/// Public keys of examples: RFC 8037 appendix A and RFC 8032 section 7.1, in the order of the latter.
const SAMPLES: [&str; 3] = [
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
];

/// One key signs; it and those before it verify.
pub(super) struct Keys {
    pub(super) signing: EncodingKey,
    pub(super) signing_id: String,
    pub(super) verifying: HashMap<String, DecodingKey>,
    pub(super) published: Vec<PublicKey>,
}

/// A key as others see it (RFC 7517, RFC 8037).
#[derive(Debug, Serialize)]
pub(super) struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    x: String,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
}

/// What one file holds.
struct Key {
    der: Zeroizing<Vec<u8>>,
    public: PublicKey,
    verifying: DecodingKey,
}

impl Keys {
    pub(super) fn open(path: &Path) -> Result<Self, TokensError> {
        let newest = Key::open(path)?;
        let signing = EncodingKey::from_ed_der(&newest.der);
        let signing_id = newest.public.kid.clone();
        let mut keys =
            Self { signing, signing_id, verifying: HashMap::new(), published: Vec::new() };
        keys.believe(newest);
        for old in replaced(path)? {
            keys.believe(Key::open(&old)?);
        }
        Ok(keys)
    }

    /// Whether these are the same, and the same one of them signs.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.signing_id == other.signing_id
            && self.verifying.len() == other.verifying.len()
            && self.verifying.keys().all(|id| other.verifying.contains_key(id))
    }

    fn believe(&mut self, key: Key) {
        self.verifying.insert(key.public.kid.clone(), key.verifying);
        self.published.push(key.public);
    }
}

impl Key {
    /// The key in `path`; made on first use.
    fn open(path: &Path) -> Result<Self, TokensError> {
        let malformed = || TokensError::Malformed(path.display().to_string());
        let text = secret_file(path, new_key)?;
        let der = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| malformed())?);
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| malformed())?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let seed = der.get(der.len().saturating_sub(SEED_BYTES)..).unwrap_or_default();
        if SAMPLES.contains(&x.as_str()) || vault::is_weak(seed) {
            return Err(TokensError::Sample(path.display().to_string()));
        }
        let verifying = DecodingKey::from_ed_components(&x).map_err(|_| malformed())?;
        let kid = thumbprint(&x);
        let (kty, crv, alg, purpose) = ("OKP", "Ed25519", "EdDSA", "sig");
        Ok(Self { der, public: PublicKey { kty, crv, x, kid, alg, purpose }, verifying })
    }
}

/// Names a key by what it is (RFC 7638), so that two keys never share a name.
fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

/// The keys beside the one in `path` that have been replaced.
pub(super) fn replaced(path: &Path) -> Result<Vec<PathBuf>, TokensError> {
    let failed = |source| TokensError::Folder { path: path.display().to_string(), source };
    let Some(folder) = path.parent() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let beside = entry.map_err(failed)?.path();
        let is_key = beside.extension().is_some_and(|extension| extension == "key");
        let name = beside.file_stem().and_then(|name| name.to_str());
        if is_key && name.is_some_and(|name| name.starts_with("signing-")) {
            found.push(beside);
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a new key's file.
pub(super) fn new_key() -> Zeroizing<String> {
    Zeroizing::new(BASE64.encode(generate()))
}

/// PKCS#8 in its first version: all readers of such keys know it.
fn generate() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().expect("the system has randomness");
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> =
        pair.as_der().expect("a fresh key can be encoded");
    der.as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_named_as_the_standard_says() {
        // The example of RFC 8037, appendix A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        assert_eq!(super::thumbprint(x), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
