//! Changes of a pod template: images, restart, rollback; and what steers a rollout: pause, resume, strategy.

use serde_json::Value;

use super::around::{bounds, limits, owned, replacing, service_lines, wanted};
use super::{Draft, Level, Line, kubectl};
use crate::model::diff::differences;
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::change::ContainerImage;
use crate::release::facts::{Facts, Found};
use crate::release::follow::Goal;
use crate::release::history::{CAUSE, Revision, holder, images, plain, without_hash};
use crate::release::json::{flag, items, name, number, put, text, texts};
use crate::release::request::{Refusal, simple};
use crate::release::undo::undo;
use crate::release::{Change, Target};

/// New pods of a changed template.
pub(super) fn rolled(change: &Change, target: &Target, facts: &Facts) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let request = simple(change, target, object, !facts.later)?;
    let now = images(&object["spec"]["template"]);
    let mut lines = Vec::new();
    let mut inverse = None;
    if let Change::SetImage { images: wanted } = change {
        let several = now.len() > 1;
        let mut before = Vec::new();
        for ContainerImage { container, image } in wanted {
            let (_, old) = now.iter().find(|(name, _)| name == container).cloned().unwrap_or_default();
            let what = if several { format!("image of {container}") } else { "image".to_owned() };
            lines.push(Line::change(what, old.clone(), image.clone()));
            before.push(ContainerImage { container: container.clone(), image: old });
        }
        if before == *wanted {
            return Err(Refusal(format!("{target} has these images already")));
        }
        inverse = Some(Change::SetImage { images: before });
    } else {
        lines.push(Line::effect("template", "stays as it is, but for the time of the restart"));
        lines.push(Line::effect("taken back", "a restart cannot be: its pods are new ones"));
    }
    let paused = flag(object, "/spec/paused");
    lines.extend(rollout_lines(object, object, facts, paused));
    Ok(Draft {
        request,
        goal: if paused { Goal::Written } else { Goal::Rollout },
        inverse,
        lines,
        level: Level::Traffic,
        kubectl: kubectl::command(change, target),
    })
}

/// How a rollout goes from one object to another, and what it meets.
pub(super) fn rollout_lines(now: &Value, then: &Value, facts: &Facts, paused: bool) -> Vec<Line> {
    if paused {
        return vec![Line::warning("paused", "nothing is rolled out until it is resumed")];
    }
    let mut lines = vec![Line::effect("pods", replacing(then))];
    let (_, unavailable) = bounds(then);
    let fewer = (wanted(now) - wanted(then)).max(0);
    lines.extend(service_lines(facts, now, |service| {
        let fewest = (i64::from(service.ready) - fewer - unavailable).max(0);
        format!("{}/{} ready now, at least {fewest} meanwhile", service.ready, service.total)
    }));
    lines.extend(limits(facts, now, then, wanted(then)));
    lines
}

