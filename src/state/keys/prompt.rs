//! The typed line: what it narrows or searches while one types, and what it is for.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::key::KeyPress;
use crate::screen::overlay::Overlay;
use crate::screen::reach::Reach;
use crate::screen::{Prompt, Screen};
use crate::state::remembered::Browsing;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    pub(super) fn type_key(&mut self, key: KeyPress, now: Now) {
        if let Some(prompt) = &mut self.prompt {
            if prompt.line_mut().on_key(key) {
                self.line_changed(now);
            }
        } else if let Some(Overlay::Picker(picker)) = &mut self.overlay
            && picker.line.on_key(key)
        {
            picker.narrow();
        }
    }

    /// The typed line narrows or searches while one types.
    pub(in crate::state) fn line_changed(&mut self, now: Now) {
        if let Some(Prompt::Handover(ask)) = &mut self.prompt {
            ask.refused = None;
        }
        match self.prompt.clone() {
            Some(
                Prompt::Ask(_)
                | Prompt::Manifest(_)
                | Prompt::Reach(_)
                | Prompt::Save(_)
                | Prompt::Handover(_)
                | Prompt::Reason(_)
                | Prompt::Word(_),
            ) => return,
            Some(Prompt::Log(ask)) => self.log_line_changed(&ask),
            Some(Prompt::Filter(line)) => self.set_filter(line.text()),
            Some(Prompt::Search(line)) => match self.stack.last_mut() {
                Some(Screen::Text(text)) => text.search_for(line.text()),
                Some(Screen::Sheet(sheet)) => sheet.search_for(line.text()),
                _ => {}
            },
            None => {}
        }
        self.work(now, 0);
    }

    fn set_filter(&mut self, text: &str) {
        match self.stack.last_mut() {
            Some(Screen::Table(pane)) => pane.set_filter(text),
            Some(Screen::Journal(journal)) => text.clone_into(&mut journal.filter),
            Some(Screen::Triage(triage)) => text.clone_into(&mut triage.filter),
            Some(_) => {}
            None => match self.home.focused_mut() {
                Some(pane) => {
                    pane.set_filter(text);
                    if !pane.view.filter().selectors().is_empty() {
                        let (.., plural, _) = pane.kind.resource();
                        let words = format!("the server is asked by a screen of its own: :{plural} /{text}");
                        pane.filter_error_at = 0;
                        pane.filter_error = Some(words);
                    }
                }
                None => self.home.labels.set_filter(text),
            },
        }
    }

    /// Why what is typed is no filter, and what is shown meanwhile.
    pub fn filter_error(&self) -> Option<String> {
        let pane = match self.stack.last() {
            Some(Screen::Table(pane)) => &**pane,
            Some(_) => return None,
            None => match self.home.focused() {
                Some(pane) => pane,
                None => return self.home.labels.filter_error.clone(),
            },
        };
        pane.filter_error.as_ref().map(|error| format!("{error}; {}", pane.shown_meanwhile()))
    }

    /// From where on what is typed is no filter.
    pub fn filter_error_at(&self) -> usize {
        let pane = match self.stack.last() {
            Some(Screen::Table(pane)) => Some(&**pane),
            Some(_) => None,
            None => self.home.focused(),
        };
        pane.filter(|pane| pane.filter_error.is_some()).map_or(0, |pane| pane.filter_error_at)
    }

    /// Why what is typed cannot be searched.
    pub fn search_error(&self) -> Option<&str> {
        match self.stack.last() {
            Some(Screen::Logs(logs)) => logs.narrow.error.as_deref(),
            Some(Screen::Text(text)) => text.search_error.as_deref(),
            Some(Screen::Sheet(sheet)) => sheet.search_error.as_deref(),
            _ => None,
        }
    }

    pub(super) fn act_on_prompt(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        let action = match (action, &self.prompt) {
            (Action::Older | Action::Newer, Some(Prompt::Filter(_))) => {
                return self.browse_filters(action == Action::Older, now);
            }
            // Elsewhere the arrows move.
            (Action::Older, _) => Action::Up,
            (Action::Newer, _) => Action::Down,
            _ => action,
        };
        if let Some(Prompt::Log(ask)) = &self.prompt {
            match action {
                Action::Open | Action::Back => {
                    let ask = ask.clone();
                    self.prompt = None;
                    if action == Action::Open {
                        self.answer_log_ask(ask, now, effects);
                    } else {
                        self.give_log_ask_up(&ask);
                    }
                }
                // While something is typed, the arrows move in what it leaves.
                action => {
                    self.logs_mut().map(|logs| logs.act(action));
                }
            }
            return;
        }
        match action {
            Action::Open
                if matches!(
                    self.prompt,
                    Some(
                        Prompt::Ask(_)
                            | Prompt::Manifest(_)
                            | Prompt::Reach(_)
                            | Prompt::Save(_)
                            | Prompt::Handover(_)
                            | Prompt::Reason(_)
                            | Prompt::Word(_)
                    )
                ) =>
            {
                match self.prompt.take() {
                    Some(Prompt::Ask(ask)) => self.answer_ask(ask, now, effects),
                    Some(Prompt::Manifest(ask)) => {
                        if let Some(source) = ask.source() {
                            self.apply_manifest(source, now, effects);
                        }
                    }
                    Some(Prompt::Reach(ask)) => match &ask.what {
                        Reach::Ports(_) => self.answer_ports(ask, now, effects),
                        Reach::Endpoint(port, _) => {
                            let port = port.clone();
                            self.answer_endpoint(ask, &port, now, effects);
                        }
                        Reach::Copy(container) => {
                            let container = container.clone();
                            self.answer_copy(ask, container, now, effects);
                        }
                    },
                    Some(Prompt::Save(ask)) => self.save_table(ask, effects),
                    Some(Prompt::Handover(ask)) => self.answer_handover(ask, now, effects),
                    Some(Prompt::Reason(line)) => {
                        self.typed_for_plan(None, Some(line.text()));
                        // It may be part of what is sent.
                        let place = self.stack.len().saturating_sub(1);
                        self.make_plan(place, now, effects);
                    }
                    Some(Prompt::Word(line)) => self.typed_for_plan(Some(line.text()), None),
                    _ => {}
                }
            }
            Action::Back
                if matches!(
                    self.prompt,
                    Some(
                        Prompt::Ask(_)
                            | Prompt::Manifest(_)
                            | Prompt::Reach(_)
                            | Prompt::Save(_)
                            | Prompt::Handover(_)
                            | Prompt::Reason(_)
                            | Prompt::Word(_)
                    )
                ) =>
            {
                self.prompt = None;
            }
            Action::Open => {
                self.note_filter();
                let search = matches!(self.prompt, Some(Prompt::Search(_)));
                self.prompt = None;
                if search && self.search_error().is_none() {
                    let height = self.text_height();
                    match self.stack.last_mut() {
                        Some(Screen::Text(text)) => text.act(Action::SearchNext, height),
                        Some(Screen::Sheet(sheet)) => sheet.act(Action::SearchNext, height),
                        _ => false,
                    };
                }
            }
            Action::Back => {
                if let Some(prompt) = &mut self.prompt {
                    *prompt.line_mut() = LineEdit::default();
                }
                self.line_changed(now);
                self.prompt = None;
            }
            action => {
                if let Some(Prompt::Ask(ask)) = &mut self.prompt {
                    ask.act(action);
                } else if let Some(Prompt::Reach(ask)) = &mut self.prompt {
                    ask.act(action);
                } else if matches!(self.prompt, Some(Prompt::Filter(_))) {
                    // While a filter is typed, the arrows move in what it leaves.
                    if matches!(self.stack.last(), Some(Screen::Journal(_))) {
                        self.act_on_journal(action, now, effects);
                    } else if matches!(self.stack.last(), Some(Screen::Triage(_))) {
                        self.act_on_triage(action, now, effects);
                    } else {
                        self.act_on_table(action, now);
                    }
                }
            }
        }
    }

    pub(super) fn open_prompt(&mut self) {
        self.browsing = Browsing::default();
        self.prompt = Some(match self.stack.last() {
            Some(Screen::Text(_) | Screen::Sheet(_)) => Prompt::Search(LineEdit::default()),
            Some(Screen::Table(pane)) => Prompt::Filter(LineEdit::with(&pane.filter_text)),
            Some(Screen::Journal(journal)) => Prompt::Filter(LineEdit::with(&journal.filter)),
            Some(Screen::Triage(triage)) => Prompt::Filter(LineEdit::with(&triage.filter)),
            Some(
                Screen::Containers(_)
                | Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Release(_)
                | Screen::Canary(_)
                | Screen::Operations(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Explain(_),
            ) => return,
            None => {
                let text =
                    self.home.focused().map_or(&self.home.labels.filter_text, |pane| &pane.filter_text);
                Prompt::Filter(LineEdit::with(text))
            }
        });
    }
}
