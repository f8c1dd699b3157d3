//! Where one is in a text of lines: shared by logs, YAML, help and messages.

use crate::action::Action;

/// The first line and the first column on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    /// First line shown.
    pub top: usize,
    /// Columns scrolled to the right.
    pub left: usize,
}

/// Columns that one press moves.
const COLUMNS: usize = 8;

impl Scroll {
    /// Moves by an action, in a text of `len` lines of which `height` are shown; false when the action is no movement.
    pub fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        let last = len.saturating_sub(height);
        let page = height.saturating_sub(1).max(1);
        self.top = match action {
            Action::Down => self.top + 1,
            Action::Up => self.top.saturating_sub(1),
            Action::PageDown => self.top + page,
            Action::PageUp => self.top.saturating_sub(page),
            Action::HalfPageDown => self.top + (height / 2).max(1),
            Action::HalfPageUp => self.top.saturating_sub((height / 2).max(1)),
            Action::Top => 0,
            Action::Bottom => last,
            Action::ScrollRight => {
                self.left += COLUMNS;
                self.top
            }
            Action::ScrollLeft => {
                self.left = self.left.saturating_sub(COLUMNS);
                self.top
            }
            _ => return false,
        }
        .min(last);
        true
    }

    /// Brings a line into view.
    pub fn show(&mut self, line: usize, height: usize) {
        if line < self.top {
            self.top = line;
        } else if line >= self.top + height.max(1) {
            self.top = line + 1 - height.max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_the_text() {
        let mut scroll = Scroll::default();
        for (action, top) in [
            (Action::Up, 0),
            (Action::Down, 1),
            (Action::PageDown, 10),
            (Action::HalfPageDown, 15),
            (Action::Bottom, 90),
            (Action::PageDown, 90),
            (Action::PageUp, 81),
            (Action::Top, 0),
        ] {
            assert!(scroll.act(action, 100, 10));
            assert_eq!(scroll.top, top, "{action}");
        }
        assert!(!scroll.act(Action::Open, 100, 10));
        scroll.act(Action::Bottom, 3, 10);
        assert_eq!(scroll.top, 0);
        scroll.show(25, 10);
        assert_eq!(scroll.top, 16);
        scroll.show(4, 0);
        assert_eq!(scroll.top, 4);
    }
}
