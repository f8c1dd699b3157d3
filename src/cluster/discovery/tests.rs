//! Discovery as a real server answered it.

use super::*;

const CORE: &[u8] = include_bytes!("../../../tests/data/real-api/discovery-api.json");
const GROUPS: &[u8] = include_bytes!("../../../tests/data/real-api/discovery-apis.json");

#[test]
fn a_real_answer_names_the_resources_of_its_version() {
    let answer = include_bytes!("../../../tests/data/real-api/discovery-apps-v1.json");
    let all = parsed(answer, "apps", "v1").unwrap();
    let of = |resource: &Resource| all.iter().find(|one| one.resource == *resource).cloned();
    let deployments = of(&Resource::DEPLOYMENTS).unwrap();
    assert_eq!(
        (deployments.short_names, deployments.categories),
        (vec!["deploy".to_owned()], vec!["all".to_owned()])
    );
    assert!(of(&Resource::CONTROLLER_REVISIONS).is_some());
    assert!(all.iter().all(|one| !one.resource.plural.contains('/')), "{all:?}");
}

#[test]
fn two_answers_name_everything() {
    let mut found = Found::default();
    aggregated::read(CORE, &mut found).unwrap();
    let core = found.out.resources.len();
    aggregated::read(GROUPS, &mut found).unwrap();
    assert!(core > 10 && found.out.resources.len() > core + 20);
    assert!(found.out.broken.is_empty(), "{:?}", found.out.broken);
    let find = |name: &str| found.out.resources.iter().find(|one| one.resource.plural == name).unwrap();
    let widgets = find("widgets");
    assert!(widgets.resource.namespaced && widgets.verbs.iter().any(|verb| verb == "watch"));
    assert!(find("pods").short_names.contains(&"po".to_owned()));
    assert!(!find("nodes").resource.namespaced);
}

#[test]
fn another_form_is_not_this_one() {
    let mut found = Found::default();
    assert_eq!(aggregated::read(br#"{"kind":"APIVersions","versions":["v1"]}"#, &mut found), None);
    assert_eq!(aggregated::read(b"<html>", &mut found), None);
}

#[test]
fn a_stale_group_is_named_and_an_earlier_version_wins() {
    let mut found = Found::default();
    let one = |version: &str, freshness: &str| {
        format!(
            r#"{{"version":"{version}","freshness":"{freshness}","resources":[{{"resource":"pods","responseKind":{{"kind":"PodMetrics"}},"scope":"Namespaced","verbs":["get","list"]}}]}}"#
        )
    };
    let body = format!(
        r#"{{"kind":"APIGroupDiscoveryList","items":[{{"metadata":{{"name":"metrics.k8s.io"}},"versions":[{},{}]}}]}}"#,
        one("v1", "Current"),
        one("v1beta1", "Stale")
    );
    aggregated::read(body.as_bytes(), &mut found).unwrap();
    assert_eq!(found.out.resources.len(), 1);
    assert_eq!(found.out.resources[0].resource.version, "v1");
    assert_eq!(found.out.broken.len(), 1);
    assert_eq!(found.out.broken[0].0, "metrics.k8s.io/v1beta1");
}
