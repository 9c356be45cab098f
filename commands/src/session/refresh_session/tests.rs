//! Refresh tokens: the rule, and what a real log makes of it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::{
    collection::vec,
    prelude::{any, prop_assert, proptest},
    sample::Index,
};
use schema::{
    Fact, RefreshReuseDetected, SessionFact, SessionRefreshed, StreamName, caps::SESSION_LIFETIME,
};

use super::{RefreshSession, RefreshSessionRejected, Refreshed, Session};
use crate::{
    Commands, ExecuteError,
    decision::Decide,
    testing::{
        ADA, NOON, SESSION, Scene, ada_logged_in, ada_logged_out, fold, given, newcomer, request,
    },
    user::LogIn,
};

fn with(generation: u64) -> RefreshSession {
    RefreshSession { session: SESSION, generation }
}

fn refreshed(generation: u64) -> Fact {
    SessionRefreshed { session: SESSION, user: ADA, generation, at: NOON }.into()
}

#[test]
fn the_last_token_gets_a_successor() {
    given([ada_logged_in()]).when(&with(0)).then([refreshed(1)]);
    given([ada_logged_in(), refreshed(1)]).when(&with(1)).then([refreshed(2)]);
}

#[test]
fn a_token_whose_successor_was_never_used_gets_it_again() {
    given([ada_logged_in(), refreshed(1)]).when(&with(0)).then([]);
}

#[test]
fn check_31_a_token_whose_successor_was_used_ends_the_session() {
    let detected = RefreshReuseDetected { session: SESSION, user: ADA, generation: 0, at: NOON };
    given([ada_logged_in(), refreshed(1), refreshed(2)])
        .when(&with(0))
        .then([detected.clone().into()]);
    given([ada_logged_in(), refreshed(1), refreshed(2), detected.into()])
        .when(&with(2))
        .then_rejected(&RefreshSessionRejected::Over);
}

#[test]
fn check_34_a_session_that_is_over_unknown_or_too_old_is_not_refreshed() {
    let over = RefreshSessionRejected::Over;
    given([]).when(&with(0)).then_rejected(&over);
    given([ada_logged_in(), ada_logged_out()]).when(&with(0)).then_rejected(&over);
    given([ada_logged_in()]).when(&with(1)).then_rejected(&over);
    let session = fold(&[ada_logged_in()]);
    assert!(with(0).decide(&session, NOON + SESSION_LIFETIME - TimeDelta::seconds(1)).is_ok());
    assert_eq!(with(0).decide(&session, NOON + SESSION_LIFETIME), Err(over));
}

async fn refresh(
    commands: &Commands,
    command: RefreshSession,
) -> Result<Refreshed, ExecuteError<RefreshSessionRejected>> {
    commands.refresh_session(&command, &request()).await
}

#[tokio::test]
async fn check_32_racers_with_one_token_get_one_successor() {
    let scene = Scene::open().await;
    let (commands, other) = (&scene.commands, scene.other_process());
    let ada = newcomer("Ada");
    commands.register_user(&ada, &request()).await.unwrap();
    let login = LogIn { email: Some(ada.email), password: ada.password };
    let session = commands.log_in(&login, &request()).await.unwrap().session;
    let command = RefreshSession { session, generation: 0 };
    let (one, two) = tokio::join!(refresh(commands, command), refresh(&other, command));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.generation, one.since), (two.generation, two.since));
    let facts = scene.facts(&StreamName::Session(session)).await;
    assert_eq!(facts.len(), 2, "{facts:?}");

    refresh(commands, RefreshSession { session, generation: 1 }).await.unwrap();
    let replayed = refresh(commands, command).await;
    assert!(
        matches!(replayed, Err(ExecuteError::Rejected(RefreshSessionRejected::Reused))),
        "{replayed:?}"
    );
    assert_eq!(commands.living_session(session).await.unwrap(), None);
    let child = refresh(commands, RefreshSession { session, generation: 2 }).await;
    assert!(matches!(child, Err(ExecuteError::Rejected(RefreshSessionRejected::Over))));
    scene.close().await;
}

/// A refresh between its reading and its append.
struct UnderWay {
    generation: u64,
    read: usize,
    decided: Result<Vec<Fact>, RefreshSessionRejected>,
}

fn reuse(facts: &[Fact]) -> bool {
    facts.iter().any(|fact| matches!(fact, Fact::Session(SessionFact::RefreshReuseDetected(_))))
}

/// The last successors of the tokens `held`: what each of them leads to that is still answered.
fn descendants(held: &[u64], session: &Session) -> BTreeSet<u64> {
    let answered = held.iter().filter_map(|generation| {
        let facts = with(*generation).decide(session, NOON).ok()?;
        (!reuse(&facts)).then_some((*generation + 1).min(session.generation))
    });
    answered.collect()
}

proptest! {
    /// Three who hold tokens of one session send them as they like, copies of old ones among them.
    #[test]
    fn check_31_however_refreshes_interleave_never_two_descendants_live(
        steps in vec((0..3_usize, any::<Index>()), 1..60),
    ) {
        let (mut facts, mut held) = (vec![ada_logged_in()], vec![0]);
        let mut under_way: [Option<UnderWay>; 3] = [None, None, None];
        for (who, token) in steps {
            match under_way[who].take() {
                None => {
                    let generation = *token.get(&held);
                    let decided = with(generation).decide(&fold(&facts), NOON);
                    let read = facts.len();
                    under_way[who] = Some(UnderWay { generation, read, decided });
                }
                // Nothing came in between, and something is to be written.
                Some(UnderWay { generation, read, decided: Ok(new) }) if read == facts.len() => {
                    let successor = (!reuse(&new)).then_some(generation + 1);
                    facts.extend(new);
                    held.extend(successor);
                }
                Some(UnderWay { .. }) => {}
            }
            let session: Session = fold(&facts);
            let living = descendants(&held, &session);
            prop_assert!(living.len() <= 1, "{living:?} of {facts:?}");
            prop_assert!(living.is_empty() || !session.ended);
        }
    }
}
