//! Personal data inside a fact.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// Data about a person, which leaves this process only sealed.
///
/// Writing it out while it is [`Personal::Clear`] is an error, so that no code path can put a name
/// or an address into the log or on the bus by forgetting a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal<T> {
    /// Readable, in memory only.
    Clear(T),
    /// Encrypted under the data key of its subject, base64. Stays so once that key is gone.
    Sealed(String),
}

impl<T> Personal<T> {
    /// The data, unless it is sealed.
    pub fn clear(&self) -> Option<&T> {
        match self {
            Self::Clear(data) => Some(data),
            Self::Sealed(_) => None,
        }
    }
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear(_) => {
                Err(serde::ser::Error::custom("personal data must be sealed before it is written"))
            }
            Self::Sealed(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::Sealed)
    }
}

/// What the vault needs of a [`Personal`], whatever it holds.
pub trait Sealable: Send {
    /// The clear bytes, `None` when sealed.
    fn clear_bytes(&self) -> Option<Vec<u8>>;
    /// The sealed text, `None` when clear.
    fn sealed_text(&self) -> Option<&str>;
    /// Replaces what is there by its sealed form.
    fn put_sealed(&mut self, text: String);
    /// Replaces what is there by what `bytes` say; `false` when they say nothing readable.
    fn put_clear(&mut self, bytes: &[u8]) -> bool;
}

impl<T: Serialize + DeserializeOwned + Send> Sealable for Personal<T> {
    fn clear_bytes(&self) -> Option<Vec<u8>> {
        self.clear().map(|data| serde_json::to_vec(data).expect("plain structs always serialise"))
    }

    fn sealed_text(&self) -> Option<&str> {
        match self {
            Self::Clear(_) => None,
            Self::Sealed(text) => Some(text),
        }
    }

    fn put_sealed(&mut self, text: String) {
        *self = Self::Sealed(text);
    }

    fn put_clear(&mut self, bytes: &[u8]) -> bool {
        let Ok(data) = serde_json::from_slice(bytes) else { return false };
        *self = Self::Clear(data);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Personal;

    #[test]
    fn clear_data_cannot_be_written() {
        assert!(serde_json::to_string(&Personal::Clear("Ada")).is_err());
    }

    #[test]
    fn sealed_data_is_written_as_its_text() {
        let sealed = Personal::<String>::Sealed("b64".to_owned());
        assert_eq!(serde_json::to_string(&sealed).unwrap(), "\"b64\"");
    }
}
