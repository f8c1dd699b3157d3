//! The autoscaler's decisions. Nothing is measured here: the load is a wave that follows the clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::HPAS;
use super::json::{items, number, object_at, set_condition, text, time};
use super::names::fnv;
use super::plan::{Decision, Note, Write, about};

/// The component that its events name.
pub const COMPONENT: &str = "horizontal-pod-autoscaler";

/// The annotation with the load that the target carries, in per cent of one pod's request.
pub const LOAD: &str = "demo.dogwatch.dev/load";

/// How often it looks, in seconds.
const PERIOD: i64 = 15;

/// What the autoscaler wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Its status, and when to look again.
    pub decision: Decision,
    /// The new size of the target, where it should change.
    pub size: Option<i64>,
}

/// The load at a time: constant, or when lively a wave of some minutes about it.
pub fn load(hpa: &Value, lively: bool, now: Timestamp) -> i64 {
    let base: i64 = super::json::annotation(hpa, LOAD).parse().unwrap_or(200);
    if !lively {
        return base;
    }
    let shift = (fnv(text(hpa, "/metadata/name").as_bytes()) % 360) as f64;
    let angle = now.as_second() as f64 / 300.0 * std::f64::consts::TAU + shift.to_radians();
    (base as f64 * (1.0 + 0.35 * angle.sin())).round() as i64
}

/// One look: `replicas` is the size of the target, `load` the sum that its pods carry.
pub fn reconcile(hpa: &Value, replicas: i64, load: i64, now: Timestamp) -> Verdict {
    let again = now.saturating_add(SignedDuration::from_secs(PERIOD)).unwrap_or(Timestamp::MAX);
    let least = number(hpa, "/spec/minReplicas").unwrap_or(1);
    let most = number(hpa, "/spec/maxReplicas").unwrap_or(10);
    let metric = items(hpa, "/spec/metrics").first();
    let target = metric.and_then(|m| number(m, "/resource/target/averageUtilization")).unwrap_or(80).max(1);
    let resource = metric.map_or("cpu", |m| text(m, "/resource/name"));
    let use_now = load / replicas.max(1);
    let ratio = use_now as f64 / target as f64;
    let raw = if (ratio - 1.0).abs() <= 0.1 { replicas } else { (ratio * replicas as f64).ceil() as i64 };
    let bounded = raw.clamp(least, most);
    let rested = time(hpa, "/status/lastScaleTime").is_none_or(|at| now.duration_since(at).as_secs() >= 60);
    let wants = replicas > 0 && bounded != replicas && (rested || replicas < least || replicas > most);
    let size = wants.then_some(bounded);
    let mut after = hpa.clone();
    write_status(&mut after, replicas, size.unwrap_or(replicas), (resource, use_now), (raw, bounded), now);
    let mut decision = Decision::wait(again);
    if let Some(size) = size {
        after["status"]["lastScaleTime"] = json!(seconds(now));
        let why = match (size > replicas, raw < least) {
            (true, true) => "Current number of replicas below Spec.MinReplicas".to_owned(),
            (true, false) => format!("{resource} resource utilization (percentage of request) above target"),
            (false, _) => "All metrics below target".to_owned(),
        };
        let message = format!("New size: {size}; reason: {why}");
        decision.writes.push(Note::normal(about(HPAS, hpa), COMPONENT, "SuccessfulRescale", message));
    }
    if after["status"] != hpa["status"] {
        decision.writes.insert(0, Write::Update(HPAS, after));
    }
    Verdict { decision, size }
}

fn write_status(
    hpa: &mut Value,
    current: i64,
    desired: i64,
    (resource, use_now): (&str, i64),
    (raw, bounded): (i64, i64),
    now: Timestamp,
) {
    let mut conditions = items(hpa, "/status/conditions").to_vec();
    let mut put = |kind: &str, holds: bool, reason: &str, message: &str| {
        let status = if holds { "True" } else { "False" };
        let new = json!({"type": kind, "status": status, "reason": reason, "message": message});
        set_condition(&mut conditions, new, now);
    };
    put("AbleToScale", true, "ReadyForNewScale", "recommended size matches current size");
    let why = format!(
        "the HPA was able to successfully calculate a replica count from {resource} resource utilization \
         (percentage of request)"
    );
    put("ScalingActive", true, "ValidMetricFound", &why);
    match raw.cmp(&bounded) {
        std::cmp::Ordering::Equal => {
            put(
                "ScalingLimited",
                false,
                "DesiredWithinRange",
                "the desired count is within the acceptable range",
            );
        }
        std::cmp::Ordering::Greater => {
            let why = "the desired replica count is more than the maximum replica count";
            put("ScalingLimited", true, "TooManyReplicas", why);
        }
        std::cmp::Ordering::Less => {
            let why = "the desired replica count is less than the minimum replica count";
            put("ScalingLimited", true, "TooFewReplicas", why);
        }
    }
    let status = object_at(hpa, &["status"]);
    status.insert("conditions".to_owned(), Value::Array(conditions));
    status.insert("currentReplicas".to_owned(), json!(current));
    status.insert("desiredReplicas".to_owned(), json!(desired));
    let used = json!({"averageUtilization": use_now, "averageValue": format!("{use_now}m")});
    let metric = json!({"type": "Resource", "resource": {"name": resource, "current": used}});
    status.insert("currentMetrics".to_owned(), json!([metric]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_follows_the_load_within_its_bounds() {
        let now = Timestamp::from_second(10_000).unwrap();
        let hpa = json!({
            "metadata": {"name": "web"},
            "spec": {"minReplicas": 2, "maxReplicas": 5, "metrics": [
                {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 50}}},
            ]},
        });
        for (replicas, load, expected) in [
            (2, 100, None),
            (2, 104, None),
            (2, 200, Some(4)),
            (4, 1000, Some(5)),
            (4, 10, Some(2)),
            (0, 100, None),
        ] {
            assert_eq!(reconcile(&hpa, replicas, load, now).size, expected, "{replicas} pods, load {load}");
        }
        let mut scaled = hpa.clone();
        scaled["status"]["lastScaleTime"] = json!(seconds(now));
        assert_eq!(reconcile(&scaled, 2, 200, now).size, None, "it rests after scaling");
    }
}
