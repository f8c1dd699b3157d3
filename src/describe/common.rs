//! What several kinds have: labels, annotations, conditions, tolerations, times.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::record::Seconds;
use crate::model::units;
use crate::release::json::{items, text, texts};

/// An annotation that holds the whole object once more, with the values of a Secret.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Longer annotations have lines of their own.
const LONG: usize = 140;

/// A scalar as text, whatever it is; empty when there is none.
pub fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The scalar at a JSON pointer.
pub fn at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).map(word).unwrap_or_default()
}

/// The same, or other words where there is none.
pub fn at_or(value: &Value, pointer: &str, none: &str) -> String {
    or(at(value, pointer), none)
}

/// A text, or other words where it is empty.
pub fn or(text: String, none: &str) -> String {
    if text.is_empty() { none.to_owned() } else { text }
}

/// Whether something stands at a JSON pointer.
pub fn has(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_some_and(|value| !value.is_null())
}

/// The texts of a list, joined.
pub fn joined(value: &Value, pointer: &str, by: &str) -> String {
    items(value, pointer).iter().map(word).collect::<Vec<_>>().join(by)
}

/// A list as Go prints one: `[a b]`.
pub fn bracketed(value: &Value, pointer: &str) -> String {
    format!("[{}]", joined(value, pointer, " "))
}

