//! A Postgres for the tests of one process, with a database for each.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio_postgres::NoTls;

/// Ends the server and removes its files when this process, however it ends, lets go of the pipe.
const KEEPER: &str = r#"folder=$0
"$@" & server=$!
cat > /dev/null
kill -QUIT $server
wait $server
rm -rf "$folder""#;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    folder: PathBuf,
    _keeper: Child,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("registre").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let cluster = folder.join("cluster");
        let mut initdb = Command::new("initdb");
        initdb.args(["-U", "registre", "-A", "trust", "-E", "UTF8", "--locale=C", "-D"]);
        let made = unprivileged(initdb.arg(&cluster)).current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = Command::new("postgres");
        postgres.arg("-D").arg(&cluster).args(["-c", "fsync=off", "-c", "listen_addresses="]);
        postgres.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        let postgres = unprivileged(&mut postgres);
        let keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .arg(&folder)
            .arg(postgres.get_program())
            .args(postgres.get_args())
            .env("PATH", path())
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { folder, _keeper: keeper }
    }
}

/// Postgres refuses to run as root.
fn unprivileged(command: &mut Command) -> Command {
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut wrapped = if is_root {
        let mut wrapped = Command::new("setpriv");
        wrapped.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        wrapped.arg(command.get_program());
        wrapped
    } else {
        Command::new(command.get_program())
    };
    wrapped.args(command.get_args()).env("PATH", path());
    wrapped
}

/// Where programs are, Postgres's own folder first.
fn path() -> String {
    let newest = |root: &Path| {
        let versions = fs::read_dir(root).ok()?.flatten();
        versions.map(|version| version.path().join("bin")).max()
    };
    let own = env::var("PG_BIN").map(PathBuf::from).ok();
    let own = own.or_else(|| newest(Path::new("/usr/lib/postgresql"))).unwrap_or_default();
    format!("{}:{}", own.display(), env::var("PATH").unwrap_or_default())
}

/// The address of a database that nobody else uses.
pub(crate) async fn database() -> String {
    let server = format!("host={} user=registre", SERVER.folder.display());
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let admin = format!("{server} dbname=postgres");
    // It may still be starting.
    let (client, connection) = loop {
        match tokio_postgres::connect(&admin, NoTls).await {
            Ok(connected) => break connected,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    format!("{server} dbname={name}")
}
