//! `registre data`: line for line what the published client prints, and its exit codes.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::{Exit, Service, tool};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Command,
};

const ADA: [&str; 4] = ["--email", "ada@example.com", "--password", "secret"];

/// `registre data` with `given`, at `url`, with nothing of the caller's environment.
fn data(url: &str, given: &[&str]) -> Command {
    let mut command = tool();
    for variable in ["EMAIL", "PASSWORD", "TOKEN", "TIMEOUT", "LOG_LEVEL"] {
        command.env_remove(format!("DEMO_API_{variable}"));
    }
    command.env("DEMO_API_BASE_URL", url).arg("data").args(given);
    command
}

/// A service that knows Ada.
async fn service() -> Result<Service> {
    let service = Service::standalone().await?;
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "secret" });
    let answer = service.client().post("/auth/signup", &ada).await?;
    anyhow::ensure!(answer.status == 200, "{answer:?}");
    Ok(service)
}

async fn run(service: &Service, given: &[&str]) -> Result<Exit> {
    let given = [given, &ADA].concat();
    let exit = Exit::of(data(&service.url, &given)).await?;
    assert!(!exit.said.contains("secret") && !exit.printed.contains("secret"));
    Ok(exit)
}

fn entries(list: &Value) -> Result<&Vec<Value>> {
    list.as_array().context("it is a list")
}

fn read(path: &Path) -> Result<(String, Value)> {
    let text = std::fs::read_to_string(path)?;
    let value = serde_json::from_str(&text)?;
    Ok((text, value))
}

/// How `user` is shown.
fn person(user: &Value) -> Option<String> {
    Some(format!("{} ({})", user["name"].as_str()?, user["email"].as_str()?))
}

/// How `vm` is shown.
fn machine(vm: &Value) -> Option<String> {
    let (name, system) = (vm["name"].as_str()?, vm["operating_system"].as_str()?);
    Some(format!("{name} ({system}) - {}c/{}GB", vm["cpu_cores"], vm["ram_gb"]))
}

#[tokio::test]
async fn users_are_created_in_lots_and_shown_line_for_line() -> Result<()> {
    let service = service().await?;
    let given = ["users", "--count", "7", "--batch-size", "3", "--delay", "0.1", "--verbose"];
    let exit = run(&service, &given).await?;
    let users = service.client().get("/user").await?.body;
    let shown: Vec<String> = entries(&users)?.iter().skip(1).filter_map(person).collect();
    assert_eq!(shown.len(), 7, "{}", exit.printed);
    let done = |range: std::ops::Range<usize>| {
        shown[range].iter().map(|one| format!("   ✅ {one}\n")).collect::<Vec<_>>().concat()
    };
    let preview = (0..5).map(|index| format!("   {}. {}\n", index + 1, shown[index]));
    let preview = preview.collect::<Vec<_>>().concat();
    let expected = format!(
        "👥 Création de 7 utilisateurs via l'API...\n\
         🔐 Authentifié avec succès sur {}\n\
         📝 Création du lot 1: utilisateurs 1-3\n{}\
         📝 Création du lot 2: utilisateurs 4-6\n{}\
         📝 Création du lot 3: utilisateurs 7-7\n{}\
         \n✅ Création terminée !\n📊 Statistiques:\n\
         \u{20}  • Utilisateurs créés: 7\n   • Taux de succès: 100.0%\n\
         \n🔍 Aperçu des utilisateurs créés:\n{preview}   ... et 2 autres utilisateurs\n",
        service.url,
        done(0..3),
        done(3..6),
        done(6..7),
    );
    assert_eq!((exit.code, exit.printed), (Some(0), expected));
    Ok(())
}

