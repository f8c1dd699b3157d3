//! The mouse, where it was asked for: a click puts the cursor on a row or the keyboard into a pane, a second one opens it, the
//! wheel moves. It never confirms, and never changes anything (invariant 9 holds for it too).

use std::time::Duration;

use crate::action::Action;
use crate::effect::Effect;
use crate::screen::overlay::Overlay;
use crate::screen::pane::{Sight, events};
use crate::screen::{self, Screen};
use crate::state::{Now, State};
use crate::terminal::input::{MouseButton, MouseEvent, MouseKind};

/// Two clicks on the same row within this are one that opens.
const DOUBLE: Duration = Duration::from_millis(400);
/// Rows that a turn of the wheel moves.
const TURN: usize = 3;

impl State {
    /// Does what the mouse asks.
    pub fn on_mouse(&mut self, mouse: MouseEvent, now: Now, effects: &mut Vec<Effect>) {
        match mouse.kind {
            MouseKind::ScrollUp => self.turn(Action::Up, now, effects),
            MouseKind::ScrollDown => self.turn(Action::Down, now, effects),
            MouseKind::Down(MouseButton::Left) => self.click(mouse, now, effects),
            MouseKind::Down(_) | MouseKind::Up(_) | MouseKind::Drag(_) => {}
        }
    }

    fn turn(&mut self, to: Action, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Overlay::Picker(picker)) = &mut self.overlay {
            picker.step(if to == Action::Up { -1 } else { 1 });
            return;
        }
        // What is typed is not left by it.
        if self.prompt.is_none() {
            (0..TURN).for_each(|_| self.act(to, now, effects));
        }
    }

    fn click(&mut self, mouse: MouseEvent, now: Now, effects: &mut Vec<Effect>) {
        if self.overlay.is_some() || self.prompt.is_some() || screen::trouble::fills_the_screen(self) {
            return;
        }
        let body = screen::body(self.size);
        let before = self.clicked.replace((mouse.x, mouse.y, now.mono));
        let again = before.is_some_and(|(x, y, at)| (x, y) == (mouse.x, mouse.y) && now.mono < at + DOUBLE);
        let Self { stack, home, cache, selected, parked, session, .. } = self;
        let sight = Sight::new(cache, selected, parked, session, now);
        let hit = match stack.last_mut() {
            None => home.click(body, (mouse.x, mouse.y), cache),
            Some(Screen::Table(pane)) if pane.sides().is_some() => {
                pane.sides_mut().is_some_and(|sides| sides.click(body, mouse.y))
            }
            Some(Screen::Table(pane)) => {
                let rows = events::above(pane, body);
                pane.with_look(&sight, |pane, look| pane.click(rows, mouse.y, look.table))
            }
            Some(_) => false,
        };
        let hit = if matches!(self.stack.last(), Some(Screen::Triage(_))) {
            self.click_triage(mouse.y)
        } else {
            hit
        };
        if hit && again {
            self.clicked = None;
            self.settle(now);
            self.act(Action::Open, now, effects);
        }
    }
}
