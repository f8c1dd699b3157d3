//! How one sees that a change has happened: by what the cluster shows, never by the answer to the request.
//!
//! A [`Goal`] says what is waited for; [`judge`] looks at what was seen of the followed objects and says how far it is.

use serde_json::Value;

use super::json::{flag, number, text, texts};
use super::target::Target;
use crate::model::resource::Resource;

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
    },
    /// Labels or annotations are so; `None`: the key is gone.
    Metadata {
        /// `labels` or `annotations`.
        field: &'static str,
        /// Keys with their values.
        keys: Vec<(String, Option<String>)>,
    },
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
    /// The mark of the object that a write answered with; `uid` is the target's (a `Scale` answers with the same).
    pub fn of(written: &Value, uid: &str) -> Self {
        Self { uid: uid.to_owned(), template: written["spec"]["template"].clone() }
    }
}

/// Looks at what is there now of the followed objects.
pub fn judge(goal: &Goal, mark: &Mark, seen: &[Value]) -> Verdict {
    if let Goal::Endpoints { ready, .. } = goal {
        return endpoints(ready, seen);
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

/// The ready endpoints are those of the pods that the new selector selects, and no others.
fn endpoints(expected: &[String], slices: &[Value]) -> Verdict {
    let mut ready: Vec<&str> = slices
        .iter()
        .flat_map(|slice| super::json::items(slice, "/endpoints"))
        .filter(|endpoint| endpoint.pointer("/conditions/ready").and_then(Value::as_bool).unwrap_or(true))
        .map(|endpoint| text(endpoint, "/targetRef/name"))
        .collect();
    ready.sort_unstable();
    ready.dedup();
    let strangers = ready.iter().filter(|name| !expected.iter().any(|pod| pod == *name)).count();
    let arrived = ready.len() - strangers;
    if strangers == 0 && arrived == expected.len() {
        Verdict::Done(format!("endpoints {arrived}/{} as selected", expected.len()))
    } else if strangers > 0 {
        Verdict::Going(format!("{arrived}/{} endpoints, {strangers} of the old ones still", expected.len()))
    } else {
        Verdict::Going(format!("{arrived}/{} endpoints", expected.len()))
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

    #[test]
    fn endpoints_are_those_of_the_new_side_and_no_others() {
        let slice = |pods: &[(&str, bool)]| {
            let endpoints: Vec<Value> = pods
                .iter()
                .map(|(name, ready)| json!({"conditions": {"ready": ready}, "targetRef": {"name": name}}))
                .collect();
            json!({"endpoints": endpoints})
        };
        let goal = Goal::Endpoints { selector: Vec::new(), ready: vec!["g1".to_owned(), "g2".to_owned()] };
        let judged = |slices: &[Value]| judge(&goal, &Mark::default(), slices);
        assert!(
            matches!(judged(&[slice(&[("b1", true), ("b2", true)])]), Verdict::Going(words) if words.contains("2 of the old ones"))
        );
        assert!(
            matches!(judged(&[slice(&[("g1", true), ("g2", false)])]), Verdict::Going(words) if words == "1/2 endpoints")
        );
        // Several slices, and both address families, name the same pods.
        let all = [slice(&[("g1", true)]), slice(&[("g2", true)]), slice(&[("g1", true), ("g2", true)])];
        assert!(matches!(judged(&all), Verdict::Done(_)));
    }
}
