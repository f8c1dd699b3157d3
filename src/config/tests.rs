//! What files give, and what is said about them.

use super::*;
use crate::model::columns::own::ValueType;

fn loaded(text: &str) -> (Loaded, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.yaml"), text).unwrap();
    let loaded = load_after(None, None, Some(dir.path())).unwrap();
    let prefix = format!("{}/", dir.path().display());
    let said = loaded.warnings.iter().map(|warning| warning.to_string().replace(&prefix, "")).collect();
    (loaded, said)
}

#[test]
fn reads_every_key() {
    let (loaded, said) = loaded(
        "theme: dark\nkeymap: vim\nascii: true\nmouse: true\nlinked: false\nwide: true\nlinger: 2m\ncolumns: { pods: [name, node, gizmo], widgets: [name, size] }\n\
         labels: { fold: [\"*hash\"] }\nlogs:\n  tail: 7\n  timestamps: true\nlogs.wrap: true\n\
         logs.lines: 5000\nlogs.since: 1h\nlogs.streams: 8\nlogs.utc: true\ndebug.image: nicolaka/netshoot\nexec: { escape: \"%\", tmux: window }\n\
         resume: false\ngroups: { live: [live-eu, live-us] }\nreadonly-contexts: [\"*-ro\"]\n\
         readonly: true\nprotected: [live-*]\nchanges: { deadline: 5m, least-ready: 50, smoke-path: /healthz, ring: [osc9], ring-command: [notify-send] }\n\
         endpoints: [/ready]\njournal.required: true\non-call: true\n\
         triage: { not-ready-for: 2m, short-for: 2s, restarts: 9, restarts-within: 2h, late-by: 1m, at-maximum-for: 1h, quota-percent: 80, \
         certificate-days: 7, event-age: 10m, certificates: true }\nsecrets: { reveal-readonly: true }\npolicy: [{ deny: never }]\nkeys:\n  table: { x: yaml }\n",
    );
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("pods have no column `gizmo`; there are: namespace, name, "), "{said:?}");
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let config = Config {
        theme: "dark".into(),
        keymap: "vim".into(),
        ascii: true,
        mouse: true,
        linked: false,
        wide: true,
        columns: [("pods", ids(&["name", "node"])), ("widgets", ids(&["name", "size"]))]
            .map(|(kind, ids)| (kind.to_owned(), ids))
            .into(),
        own_columns: Arc::default(),
        linger: Duration::from_mins(2),
        labels: LabelsConfig { fold: vec!["*hash".into()] },
        logs: LogsConfig {
            lines: 5_000,
            tail: 7,
            since: Duration::from_hours(1),
            streams: 8,
            timestamps: true,
            utc: true,
            wrap: true,
        },
        debug: DebugConfig { image: "nicolaka/netshoot".to_owned() },
        endpoints: vec!["/ready".to_owned()],
        exec: ExecConfig { escape: Some(b'%'), tmux: Tmux::Window },
        resume: false,
        groups: [("live".to_owned(), vec!["live-eu".to_owned(), "live-us".to_owned()])].into(),
        readonly_contexts: vec!["*-ro".into()],
        readonly: true,
        protected: vec!["live-*".into()],
        changes: ChangesConfig {
            deadline: Duration::from_mins(5),
            least_ready: 50,
            smoke_path: "/healthz".to_owned(),
            ring: vec!["osc9".into()],
            ring_command: vec!["notify-send".into()],
        },
        journal: JournalConfig { required: true },
        secrets: SecretsConfig { reveal_readonly: true },
        rules: loaded.config.rules.clone(),
        imposed: Imposed::default(),
        closed: None,
        on_call: true,
        triage: TriageConfig {
            thresholds: Thresholds {
                not_ready_for: Duration::from_mins(2),
                short_for: Duration::from_secs(2),
                restarts: 9,
                restarts_within: Duration::from_hours(2),
                late_by: Duration::from_mins(1),
                at_maximum_for: Duration::from_hours(1),
                quota_percent: 80,
                certificate_days: 7,
                event_age: Duration::from_mins(10),
            },
            certificates: Some(true),
        },
    };
    assert_eq!(loaded.config, config);
    // A key that this test forgets would still have its default.
    let default = Config::default();
    for info in KEYS {
        assert_ne!((info.show)(&config), (info.show)(&default), "{}", info.key);
    }
    let keys = loaded.keys.unwrap();
    assert!(keys.file.ends_with("config.yaml"));
    let keymap = crate::keymap::Keymaps::new(None, Some(keys)).load(&config.keymap, "").0;
    let found = keymap.keys_for(crate::action::Action::Yaml, crate::keymap::Context::Table.stack());
    assert_eq!(found, ["x", "y"]);
}

