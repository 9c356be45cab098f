//! Requests that are sent again, against a real log.

use schema::{
    Amount, EventDate, Fact, IdKind, LogFact, MessageText, Role, StreamName, UserId, VmId, VmStatus,
};

use super::{KeyReused, Seen, Sent};
use crate::{
    Commands, ExecuteError, Request,
    event::{CreateEvent, CreateEventRejected},
    machine::{AttachVm, Build, ChangeVm, CreateVm, DeleteVm},
    message::SendMessage,
    testing::{Scene, line, newcomer, password, request},
    user::{ChangePassword, ChangeRole, EraseUser, LogIn},
};

fn sent<'a>(key: &'a str, body: &'a str) -> Sent<'a> {
    Sent { method: "POST", target: "/api/v1/things", key, body }
}

/// A request of `actor`'s under the name `key`, as it comes each time.
async fn keyed(
    commands: &Commands,
    actor: Option<UserId>,
    key: &str,
    kind: Option<IdKind>,
) -> Request {
    let request = Request { actor, ..request() };
    commands.accept(request, sent(key, "{}"), kind).await.unwrap()
}

fn event(organizer: UserId, title: &str) -> CreateEvent {
    let (description, location) = (line("Dans la rue"), line("Lyon"));
    let date = EventDate::parse("2030-06-21").unwrap();
    CreateEvent { organizer, title: line(title), description, date, location }
}

fn machine(owner: UserId) -> CreateVm {
    let one = Amount::parse(1).unwrap();
    let build = Build {
        name: line("web"),
        operating_system: line("Debian 12"),
        cpu_cores: one,
        ram_gb: one,
        disk_gb: one,
        status: VmStatus::Running,
    };
    CreateVm { owner, build }
}

fn renamed(vm: VmId, caller: UserId, name: &str) -> ChangeVm {
    ChangeVm {
        vm,
        caller,
        owner: None,
        name: Some(line(name)),
        operating_system: None,
        cpu_cores: None,
        ram_gb: None,
        disk_gb: None,
        status: None,
    }
}

#[tokio::test]
async fn of_two_racers_with_one_business_value_one_is_told_success() {
    let scene = Scene::open().await;
    let (commands, other) = (&scene.commands, scene.other_process());
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let one = keyed(commands, Some(ada), "one", Some(IdKind::Event)).await;
    let two = keyed(&other, Some(ada), "two", Some(IdKind::Event)).await;
    let fete = event(ada, "F\u{ea}te");
    let (first, second) =
        tokio::join!(commands.create_event(&fete, &one), other.create_event(&fete, &two));
    let refused = match (first, second) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        other => panic!("{other:?}"),
    };
    assert!(matches!(refused, ExecuteError::Rejected(CreateEventRejected::TitleTaken)));
    scene.close().await;
}

#[tokio::test]
async fn a_keyed_post_that_crashed_after_its_data_key_is_sealed_with_the_key_that_stands() {
    let scene = Scene::open().await;
    let mut crashing = scene.other_process();
    let mut stopped = crashing.pauses.arm("has_stored_a_data_key");
    let first = keyed(&crashing, None, "one", Some(IdKind::User)).await;
    let task = tokio::spawn(async move {
        crashing.register_user(&newcomer("Ada"), &first).await.map(|ada| ada.user)
    });
    stopped.arrived().await;
    task.abort();

    let commands = &scene.commands;
    let again = keyed(commands, None, "one", Some(IdKind::User)).await;
    let ada = commands.register_user(&newcomer("Ada"), &again).await.unwrap().user;
    assert_eq!(scene.facts(&StreamName::Key(ada)).await.len(), 1);
    // Whoever reads the key from the log opens what was sealed.
    commands.vault.forget(ada);
    let login = LogIn { email: Some(newcomer("Ada").email), password: password("secret") };
    assert_eq!(commands.log_in(&login, &request()).await.unwrap().user, ada);
    scene.close().await;
}

#[tokio::test]
async fn two_instances_that_serve_one_keyed_request_use_one_id_and_give_it_to_nobody_else() {
    let scene = Scene::open().await;
    let (commands, other) = (&scene.commands, scene.other_process());
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let (one, two) = tokio::join!(
        keyed(commands, Some(ada), "one", Some(IdKind::Event)),
        keyed(&other, Some(ada), "one", Some(IdKind::Event)),
    );
    assert_eq!((one.id, &one.kept), (two.id, &two.kept));
    let fete = event(ada, "F\u{ea}te");
    let (first, second) =
        tokio::join!(commands.create_event(&fete, &one), other.create_event(&fete, &two));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.event, first.position), (second.event, second.position));
    assert_eq!(scene.facts(&StreamName::Event(first.event)).await.len(), 1);
    for (commands, title) in [(commands, "a"), (&other, "b")] {
        let next = commands.create_event(&event(ada, title), &request()).await.unwrap();
        assert_ne!(next.event, first.event);
    }
    scene.close().await;
}

#[tokio::test]
async fn a_keyed_delete_whose_answer_was_lost_is_answered_as_the_first_time() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let vm = commands.create_vm(&machine(ada), &request()).await.unwrap().machine.vm;
    let command = DeleteVm { vm, caller: ada };
    let first = commands.delete_vm(&command, &keyed(commands, Some(ada), "one", None).await).await;
    let again = commands.delete_vm(&command, &keyed(commands, Some(ada), "one", None).await).await;
    assert_eq!(first.unwrap(), again.unwrap());

    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
    let command = EraseUser { user: bob };
    let first = commands.erase_user(&command, &keyed(commands, Some(ada), "two", None).await).await;
    let again = commands.erase_user(&command, &keyed(commands, Some(ada), "two", None).await).await;
    assert!(first.is_ok() && again.is_ok(), "{again:?}");
    scene.close().await;
}

