//! `policy:` of the configuration: rules about what is not done where, and what has to be done to confirm it.
//!
//! What of a rule is not understood makes the program read-only: half a rule would hold less than was meant.

use super::warning::{Warnings, did_you_mean};
use super::yaml::{Node, Value};
use crate::action::{Access, Action};
use crate::gate::rules::{Confirm, Origin, Rule, ruled};
use crate::model::glob::glob;

/// What a rule can say.
const FIELDS: [&str; 8] = ["context", "namespace", "kind", "action", "deny", "confirm", "max-bulk", "reason"];

/// The rules of one file, in their order.
pub(super) fn read(node: &Node, warnings: &mut Warnings) -> Vec<Rule> {
    let Value::List(nodes) = &node.value else {
        warnings.add(node.line, format!("`policy` must be a list of rules, not {}", node.value.describe()));
        return Vec::new();
    };
    nodes.iter().enumerate().map(|(at, node)| rule(at + 1, node, warnings)).collect()
}

fn rule(number: usize, node: &Node, warnings: &mut Warnings) -> Rule {
    let what = format!("rule {number} of `policy`");
    let origin = Origin { file: warnings.file().to_owned(), number };
    let mut rule = Rule { origin, ..Rule::default() };
    let said = warnings.len();
    for (key, node) in node.entries(&what, warnings) {
        match key.text.as_str() {
            "context" => rule.contexts = patterns("`context`", node, warnings),
            "namespace" => rule.namespaces = patterns("`namespace`", node, warnings),
            "kind" => {
                rule.kinds = patterns("`kind`", node, warnings);
                for kind in &mut rule.kinds {
                    match super::kinds::read(kind) {
                        Ok(known) => *kind = known,
                        // It may be a custom kind's: the rule stays as it is written.
                        Err(why) => warnings.add(node.line, why),
                    }
                }
            }
            "action" => {
                rule.actions = patterns("`action`", node, warnings);
                for pattern in &rule.actions {
                    known_action(pattern, node.line, warnings);
                }
            }
            "deny" => rule.deny = node.text("`deny` (why it is not done)", warnings).map(clean),
            "confirm" => match node.text("`confirm`", warnings) {
                Some("plain") => rule.confirm = Some(Confirm::Plain),
                Some("name") => rule.confirm = Some(Confirm::Name),
                Some("context") => rule.confirm = Some(Confirm::Context),
                Some(other) => warnings
                    .add(node.line, format!("`confirm` is `plain`, `name` or `context`, not `{other}`")),
                None => {}
            },
            "max-bulk" => match node.value {
                Value::Int(most @ 1..=1_000_000) => rule.max_bulk = u32::try_from(most).ok(),
                _ => {
                    let not = node.value.describe();
                    warnings.add(node.line, format!("`max-bulk` must be a number from 1, not {not}"));
                }
            },
            "reason" => match node.text("`reason`", warnings) {
                Some("required") => rule.reason = true,
                Some(other) => warnings.add(node.line, format!("`reason` is `required`, not `{other}`")),
                None => {}
            },
            other => {
                let hint = did_you_mean(other, FIELDS);
                let hint = if hint.is_empty() { format!("; it has {}", FIELDS.join(", ")) } else { hint };
                warnings.add(key.line, format!("`{other}` is no key of a rule{hint}"));
            }
        }
    }
    if warnings.len() == said {
        check(&rule, &what, node.line, warnings);
    }
    rule
}

/// A rule that asks nothing, or asks something of what has no plan, was meant otherwise.
fn check(rule: &Rule, what: &str, line: usize, warnings: &mut Warnings) {
    let of_plans = rule.confirm.is_some() || rule.reason;
    if !of_plans && rule.deny.is_none() && rule.max_bulk.is_none() {
        warnings
            .add(line, format!("{what} asks nothing: it needs `deny`, `confirm`, `max-bulk` or `reason`"));
    }
    let changes = ruled().filter(|action| action.info().access == Access::Change);
    let mut changes = changes.filter(|action| named(&rule.actions, *action));
    if of_plans && rule.deny.is_none() && !rule.actions.is_empty() && changes.next().is_none() {
        let words = "asks for a confirmation or a reason of actions that have no plan; they can be denied";
        warnings.add(line, format!("{what} {words}"));
    }
}

fn named(patterns: &[String], action: Action) -> bool {
    patterns.iter().any(|pattern| glob(pattern, action.info().name))
}

/// A pattern that is of no action that does something would never match.
fn known_action(pattern: &str, line: usize, warnings: &mut Warnings) {
    if ruled().any(|action| glob(pattern, action.info().name)) {
        return;
    }
    let words = match Action::from_name(pattern) {
        Some(_) => format!("`{pattern}` changes nothing, so no rule can be about it"),
        None => {
            let hint = did_you_mean(pattern, ruled().map(|action| action.info().name));
            format!("no action is called `{pattern}`{hint}")
        }
    };
    warnings.add(line, words);
}

/// One pattern, or a list of them.
fn patterns(what: &str, node: &Node, warnings: &mut Warnings) -> Vec<String> {
    let nodes = match &node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        warnings.add(node.line, format!("{what} names nothing; leave it out for all"));
    }
    nodes.iter().filter_map(|node| node.text(what, warnings)).map(str::to_owned).collect()
}

