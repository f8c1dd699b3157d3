//! How many replicas each ReplicaSet of a Deployment gets: surge, availability, and proportional scaling.

use serde_json::Value;

use super::super::super::resource::{DEPLOYMENTS, REPLICASETS};
use super::super::json::{annotate, annotation, int_or_percent, name, number, text};
use super::super::plan::{Note, Write, about};
use super::{COMPONENT, DESIRED, MAX, Rollout};

fn replicas(set: &Value) -> i64 {
    number(set, "/spec/replicas").unwrap_or(0)
}

fn available(set: &Value) -> i64 {
    number(set, "/status/availableReplicas").unwrap_or(0)
}

fn is_rolling(deployment: &Value) -> bool {
    text(deployment, "/spec/strategy/type") != "Recreate"
}

/// How many pods above the wanted number there may be.
pub(super) fn max_surge(deployment: &Value) -> i64 {
    if !is_rolling(deployment) {
        return 0;
    }
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    int_or_percent(deployment.pointer("/spec/strategy/rollingUpdate/maxSurge"), wanted, true, "25%")
}

/// How many of the wanted pods may be unavailable.
pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    if !is_rolling(deployment) || wanted == 0 {
        return 0;
    }
    let field = deployment.pointer("/spec/strategy/rollingUpdate/maxUnavailable");
    let allowed = int_or_percent(field, wanted, false, "25%");
    // Neither surge nor a gap allowed would be a standstill.
    let allowed = if allowed == 0 && max_surge(deployment) == 0 { 1 } else { allowed };
    allowed.min(wanted)
}

/// The size that the new ReplicaSet, now of size `current`, may have.
pub(super) fn size_of_new(rollout: &Rollout<'_>, current: i64) -> i64 {
    let wanted = rollout.wanted();
    if !is_rolling(rollout.deployment) {
        return wanted;
    }
    let total: i64 = rollout.all().map(replicas).sum();
    let most = wanted + max_surge(rollout.deployment);
    if total >= most {
        return current;
    }
    current + (most - total).min(wanted - current)
}

/// Brings the new ReplicaSet nearer to the wanted size.
pub(super) fn scale_new(rollout: &Rollout<'_>) -> Vec<Write> {
    let Some(new) = rollout.new else { return Vec::new() };
    let (wanted, current) = (rollout.wanted(), replicas(new));
    let size = if current >= wanted { wanted } else { size_of_new(rollout, current) };
    if size == current { Vec::new() } else { scale(rollout, new, size) }
}

/// Takes replicas from old ReplicaSets, as many as availability allows: broken ones first.
pub(super) fn scale_old(rollout: &Rollout<'_>) -> Vec<Write> {
    let Some(new) = rollout.new else { return Vec::new() };
    let old_total: i64 = rollout.old.iter().map(|rs| replicas(rs)).sum();
    if old_total == 0 {
        return Vec::new();
    }
    let least = rollout.wanted() - max_unavailable(rollout.deployment);
    let new_missing = replicas(new) - available(new);
    let mut spare = old_total + replicas(new) - least - new_missing;
    if spare <= 0 {
        return Vec::new();
    }
    let mut sizes: Vec<i64> = rollout.old.iter().map(|rs| replicas(rs)).collect();
    for (size, set) in sizes.iter_mut().zip(&rollout.old) {
        let broken = (*size - available(set)).clamp(0, spare);
        *size -= broken;
        spare -= broken;
    }
    let available_total: i64 = rollout.all().map(available).sum();
    let mut removable = (available_total - least).max(0);
    for size in &mut sizes {
        let taken = removable.min(*size);
        *size -= taken;
        removable -= taken;
    }
    let pairs = rollout.old.iter().zip(sizes);
    pairs.filter(|(rs, size)| replicas(rs) != *size).flat_map(|(rs, size)| scale(rollout, rs, size)).collect()
}

