//! Starting and stopping the log.

use std::{
    fs::{self, File},
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot, watch},
    task::spawn_blocking,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    alarm::Alarm,
    chance, chores,
    fact::{Format, METADATA_KIND, Proposed},
    log::Log,
    net::{Credentials, Tls, TlsError, accept},
    room::Room,
    rpc::READS_MAX,
    storage::{self, Lock, LockError, Readers, WitnessSync},
    writer::{self, Change, Disk, Expected, Queue, Refusal, Request, Running},
};

/// How long a shutdown waits for calls to end by themselves.
const DRAIN_MAX: Duration = Duration::from_secs(5);
/// How many threads patterns of filters may keep busy.
const PATTERNS_AT_A_TIME: usize = 2;
/// Stream of the fact that every log begins with; clients rely on a log not being empty.
const FIRST_STREAM: &str = "$$$stats";

/// Where a log lives and how it is reached.
#[derive(Clone, Debug)]
pub struct Options {
    /// Holds everything that the log stores. Created if missing.
    pub directory: PathBuf,
    /// A loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// What the user `admin` has to send; `None` admits everybody who reaches the port. At least
    /// one letter, digit or `-._~`, and nothing else, because it has to fit into a connection
    /// string.
    pub password: Option<String>,
    /// What it proves its name with. Without it, it listens on loopback only.
    pub tls: Option<Tls>,
}

