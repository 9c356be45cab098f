//! Clients that come encrypted.

use std::sync::Arc;

use api::{Encryption, Front, Limits, Origins};
use axum::{Router, routing::get};
use eventlog::server::Tls;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

/// Everything that is answered to one request over `stream`.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    let request = b"GET /fine HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut heard = Vec::new();
    // An end without a goodbye is an end.
    let _ended = async {
        stream.write_all(request).await?;
        stream.read_to_end(&mut heard).await
    }
    .await;
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn whoever_comes_encrypted_is_answered_and_told_to_stay_so_and_others_hear_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
    let tls = Tls {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&tls.certificate, made.cert.pem()).expect("the folder is there");
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).expect("the folder is there");
    let encryption = Encryption::new(tls.config(&["http/1.1"]).expect("they fit"));

    let router = Router::new().route("/fine", get(async || "fine"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let (_show, front) = watch::channel(Front::new(router, &Origins::Any));
    let shutdown = CancellationToken::new();
    let serving = api::serve(
        vec![Arc::new(listener)],
        front,
        Limits::default(),
        Some(encryption),
        shutdown.clone(),
    );
    let serving = tokio::spawn(serving);

    let mut trusted = RootCertStore::empty();
    let own = CertificateDer::from_pem_file(&tls.certificate).expect("it was just written");
    trusted.add(own).expect("it is a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("it is a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let heard = ask(stream.expect("the certificate is trusted")).await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.ends_with("fine"), "{heard}");
    assert!(heard.contains("strict-transport-security: max-age=63072000"), "{heard}");

    let heard = ask(TcpStream::connect(address).await.expect("it listens")).await;
    assert!(!heard.contains("HTTP/1.1"), "{heard}");
    shutdown.cancel();
    serving.await.expect("it ends in order");
}
