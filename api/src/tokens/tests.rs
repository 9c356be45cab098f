//! What no forger gets past.

use std::{fs, path::PathBuf};

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use commands::user::LoggedIn;
use eventlog::Position;
use schema::{Role, SessionId, UserId};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::Tokens;
use crate::clock::now;

/// Tokens, and the key that signs them in the hands of a forger.
struct Mint {
    tokens: Tokens,
    pair: Ed25519KeyPair,
    folder: TempDir,
}

impl Mint {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let tokens = Tokens::open(&path).unwrap();
        let der = BASE64.decode(fs::read_to_string(path).unwrap().trim()).unwrap();
        Self { tokens, pair: Ed25519KeyPair::from_pkcs8(&der).unwrap(), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("signing.key")
    }

    fn issue(&self, at: DateTime<Utc>) -> String {
        let login = LoggedIn {
            session: SessionId(Uuid::from_u128(5)),
            user: UserId(7),
            email: Some("ada@example.com".to_owned()),
            phone_number: None,
            registered_at: DateTime::<Utc>::UNIX_EPOCH,
            role: Role::User,
            position: Position(1),
        };
        self.tokens.issue(&login, at, 60)
    }

    fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "JWT", "kid": self.tokens.keys().signing_id })
    }

    /// The claims of a good token.
    fn claims(&self) -> Value {
        let token = self.issue(now());
        let claims = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }

    fn signed(&self, header: &Value, claims: &str) -> String {
        let text = unsigned(header, claims);
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    /// A good token but for `claim`, which is `value`, or missing.
    fn with(&self, claim: &str, value: Option<&str>) -> String {
        let mut claims = self.claims();
        let Some(value) = value else {
            claims.as_object_mut().unwrap().remove(claim);
            return self.signed(&self.header(), &claims.to_string());
        };
        claims[claim] = json!("@");
        let text = claims.to_string().replace("\"@\"", value);
        self.signed(&self.header(), &text)
    }

    fn proves_nothing(&self, token: &str) -> bool {
        self.tokens.verify(token).is_none()
    }
}

fn unsigned(header: &Value, claims: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}", encode(&header.to_string()), encode(claims))
}

#[test]
fn a_token_proves_whose_and_which_session_it_is() {
    let mint = Mint::open();
    let token = mint.issue(now());
    for _ in 0..2 {
        let bearer = mint.tokens.verify(&token).unwrap();
        assert_eq!(bearer.user, UserId(7));
        assert_eq!(bearer.session, SessionId(Uuid::from_u128(5)));
    }
    // What the tests below forge would be good but for what they change.
    assert!(!mint.proves_nothing(&mint.signed(&mint.header(), &mint.claims().to_string())));
}

#[test]
fn an_expired_token_and_one_from_the_future_prove_nothing() {
    let mint = Mint::open();
    assert!(mint.proves_nothing(&mint.issue(now() - TimeDelta::minutes(2))));
    assert!(mint.proves_nothing(&mint.issue(now() + TimeDelta::minutes(2))));
}

#[test]
fn a_token_of_another_key_proves_nothing() {
    assert!(Mint::open().proves_nothing(&Mint::open().issue(now())));
}

#[test]
fn a_key_that_was_replaced_is_still_believed_and_signs_no_more() {
    let mint = Mint::open();
    let old = mint.issue(now());
    fs::rename(mint.path(), mint.path().with_file_name("signing-1.key")).unwrap();
    let replaced = Mint { tokens: Tokens::open(&mint.path()).unwrap(), ..mint };
    assert!(!replaced.proves_nothing(&old));
    assert_eq!(replaced.tokens.keys().published.len(), 2);
    assert_ne!(replaced.issue(now()).split('.').next(), old.split('.').next());
    fs::remove_file(replaced.path().with_file_name("signing-1.key")).unwrap();
    assert!(Tokens::open(&replaced.path()).unwrap().verify(&old).is_none());
}

