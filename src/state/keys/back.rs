//! Going back: a filter is cleared, a screen left, and what runs for it ended.

use crate::effect::Effect;
use crate::screen::Screen;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Goes back one step: a filter is cleared, a label scope taken away, a screen left; then where one came from.
    pub(super) fn back(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let depth = self.stack.len();
        match self.stack.last_mut() {
            Some(screen) => {
                let cleared = match screen {
                    Screen::Table(pane) => pane.clear_filter(),
                    Screen::Journal(journal) => journal.clear_filter(),
                    Screen::Triage(triage) => triage.clear_filter(),
                    Screen::Logs(logs) => match logs.take_one_away() {
                        Some(words) => {
                            if !words.is_empty() {
                                self.tell(Severity::Info, words, now);
                            }
                            true
                        }
                        None => false,
                    },
                    _ => false,
                };
                if cleared {
                    return;
                }
                self.keep_ahead();
                if let Some(screen) = self.ahead.last().filter(|_| self.stack.len() < depth) {
                    let ops = screen.ops();
                    for op in ops {
                        self.end(op, effects);
                    }
                } else {
                    self.leave_screen(effects);
                }
                self.follow_release_logs(effects);
                self.watch_what_is_shown(now, effects);
            }
            None => {
                let cleared = match self.home.focused_mut() {
                    Some(pane) => pane.clear_filter(),
                    None => self.home.labels.clear_filter(),
                };
                let _ = cleared || self.home.go_back() || self.home.pins.pop().is_some();
            }
        }
    }

    /// Takes the top screen away, and ends what runs for it.
    pub(in crate::state) fn leave_screen(&mut self, effects: &mut Vec<Effect>) {
        self.leave_sheet(effects);
        match self.stack.pop() {
            Some(Screen::Logs(logs)) => self.end(logs.op, effects),
            Some(Screen::Text(text)) => {
                self.end(text.subject.op, effects);
                if let Some(op) = text.asked {
                    self.end(op, effects);
                }
            }
            Some(Screen::Containers(containers)) => self.end(containers.subject.op, effects),
            Some(Screen::Plan(plan)) => self.leave_plan(&plan, effects),
            Some(Screen::Release(release)) => {
                self.end(release.object_op, effects);
                if let Some(logs) = release.logs {
                    self.end(logs.op, effects);
                }
                if let Some(op) = release.holders_op {
                    self.end(op, effects);
                }
            }
            Some(Screen::Canary(canary)) => {
                for op in canary.ops() {
                    self.end(op, effects);
                }
            }
            Some(Screen::Relations(screen)) => self.end(screen.op, effects),
            Some(Screen::Recent(screen)) => self.end(screen.op, effects),
            Some(Screen::Why(screen)) => self.end(screen.op, effects),
            Some(Screen::Sheet(sheet)) => self.end(sheet.op, effects),
            Some(Screen::Journal(journal)) => self.end(journal.op, effects),
            Some(Screen::Explain(explain)) => self.end(explain.op, effects),
            Some(Screen::Triage(triage)) => {
                if let Some(op) = triage.op {
                    self.end(op, effects);
                }
            }
            Some(Screen::Table(pane)) => Self::leave_fleet(&pane, effects),
            Some(Screen::Operations(_) | Screen::Forwards(_)) | None => {}
        }
    }

    pub(in crate::state) fn end(&mut self, op: crate::effect::OpId, effects: &mut Vec<Effect>) {
        self.operations.end(op);
        effects.push(Effect::Cancel(op));
    }

    pub(in crate::state) fn go_home(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while !self.stack.is_empty() {
            self.leave_screen(effects);
        }
        self.watch_what_is_shown(now, effects);
    }
}
