//! What the user's rights forbid of what is offered: asked for lazily, kept, and never waited for.
//!
//! The rules of a namespace are asked for once, when the help is opened there or `:can` lists them; where the server cannot tell
//! them all, what they do not allow is asked for exactly. What is not known is not forbidden: the server decides when it is sent. In read-only mode
//! nothing is asked, for nothing would be allowed by it.

use std::collections::{HashMap, HashSet};

use crate::action::{Access as Class, Action};
use crate::effect::{Effect, OpId};
use crate::gate::Mode;
use crate::inquiry::Inquiry;
use crate::model::rights::{Access, Rules, Verdict};
use crate::model::trouble::Trouble;
use crate::screen::overlay::Overlay;
use crate::state::State;

/// What is known of the user's rights.
#[derive(Debug, Default)]
pub struct Rights {
    /// The rules by namespace; `None`: asked for, or not to be had.
    rules: HashMap<String, Option<Rules>>,
    /// What was asked for exactly; `None`: asked for, or not answered.
    exact: HashMap<Access, Option<Verdict>>,
    /// Rules that are asked for.
    asking: HashMap<OpId, String>,
    /// Exact questions that are out.
    reviewing: HashSet<OpId>,
}

impl Rights {
    /// Whether a right is known to be missing; why, in the server's words, if it has any.
    fn refuses(&self, access: &Access) -> Option<String> {
        let rules = self.rules.get(&access.namespace)?.as_ref()?;
        if rules.allows(access) {
            return None;
        }
        if rules.incomplete.is_empty() {
            return Some(String::new());
        }
        let verdict = self.exact.get(access)?.as_ref()?;
        (!verdict.allowed).then(|| verdict.reason.clone())
    }
}

impl State {
    /// Why an action is forbidden for what is under the cursor: by the mode, by a rule, or by the user's rights. `None`: as far as
    /// is known it is not.
    pub(crate) fn forbidden(&self, action: Action) -> Option<String> {
        if action.info().access == Class::Look {
            return None;
        }
        self.barred_words(action).or_else(|| {
            let access = self.right_of(action)?;
            let said = self.rights.refuses(&access)?;
            let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
            Some(format!("you may not {}{said}", access.words()))
        })
    }

    /// The right that an action needs for what is under the cursor, whatever the object's name.
    fn right_of(&self, action: Action) -> Option<Access> {
        let access = self.access_of_action(action.info().name).ok()?;
        Some(Access { name: String::new(), for_what: String::new(), ..access })
    }

    /// Asks for what is not known yet of the rights to do something with what is under the cursor.
    pub(super) fn ask_rights(&mut self, effects: &mut Vec<Effect>) {
        let wanted = matches!(self.overlay, Some(Overlay::Help(_))) && self.session.link.is_live();
        if self.settings.policy.mode == Mode::ReadOnly || !wanted {
            return;
        }
        let Some(namespace) = self.object().map(|record| record.meta().namespace.to_string()) else { return };
        if namespace.is_empty() {
            return;
        }
        let Some(known) = self.rights.rules.get(&namespace) else {
            let op = self.start_op(format!("read what you may do in {namespace}"));
            self.rights.rules.insert(namespace.clone(), None);
            self.rights.asking.insert(op, namespace.clone());
            return effects.push(Effect::Inquire(op, Inquiry::Rights { namespace }));
        };
        let Some(rules) = known.as_ref().filter(|rules| !rules.incomplete.is_empty()) else { return };
        let doing = Action::ALL.iter().filter(|info| info.access != Class::Look);
        let mut missing: Vec<Access> = Vec::new();
        for access in doing.filter_map(|info| self.right_of(info.action)) {
            let known = rules.allows(&access) || self.rights.exact.contains_key(&access);
            if !known && !missing.contains(&access) {
                missing.push(access);
            }
        }
        if missing.is_empty() {
            return;
        }
        let op = self.start_op(format!("read what you may do in {namespace}"));
        self.rights.exact.extend(missing.iter().map(|access| (access.clone(), None)));
        self.rights.reviewing.insert(op);
        effects.push(Effect::Inquire(op, Inquiry::Access(missing)));
    }

    /// Rules were read; false when they are for something else.
    pub(super) fn rights_known(&mut self, op: OpId, rules: &Rules, effects: &mut Vec<Effect>) -> bool {
        let Some(namespace) = self.rights.asking.remove(&op) else { return false };
        self.rights.rules.insert(namespace, Some(rules.clone()));
        self.ask_rights(effects);
        true
    }

    /// The rules of a namespace were read for a list of them: they are as good here.
    pub(super) fn rights_listed(&mut self, namespace: &str, rules: &Rules) {
        self.rights.rules.insert(namespace.to_owned(), Some(rules.clone()));
    }

    /// Exact questions were answered; false when they are for something else.
    pub(super) fn rights_reviewed(
        &mut self,
        op: OpId,
        answers: &[(Access, Result<Verdict, Trouble>)],
    ) -> bool {
        if !self.rights.reviewing.remove(&op) {
            return false;
        }
        for (access, verdict) in answers {
            self.rights.exact.insert(access.clone(), verdict.as_ref().ok().cloned());
        }
        true
    }

    /// A question was not answered: it stays unknown.
    pub(super) fn rights_unknown(&mut self, op: OpId) {
        self.rights.asking.remove(&op);
        self.rights.reviewing.remove(&op);
    }

    /// Another cluster has other rules.
    pub(super) fn forget_rights(&mut self) {
        self.rights = Rights::default();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::rights::rules;

    fn known(answer: &Value) -> Rights {
        let mut rights = Rights::default();
        rights.rules.insert("shop".to_owned(), Some(rules(answer)));
        rights
    }

    fn access(verb: &str, resource: &str, subresource: &str) -> Access {
        Access {
            verb: verb.to_owned(),
            group: "apps".to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: "shop".to_owned(),
            ..Access::default()
        }
    }

    #[test]
    fn what_complete_rules_do_not_allow_is_refused_and_what_is_not_known_is_not() {
        let rule = json!([{"verbs": ["get", "patch"], "apiGroups": ["apps"], "resources": ["deployments", "*/scale"]},
            {"verbs": ["delete"], "apiGroups": ["*"], "resources": ["deployments"], "resourceNames": ["web"]}]);
        let whole = known(&json!({"status": {"resourceRules": rule, "incomplete": false}}));
        let part = known(&json!({"status": {"resourceRules": rule, "incomplete": true}}));
        for (asked, refused) in [
            (access("patch", "deployments", ""), false),
            (access("patch", "deployments", "scale"), false),
            (access("patch", "statefulsets", "scale"), false),
            (access("patch", "statefulsets", ""), true),
            (access("patch", "deployments", "status"), true),
            // One of them may be: which one is not asked here.
            (access("delete", "deployments", ""), false),
            (access("create", "deployments", ""), true),
        ] {
            assert_eq!(whole.refuses(&asked).is_some(), refused, "{asked:?}");
            assert_eq!(part.refuses(&asked), None, "{asked:?}");
            assert_eq!(Rights::default().refuses(&asked), None);
        }
        let mut part = part;
        let asked = access("create", "deployments", "");
        part.exact.insert(asked.clone(), None);
        assert_eq!(part.refuses(&asked), None, "not answered yet");
        part.exact.insert(asked.clone(), Some(Verdict { allowed: false, reason: "no".to_owned() }));
        assert_eq!(part.refuses(&asked), Some("no".to_owned()));
        part.exact.insert(asked.clone(), Some(Verdict { allowed: true, reason: String::new() }));
        assert_eq!(part.refuses(&asked), None);
    }
}
