//! Getting into a container: what there is to get into, what is wanted there, and how it ended.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::container::{Container, Role, containers};
use super::text::clean;
use super::trouble::{Trouble, TroubleKind};

/// The annotation that says which container is meant when none is named.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// The exit code of a session that was left by its way out, as ssh has it.
pub const LEFT: u8 = 255;
/// The exit code of what Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// What is wanted in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A shell, whichever there is.
    Shell,
    /// This program with its arguments.
    Command(Vec<String>),
    /// To join the process that runs there.
    Attach,
}

/// A container that can be got into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// As the containers of a pod are shown.
    pub container: Container,
    /// It runs.
    pub runs: bool,
    /// Its process takes input.
    pub stdin: bool,
    /// Its process has a terminal.
    pub tty: bool,
}

/// The containers of a pod that can be got into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doors {
    /// All that are not over, in the order in which they start.
    pub doors: Vec<Door>,
    /// Which one is meant when none is named, if the pod says so.
    pub default: Option<String>,
    /// It is on a Windows node.
    pub windows: bool,
}

impl Doors {
    /// Reads them from a pod.
    pub fn of(pod: &Value) -> Self {
        let specs = || ["initContainers", "containers", "ephemeralContainers"].map(|list| &pod["spec"][list]);
        let statuses = || {
            ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
                .map(|list| &pod["status"][list])
        };
        let named = |lists: [&Value; 3], name: &str| -> Value {
            let all = lists.into_iter().filter_map(Value::as_array).flatten();
            all.into_iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
        };
        let doors = containers(pod).into_iter().map(|container| {
            let (spec, status) = (named(specs(), &container.name), named(statuses(), &container.name));
            let runs = status["state"]["running"].is_object();
            Door { runs, stdin: spec["stdin"] == true, tty: spec["tty"] == true, container }
        });
        // What has run to its end before the others started is over.
        let doors =
            doors.filter(|door| door.runs || matches!(door.container.role, Role::Main | Role::Sidecar));
        let labelled = |place: &Value| place["kubernetes.io/os"] == "windows";
        Self {
            doors: doors.collect(),
            default: pod["metadata"]["annotations"][DEFAULT].as_str().map(|name| clean(name).into_owned()),
            windows: pod["spec"]["os"]["name"] == "windows"
                || labelled(&pod["spec"]["nodeSelector"])
                || labelled(&pod["metadata"]["labels"]),
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Door> {
        self.doors.iter().find(|door| door.container.name == name)
    }

    /// The one that is meant when none is named: what the pod says, else its only ordinary one.
    pub fn meant(&self) -> Option<&Door> {
        if let Some(door) = self.default.as_ref().and_then(|name| self.get(name)) {
            return Some(door);
        }
        let mut main = self.doors.iter().filter(|door| door.container.role == Role::Main);
        let only = main.next();
        if main.next().is_some() || self.doors.len() > 1 { None } else { only.or(self.doors.first()) }
    }
}

/// One look into a container, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// Where the pod is.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// What is wanted.
    pub what: What,
    /// The container's shells are those of Windows.
    pub windows: bool,
    /// What is typed goes there.
    pub stdin: bool,
    /// There is a terminal at the other end.
    pub tty: bool,
}

impl Entrance {
    /// What is tried, in order; nothing for what already runs.
    pub fn commands(&self) -> Vec<Vec<String>> {
        let shells: &[&str] = if self.windows { &["powershell", "cmd"] } else { &["bash", "sh"] };
        match &self.what {
            What::Shell => shells.iter().map(|shell| vec![(*shell).to_owned()]).collect(),
            What::Command(command) => vec![command.clone()],
            What::Attach => Vec::new(),
        }
    }

    /// What it is, for the journal.
    pub fn title(&self) -> String {
        match &self.what {
            What::Shell => format!("exec: a shell in {self}"),
            What::Command(command) => format!("exec {} in {self}", command.join(" ")),
            What::Attach => format!("attach to {self}"),
        }
    }

    /// The request that opens it, without its query.
    pub fn request(&self) -> String {
        let Self { namespace, pod, .. } = self;
        format!("GET /api/v1/namespaces/{namespace}/pods/{pod}/{}", self.word())
    }

    /// `exec` or `attach`.
    pub fn word(&self) -> &'static str {
        if self.what == What::Attach { "attach" } else { "exec" }
    }
}

/// `container app of pod web-1`.
impl fmt::Display for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "container {} of pod {}", self.container, self.pod)
    }
}

/// How a remote process, or the look at one, has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It ended with this code.
    Exit(i32),
    /// It never ran, or the container's runtime failed; in the runtime's words.
    Failed(Box<str>),
    /// It was not begun: the API server refused it, or could not be reached.
    Refused(Trouble),
    /// The connection broke: it may still run.
    Lost(Trouble),
    /// The user has left it: it may still run.
    Left,
}

impl End {
    /// Whether the container has no such program: the runtime says so before anything ran.
    pub fn is_not_found(&self) -> bool {
        let Self::Failed(said) = self else { return false };
        [
            "executable file not found",
            "no such file or directory",
            "The system cannot find the file specified",
        ]
        .iter()
        .any(|words| said.contains(words))
    }
}

