//! Feeds against a server that does what servers do.

use std::time::Duration;

use crate::cluster::ClusterEvent;
use crate::cluster::testing::{Server, Session, Stream, added, bookmark, line, page, pod, pods, status};
use crate::model::feed::FeedUpdate;
use crate::model::record::Kind;
use crate::model::trouble::TroubleKind;

const EXPIRED: &str = "too old resource version: 1 (30955)";

/// A session whose pods are listed (`a`, at version 10) and followed.
async fn following() -> (Server, Session, Stream) {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let call = server.call().await;
    let stream = call.stream();
    stream.send(added("a", 7));
    assert_eq!(session.feed().await, "list");
    assert_eq!(session.feed().await, "+a");
    stream.send(bookmark(10, true));
    assert_eq!(session.feed().await, "synced");
    (server, session, stream)
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_shows_rows_before_its_end() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let call = server.call().await;
    assert_eq!(call.path, "/api/v1/pods");
    for (name, value) in [
        ("watch", "true"),
        ("sendInitialEvents", "true"),
        ("resourceVersionMatch", "NotOlderThan"),
        ("allowWatchBookmarks", "true"),
    ] {
        assert_eq!(call.param(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(call.param("resourceVersion"), None);
    let seconds: u64 = call.param("timeoutSeconds").unwrap().parse().unwrap();
    assert!((270..310).contains(&seconds));
    assert_eq!(call.headers["accept-encoding"], "identity");
    let stream = call.stream();
    // Cut within a line, several lines at once.
    let text = added("a", 7) + &added("b", 8);
    stream.send(text[..50].to_owned());
    assert_eq!(session.feed().await, "list");
    stream.send(text[50..].to_owned());
    assert_eq!(session.feed().await, "+a,+b");
    stream.send(bookmark(10, true) + &line("DELETED", &pod("a", 11)));
    assert_eq!(session.feed().await, "-u-a");
    assert_eq!(session.feed().await, "synced");
    stream.send(line("MODIFIED", &pod("b", 12)));
    assert_eq!(session.feed().await, "+b");
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const PROTOBUF_STREAM: &str = "application/vnd.kubernetes.protobuf;stream=watch";
const ROLLOUT: &[u8] = include_bytes!("../../../tests/data/protobuf/watch-pods-rollout.pb");

#[tokio::test(start_paused = true)]
async fn protobuf_is_taken_where_the_server_has_it() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let call = server.call().await;
    assert_eq!(call.headers["accept"], "application/vnd.kubernetes.protobuf,application/json");
    let stream = call.stream_of(PROTOBUF_STREAM);
    // Cut within a length and within a frame.
    for part in [&ROLLOUT[..2], &ROLLOUT[2..1000], &ROLLOUT[1000..]] {
        stream.send(part);
    }
    let mut told = Vec::new();
    while told.last().is_none_or(|update| update != "synced") {
        told.push(session.feed().await);
    }
    assert_eq!(told[0], "list");
    let rows: usize = told.iter().map(|update| update.matches('+').count()).sum();
    assert!(rows >= 3, "{told:?}");
    // The place of the last event is where a cut watch goes on.
    stream.cut();
    server.is_at(34055).await;
    let call = server.call().await;
    assert_eq!(call.param("resourceVersion").as_deref(), Some("34055"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_protobuf_is_told_as_in_json() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let refusal = include_bytes!("../../../tests/data/protobuf/err-403-list.pb");
    server.call().await.answer_with(403, &[("content-type", PROTOBUF)], refusal.as_slice());
    let ClusterEvent::Feed { update: FeedUpdate::Interrupted(trouble), .. } = session.event().await else {
        panic!("expected trouble");
    };
    let json: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/data/real-api/err-403-list.json")).unwrap();
    assert_eq!(trouble.said, json["message"].as_str().unwrap());
    assert!(trouble.missing.unwrap().starts_with("list "));
}

#[tokio::test(start_paused = true)]
async fn what_is_called_protobuf_and_is_not_is_asked_for_in_json() {
    for page in [false, true] {
        let mut server = Server::start();
        let mut session = Session::open(&server);
        session.cluster.watch(pods());
        let call = server.call().await;
        if page {
            call.answer(422, status(422, "Invalid", "sendInitialEvents: Forbidden"));
            server.call().await.answer_with(200, &[("content-type", PROTOBUF)], "{\"kind\":\"PodList\"}");
        } else {
            call.stream_of(PROTOBUF_STREAM).send(added("a", 7));
            assert_eq!(session.feed().await, "list");
        }
        assert_eq!(session.feed().await, "!Protocol");
        let call = server.call().await;
        assert_eq!(call.headers["accept"], "application/json", "page: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_watch_goes_on_where_it_was() {
    let (mut server, mut session, stream) = following().await;
    stream.send(added("b", 12));
    assert_eq!(session.feed().await, "+b");
    stream.cut();
    assert_eq!(session.feed().await, "!Unreachable");
    server.is_at(12).await;
    let call = server.call().await;
    assert_eq!(call.param("resourceVersion").as_deref(), Some("12"));
    assert_eq!(call.param("sendInitialEvents"), None);
    let stream = call.stream();
    assert_eq!(session.feed().await, "resumed");
    stream.send(added("c", 13));
    assert_eq!(session.feed().await, "+c");
    // An end as agreed is no interruption; bookmarks move the place.
    stream.send(bookmark(20, false));
    tokio::time::advance(Duration::from_secs(3)).await;
    drop(stream);
    let call = server.call().await;
    assert_eq!(call.param("resourceVersion").as_deref(), Some("20"));
    call.stream().send(added("d", 21));
    assert_eq!(session.feed().await, "+d");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_put_back_is_listed_anew() {
    let (mut server, mut session, stream) = following().await;
    stream.send(added("b", 12));
    assert_eq!(session.feed().await, "+b");
    stream.cut();
    assert_eq!(session.feed().await, "!Unreachable");
    // It would take a watch from 12, and say nothing until it has come there.
    server.is_at(11).await;
    let call = server.call().await;
    assert_eq!(call.param("sendInitialEvents").as_deref(), Some("true"));
    call.stream().send(added("a", 3) + &bookmark(11, true));
    for update in ["list", "+a", "synced"] {
        assert_eq!(session.feed().await, update);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_opened_anew() {
    let (mut server, _session, stream) = following().await;
    let call = server.call().await;
    assert_eq!(call.param("resourceVersion").as_deref(), Some("10"));
    stream.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_list_cut_before_its_end_begins_again() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let stream = server.call().await.stream();
    stream.send(added("a", 7));
    assert_eq!(session.feed().await, "list");
    assert_eq!(session.feed().await, "+a");
    stream.cut();
    assert_eq!(session.feed().await, "!Unreachable");
    let call = server.call().await;
    assert_eq!(call.param("sendInitialEvents").as_deref(), Some("true"));
    call.stream().send(bookmark(10, true));
    assert_eq!(session.feed().await, "list");
    assert_eq!(session.feed().await, "synced");
}

#[tokio::test(start_paused = true)]
async fn an_expired_place_lists_again_in_order() {
    for as_event in [true, false] {
        let (mut server, mut session, stream) = following().await;
        stream.cut();
        assert_eq!(session.feed().await, "!Unreachable");
        server.is_at(30).await;
        let call = server.call().await;
        let expired = status(410, "Expired", EXPIRED);
        if as_event {
            let object = serde_json::from_str(&expired).unwrap();
            call.stream().send(line("ERROR", &object));
        } else {
            call.answer(410, expired);
        }
        let call = server.call().await;
        assert_eq!(call.param("sendInitialEvents").as_deref(), Some("true"));
        call.stream().send(added("b", 30) + &bookmark(31, true));
        for update in ["list", "+b", "synced"] {
            assert_eq!(session.feed().await, update);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_streaming_lists_there_are_pages() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    server.call().await.answer(422, status(422, "Invalid", "sendInitialEvents: Forbidden"));
    let call = server.call().await;
    assert_eq!((call.param("limit").as_deref(), call.param("watch")), (Some("100"), None));
    assert_eq!(call.headers["accept-encoding"], "gzip");
    call.answer(200, page(&["a", "b"], 10, "to be/continued"));
    for update in ["list", "+a,+b"] {
        assert_eq!(session.feed().await, update);
    }
    // The rest of the list has expired: it begins again.
    let call = server.call().await;
    assert_eq!(call.param("continue").as_deref(), Some("to%20be%2Fcontinued"));
    call.answer(410, status(410, "Expired", EXPIRED));
    let call = server.call().await;
    assert_eq!((call.param("limit").is_some(), call.param("continue")), (true, None));
    call.answer(200, page(&["a"], 20, ""));
    for update in ["list", "+a", "synced"] {
        assert_eq!(session.feed().await, update);
    }
    assert_eq!(server.call().await.param("resourceVersion").as_deref(), Some("20"));
    // It is remembered for the other feeds.
    session.cluster.watch(super::FeedKey {
        kind: Kind::Service,
        namespace: Some("shop".into()),
        selectors: crate::model::feed::Selectors::default(),
        session: 0,
    });
    let call = server.call().await;
    assert_eq!(call.path, "/api/v1/namespaces/shop/services");
    assert!(call.param("limit").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_that_never_ends_is_given_up() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let stream = server.call().await.stream();
    stream.send(added("a", 7));
    assert_eq!(session.feed().await, "list");
    assert_eq!(session.feed().await, "+a");
    let call = server.call().await;
    assert!(call.param("limit").is_some());
    stream.closed().await;
}

#[tokio::test(start_paused = true)]
async fn compressed_lists_are_read() {
    use base64::Engine as _;
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    server.call().await.answer(400, "");
    let packed = base64::engine::general_purpose::STANDARD.decode(GZIP_LIST).unwrap();
    server.call().await.answer_with(200, &[("content-encoding", "gzip")], packed);
    for update in ["list", "+zipped", "synced"] {
        assert_eq!(session.feed().await, update);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttling_server_is_asked_when_it_said() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    server.call().await.answer_with(429, &[("retry-after", "7")], status(429, "TooManyRequests", "wait"));
    assert_eq!(session.feed().await, "!Throttled");
    server.no_call(Duration::from_millis(6_900)).await;
    server.call().await.stream().send(bookmark(1, true));
    assert_eq!(session.feed().await, "list");
    assert_eq!(session.feed().await, "synced");
}

#[tokio::test(start_paused = true)]
async fn a_failing_server_is_asked_ever_less_often() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let mut waited = Vec::new();
    for _ in 0..6 {
        let began = tokio::time::Instant::now();
        server.call().await.answer(500, status(500, "InternalError", "etcd leader changed"));
        waited.push(began.elapsed());
    }
    assert!(waited[2..].windows(2).all(|pair| pair[1] > pair[0].mul_f32(1.2)), "{waited:?}");
    assert_eq!(session.feed().await, "!Server");
    server.call().await.stream().send(bookmark(1, true));
    assert_eq!(session.feed().await, "list", "the same trouble is told once");
}

#[tokio::test(start_paused = true)]
async fn a_missing_right_is_named_and_asked_for_again_on_request() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let message = r#"pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope"#;
    server.call().await.answer(403, status(403, "Forbidden", message));
    let ClusterEvent::Feed { update: FeedUpdate::Interrupted(trouble), .. } = session.event().await else {
        panic!("expected trouble");
    };
    assert_eq!(trouble.missing.as_deref(), Some("list pods in all namespaces"));
    assert_eq!(trouble.tried, "GET http://embedded/api/v1/pods");
    server.no_call(Duration::from_secs(29)).await;
    session.cluster.retry_now();
    server.call().await.stream().send(bookmark(1, true));
    assert_eq!(session.feed().await, "list");
}

#[tokio::test(start_paused = true)]
async fn who_may_list_and_not_watch_gets_the_list() {
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.watch(pods());
    let refusal = || {
        let message = r#"pods is forbidden: User "x" cannot watch resource "pods" in API group "" at the cluster scope"#;
        status(403, "Forbidden", message)
    };
    server.call().await.answer(403, refusal());
    server.call().await.answer(200, page(&["a"], 10, ""));
    server.call().await.answer(403, refusal());
    for update in ["list", "+a", "synced", "polled 10"] {
        assert_eq!(session.feed().await, update);
    }
    server.call().await.answer(403, refusal());
    server.call().await.answer(200, page(&["b"], 20, ""));
    for update in ["list", "+b", "synced"] {
        assert_eq!(session.feed().await, update);
    }
}

#[tokio::test(start_paused = true)]
async fn one_odd_object_does_not_take_the_others_with_it_but_rubbish_ends_the_stream() {
    let (mut server, mut session, stream) = following().await;
    stream.send("{\"type\":\"ADDED\",\"object\":{\"metadata\":5}}\n".to_owned() + &added("b", 12));
    assert_eq!(session.feed().await, "skipped 1");
    assert_eq!(session.feed().await, "+b");
    stream.send("<html>\n");
    assert_eq!(session.feed().await, "!Protocol");
    assert_eq!(server.call().await.param("resourceVersion").as_deref(), Some("12"));
}

#[tokio::test(start_paused = true)]
async fn a_feed_is_shared_and_stops_when_nobody_looks() {
    let (mut server, mut session, stream) = following().await;
    session.cluster.watch(pods());
    server.no_call(Duration::from_secs(1)).await;
    stream.send(added("b", 12));
    assert_eq!(session.feed().await, "+b");
    session.cluster.unwatch(&pods());
    stream.closed().await;
}

/// A list of one pod named `zipped`.
const GZIP_LIST: &str = "H4sIAAAAAAACA1WOMQ7CMAxFr4I8M9CVMzAgBhbUwUosaqE6Ue0wUOXuxJ5g9Pvfz97hxZLhfIBryRdWg+MBsPKdNuUiHrwnZysZZjQcZIeNtLQt0U9rOkEfNTZadcyP/X9DcCWvfbhWyi50ohVTYF1Kddg4fmnh0kopllMRQ5ZxzM1zZIbWNNK6oIbk1kRYntD73L9rEF8m2AAAAA==";

/// A server that answers 200 `{}` to everything, or has lists and streams that are none.
#[tokio::test(start_paused = true)]
async fn answers_that_are_none_are_asked_for_ever_less_often() {
    for (stream, list) in [("{}", "{}"), ("", "{}"), ("{}", r#"{"kind":"PodList","metadata":{},"items":[]}"#)]
    {
        for streaming in [true, false] {
            let mut server = Server::start();
            let mut session = Session::open(&server);
            session.cluster.watch(pods());
            let mut waited = Vec::new();
            for _ in 0..6 {
                let began = tokio::time::Instant::now();
                let call = server.call().await;
                let watches = call.param("watch").is_some();
                if watches && !streaming {
                    call.answer(422, status(422, "Invalid", "sendInitialEvents: Forbidden"));
                    continue;
                }
                waited.push(began.elapsed());
                call.answer(200, if watches { stream } else { list });
            }
            assert!(waited[2..].windows(2).all(|pair| pair[1] > pair[0].mul_f32(1.2)), "{waited:?}");
            let ClusterEvent::Feed { update, .. } = session.event().await else { panic!() };
            let update = if update == FeedUpdate::ListStarted {
                let ClusterEvent::Feed { update, .. } = session.event().await else { panic!() };
                update
            } else {
                update
            };
            let FeedUpdate::Interrupted(trouble) = update else { panic!("{update:?}") };
            assert_eq!(trouble.kind, TroubleKind::Protocol, "{trouble}");
        }
    }
}

/// A watch that goes on and says nothing that can be read is not told as one that goes on.
#[tokio::test(start_paused = true)]
async fn rubbish_is_no_resumption() {
    let (mut server, mut session, stream) = following().await;
    stream.cut();
    assert_eq!(session.feed().await, "!Unreachable");
    server.is_at(10).await;
    server.call().await.answer(200, "{}");
    assert_eq!(session.feed().await, "!Protocol");
    let began = tokio::time::Instant::now();
    server.call().await;
    assert!(began.elapsed() >= Duration::from_millis(800), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn columns_of_the_users_are_read_from_json() {
    use crate::model::columns::own::{OwnColumn, OwnColumns, ValueType};
    use crate::model::path::Path;
    let path = Path::parse(".metadata.name").unwrap();
    let (id, title, written) = ("x".to_owned(), "X".to_owned(), ".metadata.name".to_owned());
    let column = OwnColumn { id, title, written, path, values: ValueType::String, width: 9, sort: None };
    let own = OwnColumns([("pods".to_owned(), [column].into())].into());
    let mut server = Server::start();
    let mut session = Session::open(&server);
    session.cluster.read_own(own.into());
    session.cluster.watch(pods());
    let call = server.call().await;
    assert_eq!(call.headers["accept"], "application/json");
    assert_eq!(call.param("includeObject"), None);
    let stream = call.stream();
    stream.send(added("a", 7));
    assert_eq!(session.feed().await, "list");
    let ClusterEvent::Feed { update: FeedUpdate::Rows(rows), .. } = session.event().await else {
        panic!("no rows")
    };
    let crate::model::feed::RowChange::Upsert(record) = &rows[0] else { panic!("{rows:?}") };
    assert_eq!(record.meta().own.as_ref().map(|own| own.0.to_vec()), Some(vec!["a".into()]));
}
