//! Scaling: how many pods come or go, what the services have then, and who will scale it back.

use serde_json::Value;

use super::around::{be, moved, pairs, service_lines, services};
use super::budgets::{self, Going};
use super::quotas::{self, Coming};
use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::facts::{Facts, Query, ServiceFact};
use crate::release::follow::Goal;
use crate::release::json::{number, text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::selector::side::plural;
use crate::release::{Change, Target, scalers};

/// What has to be read for it.
pub(super) fn lists() -> Vec<Query> {
    vec![Query::all(Resource::AUTOSCALERS), budgets::query(), quotas::query()]
}

pub(super) fn draft(wanted: u32, change: &Change, target: &Target, facts: &Facts) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let now = number(object, "/spec/replicas").unwrap_or(1);
    let then = i64::from(wanted);
    if now == then && !facts.later {
        return Err(Refusal(format!("{target} has {} already", plural(now as usize, "replica"))));
    }
    if now == then {
        // An earlier step changes it first.
        return Ok(Draft {
            request: simple(change, target, object, false)?,
            goal: Goal::Replicas(wanted),
            inverse: None,
            lines: vec![Line::effect("replicas", format!("back to {then} in the end"))],
            level: Level::Traffic,
            kubectl: kubectl::command(change, target),
        });
    }
    let mut lines = vec![Line::change("replicas", now.to_string(), then.to_string())];
    let spec = object.pointer("/spec/template/spec").unwrap_or(&Value::Null);
    let (level, follows) = consequences(target, (now, then), Some(spec), facts);
    lines.extend(follows);
    Ok(Draft {
        request: simple(change, target, object, !facts.later)?,
        goal: Goal::Replicas(wanted),
        inverse: u32::try_from(now).ok().map(|replicas| Change::Scale { replicas }),
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// What follows from another count of replicas, and how much is at stake. `spec` is what more pods are made of; `None`: a
/// rollout that comes with it asks the quotas for all of its pods.
pub(super) fn consequences(
    target: &Target,
    (now, then): (i64, i64),
    spec: Option<&Value>,
    facts: &Facts,
) -> (Level, Vec<Line>) {
    let object = &facts.gathered.object;
    let mut lines = vec![Line::effect(
        "pods",
        if then > now {
            format!("{} more {} started", then - now, be(then - now))
        } else {
            format!("{} {} ended", now - then, be(now - then))
        },
    )];
    let after = |service: &ServiceFact| (i64::from(service.ready) + moved(object, then)).max(0);
    // A later step begins with what the earlier ones leave.
    let when = if facts.later { "by then" } else { "now" };
    lines.extend(service_lines(facts, object, |service| {
        let after = after(service);
        let words = format!("{}/{} ready {when}, about {after} after", service.ready, service.total);
        if then == 0 && after == 0 { format!("{words}: nothing serves it then") } else { words }
    }));
    lines.extend(autoscalers(facts, target, now, then));
    if then < now {
        let labels = texts(object, "/spec/template/metadata/labels");
        lines.extend(budgets::lines(facts, &[(labels, now - then)], Going::Fewer));
    } else if let Some(spec) = spec {
        lines.extend(quotas::lines(facts, &Coming::more(spec, then - now)));
    }
    if !text(object, "/metadata/ownerReferences/0/uid").is_empty() {
        let owner = text(object, "/metadata/ownerReferences/0/name");
        let kind = text(object, "/metadata/ownerReferences/0/kind");
        lines.push(Line::warning("owner", format!("its {kind} {owner} will scale it back")));
    }
    // What it served is served by others.
    let served = services(facts, &pairs(object, "/spec/template/metadata/labels")).unwrap_or_default();
    let others_serve = !served.is_empty() && served.into_iter().all(|service| after(service) > 0);
    let level = match (now, then) {
        (_, 0) if !others_serve => Level::Destructive,
        (now, then) if then < now => Level::Traffic,
        _ => Level::Reversible,
    };
    (level, lines)
}

/// What an autoscaler of the object will make of it.
pub(super) fn autoscalers(facts: &Facts, target: &Target, now: i64, then: i64) -> Vec<Line> {
    scalers::of(facts.gathered.objects(&Resource::AUTOSCALERS), target)
        .map(|scaler| {
            let (range, least, most) = (scaler.to_string(), scaler.least, scaler.most);
            let words = if then == 0 {
                format!("{range} is disabled while there are no replicas")
            } else if now == 0 {
                format!("{range} works again from then on")
            } else if then < least {
                format!("{range} will scale it up to {least} again")
            } else if then > most {
                format!("{range} will scale it down to {most}")
            } else {
                format!("{range} decides by load and may scale it back")
            };
            Line::warning("autoscaler", words)
        })
        .collect()
}