#[tokio::test]
async fn two_strangers_who_send_one_key_with_different_bodies_both_go_through() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let stranger = async |body: &str| {
        commands.accept(request(), sent("1", body), Some(IdKind::User)).await.unwrap()
    };
    let (one, two) = (stranger("ada").await, stranger("bob").await);
    assert_ne!(one.id, two.id);
    let ada = commands.register_user(&newcomer("Ada"), &one).await.unwrap().user;
    let bob = commands.register_user(&newcomer("Bob"), &two).await.unwrap().user;
    assert_ne!(ada, bob);
    // Their own request, sent again, is known again.
    let again = commands.register_user(&newcomer("Ada"), &stranger("ada").await).await;
    assert_eq!(again.unwrap().user, ada);
    scene.close().await;
}

#[tokio::test]
async fn one_key_with_another_body_is_refused_and_another_route_or_caller_is_another_request() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
    let first = keyed(commands, Some(ada), "one", None).await;
    let by = |actor| Request { actor: Some(actor), ..request() };
    let other = commands.accept(by(ada), sent("one", "{ }"), None).await;
    assert!(matches!(other, Err(ExecuteError::Rejected(KeyReused))), "{other:?}");
    let elsewhere = Sent { target: "/api/v1/others", ..sent("one", "{ }") };
    for other in [
        commands.accept(by(ada), elsewhere, None).await.unwrap(),
        commands.accept(by(bob), sent("one", "{ }"), None).await.unwrap(),
    ] {
        assert_ne!(other.id, first.id);
    }
    // No body stands in the log, not even as a hash that could be guessed at.
    let kept = scene.facts(&StreamName::Request(first.id)).await;
    let [Fact::Log(LogFact::RequestAccepted(kept))] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(kept.mac, commands.vault.keyed_hash("request", "{}"));
    scene.close().await;
}

#[tokio::test]
async fn what_was_done_is_told_again_whatever_has_happened_since() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let bob = commands.register_user(&newcomer("Bob"), &request()).await.unwrap().user;
    let made = keyed(commands, Some(ada), "make", Some(IdKind::Vm)).await;
    let vm = commands.create_vm(&machine(ada), &made).await.unwrap().machine.vm;

    let saw = async |revision: u64| {
        let seen = Seen::Revisions(vec![revision]);
        Request { seen, ..keyed(commands, Some(ada), "change", None).await }
    };
    let change = renamed(vm, ada, "db");
    let first = commands.change_vm(&change, &saw(0).await).await.unwrap();
    assert_eq!((first.machine.name.as_str(), first.revision), ("db", 1));
    let stale = Request { seen: Seen::Revisions(vec![0]), ..request() };
    let moved = commands.change_vm(&renamed(vm, ada, "x"), &stale).await;
    assert!(matches!(moved, Err(ExecuteError::Moved)), "{moved:?}");

    let attach = AttachVm { vm, caller: ada, owner: bob };
    commands.attach_vm(&attach, &request()).await.unwrap();
    // It is Bob's, and at another revision: the retry is told what it did all the same.
    assert_eq!(commands.change_vm(&change, &saw(0).await).await.unwrap(), first);
    let again = keyed(commands, Some(ada), "make", Some(IdKind::Vm)).await;
    assert_eq!(commands.create_vm(&machine(ada), &again).await.unwrap().machine.name, "web");
    scene.close().await;
}

#[tokio::test]
async fn a_changed_password_need_not_be_proven_again_and_a_message_is_sent_once() {
    let scene = Scene::open().await;
    let commands = &scene.commands;
    let ada = commands.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let command = ChangePassword {
        user: ada,
        current: Some(password("secret")),
        new: password("another"),
        keep: None,
    };
    for _ in 0..2 {
        let request = keyed(commands, Some(ada), "one", None).await;
        commands.change_password(&command, &request).await.unwrap();
    }
    let text = MessageText::parse("Bonjour !").unwrap();
    let command = SendMessage { sender: ada, receiver: ada, text };
    let mut sent = Vec::new();
    for _ in 0..2 {
        let request = keyed(commands, Some(ada), "two", Some(IdKind::Message)).await;
        sent.push(commands.send_message(&command, &request).await.unwrap());
    }
    assert_eq!(sent[0], sent[1]);
    scene.close().await;
}

#[tokio::test]
async fn a_retry_enters_the_roster_where_the_first_try_did_not_come_so_far() {
    let scene = Scene::open().await;
    let mut crashing = scene.other_process();
    let ada = crashing.register_user(&newcomer("Ada"), &request()).await.unwrap().user;
    let mut stopped = crashing.pauses.arm("has_amended");
    let command = ChangeRole { user: ada, role: Role::Admin };
    let first = keyed(&crashing, Some(ada), "one", None).await;
    let task = tokio::spawn(async move { crashing.change_role(&command, &first).await.is_ok() });
    stopped.arrived().await;
    task.abort();
    assert_eq!(scene.facts(&StreamName::AdminRoster).await.len(), 0);

    let again = keyed(&scene.commands, Some(ada), "one", None).await;
    let person = scene.commands.change_role(&command, &again).await.unwrap().person.unwrap();
    assert_eq!(person.role, Role::Admin);
    assert_eq!(scene.facts(&StreamName::AdminRoster).await.len(), 1);
    scene.close().await;
}
