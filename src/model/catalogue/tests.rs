//! Names as kubectl takes them.

use super::*;

fn one(group: &str, plural: &str, kind: &str, short: &[&str], verbs: &[&str]) -> ApiResource {
    ApiResource {
        resource: Resource {
            group: group.to_owned().into(),
            version: "v1".into(),
            plural: plural.to_owned().into(),
            kind: kind.to_owned().into(),
            namespaced: true,
        },
        singular: kind.to_lowercase(),
        short_names: short.iter().map(|name| (*name).to_owned()).collect(),
        categories: vec!["all".to_owned()],
        verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
    }
}

fn catalogue() -> Catalogue {
    let both = ["list", "watch"];
    let mut catalogue = Catalogue::default();
    catalogue.learn(Discovered {
        resources: vec![
            one("", "pods", "Pod", &["po"], &both),
            one("", "componentstatuses", "ComponentStatus", &["cs"], &["get", "list"]),
            one("", "bindings", "Binding", &[], &["create"]),
            one("batch", "cronjobs", "CronJob", &["cj"], &both),
            one("example.com", "pods", "Pod", &[], &both),
        ],
        broken: vec![("metrics.k8s.io/v1beta1".to_owned(), "gone".to_owned())],
    });
    catalogue
}

#[test]
fn kubectls_names_find_their_kind() {
    let catalogue = catalogue();
    for (name, found) in [
        ("po", Some("pods")),
        ("Pod", Some("pods")),
        ("cj", Some("cronjobs.batch")),
        ("CRONJOB", Some("cronjobs.batch")),
        ("cronjobs.batch", Some("cronjobs.batch")),
        ("cronjob.bat", Some("cronjobs.batch")),
        ("cronjobs.v1.batch", Some("cronjobs.batch")),
        ("pods.example.com", Some("pods.example.com")),
        ("bindings", None),
        ("nothing", None),
    ] {
        let of = |served: &Served| Resource::from(served.kind).group_resource();
        assert_eq!(catalogue.find(name).map(of).as_deref(), found, "{name}");
    }
}

#[test]
fn hot_kinds_are_the_programs_own_and_others_are_made_once() {
    let (mut first, again) = (catalogue(), catalogue());
    assert_eq!(first.find("po").unwrap().kind, Kind::Pod);
    let jobs = first.find("cj").unwrap().kind;
    assert_eq!(jobs, again.find("cj").unwrap().kind);
    let Kind::Other(kept) = jobs else { panic!("{jobs:?}") };
    let discovered = Discovered {
        resources: vec![one("batch", "cronjobs", "CronJob", &["cj"], &["list"])],
        broken: vec![],
    };
    first.learn(discovered);
    let Kind::Other(same) = first.find("cj").unwrap().kind else { panic!() };
    assert!(std::ptr::eq(kept, same));
    assert!(!first.find("cj").unwrap().watched);
    assert_eq!(first.find("po"), None, "what the server no longer names is gone");
}

#[test]
fn categories_hold_what_can_be_listed() {
    assert_eq!(catalogue().category("all").count(), 4);
    assert_eq!(catalogue().category("none").count(), 0);
}
