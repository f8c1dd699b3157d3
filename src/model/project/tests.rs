//! The projection against recordings of a real API server, and against bytes that nobody promised.

use std::collections::HashMap;
use std::mem::size_of;

use proptest::prelude::*;

use super::*;
use crate::model::record::{Health, Pod, Rollout};
use crate::model::units::age;

const PODS: [&str; 7] = [
    include_str!("../../../tests/data/real-api/pod-ContainerCreating.json"),
    include_str!("../../../tests/data/real-api/pod-CrashLoopBackOff.json"),
    include_str!("../../../tests/data/real-api/pod-Failed.json"),
    include_str!("../../../tests/data/real-api/pod-ImagePullBackOff.json"),
    include_str!("../../../tests/data/real-api/pod-Pending.json"),
    include_str!("../../../tests/data/real-api/pod-Running.json"),
    include_str!("../../../tests/data/real-api/pod-Succeeded.json"),
];
const ROLLOUT: &str = include_str!("../../../tests/data/real-api/watch-pods-rollout.jsonl");
const SLICES: &str = include_str!("../../../tests/data/real-api/watch-endpointslices.jsonl");
const DEPLOYMENT: &str = include_str!("../../../tests/data/real-api/deployment.json");
const REPLICA_SETS: &str = include_str!("../../../tests/data/real-api/replicasets.json");
const ENDPOINT_SLICES: &str = include_str!("../../../tests/data/real-api/endpointslices.json");
const SERVICE: &str = include_str!("../../../tests/data/real-api/service.json");
const NODE: &str = include_str!("../../../tests/data/real-api/node.json");
const GONE: &str = include_str!("../../../tests/data/real-api/err-410-watch.json");
const FRAMES: &[u8] = include_bytes!("../../../tests/data/protobuf/watch-pods-rollout.pb");
const SLICES_PROTOBUF: &[u8] = include_bytes!("../../../tests/data/protobuf/endpointslices.pb");
const CELLS: &str = include_str!("../../../tests/data/real-api/table-cells.json");

fn one(kind: Kind, json: &str) -> Record {
    Projector::new(kind).object(json.as_bytes()).unwrap()
}

fn pod(json: &str) -> Pod {
    match one(Kind::Pod, json) {
        Record::Pod(pod) => pod,
        other => panic!("{other:?}"),
    }
}

/// The server's cells by name of the object, then by column.
fn cells(kind: &str) -> HashMap<String, HashMap<String, String>> {
    let all: serde_json::Value = serde_json::from_str(CELLS).unwrap();
    let table = &all[kind];
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let columns: Vec<String> = table["columns"].as_array().unwrap().iter().map(text).collect();
    let rows = table["rows"].as_array().unwrap().iter().map(|row| {
        let row: HashMap<String, String> =
            columns.iter().cloned().zip(row.as_array().unwrap().iter().map(text)).collect();
        (row["Name"].clone(), row)
    });
    rows.collect()
}

#[test]
fn pods_equal_the_servers_table() {
    let table = cells("pods");
    // When the table was made: 45m30s after these pods, up to a second.
    let mut compared = 0;
    for json in PODS {
        let pod = pod(json);
        let row = &table[&*pod.meta.name];
        assert_eq!(row["Status"], *pod.status);
        assert_eq!(row["Ready"], format!("{}/{}", pod.ready, pod.containers));
        let (count, ago) = row["Restarts"].split_once(' ').unwrap_or((&row["Restarts"], ""));
        assert_eq!(count, pod.restarts.to_string());
        assert_eq!(ago.is_empty(), pod.restarted.is_none(), "{row:?}");
        if let Some(then) = pod.restarted {
            let now =
                (0..7200).map(|s| then + s).find(|now| format!("({} ago)", age(*now, then)) == ago).unwrap();
            // 02:32:16 by the two-second crash loop; a whole minute of possible times by the others.
            let recorded = 1_795_228_336;
            assert!((recorded - 60..=recorded + 60).contains(&now), "{} {now}", pod.meta.name);
        }
        assert_eq!(row["IP"], pod.ip.map_or("<none>".to_owned(), |ip| ip.to_string()));
        assert_eq!(row["Node"].replace("<none>", ""), *pod.node);
        compared += 1;
    }
    assert_eq!(compared, 7);
}

