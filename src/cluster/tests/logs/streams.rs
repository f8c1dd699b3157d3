//! One stream and several: what is asked, how it goes on, who joins and leaves.

use super::stage::event;
use super::*;

#[tokio::test(start_paused = true)]
async fn the_requests_are_kubectls() {
    let mut asked = query(single(Some("web")));
    asked.tail = Some(10);
    asked.since = Some(crate::model::log::Since::Seconds(60));
    let mut stage = Stage::new(asked);
    let list = stage.list(&[pod("web-1", &running(1, None))]).await;
    assert_eq!(list, "/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Dweb-1&limit=500");
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&follow=true&sinceSeconds=60&tailLines=10&timestamps=true");
    assert_eq!(log.method, http::Method::GET);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_followed_ends() {
    let mut stage = Stage::new(LogQuery { follow: false, tail: Some(3), ..query(single(None)) });
    stage.list(&[pod("web-1", &running(1, None))]).await;
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&tailLines=3&timestamps=true");
    let stream = log.stream();
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    stream.send("2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:02Z \x1b[2Jtwo\r\n2026-01-01T00:00:03Z last");
    assert_eq!(stage.told().await, "0: one|two");
    drop(stream);
    assert_eq!(stage.told().await, "0: last");
    assert_eq!(stage.told().await, "left 0 that is all there is");
    assert_eq!(stage.told().await, "ended");
    stage.nothing(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_follow_loses_and_repeats_nothing() {
    let (mut stage, _watch) = Stage::with(query(single(None)), &[pod("web-1", &running(1, None))]).await;
    let stream = stage.log("web-1").await.stream();
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    // Three lines have one time; the cut is between them, and the last one is a little late.
    stream.send("2026-01-01T00:01:01.1Z a\n2026-01-01T00:01:01.2Z b\n2026-01-01T00:01:01.2Z c\n2026-01-01T00:01:01.2Z d");
    assert_eq!(stage.told().await, "0: a|b|c");
    stream.cut();
    let words = stage.told().await;
    assert!(words.starts_with("interrupted 0 "), "{words}");
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&follow=true&sinceTime=2026-01-01T00%3A01%3A01Z&timestamps=true");
    let stream = log.stream();
    assert_eq!(stage.told().await, "resumed 0");
    stream.send(
        "2026-01-01T00:01:01.1Z a\n2026-01-01T00:01:01.2Z b\n2026-01-01T00:01:01.2Z c\n2026-01-01T00:01:01.2Z d\n\
         2026-01-01T00:01:01.19Z late\n2026-01-01T00:01:02Z e\n",
    );
    assert_eq!(stage.told().await, "0: d|late|e");
    // A proxy ends the answer, in the middle of a line, as if it were complete; nothing is said of that.
    stream.send("2026-01-01T00:01:03Z hal");
    drop(stream);
    let stream = stage.log("web-1").await.stream();
    stream.send("2026-01-01T00:01:02Z e\n2026-01-01T00:01:03Z half\n");
    assert_eq!(stage.told().await, "0: half");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_text_and_lines_without_time_go_through() {
    let (mut stage, _watch) = Stage::with(query(single(None)), &[pod("web-1", &running(1, None))]).await;
    let stream = stage.log("web-1").await.stream();
    stage.told().await;
    stream.send(&b"2026-01-01T00:01:01Z \xff\xfe ok\nunable to retrieve container logs\n\n"[..]);
    assert_eq!(stage.told().await, "0: \u{fffd}\u{fffd} ok|unable to retrieve container logs|");
}

#[tokio::test(start_paused = true)]
async fn pods_join_and_leave() {
    let first = pod("web-1", &running(1, None));
    let (mut stage, watch) = Stage::with(
        LogQuery { tail: Some(2), ..query(labelled("app=web,tier in (a,b)")) },
        std::slice::from_ref(&first),
    )
    .await;
    let log = stage.log("web-1").await;
    assert_eq!(log.param("tailLines").as_deref(), Some("2"));
    let one = log.stream();
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    watch.send(event("ADDED", &pod("web-2", &running(1, None))));
    let log = stage.log("web-2").await;
    // All lines of one that joins.
    assert_eq!(log.query, "container=web&follow=true&timestamps=true");
    let two = log.stream();
    assert_eq!(stage.told().await, "joined 1 web-2/web");
    two.send("2026-01-01T00:01:01Z hello\n");
    assert_eq!(stage.told().await, "1: hello");
    let mut leaving = first;
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:02:00Z");
    watch.send(event("MODIFIED", &leaving));
    watch.send(event("DELETED", &leaving));
    // Its last words are still told.
    one.send("2026-01-01T00:01:59Z bye\n");
    assert_eq!(stage.told().await, "0: bye");
    drop(one);
    assert_eq!(stage.told().await, "left 0 the pod is gone");
    stage.streams("1 of 1").await;
    // Nobody asks for the log of a pod that is gone.
    stage.nothing(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_two_targets_is_read_once() {
    let mut both = query(labelled("app=web"));
    both.targets.push(labelled("tier=front"));
    both.targets.push(labelled("app=web"));
    let one = pod("web-1", &running(1, None));
    let mut stage = Stage::new(both);
    for _ in 0..2 {
        stage.list(std::slice::from_ref(&one)).await;
    }
    let (first, second) = (stage.watch().await, stage.watch().await);
    let _log = stage.log("web-1").await.stream();
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    // It is gone when neither has it any more.
    first.send(event("DELETED", &one));
    stage.nothing(Duration::from_secs(30)).await;
    second.send(event("DELETED", &one));
    assert_eq!(stage.told().await, "left 0 the pod is not selected any more");
}

#[tokio::test(start_paused = true)]
async fn the_cap_is_told_and_can_be_raised() {
    let pods: Vec<Value> = (1..=5).map(|n| pod(&format!("web-{n}"), &running(1, None))).collect();
    let (mut stage, watch) = Stage::with(LogQuery { most: 2, ..query(labelled("app=web")) }, &pods).await;
    let one = stage.log("web-1").await.stream();
    let _two = stage.log("web-2").await.stream();
    stage.streams("2 of 5").await;
    stage.nothing(Duration::from_secs(30)).await;
    // One ends, and the next one begins.
    watch.send(event("DELETED", &pods[0]));
    drop(one);
    let _three = stage.log("web-3").await.stream();
    stage.streams("2 of 4").await;
    stage.session.cluster.log_most(7, 3);
    let _four = stage.log("web-4").await.stream();
    stage.streams("3 of 4").await;
    // Fewer are never open.
    stage.session.cluster.log_most(7, 1);
    stage.nothing(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_lines_come_in_the_order_of_time() {
    let pods = [pod("web-1", &running(1, None)), pod("web-2", &running(1, None))];
    let (mut stage, _watch) = Stage::with(query(labelled("app=web")), &pods).await;
    let (one, two) = (stage.log("web-1").await.stream(), stage.log("web-2").await.stream());
    two.send("2026-01-01T00:01:02Z two\n2026-01-01T00:01:04Z four\n2026-01-01T00:01:05Z five\n");
    one.send("2026-01-01T00:01:01Z one\n2026-01-01T00:01:03Z three\n");
    let mut told = Vec::new();
    while told.len() < 6 {
        told.push(stage.told().await);
    }
    told.retain(|words| !words.starts_with("joined"));
    let texts: Vec<&str> = told.iter().map(|words| words.split_once(": ").unwrap().1).collect();
    assert_eq!(texts, ["one", "two", "three", "four|five"]);
    // Afterwards as they come.
    two.send("2026-01-01T00:01:07Z seven\n");
    assert!(stage.told().await.ends_with(": seven"));
    one.send("2026-01-01T00:01:06Z six\n");
    assert!(stage.told().await.ends_with(": six"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_old_is_made_anew() {
    let one = pod("web-1", &running(1, None));
    let (mut stage, watch) = Stage::with(query(labelled("app=web")), std::slice::from_ref(&one)).await;
    let log = stage.log("web-1").await.stream();
    stage.told().await;
    watch.send(event(
        "ERROR",
        &json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}),
    ));
    stage.list(&[pod("web-2", &running(1, None))]).await;
    let _watch = stage.watch().await;
    let _two = stage.log("web-2").await.stream();
    drop(log);
    let mut told = [stage.told().await, stage.told().await];
    told.sort();
    assert_eq!(told, ["joined 1 web-2/web", "left 0 the pod is gone"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_cannot_be_is_told_and_streams_go_on() {
    let (mut stage, watch) =
        Stage::with(query(labelled("app=web")), &[pod("web-1", &running(1, None))]).await;
    let log = stage.log("web-1").await.stream();
    stage.told().await;
    watch.cut();
    assert_eq!(stage.told().await, "unseen Unreachable");
    log.send("2026-01-01T00:01:01Z on\n");
    assert_eq!(stage.told().await, "0: on");
    let _watch = stage.watch().await;
    assert_eq!(stage.told().await, "seen");
}

#[tokio::test(start_paused = true)]
async fn cancelled_readings_are_silent_and_closed() {
    let (mut stage, watch) = Stage::with(query(single(None)), &[pod("web-1", &running(1, None))]).await;
    let log = stage.log("web-1").await.stream();
    stage.told().await;
    stage.streams("1 of 1").await;
    stage.session.cluster.cancel(7);
    log.closed().await;
    watch.closed().await;
    stage.session.cluster.get(9, ObjectRef { kind: Kind::Node, namespace: None, name: "n".into() });
    let ClusterEvent::Object { id: 9, .. } = stage.session.event().await else { panic!() };
}