/// Whether the wanted number changed since the ReplicaSets were last scaled.
pub(super) fn is_scaling_event(rollout: &Rollout<'_>) -> bool {
    let wanted = rollout.wanted();
    rollout
        .all()
        .filter(|rs| replicas(rs) > 0)
        .any(|rs| annotation(rs, DESIRED).parse::<i64>().is_ok_and(|desired| desired != wanted))
}

/// Scales while no rollout moves, or spreads a change of the wanted number over a running rollout.
pub(super) fn proportionally(rollout: &Rollout<'_>) -> Vec<Write> {
    let wanted = rollout.wanted();
    let active: Vec<&Value> = rollout.all().filter(|rs| replicas(rs) > 0).collect();
    if active.len() <= 1 {
        let latest = active.first().copied().or(rollout.new);
        return latest.map_or_else(Vec::new, |rs| scale_if_needed(rollout, rs, wanted));
    }
    if rollout.new.is_some_and(|new| is_saturated(rollout, new)) {
        return rollout.old.iter().flat_map(|rs| scale_if_needed(rollout, rs, 0)).collect();
    }
    if !is_rolling(rollout.deployment) {
        return Vec::new();
    }
    let most = if wanted > 0 { wanted + max_surge(rollout.deployment) } else { 0 };
    let to_add = most - active.iter().map(|rs| replicas(rs)).sum::<i64>();
    let mut largest_first = active;
    largest_first.sort_by_key(|rs| std::cmp::Reverse(replicas(rs)));
    let mut added = 0;
    let mut sizes: Vec<i64> = Vec::with_capacity(largest_first.len());
    for set in &largest_first {
        let share = share(rollout, set, to_add, added);
        added += share;
        sizes.push(replicas(set) + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + to_add - added).max(0);
    }
    largest_first.iter().zip(sizes).flat_map(|(rs, size)| scale_if_needed(rollout, rs, size)).collect()
}

fn is_saturated(rollout: &Rollout<'_>, new: &Value) -> bool {
    let wanted = rollout.wanted();
    replicas(new) == wanted
        && annotation(new, DESIRED).parse::<i64>() == Ok(wanted)
        && available(new) == wanted
}

fn share(rollout: &Rollout<'_>, set: &Value, to_add: i64, added: i64) -> i64 {
    if to_add == 0 || to_add == added {
        return 0;
    }
    let size = replicas(set);
    let fraction = if rollout.wanted() == 0 {
        -size
    } else {
        let most = rollout.wanted() + max_surge(rollout.deployment);
        let before = annotation(set, MAX).parse::<i64>().ok().filter(|n| *n > 0);
        let before =
            before.or(number(rollout.deployment, "/status/replicas")).filter(|n| *n > 0).unwrap_or(most);
        ((size * most) as f64 / before as f64).round() as i64 - size
    };
    let allowed = to_add - added;
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}

fn scale_if_needed(rollout: &Rollout<'_>, set: &Value, size: i64) -> Vec<Write> {
    let most = rollout.wanted() + max_surge(rollout.deployment);
    let noted =
        annotation(set, DESIRED) == rollout.wanted().to_string() && annotation(set, MAX) == most.to_string();
    if replicas(set) == size && noted { Vec::new() } else { scale(rollout, set, size) }
}

/// The writes that give a ReplicaSet a size.
pub(super) fn scale(rollout: &Rollout<'_>, set: &Value, size: i64) -> Vec<Write> {
    let most = rollout.wanted() + max_surge(rollout.deployment);
    let before = replicas(set);
    let mut scaled = set.clone();
    scaled["spec"]["replicas"] = serde_json::json!(size);
    annotate(&mut scaled, DESIRED, &rollout.wanted().to_string());
    annotate(&mut scaled, MAX, &most.to_string());
    let mut writes = vec![Write::Update(REPLICASETS, scaled)];
    if before != size {
        let way = if size > before { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {} from {before} to {size}", name(set));
        let target = about(DEPLOYMENTS, rollout.deployment);
        writes.push(Note::normal(target, COMPONENT, "ScalingReplicaSet", message));
    }
    writes
}
