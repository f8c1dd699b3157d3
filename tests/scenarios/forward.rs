//! Forwarded ports, over real sockets of this machine: so the time here is the machine's, and nothing but the screen is waited for.

use std::net::SocketAddr;

use dogwatch::demo::resource;
use dogwatch::demo::store::DeleteOptions;
use dogwatch::journal::Journal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Session, Setup};
use crate::journal::lines;
use crate::snapshots::{picture, picture_of};
use crate::steer::changes;

/// Asks as a browser does; what came, or why nothing did. The session runs meanwhile.
async fn get(session: &mut Session, at: SocketAddr) -> String {
    let ask = tokio::spawn(async move {
        let mut stream = TcpStream::connect(at).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    });
    while !ask.is_finished() {
        session.run_for(std::time::Duration::from_millis(20)).await;
    }
    ask.await.unwrap().unwrap_or_else(|error| error.to_string())
}

/// Where the only forward listens.
fn local(session: &Session) -> SocketAddr {
    session.state().forwards.all()[0].local[0]
}

fn pod(session: &Session) -> String {
    session.state().forwards.all()[0].pod.clone()
}

/// Forwards a free port to the service on top.
async fn forwarded(setup: Setup) -> Session {
    let mut session = Box::pin(setup.live()).await;
    session.press("3 F").await;
    session.until_text("ports of service/api-status: 8080:80").await;
    session.press("ctrl-u").await;
    session.type_text("0:80").await;
    session.press("enter").await;
    session.until_text(" is service/api-status:80 (pod ").await;
    session
}

#[tokio::test]
async fn a_service_is_reached_also_when_its_pod_goes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = forwarded(Setup::default().size(160, 40).writes().journal(&journal)).await;
    let (at, first) = (local(&session), pod(&session));
    let answer = get(&mut session, at).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(&first), "{answer}");
    session.press("f").await;
    session.until_text("0/1").await;
    session.sees("service/api-status:80");
    session.sees(&first);

    let gone = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    session.cluster.store().delete(resource::PODS, "production", &first, &gone).unwrap();
    let answer = get(&mut session, at).await;
    let second = pod(&session);
    assert_ne!(first, second);
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains(&second), "{answer}");
    session.until_text(&format!("leads to pod {second} now: {first} is gone or not ready")).await;
    session.until_text("0/2").await;

    session.press("x").await;
    session.until_text("nothing is forwarded").await;
    assert!(TcpStream::connect(at).await.is_err(), "nobody listens any more");
    let written = lines(&mut session, &journal, 2).await;
    let lines: Vec<(&str, &str)> =
        written.iter().map(|entry| (entry.outcome.as_str(), entry.object.as_str())).collect();
    assert_eq!(lines, [("opened", "service/api-status"), ("closed", "service/api-status")]);
    assert!(written[1].words.starts_with("2 connections, "), "{:?}", written[1]);
    assert!(!std::fs::read_to_string(journal.path()).unwrap().contains("HTTP"), "never the content");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test]
async fn a_port_that_is_in_use_is_said_and_nothing_is_listed() {
    let mut session = Setup::default().size(160, 40).writes().live().await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    session.press("3 F").await;
    session.until_text("ports of service/").await;
    session.press("ctrl-u").await;
    session.type_text(&format!("{port}:80")).await;
    session.press("enter").await;
    session.until_text(&format!("port {port} is in use on 127.0.0.1")).await;
    assert!(session.state().forwards.all().is_empty());
    // The question stays, so that what is typed next is another port and no key of the screen below.
    session.sees(&format!("{port}:80"));
    session.press("ctrl-u").await;
    session.type_text("0:81").await;
    session.press("enter").await;
    session.until_text("service api-status has no port 81").await;
}

/// Nothing connects here, so the session's own time will do.
#[tokio::test(start_paused = true)]
async fn the_list_of_forwards() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = forwarded(Setup::default().size(width, height).writes()).await;
        session.press("f").await;
        session.run_for(std::time::Duration::from_secs(30)).await;
        // The free port is another one each time, of five digits.
        let screen = session.screen().replace(&local(&session).to_string(), "127.0.0.1:40000");
        picture_of(&format!("forwards-{width}x{height}"), &screen);
    }
}

/// A row has no room for it.
#[tokio::test]
async fn why_a_connection_failed_is_seen_whole() {
    let mut session = Setup::default().size(80, 24).writes().live().await;
    session.press("2 F").await;
    session.until_text(" ports of pod/api-status-blue-").await;
    session.press("ctrl-u").await;
    session.type_text("0:9").await;
    session.press("enter").await;
    session.until_text(" is pod/api-status-blue-").await;
    let at = local(&session);
    get(&mut session, at).await;
    session.press("f").await;
    session.until_text("LAST ERROR of pod/api-status-blue-").await;
    session.sees("failed ");
    let (said, _) = session.state().forwards.all()[0].error.clone().unwrap();
    let shown = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.len() > 30 && shown.contains(&said), "{said:?}\n{shown}");
    // The keys of the list are about forwards.
    session.sees("copy address");
    session.press("?").await;
    session.sees("Copy the address on this machine");
    session.sees("Stop the forward");
    session.sees_no("Copy the name to the clipboard");
}

#[tokio::test(start_paused = true)]
async fn one_that_others_reach_says_so_before_it_begins_and_while_it_is_there() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        session.press("3 F").await;
        session.until_text("ports of service/api-status: 8080:80").await;
        session.press("ctrl-u").await;
        session.type_text("0.0.0.0:0:80").await;
        session.sees("open to others");
        session.press("enter").await;
        session.until_text("is service/api-status:80 (pod ").await;
        session.press("f").await;
        session.until_text("> ").await;
        session.sees("  open to others");
    }
}

#[tokio::test]
async fn all_end_with_the_program() {
    let mut session = forwarded(Setup::default().size(120, 40).writes()).await;
    let at = local(&session);
    assert!(TcpStream::connect(at).await.is_ok());
    session.press("Q").await;
    drop(session);
    for _ in 0..50 {
        if TcpStream::connect(at).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{at} still listens");
}

#[tokio::test(start_paused = true)]
async fn read_only_forwards_nothing() {
    let mut session = Setup::default().size(120, 40).live().await;
    session.press("3 F").await;
    session.sees("read-only: forward needs create pods/portforward");
    session.press("f").await;
    session.sees("nothing is forwarded");
    let asked = session.cluster.requests();
    assert!(!asked.iter().any(|request| request.path_and_query.contains("portforward")));
}

#[tokio::test(start_paused = true)]
async fn the_empty_list() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).writes().live().await;
        session.press("f").await;
        picture(&format!("forwards-empty-{width}x{height}"), &session);
    }
}

/// The name of the pod alone would fill the line.
#[tokio::test(start_paused = true)]
async fn what_is_typed_is_seen_on_a_narrow_terminal() {
    let mut session = Setup::default().size(80, 24).writes().live().await;
    session.press("2 F").await;
    session.until_text(" ports of pod/api-status-blue-").await;
    session.press("ctrl-u").await;
    session.type_text("12345:http").await;
    session.sees(": 12345:http");
    session.type_text(" 9").await;
    session.sees(": 12345:http 9");
    session.sees_no("LOCAL:REMOTE");
}