#[test]
fn recorded_pods_say_why() {
    let expected = [
        ("bad-creating-7c9dddf9d6-w4qml", Health::Progressing, ""),
        ("bad-crashloop-576c454df-8xbjq", Health::Fault, "app: exit 1 Error"),
        ("broken-import-llr5d", Health::Fault, "exit 1 Error"),
        ("bad-imagepull-77648d948b-6vk6b", Health::Fault, "app: postgres:0.0.1 not found"),
        (
            "bad-unschedulable-b645d7459-qf2dq",
            Health::Fault,
            "0/41 nodes are available: 1 node(s) had untolerated taint(s), 40 node(s) didn't match Pod's node affinity/selector",
        ),
        (
            "bad-notready-7d86f74f74-c5rrq",
            Health::Warning,
            "app, proxy: runs, not ready; last exit 137 OOMKilled",
        ),
        ("import-2vxjq", Health::Idle, ""),
    ];
    for (json, (name, health, why)) in PODS.into_iter().zip(expected) {
        let pod = pod(json);
        assert_eq!((&*pod.meta.name, pod.health, &*pod.reason), (name, health, why));
    }
}

#[test]
fn a_pods_common_part() {
    let pod = pod(PODS[1]);
    assert_eq!(pod.meta.uid.to_string(), "c8bb0c55-872a-4f17-bfb9-cfc1f3f07672");
    assert_eq!(&*pod.meta.namespace, "team-01");
    let owner = pod.meta.owner.unwrap();
    assert_eq!((&*owner.kind, &*owner.name), ("ReplicaSet", "bad-crashloop-576c454df"));
    assert!(pod.meta.labels.is_sorted());
    assert!(pod.meta.labels.contains(&("app".into(), "bad-crashloop".into())));
    assert_eq!(pod.meta.created, 1_795_225_608);
    assert_eq!(pod.images.len(), 2);
    assert_eq!((&*pod.images[0].container, &*pod.images[1].container), ("app", "proxy"));
}

#[test]
fn others_equal_the_servers_table() {
    let Record::Deployment(it) = one(Kind::Deployment, DEPLOYMENT) else { panic!() };
    // The recorded table ends before this deployment; kubectl printed 9/9, 9 and 9 of it.
    assert_eq!((it.ready, it.desired, it.updated, it.available), (9, 9, 9, 9));
    assert_eq!((it.rollout, it.health, it.revision, it.observed), (Rollout::Complete, Health::Ok, 1, true));
    assert_eq!(it.selector.len(), 3);
    assert_eq!(it.images.len(), 3);

    let Record::Service(it) = one(Kind::Service, SERVICE) else { panic!() };
    let row = &cells("services")[&*it.meta.name];
    assert_eq!(row["Type"], *it.kind);
    assert_eq!(row["Cluster-IP"], *it.cluster_ip);
    assert_eq!(row["External-IP"], *it.external_ip);
    assert_eq!(row["Port(s)"], *it.ports);

    let Record::Node(it) = one(Kind::Node, NODE) else { panic!() };
    let row = &cells("nodes")[&*it.meta.name];
    for (column, text) in [
        ("Status", &it.status),
        ("Roles", &it.roles),
        ("Version", &it.version),
        ("Internal-IP", &it.internal_ip),
        ("OS-Image", &it.os_image),
        ("Kernel-Version", &it.kernel),
        ("Container-Runtime", &it.runtime),
    ] {
        assert_eq!(row[column], **text, "{column}");
    }
    assert_eq!((it.health, &*it.reason), (Health::Ok, ""));
}

