//! What keys do in what lies over the screen: lists to choose from, help, messages.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Context;
use crate::screen::overlay::{self, Overlay};
use crate::state::{Now, State};

impl State {
    pub(super) fn act_on_overlay(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        let height = overlay::height(self.size.1);
        match &mut self.overlay {
            Some(Overlay::Picker(picker)) => match action {
                Action::Back => self.overlay = None,
                Action::Down => picker.step(1),
                Action::Up => picker.step(-1),
                Action::PageDown => picker.step(height as isize),
                Action::PageUp => picker.step(-(height as isize)),
                Action::Top => picker.step(isize::MIN),
                Action::Bottom => picker.step(isize::MAX),
                Action::Open => match picker.choose() {
                    Ok(command) => {
                        self.overlay = None;
                        self.command(command, now, effects);
                    }
                    Err(why) => picker.note = why,
                },
                Action::Favourite => self.toggle_favourite(now),
                Action::Quit => self.quit(now, effects),
                _ => {}
            },
            Some(Overlay::Columns(_)) => self.act_on_columns(action),
            Some(Overlay::Help(help)) => {
                let mut scroll = help.scroll;
                let len = overlay::help_lines(self, &self.help_contexts(), self.size.0).len();
                match action {
                    Action::Back | Action::Help | Action::Quit => self.overlay = None,
                    _ => {
                        scroll.act(action, len, height);
                        if let Some(Overlay::Help(help)) = &mut self.overlay {
                            help.scroll = scroll;
                        }
                    }
                }
            }
            Some(Overlay::Messages(scroll)) => match action {
                Action::Back | Action::Messages | Action::Quit => self.overlay = None,
                _ => {
                    scroll.act(action, self.notices.all().count() * 2, height);
                }
            },
            None => {}
        }
    }

    fn help_contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Some(Overlay::Help(help)) => help.contexts.clone(),
            _ => self.context().stack().to_vec(),
        }
    }
}
