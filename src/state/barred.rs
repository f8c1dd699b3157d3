//! What may not be begun here: the mode or a rule says so. It is asked once, before an action does anything, so that no action
//! of the table goes past it; what is refused is said, with the right that it would need, and written down.

use crate::action::{Access, Action};
use crate::effect::Effect;
use crate::gate::{self, Mode, Refused};
use crate::reach::endpoint::Call;
use crate::release::{Change, Target};
use crate::screen::{Screen, journal, operations};
use crate::state::changes::Followed;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Whether an action may not be begun with what it is meant for; that is said, and written down.
    pub(super) fn is_barred(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let targets = self.meant(action);
        let Err(refused) = self.may_begin(action, &targets) else { return false };
        self.refuse(action, &targets, &refused, now, effects);
        true
    }

    /// Whether an action may be begun with these.
    pub(super) fn may_begin(&self, action: Action, targets: &[Target]) -> Result<(), Refused> {
        if action.info().access == Access::Look || self.hides(action) {
            return Ok(());
        }
        gate::may_begin(self.ground(action), targets, &self.needs(action, targets.first()))
    }

    /// Why an action may not be begun with what is under the cursor, if the mode or a rule says so. Asked for every key that is
    /// shown: what is marked is not gone through.
    pub(super) fn barred_words(&self, action: Action) -> Option<String> {
        if self.settings.policy.mode == Mode::ReadWrite && self.settings.rules.0.is_empty() {
            return None;
        }
        let target = self.object().map(Target::of);
        self.may_begin(action, target.as_slice()).err().map(|refused| refused.to_string())
    }

    /// A refusal is said, and written down.
    pub(super) fn refuse(
        &mut self,
        action: Action,
        targets: &[Target],
        refused: &Refused,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let words = refused.to_string();
        self.write_refusal(action.info().name, targets, &words, now, effects);
        self.tell(Severity::Warning, words, now);
    }

    /// A value of a Secret that is shown is hidden again: that needs no leave.
    fn hides(&self, action: Action) -> bool {
        action == Action::Reveal
            && matches!(self.stack.last(), Some(Screen::Text(screen)) if screen.has_revealed())
    }

    /// What an action is meant for; nothing where that is not known before it is begun.
    fn meant(&self, action: Action) -> Vec<Target> {
        if let Some(Screen::Plan(screen)) = self.stack.last() {
            return screen.parts.iter().map(|part| part.target.clone()).collect();
        }
        match action {
            Action::Invert => self.inverse().map(|(target, _)| target).into_iter().collect(),
            Action::Apply | Action::OpenPager | Action::Confirm => Vec::new(),
            _ => match self.stack.last() {
                // What is marked below is not meant on the screen of one object.
                Some(Screen::Containers(_) | Screen::Text(_)) => {
                    self.object().map(Target::of).into_iter().collect()
                }
                _ => self.chosen().iter().map(Target::of).collect(),
            },
        }
    }

    /// What would be taken back, the first of it: what is under the cursor of a list of changes, else the last one.
    fn inverse(&self) -> Option<(Target, Change)> {
        let followed = |id| self.changes.get(id)?.inverse().into_iter().next();
        match self.stack.last() {
            Some(Screen::Journal(screen)) => {
                let rows = screen.rows(self);
                match rows.get(screen.position(&rows))? {
                    journal::Row::Entry(entry) => entry.inverse.first().cloned(),
                    journal::Row::Running(id, _) => followed(*id),
                }
            }
            Some(Screen::Operations(screen)) => match screen.row(self)? {
                operations::Row::Change(id) => followed(id),
                operations::Row::Open(_) => None,
            },
            _ => {
                let here = |one: &&Followed| one.context == self.session.place.context;
                let mut all = self.changes.all().iter().rev().filter(here);
                all.find_map(|one| one.inverse().into_iter().next())
            }
        }
    }

    /// What an action needs, in words: `scale needs patch deployments.apps/scale`.
    fn needs(&self, action: Action, target: Option<&Target>) -> String {
        use Action as A;
        let label = action.info().label;
        let resource = target.map_or_else(|| "its kind".to_owned(), |one| one.resource.group_resource());
        match action {
            A::OpenPager => "no pager is started, for it can run commands; save the lines instead".to_owned(),
            A::Apply => "apply needs patch on what the manifest names; it was not read".to_owned(),
            A::SmokeCheck => "a smoke check needs get pods/proxy, which goes into a workload".to_owned(),
            A::Reveal => {
                "reveal needs get secrets, and that the configuration lets it (secrets.reveal-readonly)"
                    .to_owned()
            }
            A::Exec | A::ExecAside | A::CopyFiles => {
                let label = if action == A::CopyFiles { "copy" } else { "exec" };
                format!("{label} needs create pods/exec")
            }
            A::Attach | A::AttachAside => "attach needs create pods/attach".to_owned(),
            A::Forward => "forward needs create pods/portforward".to_owned(),
            A::Endpoint => {
                let right = target.map_or("get pods/proxy", Call::right);
                format!("{label} needs {right}")
            }
            A::SetShare | A::MoreShare | A::LessShare | A::Abort | A::Promote => {
                let right = if action == A::Promote { "" } else { "/scale" };
                format!("{label} needs patch deployments.apps{right}")
            }
            A::Invert => match self.inverse() {
                Some((target, change)) => gate::needs(&target, &change),
                None => "take back needs patch on what was changed".to_owned(),
            },
            A::Confirm => "confirm needs what its plan needs".to_owned(),
            _ => {
                let (verb, subresource) = action.right().unwrap_or(("patch", None));
                let resource = subresource.map_or(resource.clone(), |sub| format!("{resource}/{sub}"));
                format!("{label} needs {verb} {resource}")
            }
        }
    }
}
