//! Single objects, names, followed objects.

use serde_json::json;

use super::*;
use crate::cluster::testing::Stream;

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
    session.cluster.watch(FeedKey {
        kind: Kind::Node,
        namespace: None,
        selectors: crate::model::feed::Selectors::default(),
        session: 0,
    });
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