/// A rollback.
pub(super) fn undone(
    to: Option<&Uid>,
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let Some(resource) = holder(&target.resource) else {
        return Err(Refusal(format!("no rollbacker has been implemented for {}", target.resource.kind)));
    };
    let holders = match facts.gathered.list(&resource) {
        Found::Known(holders) => holders.as_slice(),
        Found::Unknown(trouble) => return Err(Refusal(format!("its history cannot be read: {trouble}"))),
        Found::NotAsked => &[],
    };
    let undo = undo(target, object, holders, to)?;
    let from = undo.from.as_ref();
    let mut lines = vec![revisions_line(from, &undo.to)];
    let now = without_hash(&object["spec"]["template"]);
    lines.extend(template_lines(&now, &undo.to.template));
    let annotations = texts(object, "/metadata/annotations");
    for (key, value) in &annotations {
        match undo.annotations.get(key) {
            None => lines.push(Line::warning(
                "annotation",
                format!("{key}={value} on the {} will be lost (as kubectl does)", target.resource),
            )),
            Some(then) if then != value && key != CAUSE => {
                lines.push(Line::change(format!("annotation {key}"), value.clone(), then.clone()));
            }
            Some(_) => {}
        }
    }
    lines.push(Line::effect("pods", moved(object, from, &undo.to, facts)));
    lines.extend(service_lines(facts, object, |service| {
        format!("{}/{} ready now; its selector stays as it is", service.ready, service.total)
    }));
    let mut then = object.clone();
    put(&mut then, &["spec", "template"], undo.to.template.clone());
    let kept = if undo.to.ready >= wanted(object) { wanted(object) } else { undo.to.wanted };
    lines.extend(limits(facts, object, &then, wanted(object) - kept));
    lines.extend(missing_references(&undo.to.template, facts));
    lines.push(Line::effect("not rolled back", not_rolled_back(target, facts)));
    let chosen = to.is_some();
    let number = undo.to.number;
    Ok(Draft {
        inverse: from.map(|from| Change::Undo { to: Some(from.uid.clone()) }),
        request: undo.request,
        goal: Goal::Rollout,
        lines,
        level: Level::Traffic,
        kubectl: if chosen {
            format!("{} --to-revision={number}", kubectl::command(change, target))
        } else {
            kubectl::command(change, target)
        },
    })
}

fn revisions_line(from: Option<&Revision>, to: &Revision) -> Line {
    let words = |revision: &Revision| {
        let cause =
            if revision.cause.is_empty() { String::new() } else { format!(" \"{}\"", revision.cause) };
        format!("{}{cause}", revision.number)
    };
    let from = from.map_or_else(|| "(not in its history)".to_owned(), words);
    Line::change("revision", from, format!("the template of {}, which gets a new number", words(to)))
}

/// What differs between two templates, line by line.
fn template_lines(now: &Value, then: &Value) -> Vec<Line> {
    let one = items(now, "/spec/containers").len() == 1 && items(then, "/spec/containers").len() == 1;
    let mut lines: Vec<Line> = differences(&plain(now), &plain(then))
        .iter()
        .map(|one_of| Line::change(one_of.words(one), one_of.from_words(), one_of.to_words()))
        .collect();
    // What the image is comes first: it is what people look for.
    lines.sort_by_key(|line| !matches!(line, Line::Change { what, .. } if what.starts_with("image")));
    lines
}

/// How many pods go and come.
fn moved(object: &Value, from: Option<&Revision>, to: &Revision, facts: &Facts) -> String {
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    if to.data.is_some() {
        return replacing(object);
    }
    let now = from.map_or(0, |from| {
        let watched = owned(facts, &[from.uid.to_string()]).len() as i64;
        if facts.around.pods.is_some() { watched } else { from.wanted }
    });
    let started = (wanted - to.wanted).max(0);
    if to.ready >= wanted {
        format!("{now} removed, 0 started (ReplicaSet {} already has {} ready)", to.name, to.ready)
    } else if to.wanted > 0 {
        format!("{now} removed, {started} started (ReplicaSet {} has {} of {wanted})", to.name, to.wanted)
    } else {
        format!("{now} removed, {wanted} started: {}", replacing(object))
    }
}

fn not_rolled_back(target: &Target, facts: &Facts) -> String {
    let mut parts = vec![
        "replicas".to_owned(),
        "strategy".to_owned(),
        "services".to_owned(),
        "ConfigMap contents".to_owned(),
    ];
    let scales = |hpa: &&Value| {
        text(hpa, "/spec/scaleTargetRef/kind") == target.resource.kind
            && text(hpa, "/spec/scaleTargetRef/name") == target.name
    };
    if let Some(hpa) = facts.gathered.objects(&Resource::AUTOSCALERS).iter().find(scales) {
        let least = number(hpa, "/spec/minReplicas").unwrap_or(1);
        let most = number(hpa, "/spec/maxReplicas").unwrap_or_default();
        parts.push(format!("HPA {} ({least}..{most})", name(hpa)));
    }
    parts.join(", ")
}

