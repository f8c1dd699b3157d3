//! How one sees that a change has happened: by what the cluster shows, never by the answer to the request.
//!
//! A [`Goal`] says what is waited for; [`judge`] looks at what was seen of the followed objects and says how far it is.

use serde_json::Value;

use super::json::{flag, number, text, texts};
use super::target::Target;
use crate::model::resource::Resource;

pub mod debugger;
pub mod endpoints;
pub mod rollout;
pub mod shown;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The rollout of this change is complete by kubectl's status rule.
    Rollout,
    /// So many replicas, and all of them ready.
    Replicas(u32),
    /// `spec.paused` is so.
    Paused(bool),
    /// The service has this selector and its EndpointSlices show the pods that it selects.
    Endpoints {
        /// The whole selector afterwards.
        selector: Vec<(String, String)>,
        /// Names of the ready pods that it selects, as far as they are known when it is sent.
        ready: Vec<String>,
        /// Names of the pods that it selects no longer.
        leaving: Vec<String>,
    },
    /// Labels or annotations are so; `None`: the key is gone.
    Metadata {
        /// `labels` or `annotations`.
        field: &'static str,
        /// Keys with their values.
        keys: Vec<(String, Option<String>)>,
    },
    /// The ephemeral container of this name runs.
    Debugging(String),
    /// The object is gone.
    Gone,
    /// The object has been written; there is nothing more to wait for.
    Written,
}

/// What is to be followed for a goal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Follow {
    /// What kind of objects.
    pub resource: Resource,
    /// Their namespace.
    pub namespace: String,
    /// Which of them.
    pub which: Which,
}

/// Which objects of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Which {
    /// The one of this name.
    Named(String),
    /// All with this label selector, e.g. `kubernetes.io/service-name=web`.
    Labelled(String),
    /// All of the namespace.
    All,
}

impl Follow {
    /// The objects to follow for a change of `target`: the object itself, or the EndpointSlices of a service.
    pub fn of(target: &Target, goal: &Goal) -> Self {
        match goal {
            Goal::Endpoints { .. } => Self {
                resource: Resource::ENDPOINT_SLICES,
                namespace: target.namespace.clone(),
                which: Which::Labelled(format!("kubernetes.io/service-name={}", target.name)),
            },
            _ => Self {
                resource: target.resource.clone(),
                namespace: target.namespace.clone(),
                which: Which::Named(target.name.clone()),
            },
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// On its way, in words.
    Going(String),
    /// The cluster shows it, in words.
    Done(String),
    /// The cluster says that it failed, in its words.
    Failed(String),
    /// Somebody else changed the object meanwhile, in words.
    Superseded(String),
}

/// What the object was right after the change: another template is somebody else's rollout. Its generation does not say
/// that: an autoscaler counts it on too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// `metadata.uid`.
    pub uid: String,
    /// `spec.template` as the write left it; null when it was not seen.
    pub template: Value,
}

impl Mark {
    /// The mark of the object that a write answered with; `uid` is the target's (a `Scale` answers with the same). An object
    /// that the write has made has no other UID than that of the answer.
    pub fn of(written: &Value, uid: &str) -> Self {
        let uid = if uid.is_empty() { super::json::uid(written) } else { uid };
        Self { uid: uid.to_owned(), template: written["spec"]["template"].clone() }
    }
}

/// Looks at what is there now of the followed objects.
pub fn judge(goal: &Goal, mark: &Mark, seen: &[Value]) -> Verdict {
    if let Goal::Endpoints { ready, leaving, .. } = goal {
        return endpoints::judge(ready, leaving, seen);
    }
    let here = seen.iter().find(|object| super::json::uid(object) == mark.uid);
    match (goal, here) {
        (Goal::Gone, None) => return Verdict::Done("it is gone".to_owned()),
        (Goal::Gone, Some(object)) if !text(object, "/metadata/deletionTimestamp").is_empty() => {
            return Verdict::Going("terminating".to_owned());
        }
        (Goal::Gone, Some(_)) => return Verdict::Going("waiting for the deletion to begin".to_owned()),
        (_, None) => return Verdict::Failed("the object is gone".to_owned()),
        _ => {}
    }
    let Some(object) = here else { return Verdict::Failed("the object is gone".to_owned()) };
    match goal {
        Goal::Rollout if !mark.template.is_null() && object["spec"]["template"] != mark.template => {
            Verdict::Superseded("somebody else changed its template meanwhile".to_owned())
        }
        Goal::Rollout => rollout::status(object),
        Goal::Replicas(wanted) => replicas(object, *wanted),
        Goal::Paused(wanted) if flag(object, "/spec/paused") == *wanted => {
            Verdict::Done(if *wanted { "paused" } else { "resumed" }.to_owned())
        }
        Goal::Paused(_) => Verdict::Superseded("somebody else changed spec.paused".to_owned()),
        Goal::Metadata { field, keys } => {
            let now = texts(object, &format!("/metadata/{field}"));
            match keys.iter().find(|(key, value)| now.get(key) != value.as_ref()) {
                None => Verdict::Done(format!("the {field} are set")),
                Some((key, _)) => Verdict::Superseded(format!("somebody else changed {key}")),
            }
        }
        Goal::Debugging(name) => debugger::judge(object, name),
        Goal::Written | Goal::Endpoints { .. } | Goal::Gone => Verdict::Done("written".to_owned()),
    }
}

fn replicas(object: &Value, wanted: u32) -> Verdict {
    let wanted = i64::from(wanted);
    let spec = number(object, "/spec/replicas").unwrap_or(1);
    if spec != wanted {
        return Verdict::Superseded(format!("somebody else scaled it to {spec}"));
    }
    let observed = number(object, "/status/observedGeneration");
    if observed.is_some_and(|seen| seen < number(object, "/metadata/generation").unwrap_or_default()) {
        return Verdict::Going("waiting to be observed".to_owned());
    }
    let now = number(object, "/status/replicas").unwrap_or(0);
    let ready = number(object, "/status/readyReplicas").unwrap_or(0);
    if now == wanted && ready >= wanted {
        Verdict::Done(format!("{ready} of {wanted} ready"))
    } else if now > wanted {
        Verdict::Going(format!("{} too many", now - wanted))
    } else {
        Verdict::Going(format!("{ready} of {wanted} ready"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn web(image: &str, generation: i64, available: i64) -> Value {
        json!({"kind": "Deployment", "metadata": {"uid": "u", "generation": generation},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
            "status": {"observedGeneration": generation, "updatedReplicas": 3, "replicas": 3, "availableReplicas": available}})
    }

    #[test]
    fn a_rollout_is_pinned_to_its_template() {
        let mark = Mark::of(&web("web:2", 2, 0), "u");
        let judged = |object: Value| judge(&Goal::Rollout, &mark, &[object]);
        assert!(matches!(judged(web("web:2", 2, 1)), Verdict::Going(_)));
        assert!(
            matches!(judged(web("web:2", 5, 3)), Verdict::Done(_)),
            "an autoscaler counts the generation on"
        );
        assert!(
            matches!(judged(web("web:3", 3, 3)), Verdict::Superseded(_)),
            "another rollout is no success of this one"
        );
        assert!(matches!(judge(&Goal::Rollout, &mark, &[]), Verdict::Failed(_)));
    }
}
