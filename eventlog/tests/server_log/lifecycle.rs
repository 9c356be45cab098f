//! Starting, stopping, and who may call.

use eventlog::server::{EmbeddedLog, Options, StartError};
use eventstore::{AppendToStreamOptions, Error, StreamState};
use tempfile::TempDir;

use crate::harness::{Harness, client, fact, options};

#[tokio::test]
async fn a_directory_has_one_log_at_a_time() {
    let log = Harness::start().await;
    let second = EmbeddedLog::start(options(&log.directory)).await;
    assert!(matches!(second, Err(StartError::Taken(_))), "{second:?}");
    log.restart().await;
}

#[tokio::test]
async fn several_logs_run_beside_each_other() {
    let (first, second) = (Harness::start().await, Harness::start().await);
    first.append("orders", StreamState::NoStream, &[1]).await.unwrap();
    assert!(matches!(second.read("orders").await, Err(Error::ResourceNotFound)));
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let log = Harness::start().await;
    log.append("orders", StreamState::NoStream, &[1, 2]).await.unwrap();
    let log = log.restart().await;
    assert_eq!(log.revisions("orders").await, [0, 1]);
    log.append("orders", StreamState::StreamRevision(1), &[3]).await.unwrap();
}

#[tokio::test]
async fn others_than_this_machine_cannot_listen() {
    let directory = TempDir::new().unwrap();
    let listen = "0.0.0.0:0".parse().unwrap();
    let started = EmbeddedLog::start(Options { listen, ..options(&directory) }).await;
    assert!(matches!(started, Err(StartError::NotLoopback(_))), "{started:?}");
}

#[tokio::test]
async fn only_who_knows_the_password_may_call() {
    let directory = TempDir::new().unwrap();
    let password = Some("opensesame".to_owned());
    let log = EmbeddedLog::start(Options { password, ..options(&directory) }).await.unwrap();
    let append = async |url: &str| {
        let client = client(url);
        client.append_to_stream("orders", &AppendToStreamOptions::default(), vec![fact(1)]).await
    };
    let right = log.connection_string();
    append(&right).await.unwrap();
    let wrong = append(&right.replace("opensesame", "wrong")).await;
    assert!(matches!(wrong, Err(Error::AccessDenied)), "{wrong:?}");
    let nobody = append(&right.replace("admin:opensesame@", "")).await;
    assert!(matches!(nobody, Err(Error::AccessDenied)), "{nobody:?}");
}

#[tokio::test]
async fn a_log_that_is_dropped_lets_go_of_its_directory() {
    let Harness { client, handle, directory } = Harness::start().await;
    drop((client, handle));
    loop {
        match EmbeddedLog::start(options(&directory)).await {
            Ok(_) => return,
            Err(StartError::Taken(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_log_of_an_earlier_or_a_later_format_is_refused_and_both_formats_are_named() {
    let log = Harness::start().await;
    log.handle.shutdown().await;
    for format in [2, 4] {
        let file = rusqlite::Connection::open(log.directory.path().join("log.sqlite")).unwrap();
        file.execute("UPDATE log SET format = ?1", [format]).unwrap();
        drop(file);
        let refused = EmbeddedLog::start(options(&log.directory)).await.unwrap_err();
        let why = std::error::Error::source(&refused).unwrap().to_string();
        assert_eq!(why, format!("the file holds format {format}, this program reads format 3"));
    }
}
