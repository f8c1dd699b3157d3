//! What is behind a service at one look: its workloads, which side each is and why, and their shares of the ready endpoints.
//!
//! Made of watched records alone. Whoever owns a pod that the service selects has a line, whatever it is; only deployments
//! can be sides.

use super::{Side, says_canary, share};
use crate::model::columns::rollout_words;
use crate::model::endpoints::Count;
use crate::model::labels::value_of;
use crate::model::record::{Deployment, Health, Labels, Pod, Record, Seconds, Service};
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::Target;
use crate::release::images::short;

mod sides;
#[cfg(test)]
mod tests;

/// One look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The selector, `key=value`, sorted by key.
    pub selector: String,
    /// Endpoints by the slices of the service; `None`: it has none yet.
    pub endpoints: Option<Count>,
    /// Selected pods that are ready: what shares are of.
    pub ready: u32,
    /// The workloads: the stable side, the canaries, those that may be some, what can be no side. Each by name, so that lines
    /// stay where they are.
    pub rows: Vec<Row>,
}

/// What a workload is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The only one.
    Only,
    /// It has what is not tried.
    Stable,
    /// It is tried.
    Canary,
    /// It takes part in nothing: no deployment whose template the service selects.
    Other,
}

/// A workload behind the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its UID; that of the pod itself where it has no controller.
    pub uid: Uid,
    /// Its name; with its kind where it is no deployment.
    pub name: String,
    /// The object, where its resource is one that is known.
    pub target: Option<Target>,
    /// Which side it is.
    pub part: Part,
    /// It says so itself, or it follows from what others say; else it is a guess.
    pub sure: bool,
    /// Why it is thought so.
    pub why: String,
    /// The labels of its pods that tell it apart from the others.
    pub label: String,
    /// Its images, short.
    pub image: String,
    /// The revision of its template; 0: none.
    pub revision: u64,
    /// Pods that it wants; `None`: not watched.
    pub wanted: Option<u32>,
    /// Its pods that the service selects and that are ready.
    pub ready: u32,
    /// Its pods that the service selects.
    pub pods: u32,
    /// Its share of the ready pods in percent.
    pub percent: u32,
    /// Where its rollout is, in words; nothing when it is complete.
    pub rollout: String,
    /// How it is.
    pub health: Health,
    /// Its pods that are not ready, each by its name with the reason.
    pub waits: Vec<(String, String)>,
    /// How often containers of its pods were started again.
    pub restarts: u32,
    /// When the last of these was, where known.
    pub restarted: Option<Seconds>,
    /// What changes are planned with.
    pub side: Option<Side>,
}

impl Look {
    /// The stable side.
    pub fn stable(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.part == Part::Stable)
    }

    /// The canaries.
    pub fn canaries(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.part == Part::Canary)
    }

    /// A workload by its UID.
    pub fn row(&self, uid: &Uid) -> Option<&Row> {
        self.rows.iter().find(|row| row.uid == *uid)
    }

    /// Pods of all but these two, wanted or there.
    pub fn others(&self, one: &Row, other: &Row) -> u32 {
        let rest = self.rows.iter().filter(|row| row.uid != one.uid && row.uid != other.uid);
        rest.map(|row| row.wanted.unwrap_or(row.pods)).sum()
    }
}

impl Row {
    /// Where it is in words, and what keeps it.
    pub fn state(&self) -> String {
        let rollout = if self.rollout.is_empty() { "rolled out" } else { self.rollout.as_str() };
        // Pods that end keep nothing.
        match self.waits.iter().find(|(_, why)| why != ENDS) {
            Some((_, why)) if self.rollout.is_empty() => {
                format!("{} of {} pods ready: {why}", self.ready, self.pods)
            }
            Some((_, why)) => format!("{rollout}: {why}"),
            None => rollout.to_owned(),
        }
    }
}

/// Why a pod that is being deleted is not ready.
const ENDS: &str = "it ends";

/// Which deployment is held for the stable side, whatever the records say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held<'a> {
    /// Which.
    pub uid: &'a Uid,
    /// The user said so; else it was guessed before, and a guess does not turn with the shares.
    pub chosen: bool,
}

/// A selected pod, and the deployment that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// Its deployment.
    pub of: Option<&'a Deployment>,
}

impl Selected<'_> {
    /// Endpoints count it as ready: one that ends is not.
    fn is_ready(&self) -> bool {
        self.pod.is_ready && self.pod.meta.deleting.is_none()
    }

    /// The UID of what it belongs to.
    pub fn owner(&self) -> &Uid {
        owner(self).0
    }

    /// Which is not ready, and why.
    fn why(&self) -> (String, String) {
        let Pod { meta, status, reason, .. } = self.pod;
        let why = match meta.deleting {
            Some(_) => ENDS.to_owned(),
            None if reason.is_empty() => status.to_string(),
            // It says more than that it runs.
            None if &**status == "Running" => reason.to_string(),
            None => format!("{status}: {reason}"),
        };
        (meta.name.to_string(), why)
    }
}

