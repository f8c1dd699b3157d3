//! A canary: a second deployment behind one service, whose share of the traffic is its share of the ready endpoints.
//!
//! A service spreads over its endpoints evenly, whoever they belong to (`kube-proxy`; session affinity and topology hints change
//! that), so replicas decide the share. This file sees who stands behind a service and counts replicas; the plans of several
//! steps are [`crate::release::plan::canary`]'s.

use serde_json::Value;

use super::facts::{Facts, Found, Query};
use super::history::images;
use super::json::{flag, name, number, texts, uid};
use super::labelled::{service_selects, written};
use super::pod::{controller, is_ready, labels};
use super::request::Refusal;
use super::selector::{side::plural, switchable};
use super::target::Target;
use crate::model::resource::Resource;
use crate::model::uid::Uid;

/// A deployment behind the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Which.
    pub target: Target,
    /// How many replicas it wants.
    pub replicas: u32,
    /// Its pods that the service selects.
    pub pods: usize,
    /// Those of them that are ready.
    pub ready: usize,
    /// Their part of the service's ready endpoints, in percent, rounded.
    pub share: u32,
    /// Containers with their images, init containers last.
    pub images: Vec<(String, String)>,
    /// It rolls nothing out.
    pub paused: bool,
    /// The whole object: what requests are made from.
    pub object: Value,
}

/// Who stands behind a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Canary {
    /// The service.
    pub service: Target,
    /// Its deployments, most replicas first.
    pub members: Vec<Member>,
    /// Ready endpoints that belong to none of them.
    pub others: usize,
}

/// Replicas of both deployments for a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Of the stable one.
    pub stable: u32,
    /// Of the canary.
    pub canary: u32,
}

impl Split {
    /// So many replicas of both together, and this part of them the canary's: rounded, and at least one of each unless it is none
    /// or all.
    pub fn of(percent: u32, total: u32) -> Result<Self, Refusal> {
        let part = |canary: u32| Self { stable: total - canary, canary };
        match percent {
            0 => Ok(part(0)),
            100 => Ok(part(total)),
            101.. => Err(Refusal(format!("{percent} % is more than everything"))),
            _ if total < 2 => Err(Refusal(format!(
                "{} cannot be shared: a share between 0 and 100 % takes at least 2",
                plural(total as usize, "pod")
            ))),
            percent => {
                let canary = (u64::from(total) * u64::from(percent) + 50) / 100;
                Ok(part(u32::try_from(canary).unwrap_or(total).clamp(1, total - 1)))
            }
        }
    }

    /// The share that it gives, in percent, rounded.
    pub fn percent(self) -> u32 {
        percent(self.canary as usize, (self.stable + self.canary) as usize)
    }
}

fn percent(part: usize, whole: usize) -> u32 {
    if whole == 0 { 0 } else { u32::try_from((part * 100 + whole / 2) / whole).unwrap_or(100) }
}

/// What has to be read to see who stands behind a service.
pub fn lists(service: &Value) -> Vec<Query> {
    let selector = written(&texts(service, "/spec/selector"));
    if selector.is_empty() {
        return Vec::new();
    }
    vec![
        Query::labelled(Resource::PODS, selector.clone()),
        Query::labelled(Resource::REPLICA_SETS, selector),
        Query::all(Resource::DEPLOYMENTS),
        Query::all(Resource::AUTOSCALERS),
    ]
}