#[test]
fn mistakes_have_a_line_and_leave_the_default() {
    for (text, wanted) in [
        ("# x\nthem: dark\n", "config.yaml:2: there is no key `them`; did you mean `theme`?"),
        ("volume: 11\n", "config.yaml:1: there is no key `volume`"),
        ("log: { tail: 1 }\n", "config.yaml:1: there is no section `log`; did you mean `logs`?"),
        ("logs:\n  tial: 5\n", "config.yaml:2: there is no key `logs.tial`; did you mean `logs.tail`?"),
        ("logs: 5\n", "config.yaml:1: `logs` must be a map, not the number 5"),
        ("theme: 5\n", "config.yaml:1: `theme` must be text, not the number 5"),
        ("theme:\n", "config.yaml:1: `theme` must be text, not nothing"),
        ("\n\nascii: yes\n", "config.yaml:3: `ascii` must be true or false, not the text `yes`"),
        ("logs.tail: 0\n", "config.yaml:1: `logs.tail` must be a number from 1 to 100000, not the number 0"),
        ("logs.tail: many\n", "config.yaml:1: `logs.tail` must be a number from 1 to 100000, not `many`"),
        (
            "logs.tail: -3\n",
            "config.yaml:1: `logs.tail` must be a number from 1 to 100000, not the number -3",
        ),
        ("linger: soon\n", "config.yaml:1: `linger` must be a duration such as 30s or 5m, not `soon`"),
        (
            "triage.certificates: maybe\n",
            "config.yaml:1: `triage.certificates` is `auto`, true or false, not `maybe`",
        ),
        ("labels: { fold: a }\n", "config.yaml:1: `labels.fold` must be a list, not `a`"),
    ] {
        let (loaded, said) = loaded(text);
        assert_eq!(said, [wanted], "{text}");
        assert_eq!(loaded.config, Config::default(), "{text}");
    }
}

#[test]
fn what_may_restrict_and_is_not_understood_makes_it_read_only() {
    let closed = ", so nothing is changed: read-only";
    for (text, wanted) in [
        ("- theme\n", "config.yaml:1: the configuration must be a map, not a list"),
        ("theme: [dark\n", "config.yaml:1: unclosed bracket '['"),
        ("readonly: yes\n", "config.yaml:1: `readonly` must be true or false, not the text `yes`"),
        ("readonly: \"true\"\n", "config.yaml:1: `readonly` must be true or false, not the text `true`"),
        ("read-only: true\n", "config.yaml:1: there is no key `read-only`; did you mean `readonly`?"),
        ("protected: live\nreadonly: false\n", "config.yaml:1: `protected` must be a list, not `live`"),
        ("protected: [live, 5]\n", "config.yaml:1: each of `protected` must be text, not the number 5"),
        (
            "journal: { required: 1 }\n",
            "config.yaml:1: `journal.required` must be true or false, not the number 1",
        ),
        ("journal: true\n", "config.yaml:1: `journal` must be a map, not true"),
        (
            "changes.least-ready: lots\n",
            "config.yaml:1: `changes.least-ready` must be a number from 0 to 1000, not `lots`",
        ),
    ] {
        let (loaded, said) = loaded(text);
        assert_eq!(said, [format!("{wanted}{closed}")], "{text}");
        assert!(loaded.config.readonly, "{text}");
    }
    // Whose name differs by case only is what it is taken for.
    for (text, readonly, required) in [
        ("Readonly: true\n", true, false),
        ("readOnly: false\n", false, false),
        ("Journal: { required: true }\n", false, true),
        ("journal: { Required: true }\n", false, true),
    ] {
        let (loaded, said) = loaded(text);
        assert!(said.len() == 1 && said[0].ends_with("It counts as that."), "{said:?}");
        assert_eq!((loaded.config.readonly, loaded.config.journal.required), (readonly, required), "{text}");
    }
    // A file that is there and is no text at all.
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.yaml"), b"readonly: true # \xff\n").unwrap();
    let loaded = load(None, Some(dir.path())).unwrap();
    assert!(loaded.config.readonly && loaded.warnings[0].text.ends_with(closed), "{:?}", loaded.warnings);
}

#[test]
fn one_mistake_does_not_hide_the_rest() {
    let (loaded, said) = loaded("theme: [1]\nkeymap: vim\nnope: 1\nlogs: { tail: no, wrap: true }\n");
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!((loaded.config.keymap.as_str(), loaded.config.logs.wrap), ("vim", true));
}

