//! Against kubectl's recorded outputs of the same objects, line by line: order, words and columns. What kubectl does not say is a
//! comment and left out here; ages depend on when kubectl was run.

use serde_json::Value;

use super::*;
use crate::model::yaml::Syntax;

mod kinds;

macro_rules! data {
    ($path:literal) => {
        include_str!(concat!("../../tests/data/", $path))
    };
}

/// The text without our comments.
fn text(lines: &[Line]) -> Vec<String> {
    let own = |line: &&Line| line.is_empty() || line.iter().any(|(syntax, _)| *syntax != Syntax::Comment);
    let kubectls = |(syntax, _): &&(Syntax, String)| *syntax != Syntax::Comment;
    lines
        .iter()
        .filter(own)
        .map(|line| {
            line.iter()
                .filter(kubectls)
                .map(|(_, text)| text.as_str())
                .collect::<String>()
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// What kubectl printed, without the command.
fn printed(recorded: &str) -> Vec<String> {
    recorded.lines().skip(1).map(|line| line.trim_end().to_owned()).collect()
}

fn material(object: Value, beside: Vec<(Ask, Found<Vec<Value>>)>, now: &str) -> Material {
    Material { object, beside, cut: Vec::new(), now: now.parse::<jiff::Timestamp>().unwrap().as_second() }
}

/// So many seconds as kubectl writes an age with one unit.
fn age(words: &str) -> i64 {
    let (number, unit) = words.split_at(words.len() - 1);
    number.parse::<i64>().unwrap() * if unit == "m" { 60 } else { 1 }
}

/// The events that kubectl printed, as objects: their ages are counted back from now.
fn events(recorded: &[String], now: &str) -> Vec<Value> {
    let now = now.parse::<jiff::Timestamp>().unwrap();
    let ago = |words: &str| (now - jiff::SignedDuration::from_secs(age(words))).to_string();
    let rows = recorded.iter().skip_while(|line| *line != "Events:").skip(2);
    let row = |line: &String| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let [kind, reason, when, from, message] = cells[..] else { panic!("{line}") };
        let (last, count, first) = match when.split_once(" (x") {
            Some((last, rest)) => {
                let (count, first) = rest.trim_end_matches(')').split_once(" over ").unwrap();
                (last, count.parse().unwrap(), first)
            }
            None => (when, 1, when),
        };
        serde_json::json!({"type": kind, "reason": reason, "source": {"component": from}, "message": message,
            "firstTimestamp": ago(first), "lastTimestamp": ago(last), "count": count})
    };
    rows.skip(1).map(row).collect()
}

/// What was read of these resources.
fn beside(object: &Value, read: &[(&Resource, Vec<Value>)]) -> Vec<(Ask, Found<Vec<Value>>)> {
    let asked = wanted(object).into_iter();
    asked
        .map(|ask| {
            let known = read.iter().find(|(resource, _)| **resource == ask.resource);
            let known = known.map(|(_, read)| read.clone()).unwrap_or_default();
            (ask, Found::Known(known))
        })
        .collect()
}

/// When kubectl was run, about.
const NOW: &str = "2026-11-21T02:33:35Z";

#[test]
fn pods_are_kubectls() {
    for (object, recorded) in [
        (data!("real-api/pod-CrashLoopBackOff.json"), data!("kubectl/describe-pod-crashloop.txt")),
        (data!("real-api/pod-Pending.json"), data!("kubectl/describe-pod-unschedulable.txt")),
    ] {
        let object: Value = serde_json::from_str(object).unwrap();
        let recorded = printed(recorded);
        let beside = beside(&object, &[(&Resource::EVENTS, events(&recorded, NOW))]);
        let material = material(object, beside, NOW);
        assert_eq!(text(&lines(What::Describe, &material)), recorded);
    }
}

#[test]
fn a_deployment_is_kubectls() {
    let object: Value = serde_json::from_str(data!("kubectl/undo-before-deployment.json")).unwrap();
    let sets: Value = serde_json::from_str(data!("kubectl/undo-before-replicasets.json")).unwrap();
    let recorded = printed(data!("kubectl/describe-deploy.txt"));
    let sets = sets["items"].as_array().unwrap().clone();
    let read = [(&Resource::EVENTS, events(&recorded, NOW)), (&Resource::REPLICA_SETS, sets)];
    let beside = beside(&object, &read);
    assert_eq!(text(&lines(What::Describe, &material(object, beside, NOW))), recorded);
}

#[test]
fn a_service_is_kubectls() {
    // The one that was described had another address than the one that was recorded.
    let mut object: Value = serde_json::from_str(data!("real-api/svc-create.json")).unwrap();
    object["metadata"]["namespace"] = "rec2".into();
    object["spec"]["clusterIP"] = "10.96.100.198".into();
    object["spec"]["clusterIPs"][0] = "10.96.100.198".into();
    let ready = |ip: &str| serde_json::json!({"addresses": [ip], "conditions": {"ready": true}});
    let slice = serde_json::json!({"ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
        "endpoints": [ready("10.210.0.25"), ready("10.210.0.29"), ready("10.210.0.28")]});
    let beside = beside(&object, &[(&Resource::ENDPOINT_SLICES, vec![slice])]);
    let told = text(&lines(What::Describe, &material(object, beside, NOW)));
    assert_eq!(told, printed(data!("kubectl/describe-svc.txt")));
}

#[test]
fn a_node_is_kubectls() {
    let mut object: Value = serde_json::from_str(data!("real-api/node.json")).unwrap();
    // It was described a minute after it was recorded.
    for condition in object["status"]["conditions"].as_array_mut().unwrap() {
        condition["lastHeartbeatTime"] = "2026-11-21T02:32:37Z".into();
    }
    let recorded = printed(data!("kubectl/describe-node.txt"));
    let lease = serde_json::json!({"spec": {"holderIdentity": "fake-0000", "renewTime": "2026-11-21T02:33:17.000000Z"}});
    let now = NOW.parse::<jiff::Timestamp>().unwrap();
    // The pods as far as they were printed; each with what it asks for.
    let pod = |line: &String| {
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let [namespace, name, cpu, most_cpu, memory, most_memory, old] = cells[..] else { panic!("{line}") };
        let amount = |cell: &str| cell.split(' ').next().unwrap().to_owned();
        let created = now - jiff::SignedDuration::from_secs(age(old));
        serde_json::json!({"metadata": {"namespace": namespace, "name": name, "creationTimestamp": created.to_string()},
            "spec": {"containers": [{"resources": {
                "requests": {"cpu": amount(cpu), "memory": amount(memory)},
                "limits": {"cpu": amount(most_cpu), "memory": amount(most_memory)}}}]}})
    };
    let pods: Vec<Value> = recorded.iter().filter(|line| line.starts_with("  team-")).map(pod).collect();
    let read = [(&Resource::PODS, pods), (&Resource::LEASES, vec![lease])];
    let beside = beside(&object, &read);
    let told = text(&lines(What::Describe, &material(object, beside, NOW)));
    // Not all of its 26 pods were printed, nor what comes after them.
    let known: Vec<String> =
        recorded.iter().map(|line| line.replace("(26 in total)", "(19 in total)")).collect();
    assert_eq!(told[..known.len()], known);
    assert_eq!(told[known.len()], "Allocated resources:");
    assert!(told.iter().any(|line| line == "  cpu                2320m (3%)   84 (131%)"), "{told:#?}");
}

#[test]
fn what_may_not_be_read_is_named() {
    let mut object: Value = serde_json::from_str(data!("real-api/service.json")).unwrap();
    object["spec"]["ports"].as_array_mut().unwrap().truncate(1);
    let trouble = || Found::Unknown(Trouble::new(crate::model::trouble::TroubleKind::Forbidden, "no"));
    let beside: Vec<_> = wanted(&object).into_iter().map(|ask| (ask, trouble())).collect();
    let told = text(&lines(What::Describe, &material(object, beside, NOW)));
    let named: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split_once(":  "))
        .filter(|(_, rest)| rest.contains("not known"))
        .map(|(title, _)| title)
        .collect();
    assert_eq!(named, ["Endpoints", "Events"], "{told:#?}");
}

#[test]
fn nothing_that_is_odd_breaks_a_description() {
    use serde_json::json;
    for kind in [
        "v1/Pod",
        "v1/Node",
        "v1/Service",
        "v1/Endpoints",
        "discovery.k8s.io/v1/EndpointSlice",
        "v1/ConfigMap",
        "networking.k8s.io/v1/Ingress",
        "networking.k8s.io/v1/IngressClass",
        "networking.k8s.io/v1/NetworkPolicy",
        "apps/v1/Deployment",
        "apps/v1/ReplicaSet",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet",
        "batch/v1/Job",
        "batch/v1/CronJob",
        "v1/Secret",
        "v1/ServiceAccount",
        "scheduling.k8s.io/v1/PriorityClass",
        "v1/PersistentVolume",
        "v1/PersistentVolumeClaim",
        "storage.k8s.io/v1/StorageClass",
        "autoscaling/v2/HorizontalPodAutoscaler",
        "policy/v1/PodDisruptionBudget",
        "v1/ResourceQuota",
        "v1/LimitRange",
        "v1/Namespace",
        "rbac.authorization.k8s.io/v1/ClusterRole",
        "rbac.authorization.k8s.io/v1/RoleBinding",
        "example.io/v1/Widget",
    ] {
        let (version, name) = kind.rsplit_once('/').unwrap();
        for odd in [
            json!(null),
            json!([1, {"a": []}]),
            json!("x"),
            json!({"containers": 1, "rules": [3], "metrics": [1]}),
        ] {
            let object = json!({"apiVersion": version, "kind": name, "metadata": {"name": "a"}, "spec": odd,
                "status": odd, "data": odd, "rules": odd, "subjects": odd, "endpoints": odd, "limits": odd});
            let beside = beside(&object, &[]);
            let told = text(&lines(What::Describe, &material(object, beside, NOW)));
            assert!(told[0].starts_with("Name:") && told[0].ends_with('a'), "{kind}: {told:?}");
        }
    }
}

#[test]
fn what_was_not_read_to_its_end_is_said() {
    let object =
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "uid": "u"}});
    let event = serde_json::json!({"type": "Normal", "reason": "Seen", "message": "m"});
    let asks = vec![(of_object(&object), Found::Known(vec![event]))];
    let mut material = material(object, asks, NOW);
    let cut = |what, resource, more| Cut { what, resource, shown: 500, more };
    material.cut = vec![cut("events", Resource::EVENTS, None), cut("pods", Resource::PODS, Some(37))];
    let text = |what| -> Vec<String> {
        let lines = lines(what, &material);
        lines.iter().map(|line| line.iter().map(|(_, piece)| piece.as_str()).collect()).collect()
    };
    for what in [What::Describe, What::Events] {
        let said = text(what);
        let events = said
            .iter()
            .filter(|line| line.contains("the first 500 events are read and told of; there are more"));
        assert_eq!(events.count(), 1, "{said:#?}");
    }
    assert!(text(What::Describe).iter().any(|line| line.contains("500 of 537 pods are read and told of")));
}
