//! What the cluster's events say that changed: of nodes, of autoscalers, of numbers of replicas. What is wrong is not told
//! here: that is what warnings are for.

use serde_json::Value;

use super::{Happening, What, time};
use crate::model::json::text;
use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::text::clean;

/// A deployment's steps within so many seconds after its rollout began belong to it.
const ROLLS_FOR: Seconds = 900;

/// The reasons that tell a change, and of what kind it is. Sources: kubelet's and the controllers' `events` packages.
const REASONS: &[(&str, What)] = &[
    ("SuccessfulRescale", What::Autoscaler),
    ("ScalingReplicaSet", What::Scale),
    ("NodeNotReady", What::Node),
    ("NodeReady", What::Node),
    ("NodeNotSchedulable", What::Node),
    ("NodeSchedulable", What::Node),
    ("NodeHasDiskPressure", What::Node),
    ("NodeHasNoDiskPressure", What::Node),
    ("NodeHasInsufficientMemory", What::Node),
    ("NodeHasSufficientMemory", What::Node),
    ("NodeHasInsufficientPID", What::Node),
    ("RegisteredNode", What::Node),
    ("RemovingNode", What::Node),
    ("Rebooted", What::Node),
    ("EvictionThresholdMet", What::Node),
];

/// What an event tells, if it tells a change.
pub(super) fn happening(event: &Value, since: Seconds, rollouts: &[(Named, Seconds)]) -> Option<Happening> {
    let reason = text(event, "/reason");
    let (_, what) = REASONS.iter().find(|(known, _)| *known == reason)?;
    let at = ["/lastTimestamp", "/series/lastObservedTime", "/eventTime", "/metadata/creationTimestamp"]
        .iter()
        .find_map(|pointer| time(event, pointer))
        .filter(|at| *at >= since)?;
    let version = text(event, "/involvedObject/apiVersion");
    let about = Named {
        group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(event, "/involvedObject/kind").to_owned(),
        namespace: text(event, "/involvedObject/namespace").to_owned(),
        name: text(event, "/involvedObject/name").to_owned(),
    };
    let part_of_a_rollout = *what == What::Scale
        && rollouts.iter().any(|(name, from)| *name == about && at >= from - 5 && at <= from + ROLLS_FOR);
    // A pod is told that its node is not ready, too.
    let of_another = *what == What::Node && about.kind != "Node";
    if part_of_a_rollout || of_another || about.name.is_empty() {
        return None;
    }
    let by = [text(event, "/source/component"), text(event, "/reportingComponent")];
    Some(Happening {
        at,
        uid: text(event, "/involvedObject/uid").to_owned(),
        what: *what,
        words: clean(&format!("{reason}: {}", text(event, "/message"))).into_owned(),
        by: clean(by.into_iter().find(|by| !by.is_empty()).unwrap_or_default()).into_owned(),
        about,
    })
}
