//! Explaining the fields of a kind: which one is meant, reading what the server says, walking it.

use std::sync::Arc;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::record::Kind;
use crate::model::resource::Resource;
use crate::model::schema::Schemas;
use crate::model::trouble::Trouble;
use crate::screen::explain::{Explain, draw};
use crate::screen::home::PaneId;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Explains what was typed, `deploy.spec.strategy`, or the kind in sight when nothing was.
    pub(super) fn explain(&mut self, typed: &str, now: Now, effects: &mut Vec<Effect>) {
        let typed = typed.trim();
        if typed.is_empty() {
            return match self.kind_in_sight() {
                Some(kind) => self.open_explain(kind.into(), Vec::new(), now, effects),
                None => self.tell(Severity::Info, "no kind is in sight: `:explain KIND.FIELD`", now),
            };
        }
        let words: Vec<&str> = typed.split('.').collect();
        // A name may have a group: `ingresses.networking.k8s.io.spec`. The longest that is a name of a kind counts.
        let found = (1..=words.len()).rev().find_map(|at| {
            let (name, path) = words.split_at(at);
            let name = name.join(".").to_lowercase();
            let hot = Kind::ALL.into_iter().find(|kind| {
                let (.., plural, own) = kind.resource();
                plural == name || own.eq_ignore_ascii_case(&name)
            });
            let kind = hot.or_else(|| self.kinds.catalogue.find(&name).map(|served| served.kind))?;
            Some((kind, path.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>()))
        });
        match found {
            Some((kind, path)) => self.open_explain(kind.into(), path, now, effects),
            None if self.kinds.catalogue.is_read() => {
                let said = self.not_served("kind", words[0]);
                self.tell(Severity::Warning, said, now);
            }
            None => {
                self.discover(now, effects);
                self.kinds.explain = Some(typed.to_owned());
            }
        }
    }

    fn kind_in_sight(&self) -> Option<Kind> {
        match self.stack.last() {
            Some(Screen::Table(pane)) => Some(pane.kind),
            Some(Screen::Containers(_)) => Some(Kind::Pod),
            Some(Screen::Text(screen)) => Some(screen.subject.object.kind),
            Some(_) => self.object().map(crate::model::record::Record::kind),
            None if self.home.focus == PaneId::Labels => None,
            None => self.home.focused().map(|pane| pane.kind),
        }
    }

    fn open_explain(&mut self, resource: Resource, path: Vec<String>, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op(format!("read what the server says of {}", resource.kind));
        effects.push(Effect::Explain(op, resource.clone()));
        self.stack.push(Screen::Explain(Box::new(Explain::new(resource, path, op))));
        self.watch_what_is_shown(now, effects);
    }

    /// What the server says of fields was read, or could not be.
    pub fn on_explained(&mut self, op: OpId, result: Result<Arc<Schemas>, Trouble>) {
        for screen in &mut self.stack {
            if let Screen::Explain(explain) = screen
                && explain.op == op
            {
                explain.on_schemas(result);
                return self.operations.end(op);
            }
        }
    }

    /// Does what the screen can do; false when the action means nothing there.
    pub(super) fn act_on_explain(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let Some(Screen::Explain(explain)) = self.stack.last_mut() else { return false };
        match action {
            Action::Back => explain.up(),
            Action::CopyName => {
                effects.push(Effect::Copy(explain.name()));
                true
            }
            action => {
                let page = draw::page(explain, body);
                explain.act(action, page)
            }
        }
    }
}