/// One look. `behind`: the deployments whose templates the service selects.
pub fn look(
    service: &Service,
    endpoints: Option<Count>,
    behind: &[&Deployment],
    pods: &[Selected<'_>],
    held: Option<Held<'_>>,
) -> Look {
    let selector: Vec<String> =
        service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let ready = pods.iter().filter(|pod| pod.is_ready()).count() as u32;
    let mut rows: Vec<Row> = sides::parts(behind, &service.selector, pods, held);
    for selected in pods {
        let uid = owner(selected).0;
        let at = rows.iter().position(|row| row.uid == *uid).unwrap_or_else(|| {
            rows.push(of_owner(selected));
            rows.len() - 1
        });
        let row = &mut rows[at];
        row.pods += 1;
        row.restarts += selected.pod.restarts;
        row.restarted = row.restarted.max(selected.pod.restarted);
        if selected.is_ready() {
            row.ready += 1;
        } else {
            row.waits.push(selected.why());
            // A pod that ends is no fault of its workload.
            if selected.pod.meta.deleting.is_none() {
                row.health = row.health.min(selected.pod.health);
            }
        }
    }
    for row in &mut rows {
        row.percent = share(row.ready, ready);
        row.waits.sort();
    }
    let rank = |row: &Row| match row.part {
        Part::Only | Part::Stable => 0,
        Part::Canary if row.sure => 1,
        Part::Canary => 2,
        Part::Other => 3,
    };
    rows.sort_by(|one, other| (rank(one), &one.name).cmp(&(rank(other), &other.name)));
    Look { selector: selector.join(","), endpoints, ready, rows }
}

/// What plans are made of.
pub fn side(deployment: &Deployment) -> Side {
    let images = deployment.images.iter();
    Side {
        target: Target::of(&Record::Deployment(Box::new(deployment.clone()))),
        replicas: deployment.desired,
        ready: deployment.ready,
        paused: deployment.paused,
        tried: says_canary(&deployment.meta.name, track(&deployment.template_labels)),
        images: images.map(|image| (image.container.to_string(), image.image.to_string())).collect(),
    }
}

fn track(labels: &Labels) -> Option<&str> {
    value_of(labels, "track").map(AsRef::as_ref)
}

/// The line of a deployment, without its pods.
fn of_deployment(deployment: &Deployment, part: Part, side: Option<Side>) -> Row {
    let images: Vec<String> = deployment.images.iter().map(|image| short(&image.image)).collect();
    Row {
        uid: deployment.meta.uid.clone(),
        name: deployment.meta.name.to_string(),
        target: Some(Target::of(&Record::Deployment(Box::new(deployment.clone())))),
        part,
        sure: true,
        why: String::new(),
        label: String::new(),
        image: images.join(", "),
        revision: deployment.revision,
        wanted: Some(deployment.desired),
        ready: 0,
        pods: 0,
        percent: 0,
        rollout: rollout_words(deployment).into_owned(),
        health: deployment.health,
        waits: Vec::new(),
        restarts: 0,
        restarted: None,
        side,
    }
}

/// UID, kind and name of what a pod belongs to; of a pod without a controller: its own.
fn owner<'a>(selected: &Selected<'a>) -> (&'a Uid, &'a str, &'a str) {
    let meta = &selected.pod.meta;
    match (selected.of, meta.owner.as_deref()) {
        (Some(deployment), _) => (&deployment.meta.uid, "Deployment", &deployment.meta.name),
        (None, Some(owner)) => (&owner.uid, &owner.kind, &owner.name),
        (None, None) => (&meta.uid, "Pod", &meta.name),
    }
}

/// The line of what is no deployment behind the service, without its pods.
fn of_owner(selected: &Selected<'_>) -> Row {
    if let Some(deployment) = selected.of {
        let why = "the service selects pods of it, and its template no longer".to_owned();
        return Row { why, ..of_deployment(deployment, Part::Other, None) };
    }
    let (uid, kind, name) = owner(selected);
    let images: Vec<String> = selected.pod.images.iter().map(|image| short(&image.image)).collect();
    let target = Resource::KNOWN.iter().find(|known| known.kind == kind).map(|resource| Target {
        resource: resource.clone(),
        namespace: selected.pod.meta.namespace.to_string(),
        name: name.to_owned(),
        uid: uid.clone(),
    });
    Row {
        uid: uid.clone(),
        name: format!("{}/{name}", kind.to_lowercase()),
        target,
        part: Part::Other,
        sure: true,
        why: match kind {
            "Pod" => "a pod without a controller".to_owned(),
            kind => format!("a {kind}: shares are set between Deployments"),
        },
        label: String::new(),
        image: images.join(", "),
        revision: 0,
        wanted: None,
        ready: 0,
        pods: 0,
        percent: 0,
        rollout: String::new(),
        health: Health::Ok,
        waits: Vec::new(),
        restarts: 0,
        restarted: None,
        side: None,
    }
}
