//! Signed checkpoints: what a tree was, in C2SP's formats `tlog-checkpoint` and `signed-note`.

use std::{fmt, path::Path};

use aws_lc_rs::{
    encoding::AsDer,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use schema::LogId;
use sha2::{Digest, Sha256};
use vault::{SecretFileError, secret_file};
use zeroize::Zeroizing;

use super::Hash;

/// Marks an Ed25519 key, in a key's text and in what its id is made of.
const ED25519_KIND: u8 = 1;

/// What a tree was when it had so many leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which tree: the log's name.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Signs checkpoints.
pub struct Signer(Ed25519KeyPair);

/// Verifies checkpoints: a key and the name that it signs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: Vec<u8>,
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// Its file does not hold a key.
    #[error("{0} does not hold an Ed25519 key (PKCS#8, base64)")]
    Malformed(String),
}

/// Why a text is not a checkpoint that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has not the form of one.
    #[error("not a checkpoint")]
    Malformed,
    /// The key has not signed it, or not this.
    #[error("the checkpoint is not signed by this key")]
    Unsigned,
    /// The text is no key.
    #[error("not a key for checkpoints")]
    NoKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// The name of the tree over the facts of `log`, under which its checkpoints are signed, too.
#[must_use]
pub fn origin(log: LogId) -> String {
    format!("registre/{log}")
}

impl Signer {
    /// The key in `path`; made on first use.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn open(path: &Path) -> Result<Self, SignerError> {
        let malformed = || SignerError::Malformed(path.display().to_string());
        let text = secret_file(path, || Zeroizing::new(BASE64.encode(generate())))?;
        let der = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| malformed())?);
        Ed25519KeyPair::from_pkcs8(&der).map(Self).map_err(|_| malformed())
    }

    /// `checkpoint` as a signed note.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let name = &checkpoint.origin;
        let mut signature = self.verifier(name).id().to_vec();
        signature.extend(self.0.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {name} {}\n", BASE64.encode(signature))
    }

    /// What verifies this key's signatures under `name`.
    #[must_use]
    pub fn verifier(&self, name: &str) -> Verifier {
        Verifier { name: name.to_owned(), public: self.0.public_key().as_ref().to_vec() }
    }
}

/// PKCS#8 in its first version: all readers of such keys know it.
fn generate() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().expect("the system has randomness");
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'static> =
        pair.as_der().expect("a fresh key can be encoded");
    der.as_ref().to_vec()
}

impl Checkpoint {
    /// What is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let size = size.parse().ok().filter(|parsed: &u64| parsed.to_string() == size)?;
        let root = BASE64.decode(root).ok()?.try_into().ok()?;
        Some(Self { origin: origin.to_owned(), size, root })
    }
}

impl Verifier {
    /// Reads a key as [`Verifier`]'s `Display` writes it.
    ///
    /// # Errors
    ///
    /// [`NoteError::NoKey`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::NoKey);
        };
        let key = BASE64.decode(key).map_err(|_| NoteError::NoKey)?;
        let Some((&ED25519_KIND, public)) = key.split_first() else { return Err(NoteError::NoKey) };
        let verifier = Self { name: name.to_owned(), public: public.to_vec() };
        (hex(&verifier.id()) == id).then_some(verifier).ok_or(NoteError::NoKey)
    }

    /// What `note` says, if this key has signed it.
    ///
    /// # Errors
    ///
    /// [`NoteError`].
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let text = format!("{text}\n");
        let ours = signatures.lines().filter_map(|line| {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let signature = BASE64.decode(signature).ok()?;
            let (id, signature) = signature.split_at_checked(4)?;
            (name == self.name && id == self.id()).then(|| signature.to_vec())
        });
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        let mut verified = ours.filter(|signature| key.verify(text.as_bytes(), signature).is_ok());
        verified.next().ok_or(NoteError::Unsigned)?;
        Checkpoint::parse(&text).ok_or(NoteError::Malformed)
    }

    /// What a signature line names the key by.
    fn id(&self) -> [u8; 4] {
        let hash: Hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519_KIND])
            .chain_update(&self.public)
            .finalize()
            .into();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519_KIND], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), BASE64.encode(key))
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, NoteError, Signer, Verifier};

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint { origin: "registre/test".to_owned(), size, root: [7; 32] }
    }

    fn signer() -> Signer {
        Signer::open(&tempfile::tempdir().unwrap().path().join("checkpoint.key")).unwrap()
    }

    #[test]
    fn what_was_signed_is_read_by_whoever_has_the_key() {
        let signer = signer();
        let key = signer.verifier("registre/test").to_string();
        let verifier = Verifier::parse(&key).unwrap();
        assert_eq!(verifier.open(&signer.sign(&checkpoint(12))), Ok(checkpoint(12)));
    }

    #[test]
    fn what_another_key_signed_under_another_name_or_not_at_all_does_not_count() {
        let signed = signer();
        let note = signed.sign(&checkpoint(12));
        let verifier = signed.verifier("registre/test");
        assert_eq!(signer().verifier("registre/test").open(&note), Err(NoteError::Unsigned));
        assert_eq!(signed.verifier("registre/other").open(&note), Err(NoteError::Unsigned));
        let forged = note.replace("\n12\n", "\n13\n");
        assert_eq!(verifier.open(&forged), Err(NoteError::Unsigned));
        assert_eq!(verifier.open("registre/test\n12\n"), Err(NoteError::Malformed));
    }

    #[test]
    fn a_key_with_a_flipped_digit_is_none() {
        let key = signer().verifier("registre/test").to_string();
        let (name, rest) = key.split_once('+').unwrap();
        assert_eq!(Verifier::parse(&format!("{name}x+{rest}")), Err(NoteError::NoKey));
        assert_eq!(Verifier::parse(name), Err(NoteError::NoKey));
    }
}