#[test]
fn check_18_and_19_no_other_algorithm_is_believed() {
    let mint = Mint::open();
    let claims = mint.claims().to_string();
    for alg in ["none", "None", "nOnE", "HS256", "ES256", "RS256", ""] {
        let mut header = mint.header();
        header["alg"] = json!(alg);
        assert!(mint.proves_nothing(&mint.signed(&header, &claims)), "{alg:?}");
        let text = unsigned(&header, &claims);
        assert!(mint.proves_nothing(&format!("{text}.")), "{alg:?}");
        assert!(mint.proves_nothing(&text), "{alg:?}");
    }
    // Signed with the public key as if it were a shared secret.
    let mut header = mint.header();
    header["alg"] = json!("HS256");
    let text = unsigned(&header, &claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, mint.pair.public_key().as_ref());
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()));
    assert!(mint.proves_nothing(&format!("{text}.{tag}")));
    assert!(mint.proves_nothing(&format!("{}.", unsigned(&mint.header(), &claims))));
}

#[test]
fn check_20_a_key_that_is_not_ours_is_not_looked_for() {
    let mint = Mint::open();
    let claims = mint.claims().to_string();
    let long = "k".repeat(10_000);
    for kid in ["../../dev/null", "' OR 1=1--", long.as_str(), "unknown", ""] {
        let mut header = mint.header();
        header["kid"] = json!(kid);
        assert!(mint.proves_nothing(&mint.signed(&header, &claims)), "{kid:.20}");
    }
    let header = json!({ "alg": "EdDSA", "typ": "JWT" });
    assert!(mint.proves_nothing(&mint.signed(&header, &claims)));
}

#[test]
fn check_21_a_key_that_the_token_brings_along_is_not_used() {
    let (mint, forger) = (Mint::open(), Mint::open());
    let x = URL_SAFE_NO_PAD.encode(forger.pair.public_key().as_ref());
    for (name, value) in [
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": x })),
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://127.0.0.1:1/key.pem")),
    ] {
        let mut header = mint.header();
        header[name] = value;
        let token = forger.signed(&header, &mint.claims().to_string());
        assert!(mint.proves_nothing(&token), "{name}");
    }
}

#[test]
fn check_22_to_24_claims_that_are_wrong_missing_or_of_another_type_prove_nothing() {
    let mint = Mint::open();
    let past = (now().timestamp() - 60).to_string();
    let future = (now().timestamp() + 60).to_string();
    let cases = [
        ("exp", vec![past.as_str(), "\"never\"", "\"99999999999\"", "-1", "1e400", "null", "[]"]),
        ("nbf", vec![future.as_str(), "\"0\"", "null"]),
        ("aud", vec!["\"other\"", "[\"registre\"]", "null"]),
        ("iss", vec!["\"other\"", "[\"registre\"]", "null"]),
        ("token_type", vec!["\"refresh\"", "\"ticket\"", "\"link\"", "null"]),
        ("sid", vec!["\"x\"", "7"]),
    ];
    for (claim, values) in cases {
        assert!(mint.proves_nothing(&mint.with(claim, None)), "no {claim}");
        for value in values {
            assert!(mint.proves_nothing(&mint.with(claim, Some(value))), "{claim}: {value}");
        }
    }
}

#[test]
fn check_26_and_27_a_signature_that_is_spelled_differently_or_cut_proves_nothing() {
    let mint = Mint::open();
    let token = mint.issue(now());
    // The last character holds two bits that mean something and four that do not.
    let last = token.chars().last().unwrap();
    let others = "AEIMQUYcgkosw048BCDFGHJ-_".chars().filter(|&other| other != last);
    for other in others {
        let altered = format!("{}{other}", &token[..token.len() - 1]);
        assert!(mint.proves_nothing(&altered), "{other}");
    }
    assert!(mint.proves_nothing(&token[..token.len() - 10]));
    assert!(mint.proves_nothing(&format!("{token}=")));
    assert!(mint.proves_nothing(&format!("{token}.")));
}

#[test]
fn rubbish_proves_nothing() {
    let mint = Mint::open();
    for text in ["", "notifications", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "..", "é.é.é"] {
        assert!(mint.proves_nothing(text), "{text:?}");
    }
}