#[test]
fn lists_hand_out_records() {
    let mut rows = Vec::new();
    let meta =
        Projector::new(Kind::ReplicaSet).list(REPLICA_SETS.as_bytes(), &mut |row| rows.push(row)).unwrap();
    assert!(!meta.version.is_empty());
    assert_eq!((meta.next, meta.remaining, meta.skipped), (None, None, 0));
    let revisions: Vec<(u64, u32)> = rows
        .iter()
        .map(|row| match row {
            Record::ReplicaSet(it) => (it.revision, it.desired),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(revisions.len(), 2);
    assert!(revisions.contains(&(2, 3)), "{revisions:?}");
    assert!(revisions.contains(&(1, 0)), "{revisions:?}");

    let mut slices = Vec::new();
    Projector::new(Kind::EndpointSlice)
        .list(ENDPOINT_SLICES.as_bytes(), &mut |row| slices.push(row))
        .unwrap();
    let Some(Record::EndpointSlice(slice)) = slices.first() else { panic!() };
    assert_eq!((&*slice.service, slice.ready, slice.total), ("checkout-000", 9, 9));
}

#[test]
fn pages_and_what_is_still_to_come() {
    let body = r#"{"items":null,"metadata":{"resourceVersion":"7","continue":"abc","remainingItemCount":9}}"#;
    let meta = Projector::new(Kind::Pod).list(body.as_bytes(), &mut |_| panic!()).unwrap();
    assert_eq!((meta.version.as_str(), meta.next.as_deref(), meta.remaining), ("7", Some("abc"), Some(9)));
}

#[test]
fn one_bad_item_costs_only_itself() {
    // A lone surrogate is no character, and a string is no object: neither can be read.
    let body = r#"{"metadata":{"resourceVersion":"7"},"items":[
        {"metadata":{"name":"a","uid":"1"}},
        {"metadata":{"name":"\ud800","uid":"2"}},
        {"metadata":{"name":"c","uid":"3"}},
        "odd",
        {"metadata":{"name":"e","uid":"5","labels":"none"},"status":[],"spec":{"containers":{"x":[1,{"y":null}]}}}]}"#;
    let mut names = Vec::new();
    let meta = Projector::new(Kind::Pod)
        .list(body.as_bytes(), &mut |row| names.push(row.meta().name.to_string()))
        .unwrap();
    assert_eq!(names, ["a", "c", "e"]);
    assert_eq!((meta.version.as_str(), meta.skipped), ("7", 2));
    assert_eq!(meta.skipped_why.unwrap().what, "a pod");
}

#[test]
fn a_cut_list_is_an_error() {
    for cut in [10, 1000, REPLICA_SETS.len() - 3] {
        let error =
            Projector::new(Kind::ReplicaSet).list(&REPLICA_SETS.as_bytes()[..cut], &mut |_| {}).unwrap_err();
        assert_eq!(error.what, "a list of ReplicaSets");
        assert!(!error.why.is_empty() && !error.why.contains('\n'), "{error}");
    }
}

#[test]
fn a_rollout_as_it_was_watched() {
    let mut projector = Projector::new(Kind::Pod);
    let mut seen = Vec::new();
    for line in ROLLOUT.lines().filter(|line| !line.is_empty()) {
        let line = projector.watch_line(line.as_bytes()).unwrap();
        assert!(line.version.is_some());
        seen.push(match line.what {
            WatchChange::Upsert(Record::Pod(pod)) => {
                format!("{} {}/{} {:?}", pod.status, pod.ready, pod.containers, pod.health)
            }
            WatchChange::Remove(uid) => {
                assert!(matches!(uid, Uid::Uuid(_)));
                "gone".to_owned()
            }
            WatchChange::Bookmark { initial_events_end } => format!("bookmark {initial_events_end}"),
            other => panic!("{other:?}"),
        });
    }
    let count = |text: &str| seen.iter().filter(|line| *line == text).count();
    assert_eq!(count("bookmark true"), 1);
    assert_eq!(seen.iter().position(|line| line == "bookmark true"), Some(3));
    assert_eq!(count("bookmark false"), 1);
    assert_eq!(count("gone"), 3);
    assert_eq!(count("Pending 0/1 Progressing"), 6);
    assert_eq!(count("Running 1/1 Ok"), 6);
    assert_eq!(count("Terminating 1/1 Progressing") + count("Terminating 0/1 Progressing"), 6, "{seen:#?}");
}