#[test]
fn having_no_file_is_fine_unless_it_was_named() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = load(None, Some(dir.path())).unwrap();
    assert_eq!(loaded.dirs().collect::<Vec<_>>(), [dir.path()]);
    assert_eq!((loaded.config, loaded.warnings), (Config::default(), Vec::new()));
    assert_eq!(load(None, None).unwrap().warnings, []);

    let said = load(Some(&dir.path().join("mine.yaml")), None).unwrap_err();
    assert!(said.contains("mine.yaml: No such file"), "{said}");
    std::fs::write(dir.path().join("mine.yaml"), "theme: sea\n").unwrap();
    let loaded = load(Some(&dir.path().join("mine.yaml")), Some(Path::new("/own"))).unwrap();
    assert_eq!(loaded.config.theme, "sea");
    assert_eq!(loaded.dirs().collect::<Vec<_>>(), [dir.path(), Path::new("/own")], "beside the file first");
}

#[test]
fn the_docs_name_every_key() {
    let text = markdown();
    assert_eq!(text.lines().count(), KEYS.len() + 3);
    assert!(text.contains("| `logs.tail` | a number from 1 to 100000 | `500` |"), "{text}");
    assert!(text.contains("| `linger` | a duration | `30s` |"), "{text}");
}

#[test]
fn columns_of_ones_own() {
    let (loaded, said) = loaded(
        "columns:\n  pods: [name, {name: NODE IP, path: .status.hostIP, width: 12, sort: desc}, status]\n  \
         widgets.example.com:\n  - {name: SIZE, path: .spec.size, type: quantity}\n  \
         secrets: [{name: TEAM, path: .metadata.labels.team}]\n",
    );
    assert_eq!(said, Vec::<String>::new());
    let own = &loaded.config.own_columns.0;
    assert_eq!(loaded.config.columns["pods"], ["name", "node-ip", "status"]);
    assert_eq!(loaded.config.columns.len(), 1, "definitions alone are beside the usual columns");
    let pods = &own["pods"][0];
    assert_eq!(
        (pods.id.as_str(), pods.title.as_str(), pods.width, pods.sort),
        ("node-ip", "NODE IP", 12, Some(true))
    );
    let size = &own["widgets.example.com"][0];
    assert_eq!((size.values, size.width, size.sort), (ValueType::Quantity, 40, None));
    assert_eq!(own["secrets"].len(), 1);
    let shown = (KEYS.iter().find(|info| info.key == "columns").unwrap().show)(&loaded.config);
    assert!(shown.contains("pods: [name, {name: NODE IP, path: '.status.hostIP'}, status]"), "{shown}");
}

#[test]
fn what_is_wrong_with_columns_of_ones_own_is_said_with_its_line() {
    for (entry, words) in [
        ("{name: X}", "needs a `name` and a `path`"),
        ("{path: .x}", "needs a `name` and a `path`"),
        ("{name: X, path: 3}", "must be text, not the number 3"),
        ("{name: X, path: ..x}", "`..x` is no path: `..` is not read"),
        ("{name: X, path: .x, typ: date}", "and no `typ`; did you mean `type`?"),
        ("{name: X, path: .x, type: dates}", "not `dates`; did you mean `date`?"),
        ("{name: X, path: .x, width: 0}", "`width` must be a number from 1 to 400"),
        ("{name: X, path: .x, sort: down}", "`sort` is `asc` or `desc`, not `down`"),
        ("{name: Status, path: .x}", "pods have such a column already: `Status`"),
        ("{name: age, path: .x}", "pods have such a column already: `age`"),
        ("{name: '--', path: .x}", "cannot have a column without letters"),
        ("{name: X, path: .metadata.managedFields}", "managedFields are left out"),
    ] {
        let (_, said) = loaded(&format!("columns:\n  pods:\n  - name\n  - {entry}\n"));
        assert_eq!(said.len(), 1, "{entry}: {said:?}");
        assert!(said[0].starts_with("config.yaml:4: ") && said[0].contains(words), "{entry}: {said:?}");
    }
    for kind in ["secrets", "configmaps", "secrets.example.com"] {
        for path in
            [".data", ".data.password", "'.data[''x'']'", "'.*'", ".stringData.x", ".metadata", ".type"]
        {
            let (loaded, said) = loaded(&format!("columns:\n  {kind}:\n  - {{name: X, path: {path}}}\n"));
            assert_eq!(said.len(), 1, "{kind} {path}: {said:?}");
            assert!(said[0].starts_with(&format!("config.yaml:3: of {kind} only the metadata")), "{said:?}");
            assert_eq!(loaded.config.own_columns, Arc::default());
        }
    }
    let many: Vec<String> = (0..17).map(|at| format!("  - {{name: X{at}, path: .x}}")).collect();
    let (loaded, said) = loaded(&format!("columns:\n  pods:\n{}\n", many.join("\n")));
    assert_eq!(loaded.config.own_columns.0["pods"].len(), 16);
    assert!(said[0].starts_with("config.yaml:19: ") && said[0].contains("`X16` is left out"), "{said:?}");
}
