//! The recent change: which revision a workload has now, what is new in it, and which one before works.

use serde_json::Value;

use super::Evidence;
use super::ground::{Ground, Look, controller};
use crate::model::column::Tone;
use crate::model::json::{text, uid};
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::release::history::{Revision, holder, revisions};
use crate::release::images::short;

/// What is known of a workload's revisions.
pub(super) struct Rolled<'a> {
    /// Newest first.
    pub all: Vec<Revision>,
    holders: Vec<&'a Value>,
}

/// The revisions of a workload, where what holds them was read.
pub(super) fn of<'a>(ground: &Ground<'a>, workload: &Value) -> Rolled<'a> {
    let kind = text(workload, "/kind");
    let known = [Resource::DEPLOYMENTS, Resource::STATEFUL_SETS, Resource::DAEMON_SETS];
    let resource = known.iter().find(|one| one.kind == kind);
    let holders = resource.and_then(holder).map(|holder| ground.all(&holder)).unwrap_or_default();
    let owned: Vec<Value> = holders.iter().map(|holder| (*holder).clone()).collect();
    Rolled { all: revisions(workload, &owned), holders }
}

fn images(revision: &Revision) -> String {
    revision.images.iter().map(|(_, image)| short(image)).collect::<Vec<_>>().join(", ")
}

fn time(text: &str) -> Option<Seconds> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

impl Rolled<'_> {
    /// The revision that the workload has now.
    pub fn current(&self) -> Option<&Revision> {
        self.all.iter().find(|one| one.current)
    }

    /// The newest of the others that has ready pods; else the one before the current.
    fn before(&self) -> Option<&Revision> {
        let others = || self.all.iter().filter(|one| !one.current);
        others().find(|one| one.ready > 0).or_else(|| others().next())
    }

    /// What works, or was before.
    pub fn helps(&self) -> String {
        match self.before() {
            Some(one) if one.ready > 0 => format!("revision {} works ({} ready)", one.number, one.ready),
            Some(one) => format!("revision {} was before ({})", one.number, images(one)),
            None => String::new(),
        }
    }

    fn step(&self, revision: &Revision, words: String, tone: Tone) -> Option<Evidence> {
        let holder = self.holders.iter().find(|holder| uid(holder) == &*revision.uid.to_string())?;
        Some(Evidence::of(holder, words, tone))
    }

    /// What is new, with when; and what worked before.
    pub fn steps(&self) -> Vec<Evidence> {
        let Some(now) = self.current() else { return Vec::new() };
        let before = self.before();
        let from = before.map(images).filter(|from| *from != images(now));
        let what = match from {
            Some(from) => format!("{from} -> {}", images(now)),
            None => images(now),
        };
        let cause = if now.cause.is_empty() { String::new() } else { format!(", \"{}\"", now.cause) };
        let words = format!("revision {}: {what}{cause}", now.number);
        let mut out: Vec<Evidence> =
            self.step(now, words, Tone::Accent).map(|step| step.at(time(&now.created))).into_iter().collect();
        if let Some(before) = before.filter(|one| one.ready > 0) {
            let words =
                format!("revision {} works: {} of {} ready", before.number, before.ready, before.wanted);
            out.extend(self.step(before, words, Tone::Good));
        }
        out
    }
}

/// What a pod belongs to: its revision and what is new in it.
pub(super) fn of_pod(ground: &Ground<'_>, pod: &Value, helps: &mut String) -> Vec<Evidence> {
    let Some(workload) = workload(ground, pod) else { return Vec::new() };
    let rolled = of(ground, workload);
    let own = controller(pod).map(|(.., uid)| uid.to_owned()).unwrap_or_default();
    // A pod of a revision before has nothing to do with what is new.
    let is_current = rolled.current().is_some_and(|one| *one.uid.to_string() == *own);
    let of_set = text(workload, "/kind") == "Deployment";
    if of_set && !is_current {
        return Vec::new();
    }
    *helps = rolled.helps();
    rolled.steps()
}

/// The workload above a pod, as far as it was read.
pub(super) fn workload<'a>(ground: &Ground<'a>, pod: &Value) -> Option<&'a Value> {
    let namespace = text(pod, "/metadata/namespace");
    let (kind, name, _) = controller(pod)?;
    let at = |resource: &Resource, name: &str| match ground.one(resource, namespace, name) {
        Look::There(found) => Some(found),
        Look::Missing | Look::NotLooked => None,
    };
    match kind {
        "ReplicaSet" => {
            let set = at(&Resource::REPLICA_SETS, name)?;
            let (kind, name, _) = controller(set)?;
            (kind == "Deployment").then(|| at(&Resource::DEPLOYMENTS, name)).flatten()
        }
        "StatefulSet" => at(&Resource::STATEFUL_SETS, name),
        "DaemonSet" => at(&Resource::DAEMON_SETS, name),
        _ => None,
    }
}
