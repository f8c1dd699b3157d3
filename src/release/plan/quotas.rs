//! Whether more pods fit into the quotas of their namespace: what is used, what is allowed, what they ask for on top.
//!
//! Sources: `pkg/quota/v1/evaluator/core/pods.go` (names of what is counted, scopes, what a container must say), and
//! [`demand`](crate::release::demand) for what one pod asks for.

use serde_json::Value;

use super::Line;
use super::around::alone;
use crate::model::resource::Resource;
use crate::release::demand::{Side, is_best_effort, of_pod, silent};
use crate::release::facts::{Facts, Query};
use crate::release::json::{items, name, text};
use crate::release::quantity::Quantity;

/// The pods that a change brings.
pub(super) struct Coming<'a> {
    /// The spec of each.
    pub then: &'a Value,
    /// The spec of those that go for them.
    pub now: &'a Value,
    /// So many are there beyond those that are there now, at most.
    pub more: i64,
    /// So many of those that are there now are replaced.
    pub replaced: i64,
}

impl<'a> Coming<'a> {
    /// More pods of the same spec.
    pub(super) fn more(spec: &'a Value, more: i64) -> Self {
        Self { then: spec, now: spec, more, replaced: 0 }
    }

    /// What all of them ask for at most beyond what is used now: while new ones come beside old ones, or when all are new.
    fn asks(&self, side: Side, resource: &str) -> Quantity {
        let (then, now) = (of_pod(self.then, side, resource), of_pod(self.now, side, resource));
        let at_first = then.times(self.more);
        let in_the_end = then.minus(now).times(self.replaced).plus(now.times(self.more));
        at_first.most(in_the_end)
    }
}

/// What has to be read for it.
pub(super) fn query() -> Query {
    Query::all(Resource::RESOURCE_QUOTAS)
}

/// A line for each quota that counts the pods: what fits, and before it what would not.
pub(super) fn lines(facts: &Facts, coming: &Coming<'_>) -> Vec<Line> {
    let quotas = facts.gathered.objects(&Resource::RESOURCE_QUOTAS).iter();
    quotas
        .filter(|quota| counts(quota, coming.then))
        .flat_map(|quota| of_quota(quota, coming, alone(facts)))
        .collect()
}

fn of_quota(quota: &Value, coming: &Coming<'_>, alone: &str) -> Vec<Line> {
    let what = format!("quota {}", name(quota));
    let (mut fits, mut exceeds, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let hard = quota.pointer("/status/hard").and_then(Value::as_object);
    for (key, hard) in hard.into_iter().flatten() {
        let Some(counted) = Counted::of(key) else { continue };
        let more = match counted {
            Counted::Pods => Quantity::whole(coming.more.max(0)),
            Counted::Of(side, resource) => {
                lines.extend(unsaid(&what, key, coming, side, resource));
                coming.asks(side, resource)
            }
        };
        let used = quota.pointer("/status/used").and_then(|used| Quantity::of(used.get(key)?));
        let (Some(hard), Some(used)) = (Quantity::of(hard), used) else { continue };
        if !more.is_some() {
            continue;
        }
        let words = format!("{key} {used}/{hard}, {more} more");
        if used.plus(more).exceeds(hard) { exceeds.push(words) } else { fits.push(words) }
    }
    if !exceeds.is_empty() {
        lines.insert(0, Line::warning(&what, format!("{} would not fit", exceeds.join("; "))));
    }
    if !fits.is_empty() {
        let verb = if fits.len() == 1 && fits[0].ends_with(" 1 more") { "fits" } else { "fit" };
        lines.push(Line::effect(&what, format!("{} {verb}{alone}", fits.join("; "))));
    }
    lines
}

/// Containers that do not say what the quota counts. Where those before did not either, somebody says it for them.
fn unsaid(what: &str, key: &str, coming: &Coming<'_>, side: Side, resource: &str) -> Option<Line> {
    if coming.more <= 0 && coming.replaced <= 0 || !matches!(resource, "cpu" | "memory") {
        return None;
    }
    let first = *silent(coming.then, side, resource).first()?;
    if !silent(coming.now, side, resource).is_empty() {
        let why = format!("{key} of container {first}, which says none: the default of a LimitRange counts");
        return Some(Line::Unknown { what: what.to_owned(), why });
    }
    let words =
        format!("it counts {key}, and container {first} says none: unless a LimitRange does, no pod is made");
    Some(Line::warning(what, words))
}

/// What a key of a quota counts, as far as pods are concerned.
#[derive(Debug, Clone, Copy)]
enum Counted<'a> {
    Pods,
    Of(Side, &'a str),
}

impl<'a> Counted<'a> {
    fn of(key: &'a str) -> Option<Self> {
        Some(match key {
            "pods" | "count/pods" => Self::Pods,
            "cpu" | "memory" | "ephemeral-storage" => Self::Of(Side::Requests, key),
            // Volumes are claimed, not asked for by pods.
            "requests.storage" => return None,
            key => match key.split_once('.')? {
                ("requests", resource) => Self::Of(Side::Requests, resource),
                ("limits", resource) => Self::Of(Side::Limits, resource),
                _ => return None,
            },
        })
    }
}

/// Whether a quota counts pods with this spec: all of its scopes must hold.
fn counts(quota: &Value, spec: &Value) -> bool {
    let mut scopes = items(quota, "/spec/scopes").iter().filter_map(Value::as_str);
    let selected = items(quota, "/spec/scopeSelector/matchExpressions");
    scopes.all(|scope| holds(scope, "Exists", &[], spec))
        && selected.iter().all(|one| {
            let (scope, operator) = (text(one, "/scopeName"), text(one, "/operator"));
            holds(scope, operator, items(one, "/values"), spec)
        })
}

fn holds(scope: &str, operator: &str, values: &[Value], spec: &Value) -> bool {
    let ends = spec.get("activeDeadlineSeconds").is_some_and(|at| !at.is_null());
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => is_best_effort(spec),
        "NotBestEffort" => !is_best_effort(spec),
        "PriorityClass" => {
            let class = text(spec, "/priorityClassName");
            let named = values.iter().any(|value| value.as_str() == Some(class));
            match operator {
                "In" => named,
                "NotIn" => !named,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        "CrossNamespacePodAffinity" => crosses(spec),
        _ => false,
    }
}

/// Whether a term of its (anti-)affinity looks into other namespaces.
fn crosses(spec: &Value) -> bool {
    let kinds = ["podAffinity", "podAntiAffinity"].map(|kind| format!("/affinity/{kind}"));
    let mut terms = kinds.iter().flat_map(|kind| {
        let required = items(spec, &format!("{kind}/requiredDuringSchedulingIgnoredDuringExecution")).iter();
        let preferred =
            items(spec, &format!("{kind}/preferredDuringSchedulingIgnoredDuringExecution")).iter();
        required.chain(preferred.filter_map(|term| term.get("podAffinityTerm")))
    });
    terms.any(|term| {
        !items(term, "/namespaces").is_empty() || term.get("namespaceSelector").is_some_and(Value::is_object)
    })
}