#[tokio::test]
async fn machines_go_to_everybody_in_turn_and_the_spread_is_told() -> Result<()> {
    let service = service().await?;
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("vms.json");
    let ada = json!({ "email": "ada@example.com", "password": "secret" });
    let token = service.client().post("/auth/login", &ada).await?.body["authToken"].clone();
    let client = service.client().with_token(token.as_str().context("no token")?);
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": "secret" });
    client.post("/user", &bob).await?;

    let path = output.display().to_string();
    let given = ["vms", "-c", "3", "-b", "3", "-d", "0.1", "-o", &path];
    let exit = run(&service, &given).await?;
    let vms = service.client().get("/vm").await?.body;
    let shown: Vec<String> = entries(&vms)?.iter().filter_map(machine).collect();
    let expected = format!(
        "🖥️ Création de 3 VMs via l'API...\n\
         🔐 Authentifié avec succès sur {}\n\
         📋 Récupération des utilisateurs existants...\n\
         👥 2 utilisateurs disponibles pour l'association des VMs\n\
         🖥️ Création du lot 1: VMs 1-3\n   ✅ {}\n   ✅ {}\n   ✅ {}\n\
         \n✅ Création terminée !\n📊 Statistiques:\n   • VMs créées: 3\n\
         \u{20}  • Répartition par utilisateur:\n\
         \u{20}     - Ada: 2 VMs\n      - Bob: 1 VMs\n   • Taux de succès: 100.0%\n\
         💾 Dataset sauvegardé: {path}\n",
        service.url, shown[0], shown[1], shown[2],
    );
    assert_eq!((exit.code, exit.printed), (Some(0), expected));
    let (_, saved) = read(&output)?;
    assert_eq!((&saved["users"], &saved["vms"]), (&json!([]), &vms));
    Ok(())
}

