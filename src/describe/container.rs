//! Containers, of a pod with their state or of a template.

use serde_json::Value;

use super::common::{at, at_or, has, joined, or, time, tone, truth, word};
use super::probe;
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::exit;
use crate::release::json::{items, number, text};
use crate::release::quantity::Quantity;

/// The containers below a title; `pod` is there when they run, `space` stands before what is part of a template.
pub fn containers(
    sheet: &mut Sheet,
    title: &str,
    all: &[Value],
    statuses: &[Value],
    pod: Option<&Value>,
    space: &str,
) {
    if all.is_empty() {
        return sheet.put(0, format!("{space}{title}:\t<none>"));
    }
    sheet.put(0, format!("{space}{title}:"));
    for container in all {
        let status = statuses.iter().find(|status| status["name"] == container["name"]);
        basics(sheet, container, status, space);
        for (title, pointer) in [("Command", "/command"), ("Args", "/args")] {
            words(sheet, title, items(container, pointer));
        }
        if let Some(status) = status {
            state(sheet, "State", &status["state"]);
            if has(status, "/lastState/terminated") {
                state(sheet, "Last State", &status["lastState"]);
            }
            let ready = status["ready"] == true;
            let tone = if ready { Tone::Good } else { Tone::Warn };
            sheet.toned(2, format!("Ready:\t{}", truth(ready)), tone);
            sheet.put(2, format!("Restart Count:\t{}", number(status, "/restartCount").unwrap_or_default()));
        }
        resources(sheet, 2, &container["resources"]);
        for (title, pointer) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if let Some(probe) = container.get(pointer).filter(|probe| probe.is_object()) {
                sheet.put(2, format!("{title}:\t{}", probe::kubectl(probe)));
            }
        }
        sources(sheet, container);
        environment(sheet, container, pod);
        mounts(sheet, container);
    }
}

fn basics(sheet: &mut Sheet, container: &Value, status: Option<&Value>, space: &str) {
    let indent = if space.is_empty() { "" } else { " " };
    sheet.put(1, format!("{indent}{}:", text(container, "/name")));
    if let Some(status) = status {
        sheet.put(2, format!("Container ID:\t{}", text(status, "/containerID")));
    }
    sheet.put(2, format!("Image:\t{}", text(container, "/image")));
    if let Some(status) = status {
        sheet.put(2, format!("Image ID:\t{}", text(status, "/imageID")));
    }
    for (title, field) in [("Port", "/containerPort"), ("Host Port", "/hostPort")] {
        let port = |port: &Value| {
            format!("{}/{}", number(port, field).unwrap_or_default(), at_or(port, "/protocol", "TCP"))
        };
        let ports: Vec<String> = items(container, "/ports").iter().map(port).collect();
        let plural = if ports.len() > 1 { "s" } else { "" };
        sheet.put(2, format!("{title}{plural}:\t{}", or(ports.join(", "), "<none>")));
    }
    if has(container, "/securityContext/seccompProfile") {
        sheet.put(2, format!("SeccompProfile:\t{}", at(container, "/securityContext/seccompProfile/type")));
        let local = at(container, "/securityContext/seccompProfile/localhostProfile");
        if !local.is_empty() {
            sheet.put(3, format!("LocalhostProfile:\t{local}"));
        }
    }
}

fn words(sheet: &mut Sheet, title: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    sheet.put(2, format!("{title}:"));
    for one in words {
        for line in word(one).split('\n') {
            sheet.put(3, line);
        }
    }
}

fn state(sheet: &mut Sheet, title: &str, state: &Value) {
    if has(state, "/running") {
        sheet.toned(2, format!("{title}:\tRunning"), Tone::Good);
        sheet.put(3, format!("Started:\t{}", time(state, "/running/startedAt")));
    } else if has(state, "/terminated") {
        let ended = &state["terminated"];
        sheet.put(2, format!("{title}:\tTerminated"));
        for (title, pointer) in [("Reason", "/reason"), ("Message", "/message")] {
            let words = at(ended, pointer);
            if !words.is_empty() {
                let meaning = tone(&words);
                sheet.toned(3, format!("{title}:\t{words}"), meaning);
            }
        }
        let code = number(ended, "/exitCode").unwrap_or_default();
        sheet.toned(3, format!("Exit Code:\t{code}"), if code == 0 { Tone::Plain } else { Tone::Bad });
        sheet.note(&exit::words(code));
        if let Some(signal) = number(ended, "/signal").filter(|signal| *signal > 0) {
            sheet.put(3, format!("Signal:\t{signal}"));
            sheet.note(exit::signal(signal).unwrap_or_default());
        }
        sheet.put(3, format!("Started:\t{}", time(ended, "/startedAt")));
        sheet.put(3, format!("Finished:\t{}", time(ended, "/finishedAt")));
    } else {
        sheet.toned(2, format!("{title}:\tWaiting"), Tone::Busy);
        let reason = at(state, "/waiting/reason");
        if !reason.is_empty() {
            let meaning = tone(&reason);
            sheet.toned(3, format!("Reason:\t{reason}"), meaning);
        }
        let message = at(state, "/waiting/message");
        if !message.is_empty() {
            sheet.note(&message);
        }
    }
}

/// Limits and requests.
pub fn resources(sheet: &mut Sheet, level: usize, resources: &Value) {
    for (title, pointer) in [("Limits", "/limits"), ("Requests", "/requests")] {
        let Some(map) = resources.pointer(pointer).and_then(Value::as_object).filter(|map| !map.is_empty())
        else {
            continue;
        };
        sheet.put(level, format!("{title}:"));
        for (name, amount) in map {
            sheet.put(level + 1, format!("{name}:\t{}", amount_of(amount)));
        }
    }
}

