//! How the end of a change is announced: by the terminal, by a command, and only when that was asked for.

use std::time::Duration;

use crate::harness::{Session, Setup};
use crate::steer::read_the_plan;

/// Scales `api-status-blue` to 4, and asks for the announcement before confirming.
async fn scale(session: &mut Session, asks: bool) {
    session.press("s").await;
    session.type_text("4").await;
    session.press("enter").await;
    read_the_plan(session).await;
    session.press(if asks { "b y" } else { "y" }).await;
}

async fn to_the_end(session: &mut Session) {
    session.until_text("done: 4 of 4 ready").await;
    session.run_for(Duration::from_secs(5)).await;
}

const WORDS: &str = "scale deployment/api-status-blue: done: 4 of 4 ready";

#[tokio::test(start_paused = true)]
async fn each_way_sends_its_own_sequence_once() {
    let bell = "\u{7}".to_owned();
    let osc9 = format!("\u{1b}]9;{WORDS}\u{7}");
    let osc777 = format!("\u{1b}]777;notify;dogwatch;{WORDS}\u{7}");
    for (ways, announced) in [
        (&["bell"][..], bell.clone()),
        (&["osc9"], osc9.clone()),
        (&["osc777"], osc777.clone()),
        (&["bell", "osc9", "osc777"], bell + &osc9 + &osc777),
        (&[], String::new()),
    ] {
        let mut session = Setup::default().size(120, 40).writes().live().await;
        session.app.state.settings.ring = ways.iter().map(|way| (*way).to_owned()).collect();
        scale(&mut session, true).await;
        assert_eq!(session.sent(), b"", "{ways:?}: it has not ended");
        to_the_end(&mut session).await;
        assert_eq!(String::from_utf8(session.sent()).unwrap(), announced, "{ways:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asked_for_is_silent() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rung");
    let mut session =
        Setup::default().size(120, 40).writes().ring_command(&["touch", file.to_str().unwrap()]).live().await;
    session.app.state.settings.ring = vec!["bell".to_owned(), "osc777".to_owned()];
    scale(&mut session, false).await;
    to_the_end(&mut session).await;
    assert_eq!(session.sent(), b"");
    tokio::task::spawn_blocking(|| std::process::Command::new("true").status()).await.unwrap().unwrap();
    assert!(!file.exists());
}

#[tokio::test(start_paused = true)]
async fn a_command_gets_the_words_as_its_last_argument() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rung");
    // Written beside and moved, so that whoever sees the file sees all of it.
    let script = "printf '%s' \"$1\" > \"$0.part\" && mv \"$0.part\" \"$0\"";
    let command = ["sh", "-c", script, file.to_str().unwrap()];
    let mut session = Setup::default().size(120, 40).writes().ring_command(&command).live().await;
    session.app.state.settings.ring = Vec::new();
    scale(&mut session, true).await;
    assert!(!file.exists(), "it has not ended");
    to_the_end(&mut session).await;
    for _ in 0..100_000 {
        if file.exists() {
            break;
        }
        // Another process is at work: real time has to pass.
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), WORDS);
}

/// A command that is not there is no trouble for the session.
#[tokio::test(start_paused = true)]
async fn a_command_that_is_not_there_disturbs_nothing() {
    let mut session =
        Setup::default().size(120, 40).writes().ring_command(&["/no/such/command"]).live().await;
    scale(&mut session, true).await;
    to_the_end(&mut session).await;
    session.sees("live");
}