/// A time as the API writes it.
pub fn seconds(value: &Value, pointer: &str) -> Option<Seconds> {
    text(value, pointer).parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// A time as kubectl prints it: `Sat, 21 Nov 2026 01:47:29 +0000`.
pub fn time(value: &Value, pointer: &str) -> String {
    let read = text(value, pointer).parse::<Timestamp>();
    read.map_or_else(
        |_| "<unset>".to_owned(),
        |time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    )
}

/// How long ago a time was.
pub fn since(value: &Value, pointer: &str, now: Seconds) -> String {
    seconds(value, pointer).map_or_else(|| "<unknown>".to_owned(), |then| units::age(now, then))
}

/// `true` as kubectl writes it.
pub fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// What a state of the cluster means to somebody who looks for trouble.
pub fn tone(word: &str) -> Tone {
    match word {
        "Running" | "Active" | "Bound" | "Available" | "Ready" => Tone::Good,
        "Pending" | "Waiting" | "ContainerCreating" | "PodInitializing" | "Released" => Tone::Busy,
        "Succeeded" | "Completed" | "<none>" | "<unset>" => Tone::Dim,
        "Failed"
        | "Error"
        | "CrashLoopBackOff"
        | "ImagePullBackOff"
        | "ErrImagePull"
        | "OOMKilled"
        | "Lost"
        | "CreateContainerConfigError"
        | "Evicted" => Tone::Bad,
        _ if word.starts_with("Terminating") => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// What the status of a condition means: most of them are well when they are true.
pub fn condition_tone(kind: &str, status: &str) -> Tone {
    let trouble = kind.ends_with("Pressure")
        || kind.ends_with("Unavailable")
        || kind.contains("Failure")
        || matches!(kind, "Failed" | "Stalled" | "ScalingLimited" | "DisruptionTarget");
    match (status, trouble) {
        ("True", false) | ("False", true) => Tone::Good,
        ("True", true) | ("False", false) => Tone::Bad,
        _ => Tone::Warn,
    }
}

/// A map as `a=b,c=d`; `<none>` when it is empty.
pub fn pairs(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
    or(pairs.join(","), "<none>")
}

/// A label selector as kubectl writes it: `a=b,c in (d,e),!f`.
pub fn selector(selector: &Value) -> String {
    let labels = texts(selector, "/matchLabels");
    let mut all: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    for one in items(selector, "/matchExpressions") {
        let (key, values) = (text(one, "/key"), joined(one, "/values", ","));
        all.push(match text(one, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            other => format!("{key} {other} ({values})"),
        });
    }
    or(all.join(","), "<none>")
}

/// Lines of which the first has the title and the others are below its value.
pub fn list(sheet: &mut Sheet, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return sheet.put(0, format!("{title}:\t<none>"));
    }
    for (at, line) in lines.iter().enumerate() {
        if at == 0 { sheet.put(0, format!("{title}:\t{line}")) } else { sheet.put(0, format!("\t{line}")) }
    }
}

/// A map with one pair on each line.
pub fn map(sheet: &mut Sheet, title: &str, object: &Value, pointer: &str) {
    let pairs = texts(object, pointer).into_iter();
    list(sheet, title, &pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>());
}

/// The annotations; long ones have lines of their own.
pub fn annotations(sheet: &mut Sheet, title: &str, object: &Value, pointer: &str) {
    let mut all = texts(object, pointer);
    all.remove(LAST_APPLIED);
    let mut lines = Vec::new();
    for (key, value) in all {
        let value = value.strip_suffix('\n').unwrap_or(&value);
        if value.len() + key.len() + 2 > LONG || value.contains('\n') {
            lines.push(format!("{key}:"));
            lines.extend(value.split('\n').map(|line| format!("  {}", shortened(line))));
        } else {
            lines.push(format!("{key}: {value}"));
        }
    }
    list(sheet, title, &lines);
}

fn shortened(line: &str) -> String {
    let most = LONG - 2;
    if line.len() <= most {
        return line.to_owned();
    }
    let end = (0..=most).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    format!("{}...", &line[..end])
}

/// Name, namespace, labels and annotations, with which most kinds begin.
pub fn head(sheet: &mut Sheet, object: &Value) {
    names(sheet, object);
    tags(sheet, object);
}

/// Name and namespace.
pub fn names(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("Name:\t{}", text(object, "/metadata/name")));
    let namespace = text(object, "/metadata/namespace");
    if !namespace.is_empty() {
        sheet.put(0, format!("Namespace:\t{namespace}"));
    }
}

/// Labels and annotations.
pub fn tags(sheet: &mut Sheet, object: &Value) {
    map(sheet, "Labels", object, "/metadata/labels");
    annotations(sheet, "Annotations", object, "/metadata/annotations");
}

/// When it was made.
pub fn created(sheet: &mut Sheet, object: &Value) {
    sheet.put(0, format!("CreationTimestamp:\t{}", time(object, "/metadata/creationTimestamp")));
}

/// The controller of an object: `ReplicaSet/web-1`.
pub fn controller(object: &Value) -> Option<String> {
    let owner =
        items(object, "/metadata/ownerReferences").iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", text(owner, "/kind"), text(owner, "/name")))
}

/// Who controls it, if somebody does.
pub fn controlled(sheet: &mut Sheet, object: &Value) {
    if let Some(controller) = controller(object) {
        sheet.put(0, format!("Controlled By:\t{controller}"));
    }
}

/// A line that is only there when there is something to say.
pub fn optional(sheet: &mut Sheet, title: &str, object: &Value, pointer: &str) {
    let value = at(object, pointer);
    if !value.is_empty() {
        sheet.put(0, format!("{title}:\t{value}"));
    }
}

/// Conditions with type, status and reason, as workloads have them.
pub fn conditions(sheet: &mut Sheet, object: &Value) {
    let all = items(object, "/status/conditions");
    if all.is_empty() {
        return;
    }
    sheet.put(0, "Conditions:");
    sheet.put(1, "Type\tStatus\tReason");
    sheet.put(1, "----\t------\t------");
    for one in all {
        let (kind, status) = (text(one, "/type"), text(one, "/status"));
        sheet.toned(1, format!("{kind} \t{status}\t{}", text(one, "/reason")), Tone::Plain);
        if condition_tone(kind, status) == Tone::Bad {
            sheet.note(text(one, "/message"));
        }
    }
}

/// What a pod tolerates.
pub fn tolerations(sheet: &mut Sheet, title: &str, spec: &Value) {
    let mut all: Vec<&Value> = items(spec, "/tolerations").iter().collect();
    all.sort_by_key(|one| text(one, "/key"));
    let line = |one: &&Value| {
        let (key, value, effect) = (text(one, "/key"), text(one, "/value"), text(one, "/effect"));
        let mut line = key.to_owned();
        if !value.is_empty() {
            line = format!("{line}={value}");
        }
        if !effect.is_empty() {
            line = format!("{line}:{effect}");
        }
        if text(one, "/operator") == "Exists" && value.is_empty() {
            let blank = if line.is_empty() { "" } else { " " };
            line = format!("{line}{blank}op=Exists");
        }
        match one["tolerationSeconds"].as_i64() {
            Some(seconds) => format!("{line} for {seconds}s"),
            None => line,
        }
    };
    list(sheet, title, &all.iter().map(line).collect::<Vec<_>>());
}

/// How pods are spread.
pub fn spread(sheet: &mut Sheet, space: &str, spec: &Value) {
    let mut all: Vec<&Value> = items(spec, "/topologySpreadConstraints").iter().collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|one| text(one, "/topologyKey"));
    let line = |one: &&Value| {
        let (key, when) = (text(one, "/topologyKey"), text(one, "/whenUnsatisfiable"));
        let of = match one.get("labelSelector") {
            Some(labels) => format!(" for selector {}", selector(labels)),
            None => String::new(),
        };
        format!("{key}:{when} when max skew {} is exceeded{of}", at(one, "/maxSkew"))
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    list(sheet, &format!("{space}Topology Spread Constraints"), &lines);
}

/// Finalizers, which hold an object that is deleted: kubectl tells them of few kinds only.
pub fn held(sheet: &mut Sheet, object: &Value) {
    if object.pointer("/metadata/deletionTimestamp").is_some()
        && !items(object, "/metadata/finalizers").is_empty()
    {
        sheet.remark(
            0,
            &format!("deleted, and held by its finalizers {}", bracketed(object, "/metadata/finalizers")),
        );
    }
}
