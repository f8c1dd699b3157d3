//! The keys of `config.yaml`: one table (invariant 10) from which the file is read and the docs are made.

use std::time::Duration;

use super::warning::Warnings;
use super::yaml::{Node, Value};
use super::{Config, Tmux};
use crate::gate::Rules;

/// One row of the table.
pub struct KeyInfo {
    /// The key with its section, e.g. `logs.tail`.
    pub key: &'static str,
    /// What it takes, in words.
    pub takes: &'static str,
    /// What it does, one sentence.
    pub doc: &'static str,
    /// It restricts what is changed: what is not understood of it makes the program read-only.
    pub restricts: bool,
    /// Takes the value of a file; what it cannot take is warned about, and changes nothing.
    pub(super) set: fn(&mut Config, &Node, &mut Warnings),
    /// The value as it would be written.
    pub(super) show: fn(&Config) -> String,
}

/// The whole table, in the order of the docs. `keys` is read apart: its value is a keymap.
pub const KEYS: &[KeyInfo] = &[
    KeyInfo {
        key: "theme",
        takes: "a name",
        doc: "The theme: `default`, `dark`, `light`, `high-contrast`, `mono`, or a file in `themes/` beside this one.",
        restricts: false,
        set: |config, node, warnings| set_name(&mut config.theme, "`theme`", node, warnings),
        show: |config| config.theme.clone(),
    },
    KeyInfo {
        key: "keymap",
        takes: "a name",
        doc: "The keymap: `default`, `k9s`, `vim`, or a file in `keymaps/` beside this one.",
        restricts: false,
        set: |config, node, warnings| set_name(&mut config.keymap, "`keymap`", node, warnings),
        show: |config| config.keymap.clone(),
    },
    KeyInfo {
        key: "ascii",
        takes: "true or false",
        doc: "Draw lines and signs with ASCII only, for terminals without UTF-8.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.ascii, "`ascii`", node, warnings),
        show: |config| config.ascii.to_string(),
    },
    KeyInfo {
        key: "mouse",
        takes: "true or false",
        doc: "Use the mouse: a click selects, a double click opens, the wheel moves. The terminal's own selection then needs Shift.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.mouse, "`mouse`", node, warnings),
        show: |config| config.mouse.to_string(),
    },
    KeyInfo {
        key: "linked",
        takes: "true or false",
        doc: "Start with linked panes: the selection in one scopes the others.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.linked, "`linked`", node, warnings),
        show: |config| config.linked.to_string(),
    },
    KeyInfo {
        key: "wide",
        takes: "true or false",
        doc: "Start with more columns, as `kubectl get -o wide`.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.wide, "`wide`", node, warnings),
        show: |config| config.wide.to_string(),
    },
    KeyInfo {
        key: "columns",
        takes: "kinds with lists of columns",
        doc: "Columns of kinds, in their order: `columns: { pods: [name, ready, status, node] }`. An entry can be a column of your own, `{ name: NODE IP, path: .status.hostIP }`, with `type` (string, number, quantity, duration, date), `width` and `sort` (asc, desc). Chosen in the program (`Ctrl-o`) they go before these.",
        restricts: false,
        set: super::own::set,
        show: |config| super::own::shown(&config.columns, &config.own_columns),
    },
    KeyInfo {
        key: "linger",
        takes: "a duration",
        doc: "How long a watch goes on after nobody looks at it any more.",
        restricts: false,
        set: |config, node, warnings| set_duration(&mut config.linger, "`linger`", node, warnings),
        show: |config| super::duration::show(config.linger),
    },
    KeyInfo {
        key: "resume",
        takes: "true or false",
        doc: "Open each context where it was left: the kind, the namespaces, the filter. Flags win; `--fresh` leaves it out once.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.resume, "`resume`", node, warnings),
        show: |config| config.resume.to_string(),
    },
    KeyInfo {
        key: "groups",
        takes: "lists of patterns by name",
        doc: "Contexts that are looked at together: with `groups: { prod: [prod-eu, prod-us] }` the palette takes `deploy @prod`.",
        restricts: false,
        set: |config, node, warnings| {
            for (name, node) in node.entries("`groups`", warnings) {
                let mut contexts = Vec::new();
                set_patterns(&mut contexts, &format!("`groups.{}`", name.text), node, warnings);
                config.groups.insert(name.text.clone(), contexts);
            }
        },
        show: |config| {
            let group =
                |(name, contexts): (&String, &Vec<String>)| format!("{name}: [{}]", contexts.join(", "));
            format!("{{ {} }}", config.groups.iter().map(group).collect::<Vec<_>>().join(", "))
        },
    },
    KeyInfo {
        key: "labels.fold",
        takes: "a list of patterns",
        doc: "The labels that are folded in the labels pane: keys in which `*` stands for any characters.",
        restricts: false,
        set: |config, node, warnings| set_patterns(&mut config.labels.fold, "`labels.fold`", node, warnings),
        show: |config| config.labels.fold.join(", "),
    },
    KeyInfo {
        key: "logs.lines",
        takes: "a number from 1000 to 10000000",
        doc: "How many log lines are kept; older ones fall out and are counted.",
        restricts: false,
        set: |config, node, warnings| {
            set_number(&mut config.logs.lines, 1_000..=10_000_000, "`logs.lines`", node, warnings);
        },
        show: |config| config.logs.lines.to_string(),
    },
    KeyInfo {
        key: "logs.tail",
        takes: "a number from 1 to 100000",
        doc: "How many lines of the past a log begins with, of each container.",
        restricts: false,
        set: |config, node, warnings| {
            set_number(&mut config.logs.tail, 1..=100_000, "`logs.tail`", node, warnings);
        },
        show: |config| config.logs.tail.to_string(),
    },
    KeyInfo {
        key: "logs.since",
        takes: "a duration",
        doc: "From when on a log begins; `0s`: from anywhen.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(&mut config.logs.since, "`logs.since`", node, warnings);
        },
        show: |config| super::duration::show(config.logs.since),
    },
    KeyInfo {
        key: "logs.streams",
        takes: "a number from 1 to 1000",
        doc: "How many containers are followed at once; what is beyond is counted, and a key raises it.",
        restricts: false,
        set: |config, node, warnings| {
            set_number(&mut config.logs.streams, 1..=1_000, "`logs.streams`", node, warnings);
        },
        show: |config| config.logs.streams.to_string(),
    },
    KeyInfo {
        key: "logs.timestamps",
        takes: "true or false",
        doc: "Show the time of each log line.",
        restricts: false,
        set: |config, node, warnings| {
            set_bool(&mut config.logs.timestamps, "`logs.timestamps`", node, warnings);
        },
        show: |config| config.logs.timestamps.to_string(),
    },
    KeyInfo {
        key: "logs.utc",
        takes: "true or false",
        doc: "Show the times of log lines in UTC, not in local time.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.logs.utc, "`logs.utc`", node, warnings),
        show: |config| config.logs.utc.to_string(),
    },
    KeyInfo {
        key: "logs.wrap",
        takes: "true or false",
        doc: "Wrap long log lines instead of cutting them.",
        restricts: false,
        set: |config, node, warnings| set_bool(&mut config.logs.wrap, "`logs.wrap`", node, warnings),
        show: |config| config.logs.wrap.to_string(),
    },
    KeyInfo {
        key: "debug.image",
        takes: "an image",
        doc: "The image that is offered for ephemeral debug containers.",
        restricts: false,
        set: |config, node, warnings| set_name(&mut config.debug.image, "`debug.image`", node, warnings),
        show: |config| config.debug.image.clone(),
    },
    KeyInfo {
        key: "readonly",
        takes: "true or false",
        doc: "Change nothing, whatever is pressed; as `--readonly`.",
        restricts: true,
        set: |config, node, warnings| set_bool(&mut config.readonly, "`readonly`", node, warnings),
        show: |config| config.readonly.to_string(),
    },
    KeyInfo {
        key: "readonly-contexts",
        takes: "a list of patterns",
        doc: "Contexts in which nothing is changed, whatever is pressed; elsewhere changes stay possible.",
        restricts: true,
        set: |config, node, warnings| {
            set_patterns(&mut config.readonly_contexts, "`readonly-contexts`", node, warnings);
        },
        show: |config| config.readonly_contexts.join(", "),
    },
    KeyInfo {
        key: "protected",
        takes: "a list of patterns",
        doc: "Contexts that are protected: what is destructive there is confirmed by typing the object's name (of several: how many they are).",
        restricts: true,
        set: |config, node, warnings| set_patterns(&mut config.protected, "`protected`", node, warnings),
        show: |config| config.protected.join(", "),
    },
    KeyInfo {
        key: "policy",
        takes: "a list of rules",
        doc: "What is not done where, and what has to be done to confirm it: see [Policy](#policy).",
        restricts: true,
        set: |config, node, warnings| {
            config.rules = std::sync::Arc::new(Rules(super::policy::read(node, warnings)));
        },
        show: |config| match config.rules.0.len() {
            0 => String::new(),
            count => format!("{count} rules"),
        },
    },
    KeyInfo {
        key: "changes.deadline",
        takes: "a duration",
        doc: "How long a change may take until the cluster shows it; then it is said to have timed out.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(&mut config.changes.deadline, "`changes.deadline`", node, warnings);
        },
        show: |config| super::duration::show(config.changes.deadline),
    },
    KeyInfo {
        key: "changes.least-ready",
        takes: "a number from 0 to 1000",
        doc: "How many ready pods a service must have after a blue/green switch, in percent of now; with fewer one has to insist.",
        restricts: true,
        set: |config, node, warnings| {
            set_number(&mut config.changes.least_ready, 0..=1_000, "`changes.least-ready`", node, warnings);
        },
        show: |config| config.changes.least_ready.to_string(),
    },
    KeyInfo {
        key: "changes.smoke-path",
        takes: "a path",
        doc: "What the smoke check before a switch asks the pods of the other side, e.g. `/healthz`; the service's annotation `dogwatch.io/smoke-path` says it first.",
        restricts: false,
        set: |config, node, warnings| {
            set_name(&mut config.changes.smoke_path, "`changes.smoke-path`", node, warnings);
        },
        show: |config| config.changes.smoke_path.clone(),
    },
    KeyInfo {
        key: "endpoints",
        takes: "a list of paths",
        doc: "The paths that are offered for the endpoints of pods and services; any other can be typed.",
        restricts: false,
        set: |config, node, warnings| {
            set_patterns(&mut config.endpoints, "`endpoints`", node, warnings);
        },
        show: |config| config.endpoints.join(", "),
    },
    KeyInfo {
        key: "changes.ring",
        takes: "a list of patterns",
        doc: "How the end of a change is announced when that was asked for in its plan: `bell`, `osc9`, `osc777`.",
        restricts: false,
        set: |config, node, warnings| {
            let before = config.changes.ring.clone();
            set_patterns(&mut config.changes.ring, "`changes.ring`", node, warnings);
            if let Some(unknown) = config.changes.ring.iter().find(|way| !RINGS.contains(&way.as_str())) {
                warnings.add(node.line, format!("`changes.ring` knows {}, not {unknown}", RINGS.join(", ")));
                config.changes.ring = before;
            }
        },
        show: |config| config.changes.ring.join(", "),
    },
    KeyInfo {
        key: "changes.ring-command",
        takes: "a list of words",
        doc: "A command that is run then too, with what happened as its last argument.",
        restricts: false,
        set: |config, node, warnings| {
            set_patterns(&mut config.changes.ring_command, "`changes.ring-command`", node, warnings);
        },
        show: |config| config.changes.ring_command.join(" "),
    },
    KeyInfo {
        key: "journal.required",
        takes: "true or false",
        doc: "Change nothing when the journal cannot be written.",
        restricts: true,
        set: |config, node, warnings| {
            set_bool(&mut config.journal.required, "`journal.required`", node, warnings);
        },
        show: |config| config.journal.required.to_string(),
    },
    KeyInfo {
        key: "secrets.reveal-readonly",
        takes: "true or false",
        doc: "Let `reveal` show a value of a Secret on the screen in read-only mode too; without it nothing of a Secret is decoded there.",
        restricts: false,
        set: |config, node, warnings| {
            set_bool(&mut config.secrets.reveal_readonly, "`secrets.reveal-readonly`", node, warnings);
        },
        show: |config| config.secrets.reveal_readonly.to_string(),
    },
    KeyInfo {
        key: "exec.escape",
        takes: "a character, or `none`",
        doc: "What leaves a container that hangs: Enter, this character, a full stop. Twice the character is the character.",
        restricts: false,
        set: |config, node, warnings| set_escape(&mut config.exec.escape, node, warnings),
        show: |config| {
            config.exec.escape.map_or_else(|| "none".to_owned(), |byte| char::from(byte).to_string())
        },
    },
    KeyInfo {
        key: "exec.tmux",
        takes: "`pane` or `window`",
        doc: "What `exec-aside` and `attach-aside` open in tmux.",
        restricts: false,
        set: |config, node, warnings| match node.text("`exec.tmux`", warnings) {
            Some("pane") => config.exec.tmux = Tmux::Pane,
            Some("window") => config.exec.tmux = Tmux::Window,
            Some(other) => {
                warnings.add(node.line, format!("`exec.tmux` is `pane` or `window`, not `{other}`"));
            }
            None => {}
        },
        show: |config| if config.exec.tmux == Tmux::Pane { "pane" } else { "window" }.to_owned(),
    },
    KeyInfo {
        key: "triage.not-ready-for",
        takes: "a duration",
        doc: "Triage: a pod that is not ready, or does not go away, and a claim that is pending for so long is wrong.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(
                &mut config.triage.thresholds.not_ready_for,
                "`triage.not-ready-for`",
                node,
                warnings,
            );
        },
        show: |config| super::duration::show(config.triage.thresholds.not_ready_for),
    },
    KeyInfo {
        key: "triage.short-for",
        takes: "a duration",
        doc: "Triage: a workload that lacks ready pods for so long is wrong.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(&mut config.triage.thresholds.short_for, "`triage.short-for`", node, warnings);
        },
        show: |config| super::duration::show(config.triage.thresholds.short_for),
    },
    KeyInfo {
        key: "triage.restarts",
        takes: "a number from 1 to 10000",
        doc: "Triage: so many restarts are many, when the last one was lately.",
        restricts: false,
        set: |config, node, warnings| {
            let it = &mut config.triage.thresholds.restarts;
            set_number(it, 1..=10000, "`triage.restarts`", node, warnings);
        },
        show: |config| config.triage.thresholds.restarts.to_string(),
    },
    KeyInfo {
        key: "triage.restarts-within",
        takes: "a duration",
        doc: "Triage: restarts and kills for want of memory within this time are lately.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(
                &mut config.triage.thresholds.restarts_within,
                "`triage.restarts-within`",
                node,
                warnings,
            );
        },
        show: |config| super::duration::show(config.triage.thresholds.restarts_within),
    },
    KeyInfo {
        key: "triage.late-by",
        takes: "a duration",
        doc: "Triage: a CronJob that is so late has missed its run.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(&mut config.triage.thresholds.late_by, "`triage.late-by`", node, warnings);
        },
        show: |config| super::duration::show(config.triage.thresholds.late_by),
    },
    KeyInfo {
        key: "triage.at-maximum-for",
        takes: "a duration",
        doc: "Triage: an autoscaler that is held back for so long is at its maximum.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(
                &mut config.triage.thresholds.at_maximum_for,
                "`triage.at-maximum-for`",
                node,
                warnings,
            );
        },
        show: |config| super::duration::show(config.triage.thresholds.at_maximum_for),
    },
    KeyInfo {
        key: "triage.quota-percent",
        takes: "a number from 1 to 100",
        doc: "Triage: from so many percent on a quota counts as full.",
        restricts: false,
        set: |config, node, warnings| {
            let it = &mut config.triage.thresholds.quota_percent;
            set_number(it, 1..=100, "`triage.quota-percent`", node, warnings);
        },
        show: |config| config.triage.thresholds.quota_percent.to_string(),
    },
    KeyInfo {
        key: "triage.certificate-days",
        takes: "a number from 0 to 3650",
        doc: "Triage: a certificate that ends within so many days is near its end.",
        restricts: false,
        set: |config, node, warnings| {
            let it = &mut config.triage.thresholds.certificate_days;
            set_number(it, 0..=3650, "`triage.certificate-days`", node, warnings);
        },
        show: |config| config.triage.thresholds.certificate_days.to_string(),
    },
    KeyInfo {
        key: "triage.event-age",
        takes: "a duration",
        doc: "Triage: warnings that were seen within this time count.",
        restricts: false,
        set: |config, node, warnings| {
            set_duration(&mut config.triage.thresholds.event_age, "`triage.event-age`", node, warnings);
        },
        show: |config| super::duration::show(config.triage.thresholds.event_age),
    },
    KeyInfo {
        key: "triage.certificates",
        takes: "`auto`, true or false",
        doc: "Triage: look when certificates in Secrets of the type `kubernetes.io/tls` end; nothing else of a Secret is read. `auto`: unless in read-only mode.",
        restricts: false,
        set: |config, node, warnings| match &node.value {
            Value::Bool(value) => config.triage.certificates = Some(*value),
            Value::Text(text) if text == "auto" => config.triage.certificates = None,
            Value::Text(text) => warnings
                .add(node.line, format!("`triage.certificates` is `auto`, true or false, not `{text}`")),
            other => warnings.add(
                node.line,
                format!("`triage.certificates` is `auto`, true or false, not {}", other.describe()),
            ),
        },
        show: |config| config.triage.certificates.map_or_else(|| "auto".to_owned(), |it| it.to_string()),
    },
    KeyInfo {
        key: "on-call",
        takes: "true or false",
        doc: "On call: change nothing, as `readonly`, and begin with what is wrong (`:triage`); as `--on-call`.",
        restricts: true,
        set: |config, node, warnings| set_bool(&mut config.on_call, "`on-call`", node, warnings),
        show: |config| config.on_call.to_string(),
    },
];

