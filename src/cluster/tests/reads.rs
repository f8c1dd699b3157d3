//! Logs, single objects, names.

use serde_json::json;

use super::*;
use crate::cluster::testing::Stream;
use crate::model::log::{Containers, LogQuery, LogTarget, LogUpdate, Source};

fn request(follow: bool) -> LogQuery {
    LogQuery {
        targets: vec![LogTarget::Pod {
            namespace: "shop".into(),
            name: "web-1".into(),
            container: Some("web".into()),
        }],
        containers: Containers::All { init: false },
        previous: false,
        follow,
        since: None,
        tail: Some(100),
        most: 10,
    }
}

async fn update(session: &mut Session) -> LogUpdate {
    match session.event().await {
        ClusterEvent::Logs { id: 7, update } => update,
        other => panic!("unexpected {other:?}"),
    }
}

fn joined() -> LogUpdate {
    LogUpdate::Joined(0, Source { namespace: "shop".into(), pod: "web-1".into(), container: "web".into() })
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

async fn told(session: &mut Session) -> Vec<String> {
    match update(session).await {
        LogUpdate::Lines(batch) => batch.iter().map(|(text, _)| text.to_owned()).collect(),
        other => panic!("unexpected {other:?}"),
    }
}

async fn begin(follow: bool) -> (Server, Session, Stream) {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.logs(7, request(follow));
    let call = server.call().await;
    assert_eq!(call.path, "/api/v1/namespaces/shop/pods/web-1/log");
    assert_eq!(call.param("container").as_deref(), Some("web"));
    assert_eq!(call.param("tailLines").as_deref(), Some("100"));
    assert_eq!(call.param("follow").is_some(), follow);
    let stream = call.stream();
    assert_eq!(update(&mut session).await, joined());
    (server, session, stream)
}

#[tokio::test(start_paused = true)]
async fn lines_are_cleaned_and_end() {
    let (_server, mut session, stream) = begin(false).await;
    stream.send("2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:02Z \x1b[2Jtwo\r\n2026-01-01T00:00:03Z last");
    assert_eq!(told(&mut session).await, lines(&["one", "two"]));
    drop(stream);
    assert_eq!(told(&mut session).await, lines(&["last"]));
    assert_eq!(update(&mut session).await, LogUpdate::Ended);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_follow_loses_and_repeats_nothing() {
    let (mut server, mut session, stream) = begin(true).await;
    stream.send("2026-01-01T00:00:01.1Z one\n2026-01-01T00:00:01.20Z two\n2026-01-01T00:00:01.3Z thr");
    assert_eq!(told(&mut session).await, lines(&["one", "two"]));
    stream.cut();
    let LogUpdate::Interrupted(0, trouble) = update(&mut session).await else { panic!() };
    assert_eq!(trouble.kind, TroubleKind::Unreachable);
    let call = server.call().await;
    assert_eq!(call.param("sinceTime").as_deref(), Some("2026-01-01T00%3A00%3A01Z"));
    assert_eq!(call.param("tailLines"), None);
    let stream = call.stream();
    assert_eq!(update(&mut session).await, LogUpdate::Resumed(0));
    stream.send("2026-01-01T00:00:01.1Z one\n2026-01-01T00:00:01.2Z two\n2026-01-01T00:00:01.3Z three\n");
    assert_eq!(told(&mut session).await, lines(&["three"]));
}

#[tokio::test(start_paused = true)]
async fn cancelled_operations_are_silent_and_closed() {
    let (_server, mut session, stream) = begin(true).await;
    session.cluster.cancel(7);
    stream.closed().await;
    session.cluster.namespaces(8);
    session.cluster.cancel(8);
    session.cluster.get(9, ObjectRef { kind: Kind::Node, namespace: None, name: "n".into() });
    let ClusterEvent::Object { id: 9, .. } = session.event().await else { panic!() };
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.logs(7, request(false));
    let message = "previous terminated container \"web\" in pod \"web-1\" not found";
    server.call().await.answer(400, status(400, "BadRequest", message));
    let LogUpdate::Failed(trouble) = update(&mut session).await else { panic!() };
    assert_eq!(trouble.said, message);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_has_not_started_is_followed_when_it_does() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.logs(7, request(true));
    let message = "container \"web\" in pod \"web-1\" is waiting to start: ContainerCreating";
    server.call().await.answer(400, status(400, "BadRequest", message));
    let LogUpdate::Interrupted(0, trouble) = update(&mut session).await else { panic!() };
    assert_eq!((trouble.kind, trouble.said.as_str()), (TroubleKind::Rejected, message));
    // The same answer is said once, however often it comes.
    for _ in 0..5 {
        server.call().await.answer(400, status(400, "BadRequest", message));
    }
    let stream = server.call().await.stream();
    assert_eq!(update(&mut session).await, joined());
    stream.send("2026-01-01T00:00:01Z one\n");
    assert_eq!(told(&mut session).await, lines(&["one"]));
}

#[tokio::test(start_paused = true)]
async fn one_object() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    let object = ObjectRef { kind: Kind::Deployment, namespace: Some("shop".into()), name: "web".into() };
    session.cluster.get(1, object.clone());
    let call = server.call().await;
    assert_eq!(call.path, "/apis/apps/v1/namespaces/shop/deployments/web");
    call.answer(200, "{\"kind\":\"Deployment\"}");
    let ClusterEvent::Object { id: 1, result } = session.event().await else { panic!() };
    assert_eq!(result.unwrap(), "{\"kind\":\"Deployment\"}");
    session.cluster.get(2, object.clone());
    server.call().await.answer(404, status(404, "NotFound", "deployments.apps \"web\" not found"));
    let ClusterEvent::Object { id: 2, result: Err(trouble) } = session.event().await else { panic!() };
    assert_eq!((trouble.kind, trouble.status), (TroubleKind::NotFound, Some(404)));
    // An answer that begins and does not end has a deadline.
    session.cluster.get(3, object);
    let stream = server.call().await.stream();
    stream.send("{");
    let ClusterEvent::Object { id: 3, result: Err(trouble) } = session.event().await else { panic!() };
    assert_eq!(trouble.kind, TroubleKind::Slow);
}

#[tokio::test(start_paused = true)]
async fn namespaces_of_all_pages() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.namespaces(5);
    server.call().await.answer(200, r#"{"metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"}}]}"#);
    let call = server.call().await;
    assert_eq!(call.param("continue").as_deref(), Some("x"));
    call.answer(200, r#"{"metadata":{},"items":[{"metadata":{"name":"b"}}]}"#);
    let expected = ClusterEvent::Names { id: 5, result: Ok(vec!["a".into(), "b".into()]) };
    assert_eq!(session.event().await, expected);
}

#[tokio::test(start_paused = true)]
async fn feeds_and_reads_wait_for_the_link() {
    let mut server = Server::start();
    server.mode.send(Mode::Silent).unwrap();
    let mut session = Session::open(&server);
    session.cluster.watch(FeedKey { kind: Kind::Node, namespace: None });
    session.cluster.namespaces(5);
    let ClusterEvent::Names { id: 5, result: Err(trouble) } = session.event().await else { panic!() };
    assert_eq!(trouble.kind, TroubleKind::Slow);
    server.mode.send(Mode::Up).unwrap();
    assert_eq!(server.call().await.path, "/api/v1/nodes");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_object_is_not_followed() {
    use crate::model::resource::Resource;
    use crate::release::follow::{Follow, Which};
    let mut server = Server::start();
    let mut session = Session::open(&server);
    let follow = Follow { resource: Resource::DEPLOYMENTS, namespace: "shop".to_owned(), which: Which::All };
    session.cluster.follow(5, follow);
    let odd = r#"{"metadata":{},"items":[5,null,"web",[],{"metadata":{"uid":"u1"}}]}"#;
    server.call().await.answer(200, odd);
    let ClusterEvent::Seen { id: 5, seen } = session.event().await else { panic!() };
    let one = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"uid": "u1"}});
    assert_eq!(seen.unwrap(), std::slice::from_ref(&one));
    let stream = server.call().await.stream();
    stream.send("{\"type\":\"ADDED\",\"object\":5}\n{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"uid\":\"u1\"}}}\n");
    let ClusterEvent::Seen { id: 5, seen } = session.event().await else { panic!() };
    assert_eq!(seen.unwrap(), Vec::<serde_json::Value>::new());
}

/// Sends zeros until nobody reads them any more; how many MiB were taken.
async fn endless(stream: Stream) -> usize {
    let mib = bytes::Bytes::from(vec![b'0'; 1 << 20]);
    for taken in 0..1_000 {
        if !stream.offer(mib.clone()) {
            return taken;
        }
        // The reader has its turn.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
    }
    panic!("all of it is read")
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_end_is_given_up() {
    use crate::model::resource::Resource;
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.get(1, ObjectRef { kind: Kind::Node, namespace: None, name: "n".into() });
    let stream = server.call().await.stream();
    let taken = endless(stream).await;
    let ClusterEvent::Object { id: 1, result: Err(trouble) } = session.event().await else { panic!() };
    assert_eq!(
        (trouble.kind, trouble.said.as_str()),
        (TroubleKind::Protocol, "the answer is longer than 16 MiB")
    );
    assert!((16..40).contains(&taken), "{taken} MiB");
    assert_eq!(trouble.tried, format!("GET http://embedded{}", Resource::NODES.object("", "n")));
}
