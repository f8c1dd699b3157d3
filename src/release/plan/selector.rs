//! Another selector of a service: both sides as the preview has them, and what should be known before traffic moves.

use super::{Draft, Level, Line, kubectl};
use crate::model::resource::Resource;
use crate::release::change::Merge;
use crate::release::facts::{Facts, Query};
use crate::release::follow::Goal;
use crate::release::json::texts;
use crate::release::labelled::{Labels, written};
use crate::release::labels;
use crate::release::plan::DiffLine;
use crate::release::request::{Refusal, simple};
use crate::release::selector::side::plural;
use crate::release::selector::{Preview, Side, after};
use crate::release::{Change, Target};

/// So many pods of each side are named; the others are counted.
const NAMED: usize = 10;

/// What the plan asks for: pods and `ReplicaSets` of both sides, for their ports and revisions. Both sides have the pairs that
/// stay; when none stays, all of the namespace would have to be read, and their ports are not worth that.
pub(super) fn lists(
    keys: &[(String, Option<String>)],
    how: Merge,
    service: &serde_json::Value,
) -> Vec<Query> {
    let now = texts(service, "/spec/selector");
    let then = after(&now, keys, how);
    let common: Labels = now.into_iter().filter(|(key, value)| then.get(key) == Some(value)).collect();
    let both = [Resource::PODS, Resource::REPLICA_SETS].map(|one| Query::labelled(one, written(&common)));
    let both = both.into_iter().filter(|_| !common.is_empty());
    both.chain([Resource::SERVICES, Resource::DISRUPTION_BUDGETS].map(Query::all)).collect()
}

pub(super) fn draft(
    keys: &[(String, Option<String>)],
    how: Merge,
    insist: bool,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    for (key, value) in keys {
        labels::valid_key("spec.selector", key)?;
        labels::valid_value(key, value.as_deref().unwrap_or_default())?;
    }
    let preview = Preview::of(keys, how, target, facts)?;
    let against = preview.against(facts.least_ready);
    if let Some(Refusal(why)) = against.as_ref().filter(|_| !insist) {
        return Err(Refusal(format!("{why}; not switched: insist to do it all the same")));
    }
    let mut lines = lines(&preview);
    if let Some(Refusal(why)) = &against {
        lines.insert(0, Line::warning("endpoints", format!("{why}: you insist")));
    } else if preview.then.serving() < preview.now.serving() {
        let now = preview.now.serving();
        let serve = if now == 1 { "serves" } else { "serve" };
        let words = format!("{now} {serve} now, {} would then", preview.then.serving());
        lines.insert(0, Line::warning("endpoints", words));
    }
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: goal(&preview),
        inverse: Some(back(&preview.now.selector)),
        lines,
        level: if preview.then.serving() == 0 { Level::Destructive } else { Level::Traffic },
        kubectl: kubectl::command(change, target),
    })
}

/// What the slices are to show.
pub(super) fn goal(preview: &Preview) -> Goal {
    let leaving = preview.now.pods.iter().filter(|pod| !preview.then.pods.contains(pod));
    Goal::Endpoints {
        selector: preview.then.selector.clone().into_iter().collect(),
        ready: preview.then.ready_names(),
        leaving: leaving.map(|pod| pod.name.clone()).collect(),
    }
}

/// The change that gives a selector exactly as it was, whatever was added meanwhile.
fn back(now: &Labels) -> Change {
    let keys = now.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    Change::Selector { keys, how: Merge::Replace, insist: false }
}

