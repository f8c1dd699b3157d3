//! Cells and orders of the columns, and what holds for all tables.

use std::collections::HashSet;

use super::*;
use crate::model::column::Cx;
use crate::model::endpoints::Endpoints;
use crate::model::project::Projector;

const NOW: i64 = 1_000_000;

fn record(kind: Kind, json: &str) -> Record {
    Projector::new(kind).object(json.as_bytes()).unwrap()
}

fn cell(record: &Record, id: &str, endpoints: &Endpoints) -> (String, Tone) {
    let column = find(record.kind(), id).unwrap();
    let cell = (column.cell)(
        record,
        &Cx { now: NOW, endpoints, usage: crate::model::usage::NONE, places: &[], placed: None, server: "" },
    );
    (cell.text.into_owned(), cell.tone)
}

fn order(kind: Kind, id: &str, a: &str, b: &str) -> Ordering {
    let endpoints = Endpoints::default();
    let cx = Cx {
        now: NOW,
        endpoints: &endpoints,
        usage: crate::model::usage::NONE,
        places: &[],
        placed: None,
        server: "",
    };
    let (a, b) = (record(kind, a), record(kind, b));
    let order = find(kind, id).unwrap().order;
    assert_eq!(order(&a, &b, &cx), order(&b, &a, &cx).reverse(), "{id}");
    assert_eq!(order(&a, &a, &cx), Ordering::Equal);
    order(&a, &b, &cx)
}

#[test]
fn tables_are_sound() {
    let endpoints = Endpoints::default();
    for kind in Kind::ALL {
        let all = columns(kind);
        let ids: HashSet<&str> = all.iter().map(|column| column.id).collect();
        assert_eq!(ids.len(), all.len(), "{kind:?}: ids are unique");
        assert_eq!(
            all.iter().filter(|column| column.max == 0).count(),
            1,
            "{kind:?}: one column takes what is left"
        );
        assert_eq!(
            all.iter().any(|column| column.when == When::ManyNamespaces),
            kind.namespaced(),
            "{kind:?}"
        );
        assert!(ids.contains("name") && ids.contains("age"), "{kind:?}");
        let empty = record(kind, "{}");
        for column in all {
            assert!(column.help.ends_with('.') && !column.title.is_empty(), "{}", column.id);
            let _ = (column.cell)(
                &empty,
                &Cx {
                    now: NOW,
                    endpoints: &endpoints,
                    usage: crate::model::usage::NONE,
                    places: &[],
                    placed: None,
                    server: "",
                },
            );
            for other in Kind::ALL {
                // A column of one kind given a record of another is a mistake, but not one that ends the program.
                let _ = (column.cell)(
                    &record(other, "{}"),
                    &Cx {
                        now: NOW,
                        endpoints: &endpoints,
                        usage: crate::model::usage::NONE,
                        places: &[],
                        placed: None,
                        server: "",
                    },
                );
            }
        }
    }
}