/// Why a log could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Without TLS and a password, everybody who passes by could read and write.
    #[error("the log listens beyond loopback, on {0}, only with TLS and a password")]
    NotLoopback(SocketAddr),
    /// See [`Options::tls`].
    #[error("the log's certificate or key cannot be used")]
    Tls(#[from] TlsError),
    /// See [`Options::password`].
    #[error("the log's password is empty or does not fit into a connection string")]
    Password,
    /// Another log runs on the directory, in this process or in another one.
    #[error("another log runs on {0}")]
    Taken(PathBuf),
    /// The directory or the port cannot be had.
    #[error("log in {directory} cannot be started")]
    Io {
        /// Its directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is stored cannot be used.
    #[error("log in {directory} cannot be opened")]
    Storage {
        /// Its directory.
        directory: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An event log in one directory, for one process, that speaks the protocol of `EventStoreDB`.
#[derive(Debug)]
pub struct EmbeddedLog;

/// A running log. Dropping it stops the log without waiting; see [`Handle::shutdown`].
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    password: Option<String>,
    encrypted: bool,
    log: Arc<Log>,
    writer: Option<JoinHandle<()>>,
}

impl EmbeddedLog {
    /// Start a log. It is bound and answers when this returns.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Handle, StartError> {
        let Options { directory, listen, password, tls } = options;
        if !listen.ip().is_loopback() && (tls.is_none() || password.is_none()) {
            return Err(StartError::NotLoopback(listen));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let refused = |password: &String| password.is_empty() || !password.chars().all(fits);
        if password.as_ref().is_some_and(refused) {
            return Err(StartError::Password);
        }
        let encrypted = tls.is_some();
        let acceptor = tls.as_ref().map(Tls::acceptor).transpose()?;
        let unusable = |source| StartError::Io { directory: directory.clone(), source };
        let listener = TcpListener::bind(listen).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let at = directory.clone();
        let opened = spawn_blocking(move || Opened::open(&at)).await;
        let Opened { writer, readers, witness, alarm } =
            opened.map_err(|error| unusable(error.into()))??;
        // Not among the log's tasks, which are waited for before the writer ends.
        tokio::spawn(writer::answer(writer.answers));

        let log = Arc::new(Log {
            queue: writer.queue,
            readers,
            tail: writer.tail,
            credentials: Credentials::new(password.as_deref()),
            patterns: Semaphore::new(PATTERNS_AT_A_TIME),
            reads: Arc::new(Semaphore::new(READS_MAX)),
            room: Room::new(),
            tasks: TaskTracker::new(),
            address,
            instance: chance::new_id(),
            alarm,
            inspected: watch::Sender::new(None),
            stopping: CancellationToken::new(),
            killed: CancellationToken::new(),
        });
        if log.tail.head() == 0 {
            write_first_fact(&log.queue).await.map_err(|_| StartError::Storage {
                directory,
                source: "its first fact cannot be written".into(),
            })?;
        }
        log.tasks.spawn(accept(listener, acceptor, Arc::clone(&log)));
        log.tasks.spawn(chores::keep_witness(Arc::clone(&log), witness));
        log.tasks.spawn(chores::purge_expired(Arc::clone(&log)));
        log.tasks.spawn(chores::scrub(Arc::clone(&log), writer.unscrubbed));
        log.tasks.spawn(chores::end_if_damaged(Arc::clone(&log)));
        log.tasks.spawn(chores::inspect(Arc::clone(&log)));
        let writer = Some(writer.thread);
        Ok(Handle { address, password, encrypted, log, writer })
    }
}

impl Handle {
    /// Where the log listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client connects with. Holds the password.
    #[must_use]
    pub fn connection_string(&self) -> String {
        let user = match &self.password {
            Some(password) => format!("{}:{password}@", super::net::USER),
            None => String::new(),
        };
        // A client waits for `discoveryInterval` before its first call, and ignores a keep-alive
        // below 10 s.
        format!(
            "esdb://{user}{}?tls={}&discoveryInterval=20&maxDiscoverAttempts=10&keepAliveInterval=10000",
            self.address, self.encrypted
        )
    }

    /// Completes once the log can write no more until it is started again. Reads go on, unless
    /// there is [`Handle::damage`], or the disk has failed to keep what already stands in the file:
    /// then the log is only followed up to there.
    pub fn failed(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.log.alarm.raised()
    }

    /// What was found damaged, and where: by whoever read it, or by the look at everything after
    /// the start. A log that is damaged is not served any more.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        self.log.alarm.damage()
    }

    /// Completes once all was looked at that was there at the start, and says how long that took.
    /// It never completes if something is damaged.
    pub fn inspected(&self) -> impl Future<Output = Duration> + Send + 'static + use<> {
        let mut inspected = self.log.inspected.subscribe();
        async move {
            match inspected.wait_for(Option::is_some).await.ok().and_then(|elapsed| *elapsed) {
                Some(elapsed) => elapsed,
                None => std::future::pending().await,
            }
        }
    }

    /// End every subscription with `UNAVAILABLE`, let other calls finish for a few seconds, and
    /// let go of the directory.
    pub async fn shutdown(mut self) {
        self.log.stopping.cancel();
        self.log.tasks.close();
        if timeout(DRAIN_MAX, self.log.tasks.wait()).await.is_err() {
            tracing::warn!("calls to the log that did not end by themselves are cut");
            self.log.killed.cancel();
            self.log.tasks.wait().await;
        }
        let Some(writer) = self.writer.take() else { return };
        // The last way to the writer goes with the log, and then its thread ends.
        drop(self);
        if spawn_blocking(move || writer.join()).await.is_err() {
            tracing::warn!("the log's writer did not end in order");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.log.stopping.cancel();
        self.log.killed.cancel();
    }
}

/// What lies in the directory, ready to be used.
struct Opened {
    writer: Running,
    readers: Readers,
    witness: WitnessSync,
    alarm: Alarm,
}

impl Opened {
    fn open(directory: &Path) -> Result<Self, StartError> {
        let unusable = |source| StartError::Io { directory: directory.to_owned(), source };
        create(directory).map_err(unusable)?;
        let lock = Lock::take(directory).map_err(|error| match error {
            LockError::Taken => StartError::Taken(directory.to_owned()),
            LockError::Io(source) => unusable(source),
        })?;
        Self::open_locked(directory, lock)
            .map_err(|source| StartError::Storage { directory: directory.to_owned(), source })
    }

    fn open_locked(
        directory: &Path,
        lock: Lock,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let alarm = Alarm::new();
        let disk = Disk::open(directory)?;
        let (seal, witness) = (disk.seal().clone(), disk.syncing());
        let writer = writer::start(disk, lock, alarm.clone())?;
        let tail = Arc::clone(&writer.tail);
        let readers = Readers::new(storage::file(directory), seal, alarm.clone(), tail);
        Ok(Self { writer, readers, witness, alarm })
    }
}

/// Make `directory` and those that it lies in, so that they are found again after a power cut.
fn create(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    create(parent)?;
    fs::create_dir(directory)?;
    File::open(parent)?.sync_all()
}

async fn write_first_fact(queue: &Queue) -> Result<(), Refusal> {
    let (answer, answered) = oneshot::channel();
    let first = Proposed {
        id: chance::new_id(),
        kind: METADATA_KIND.to_owned(),
        format: Format::Json,
        metadata: Bytes::new(),
        data: Bytes::from_static(b"{}"),
    };
    let request = Request {
        stream: FIRST_STREAM.to_owned(),
        expected: Expected::Last(None),
        size: first.size(),
        change: Change::Append(vec![first]),
        deadline: Instant::now() + DRAIN_MAX,
        reply: Box::new(move |outcome| {
            let _gone = answer.send(outcome);
        }),
    };
    queue.submit(request).await;
    answered.await.unwrap_or(Err(Refusal::Stopped)).map(drop)
}
