//! Rules about deployments, StatefulSets and DaemonSets: rollouts that do not go on, and pods that are missing.

use super::Object;
use super::gather::{Gathered, Hit};
use super::ground::{Ground, of_meta};
use super::thresholds::seconds;
use crate::model::record::{Deployment, Health, Kind, Meta, Record, ReplicaSet, Rollout, Seconds};
use crate::model::uid::Uid;

fn deployments<'a>(ground: &Ground<'a>) -> impl Iterator<Item = &'a Deployment> {
    ground.records(Kind::Deployment).filter_map(|record| match record {
        Record::Deployment(it) => Some(&**it),
        _ => None,
    })
}

/// The revision before, where a deployment is in the middle of a rollout: the newest older one that has ready pods has worked.
pub(super) fn before(ground: &Ground<'_>, subject: &Object) -> String {
    if subject.row != Some(Kind::Deployment) {
        return String::new();
    }
    match ground.scene.cache.get(Kind::Deployment, &subject.uid) {
        Some(Record::Deployment(it)) if it.rollout != Rollout::Complete => worked(ground, it),
        _ => String::new(),
    }
}

fn worked(ground: &Ground<'_>, deployment: &Deployment) -> String {
    let cache = ground.scene.cache;
    let sets = cache.table(Kind::ReplicaSet);
    let slots = cache.indexes().replica_sets_of(&deployment.meta.uid).iter();
    let older = slots.filter_map(|slot| match sets.get(*slot)? {
        Record::ReplicaSet(set) if set.revision > 0 && set.revision < deployment.revision => Some(&**set),
        _ => None,
    });
    let older: Vec<&ReplicaSet> = older.collect();
    let newest =
        |ready: bool| older.iter().filter(|set| !ready || set.ready > 0).max_by_key(|set| set.revision);
    match (newest(true), newest(false)) {
        (Some(set), _) => format!("rev {} worked", set.revision),
        (None, Some(set)) => format!("rev {} was before", set.revision),
        (None, None) => String::new(),
    }
}

pub(super) fn stuck(ground: &Ground<'_>, out: &mut Gathered) {
    for it in deployments(ground).filter(|it| it.rollout == Rollout::Stuck) {
        let mut hit = Hit::itself(of_meta(Kind::Deployment, &it.meta), "rollout stuck", it.since);
        hit.helps = worked(ground, it);
        out.push(hit);
    }
}

pub(super) fn paused(ground: &Ground<'_>, out: &mut Gathered) {
    for it in deployments(ground) {
        let half_way = it.paused && it.desired > 0 && it.observed && it.updated < it.desired;
        if half_way {
            let words = format!("paused with {} of {} pods updated", it.updated, it.desired);
            let mut hit = Hit::itself(of_meta(Kind::Deployment, &it.meta), words, 0);
            hit.helps = worked(ground, it);
            out.push(hit);
        }
    }
}

/// A workload with fewer ready pods than it should have, while nothing is on its way that would mend it.
struct Lack<'a> {
    kind: Kind,
    meta: &'a Meta,
    ready: u32,
    desired: u32,
    why: &'a str,
    since: Seconds,
}

fn lacks<'a>(ground: &Ground<'a>, out: &mut Gathered) -> Vec<Lack<'a>> {
    let hot = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::ReplicaSet];
    let all = hot.into_iter().flat_map(|kind| ground.records(kind).map(move |record| (kind, record)));
    let lack = |(kind, record): (Kind, &'a Record)| {
        let unwell = matches!(record.health(), Health::Fault | Health::Warning);
        let (ready, desired, why, since) = match record {
            Record::Deployment(it) if it.rollout != Rollout::Stuck => {
                (it.ready, it.desired, &*it.reason, it.since)
            }
            Record::StatefulSet(it) | Record::DaemonSet(it) => (it.ready, it.desired, "", 0),
            // Those of deployments are the deployment's affair.
            Record::ReplicaSet(it) if it.meta.owner.is_none() => (it.ready, it.desired, "", 0),
            _ => return None,
        };
        (unwell && ready < desired).then(|| Lack { kind, meta: record.meta(), ready, desired, why, since })
    };
    let found: Vec<Lack<'a>> = all.filter_map(lack).collect();
    if found.is_empty() {
        return found;
    }
    // Where the conditions do not say since when, the pods do.
    let mut earliest: std::collections::HashMap<Uid, Seconds> = std::collections::HashMap::new();
    for pod in ground.unwell.iter().filter(|pod| !pod.is_ready && pod.health != Health::Idle) {
        let at = if pod.since > 0 { pod.since } else { pod.meta.created };
        let known = earliest.entry(ground.owner(Kind::Pod, &pod.meta).uid).or_insert(at);
        *known = at.min(*known);
    }
    let wait = seconds(ground.scene.thresholds.short_for);
    let dated = found.into_iter().map(|mut lack| {
        if lack.since == 0 {
            lack.since = earliest.get(&lack.meta.uid).copied().unwrap_or(0);
        }
        lack
    });
    dated
        .filter(|lack| {
            let due = lack.since.saturating_add(wait);
            let long = lack.since == 0 || due <= ground.now();
            if !long {
                out.turns_at(due);
            }
            long
        })
        .collect()
}

fn push(lack: &Lack<'_>, words: String, out: &mut Gathered) {
    let common = lack.why.is_empty() || lack.why.contains("minimum availability");
    let words = if common { words } else { format!("{words}: {}", lack.why) };
    out.push(Hit::itself(of_meta(lack.kind, lack.meta), words, lack.since));
}

pub(super) fn down(ground: &Ground<'_>, out: &mut Gathered) {
    for lack in lacks(ground, out).iter().filter(|lack| lack.ready == 0) {
        push(lack, format!("none of {} ready", lack.desired), out);
    }
}

pub(super) fn short(ground: &Ground<'_>, out: &mut Gathered) {
    for lack in lacks(ground, out).iter().filter(|lack| lack.ready > 0) {
        push(lack, format!("{} of {} ready", lack.ready, lack.desired), out);
    }
}
