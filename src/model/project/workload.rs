//! Workloads: `kubectl rollout status`' rule, and what their conditions say.

use super::shared::{Shared, small};
use super::why;
use super::wire::{Condition, Workload};
use crate::model::record::{Deployment, Health, PodSet, ReplicaSet, Rollout, Seconds};

/// The record of a deployment.
pub(super) fn deployment(it: &Workload<'_>, shared: &mut Shared) -> Deployment {
    let rollout = rollout(it);
    let (health, reason) = deployment_health(it, rollout);
    let (spec, status) = (&it.spec, &it.status);
    Deployment {
        desired: desired(it),
        current: small(status.replicas),
        updated: small(status.updated),
        ready: small(status.ready),
        available: small(status.available),
        observed: it.meta.generation <= status.observed,
        paused: spec.paused,
        recreate: spec.strategy.kind == "Recreate",
        revision: revision(it),
        cause: shared.text(&it.meta.annotations.cause),
        images: shared.images(&spec.template.spec.containers),
        selector: shared.labels(&spec.selector.labels),
        template_labels: shared.labels(&spec.template.meta.labels),
        rollout,
        reason: shared.text(&why::short(reason)),
        since: since(it, rollout),
        health,
        meta: shared.meta(&it.meta),
    }
}

/// Since when it is past its deadline, or else without the pods that it needs.
fn since(it: &Workload<'_>, rollout: Rollout) -> Seconds {
    let condition = match rollout {
        Rollout::Stuck => condition(it, "Progressing"),
        _ => condition(it, "Available").filter(|condition| condition.status == "False"),
    };
    condition.and_then(|condition| condition.since.0).unwrap_or(0)
}

/// The record of a ReplicaSet.
pub(super) fn replica_set(it: &Workload<'_>, shared: &mut Shared) -> ReplicaSet {
    let (desired, current, ready) = (desired(it), small(it.status.replicas), small(it.status.ready));
    let failed = condition(it, "ReplicaFailure").is_some_and(|c| c.status == "True");
    let health = match () {
        () if failed => Health::Fault,
        () if desired == 0 && current == 0 => Health::Idle,
        () if current != desired => Health::Progressing,
        () if ready >= desired => Health::Ok,
        () => Health::Warning,
    };
    ReplicaSet {
        desired,
        current,
        ready,
        revision: revision(it),
        images: shared.images(&it.spec.template.spec.containers),
        health,
        meta: shared.meta(&it.meta),
    }
}

/// The record of a StatefulSet; its rollout by the rule of `kubectl rollout status`.
pub(super) fn stateful_set(it: &Workload<'_>, shared: &mut Shared) -> PodSet {
    let status = &it.status;
    let (wished, ready, updated) = (i64::from(desired(it)), status.ready, status.updated);
    let partition = it.spec.update_strategy.rolling.partition.max(0);
    let due = (wished - partition).max(0);
    let same = status.current_revision == status.update_revision || status.update_revision.is_empty();
    let progress = match () {
        () if it.meta.generation > status.observed => "change not seen yet".to_owned(),
        () if ready < wished => format!("{ready} of {wished} ready"),
        () if partition > 0 && updated < due => format!("{updated} of {due} updated, {partition} kept"),
        () if partition > 0 && !same => format!("partitioned: {updated} updated, {partition} kept"),
        () if !same => format!("{updated} of {wished} updated"),
        () => String::new(),
    };
    let counts = [wished, status.replicas, ready, updated, status.available];
    pod_set(it, counts, &progress, partition, shared)
}

/// The record of a DaemonSet; the same.
pub(super) fn daemon_set(it: &Workload<'_>, shared: &mut Shared) -> PodSet {
    let status = &it.status;
    let (wished, updated, available) =
        (status.desired_scheduled, status.updated_scheduled, status.number_available);
    let progress = match () {
        () if it.meta.generation > status.observed => "change not seen yet".to_owned(),
        () if updated < wished => format!("{updated} of {wished} updated"),
        () if available < wished => format!("{available} of {wished} available"),
        () => String::new(),
    };
    let counts = [wished, status.current_scheduled, status.number_ready, updated, available];
    pod_set(it, counts, &progress, 0, shared)
}