/// `ConfigMaps` and Secrets that a template needs and that are gone.
fn missing_references(template: &Value, facts: &Facts) -> Vec<Line> {
    let mut lines = Vec::new();
    for (resource, wanted) in references(template) {
        let Found::Known(known) = facts.gathered.list(&resource) else { continue };
        if !known.iter().any(|object| name(object) == wanted) {
            let words = format!("{} {wanted}, which its pods need, does not exist", resource.kind);
            lines.push(Line::warning("missing", words));
        }
    }
    lines
}

/// What a template needs by name; what is optional is not needed.
fn references(template: &Value) -> Vec<(Resource, String)> {
    let mut out = Vec::new();
    let mut add = |resource: &Resource, source: &Value, key: &str| {
        let named = text(source, key);
        if !named.is_empty() && !flag(source, "/optional") {
            out.push((resource.clone(), named.to_owned()));
        }
    };
    let (maps, secrets) = (&Resource::CONFIG_MAPS, &Resource::SECRETS);
    for container in
        ["/spec/containers", "/spec/initContainers"].iter().flat_map(|list| items(template, list))
    {
        for from in items(container, "/envFrom") {
            add(maps, &from["configMapRef"], "/name");
            add(secrets, &from["secretRef"], "/name");
        }
        for variable in items(container, "/env") {
            add(maps, &variable["valueFrom"]["configMapKeyRef"], "/name");
            add(secrets, &variable["valueFrom"]["secretKeyRef"], "/name");
        }
    }
    for volume in items(template, "/spec/volumes") {
        add(maps, &volume["configMap"], "/name");
        add(secrets, &volume["secret"], "/secretName");
        for source in items(volume, "/projected/sources") {
            add(maps, &source["configMap"], "/name");
            add(secrets, &source["secret"], "/name");
        }
    }
    for secret in items(template, "/spec/imagePullSecrets") {
        add(secrets, secret, "/name");
    }
    out.sort();
    out.dedup();
    out
}

/// Pause, resume, bounds.
pub(super) fn steered(change: &Change, target: &Target, facts: &Facts) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let request = simple(change, target, object, !facts.later)?;
    let (lines, goal, inverse) = match change {
        Change::Pause => (
            vec![
                Line::change("paused", "false", "true"),
                Line::effect(
                    "rollout",
                    "a change of its template is kept and not rolled out; pods stay as they are",
                ),
            ],
            Goal::Paused(true),
            Some(Change::Resume),
        ),
        Change::Resume => (
            vec![
                Line::change("paused", "true", "false"),
                Line::effect("rollout", "changes that were made meanwhile are rolled out now"),
            ],
            Goal::Paused(false),
            Some(Change::Pause),
        ),
        _ => strategy(change, object),
    };
    let level = if matches!(change, Change::Resume) { Level::Traffic } else { Level::Reversible };
    Ok(Draft { request, goal, inverse, lines, level, kubectl: kubectl::command(change, target) })
}

fn strategy(change: &Change, object: &Value) -> (Vec<Line>, Goal, Option<Change>) {
    let Change::Strategy { max_surge, max_unavailable } = change else {
        return (Vec::new(), Goal::Written, None);
    };
    let base = if object.pointer("/spec/updateStrategy").is_some() {
        "/spec/updateStrategy"
    } else {
        "/spec/strategy"
    };
    let now = |key: &str| match object.pointer(&format!("{base}/rollingUpdate/{key}")) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let mut lines = Vec::new();
    for (key, then) in [("maxSurge", max_surge), ("maxUnavailable", max_unavailable)] {
        if let Some(then) = then {
            lines.push(Line::change(key, now(key).unwrap_or_else(|| "(not set)".to_owned()), then.clone()));
        }
    }
    lines.push(Line::effect("pods", "none is touched; the next rollout goes by it"));
    let inverse = Change::Strategy {
        max_surge: max_surge.as_ref().and_then(|_| now("maxSurge")),
        max_unavailable: max_unavailable.as_ref().and_then(|_| now("maxUnavailable")),
    };
    (lines, Goal::Written, Some(inverse))
}
