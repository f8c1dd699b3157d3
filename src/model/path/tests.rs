//! The dialect, path by path.

use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "metadata": {
            "name": "web-0",
            "labels": {"app": "web", "a.b": "dots", "app.kubernetes.io/name": "web"},
            "annotations": {"it's": "quoted"},
        },
        "spec": {
            "replicas": 3, "paused": false, "nothing": null,
            "containers": [
                {"name": "web", "image": "web:1", "ports": [{"port": 80}, {"port": 443}]},
                {"name": "proxy", "image": "proxy:2", "weight": 7},
                {"name": "log", "image": "log:3", "weight": 9},
            ],
        },
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Scheduled", "status": "False"}],
        },
    })
}

#[test]
fn paths_lead_where_kubectls_do() {
    let object = object();
    for (path, text) in [
        (".metadata.name", "web-0"),
        ("metadata.name", "web-0"),
        ("{.metadata.name}", "web-0"),
        ("{ $.metadata.name }", "web-0"),
        ("$.spec.replicas", "3"),
        (".spec.paused", "false"),
        (".spec.nothing", "<none>"),
        (".spec.no.such", "<none>"),
        (".metadata.name.deeper", "<none>"),
        (r".metadata.labels['a\.b']", "dots"),
        (".metadata.labels['a.b']", "dots"),
        (r#".metadata.labels["a.b"]"#, "dots"),
        (r".metadata.labels.a\.b", "dots"),
        (r".metadata.labels.app\.kubernetes\.io/name", "web"),
        (r".metadata.annotations['it\'s']", "quoted"),
        (".metadata.labels['app','a.b']", "web,dots"),
        (".metadata.labels", r#"{"a.b":"dots","app":"web","app.kubernetes.io/name":"web"}"#),
        (".spec.containers[0].image", "web:1"),
        (".spec.containers[-1].image", "log:3"),
        (".spec.containers[9].image", "<none>"),
        (".spec.containers[-9].image", "<none>"),
        (".spec.containers[*].image", "web:1,proxy:2,log:3"),
        (".spec.containers.*.name", "web,proxy,log"),
        (".spec.containers.image", "<none>"),
        (".spec.containers[0,2].name", "web,log"),
        (".spec.containers[0:2].name", "web,proxy"),
        (".spec.containers[1:].name", "proxy,log"),
        (".spec.containers[:-1].name", "web,proxy"),
        (".spec.containers[::2].name", "web,log"),
        (".spec.containers[2:1].name", "<none>"),
        (".spec.containers[*].ports[*].port", "80,443"),
        (r#"{.status.conditions[?(@.type=="Ready")].status}"#, "True"),
        (".status.conditions[?(@.type == 'Ready')].status", "True"),
        (".status.conditions[?(@.type!='Ready')].type", "Scheduled"),
        (".spec.containers[?(@.weight>7)].name", "log"),
        (".spec.containers[?(@.weight>=7)].name", "proxy,log"),
        (".spec.containers[?(@.weight)].name", "proxy,log"),
        (".spec.containers[?(@.ports[0].port<=80)].name", "web"),
    ] {
        let parsed = Path::parse(path).unwrap_or_else(|why| panic!("{path}: {why}"));
        assert_eq!(parsed.text(&object), text, "{path}");
    }
}

#[test]
fn what_is_no_path_is_said() {
    for (path, why) in [
        ("", "names no field"),
        (".", "names no field"),
        ("{}", "names no field"),
        ("$", "names no field"),
        ("{.a", "not closed"),
        (".a[", "not closed"),
        (".a['b]", "not closed"),
        ("..a", "`..` is not read"),
        (".a..b", "`..` is not read"),
        (".a.", "nothing follows"),
        (r".a\", "nothing follows"),
        (".a[b]", "[b] is neither"),
        (".a[]", "[] is neither"),
        (".a[1:2:3:4]", "is neither"),
        (".a[::0]", "at least 1"),
        (".a['']", "is empty"),
        (".a[0]b", "no full stop"),
        (".a b", "cannot be in a field's name"),
        ("{.a}{.b}", "cannot be in a field's name"),
        (".a[?@.b]", "a test is written"),
        (".a[?(@.b==c)]", "neither a text in quotes"),
        (".a[?(@.b!c)]", "no comparison"),
    ] {
        let said = Path::parse(path).map_or_else(|said| said, |path| format!("{path:?}"));
        assert!(said.contains(why), "{path}: {said}");
    }
}

#[test]
fn long_values_are_cut() {
    let long = "ä".repeat(2 * LONGEST);
    let text = Path::parse(".a").unwrap().text(&json!({"a": long}));
    assert!(text.len() <= LONGEST + 3 && text.ends_with("ä…"), "{text}");
    let cut = Path::parse(".a[*]").unwrap().text(&json!({"a": vec!["value"; LONGEST]}));
    assert!(cut.ends_with('…') && cut.len() <= LONGEST + 3);
}

#[test]
fn what_is_metadata_is_known() {
    for (path, is) in [
        (".metadata.labels.app", true),
        (".metadata.labels", true),
        (".metadata.annotations.x", true),
        (".metadata['annotations']['x']", true),
        (".metadata", false),
        (".metadata.*", false),
        (".metadata['annotations','labels']", false),
        (".metadata.annotations", false),
        (".metadata.annotations.*", false),
        (r".metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration", false),
        (".data", false),
        (".data.password", false),
        ("['data'].password", false),
        (".*", false),
        (".stringData.x", false),
        (".type", false),
    ] {
        assert_eq!(Path::parse(path).unwrap().is_of_metadata(), is, "{path}");
    }
    assert!(Path::parse(".metadata.managedFields[0].manager").unwrap().is_of_managed_fields());
    assert!(!Path::parse(".metadata.managed").unwrap().is_of_managed_fields());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"[.\[\]{}$@*?()'"\\:,=<a0-9ä -]{0,24}"#) {
        if let Ok(path) = Path::parse(&text) {
            path.text(&object());
        }
    }
}