#[tokio::test]
async fn a_whole_dataset_is_created_saved_and_counted() -> Result<()> {
    let service = service().await?;
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("dataset.json");
    let path = output.display().to_string();
    let given = [
        "full-dataset",
        "-u",
        "4",
        "--vms",
        "6",
        "-b",
        "20",
        "-v",
        "--concurrency",
        "5",
        "-o",
        &path,
    ];
    let exit = run(&service, &given).await?;
    assert_eq!(exit.code, Some(0), "{} {}", exit.printed, exit.said);
    for line in [
        "🎯 Création d'un dataset complet: 4 utilisateurs + 6 VMs",
        "📝 Création du lot 1: utilisateurs 1-4",
        "🖥️ Création du lot 1: VMs 1-6",
        "✅ Dataset créé avec succès !",
        "📊 Statistiques finales:",
        "   • Utilisateurs créés: 4",
        "   • VMs créées: 6",
        "   • Taux de succès utilisateurs: 100.0%",
        "   • Taux de succès VMs: 100.0%",
        "🔍 Aperçu des données créées:",
        "👥 Utilisateurs (premiers 3):",
        "🖥️ VMs (premiers 3):",
        &format!("💾 Dataset sauvegardé: {path}"),
    ] {
        assert!(exit.printed.lines().any(|printed| printed == line), "{line}: {}", exit.printed);
    }
    for step in ["👥 Étape 1/2: ", "🖥️ Étape 2/2: "] {
        assert!(exit.printed.lines().any(|printed| printed.starts_with(step)), "{step}");
    }

    let (text, saved) = read(&output)?;
    assert!(text.starts_with("{\n    \"created_at\": \""), "{text}");
    let users = entries(&saved["users"])?;
    let listed = service.client().get("/user").await?.body;
    let mut created = entries(&listed)?[1..].to_vec();
    created.sort_by_key(|user| users.iter().position(|saved| saved == user));
    assert_eq!(users, &created, "what the service answered is what it holds");
    let counted: BTreeMap<&str, &Value> = saved["statistics"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    let expected = [
        ("total_users", &json!(4)),
        ("total_vms", &json!(6)),
        ("user_success_rate", &json!(100.0)),
        ("vm_success_rate", &json!(100.0)),
    ];
    assert_eq!(counted, expected.into());

    let status = run(&service, &["status"]).await?;
    let expected = format!(
        "📊 Récupération du statut de l'API...\n🔐 Authentifié avec succès sur {0}\n\
         📋 Récupération des données...\n\n📊 Statut actuel de l'API:\n{1}{0}\n\
         \u{20}  • Utilisateurs total: 5\n   • VMs totales: 6\n   • Utilisateurs avec VMs: 4\n\
         \u{20}  • Moyenne VMs/utilisateur: 1.2\n",
        service.url, "   • URL de l'API: ",
    );
    assert_eq!((status.code, status.printed), (Some(0), expected));
    Ok(())
}

#[tokio::test]
async fn whoever_cannot_log_in_is_told_so_and_nothing_is_created() -> Result<()> {
    let service = service().await?;
    let refused = "❌ Impossible de s'authentifier avec l'API\n";
    let advice =
        "💡 Utilisez --email et --password ou configurez les identifiants dans la config\n";
    let wrong = ["users", "--email", "ada@example.com", "--password", "wrong"];
    let exit = Exit::of(data(&service.url, &wrong)).await?;
    let header = "👥 Création de 10 utilisateurs via l'API...\n";
    let expected = format!("{header}{refused}{advice}❌ Erreur lors de la création: 1\n");
    assert_eq!((exit.code, exit.printed), (Some(1), expected));

    // The environment is asked next, and a token of its own is taken as it is.
    let mut command = data(&service.url, &["status", "--email", "x@y.fr", "--password", "wrong"]);
    command.env("DEMO_API_EMAIL", "ada@example.com").env("DEMO_API_PASSWORD", "secret");
    assert_eq!(Exit::of(command).await?.code, Some(0));
    let mut command = data(&service.url, &["users", "-c", "2"]);
    command.env("DEMO_API_TOKEN", "canary-91");
    let exit = Exit::of(command).await?;
    assert_eq!(exit.code, Some(1), "all failed: {}", exit.printed);
    assert!(exit.printed.contains("   ❌ Erreur pour l'utilisateur 2: 401"), "{}", exit.printed);
    assert!(!exit.printed.contains("canary-91") && !exit.said.contains("canary-91"));

    let closed = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", closed.local_addr()?);
    drop(closed);
    let exit = Exit::of(data(&url, &[&["status"], &ADA[..]].concat())).await?;
    let lines: Vec<&str> = exit.printed.lines().collect();
    assert_eq!((exit.code, lines.len()), (Some(1), 5), "{}", exit.printed);
    assert_eq!(lines[1].trim(), refused.trim());
    assert!(lines[2].contains(&url), "address and cause: {}", lines[2]);
    assert_eq!(lines[4], "❌ Erreur lors de la récupération: 1");
    Ok(())
}

#[tokio::test]
async fn without_users_there_is_nobody_to_make_machines_for() -> Result<()> {
    let service = Service::standalone().await?;
    let mut command = data(&service.url, &["vms"]);
    command.env("DEMO_API_TOKEN", "unlooked-at");
    let exit = Exit::of(command).await?;
    assert_eq!(exit.code, Some(1));
    let last: Vec<&str> = exit.printed.lines().skip(3).collect();
    let advice = "💡 Créez d'abord des utilisateurs avec la commande 'users'";
    assert_eq!(last, ["❌ Aucun utilisateur trouvé dans l'API", advice]);
    Ok(())
}

#[tokio::test]
async fn what_is_out_of_range_is_a_usage_error() -> Result<()> {
    for given in [
        &["users", "-c", "0"][..],
        &["users", "-c", "101"],
        &["users", "-b", "21"],
        &["users", "-d", "0.05"],
        &["users", "-d", "5.1"],
        &["vms", "--count", "201"],
        &["full-dataset", "--users", "101"],
        &["full-dataset", "--vms", "0"],
        &["full-dataset", "-v", "50"],
        &["nothing"],
    ] {
        let exit = Exit::of(data("http://127.0.0.1:1", given)).await?;
        assert_eq!(exit.code, Some(2), "{given:?}: {}", exit.printed);
    }
    Ok(())
}

#[tokio::test]
async fn the_generators_work_without_any_api() -> Result<()> {
    let nowhere = "http://127.0.0.1:1";
    let version = Exit::of(data(nowhere, &["version"])).await?;
    let expected = "create-data-via-api v1.0.0\nPowered by Faker 🎲 + API unifiée 🚀\n";
    assert_eq!((version.code, version.printed.as_str()), (Some(0), expected));
    let check = Exit::of(data(nowhere, &["check"])).await?;
    assert_eq!(check.code, Some(0), "{}", check.printed);

    let folder = tempfile::tempdir()?;
    let output = folder.path().join("vm_users.json");
    let path = output.display().to_string();
    let exit = Exit::of(data(nowhere, &["generate", "-u", "50", "-o", &path])).await?;
    assert_eq!(exit.code, Some(0), "{}", exit.printed);
    let (_, saved) = read(&output)?;
    assert_eq!((entries(&saved["users"])?.len(), entries(&saved["vms"])?.len()), (50, 50));
    let nowhere_to_write = folder.path().join("nothing").join("there.json");
    let path = nowhere_to_write.display().to_string();
    let exit = Exit::of(data(nowhere, &["generate", "-o", &path])).await?;
    assert_eq!(exit.code, Some(1), "{}", exit.printed);
    Ok(())
}

#[tokio::test]
async fn what_another_api_refuses_is_counted_and_the_rest_goes_on() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    // Takes three of four, and says of the first that its address is taken.
    let api = tokio::spawn(async move {
        let duplicate = r#"{"message":"Duplicate record detected."}"#;
        let broken = r#"{"message":"Broken."}"#;
        let answers = [(400, duplicate), (200, r#"{"id":1}"#), (500, broken), (200, r#"{"id":2}"#)];
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await?;
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                stream.read_buf(&mut request).await?;
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} Told\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await?;
        }
        anyhow::Ok(())
    });
    let mut command = data(&url, &["users", "-c", "3", "-d", "0.1"]);
    command.env("DEMO_API_TOKEN", "unlooked-at");
    let exit = Exit::of(command).await?;
    api.await??;
    assert_eq!(exit.code, Some(0), "some were created: {}", exit.printed);
    let failed = "   ❌ Erreur pour l'utilisateur 2: 500 Internal Server Error: Broken.";
    for line in [
        failed,
        "   • Utilisateurs créés: 2",
        "   • Taux de succès: 66.7%",
        "   • Adresses déjà prises, refusées: 1",
    ] {
        assert!(exit.printed.lines().any(|printed| printed == line), "{line}: {}", exit.printed);
    }
    Ok(())
}

