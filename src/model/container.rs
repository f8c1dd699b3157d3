//! The containers of one pod, read from the whole object when its screen opens.

use serde_json::Value;

use super::column::Tone;
use super::text::clean;

/// What kind of container it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container that goes on running (`restartPolicy: Always`).
    Sidecar,
    /// An ordinary one.
    Main,
    /// Added for debugging.
    Ephemeral,
}

impl Role {
    /// Its word; empty for an ordinary container.
    pub fn word(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Main => "",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// One container as its row shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Name.
    pub name: String,
    /// What kind.
    pub role: Role,
    /// Image as written in the spec.
    pub image: String,
    /// Ready, by its status.
    pub ready: bool,
    /// State in words, e.g. `Running`, `Waiting: CrashLoopBackOff`, `Terminated: exit 137 OOMKilled`.
    pub state: String,
    /// What the state means.
    pub tone: Tone,
    /// Restarts.
    pub restarts: u64,
    /// The last termination in words; empty when there was none.
    pub last: String,
    /// Ports, e.g. `http 8080/TCP`.
    pub ports: String,
}

/// The containers of a pod, in the order in which they start.
pub fn containers(pod: &Value) -> Vec<Container> {
    let mut rows = Vec::new();
    for (spec, status, role) in [
        ("initContainers", "initContainerStatuses", Role::Init),
        ("containers", "containerStatuses", Role::Main),
        ("ephemeralContainers", "ephemeralContainerStatuses", Role::Ephemeral),
    ] {
        let statuses = pod["status"][status].as_array();
        for container in pod["spec"][spec].as_array().into_iter().flatten() {
            let status = statuses.into_iter().flatten().find(|status| status["name"] == container["name"]);
            let role = if role == Role::Init && container["restartPolicy"] == "Always" {
                Role::Sidecar
            } else {
                role
            };
            rows.push(row(container, status.unwrap_or(&Value::Null), role));
        }
    }
    rows
}

fn row(container: &Value, status: &Value, role: Role) -> Container {
    let (state, tone) = state(&status["state"]);
    let last = &status["lastState"]["terminated"];
    Container {
        name: text(&container["name"]),
        role,
        image: text(&container["image"]),
        ready: status["ready"] == true,
        state,
        tone,
        restarts: status["restartCount"].as_u64().unwrap_or_default(),
        last: if last.is_object() { terminated(last) } else { String::new() },
        ports: ports(&container["ports"]),
    }
}

fn state(state: &Value) -> (String, Tone) {
    if state["running"].is_object() {
        return ("Running".to_owned(), Tone::Good);
    }
    let ended = &state["terminated"];
    if ended.is_object() {
        let well = ended["exitCode"] == 0;
        let tone = if well { Tone::Dim } else { Tone::Bad };
        return (format!("Terminated: {}", terminated(ended)), tone);
    }
    let waiting = &state["waiting"];
    let reason = text(&waiting["reason"]);
    let message = text(&waiting["message"]);
    let tone = if matches!(reason.as_str(), "" | "ContainerCreating" | "PodInitializing") {
        Tone::Busy
    } else {
        Tone::Bad
    };
    match (reason.is_empty(), message.is_empty()) {
        (true, _) => ("Waiting".to_owned(), tone),
        (false, true) => (format!("Waiting: {reason}"), tone),
        (false, false) => (format!("Waiting: {reason}: {message}"), tone),
    }
}

fn terminated(ended: &Value) -> String {
    let reason = text(&ended["reason"]);
    let code = ended["exitCode"].as_i64().unwrap_or_default();
    let signal = ended["signal"]
        .as_i64()
        .filter(|signal| *signal != 0)
        .map(|signal| format!(" signal {signal}"))
        .unwrap_or_default();
    if reason == "Completed" && code == 0 {
        reason
    } else {
        format!("exit {code}{signal} {reason}").trim_end().to_owned()
    }
}

fn ports(ports: &Value) -> String {
    let port = |port: &Value| {
        let number = port["containerPort"].as_u64().unwrap_or_default();
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        format!("{} {number}/{}", text(&port["name"]), clean(protocol)).trim_start().to_owned()
    };
    ports.as_array().into_iter().flatten().map(port).collect::<Vec<_>>().join(", ")
}

fn text(value: &Value) -> String {
    clean(value.as_str().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tells_states() {
        let pod = json!({
            "spec": {
                "initContainers": [{"name": "setup", "image": "i:1"}, {"name": "mesh", "image": "m:1", "restartPolicy": "Always"}],
                "containers": [
                    {"name": "app", "image": "a:2", "ports": [{"name": "http", "containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]},
                    {"name": "bad", "image": "b:3"}, {"name": "new", "image": "c:4"}
                ]
            },
            "status": {
                "initContainerStatuses": [{"name": "setup", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}],
                "containerStatuses": [
                    {"name": "bad", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                     "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
                    {"name": "app", "ready": true, "state": {"running": {}}}
                ]
            }
        });
        let rows = containers(&pod);
        let short: Vec<_> = rows
            .iter()
            .map(|c| (c.name.as_str(), c.role.word(), c.state.as_str(), c.last.as_str()))
            .collect();
        assert_eq!(
            short,
            [
                ("setup", "init", "Terminated: Completed", ""),
                ("mesh", "sidecar", "Waiting", ""),
                ("app", "", "Running", ""),
                ("bad", "", "Waiting: CrashLoopBackOff", "exit 137 OOMKilled"),
                ("new", "", "Waiting", ""),
            ]
        );
        assert_eq!(rows[2].ports, "http 80/TCP, 53/UDP");
        assert!(rows[2].ready && rows[3].restarts == 4);
    }

    #[test]
    fn survives_anything() {
        for odd in
            [json!(null), json!([]), json!({"spec": {"containers": [1, {"name": 3}]}}), json!({"spec": 1})]
        {
            containers(&odd);
        }
    }
}
