//! What a pod asks of its namespace, as `ResourceQuota` counts it.
//!
//! Sources: `component-helpers/resource/helpers.go` (`PodRequests`, `PodLimits`: containers together, init containers one at a
//! time beside the sidecars that run by then, the pod's own values before both, its overhead on top) and the default of a
//! request, which is the limit (`core/v1/defaults.go`).

use serde_json::Value;

use super::json::{items, text};
use super::quantity::Quantity;

/// Which of the two a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is kept free for the pod.
    Requests,
    /// What it may use at most.
    Limits,
}

impl Side {
    /// As in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Limits => "limits",
        }
    }
}

fn at(value: &Value, pointer: &str, resource: &str) -> Option<Quantity> {
    Quantity::of(value.pointer(pointer)?.get(resource)?)
}

/// What a container asks for itself.
fn own(container: &Value, side: Side, resource: &str) -> Option<Quantity> {
    let limit = || at(container, "/resources/limits", resource);
    match side {
        Side::Limits => limit(),
        Side::Requests => at(container, "/resources/requests", resource).or_else(limit),
    }
}

fn is_sidecar(container: &Value) -> bool {
    text(container, "/restartPolicy") == "Always"
}

/// What one pod with this spec asks for.
pub fn of_pod(spec: &Value, side: Side, resource: &str) -> Quantity {
    let of = |container: &Value| own(container, side, resource).unwrap_or_default();
    let none = Quantity::default();
    let mut all = items(spec, "/containers").iter().map(of).fold(none, Quantity::plus);
    let (mut sidecars, mut starting) = (none, none);
    for container in items(spec, "/initContainers") {
        let asks = of(container);
        let meanwhile = if is_sidecar(container) {
            all = all.plus(asks);
            sidecars = sidecars.plus(asks);
            sidecars
        } else {
            sidecars.plus(asks)
        };
        starting = starting.most(meanwhile);
    }
    let all = own(spec, side, resource).unwrap_or_else(|| all.most(starting));
    let overhead = at(spec, "/overhead", resource).unwrap_or_default();
    // What has no limit gets none by its overhead.
    if side == Side::Limits && !all.is_some() { all } else { all.plus(overhead) }
}

/// The containers that say nothing of it: a quota that counts it refuses the pod, unless a `LimitRange` fills it in.
pub fn silent<'a>(spec: &'a Value, side: Side, resource: &str) -> Vec<&'a str> {
    if own(spec, side, resource).is_some() {
        return Vec::new();
    }
    let all = items(spec, "/containers").iter().chain(items(spec, "/initContainers"));
    all.filter(|container| own(container, side, resource).is_none())
        .map(|container| text(container, "/name"))
        .collect()
}

/// Whether no container asks for anything (quality of service `BestEffort`).
pub fn is_best_effort(spec: &Value) -> bool {
    ["cpu", "memory"].iter().all(|resource| {
        let all = items(spec, "/containers").iter().chain(items(spec, "/initContainers"));
        all.chain([spec]).all(|one| !own(one, Side::Requests, resource).is_some_and(Quantity::is_some))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_asks_for_what_the_scheduler_counts() {
        let asks = |cpu: &str| json!({"name": cpu, "resources": {"requests": {"cpu": cpu}}});
        let sidecar = |cpu: &str| json!({"name": cpu, "restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}});
        for (spec, requests, limits) in [
            (json!({"containers": [asks("100m"), asks("200m")]}), "300m", "0"),
            // The greatest of those that begin it, one at a time.
            (
                json!({"containers": [asks("100m")], "initContainers": [asks("500m"), asks("50m")]}),
                "500m",
                "0",
            ),
            (json!({"containers": [asks("400m")], "initContainers": [asks("300m")]}), "400m", "0"),
            // Sidecars run on, and beside what begins after them.
            (
                json!({"containers": [asks("100m")], "initContainers": [sidecar("50m"), asks("200m")]}),
                "250m",
                "0",
            ),
            (
                json!({"containers": [asks("100m")], "initContainers": [asks("120m"), sidecar("50m")]}),
                "150m",
                "0",
            ),
            (json!({"containers": [{"resources": {"limits": {"cpu": "1"}}}]}), "1", "1"),
            (json!({"containers": [asks("100m")], "overhead": {"cpu": "10m"}}), "110m", "0"),
            (
                json!({"containers": [{"resources": {"limits": {"cpu": "1"}}}], "overhead": {"cpu": "10m"}}),
                "1010m",
                "1010m",
            ),
            // The pod's own word counts before its containers'.
            (json!({"containers": [asks("100m")], "resources": {"requests": {"cpu": "2"}}}), "2", "0"),
            (json!({"containers": [{"name": "a"}]}), "0", "0"),
            (json!({}), "0", "0"),
        ] {
            let of = |side| of_pod(&spec, side, "cpu").to_string();
            assert_eq!(
                (of(Side::Requests).as_str(), of(Side::Limits).as_str()),
                (requests, limits),
                "{spec}"
            );
        }
    }

    #[test]
    fn who_says_nothing_is_named() {
        let spec = json!({"containers": [{"name": "a", "resources": {"limits": {"memory": "1Gi"}}}, {"name": "b"}],
            "initContainers": [{"name": "c"}]});
        assert_eq!(silent(&spec, Side::Requests, "memory"), ["b", "c"]);
        assert_eq!(silent(&spec, Side::Limits, "cpu"), ["a", "b", "c"]);
        let mut whole = spec.clone();
        whole["resources"] = json!({"limits": {"cpu": "1"}});
        assert_eq!(silent(&whole, Side::Limits, "cpu"), [""; 0]);
        assert_eq!(
            [is_best_effort(&spec), is_best_effort(&json!({"containers": [{"name": "a"}]}))],
            [false, true]
        );
    }
}
