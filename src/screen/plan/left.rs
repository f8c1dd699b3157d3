//! The time right after a plan was confirmed or closed, in which keys are taken: they were meant for the plan.
//!
//! A second press of the key that did it, by mistake or by a bouncing key, follows within about 300 ms and would act on the screen
//! below; a key that is meant for that screen is pressed by somebody who has seen it. A key that is held down is repeated.

use std::time::Duration;

use crate::keymap::key::KeyPress;

/// So long no key counts.
pub const AFTERMATH: Duration = Duration::from_millis(500);

/// So long the key that left the plan does not count: keyboards repeat a key that is held down for the first time after at
/// most 660 ms (X; others wait less).
pub const FIRST_REPEAT: Duration = Duration::from_millis(700);

/// A key that comes again within so long is held down: the slowest repetition that systems offer is about ten a second.
const REPEAT: Duration = Duration::from_millis(110);

/// Who holds a key down for longer than this means it.
const HELD: Duration = Duration::from_secs(5);

/// That a plan was confirmed or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// When, monotonic.
    at: Duration,
    /// By which key, when it was one.
    pub key: Option<KeyPress>,
    /// When that key came last.
    last: Duration,
}

impl Left {
    /// A plan that was left now, by no key that is known yet.
    pub fn new(at: Duration) -> Self {
        Self { at, key: None, last: at }
    }

    /// Whether a key that comes now was meant for the plan, or is the plan's that is still held down.
    pub fn takes(&mut self, key: KeyPress, now: Duration) -> bool {
        let since = now.saturating_sub(self.at);
        let same = self.key == Some(key);
        let held = same && since < HELD && (since < FIRST_REPEAT || now < self.last + REPEAT);
        if same {
            self.last = now;
        }
        since < AFTERMATH || held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> KeyPress {
        KeyPress::parse_sequence(key).unwrap()[0]
    }

    #[test]
    fn a_key_that_is_held_reaches_no_other_screen() {
        // Keys that come so many milliseconds after `y` confirmed, and whether they are taken.
        for pressed in [
            &[("y", 499, true), ("j", 499, true)][..],
            &[("j", 501, false)],
            &[("y", 660, true), ("y", 690, true), ("y", 720, true), ("y", 750, true)],
            &[("y", 701, false)],
            &[("y", 500, true), ("y", 600, true), ("y", 700, true), ("y", 800, true), ("y", 911, false)],
            &[("j", 400, true), ("j", 450, true), ("j", 510, false)],
        ] {
            let start = Duration::from_secs(9);
            let mut left = Left { key: Some(key("y")), ..Left::new(start) };
            for (name, after, taken) in pressed {
                let took = left.takes(key(name), start + Duration::from_millis(*after));
                assert_eq!(took, *taken, "{name} after {after} ms of {pressed:?}");
            }
        }
    }

    #[test]
    fn who_holds_a_key_for_long_means_it() {
        let mut left = Left { key: Some(key("y")), ..Left::new(Duration::ZERO) };
        let presses = (10..).map(|n| Duration::from_millis(n * 50));
        let reached = presses.take(1_000).find(|at| !left.takes(key("y"), *at));
        assert_eq!(reached, Some(HELD));
    }
}