/// Wished, existing, ready, updated, available.
fn pod_set(
    it: &Workload<'_>,
    counts: [i64; 5],
    progress: &str,
    partition: i64,
    shared: &mut Shared,
) -> PodSet {
    let [desired, current, ready, updated, available] = counts.map(small);
    let on_delete = it.spec.update_strategy.kind == "OnDelete";
    let moving = updated < desired || current != desired;
    let health = match () {
        () if desired == 0 && current == 0 => Health::Idle,
        () if ready >= desired && (progress.is_empty() || on_delete || partition > 0) => Health::Ok,
        () if desired > 0 && ready == 0 && !moving => Health::Fault,
        () if ready < desired && !moving => Health::Warning,
        () => Health::Progressing,
    };
    let progress = match (on_delete && updated < desired, progress) {
        (true, _) => format!("OnDelete: {updated} of {desired} are new"),
        (false, progress) => progress.to_owned(),
    };
    PodSet {
        desired,
        current,
        ready,
        updated,
        available,
        on_delete,
        partition: small(partition),
        node_selector: shared.labels(&it.spec.template.spec.node_selector),
        images: shared.images(&it.spec.template.spec.containers),
        progress: shared.text(&progress),
        health,
        meta: shared.meta(&it.meta),
    }
}

fn desired(it: &Workload<'_>) -> u32 {
    it.spec.replicas.map_or(1, small)
}

fn revision(it: &Workload<'_>) -> u64 {
    it.meta.annotations.revision.parse().unwrap_or(0)
}

fn condition<'a, 'b>(it: &'b Workload<'a>, kind: &str) -> Option<&'b Condition<'a>> {
    it.status.conditions.iter().find(|c| c.kind == kind)
}

fn rollout(it: &Workload<'_>) -> Rollout {
    let status = &it.status;
    if it.meta.generation > status.observed {
        Rollout::Unobserved
    } else if condition(it, "Progressing").is_some_and(|c| c.reason == "ProgressDeadlineExceeded") {
        Rollout::Stuck
    } else if it.spec.replicas.is_some_and(|wished| status.updated < wished) {
        Rollout::Updating
    } else if status.replicas > status.updated {
        Rollout::Terminating
    } else if status.available < status.updated {
        Rollout::Availing
    } else {
        Rollout::Complete
    }
}

fn deployment_health<'a>(it: &'a Workload<'_>, rollout: Rollout) -> (Health, &'a str) {
    let failure = condition(it, "ReplicaFailure").filter(|c| c.status == "True");
    let progress = condition(it, "Progressing");
    // Its last rollout was once complete: what is missing now has been lost since.
    let settled = progress.is_none_or(|c| c.reason == "NewReplicaSetAvailable");
    let unavailable = condition(it, "Available").filter(|c| c.status == "False");
    let message = |c: Option<&'a Condition<'_>>| c.map_or("", |c| c.message.as_ref());
    let wished = i64::from(desired(it));
    if let Some(failure) = failure {
        return (Health::Fault, &failure.message);
    }
    match rollout {
        Rollout::Stuck => (Health::Fault, message(progress)),
        Rollout::Unobserved => (Health::Progressing, ""),
        Rollout::Complete if wished == 0 => (Health::Idle, ""),
        // Somebody stopped it half way or has forgotten it: the next change will not roll out.
        Rollout::Complete if it.spec.paused => (Health::Warning, message(unavailable)),
        Rollout::Complete if it.status.ready >= wished => (Health::Ok, ""),
        _ if it.spec.paused => (Health::Warning, message(unavailable)),
        Rollout::Availing | Rollout::Complete if settled && it.status.available == 0 => {
            (Health::Fault, message(unavailable))
        }
        Rollout::Availing | Rollout::Complete if settled => (Health::Warning, message(unavailable)),
        _ => (Health::Progressing, ""),
    }
}

#[cfg(test)]
mod tests;
