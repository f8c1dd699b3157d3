//! A cluster for the tests of rules: objects as the API writes them, read as the program reads them.

use crate::model::cache::Cache;
use crate::model::certificate::{Certificate, Ends};
use crate::model::feed::{FeedUpdate, RowChange};
use crate::model::project::Projector;
use crate::model::record::{Kind, Seconds};
use crate::model::resource::Resource;
use crate::model::sync::Skipped;
use crate::triage::{Certificates, Feed, Finding, Report, Scene, Standing, Thresholds, look};
use serde_json::{Value, json};

/// What time it is in all tests: 2026-11-27T03:00:00Z.
pub(super) const NOW: Seconds = 1_795_748_400;

/// A time so many seconds ago, as the API writes it.
pub(super) fn ago(seconds: Seconds) -> String {
    jiff::Timestamp::from_second(NOW - seconds).unwrap().to_string()
}

/// The kinds beside the hot ones.
pub(super) static OTHERS: [Resource; 7] = [
    Resource::JOBS,
    Resource::CRON_JOBS,
    Resource::INGRESSES,
    Resource::AUTOSCALERS,
    Resource::DISRUPTION_BUDGETS,
    Resource::PERSISTENT_VOLUME_CLAIMS,
    Resource::RESOURCE_QUOTAS,
];

/// A cluster.
pub(super) struct Stage {
    pub cache: Cache,
    pub thresholds: Thresholds,
    pub feeds: Vec<Feed>,
    pub certificates: Certificates,
}

impl Stage {
    /// Nothing is there, and everything was looked at.
    pub(super) fn new() -> Self {
        let others = OTHERS.iter().map(Kind::Other);
        let feed = |kind| Feed { kind, standing: Standing::Looked, only_in: Vec::new(), skipped: None };
        Self {
            cache: Cache::default(),
            thresholds: Thresholds::default(),
            feeds: Kind::ALL.into_iter().chain(others).map(feed).collect(),
            certificates: Certificates::Read(Ends::default()),
        }
    }

    /// Adds an object; the kind by its name. What the object lacks of metadata is made from its name.
    pub(super) fn add(mut self, kind: &str, mut object: Value) -> Self {
        let kind = self.feeds.iter().map(|feed| feed.kind).find(|known| known.resource().3 == kind).unwrap();
        let meta = object["metadata"].as_object_mut().unwrap();
        let name = meta["name"].as_str().unwrap().to_owned();
        meta.entry("uid").or_insert(json!(format!("u-{}-{name}", kind.resource().3)));
        if kind.namespaced() {
            meta.entry("namespace").or_insert(json!("shop"));
        }
        meta.entry("creationTimestamp").or_insert(json!(ago(86_400)));
        let record = Projector::new(kind).object(object.to_string().as_bytes()).unwrap();
        self.cache.apply(kind, FeedUpdate::Rows(vec![RowChange::Upsert(record)]));
        self
    }

    /// A certificate that ends in so many seconds.
    pub(super) fn certificate(mut self, name: &str, ends_in: Seconds) -> Self {
        if let Certificates::Read(ends) = &mut self.certificates {
            let uid = crate::model::uid::Uid::new(name);
            ends.all.push(Certificate {
                namespace: "shop".into(),
                name: name.into(),
                uid,
                ends: NOW + ends_in,
            });
        }
        self
    }

    /// How far a kind is known.
    pub(super) fn standing(mut self, kind: Kind, standing: Standing) -> Self {
        self.feeds
            .iter_mut()
            .filter(|feed| feed.kind == kind)
            .for_each(|feed| feed.standing = standing.clone());
        self
    }

    /// Some objects of a kind could not be read.
    pub(super) fn skipped(mut self, kind: Kind, count: u32) -> Self {
        for feed in self.feeds.iter_mut().filter(|feed| feed.kind == kind) {
            feed.skipped = Some(Skipped { count, why: "spec: no map".to_owned() });
        }
        self
    }

