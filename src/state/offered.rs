//! What can be done where one is: the bottom line and the help offer no key that would do nothing.

use crate::action::{Access, Action, Group};
use crate::keymap::words::words;
use crate::model::record::Kind;
use crate::release::Change;
use crate::screen::pane::Pane;
use crate::screen::sides::Sides;
use crate::screen::{Screen, journal, operations, trouble};
use crate::state::State;

/// Where the cursor is.
enum On<'a> {
    /// A row of a table.
    Row(&'a Pane),
    /// A label.
    Label,
    /// A container of a pod.
    Container,
    /// The object of a screen.
    Object(Kind),
    /// A finding of the list of what is wrong, or a step of why something is as it is.
    Finding,
    /// Something that is no object.
    Else,
}

impl State {
    fn on(&self) -> On<'_> {
        match self.stack.last() {
            None => self.home.focused().map_or(On::Label, On::Row),
            Some(Screen::Table(pane)) => On::Row(pane),
            Some(Screen::Containers(_)) => On::Container,
            Some(Screen::Text(screen)) => On::Object(screen.subject.object.kind),
            Some(Screen::Release(screen)) => screen.kind().map_or(On::Else, On::Object),
            // A workload behind the service that is not watched has no record: its key says what it can.
            Some(Screen::Canary(screen)) => {
                self.canary_record(screen).map_or(On::Else, |record| On::Object(record.kind()))
            }
            // What it leads to depends on the action.
            Some(Screen::Triage(_) | Screen::Why(_)) => On::Finding,
            Some(
                Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Journal(_)
                | Screen::Operations(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Sheet(_)
                | Screen::Explain(_),
            ) => On::Else,
        }
    }

    /// Why an action is nothing for what is under the cursor; `None`: it is for it.
    pub(super) fn unfit(&self, action: Action) -> Option<String> {
        let label = words(action, self.context().stack()).label;
        let nothing = || Some(format!("{label} means nothing here"));
        let kind = match self.on() {
            On::Else => return None,
            On::Finding
                if action.needs_a_table() && !(action == Action::Filter && self.triage().is_some()) =>
            {
                return nothing();
            }
            On::Finding => match self.found_for(action) {
                Some(record) => record.kind(),
                None => return None,
            },
            On::Row(pane) if action.sorts_by().is_some_and(|(id, _)| !pane.sorts_by(id)) => {
                return nothing();
            }
            On::Row(pane) if pane.groups.is_some() && acts_on_an_object(action) => {
                return Some(format!("{label}: this line is a group of events, no object; Enter shows them"));
            }
            On::Row(pane) => pane.kind,
            On::Label => {
                let of_pods = matches!(action, Action::Logs | Action::PreviousLogs);
                let about_objects = action.kinds().is_some() && !of_pods;
                if about_objects {
                    return Some(format!("{label} does not apply to a label"));
                }
                return if action.needs_a_table() { nothing() } else { None };
            }
            On::Container if action.needs_a_table() || action == Action::Filter => return nothing(),
            On::Container => Kind::Pod,
            On::Object(kind) => kind,
        };
        (!action.is_for(kind)).then(|| does_not_apply(label, kind))
    }

    /// Whether a key of the action is worth showing: what it is for is under the cursor.
    pub(crate) fn offers(&self, action: Action) -> bool {
        use Action as A;
        if trouble::fills_the_screen(self) {
            return true;
        }
        let sideways = matches!(action, A::ScrollLeft | A::ScrollRight);
        match self.stack.last() {
            None if self.home.focused().is_none() && sideways => false,
            Some(
                Screen::Containers(_)
                | Screen::Release(_)
                | Screen::Canary(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Triage(_),
            ) if sideways => false,
            Some(Screen::Table(pane)) if pane.sides().is_some() && !Sides::takes(action) => {
                action.info().group == Group::Program
            }
            Some(Screen::Plan(screen)) => match action {
                A::SmokeCheck | A::Insist => screen.is_of(|one| matches!(one, Change::Selector { .. })),
                A::Cascade => screen.is_of(|one| matches!(one, Change::Delete { .. })),
                A::ToggleForce => {
                    screen.is_of(|one| matches!(one, Change::Delete { .. } | Change::Apply { .. }))
                }
                _ => true,
            },
            Some(Screen::Text(screen)) if action == A::Reveal => screen.is_yaml_of_secret(),
            Some(Screen::Text(screen)) if action == A::Fold => screen.can_fold(),
            Some(Screen::Forwards(_)) if matches!(action, A::StopFollowing | A::CopyName) => {
                !self.forwards.all().is_empty()
            }
            Some(Screen::Operations(screen)) => match (action, screen.row(self)) {
                (A::Open | A::Invert | A::RingWhenDone, row) => {
                    matches!(row, Some(operations::Row::Change(_)))
                }
                (A::StopFollowing, row) => row.is_some(),
                _ => screen.open.is_some() || !sideways,
            },
            Some(Screen::Journal(screen)) => {
                let rows = screen.rows(self);
                let row = rows.get(screen.position(&rows));
                match action {
                    A::StopFollowing | A::RingWhenDone => matches!(row, Some(journal::Row::Running(..))),
                    A::Open | A::Invert => row.is_some(),
                    _ => screen.open.is_some() || !sideways,
                }
            }
            _ => self.unfit(action).is_none(),
        }
    }
}

/// Whether an action does something to the object under the cursor.
fn acts_on_an_object(action: Action) -> bool {
    action.info().access != Access::Look && action.kinds().is_some()
}

/// Words for an action that is nothing for a kind.
pub(super) fn does_not_apply(label: &str, kind: Kind) -> String {
    let (.., kind) = kind.resource();
    let article = if kind.starts_with('E') { "an" } else { "a" };
    format!("{label} does not apply to {article} {kind}")
}

#[cfg(test)]
mod tests;