/// What became of an entrance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What ran there; empty for what had run already.
    pub command: Vec<String>,
    /// How it ended.
    pub end: End,
    /// How long it took.
    pub took: Duration,
}

impl Ended {
    /// In words, e.g. `bash ended with exit code 3 after 3m12s`.
    pub fn words(&self, entrance: &Entrance) -> String {
        let what = match self.command.join(" ") {
            command if command.is_empty() => format!("the process in {entrance}"),
            command => command,
        };
        let time = took(self.took);
        match &self.end {
            End::Exit(0) => format!("{what} ended after {time}"),
            End::Exit(code) => format!("{what} ended with exit code {code} after {time}"),
            // Why comes first: a narrow line shows no more of it.
            End::Failed(said) => format!("{}: {said} ({entrance})", entrance.word()),
            End::Refused(trouble) => format!("{}: {trouble} ({entrance})", entrance.word()),
            End::Lost(trouble) => {
                let still =
                    if entrance.what == What::Attach { "it goes on" } else { "the command may still run" };
                format!("connection lost after {time}; {still}: {trouble}")
            }
            End::Left if entrance.what == What::Attach => format!("left after {time}; it goes on"),
            End::Left => format!("left after {time}; {what} may still run"),
        }
    }

    /// One word for the journal.
    pub fn outcome(&self) -> &'static str {
        match self.end {
            End::Exit(_) => "ended",
            End::Failed(_) => "failed",
            End::Refused(_) => "not opened",
            End::Lost(_) => "lost",
            End::Left => "left",
        }
    }

    /// The exit code for a shell that asked for it. What was left has none of its own: the way out of a terminal there has that
    /// of ssh, Ctrl-C where there is none the one of the signal.
    pub fn code(&self, entrance: &Entrance) -> u8 {
        match self.end {
            End::Exit(code) => u8::try_from(code).unwrap_or(1),
            End::Left if entrance.stdin && entrance.tty => LEFT,
            End::Left => INTERRUPTED,
            End::Failed(_) | End::Refused(_) | End::Lost(_) => 1,
        }
    }
}

/// Why a pod could not be read for its containers.
pub fn not_read(pod: &str, trouble: &Trouble) -> String {
    match trouble.kind {
        // Pods are served everywhere: it is the pod that is not there, and the server says so.
        TroubleKind::NotFound => trouble.said.clone(),
        _ => format!("pod {pod}: {trouble}"),
    }
}

/// `0.3s`, `42s`, `3m12s`, `1h02m`.
pub fn took(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// The words of a command as a shell would see them: blanks separate, quotes keep together.
pub fn words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let (mut word, mut quote): (Option<String>, Option<char>) = (None, None);
    for c in text.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => out.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Value {
        json!({
            "metadata": {"name": "web-1"},
            "spec": {
                "initContainers": [{"name": "setup"}, {"name": "mesh", "restartPolicy": "Always"}],
                "containers": [{"name": "app", "stdin": true, "tty": true}, {"name": "sidecar"}],
            },
            "status": {"containerStatuses": [{"name": "app", "state": {"running": {"startedAt": "x"}}}]},
        })
    }

    #[test]
    fn the_container_that_is_meant() {
        let mut pod = pod();
        let doors = Doors::of(&pod);
        let names: Vec<_> = doors.doors.iter().map(|door| door.container.name.as_str()).collect();
        assert_eq!(names, ["mesh", "app", "sidecar"], "what has run to its end is no door");
        assert_eq!(doors.meant(), None, "several: to be asked");
        let app = doors.get("app").unwrap();
        assert!(app.runs && app.stdin && app.tty);
        pod["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/default-container": "sidecar"});
        assert_eq!(Doors::of(&pod).meant().unwrap().container.name, "sidecar");
        pod["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/default-container": "gone"});
        assert_eq!(Doors::of(&pod).meant(), None);
        let one = json!({"spec": {"containers": [{"name": "app"}]}});
        assert_eq!(Doors::of(&one).meant().unwrap().container.name, "app");
    }

    #[test]
    fn windows_has_other_shells() {
        let entrance = |windows| Entrance {
            namespace: "shop".to_owned(),
            pod: "web-1".to_owned(),
            container: "app".to_owned(),
            what: What::Shell,
            windows,
            stdin: true,
            tty: true,
        };
        assert_eq!(entrance(false).commands(), [["bash"], ["sh"]]);
        assert_eq!(entrance(true).commands(), [["powershell"], ["cmd"]]);
        assert!(!Doors::of(&pod()).windows);
        for place in ["/spec/nodeSelector", "/metadata/labels"] {
            let mut pod = json!({"metadata": {"labels": {}}, "spec": {"nodeSelector": {}}});
            pod.pointer_mut(place).unwrap()["kubernetes.io/os"] = json!("windows");
            assert!(Doors::of(&pod).windows, "{place}");
        }
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words(r#" sh -c 'echo "a  b"' "" x"y z" "#), ["sh", "-c", "echo \"a  b\"", "", "xy z"]);
        assert_eq!(words("  "), Vec::<String>::new());
    }

    #[test]
    fn how_long_it_took() {
        for (seconds, shown) in [(0.34, "0.3s"), (42.0, "42s"), (192.0, "3m12s"), (3_725.0, "1h02m")] {
            assert_eq!(took(Duration::from_secs_f64(seconds)), shown);
        }
    }
}