    pub(super) fn report(&self) -> Report {
        look(&Scene {
            cache: &self.cache,
            now: NOW,
            thresholds: &self.thresholds,
            feeds: &self.feeds,
            certificates: &self.certificates,
        })
    }

    /// What a rule found, alone or joined to another.
    pub(super) fn found(&self, rule: &str) -> Vec<Finding> {
        let of = |finding: &Finding| finding.rule == rule || finding.with.contains(&rule);
        self.report().findings.into_iter().filter(of).collect()
    }
}

/// A deployment `web` with so many pods wished, ready, updated; its Progressing and Available conditions.
pub(super) fn deployment(desired: u32, ready: u32, updated: u32, conditions: Value) -> Value {
    json!({"metadata": {"name": "web", "generation": 1, "annotations": {"deployment.kubernetes.io/revision": "12"}},
        "spec": {"replicas": desired, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "pay:3"}]}}},
        "status": {"observedGeneration": 1, "replicas": desired, "updatedReplicas": updated, "readyReplicas": ready,
            "availableReplicas": ready, "conditions": conditions}})
}

/// The conditions of a deployment that is past its deadline since 6 minutes.
pub(super) fn past_deadline() -> Value {
    json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out",
        "lastTransitionTime": ago(360)}])
}

/// The conditions of one whose last rollout was complete; available or not since so long.
pub(super) fn settled(since: Seconds) -> Value {
    json!([{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "done"},
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability.", "lastTransitionTime": ago(since)}])
}

/// A ReplicaSet of `web`.
pub(super) fn replica_set(revision: u32, ready: u32) -> Value {
    json!({"metadata": {"name": format!("web-{revision}"),
            "annotations": {"deployment.kubernetes.io/revision": revision.to_string()},
            "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "u-Deployment-web", "controller": true}]},
        "spec": {"replicas": ready}, "status": {"replicas": ready, "readyReplicas": ready}})
}

/// A pod of `web`, by way of its newest ReplicaSet; ready or not since so long.
pub(super) fn pod(name: &str, ready: bool, since: Seconds, status: Value) -> Value {
    let mut pod = json!({"metadata": {"name": name, "labels": {"app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-12", "uid": "u-ReplicaSet-web-12", "controller": true}]},
        "spec": {"nodeName": "n-1", "containers": [{"name": "web", "image": "pay:3", "resources": {"limits": {"memory": "256Mi"}},
            "ports": [{"name": "http", "containerPort": 8080}]}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" },
            "reason": "ContainersNotReady", "lastTransitionTime": ago(since)}]}});
    for (key, value) in status.as_object().unwrap() {
        pod["status"][key] = value.clone();
    }
    pod
}

/// What its only container is like.
pub(super) fn container(ready: bool, restarts: u32, state: Value, last: Value) -> Value {
    json!({"containerStatuses": [{"name": "web", "ready": ready, "started": true, "restartCount": restarts,
        "state": state, "lastState": last}]})
}

/// The end of a run, so many seconds ago.
pub(super) fn ended(code: i32, reason: &str, seconds: Seconds) -> Value {
    json!({"terminated": {"exitCode": code, "reason": reason, "finishedAt": ago(seconds)}})
}

/// A pod that is well.
pub(super) fn well(name: &str) -> Value {
    pod(name, true, 600, container(true, 0, json!({"running": {}}), json!({})))
}

/// A pod that crashes.
pub(super) fn crashing(name: &str, restarts: u32) -> Value {
    let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
    pod(name, false, 900, container(false, restarts, state, ended(137, "OOMKilled", 60)))
}

/// A pod whose image is not there.
pub(super) fn imageless(name: &str) -> Value {
    let state = json!({"waiting": {"reason": "ErrImagePull", "message": "pay:3: not found"}});
    pod(name, false, 300, container(false, 0, state, json!({})))
}
