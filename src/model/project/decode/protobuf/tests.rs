//! Protobuf against JSON: the same objects give the same records.

use super::super::json;
use super::*;
use crate::model::project::wire;
use crate::model::project::{DaemonSet, Deployment, StatefulSet};
use crate::model::project::{Projector, WatchChange, WatchEvent, is_watch_frame, refusal};
use crate::model::record::{Kind, Record};

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/data/", $name))
    };
}

/// An object alone, in its envelope.
fn one(kind: Kind, bytes: &[u8]) -> Record {
    let mut frame = vec![0x0a, 5];
    frame.extend_from_slice(b"ADDED");
    let mut object = vec![0x0a];
    length(&mut object, bytes.len());
    object.extend_from_slice(bytes);
    frame.push(0x12);
    length(&mut frame, object.len());
    frame.extend_from_slice(&object);
    match Projector::new(kind).watch_frame(&frame).unwrap().what {
        WatchChange::Upsert(record) => record,
        other => panic!("{other:?}"),
    }
}

fn length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// The frames of a recorded stream.
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (frame, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        bytes = rest;
        Some(frame)
    })
}

#[test]
fn both_encodings_give_the_same_records() {
    let table: [(Kind, &[u8], &[u8]); 13] = [
        (Kind::Pod, data!("real-api/pod-ContainerCreating.json"), data!("protobuf/pod-ContainerCreating.pb")),
        (Kind::Pod, data!("real-api/pod-CrashLoopBackOff.json"), data!("protobuf/pod-CrashLoopBackOff.pb")),
        (Kind::Pod, data!("real-api/pod-Failed.json"), data!("protobuf/pod-Failed.pb")),
        (Kind::Pod, data!("real-api/pod-ImagePullBackOff.json"), data!("protobuf/pod-ImagePullBackOff.pb")),
        (Kind::Pod, data!("real-api/pod-Pending.json"), data!("protobuf/pod-Pending.pb")),
        (Kind::Pod, data!("real-api/pod-Running.json"), data!("protobuf/pod-Running.pb")),
        (Kind::Pod, data!("real-api/pod-Succeeded.json"), data!("protobuf/pod-Succeeded.pb")),
        (Kind::Deployment, data!("real-api/deployment.json"), data!("protobuf/deployment.pb")),
        (Kind::StatefulSet, data!("protobuf/statefulset.json"), data!("protobuf/statefulset.pb")),
        (Kind::DaemonSet, data!("protobuf/daemonset.json"), data!("protobuf/daemonset.pb")),
        (Kind::Service, data!("real-api/service.json"), data!("protobuf/service.pb")),
        (Kind::Node, data!("real-api/node.json"), data!("protobuf/node.pb")),
        (Kind::Event, data!("protobuf/event.json"), data!("protobuf/event.pb")),
    ];
    for (kind, json, protobuf) in table {
        assert_eq!(one(kind, protobuf), Projector::new(kind).object(json).unwrap(), "{kind:?}");
    }
}

