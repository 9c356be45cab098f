//! The page, in a real browser.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use tests::{Service, patient};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::watch,
};

use super::audit::ADMIN;
use crate::named_parts::Parts;

/// The folder with what Node needs.
const BROWSER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/browser");

/// A browser with the page, and what it says.
struct Page {
    child: Child,
    says: Lines<BufReader<ChildStdout>>,
    hears: ChildStdin,
}

/// A folder below `target` with the packages that the browser is driven by, and its pictures.
async fn room() -> Result<PathBuf> {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(room.join("pictures"))?;
    for file in ["package.json", "package-lock.json", "dashboard.mjs"] {
        fs::copy(Path::new(BROWSER).join(file), room.join(file))?;
    }
    let install = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    let installed = Command::new("npm").args(install).current_dir(&room).output().await?;
    ensure!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    Ok(room)
}

/// The browser that is installed, if one is.
fn chromium() -> Option<PathBuf> {
    let names = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    names.into_iter().map(PathBuf::from).find(|path| path.exists())
}

/// An address that stays the same while the service behind it comes and goes.
async fn front(behind: watch::Receiver<Option<SocketAddr>>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let behind = *behind.borrow();
            tokio::spawn(async move {
                let Some(behind) = behind else { return };
                if let Ok(mut service) = TcpStream::connect(behind).await {
                    // Whoever ends it, the other one notices.
                    let _ended = copy_bidirectional(&mut client, &mut service).await;
                }
            });
        }
    });
    Ok(address)
}

fn address(service: &Service) -> Result<SocketAddr> {
    service.url.strip_prefix("http://").context("a URL")?.parse().context("an address")
}

impl Page {
    fn open(room: &Path, url: &str) -> Result<Self> {
        let mut command = Command::new("node");
        command.args(["dashboard.mjs", url, ADMIN.0, ADMIN.1, "pictures"]).current_dir(room);
        if let Some(chromium) = chromium() {
            command.env("CHROMIUM", chromium);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let says = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let hears = child.stdin.take().context("it is piped")?;
        Ok(Self { child, says, hears })
    }

    async fn said(&mut self) -> Result<String> {
        patient(self.says.next_line()).await??.context("the browser has ended")
    }

    async fn tell(&mut self, words: &str) -> Result<()> {
        Ok(self.hears.write_all(format!("{words}\n").as_bytes()).await?)
    }
}

/// A service on `parts`, with an administrator.
async fn serve(parts: &Parts) -> Result<Service> {
    let mut command = parts.command();
    command.env("FIRST_SUPERUSER_EMAIL", ADMIN.0).env("FIRST_SUPERUSER_PASSWORD", ADMIN.1);
    let mut service = Service::start(command, &parts.data()).await?;
    service.expect_errors();
    Ok(service)
}

#[tokio::test]
async fn the_page_shows_what_happens_recovers_without_a_gap_and_travels_in_time() -> Result<()> {
    if chromium().is_none() {
        println!("skipped: there is no chromium");
        return Ok(());
    }
    let room = room().await?;
    let parts = Parts::start().await?;
    let service = serve(&parts).await?;
    let (ada, _) = service.client().join("ada").await?;
    assert_eq!(ada.create_event("Fête de la musique").await?.status, 200);
    let (behind, watched) = watch::channel(Some(address(&service)?));
    let mut page = Page::open(&room, &format!("http://{}/", front(watched).await?))?;
    assert_eq!(page.said().await?, "connected");

    let registered = service.client().register("bob").await?;
    page.tell(registered.header("registre-position").context("a position")?).await?;
    assert_eq!(page.said().await?, "told");

    behind.send_replace(None);
    service.kill().await?;
    let again = serve(&parts).await?;
    assert_eq!(page.said().await?, "cut");
    let missed = again.client().register("eve").await?;
    behind.send_replace(Some(address(&again)?));
    page.tell(missed.header("registre-position").context("a position")?).await?;
    assert_eq!(page.said().await?, "recovered 2");
    assert_eq!(page.said().await?, "travelled");
    assert_eq!(page.said().await?, "renewed");
    // As if a fact had been skipped.
    parts.run_sql("UPDATE checkpoints SET counted = counted - 1").await?;
    page.tell("planted").await?;
    assert_eq!(page.said().await?, "red");
    assert_eq!(page.said().await?, "done");
    assert!(patient(page.child.wait()).await??.success());
    again.stop().await?;
    parts.log.shutdown().await;
    Ok(())
}