#[test]
fn pod_cells() {
    let none = Endpoints::default();
    // 1970-01-12T13:46:40Z is NOW.
    let pod = record(
        Kind::Pod,
        r#"{"metadata":{"name":"p","namespace":"shop","creationTimestamp":"1970-01-12T13:34:40Z"},
            "spec":{"nodeName":"n-03","containers":[{"name":"a","image":"r.example/shop/gb:v4"},{"name":"b","image":"envoy:1"}]},
            "status":{"phase":"Running","podIP":"10.0.0.7","conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady"}],
            "containerStatuses":[{"name":"a","restartCount":5,"state":{"waiting":{"reason":"CrashLoopBackOff"}},
            "lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"1970-01-12T13:43:40Z"}}}]}}"#,
    );
    for (id, text, tone) in [
        ("namespace", "shop", Tone::Dim),
        ("name", "p", Tone::Plain),
        ("ready", "0/2", Tone::Bad),
        ("status", "CrashLoopBackOff", Tone::Bad),
        ("restarts", "5 (3m ago)", Tone::Warn),
        ("age", "12m", Tone::Plain),
        ("why", "a: exit 137 OOMKilled", Tone::Bad),
        ("ip", "10.0.0.7", Tone::Plain),
        ("node", "n-03", Tone::Plain),
        ("image", "gb:v4 +1", Tone::Plain),
        ("images", "r.example/shop/gb:v4,envoy:1", Tone::Dim),
    ] {
        assert_eq!(cell(&pod, id, &none), (text.to_owned(), tone), "{id}");
    }
    let fresh = record(Kind::Pod, r#"{"status":{"phase":"Pending"}}"#);
    for (id, text) in
        [("age", "<unknown>"), ("ip", "<none>"), ("node", "<none>"), ("restarts", "0"), ("ready", "0/0")]
    {
        assert_eq!(cell(&fresh, id, &none).0, text, "{id}");
    }
}

#[test]
fn deployment_states() {
    let none = Endpoints::default();
    let of = |labels: &str, paused: bool, numbers: [u32; 4], conditions: &str| {
        let [wished, replicas, updated, ready] = numbers;
        record(
            Kind::Deployment,
            &format!(
                r#"{{"metadata":{{"labels":{labels}}},"spec":{{"paused":{paused},"replicas":{wished}}},"status":{{"replicas":{replicas},"updatedReplicas":{updated},"readyReplicas":{ready},"availableReplicas":{ready},"conditions":[{conditions}]}}}}"#
            ),
        )
    };
    let moving = r#"{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated"}"#;
    let stuck = r#"{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"timed out"}"#;
    let quota = r#"{"type":"ReplicaFailure","status":"True","message":"exceeded quota"}"#;
    for (it, text, tone) in [
        (of("{}", false, [3, 3, 3, 3], ""), "", Tone::Dim),
        (of("{}", false, [3, 4, 1, 3], moving), "1 of 3 updated", Tone::Busy),
        (of("{}", false, [3, 4, 3, 3], moving), "1 old to end", Tone::Busy),
        (of("{}", false, [3, 3, 3, 2], moving), "2 of 3 available", Tone::Busy),
        (of("{}", false, [3, 4, 1, 3], stuck), "stuck: timed out", Tone::Bad),
        (of("{}", false, [3, 1, 1, 1], quota), "failing: exceeded quota", Tone::Bad),
        (of("{}", true, [3, 4, 1, 3], moving), "paused, 1 of 3 updated", Tone::Warn),
        (of(r#"{"track":"canary"}"#, false, [1, 1, 1, 1], ""), "track canary", Tone::Dim),
        (of(r#"{"track":"canary"}"#, true, [1, 1, 1, 1], ""), "paused, track canary", Tone::Warn),
        (of("{}", false, [0, 0, 0, 0], ""), "scaled to 0", Tone::Dim),
    ] {
        assert_eq!(cell(&it, "state", &none), (text.to_owned(), tone), "{it:?}");
    }
    let new = record(Kind::Deployment, r#"{"metadata":{"generation":2},"status":{"observedGeneration":1}}"#);
    assert_eq!(cell(&new, "state", &none).0, "change not seen yet");
    assert_eq!(cell(&new, "rev", &none).0, "-");
    assert_eq!(cell(&new, "ready", &none).0, "0/1");
}

#[test]
fn endpoints_of_services() {
    let service = |name: &str, selector: &str| {
        record(
            Kind::Service,
            &format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"selector":{selector}}}}}"#
            ),
        )
    };
    let mut endpoints = Endpoints::default();
    for (name, states) in [("full", "tt"), ("part", "tf"), ("down", "ff"), ("by-hand", "t")] {
        let states: Vec<String> = states
            .chars()
            .map(|c| format!(r#"{{"addresses":["10.0.0.1"],"conditions":{{"ready":{}}}}}"#, c == 't'))
            .collect();
        let slice = record(
            Kind::EndpointSlice,
            &format!(
                r#"{{"metadata":{{"name":"{name}-x","uid":"{name}","namespace":"shop","labels":{{"kubernetes.io/service-name":"{name}"}}}},"addressType":"IPv4","endpoints":[{}]}}"#,
                states.join(",")
            ),
        );
        let Record::EndpointSlice(slice) = slice else { panic!() };
        endpoints.insert(&slice);
    }
    let selector = r#"{"app":"web"}"#;
    // In the order of the column.
    let expected = [
        ("down", selector, "0/2", Tone::Bad),
        ("empty", selector, "none", Tone::Bad),
        ("part", selector, "1/2", Tone::Warn),
        ("by-hand", "null", "1/1", Tone::Good),
        ("full", selector, "2/2", Tone::Good),
        ("outside", "null", "-", Tone::Dim),
    ];
    let services: Vec<Record> = expected.iter().map(|(name, selector, ..)| service(name, selector)).collect();
    for (it, (name, _, text, tone)) in services.iter().zip(expected) {
        assert_eq!(cell(it, "endpoints", &endpoints), (text.to_owned(), tone), "{name}");
    }
    let order = find(Kind::Service, "endpoints").unwrap().order;
    let cx = Cx {
        now: NOW,
        endpoints: &endpoints,
        usage: crate::model::usage::NONE,
        places: &[],
        placed: None,
        server: "",
    };
    for (a, b) in services.iter().zip(&services[2..]) {
        assert_eq!(order(a, b, &cx), Ordering::Less, "{:?} {:?}", a.meta().name, b.meta().name);
    }
    assert_eq!(cell(&services[0], "selector", &endpoints).0, "app=web");
    assert_eq!(cell(&services[3], "selector", &endpoints).0, "<none>");
}

#[test]
fn orders() {
    let pod = |status: &str| format!(r#"{{"status":{status}}}"#);
    let restarts = |count: u32| pod(&format!(r#"{{"containerStatuses":[{{"restartCount":{count}}}]}}"#));
    let created = |time: &str| format!(r#"{{"metadata":{{"creationTimestamp":"{time}"}}}}"#);
    let named = |name: &str| format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
    let version = |version: &str| format!(r#"{{"status":{{"nodeInfo":{{"kubeletVersion":"{version}"}}}}}}"#);
    let ip = |ip: &str| format!(r#"{{"spec":{{"clusterIPs":["{ip}"]}}}}"#);
    let port = |port: u32| format!(r#"{{"spec":{{"ports":[{{"port":{port}}}]}}}}"#);
    let revision =
        |n: u32| format!(r#"{{"metadata":{{"annotations":{{"deployment.kubernetes.io/revision":"{n}"}}}}}}"#);
    for (kind, id, less, more) in [
        (Kind::Pod, "restarts", restarts(9), restarts(10)),
        (Kind::Pod, "age", created("2026-01-02T00:00:00Z"), created("2026-01-01T00:00:00Z")),
        (Kind::Pod, "name", named("web-10"), named("web-9")),
        (Kind::Pod, "status", pod(r#"{"phase":"Zzz"}"#), pod(r#"{"phase":"Pending"}"#)),
        (Kind::Pod, "ip", pod(r#"{"podIP":"10.0.0.9"}"#), pod(r#"{"podIP":"10.0.0.10"}"#)),
        (Kind::Node, "version", version("v1.9.12"), version("v1.10.1")),
        (Kind::Service, "cluster-ip", ip("10.0.0.9"), ip("10.0.0.10")),
        (Kind::Service, "cluster-ip", ip("10.0.0.9"), ip("None")),
        (Kind::Service, "ports", port(80), port(443)),
        (Kind::Deployment, "rev", revision(9), revision(10)),
        (Kind::Event, "count", r#"{"count":9}"#.to_owned(), r#"{"count":10}"#.to_owned()),
        (Kind::Event, "type", r#"{"type":"Warning"}"#.to_owned(), r#"{"type":"Normal"}"#.to_owned()),
    ] {
        assert_eq!(order(kind, id, &less, &more), Ordering::Less, "{kind:?} {id}");
    }
    assert_eq!(by_share((1, 3), (2, 3)), Ordering::Less);
    assert_eq!(by_share((0, 9), (1, 100)), Ordering::Less);
    assert_eq!(by_share((3, 3), (9, 9)), Ordering::Less);
    assert_eq!(by_share((2, 3), (0, 0)), Ordering::Less);
}