/// The lines of a value; maps have no order.
fn sorted(value: &dyn std::fmt::Debug) -> Vec<String> {
    let mut lines: Vec<String> = format!("{value:#?}").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Every field that is read, also those that make no difference to the record of this object.
#[test]
fn both_encodings_give_the_same_fields() {
    macro_rules! same {
        ($slim:ty, |$it:ident| $fields:expr; $($json:literal $protobuf:literal)*) => {$({
            let fields = |$it: $slim| sorted(&$fields);
            let left = fields(json::object(data!($json)).unwrap());
            assert_eq!(fields(object(data!($protobuf)).unwrap()), left, "{}", $protobuf);
        })*};
    }
    same!(wire::Pod<'_>, |it| it;
        "real-api/pod-ContainerCreating.json" "protobuf/pod-ContainerCreating.pb"
        "real-api/pod-CrashLoopBackOff.json" "protobuf/pod-CrashLoopBackOff.pb"
        "real-api/pod-Failed.json" "protobuf/pod-Failed.pb"
        "real-api/pod-Pending.json" "protobuf/pod-Pending.pb"
        "real-api/pod-Running.json" "protobuf/pod-Running.pb");
    same!(Deployment<'_>, |it| it.0; "real-api/deployment.json" "protobuf/deployment.pb");
    same!(StatefulSet<'_>, |it| it.0; "protobuf/statefulset.json" "protobuf/statefulset.pb");
    same!(DaemonSet<'_>, |it| it.0; "protobuf/daemonset.json" "protobuf/daemonset.pb");
    same!(wire::Service<'_>, |it| it; "real-api/service.json" "protobuf/service.pb");
    same!(wire::Node<'_>, |it| it; "real-api/node.json" "protobuf/node.pb");
    same!(wire::Event<'_>, |it| it; "protobuf/event.json" "protobuf/event.pb");
}

#[test]
fn both_encodings_give_the_same_lists() {
    let table: [(Kind, &[u8], &[u8]); 2] = [
        (Kind::ReplicaSet, data!("real-api/replicasets.json"), data!("protobuf/replicasets.pb")),
        (Kind::EndpointSlice, data!("real-api/endpointslices.json"), data!("protobuf/endpointslices.pb")),
    ];
    for (kind, json, protobuf) in table {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let json = Projector::new(kind).list(json, &mut |record| left.push(record)).unwrap();
        let protobuf =
            Projector::new(kind).list_protobuf(protobuf, &mut |record| right.push(record)).unwrap();
        assert!(!left.is_empty());
        assert_eq!((protobuf, right), (json, left));
    }
}

#[test]
fn both_encodings_give_the_same_streams() {
    let table: [(Kind, &[u8], &[u8]); 2] = [
        (Kind::Pod, data!("real-api/watch-pods-rollout.jsonl"), data!("protobuf/watch-pods-rollout.pb")),
        (
            Kind::EndpointSlice,
            data!("real-api/watch-endpointslices.jsonl"),
            data!("protobuf/watch-endpointslices.pb"),
        ),
    ];
    for (kind, json, protobuf) in table {
        let mut projector = Projector::new(kind);
        let lines: Vec<WatchEvent> = json
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| projector.watch_line(line).unwrap())
            .collect();
        let framed: Vec<WatchEvent> =
            frames(protobuf).map(|frame| projector.watch_frame(frame).unwrap()).collect();
        assert!(!lines.is_empty());
        assert_eq!(framed, lines);
    }
}

#[test]
fn refusals_are_read() {
    let gone = frames(data!("protobuf/err-410-watch.pb")).next().unwrap();
    let what = Projector::new(Kind::Pod).watch_frame(gone).unwrap().what;
    let message = "too old resource version: 1 (30955)".to_owned();
    assert_eq!(what, WatchChange::Error { code: 410, reason: "Expired".into(), message });
    let forbidden = refusal(data!("protobuf/err-403-list.pb")).unwrap();
    assert_eq!((forbidden.reason.as_str(), forbidden.retry_after), ("Forbidden", None));
    assert!(forbidden.message.contains("cannot list resource"), "{forbidden:?}");
    assert_eq!(refusal(data!("protobuf/service.pb")), None);
    assert_eq!(refusal(b"{\"kind\":\"Status\"}"), None);
}

#[test]
fn an_unreadable_item_is_left_out_and_counted() {
    let body = data!("protobuf/replicasets.pb");
    let mut broken = body.to_vec();
    // The name of the first item is no text any more.
    let at = memchr::memmem::find(&broken, b"web-").unwrap();
    broken[at] = 0xff;
    let mut rows = 0;
    let meta = Projector::new(Kind::ReplicaSet).list_protobuf(&broken, &mut |_| rows += 1).unwrap();
    let mut all = 0;
    Projector::new(Kind::ReplicaSet).list_protobuf(body, &mut |_| all += 1).unwrap();
    assert_eq!((rows + 1, meta.skipped), (all, 1));
    assert_eq!(meta.skipped_why.unwrap().why, Broken::Text.to_string());
}

#[test]
fn what_does_not_fit_counts_as_absent_and_what_is_cut_is_an_error() {
    // restartCount as text, phase as a number, ready twice: absent, absent, the last.
    let cases: [(&[u8], &str); 4] = [
        (b"\x1a\x04\x08\x05\x10\x00", ""),
        (b"\x1a\x0b\x0a\x09Succeeded", "Succeeded"),
        (b"\x1a\x09\x0a\x07Pending\x1a\x09\x0a\x07Running", "Running"),
        (b"\xf8\x01\x05\x1a\x09\x0a\x07Running", "Running"),
    ];
    for (content, phase) in cases {
        let mut bytes = b"k8s\0\x12".to_vec();
        length(&mut bytes, content.len());
        bytes.extend_from_slice(content);
        let pod: wire::Pod<'_> = object(&bytes).unwrap();
        assert_eq!(pod.status.phase, phase, "{content:?}");
    }
    let frame = frames(data!("protobuf/watch-pods-rollout.pb")).next().unwrap();
    assert!(is_watch_frame(frame));
    for end in 0..frame.len() {
        assert!(Projector::new(Kind::Pod).watch_frame(&frame[..end]).is_err(), "{end}");
        assert!(!is_watch_frame(&frame[..end]) || end == frame.len(), "{end}");
    }
}

#[test]
fn fields_may_come_in_any_order_and_have_numbers() {
    let bytes = b"k8s\0\x12\x16\x1a\x09\x0a\x07Running\x0a\x09\x2a\x01u\x0a\x04name";
    let pod: wire::Pod<'_> = object(bytes).unwrap();
    assert_eq!((&*pod.meta.name, &*pod.meta.uid, &*pod.status.phase), ("name", "u", "Running"));
    let workload = object::<Deployment<'_>>(b"k8s\0\x12\x04\x12\x02\x02\x00").map(|_| ());
    assert_eq!(workload, Err(Broken::Field.to_string()));
}
