//! A log that proves its name.

use std::fs;

use eventlog::{
    EventLog, ExpectedRevision, Filter, ReadError, Signal,
    server::{EmbeddedLog, Options, StartError, Tls},
};
use futures::StreamExt;
use tempfile::TempDir;

use crate::{PATIENT, facts};

/// A certificate for this machine, signed by itself.
fn certificate(folder: &TempDir) -> Tls {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let tls = Tls {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    fs::write(&tls.certificate, made.cert.pem()).unwrap();
    fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    tls
}

fn options(folder: &TempDir, listen: &str, password: Option<&str>, tls: Option<Tls>) -> Options {
    Options {
        directory: folder.path().join("log"),
        listen: listen.parse().unwrap(),
        password: password.map(str::to_owned),
        tls,
    }
}

#[tokio::test]
async fn beyond_loopback_a_log_asks_for_tls_and_a_password() {
    let folder = TempDir::new().unwrap();
    let tls = certificate(&folder);
    for (password, tls) in [(None, None), (Some("secret"), None), (None, Some(tls.clone()))] {
        let started = EmbeddedLog::start(options(&folder, "0.0.0.0:0", password, tls)).await;
        assert!(matches!(started, Err(StartError::NotLoopback(_))), "{started:?}");
    }
    let started = EmbeddedLog::start(options(&folder, "0.0.0.0:0", Some("secret"), Some(tls)));
    started.await.unwrap().shutdown().await;
}

#[tokio::test]
async fn whoever_trusts_the_certificate_and_knows_the_password_is_let_in() {
    let folder = TempDir::new().unwrap();
    let tls = certificate(&folder);
    let authority = format!("&tlsCaFile={}", tls.certificate.display());
    let log = EmbeddedLog::start(options(&folder, "127.0.0.1:0", Some("secret"), Some(tls))).await;
    let log = log.unwrap();

    let url = log.connection_string() + &authority;
    let client = EventLog::connect(&url, PATIENT).await.unwrap();
    client.append("one", ExpectedRevision::NoStream, facts(0..1)).await.unwrap();

    let wrong = url.replace("secret", "wrong");
    let client = EventLog::connect(&wrong, PATIENT).await.unwrap();
    assert!(matches!(client.head().await, Err(ReadError::Denied)));
    log.shutdown().await;
}

/// Why nothing at `url` can be followed.
async fn refusal(url: &str) -> String {
    let client = EventLog::connect(url, PATIENT).await.unwrap();
    match client.subscribe_all(Filter::None, None).next().await {
        Some(Signal::Lost(reason)) => reason,
        signal => panic!("{signal:?}"),
    }
}

#[tokio::test]
async fn unknown_authority_and_missing_tls_on_either_side_are_told_apart() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let tls = Some(certificate(&folder));
    let private = EmbeddedLog::start(options(&folder, "127.0.0.1:0", None, tls)).await.unwrap();
    let open = EmbeddedLog::start(options(&other, "127.0.0.1:0", None, None)).await.unwrap();

    let untrusted = refusal(&private.connection_string()).await;
    assert!(untrusted.contains("its certificate is not trusted here"), "{untrusted}");
    let url = private.connection_string().replace("tls=true", "tls=false");
    let wanted = refusal(&url).await;
    assert!(wanted.contains("wants TLS"), "{wanted}");
    let url = open.connection_string().replace("tls=false", "tls=true");
    let missing = refusal(&url).await;
    assert!(missing.contains("does not speak TLS"), "{missing}");
}

#[tokio::test]
async fn a_log_that_listens_everywhere_is_found_where_its_caller_has_found_it() {
    let folder = TempDir::new().unwrap();
    let tls = certificate(&folder);
    let authority = tls.certificate.display().to_string();
    let log = EmbeddedLog::start(options(&folder, "0.0.0.0:0", Some("secret"), Some(tls))).await;
    let log = log.unwrap();

    let port = log.address().port();
    let url = format!("esdb+discover://admin:secret@localhost:{port}?tlsCaFile={authority}");
    let client = EventLog::connect(&url, PATIENT).await.unwrap();
    client.append("one", ExpectedRevision::NoStream, facts(0..1)).await.unwrap();
    log.shutdown().await;
}

#[tokio::test]
async fn a_certificate_that_is_none_is_named() {
    let folder = TempDir::new().unwrap();
    let tls = certificate(&folder);
    fs::write(&tls.key, "no key").unwrap();
    let started = EmbeddedLog::start(options(&folder, "127.0.0.1:0", None, Some(tls))).await;
    assert!(matches!(started, Err(StartError::Tls(_))), "{started:?}");
}