impl Canary {
    /// Who stands behind the service that was read: deployments whose template it selects, with their pods.
    pub fn of(service: &Target, facts: &Facts) -> Result<Self, Refusal> {
        let object = &facts.gathered.object;
        switchable(object, service)?;
        let lists = [Resource::DEPLOYMENTS, Resource::REPLICA_SETS, Resource::PODS];
        for resource in &lists {
            if let Found::Unknown(trouble) = facts.gathered.list(resource) {
                return Err(Refusal(format!("the {} could not be looked at: {trouble}", resource.plural)));
            }
        }
        let [deployments, sets, pods] = lists.map(|resource| facts.gathered.objects(&resource));
        let selector = texts(object, "/spec/selector");
        let publish = flag(object, "/spec/publishNotReadyAddresses");
        let here: Vec<&Value> = pods.iter().filter(|pod| service_selects(&selector, &labels(pod))).collect();
        let ready = here.iter().filter(|pod| is_ready(pod, publish)).count();
        let behind = |deployment: &&Value| {
            service_selects(&selector, &texts(deployment, "/spec/template/metadata/labels"))
        };
        let member = |deployment: &Value| {
            let own: Vec<&&Value> = here.iter().filter(|pod| belongs(pod, deployment, sets)).collect();
            let serving = own.iter().filter(|pod| is_ready(pod, publish)).count();
            Member {
                target: Target {
                    resource: Resource::DEPLOYMENTS,
                    namespace: service.namespace.clone(),
                    name: name(deployment).to_owned(),
                    uid: Uid::new(uid(deployment)),
                },
                replicas: number(deployment, "/spec/replicas")
                    .and_then(|n| u32::try_from(n).ok())
                    .unwrap_or(1),
                pods: own.len(),
                ready: serving,
                share: percent(serving, ready),
                images: images(&deployment["spec"]["template"]),
                paused: flag(deployment, "/spec/paused"),
                object: deployment.clone(),
            }
        };
        let mut members: Vec<Member> = deployments.iter().filter(behind).map(member).collect();
        members.sort_by(|one, other| {
            (other.replicas, &one.target.name).cmp(&(one.replicas, &other.target.name))
        });
        let others = ready - members.iter().map(|member| member.ready).sum::<usize>();
        Ok(Self { service: service.clone(), members, others })
    }

    /// The stable deployment and its canary, where there are two and one can tell: by the word (`track: canary` in the template,
    /// `canary` or `preview` in the name), else the one with fewer replicas.
    pub fn pair(&self) -> Option<(&Member, &Member)> {
        let [one, other] = self.members.as_slice() else { return None };
        let says = |member: &Member| {
            let track = texts(&member.object, "/spec/template/metadata/labels").remove("track");
            let words = [member.target.name.as_str(), track.as_deref().unwrap_or_default()];
            words.iter().any(|word| word.contains("canary") || word.contains("preview"))
        };
        match (says(one), says(other)) {
            (true, false) => Some((other, one)),
            (false, true) => Some((one, other)),
            // Most replicas come first.
            _ if one.replicas > other.replicas => Some((one, other)),
            _ => None,
        }
    }

    /// The member of this UID.
    pub fn member(&self, uid: &Uid) -> Result<&Member, Refusal> {
        let found = self.members.iter().find(|member| member.target.uid == *uid);
        found.ok_or_else(|| Refusal(format!("that deployment is not behind {}", self.service)))
    }
}

/// Whether a pod is of a deployment: through the ReplicaSet that controls it.
fn belongs(pod: &Value, deployment: &Value, sets: &[Value]) -> bool {
    let Some(owner) = controller(pod) else { return false };
    sets.iter()
        .find(|set| uid(set) == owner.uid)
        .and_then(controller)
        .is_some_and(|owner| owner.uid == uid(deployment))
}

/// The images of the canary, container by container, where they are other ones; refused when the containers differ.
pub fn promoted(stable: &Member, canary: &Member) -> Result<Vec<(String, String, String)>, Refusal> {
    let names = |member: &Member| {
        let mut names: Vec<String> = member.images.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    };
    let (here, there) = (names(stable), names(canary));
    if here != there {
        return Err(Refusal(format!(
            "their containers differ: {} has {}, {} has {}; set the images by hand",
            stable.target,
            here.join(", "),
            canary.target,
            there.join(", ")
        )));
    }
    let image = |(container, then): &(String, String)| {
        let (_, now) = stable.images.iter().find(|(name, _)| name == container)?;
        (now != then).then(|| (container.clone(), now.clone(), then.clone()))
    };
    Ok(canary.images.iter().filter_map(image).collect())
}

/// Whether a deployment is on its way, so that its numbers are about to change.
pub fn rolling(member: &Member) -> bool {
    let status = |field: &str| number(&member.object, &format!("/status/{field}")).unwrap_or_default();
    let generation = number(&member.object, "/metadata/generation").unwrap_or_default();
    status("observedGeneration") < generation || status("updatedReplicas") < i64::from(member.replicas)
}

#[cfg(test)]
mod tests;
