//! Which rules match, and what they ask together.

use super::*;
use crate::model::resource::Resource;
use crate::model::uid::Uid;
use crate::release::amounts::of_change;

fn target(resource: Resource, namespace: &str, name: &str) -> Target {
    Target { resource, namespace: namespace.to_owned(), name: name.to_owned(), uid: Uid::new(name) }
}

fn list(names: &str) -> Vec<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

/// `context | namespace | kind | action`, each a list of patterns.
fn rule(number: usize, text: &str) -> Rule {
    let parts: Vec<Vec<String>> = text.split('|').map(list).collect();
    let [contexts, namespaces, kinds, actions] = parts.try_into().unwrap();
    let origin = Origin { file: "f.yaml".to_owned(), number };
    Rule { origin, contexts, namespaces, kinds, actions, ..Rule::default() }
}

#[test]
fn all_that_a_rule_names_has_to_match() {
    let web = target(Resource::DEPLOYMENTS, "shop", "web");
    let node = target(Resource::NODES, "", "n1");
    let space = target(Resource::NAMESPACES, "", "shop");
    let service = target(Resource::SERVICES, "shop", "web");
    for (text, object, action, matches) in [
        ("|||", Some(&web), Action::Scale, true),
        ("prod|||", Some(&web), Action::Scale, true),
        ("*ro*|shop|deployments|scale", Some(&web), Action::Scale, true),
        ("test|||", Some(&web), Action::Scale, false),
        ("|pay*|  |", Some(&web), Action::Scale, false),
        ("|pay* sh*||", Some(&web), Action::Scale, true),
        ("|| Deployment |", Some(&web), Action::Scale, true),
        ("|| deployments.apps |", Some(&web), Action::Scale, true),
        ("|| deploy* |", Some(&web), Action::Scale, true),
        ("|| pods |", Some(&web), Action::Scale, false),
        ("||| delete scale", Some(&web), Action::Scale, true),
        ("||| del*", Some(&web), Action::Scale, false),
        ("| shop ||", Some(&node), Action::Delete, false),
        ("| * ||", Some(&node), Action::Delete, true),
        // A namespace is in itself.
        ("| shop ||", Some(&space), Action::Delete, true),
        // What goes into pods through a service or a workload goes into pods.
        ("|| pods |", Some(&service), Action::Forward, true),
        ("|| pod |", Some(&web), Action::Exec, true),
        ("|| services | forward", Some(&service), Action::Forward, true),
        // Of what it is to be done to nothing is known.
        ("||| apply", None, Action::Apply, true),
        ("| shop || apply", None, Action::Apply, false),
        ("|| deployments | apply", None, Action::Apply, false),
    ] {
        let mut rule = rule(1, text);
        rule.reason = true;
        let deed = Deed { target: object, actions: vec![action] };
        let demand = Rules(vec![rule]).weigh("prod", &[deed]);
        assert_eq!(demand.reason.is_some(), matches, "{text} {object:?} {action}");
    }
}

#[test]
fn the_strictest_of_all_that_match_holds() {
    let (web, db) =
        (target(Resource::DEPLOYMENTS, "shop", "web"), target(Resource::DEPLOYMENTS, "pay", "db"));
    let deed = |target| Deed { target: Some(target), actions: vec![Action::Scale] };
    let rules = Rules(vec![
        Rule { confirm: Some(Confirm::Name), ..rule(1, "|||") },
        Rule { confirm: Some(Confirm::Context), ..rule(2, "|pay||") },
        Rule { confirm: Some(Confirm::Plain), reason: true, ..rule(3, "|||scale") },
        Rule { max_bulk: Some(1), ..rule(4, "|||") },
        Rule { deny: Some("never".to_owned()), ..rule(5, "|gone||") },
    ]);
    let one = rules.weigh("prod", &[deed(&web)]);
    assert_eq!(one.words(), ["rule 1 of f.yaml: type the name", "rule 3 of f.yaml: say why"]);
    assert_eq!(one.denied(), None);
    // Several steps of one object are one object; two objects are two.
    assert_eq!(rules.weigh("prod", &[deed(&web), deed(&web)]), one);
    let both = rules.weigh("prod", &[deed(&web), deed(&db)]);
    assert_eq!(both.confirm.as_ref().map(|(how, _)| *how), Some(Confirm::Context));
    assert_eq!(both.denied().as_deref(), Some("2 objects at once, and 1 may be (rule 4 of f.yaml)"));
    // One of many is enough.
    let gone = target(Resource::DEPLOYMENTS, "gone", "x");
    let denied = Rules(rules.0[4..].to_vec()).weigh("prod", &[deed(&web), deed(&gone)]);
    assert_eq!(denied.denied().as_deref(), Some("never (rule 5 of f.yaml)"));
    assert_eq!(Rules::default().weigh("prod", &[deed(&web)]), Demand::default());
}

#[test]
fn what_is_sent_is_an_action_of_the_table_that_changes() {
    for change in crate::gate::testing::changes() {
        let actions = of_change(&change);
        assert!(
            actions.iter().all(|one| one.info().access != Access::Look)
                && actions.first().is_some_and(|one| one.info().access == Access::Change),
            "{change:?}"
        );
    }
}
