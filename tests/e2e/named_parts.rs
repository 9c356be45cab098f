//! A service that is given addresses uses those and starts nothing of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use eventlog::server::{EmbeddedLog, Handle, Options};
use futures::StreamExt;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Service, registre};
use tokio::process::{Child, Command};
use tokio_postgres::NoTls;

/// A nats-server of the test's own, killed with it.
pub(crate) struct Broker {
    pub(crate) url: String,
    folder: PathBuf,
    child: Child,
}

impl Broker {
    async fn start(folder: &Path) -> Result<Self> {
        let (child, url) = nats_server(folder, "-1").await?;
        Ok(Self { url, folder: folder.to_owned(), child })
    }

    /// Sends `signal` to its process.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        Ok(kill_process(pid.context("it has ended already")?, signal)?)
    }

    /// Ends it as `kill -9` does.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again where it was, with nothing of what it has kept.
    pub(crate) async fn start_empty(&mut self) -> Result<()> {
        fs::remove_dir_all(self.folder.join("store"))?;
        let port = self.url.rsplit(':').next().context("an URL has a port")?;
        self.child = nats_server(&self.folder, port).await?.0;
        Ok(())
    }
}

async fn nats_server(folder: &Path, port: &str) -> Result<(Child, String)> {
    let path = std::env::var("PATH").unwrap_or_default();
    let child = Command::new("nats-server")
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/bin:/opt/homebrew/bin"))
        .args(["-a", "127.0.0.1", "-p", port, "--jetstream", "--store_dir"])
        .arg(folder.join("store"))
        .arg("--ports_file_dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let ports = folder.join(format!("nats-server_{}.ports", child.id().context("it has ended")?));
    let told = || serde_json::from_slice::<Value>(&fs::read(&ports).ok()?).ok();
    tests::until(|| told().is_some()).await?;
    let told = told().context("the ports are gone")?;
    Ok((child, told["nats"][0].as_str().context("it names no port")?.to_owned()))
}

async fn log(folder: &Path) -> Result<Handle> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let directory = folder.join("log");
    Ok(EmbeddedLog::start(Options { directory, listen, password: None, tls: None }).await?)
}

/// Log, NATS and a database, none of which the service has started.
pub(crate) struct Parts {
    pub(crate) log: Handle,
    pub(crate) broker: Broker,
    pub(crate) database: String,
    folder: TempDir,
    /// Its Postgres is lent to the others; none while that is stopped.
    lender: Option<Service>,
}

impl Parts {
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let broker = Broker::start(folder.path()).await?;
        let log = log(folder.path()).await?;
        let lender = Service::standalone().await?;
        let password = fs::read_to_string(lender.data().join("keys/postgres.password"))?;
        let socket = lender.data().join("postgres/socket");
        let admin = format!("host={} user=registre password={password}", socket.display());
        create_database(&format!("{admin} dbname=registre")).await?;
        let database = format!("{admin} dbname=lent");
        fs::create_dir_all(folder.path().join("data"))?;
        Ok(Self { log, broker, database, folder, lender: Some(lender) })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// How a service is started that is given all three.
    pub(crate) fn command(&self) -> Command {
        let mut command = registre(&self.data());
        command.env("EVENTSTORE_URL", self.log.connection_string());
        command.env("DATABASE_URL", &self.database).env("NATS_URL", &self.broker.url);
        command
    }

    /// A service that is given all three and does only the work of `roles`.
    pub(crate) async fn serve_as(&self, roles: &str) -> Result<Service> {
        let mut command = self.command();
        command.args(["--role", roles]);
        Service::start(command, &self.data()).await
    }

    /// Stops Postgres.
    pub(crate) async fn stop_postgres(&mut self) -> Result<()> {
        self.lender.as_mut().context("it is stopped already")?.halt().await
    }

    /// Starts it again, where it was and with what it held.
    pub(crate) async fn start_postgres(&mut self) -> Result<()> {
        let lender = self.lender.take().context("it was never there")?;
        self.lender = Some(lender.restart().await?);
        Ok(())
    }

    /// The one number that `sql` gives.
    pub(crate) async fn number(&self, sql: &str) -> Result<i64> {
        let (client, connection) = tokio_postgres::connect(&self.database, NoTls).await?;
        let connection = tokio::spawn(connection);
        let number = client.query_one(sql, &[]).await?.get(0);
        drop(client);
        connection.await??;
        Ok(number)
    }

    /// Runs `sql` in their database.
    pub(crate) async fn run_sql(&self, sql: &str) -> Result<()> {
        let (client, connection) = tokio_postgres::connect(&self.database, NoTls).await?;
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await?;
        drop(client);
        Ok(connection.await??)
    }

    /// A service that is given all three and lets one person have so many sockets.
    pub(crate) async fn serve_crowds(&self, sockets: usize) -> Result<Service> {
        let mut command = self.command();
        for limit in ["REGISTRE_SOCKETS_PER_PERSON", "REGISTRE_SOCKETS_PER_ADDRESS"] {
            command.env(limit, sockets.to_string());
        }
        Service::start(command, &self.data()).await
    }