#[tokio::test]
async fn on_a_terminal_a_bar_stands_for_the_lines() -> Result<()> {
    let service = service().await?;
    let given = ["users", "-c", "7", "-b", "7", "-v"];
    let plain = data(&service.url, &[&given[..], &ADA].concat());
    // `script` runs it on a terminal of its own and passes on what that shows.
    let words = [plain.as_std().get_program()].into_iter().chain(plain.as_std().get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &words.join(" "), "/dev/null"]);
    terminal.env("DEMO_API_BASE_URL", &service.url).env("TERM", "xterm").env_remove("NO_COLOR");
    let exit = Exit::of(terminal).await?;
    assert_eq!(exit.code, Some(0), "{} {}", exit.printed, exit.said);
    assert!(exit.printed.contains("/7 utilisateurs"), "a bar: {}", exit.printed);
    for line in ["📝 Création du lot", "   ✅ "] {
        assert!(!exit.printed.contains(line), "{line}: {}", exit.printed);
    }
    // Once everything is there, the bar has gone, and what is left is as without it.
    let (_, left) = exit.printed.split_once("✅ Création terminée !").context("it ends")?;
    assert!(left.contains("   • Utilisateurs créés: 7"), "{left}");
    assert!(left.contains("   ... et 2 autres utilisateurs"), "{left}");
    Ok(())
}