#[test]
fn endpoints_as_they_were_watched() {
    let mut projector = Projector::new(Kind::EndpointSlice);
    let seen: Vec<(u32, u32, String)> = SLICES
        .lines()
        .map(|line| match projector.watch_line(line.as_bytes()).unwrap().what {
            WatchChange::Upsert(Record::EndpointSlice(slice)) => {
                assert_eq!((&*slice.service, &*slice.address_type), ("web", "IPv4"));
                (slice.ready, slice.total, slice.ports.to_string())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    // The last one came with `null` for endpoints and ports.
    assert_eq!(seen, [(3, 3, "8080".to_owned()), (1, 2, "8080".to_owned()), (0, 0, "<unset>".to_owned())]);
}

#[test]
fn refusals_and_odd_lines() {
    let mut projector = Projector::new(Kind::Pod);
    let gone = projector.watch_line(GONE.as_bytes()).unwrap();
    let message = "too old resource version: 1 (30955)".to_owned();
    assert_eq!(gone.what, WatchChange::Error { code: 410, reason: "Expired".to_owned(), message });
    assert_eq!(gone.version, None);

    // The order of keys is nobody's promise.
    let turned = r#"{"object":{"metadata":{"uid":"u","resourceVersion":"5"}},"type":"DELETED"}"#;
    let turned = projector.watch_line(turned.as_bytes()).unwrap();
    assert_eq!(
        turned,
        WatchEvent { version: Some("5".to_owned()), what: WatchChange::Remove(Uid::new("u")) }
    );

    for (line, why) in [
        (r#"{"type":"ADDED"}"#, "a line without an object"),
        (r#"{"object":{}}"#, "a line without an object"),
        (r#"{"type":"ADDED","object":{}}"#, "an object without a uid"),
        (r#"{"type":"NEW","object":{}}"#, "a line of the unknown type \"NEW\""),
    ] {
        assert_eq!(projector.watch_line(line.as_bytes()).unwrap_err().why, why);
    }
    for line in ["", "{", "null", "[]", "\"x\"", r#"{"type":"ADDED","object":{"#, "\u{feff}{}"] {
        assert!(projector.watch_line(line.as_bytes()).is_err(), "{line}");
        assert!(projector.object(line.as_bytes()).is_err(), "{line}");
    }
    assert!(projector.object(b"{\"metadata\":{\"name\":\"\xff\"}}").is_err());
}

#[test]
fn nulls_everywhere() {
    for kind in Kind::ALL {
        for json in ["{}", r#"{"metadata":null,"spec":null,"status":null,"endpoints":null,"series":null}"#] {
            let record = one(kind, json);
            assert_eq!(record.kind(), kind);
            assert_eq!(&*record.meta().name, "");
        }
    }
}

#[test]
fn text_is_cleaned() {
    let pod = pod(
        "{\"metadata\":{\"name\":\"a\\u001b[2Jb\",\"labels\":{\"k\":\"\\u202ev\"}},\"status\":{\"phase\":\"x\\ty\"}}",
    );
    assert_eq!(&*pod.meta.name, "a␛[2Jb");
    assert_eq!(&*pod.meta.labels[0].1, "�v");
    assert_eq!(&*pod.status, "x y");
}

#[test]
fn records_are_small() {
    assert!(size_of::<Pod>() < 260, "{}", size_of::<Pod>());
    assert!(size_of::<Record>() < 260, "{}", size_of::<Record>());
}

#[test]
fn equal_parts_are_shared() {
    let mut projector = Projector::new(Kind::Pod);
    let mut next = || match projector.object(PODS[1].as_bytes()).unwrap() {
        Record::Pod(pod) => pod,
        other => panic!("{other:?}"),
    };
    let (a, b) = (next(), next());
    let shared = std::sync::Arc::ptr_eq(&a.meta.labels, &b.meta.labels)
        && std::sync::Arc::ptr_eq(&a.images, &b.images)
        && std::sync::Arc::ptr_eq(&a.status, &b.status)
        && std::sync::Arc::ptr_eq(a.meta.owner.as_ref().unwrap(), b.meta.owner.as_ref().unwrap());
    assert!(shared);
    // What a pod has for itself alone beside its record: its name, and its reason at worst. 32: an allocation's and a
    // pool's own bytes.
    let own = size_of::<Record>() + a.meta.name.len() + 32 + a.reason.len() + 32;
    assert!(own < 500, "{own}");
}

/// All recordings as single objects, events or lists, with the kind that they are of.
fn recordings() -> Vec<(Kind, &'static [u8])> {
    let mut all: Vec<(Kind, &str)> = PODS.iter().map(|json| (Kind::Pod, *json)).collect();
    all.extend([(Kind::Deployment, DEPLOYMENT), (Kind::Service, SERVICE), (Kind::Node, NODE)]);
    all.extend([(Kind::ReplicaSet, REPLICA_SETS), (Kind::EndpointSlice, ENDPOINT_SLICES)]);
    all.extend(ROLLOUT.lines().take(6).map(|line| (Kind::Pod, line)));
    all.extend(SLICES.lines().map(|line| (Kind::EndpointSlice, line)));
    let mut all: Vec<(Kind, &[u8])> = all.into_iter().map(|(kind, text)| (kind, text.as_bytes())).collect();
    // The first frame, without its length.
    all.extend([(Kind::Pod, &FRAMES[4..]), (Kind::EndpointSlice, SLICES_PROTOBUF)]);
    all
}

/// Reads bytes in every way; that it comes back is the test.
fn read_all_ways(kind: Kind, bytes: &[u8]) {
    let mut projector = Projector::new(kind);
    let _ = projector.object(bytes);
    let _ = projector.watch_line(bytes);
    let _ = projector.list(bytes, &mut |_| {});
    let _ = projector.watch_frame(bytes);
    let _ = projector.list_protobuf(bytes, &mut |_| {});
    let _ = (is_watch_frame(bytes), refusal(bytes));
}

#[test]
fn deep_nesting_does_not_overflow() {
    for open in ["[", "{\"a\":", "{\"spec\":", "{\"items\":[", "{\"type\":\"ADDED\",\"object\":"] {
        let deep = open.repeat(20_000);
        read_all_ways(Kind::Pod, deep.as_bytes());
        read_all_ways(Kind::Pod, format!("{{\"x\":{deep}").as_bytes());
        read_all_ways(Kind::Pod, format!("{{\"spec\":{{\"containers\":[{deep}").as_bytes());
    }
    let closed = format!("{{\"x\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    read_all_ways(Kind::Pod, closed.as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes(bytes: Vec<u8>, kind in 0..Kind::ALL.len()) {
        read_all_ways(Kind::ALL[kind], &bytes);
    }

    #[test]
    fn cut_and_changed_recordings(
        which: prop::sample::Index,
        cut: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let all = recordings();
        let (kind, recorded) = all[which.index(all.len())];
        let mut bytes = recorded.to_vec();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        read_all_ways(kind, &bytes);
        bytes.truncate(cut.index(bytes.len()));
        read_all_ways(kind, &bytes);
    }

    #[test]
    fn any_json_makes_a_record(value in json(), kind in 0..Kind::ALL.len()) {
        let text = format!(r#"{{"metadata":{value},"spec":{value},"status":{value},"endpoints":[{value}],"message":{value}}}"#);
        prop_assert!(Projector::new(Kind::ALL[kind]).object(text.as_bytes()).is_ok());
    }
}

/// JSON of odd types under the keys that are read.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
        Just("1.5e300".to_owned()),
        Just("-0.0".to_owned()),
        "[a-zA-Z0-9:/@.-]{0,12}".prop_map(|text| format!("{text:?}")),
        Just(r#""\u001b\n\u00e9\ud83d\ude00""#.to_owned()),
        Just(r#""2026-11-21T01:46:48Z""#.to_owned()),
    ];
    let key = prop::sample::select(vec![
        "name",
        "labels",
        "ownerReferences",
        "containers",
        "containerStatuses",
        "initContainerStatuses",
        "state",
        "waiting",
        "terminated",
        "reason",
        "message",
        "conditions",
        "ports",
        "selector",
        "template",
        "replicas",
        "addresses",
        "exitCode",
        "finishedAt",
        "metadata",
        "spec",
        "type",
        "status",
        "ready",
        "restartCount",
    ]);
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|items| {
                let items: Vec<String> =
                    items.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", items.join(","))
            }),
        ]
    })
}

#[test]
fn values_of_the_users_columns_are_kept_beside_the_record() {
    use crate::model::columns::own::{OwnColumn, ValueType};
    use crate::model::path::Path;
    let column = |path: &str| OwnColumn {
        id: path.to_owned(),
        title: path.to_owned(),
        written: path.to_owned(),
        path: Path::parse(path).unwrap(),
        values: ValueType::String,
        width: 9,
        sort: None,
    };
    let own: Arc<[OwnColumn]> = [column(".status.hostIP"), column(".spec.x[*].y")].into();
    let json = r#"{"metadata":{"uid":"u","name":"a","managedFields":[{"x":1}]},
        "spec":{"x":[{"y":1},{"y":"\u001bz"}]},"status":{"hostIP":"10.0.0.1"}}"#;
    let values = |record: &Record| -> Vec<String> {
        record.meta().own.iter().flat_map(|own| own.0.iter()).map(ToString::to_string).collect()
    };
    let mut projector = Projector::new(Kind::Pod).with_own(Some(&own));
    let expected = ["10.0.0.1", "1,␛z"];
    assert_eq!(values(&projector.object(json.as_bytes()).unwrap()), expected);
    let event = projector.watch_line(format!(r#"{{"type":"ADDED","object":{json}}}"#).as_bytes()).unwrap();
    let WatchChange::Upsert(record) = event.what else { panic!("{event:?}") };
    assert_eq!(values(&record), expected);
    let mut rows = Vec::new();
    let body = format!(r#"{{"metadata":{{"resourceVersion":"5"}},"items":[{json},3,{{}}]}}"#);
    let page = projector.list(body.as_bytes(), &mut |row| rows.push(values(&row))).unwrap();
    assert_eq!((page.version.as_str(), page.skipped), ("5", 1));
    assert_eq!(rows[0], expected);
    assert_eq!(rows[1], ["<none>", "<none>"]);
    let none =
        projector.list(br#"{"metadata":{"resourceVersion":"6"},"items":null}"#, &mut |_| panic!("a row"));
    assert_eq!(none.unwrap().version, "6");
    assert!(projector.list(b"[]", &mut |_| panic!("a row")).is_err());
    // Without such columns there is nothing but the pointer to it.
    let plain = Projector::new(Kind::Pod).object(json.as_bytes()).unwrap();
    assert_eq!((plain.meta().own.as_ref(), size_of_val(&plain.meta().own)), (None, size_of::<usize>()));
}