fn clean(text: &str) -> String {
    crate::model::text::clean(text.trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Config, load_after};
    use super::*;

    fn files(administrator: &str, user: &str) -> (Config, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("etc.yaml");
        std::fs::write(&path, administrator).unwrap();
        std::fs::write(dir.path().join("config.yaml"), user).unwrap();
        let loaded = load_after(Some(&path), None, Some(dir.path())).unwrap();
        let prefix = format!("{}/", dir.path().display());
        let said = loaded.warnings.iter().map(|warning| warning.to_string().replace(&prefix, ""));
        (loaded.config, said.collect())
    }

    #[test]
    fn the_administrators_rules_come_first_and_stay() {
        let (config, said) = files(
            "policy:\n- { context: '*prod*', namespace: [pay, 'pay-*'], kind: deployments, action: [delete, scale], deny: ask first }\n\
             - { confirm: context, max-bulk: 3, reason: required }\n",
            "policy:\n- { confirm: plain }\n",
        );
        assert_eq!(said, Vec::<String>::new());
        let rules = &config.rules.0;
        let origins: Vec<String> = rules.iter().map(|rule| rule.origin.to_string()).collect();
        assert!(origins[0].starts_with("rule 1 of ") && origins[0].ends_with("/etc.yaml"), "{origins:?}");
        assert!(origins[1].starts_with("rule 2 of ") && origins[2].ends_with("/config.yaml"), "{origins:?}");
        assert_eq!((rules[0].deny.as_deref(), rules[0].namespaces.len()), (Some("ask first"), 2));
        assert_eq!(
            (rules[1].confirm, rules[1].max_bulk, rules[1].reason),
            (Some(Confirm::Context), Some(3), true)
        );
        assert!(!config.readonly);
        let (config, _) = files("policy:\n- { deny: never }\n", "policy: []\n");
        assert_eq!(config.rules.0.len(), 1);
        let (config, said) = files("policy:\n- { deny: x, kind: [deploy, Pod, rollouts.argoproj.io] }\n", "");
        assert_eq!(config.rules.0[0].kinds, ["deployments", "pods", "rollouts.argoproj.io"], "{said:?}");
        assert!(!config.readonly);
        let (config, _) = files("policy:\n- { deny: x, kind: widgets }\n", "");
        assert!(config.readonly && config.rules.0[0].kinds == ["widgets"], "it may be a custom kind's");
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line_and_closes() {
        for (text, wanted) in [
            ("policy: no\n", "1: `policy` must be a list of rules, not `no`"),
            ("policy:\n- deny\n", "2: rule 1 of `policy` must be a map, not `deny`"),
            ("policy:\n- {}\n", "2: rule 1 of `policy` asks nothing"),
            (
                "policy:\n- action: delete\n  deny: true\n",
                "3: `deny` (why it is not done) must be text, not true",
            ),
            ("policy:\n- confirm: twice\n", "2: `confirm` is `plain`, `name` or `context`, not `twice`"),
            ("policy:\n- max_bulk: 3\n", "2: `max_bulk` is no key of a rule; did you mean `max-bulk`?"),
            ("policy:\n- zz: 3\n", "2: `zz` is no key of a rule; it has context, namespace"),
            ("policy:\n- max-bulk: 0\n", "2: `max-bulk` must be a number from 1, not the number 0"),
            ("policy:\n- reason: yes\n", "2: `reason` is `required`, not `yes`"),
            ("policy:\n- deny: x\n  action: rollback\n", "3: no action is called `rollback`"),
            (
                "policy:\n- deny: x\n  action: delet\n",
                "3: no action is called `delet`; did you mean `delete`?",
            ),
            (
                "policy:\n- deny: x\n  kind: deploments\n",
                "3: no kind that is known here is called `deploments`; did you mean `deployments`?",
            ),
            (
                "policy:\n- deny: x\n  kind: [po, v1/pods]\n",
                "3: no kind that is known here is called `v1/pods`",
            ),
            ("policy:\n- deny: x\n  action: zoom\n", "3: `zoom` changes nothing, so no rule can be about it"),
            ("policy:\n- deny: x\n  context: []\n", "3: `context` names nothing; leave it out for all"),
            ("policy:\n- deny: x\n  context: [1]\n", "3: `context` must be text, not the number 1"),
            (
                "policy:\n- confirm: name\n  action: exec\n",
                "2: rule 1 of `policy` asks for a confirmation or a reason of",
            ),
        ] {
            for (administrator, user) in [(text, ""), ("", text)] {
                let (config, said) = files(administrator, user);
                assert!(said.len() == 1 && said[0].contains(&format!(".yaml:{wanted}")), "{said:?}");
                assert!(said[0].ends_with("read-only") && config.readonly, "{said:?}");
            }
        }
        // Of two keys of the same name the last one counts: an administrator's rules may be lost so.
        let (config, said) = files("policy:\n- { deny: x }\npolicy: []\n", "");
        assert!(config.readonly && said[0].ends_with("read-only"), "{said:?}");
    }
}
