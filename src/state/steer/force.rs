//! Choices on a plan that change what is sent: force, and what becomes of what a deleted object owns.
//!
//! Each makes the plan anew, so that its level, its request and its kubectl command are those of the choice.

use crate::effect::Effect;
use crate::release::Change;
use crate::release::change::Propagation;
use crate::screen::Screen;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Forces the plan on the screen, or no longer: an apply takes fields over, a delete waits for nobody.
    pub(super) fn toggle_force(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let forced = |change: &Change| match change {
            Change::Apply { force, .. } => Some(*force),
            Change::Delete { grace, .. } => Some(*grace == Some(0)),
            _ => None,
        };
        let Some(force) = self.first_of_plan(forced) else {
            return self.tell(Severity::Info, "there is nothing to force here", now);
        };
        self.choose_for_plan(now, effects, |change| match change {
            Change::Apply { force: forced, .. } => *forced = !force,
            Change::Delete { grace, .. } => *grace = (!force).then_some(0),
            _ => {}
        });
    }

    /// The next of the ways in which a delete treats what its object owns.
    pub(super) fn next_cascade(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let way = |change: &Change| match change {
            Change::Delete { propagation, .. } => Some(*propagation),
            _ => None,
        };
        let Some(way) = self.first_of_plan(way) else {
            return self.tell(Severity::Info, "that is for the plan of a delete", now);
        };
        let next = match way {
            Propagation::Background => Propagation::Foreground,
            Propagation::Foreground => Propagation::Orphan,
            Propagation::Orphan => Propagation::Background,
        };
        self.choose_for_plan(now, effects, |change| {
            if let Change::Delete { propagation, .. } = change {
                *propagation = next;
            }
        });
        self.tell(Severity::Info, format!("cascade: {}", next.word().to_ascii_lowercase()), now);
    }

    fn first_of_plan<T>(&self, of: impl Fn(&Change) -> Option<T>) -> Option<T> {
        let Some(Screen::Plan(screen)) = self.stack.last() else { return None };
        screen.parts.iter().find_map(|part| of(&part.change))
    }

    fn choose_for_plan(&mut self, now: Now, effects: &mut Vec<Effect>, choose: impl Fn(&mut Change)) {
        let Some(place) = self.stack.len().checked_sub(1) else { return };
        let Some(screen) = self.plan_at(place) else { return };
        for part in &mut screen.parts {
            choose(&mut part.change);
        }
        self.make_plan(place, now, effects);
    }
}
