//! One container of a pod, in words: how it is, how it ended, what it is given, and where each variable of its environment comes
//! from. The containers screen shows it; kubectl has no such thing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Material;
use super::common::{at, has, joined, seconds, since, tone, word};
use super::container::{amount_of, field, resource_value};
use super::sheet::Sheet;
use super::wanted::Ask;
use super::{probe, volume};
use crate::model::column::Tone;
use crate::model::exit;
use crate::model::resource::Resource;
use crate::model::units;
use crate::model::yaml::Line;
use crate::release::facts::Found;
use crate::release::json::{items, name, number, text};

/// The lists of containers, with those of their statuses.
const LISTS: [(&str, &str); 3] = [
    ("/spec/initContainers", "/status/initContainerStatuses"),
    ("/spec/containers", "/status/containerStatuses"),
    ("/spec/ephemeralContainers", "/status/ephemeralContainerStatuses"),
];

/// The ConfigMaps and Secrets that environments of a pod name.
pub fn sources(pod: &Value) -> Vec<Ask> {
    let namespace = text(pod, "/metadata/namespace");
    let mut named = BTreeSet::new();
    for container in LISTS.iter().flat_map(|(list, _)| items(pod, list)) {
        for one in items(container, "/env") {
            named.insert((false, at(one, "/valueFrom/configMapKeyRef/name")));
            named.insert((true, at(one, "/valueFrom/secretKeyRef/name")));
        }
        for one in items(container, "/envFrom") {
            named.insert((false, at(one, "/configMapRef/name")));
            named.insert((true, at(one, "/secretRef/name")));
        }
    }
    let ask = |(secret, name): (bool, String)| {
        let (what, resource) =
            if secret { ("secret", Resource::SECRETS) } else { ("config map", Resource::CONFIG_MAPS) };
        Ask::one(what, resource, namespace, &name).keys_only()
    };
    named.into_iter().filter(|(_, name)| !name.is_empty()).map(ask).collect()
}

/// All that is known of one container.
pub fn lines(material: &Material, container: &str) -> Vec<Line> {
    let pod = &material.object;
    let mut sheet = Sheet::default();
    for (list, statuses) in LISTS {
        if let Some(one) = items(pod, list).iter().find(|one| name_of(one) == container) {
            let status = items(pod, statuses).iter().find(|status| name_of(status) == container);
            describe(&mut sheet, material, one, status.unwrap_or(&Value::Null));
        }
    }
    sheet.lines()
}

fn name_of(container: &Value) -> &str {
    text(container, "/name")
}

fn describe(sheet: &mut Sheet, material: &Material, container: &Value, status: &Value) {
    let now = material.now;
    state(sheet, "State", &status["state"], now);
    if has(status, "/lastState/terminated") {
        state(sheet, "Last State", &status["lastState"], now);
    }
    let restarts = number(status, "/restartCount").unwrap_or_default();
    sheet.toned(0, format!("Restarts:\t{restarts}"), if restarts > 0 { Tone::Warn } else { Tone::Plain });
    sheet.put(0, format!("Image:\t{}", text(container, "/image")));
    let id = text(status, "/imageID");
    if let Some((_, digest)) = id.rsplit_once('@') {
        sheet.put(0, format!("Digest:\t{digest}"));
    }
    for (title, pointer) in [("Command", "/command"), ("Args", "/args")] {
        let words = joined(container, pointer, " ");
        if !words.is_empty() {
            sheet.put(0, format!("{title}:\t{}", words.replace('\n', " ")));
        }
    }
    let port = |port: &Value| {
        let host = number(port, "/hostPort").filter(|port| *port > 0);
        let host = host.map(|port| format!(" on the node's {port}")).unwrap_or_default();
        let named = text(port, "/name");
        format!(
            "{named} {}/{}{host}",
            at(port, "/containerPort"),
            super::common::at_or(port, "/protocol", "TCP")
        )
    };
    let ports = items(container, "/ports").iter().map(port).map(|port| port.trim_start().to_owned());
    let ports = ports.collect::<Vec<_>>().join(", ");
    sheet.put(0, format!("Ports:\t{}", super::common::or(ports, "none")));
    resources(sheet, container);
    for (title, pointer) in
        [("Startup", "/startupProbe"), ("Readiness", "/readinessProbe"), ("Liveness", "/livenessProbe")]
    {
        match container.pointer(pointer).filter(|probe| probe.is_object()) {
            Some(probe) => sheet.put(0, format!("{title}:\t{}", probe::words(probe))),
            None => sheet.toned(0, format!("{title}:\tnone"), Tone::Dim),
        }
    }
    environment(sheet, material, container);
    mounts(sheet, &material.object, container);
}

