//! Deleting: what goes with it, what comes back by itself, and that nothing brings the rest back.

use serde_json::Value;

use super::around::pairs;
use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::facts::{Facts, selects};
use crate::release::follow::Goal;
use crate::release::json::{name, number, text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::{Change, Target};

pub(super) fn draft(change: &Change, target: &Target, facts: &Facts) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let Change::Delete { propagation, grace } = change else {
        return Err(Refusal("not a deletion".to_owned()));
    };
    let mut lines = Vec::new();
    if !text(object, "/metadata/deletionTimestamp").is_empty() && *grace != Some(0) {
        lines.push(Line::effect("state", "it is on its way already"));
    }
    let forced = *grace == Some(0);
    let pod = target.resource == Resource::PODS;
    let owner = text(object, "/metadata/ownerReferences/0/name");
    let kind = text(object, "/metadata/ownerReferences/0/kind");
    let level = if pod && !owner.is_empty() && !forced {
        lines.push(Line::effect("comes back", format!("{kind} {owner} starts another one at once")));
        Level::Traffic
    } else {
        lines.push(Line::warning("comes back", "no: nothing brings it back"));
        Level::Destructive
    };
    if pod {
        lines.extend(services(facts));
        lines.extend(budgets(facts));
        let seconds =
            grace.map(i64::from).or(number(object, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
        let words = if forced {
            "the server forgets it at once; its containers may still run on the node".to_owned()
        } else {
            format!("its containers have {seconds} s to end")
        };
        lines.push(Line::effect("containers", words));
    } else {
        let words = format!(
            "what it owns: {}",
            match propagation.word() {
                "Orphan" => "stays, without an owner",
                "Foreground" => "goes first",
                _ => "goes afterwards, its ReplicaSets and pods too",
            }
        );
        lines.push(Line::effect("with it", words));
    }
    if !super::super::json::items(object, "/metadata/finalizers").is_empty() {
        lines.push(Line::effect("finalizers", "it stays until those who put them have done their work"));
    }
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Gone,
        inverse: None,
        lines,
        level,
        kubectl: kubectl::command(change, target),
    })
}

/// The services that a pod serves now.
fn services(facts: &Facts) -> Vec<Line> {
    let labels = pairs(&facts.gathered.object, "/metadata/labels");
    let all = facts.around.services.iter().flatten();
    all.filter(|service| selects(&service.selector, &labels))
        .map(|service| {
            let last =
                if service.ready <= 1 { ": nothing may serve it until another one is ready" } else { "" };
            let words = format!("{}/{} ready now, one fewer until then{last}", service.ready, service.total);
            Line::effect(format!("service {}", service.name), words)
        })
        .collect()
}

/// Disruption budgets of a pod: they guard evictions, and a deletion passes them by.
fn budgets(facts: &Facts) -> Vec<Line> {
    let labels: Vec<(String, String)> = pairs(&facts.gathered.object, "/metadata/labels");
    let guards = |budget: &&Value| {
        let selector: Vec<(String, String)> =
            texts(budget, "/spec/selector/matchLabels").into_iter().collect();
        selects(&selector, &labels)
    };
    let all = facts.gathered.objects(&Resource::DISRUPTION_BUDGETS);
    all.iter()
        .filter(guards)
        .map(|budget| {
            let allowed = number(budget, "/status/disruptionsAllowed").unwrap_or_default();
            let words =
                format!("{} allows {allowed} disruptions now; a deletion does not ask it", name(budget));
            if allowed > 0 { Line::effect("budget", words) } else { Line::warning("budget", words) }
        })
        .collect()
}