/// A quantity in its canonical form.
pub fn amount_of(value: &Value) -> String {
    Quantity::of(value).map_or_else(|| word(value), |amount| amount.to_string())
}

fn sources(sheet: &mut Sheet, container: &Value) {
    let all = items(container, "/envFrom");
    if all.is_empty() {
        return;
    }
    sheet.put(2, "Environment Variables from:");
    for one in all {
        let (of, kind) = if has(one, "/configMapRef") {
            (&one["configMapRef"], "ConfigMap")
        } else {
            (&one["secretRef"], "Secret")
        };
        let prefix = match text(one, "/prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let optional = of["optional"] == true;
        sheet.put(3, format!("{}\t{kind}{prefix}\tOptional: {optional}", text(of, "/name")));
    }
}

fn environment(sheet: &mut Sheet, container: &Value, pod: Option<&Value>) {
    let all = items(container, "/env");
    if all.is_empty() {
        return sheet.put(2, "Environment:\t<none>");
    }
    sheet.put(2, "Environment:");
    for one in all {
        let (name, from) = (text(one, "/name"), &one["valueFrom"]);
        let optional = |of: &Value| of["optional"] == true;
        if from.is_null() {
            for (at, line) in text(one, "/value").split('\n').enumerate() {
                let name = if at == 0 { format!("{name}:") } else { String::new() };
                sheet.put(3, format!("{name}\t{line}"));
            }
        } else if has(from, "/fieldRef") {
            let path = text(from, "/fieldRef/fieldPath");
            let value = pod.map(|pod| field(pod, path)).unwrap_or_default();
            let version = at_or(from, "/fieldRef/apiVersion", "v1");
            sheet.put(3, format!("{name}:\t{value} ({version}:{path})"));
        } else if has(from, "/resourceFieldRef") {
            let resource = text(from, "/resourceFieldRef/resource");
            sheet.put(
                3,
                format!("{name}:\t{} ({resource})", resource_value(container, &from["resourceFieldRef"])),
            );
        } else if let Some(of) = from.get("secretKeyRef") {
            let (key, secret) = (text(of, "/key"), text(of, "/name"));
            let words = format!("<set to the key '{key}' in secret '{secret}'>");
            sheet.put(3, format!("{name}:\t{words}\tOptional: {}", optional(of)));
        } else if let Some(of) = from.get("configMapKeyRef") {
            let (key, map) = (text(of, "/key"), text(of, "/name"));
            let words = format!("<set to the key '{key}' of config map '{map}'>");
            sheet.put(3, format!("{name}:\t{words}\tOptional: {}", optional(of)));
        } else if let Some(of) = from.get("fileKeyRef") {
            let (key, path, volume) = (text(of, "/key"), text(of, "/path"), text(of, "/volumeName"));
            let words = format!("<set to the key '{key}' of the file '{path}' in the volume '{volume}'>");
            sheet.put(3, format!("{name}:\t{words}\tOptional: {}", optional(of)));
        }
    }
}

/// A field of the pod, as far as it is the pod's own to say: what the kubelet finds out is empty, as in kubectl.
pub fn field(pod: &Value, path: &str) -> String {
    let path = path.strip_suffix("']").and_then(|path| path.split_once("['")).map_or_else(
        || path.replace('.', "/"),
        |(map, key)| format!("{}/{}", map.replace('.', "/"), key.replace('~', "~0").replace('/', "~1")),
    );
    if path.starts_with("metadata") || path.starts_with("spec") {
        at(pod, &format!("/{path}"))
    } else {
        String::new()
    }
}

/// What a variable gets of the container's resources: in whole ones of its divisor, rounded up.
pub fn resource_value(container: &Value, of: &Value) -> String {
    let resource = text(of, "/resource");
    let (what, name) = resource.split_once('.').unwrap_or((resource, ""));
    let Some(amount) = container["resources"][what].get(name).and_then(Quantity::of) else {
        return if what == "limits" { "node allocatable".to_owned() } else { "0".to_owned() };
    };
    let divisor =
        Quantity::of(&of["divisor"]).filter(|divisor| divisor.is_some()).unwrap_or(Quantity::whole(1));
    amount.divided_up(divisor).to_string()
}

fn mounts(sheet: &mut Sheet, container: &Value) {
    let mut all: Vec<&Value> = items(container, "/volumeMounts").iter().collect();
    all.sort_by_key(|mount| text(mount, "/mountPath"));
    if all.is_empty() {
        sheet.put(2, "Mounts:\t<none>");
    } else {
        sheet.put(2, "Mounts:");
    }
    for mount in all {
        let mut flags = vec![if mount["readOnly"] == true { "ro".to_owned() } else { "rw".to_owned() }];
        if !text(mount, "/subPath").is_empty() {
            flags.push(format!("path={:?}", text(mount, "/subPath")));
        }
        let (path, name) = (text(mount, "/mountPath"), text(mount, "/name"));
        sheet.put(3, format!("{path} from {name} ({})", flags.join(",")));
    }
    let devices = items(container, "/volumeDevices");
    if !devices.is_empty() {
        sheet.put(2, "Devices:");
        for device in devices {
            sheet.put(3, format!("{} from {}", text(device, "/devicePath"), text(device, "/name")));
        }
    }
}

/// A command as Go prints a list.
pub fn command(exec: &Value) -> String {
    format!("[{}]", joined(exec, "/command", " "))
}
