//! Our columns beside the server's tables, which are what kubectl prints.

use std::collections::HashMap;

use dogwatch::model::cache::Cache;
use dogwatch::model::column::Cx;
use dogwatch::model::columns;
use dogwatch::model::record::{Kind, Record};
use serde_json::{Value, json};

use crate::stage::{Stage, container, crashing, running};

/// One of the server's tables.
pub struct Table {
    kind: Kind,
    /// Where it is read.
    pub path: &'static str,
    /// The server's column, and ours.
    columns: &'static [(&'static str, &'static str)],
}

/// What is compared.
pub const TABLES: &[Table] = &[
    Table {
        kind: Kind::Pod,
        path: "/api/v1/pods",
        columns: &[
            ("Name", "name"),
            ("Ready", "ready"),
            ("Status", "status"),
            ("Restarts", "restarts"),
            ("IP", "ip"),
            ("Node", "node"),
        ],
    },
    Table {
        kind: Kind::Deployment,
        path: "/apis/apps/v1/deployments",
        columns: &[("Name", "name"), ("Ready", "ready"), ("Up-to-date", "updated")],
    },
    Table {
        kind: Kind::Service,
        path: "/api/v1/services",
        columns: &[("Name", "name"), ("Type", "type"), ("Cluster-IP", "cluster-ip"), ("Port(s)", "ports")],
    },
    Table {
        kind: Kind::ReplicaSet,
        path: "/apis/apps/v1/replicasets",
        columns: &[("Name", "name"), ("Desired", "desired"), ("Current", "current"), ("Ready", "ready")],
    },
    Table {
        kind: Kind::Node,
        path: "/api/v1/nodes",
        columns: &[("Name", "name"), ("Status", "status"), ("Roles", "roles"), ("Version", "version")],
    },
];

/// How many rows were compared, and what differs. A row that only one side has is another test's business.
pub fn compare(table: &Table, cache: &Cache, theirs: &Value) -> (usize, Vec<String>) {
    let cx = Cx {
        now: 0,
        endpoints: cache.endpoints(),
        usage: cache.usage(),
        places: &[],
        placed: None,
        server: "",
    };
    let heads: Vec<&str> = theirs["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["name"].as_str().unwrap())
        .collect();
    let records: HashMap<String, &Record> =
        cache.table(table.kind).iter().map(|(_, record)| (record.meta().uid.to_string(), record)).collect();
    let (mut compared, mut different) = (0, Vec::new());
    for row in theirs["rows"].as_array().unwrap() {
        let uid = row["object"]["metadata"]["uid"].as_str().unwrap();
        let Some(record) = records.get(uid) else { continue };
        compared += 1;
        for (head, id) in table.columns {
            let at =
                heads.iter().position(|name| name == head).unwrap_or_else(|| panic!("{head} in {heads:?}"));
            let column = columns::find(table.kind, id).unwrap_or_else(|| panic!("a column {id}"));
            let theirs = match &row["cells"][at] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let ours = (column.cell)(record, &cx).text.into_owned();
            // "3 (5m ago)": when it was moves with the clock.
            let plain = |text: &str| text.split(" (").next().unwrap_or_default().to_owned();
            if plain(&ours) != plain(&theirs) || ours.contains(" (") != theirs.contains(" (") {
                let name = format!("{}/{}", record.meta().namespace, record.meta().name);
                different
                    .push(format!("{:?} {name} {head}: ours {ours:?}, the server's {theirs:?}", table.kind));
            }
        }
    }
    (compared, different)
}

/// Pods in every state that the server's printer knows.
pub async fn every_state(stage: &Stage) {
    let one = |state: Value| json!({"phase": "Running", "containerStatuses": [container("main", 0, false, &state)]});
    let waiting = |reason: &str| one(json!({"waiting": {"reason": reason}}));
    let ended = |code: i32, signal: i32, reason: &str| {
        one(json!({"terminated": {"exitCode": code, "signal": signal, "reason": reason,
            "startedAt": "2026-01-02T03:04:05Z", "finishedAt": "2026-01-02T03:05:05Z"}}))
    };
    let mut again = crashing(4);
    again["containerStatuses"][0]["lastState"] =
        json!({"terminated": {"exitCode": 1, "finishedAt": "2026-01-02T03:05:05Z"}});
    let unready = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [container("main", 0, false, &json!({"running": {}}))]});
    for (name, status) in [
        ("pending", json!({"phase": "Pending"})),
        (
            "unschedulable",
            json!({"phase": "Pending", "conditions":
            [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}),
        ),
        (
            "gated",
            json!({"phase": "Pending", "conditions":
            [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
        ),
        ("evicted", json!({"phase": "Failed", "reason": "Evicted", "message": "disk"})),
        ("node-lost", json!({"phase": "Running", "reason": "NodeLost"})),
        ("unknown", json!({"phase": "Unknown"})),
        ("succeeded", json!({"phase": "Succeeded"})),
        ("creating", waiting("ContainerCreating")),
        ("pull", waiting("ImagePullBackOff")),
        ("completed", ended(0, 0, "Completed")),
        ("error", ended(1, 0, "Error")),
        ("oom", ended(137, 0, "OOMKilled")),
        ("exit-code", ended(3, 0, "")),
        ("signal", ended(0, 9, "")),
        ("again", again),
        ("running", running()),
        ("unready", unready),
    ] {
        stage.pod_like(name, json!({}), status).await;
    }
    initialising(stage, &one).await;
}

/// Pods with init containers, sidecars and readiness gates.
async fn initialising(stage: &Stage, one: &impl Fn(Value) -> Value) {
    let inits =
        json!({"initContainers": [{"name": "first", "image": "i"}, {"name": "second", "image": "i"}]});
    let done = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    let failed = json!({"terminated": {"exitCode": 2, "reason": ""}});
    let crash = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    let start = json!({"waiting": {"reason": "PodInitializing"}});
    for (name, first, second) in [
        ("init-0", start.clone(), start.clone()),
        ("init-1", done.clone(), json!({"running": {}})),
        ("init-failed", failed, start.clone()),
        ("init-crash", done.clone(), crash),
        ("init-done", done.clone(), done.clone()),
    ] {
        let mut status = one(start.clone());
        status["phase"] = json!("Pending");
        status["initContainerStatuses"] =
            json!([container("first", 1, false, &first), container("second", 2, false, &second)]);
        stage.pod_like(name, inits.clone(), status).await;
    }
    let sidecar = json!({"initContainers": [{"name": "side", "image": "i", "restartPolicy": "Always"}]});
    for (name, ready) in [("sidecar", true), ("sidecar-unready", false)] {
        let mut status = running();
        let state = json!({"running": {}});
        let mut side = container("side", 1, ready, &state);
        side["started"] = json!(true);
        status["initContainerStatuses"] = json!([side]);
        stage.pod_like(name, sidecar.clone(), status).await;
    }
    let gates = json!({"readinessGates": [{"conditionType": "example.com/ready"}]});
    stage.pod_like("gate", gates, running()).await;
}