/// How the end of a change can be announced by the terminal.
const RINGS: [&str; 3] = ["bell", "osc9", "osc777"];

fn set_name(target: &mut String, what: &str, node: &Node, warnings: &mut Warnings) {
    if let Some(name) = node.text(what, warnings) {
        name.clone_into(target);
    }
}

/// One printable character: it is typed at the beginning of a line.
fn set_escape(target: &mut Option<u8>, node: &Node, warnings: &mut Warnings) {
    let Some(text) = node.text("`exec.escape`", warnings) else { return };
    match text.as_bytes() {
        b"none" => *target = None,
        [byte] if byte.is_ascii_graphic() && *byte != b'.' => *target = Some(*byte),
        _ => warnings.add(node.line, format!("`exec.escape` is one character, or `none`, not `{text}`")),
    }
}

fn set_bool(target: &mut bool, what: &str, node: &Node, warnings: &mut Warnings) {
    if let Some(value) = node.bool(what, warnings) {
        *target = value;
    }
}

fn set_number(
    target: &mut u32,
    range: std::ops::RangeInclusive<u32>,
    what: &str,
    node: &Node,
    warnings: &mut Warnings,
) {
    let number = match node.value {
        Value::Int(number) => u32::try_from(number).ok().filter(|number| range.contains(number)),
        _ => None,
    };
    if let Some(number) = number {
        *target = number;
    } else {
        let (least, most, not) = (range.start(), range.end(), node.value.describe());
        warnings.add(node.line, format!("{what} must be a number from {least} to {most}, not {not}"));
    }
}

fn set_duration(target: &mut Duration, what: &str, node: &Node, warnings: &mut Warnings) {
    let read = match &node.value {
        Value::Text(text) => super::duration::parse(text).ok(),
        Value::Int(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        _ => None,
    };
    if let Some(duration) = read {
        *target = duration;
    } else {
        warnings.add(
            node.line,
            format!("{what} must be a duration such as 30s or 5m, not {}", node.value.describe()),
        );
    }
}

fn set_patterns(target: &mut Vec<String>, what: &str, node: &Node, warnings: &mut Warnings) {
    let Value::List(nodes) = &node.value else {
        warnings.add(node.line, format!("{what} must be a list, not {}", node.value.describe()));
        return;
    };
    *target = nodes
        .iter()
        .filter_map(|node| node.text(&format!("each of {what}"), warnings))
        .map(str::to_owned)
        .collect();
}