/// A state in one line, with the signal behind an exit code.
fn state(sheet: &mut Sheet, title: &str, state: &Value, now: i64) {
    let (words, meaning) = if has(state, "/running") {
        (format!("Running for {}", since(state, "/running/startedAt", now)), Tone::Good)
    } else if has(state, "/terminated") {
        let ended = &state["terminated"];
        let code = number(ended, "/exitCode").unwrap_or_default();
        let said = [exit::words(code), at(ended, "/reason")].into_iter().filter(|words| !words.is_empty());
        let said = said.collect::<Vec<_>>().join(", ");
        let mut words = format!("Terminated {} ago, exit code {code}", since(ended, "/finishedAt", now));
        if !said.is_empty() {
            words = format!("{words}: {said}");
        }
        if let (Some(begun), Some(end)) = (seconds(ended, "/startedAt"), seconds(ended, "/finishedAt")) {
            words = format!("{words}; it had run for {}", units::age(end, begun));
        }
        (words, if code == 0 { Tone::Dim } else { Tone::Bad })
    } else {
        let reason = at(state, "/waiting/reason");
        let meaning = match tone(&reason) {
            Tone::Plain => Tone::Busy,
            known => known,
        };
        (format!("Waiting {reason}").trim_end().to_owned(), meaning)
    };
    sheet.toned(0, format!("{title}:\t{words}"), meaning);
    for pointer in ["/waiting/message", "/terminated/message"] {
        for line in at(state, pointer).lines().filter(|line| !line.is_empty()) {
            sheet.put(0, format!("\t{line}"));
        }
    }
}

fn resources(sheet: &mut Sheet, container: &Value) {
    for (title, what) in [("Requests", "requests"), ("Limits", "limits")] {
        let map = container["resources"][what].as_object().into_iter().flatten();
        let all: Vec<String> = map.map(|(name, amount)| format!("{name} {}", amount_of(amount))).collect();
        let tone = if all.is_empty() { Tone::Dim } else { Tone::Plain };
        sheet.toned(0, format!("{title}:\t{}", super::common::or(all.join(", "), "none")), tone);
    }
}

/// What is known of a ConfigMap or Secret: its keys, with sizes where it is a Secret.
enum Source<'a> {
    Keys(&'a serde_json::Map<String, Value>),
    Empty,
    Missing,
    Unknown(String),
}

fn source<'a>(material: &'a Material, resource: &Resource, name_: &str) -> Source<'a> {
    let own = |(ask, _): &&(Ask, Found<Vec<Value>>)| {
        ask.resource == *resource && ask.name.as_deref() == Some(name_)
    };
    match material.beside.iter().find(own).map(|(_, found)| found) {
        Some(Found::Known(found)) => match found.iter().find(|one| name(one) == name_) {
            None => Source::Missing,
            Some(one) => one["data"].as_object().map_or(Source::Empty, Source::Keys),
        },
        Some(Found::Unknown(trouble)) => Source::Unknown(trouble.to_string()),
        _ => Source::Unknown("it was not read".to_owned()),
    }
}

/// A row of the environment: name, what is its value, where it comes from.
struct Variable {
    name: String,
    value: String,
    from: String,
    tone: Tone,
}

impl Variable {
    fn new(name: &str, value: impl Into<String>, from: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into(), from: from.into(), tone: Tone::Plain }
    }

    /// Something is missing: the container cannot start, unless it is optional.
    fn missing(name: &str, why: &str, from: String, optional: bool) -> Self {
        let (value, tone) = if optional {
            (format!("{why}, optional"), Tone::Dim)
        } else {
            (format!("MISSING: {why}"), Tone::Bad)
        };
        Self { tone, ..Self::new(name, value, from) }
    }
}

/// The value of a key as far as it may be told.
fn told(value: &Value, secret: bool) -> String {
    match (secret, value.as_u64()) {
        (true, Some(bytes)) => format!("**** ({bytes} bytes)"),
        (true, None) => "****".to_owned(),
        (false, _) => String::new(),
    }
}