/// What a switch does and what should be known before it.
pub fn lines(preview: &Preview) -> Vec<Line> {
    let (now, then) = (&preview.now, &preview.then);
    let mut lines = vec![
        Line::change("selector", written(&now.selector), written(&then.selector)),
        Line::change("pods", now.count(), then.count()),
        Line::change("revision", now.running_words(preview.made), then.running_words(preview.made)),
    ];
    for (at, port) in preview.ports.iter().enumerate() {
        let (here, there) = (now.port_words(at, port), then.port_words(at, port));
        lines.push(if here == there {
            Line::effect(format!("port {port}"), format!("{here}, on both sides"))
        } else {
            Line::change(format!("port {port}"), here, there)
        });
    }
    lines.push(if now.also() == then.also() {
        Line::effect("also selected by", format!("{}, on both sides", now.also()))
    } else {
        Line::change("also selected by", now.also(), then.also())
    });
    lines.extend(keys(preview));
    lines.extend(warnings(preview));
    lines.extend(named(now, then, '-'));
    lines.extend(named(then, now, '+'));
    lines.push(Line::effect("the old side", format!("stays up: {}; one key switches back", now.count())));
    lines.push(Line::effect("open connections", "may stay with the old pods until they end"));
    lines
}

/// What becomes of keys that nobody named, and what the other way of writing the patch would give.
fn keys(preview: &Preview) -> Vec<Line> {
    let (chosen, other) = (preview.chosen(), preview.other());
    let (meant, otherwise) = match preview.how {
        Merge::Merge => ("merged", "replaced"),
        Merge::Replace => ("replaced", "merged"),
    };
    let kept =
        if chosen.kept.is_empty() { String::new() } else { format!(", {} stays", written(&chosen.kept)) };
    let would = if preview.same_either_way() {
        "the same".to_owned()
    } else {
        format!("{}, {}", selector_words(&other.selector), plural(other.pods, "pod"))
    };
    vec![
        Line::effect("patch", chosen.patch.to_string()),
        Line::effect("keys", format!("{meant}{kept}; {otherwise} it would be {would}")),
    ]
}

fn selector_words(selector: &Labels) -> String {
    if selector.is_empty() { "no selector at all".to_owned() } else { written(selector) }
}

fn warnings(preview: &Preview) -> Vec<Line> {
    let then = &preview.then;
    let mut lines = Vec::new();
    if let Some(why) = &preview.unknown {
        lines.push(Line::Unknown { what: "pods".to_owned(), why: why.clone() });
    }
    let troubles = then.troubles();
    if !troubles.is_empty() {
        lines.push(Line::warning("not ready", troubles.join(", ")));
    }
    let deaf = then.ready() - then.serving();
    if deaf > 0 {
        let words = format!("{} ready and without any port that is asked for", plural(deaf, "pod"));
        lines.push(Line::warning("endpoints", words));
    }
    match preview.widened() {
        Some((keys, 0)) => {
            lines.push(Line::warning(
                "selector",
                format!("{keys} is no longer asked for; the same pods match"),
            ));
        }
        Some((keys, more)) => {
            let words = format!("{keys} is no longer asked for: the match widens by {}", plural(more, "pod"));
            lines.push(Line::warning("selector", words));
        }
        None => {}
    }
    for (key, value, pods) in &preview.stale {
        let words = format!("{key}={value} is kept, and without it {} would match", plural(*pods, "pod"));
        lines.push(Line::warning("selector", words));
    }
    if preview.publishes_not_ready {
        let words = "it publishes pods that are not ready: being ready says nothing here";
        lines.push(Line::warning("endpoints", words));
    }
    if preview.headless {
        let words =
            "it has no address of its own: clients that keep DNS answers go on to the old pods for a while";
        lines.push(Line::warning("headless", words));
    }
    lines
}

/// The pods that only one side has, by name.
fn named(side: &Side, other: &Side, sign: char) -> Vec<Line> {
    let only: Vec<_> = side.pods.iter().filter(|pod| !other.pods.contains(pod)).collect();
    let mut lines: Vec<Line> = only
        .iter()
        .take(NAMED)
        .map(|pod| Line::Diff(DiffLine { sign, text: format!("{}  {}", pod.name, pod.state) }))
        .collect();
    if only.len() > NAMED {
        let text = format!("and {} more", only.len() - NAMED);
        lines.push(Line::Diff(DiffLine { sign, text }));
    }
    lines
}