    /// A service that is given all three.
    pub(crate) async fn serve(&self) -> Result<Service> {
        Service::start(self.command(), &self.data()).await
    }
}

#[tokio::test]
async fn two_services_on_the_same_parts_serve_the_same_people() -> Result<()> {
    let parts = Parts::start().await?;
    let one = parts.serve().await?;
    let (ada, ada_id) = one.client().join("ada").await?;
    let two = parts.serve().await?;
    let mut socket = ada.at(&two.url).socket().await?;
    ada.send(ada_id, "from one to two").await?;

    assert_eq!(socket.frame().await?["message"]["content"], json!("from one to two"));
    assert!(!parts.data().join("postgres").exists() && !parts.data().join("log").exists());
    let exits = (one.stop().await?, two.stop().await?);
    assert_eq!((exits.0.code, exits.1.code), (Some(0), Some(0)));
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_notification_names_its_place_and_the_one_before_and_tells_nothing_personal() -> Result<()>
{
    let parts = Parts::start().await?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.>").await?;
    nats.flush().await?;
    let service = parts.serve().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let first = ada.send(ada_id, "canary-one").await?;
    let second = ada.send(ada_id, "canary-two").await?;

    let message = format!("registre.new_message.{ada_id}");
    let expected = [
        ("registre.user.registered", "user.registered.v1", None),
        ("registre.user.login", "user.login.v1", None),
        (message.as_str(), "new_message.v1", Some(&first)),
        (message.as_str(), "new_message.v1", Some(&second)),
    ];
    let mut previous = Value::Null;
    for (subject, kind, sent) in expected {
        let bell = loop {
            let bell = tests::patient(bells.next()).await?.context("the bell is silent")?;
            if bell.subject.as_str() != "registre.heartbeat" {
                break bell;
            }
        };
        let told: Value = serde_json::from_slice(&bell.payload)?;
        assert_eq!((bell.subject.as_str(), &told["type"]), (subject, &json!(kind)));
        assert_eq!((&told["specversion"], &told["previous"]), (&json!("1.0"), &previous));
        if let Some(sent) = sent {
            assert_eq!(told["subject"], json!(format!("message-{}", sent.body["id"])));
            assert_eq!(told["cursor"], json!(sent.header("registre-position")));
            assert_eq!(told["data"]["receiver_id"], json!(ada_id));
        } else {
            assert_eq!(told["data"], json!({ "user_id": ada_id }));
        }
        assert!(!told.to_string().contains("canary"), "{told}");
        previous = told["cursor"].clone();
    }
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn bells_that_are_doubled_late_foreign_or_garbled_change_nothing() -> Result<()> {
    let parts = Parts::start().await?;
    let nats = async_nats::connect(&parts.broker.url).await?;
    let mut bells = nats.subscribe("registre.new_message.*").await?;
    nats.flush().await?;
    let service = parts.serve().await?;
    let (ada, ada_id) = service.client().join("ada").await?;
    let mut socket = ada.socket().await?;
    ada.send(ada_id, "0").await?;
    let first = tests::patient(bells.next()).await?.context("the bell is silent")?;
    for number in 1..10 {
        // The first bell again, late and doubled; one of another log; one that is none.
        let other = "00000000000000000000000000000001";
        let mut foreign: Value = serde_json::from_slice(&first.payload)?;
        foreign["cursor"] = json!(format!("{other}-99999"));
        foreign["previous"] = json!(format!("{other}-1"));
        for payload in [&first.payload.to_vec(), &serde_json::to_vec(&foreign)?, &b"{".to_vec()] {
            nats.publish(first.subject.clone(), payload.clone().into()).await?;
        }
        nats.flush().await?;
        ada.send(ada_id, &number.to_string()).await?;
    }
    for number in 0..10 {
        assert_eq!(socket.frame().await?["message"]["content"], json!(number.to_string()));
    }
    service.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

#[tokio::test]
async fn a_standby_goes_on_when_the_projector_before_it_is_gone() -> Result<()> {
    let parts = Parts::start().await?;
    let (one, two) = (parts.serve().await?, parts.serve().await?);
    let (ada, _) = one.client().join("ada").await?;
    let waits = async {
        while two.client().get("/health/ready").await?.body["projector"] != json!("standby") {}
        anyhow::Ok(())
    };
    tests::patient(waits).await??;
    one.stop().await?;
    let ada = ada.at(&two.url);
    // The command's answer waits for the read models; the first may come before the take-over.
    let mut titles = (0..).map(|number| format!("Fête {number}"));
    let projected = async {
        loop {
            let title = titles.next().context("there are always more")?;
            let created = ada.create_event(&title).await?;
            if created.header("registre-projected") == Some("true") {
                return anyhow::Ok(created);
            }
        }
    };
    let created = tests::patient(projected).await??;
    let events = ada.get("/events").await?.body;
    assert_eq!(events.as_array().and_then(|events| events.last()), Some(&created.body));
    let ready = ada.get("/health/ready").await?;
    assert_eq!(ready.body["projector"], json!("up"));
    two.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}

async fn create_database(address: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute("CREATE DATABASE lent").await?;
    drop(client);
    Ok(connection.await??)
}