fn environment(sheet: &mut Sheet, material: &Material, container: &Value) {
    let own: Vec<Variable> =
        items(container, "/env").iter().map(|one| variable(material, container, one)).collect();
    let mut given: BTreeMap<String, Variable> = BTreeMap::new();
    let mut without_names = Vec::new();
    for one in items(container, "/envFrom") {
        let secret = has(one, "/secretRef");
        let (of, resource, kind) = if secret {
            (&one["secretRef"], Resource::SECRETS, "Secret")
        } else {
            (&one["configMapRef"], Resource::CONFIG_MAPS, "ConfigMap")
        };
        let (source_name, optional) = (text(of, "/name"), of["optional"] == true);
        let from = format!("all of {kind} {source_name}");
        match source(material, &resource, source_name) {
            // The later of two wins.
            Source::Keys(keys) => given.extend(keys.iter().map(|(key, value)| {
                let name = format!("{}{key}", text(one, "/prefix"));
                (name.clone(), Variable::new(&name, told(value, secret), from.clone()))
            })),
            Source::Empty => without_names.push(Variable::new("-", "it has no keys", from)),
            Source::Missing => {
                without_names.push(Variable::missing(
                    "-",
                    &format!("there is no {kind} {source_name}"),
                    from,
                    optional,
                ));
            }
            Source::Unknown(why) => {
                let tone = Tone::Warn;
                without_names
                    .push(Variable { tone, ..Variable::new("-", format!("not known: {why}"), from) });
            }
        }
    }
    // What the container itself says wins over what it is given.
    let given = given.into_values().filter(|one| !own.iter().any(|own| own.name == one.name));
    let rows: Vec<Variable> = without_names.into_iter().chain(given).collect();
    if own.is_empty() && rows.is_empty() {
        return sheet.toned(0, "Environment:\tnone", Tone::Dim);
    }
    sheet.put(0, "Environment:");
    sheet.put(1, "NAME\tFROM\tVALUE");
    sheet.put(1, "----\t----\t-----");
    for one in own.into_iter().chain(rows) {
        let mut lines = one.value.lines();
        let first = lines.next().unwrap_or_default();
        let more = lines.count();
        sheet.toned(1, format!("{}\t{}\t{first}", one.name, one.from), one.tone);
        if more > 0 {
            sheet.note(&format!("and {more} more lines"));
        }
    }
}

/// Where a variable of the container's own list comes from.
fn variable(material: &Material, container: &Value, one: &Value) -> Variable {
    let (name, from) = (text(one, "/name"), &one["valueFrom"]);
    if from.is_null() {
        return Variable::new(name, at(one, "/value"), "literal");
    }
    if has(from, "/fieldRef") {
        let path = text(from, "/fieldRef/fieldPath");
        let value = match path {
            "status.podIP" => at(&material.object, "/status/podIP"),
            "status.hostIP" => at(&material.object, "/status/hostIP"),
            path => field(&material.object, path),
        };
        return Variable::new(name, value, format!("field {path}"));
    }
    if has(from, "/resourceFieldRef") {
        let of = &from["resourceFieldRef"];
        return Variable::new(
            name,
            resource_value(container, of),
            format!("resource {}", text(of, "/resource")),
        );
    }
    for (pointer, resource, kind, secret) in [
        ("configMapKeyRef", Resource::CONFIG_MAPS, "ConfigMap", false),
        ("secretKeyRef", Resource::SECRETS, "Secret", true),
    ] {
        let Some(of) = from.get(pointer) else { continue };
        let (of_name, key, optional) = (text(of, "/name"), text(of, "/key"), of["optional"] == true);
        let words = format!("{kind} {of_name}, key {key}");
        let no_key = format!("{kind} {of_name} has no key {key}");
        return match source(material, &resource, of_name) {
            Source::Keys(keys) => match keys.get(key) {
                Some(value) => Variable::new(name, told(value, secret), words),
                None => Variable::missing(name, &no_key, words, optional),
            },
            Source::Empty => Variable::missing(name, &no_key, words, optional),
            Source::Missing => {
                Variable::missing(name, &format!("there is no {kind} {of_name}"), words, optional)
            }
            Source::Unknown(why) => {
                Variable { tone: Tone::Warn, ..Variable::new(name, format!("not known: {why}"), words) }
            }
        };
    }
    Variable::new(name, "", from.as_object().and_then(|map| map.keys().next()).cloned().unwrap_or_default())
}

fn mounts(sheet: &mut Sheet, pod: &Value, container: &Value) {
    let mut all: Vec<&Value> = items(container, "/volumeMounts").iter().collect();
    if all.is_empty() {
        return sheet.toned(0, "Mounts:\tnone", Tone::Dim);
    }
    all.sort_by_key(|mount| text(mount, "/mountPath"));
    sheet.put(0, "Mounts:");
    sheet.put(1, "PATH\tVOLUME\tWHAT\tMODE");
    sheet.put(1, "----\t------\t----\t----");
    for mount in all {
        let of = text(mount, "/name");
        let volume = items(pod, "/spec/volumes").iter().find(|volume| name_of(volume) == of);
        let what = volume.map_or_else(|| "no such volume".to_owned(), volume::words);
        let mode = if mount["readOnly"] == true { "read-only" } else { "read-write" };
        let part = match word(&mount["subPath"]) {
            part if part.is_empty() => String::new(),
            part => format!(", {part} of it"),
        };
        sheet.put(1, format!("{}\t{of}\t{what}{part}\t{mode}", text(mount, "/mountPath")));
    }
}
