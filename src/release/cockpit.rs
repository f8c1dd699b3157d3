//! The state of a release at one look: the two sides of a rollout, its revisions with their pods, who serves.
//!
//! Made of the workload and the holders of its revisions as they are (whole objects), and of the pods and services that
//! are watched. What is shown is only what these say.

use serde_json::Value;

use super::facts::{PodFact, ServiceFact, selects};
use super::follow::{Verdict, rollout};
use super::history::{Revision, revisions};
use super::json::{flag, items, number, text};
use crate::model::uid::Uid;

/// One look at a release.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cockpit {
    /// Where the rollout is, by kubectl's rule.
    pub state: Option<Verdict>,
    /// It is paused.
    pub paused: bool,
    /// When the controller last saw progress, RFC 3339.
    pub progressed: String,
    /// `spec.progressDeadlineSeconds`.
    pub deadline: Option<i64>,
    /// Pods that are wanted.
    pub wanted: i64,
    /// `maxSurge` and `maxUnavailable` as they are written.
    pub bounds: (String, String),
    /// The revisions, newest first.
    pub revisions: Vec<RevisionView>,
    /// The services that select its pods, with ready and all endpoints.
    pub services: Vec<(String, u32, u32)>,
}

/// A revision and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct RevisionView {
    /// The revision.
    pub revision: Revision,
    /// Its pods, those that are not ready first.
    pub pods: Vec<PodFact>,
    /// The services that select its pods.
    pub serving: Vec<String>,
}

impl RevisionView {
    /// Pods that are ready.
    pub fn ready(&self) -> usize {
        self.pods.iter().filter(|pod| pod.ready).count()
    }

    /// Why the first pod that is not ready is not.
    pub fn why(&self) -> Option<&PodFact> {
        self.pods.iter().find(|pod| !pod.ready)
    }
}

impl Cockpit {
    /// The revision that is rolled out.
    pub fn new_side(&self) -> Option<&RevisionView> {
        self.revisions.iter().find(|view| view.revision.current)
    }

    /// Older revisions that still have pods, newest first.
    pub fn old_sides(&self) -> impl Iterator<Item = &RevisionView> {
        self.revisions.iter().filter(|view| !view.revision.current && !view.pods.is_empty())
    }

    /// A revision by its holder.
    pub fn revision(&self, uid: &Uid) -> Option<&RevisionView> {
        self.revisions.iter().find(|view| view.revision.uid == *uid)
    }
}

/// One look.
pub fn cockpit(object: &Value, holders: &[Value], pods: &[PodFact], services: &[ServiceFact]) -> Cockpit {
    let by_holder = |revision: &Revision| -> Vec<PodFact> {
        let mine = |pod: &&PodFact| match &revision.data {
            // Pods of a StatefulSet or DaemonSet are its own; their revision is in a label.
            Some(_) => {
                pod.owner == super::json::uid(object)
                    && pod.labels.iter().any(|(key, value)| {
                        key == "controller-revision-hash"
                            && (*value == revision.name || revision.name.ends_with(value.as_str()))
                    })
            }
            None => pod.owner == revision.uid.to_string(),
        };
        let mut found: Vec<PodFact> = pods.iter().filter(mine).cloned().collect();
        found.sort_by(|one, other| (one.ready, &one.name).cmp(&(other.ready, &other.name)));
        found
    };
    let views = revisions(object, holders).into_iter().map(|revision| {
        let pods = by_holder(&revision);
        let labels = pods.first().map_or_else(
            || super::json::texts(&revision.template, "/metadata/labels").into_iter().collect(),
            |pod| pod.labels.clone(),
        );
        let serving = services
            .iter()
            .filter(|service| selects(&service.selector, &labels))
            .map(|service| service.name.clone())
            .collect();
        RevisionView { revision, pods, serving }
    });
    let template: Vec<(String, String)> =
        super::json::texts(object, "/spec/template/metadata/labels").into_iter().collect();
    let progressing = items(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == "Progressing");
    let bound = |key: &str| {
        let value = object
            .pointer(&format!("/spec/strategy/rollingUpdate/{key}"))
            .or_else(|| object.pointer(&format!("/spec/updateStrategy/rollingUpdate/{key}")));
        match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    Cockpit {
        state: (!object.is_null()).then(|| rollout::status(object)),
        paused: flag(object, "/spec/paused"),
        progressed: progressing
            .map(|condition| text(condition, "/lastUpdateTime").to_owned())
            .unwrap_or_default(),
        deadline: number(object, "/spec/progressDeadlineSeconds"),
        wanted: number(object, "/spec/replicas")
            .or_else(|| number(object, "/status/desiredNumberScheduled"))
            .unwrap_or(1),
        bounds: (bound("maxSurge"), bound("maxUnavailable")),
        revisions: views.collect(),
        services: services
            .iter()
            .filter(|service| selects(&service.selector, &template))
            .map(|service| (service.name.clone(), service.ready, service.total))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, owner: &str, ready: bool) -> PodFact {
        PodFact {
            name: name.to_owned(),
            labels: vec![("app".to_owned(), "web".to_owned())],
            owner: owner.to_owned(),
            ready,
            status: if ready { "Running" } else { "ImagePullBackOff" }.to_owned(),
            images: Vec::new(),
            created: 0,
        }
    }

    #[test]
    fn a_rollout_in_the_middle_has_two_sides() {
        let template = |image: &str| json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}});
        let set = |n: i64, image: &str| {
            json!({"metadata": {"name": format!("web-{n}"), "uid": format!("rs{n}"),
                    "annotations": {"deployment.kubernetes.io/revision": n.to_string()},
                    "ownerReferences": [{"controller": true, "uid": "d"}]},
                "spec": {"template": template(image)}})
        };
        let object = json!({"kind": "Deployment", "metadata": {"uid": "d", "generation": 2},
            "spec": {"replicas": 3, "progressDeadlineSeconds": 600, "template": template("web:2"),
                "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": "0%"}}},
            "status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 1, "availableReplicas": 3}});
        let pods =
            [pod("b", "rs1", true), pod("a", "rs1", true), pod("c", "rs2", false), pod("x", "other", true)];
        let services = [ServiceFact {
            name: "web".to_owned(),
            selector: vec![("app".to_owned(), "web".to_owned())],
            ready: 2,
            total: 3,
        }];
        let look = cockpit(&object, &[set(1, "web:1"), set(2, "web:2")], &pods, &services);
        assert_eq!(look.state, Some(Verdict::Going("1 of 3 updated".to_owned())));
        assert_eq!(look.bounds, ("1".to_owned(), "0%".to_owned()));
        let new = look.new_side().unwrap();
        assert_eq!((new.revision.number, new.pods.len(), new.ready()), (2, 1, 0));
        assert_eq!(new.why().map(|pod| pod.name.as_str()), Some("c"));
        let old: Vec<(i64, usize)> =
            look.old_sides().map(|side| (side.revision.number, side.ready())).collect();
        assert_eq!(old, [(1, 2)]);
        assert_eq!(look.services, [("web".to_owned(), 2, 3)]);
        assert_eq!(new.serving, ["web"]);
    }
}
