//! Sessions as a whole: the link, refreshed credentials, logs, single reads, and the gate at the wire.

mod breakout;
mod gate;
mod logs;
mod reads;
mod tls;
mod ways;

use std::time::Duration;

use tokio::time::Instant;

use super::testing::{Mode, Server, Session, added, bookmark, pods, status};
use super::{Cluster, ClusterEvent, Endpoint, LinkState, ObjectRef, Target};
use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::record::Kind;
use crate::model::trouble::TroubleKind;

/// Waits for the link to be down and says why; other events go into `others`.
async fn down(session: &mut Session, others: &mut Vec<ClusterEvent>) -> TroubleKind {
    loop {
        match session.any().await {
            ClusterEvent::Link(LinkState::Down { trouble, .. }) => return trouble.kind,
            other => others.push(other),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_link_is_noticed_within_ten_seconds_and_live_within_two_of_its_return() {
    for away in [1, 7, 33, 200] {
        let mut server = Server::start();
        let mut session = Session::open(&server);
        session.cluster.watch(pods());
        let stream = server.call().await.stream();
        stream.send(bookmark(10, true));
        assert_eq!(session.feed().await, "list");
        assert_eq!(session.feed().await, "synced");
        session.live().await;

        let silent = Instant::now();
        server.mode.send(Mode::Silent).unwrap();
        let mut others = Vec::new();
        assert_eq!(down(&mut session, &mut others).await, TroubleKind::Silent);
        assert!(silent.elapsed() < Duration::from_secs(10), "{:?}", silent.elapsed());
        stream.closed().await;
        tokio::spawn({
            let mode = server.mode.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(away)).await;
                mode.send(Mode::Up).unwrap();
            }
        });
        let back = Instant::now() + Duration::from_secs(away);
        let mut interrupted = false;
        loop {
            match session.any().await {
                ClusterEvent::Link(LinkState::Live { .. }) => break,
                ClusterEvent::Link(_) => {}
                ClusterEvent::Feed { update: FeedUpdate::Interrupted(_), .. } => interrupted = true,
                other => panic!("unexpected {other:?}"),
            }
        }
        assert!(Instant::now() >= back && back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
        assert!(interrupted, "the feed must say that it is not live");
        server.is_at(10).await;
        let call = server.call().await;
        assert_eq!(call.param("resourceVersion").as_deref(), Some("10"));
        let _stream = call.stream();
        assert_eq!(session.feed().await, "resumed");
        assert!(back.elapsed() < Duration::from_secs(2), "{:?}", back.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_plugin_that_hangs_is_waited_for_once() {
    let server = Server::start();
    let mut target = Target::embedded("test", "default");
    let exec = r#"{"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["1000"]}"#;
    target.auth.exec = Some(serde_json::from_str(exec).unwrap());
    let mut session = Session::with(target, &server);
    assert_eq!(session.link().await, LinkState::Connecting { attempt: 1 });
    let mut waited = 0;
    // Until it is given up.
    loop {
        match session.link().await {
            LinkState::Down { trouble, attempt, .. } if trouble.kind == TroubleKind::PluginWaits => {
                assert_eq!((attempt, trouble.tried.as_str()), (1, "sleep 1000"));
                waited += 1;
            }
            LinkState::Down { trouble, .. } => {
                assert_eq!(trouble.kind, TroubleKind::CredentialPlugin);
                break;
            }
            other => panic!("unexpected {other:?}"),
        }
    }
    assert!(waited > 1);
}

#[tokio::test(start_paused = true)]
async fn an_idle_link_costs_one_small_request_each_five_seconds() {
    let server = Server::start();
    let mut session = Session::open(&server);
    session.live().await;
    let before = server.versions.lock().unwrap().len();
    tokio::time::sleep(Duration::from_mins(1)).await;
    let asked = server.versions.lock().unwrap().len() - before;
    assert!((10..=12).contains(&asked), "{asked}");
    assert!(session.cluster.activity().last().elapsed() < Duration::from_secs(6));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_at_the_start_is_told_and_met_when_it_wakes() {
    let server = Server::start();
    server.mode.send(Mode::Silent).unwrap();
    let mut session = Session::open(&server);
    assert_eq!(session.link().await, LinkState::Connecting { attempt: 1 });
    let began = Instant::now();
    assert_eq!(down(&mut session, &mut Vec::new()).await, TroubleKind::Slow);
    assert!(began.elapsed() < Duration::from_secs(5));
    tokio::time::sleep(Duration::from_mins(1)).await;
    server.mode.send(Mode::Up).unwrap();
    let back = Instant::now();
    session.live().await;
    assert!(back.elapsed() < Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_not_an_api_servers_are_told() {
    for (mode, kind) in [
        (Mode::Status(503, "no"), TroubleKind::Server),
        (Mode::Status(200, "<html><title>Log in</title>"), TroubleKind::Protocol),
        (Mode::Status(302, ""), TroubleKind::Protocol),
        (Mode::Status(429, ""), TroubleKind::Throttled),
        (Mode::Status(401, ""), TroubleKind::Unauthorized),
    ] {
        let server = Server::start();
        server.mode.send(mode.clone()).unwrap();
        let mut session = Session::open(&server);
        assert_eq!(down(&mut session, &mut Vec::new()).await, kind, "{mode:?}");
        server.mode.send(Mode::Up).unwrap();
        session.live().await;
    }
    // Who keeps the version secret answers all the same.
    let server = Server::start();
    server.mode.send(Mode::Status(403, "{}")).unwrap();
    let mut session = Session::open(&server);
    session.live().await;
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_renewed_by_themselves() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "old").unwrap();
    let mut target = Target::embedded("test", "default");
    target.auth.token_file = Some(file.path().to_string_lossy().into_owned());
    let mut server = Server::start();
    let mut session = Session::with(target, &server);
    session.cluster.watch(pods());
    let call = server.call().await;
    assert_eq!(call.headers["authorization"], "Bearer old");
    std::fs::write(file.path(), "new").unwrap();
    call.answer(401, status(401, "Unauthorized", "Unauthorized"));
    let call = server.call().await;
    assert_eq!(call.headers["authorization"], "Bearer new");
    call.stream().send(added("a", 7) + &bookmark(10, true));
    for update in ["!Unauthorized", "list", "+a", "synced"] {
        assert_eq!(session.feed().await, update);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_stay_refused_are_not_hammered() {
    let server = Server::start();
    server.mode.send(Mode::Status(401, "{}")).unwrap();
    let _session = Session::open(&server);
    tokio::time::sleep(Duration::from_mins(5)).await;
    let asked = server.versions.lock().unwrap().len();
    assert!((4..20).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn an_unusable_user_entry_says_so_to_everything() {
    let mut target = Target::embedded("test", "default");
    target.auth.exec = Some(kube::config::ExecConfig::default());
    let server = Server::start();
    let mut session = Session::with(target, &server);
    assert_eq!(down(&mut session, &mut Vec::new()).await, TroubleKind::Config);
    session.cluster.namespaces(4);
    let ClusterEvent::Names { id: 4, result: Err(trouble) } = session.any().await else { panic!() };
    assert_eq!(trouble.kind, TroubleKind::Config);
}

#[tokio::test(start_paused = true)]
async fn impersonation_goes_with_every_request() {
    let mut target = Target::embedded("test", "default");
    target.auth.impersonate = Some("jane".into());
    target.auth.impersonate_groups = Some(vec!["ops".into(), "dev".into()]);
    let mut server = Server::start();
    let session = Session::with(target, &server);
    session.cluster.watch(pods());
    let call = server.call().await;
    assert_eq!(call.headers["impersonate-user"], "jane");
    let groups: Vec<_> = call.headers.get_all("impersonate-group").iter().collect();
    assert_eq!(groups, ["ops", "dev"]);
}

#[tokio::test]
async fn a_closed_port_is_refused_and_tried_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let _cluster = Cluster::open(
        network(&format!("http://{address}")),
        Endpoint::Network,
        crate::gate::Mode::ReadOnly,
        sender,
    );
    loop {
        if let Some(ClusterEvent::Link(LinkState::Down { trouble, attempt, retry_in })) = events.recv().await
        {
            assert_eq!(trouble.kind, TroubleKind::Refused, "{}", trouble.said);
            assert_eq!(trouble.tried, format!("http://{address}/version"));
            assert_eq!((attempt, retry_in), (1, Duration::from_secs(1)));
            return;
        }
    }
}

/// A target over the real network (of this machine).
fn network(server: &str) -> Target {
    let mut target = Target::embedded("test", "default");
    target.uri = server.parse().unwrap();
    server.clone_into(&mut target.server);
    target
}
