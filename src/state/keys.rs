//! What keys and pasted text do: typed lines first, then what lies over the screen, then the screen, then the program.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::key::{KeyCode, KeyPress, show_sequence};
use crate::keymap::words::words;
use crate::keymap::{Context, Resolved};
use crate::model::record::{Kind, Record};
use crate::screen::home::PaneId;
use crate::screen::overlay::{HelpView, Overlay};
use crate::screen::pane::{Pane, Sight};
use crate::screen::picker::{Command, Entry, Picker, PickerKind, palette_entries};
use crate::screen::plan::left::FIRST_REPEAT;
use crate::screen::scroll::Scroll;
use crate::screen::{self, Prompt, Screen, detail, trouble};
use crate::state::notices::{Notice, Severity};
use crate::state::{Now, State};

mod ahead;
mod back;
pub mod command;
mod open;
mod overlay;
mod prompt;

impl State {
    /// Where keys are pressed now.
    pub fn context(&self) -> Context {
        match (&self.prompt, &self.overlay) {
            (Some(_), _) => return Context::Filter,
            (None, Some(Overlay::Picker(_))) => return Context::Palette,
            (None, Some(Overlay::Columns(_))) => return Context::Columns,
            (None, Some(Overlay::Help(_))) => return Context::Help,
            (None, Some(Overlay::Messages(_))) => return Context::Pager,
            (None, None) => {}
        }
        match self.stack.last() {
            _ if trouble::fills_the_screen(self) => Context::Trouble,
            Some(screen) => screen.context(),
            None if self.home.focus == PaneId::Labels => Context::Labels,
            None => Context::Home,
        }
    }

    /// A key was pressed.
    pub fn on_key(&mut self, key: KeyPress, now: Now, effects: &mut Vec<Effect>) {
        let before = self.last_key.replace((key, now.mono));
        if let Some(Screen::Plan(screen)) = self.stack.last_mut() {
            // Keyboards wait longer before the first repetition of a key than a plan does.
            let again = before.is_some_and(|(last, at)| last == key && now.mono < at + FIRST_REPEAT);
            screen.on_key(again, now.mono);
        }
        if self.typed_ahead(key, now, effects) || self.is_stray(key, now) {
            return;
        }
        let context = self.context();
        self.pending.push(key);
        match self.keymap().resolve(context.stack(), &self.pending) {
            Resolved::Pending => {}
            Resolved::Action(action) => {
                self.pending.clear();
                self.notices.dismiss(now.mono);
                let before = self.plan_left;
                self.act(action, now, effects);
                if self.plan_left != before
                    && let Some(left) = &mut self.plan_left
                {
                    left.key = Some(key);
                }
            }
            Resolved::None => {
                let pressed = std::mem::take(&mut self.pending);
                if context.info().typing {
                    self.type_key(key, now);
                } else if pressed.len() > 1 && key.code == KeyCode::Esc {
                    // Esc only gives an unfinished sequence up.
                } else {
                    let help = self.keymap().keys_for(Action::Help, context.stack());
                    let help = help.first().map_or_else(String::new, |key| format!("; {key} shows the keys"));
                    let text = format!("{} does nothing here{help}", show_sequence(&pressed));
                    self.notices.hint(Notice {
                        at: now.mono,
                        unix: now.unix,
                        severity: Severity::Info,
                        text,
                    });
                }
            }
        }
    }

    /// Whether a key was typed so soon after a plan that it was meant for the plan, or is held down since; Ctrl-C always means
    /// what it means.
    fn is_stray(&mut self, key: KeyPress, now: Now) -> bool {
        let Some(left) = &mut self.plan_left else { return false };
        if key.ctrl && key.code == KeyCode::Char('c') {
            return false;
        }
        if !left.takes(key, now.mono) {
            self.plan_left = None;
            return false;
        }
        let text = format!("{} came right after the plan: it does nothing", show_sequence(&[key]));
        self.notices.hint(Notice { at: now.mono, unix: now.unix, severity: Severity::Info, text });
        true
    }

    /// Text was pasted: text where text is typed, nothing elsewhere.
    pub fn on_paste(&mut self, text: &str, now: Now) {
        if !self.takes_paste() {
            self.tell(Severity::Info, "pasted text confirms nothing: type it", now);
        } else if let Some(Prompt::Manifest(ask)) = &mut self.prompt {
            ask.paste(text);
        } else if let Some(prompt) = &mut self.prompt {
            prompt.line_mut().paste(text);
            self.line_changed(now);
        } else if let Some(Overlay::Picker(picker)) = &mut self.overlay {
            picker.line.paste(text);
            picker.narrow();
        } else {
            self.tell(Severity::Info, "pasted text is taken only where text is typed", now);
        }
    }

    /// Does what the user asked for.
    pub fn act(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        let depth = self.stack.len();
        if self.prompt.is_some() {
            self.act_on_prompt(action, now, effects);
        } else if self.overlay.is_some() {
            self.act_on_overlay(action, now, effects);
        } else if let Some(why) = self.unfit(action) {
            self.tell(Severity::Info, why, now);
        } else if self.is_barred(action, now, effects) {
            // It was said.
        } else if !self.act_on_screen(action, now, effects) && !self.act_on_program(action, now, effects) {
            let label = words(action, self.context().stack()).label;
            self.tell(Severity::Info, format!("{label} means nothing here"), now);
        }
        if self.stack.len() > depth && action != Action::GoForward {
            // One went another way: what was ahead is not any more.
            self.ahead.clear();
        }
        self.select_by_server(now, effects);
        self.follow_nodes(now, effects);
        self.ask_rights(effects);
        self.remember(effects);
    }

    /// Lines of text on a screen of text.
    fn text_height(&self) -> usize {
        detail::draw::height(screen::body(self.size).height)
    }

    fn act_on_screen(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        if self.act_on_fleet(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Plan(_))) && self.act_on_plan(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Release(_))) && self.act_on_release(action, now, effects)
        {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Canary(_))) && self.act_on_canary(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Journal(_))) && self.act_on_journal(action, now, effects)
        {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Operations(_)))
            && self.act_on_operations(action, now, effects)
        {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Logs(_))) && self.act_on_logs(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Forwards(_)))
            && self.act_on_forwards(action, now, effects)
        {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Sheet(_))) && self.act_on_sheet(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Relations(_)))
            && self.act_on_relations(action, now, effects)
        {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Recent(_))) && self.act_on_recent(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Why(_))) && self.act_on_why(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Triage(_))) && self.act_on_triage(action, now, effects) {
            return true;
        }
        if self.act_on_explain(action, effects) {
            return true;
        }
        let height = self.text_height();
        let done = match self.stack.last_mut() {
            Some(
                Screen::Plan(_)
                | Screen::Release(_)
                | Screen::Canary(_)
                | Screen::Journal(_)
                | Screen::Operations(_)
                | Screen::Logs(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Sheet(_)
                | Screen::Triage(_)
                | Screen::Explain(_),
            ) => false,
            Some(Screen::Text(text)) => text.act(action, height),
            Some(Screen::Containers(containers)) => {
                let told = detail::draw::told(containers, screen::body(self.size).height);
                containers.act(action, told)
            }
            Some(Screen::Table(_)) => self.act_on_table(action, now),
            None => self.home.act(action) || self.act_on_table(action, now),
        };
        done || self.act_on_change(action, now, effects) || self.act_on_object(action, now, effects)
    }

    fn act_on_table(&mut self, action: Action, now: Now) -> bool {
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        let pane: &mut Pane = match self.stack.last_mut() {
            Some(Screen::Table(pane)) => pane,
            Some(_) => return false,
            None => match self.home.focused_mut() {
                Some(pane) => pane,
                None => return self.home.labels.act(action, &self.home.counts),
            },
        };
        let (before, kind) = (pane.view.sort().to_vec(), pane.fleet.is_none());
        let done = pane.with_look(&sight, |pane, look| pane.act(action, look));
        if kind && pane.view.sort() != before {
            self.remember_order();
        }
        if kind && action == Action::Wide {
            self.remember_wide();
        }
        done
    }

    /// The object under the cursor.
    pub(super) fn object(&self) -> Option<&Record> {
        match self.stack.last() {
            // What is of another context is no object of this one.
            Some(Screen::Table(pane)) if pane.fleet.is_some() => None,
            // A group is no object.
            Some(Screen::Table(pane)) if pane.groups.is_some() => None,
            Some(Screen::Table(pane)) => pane.record(self.sight(self.now).table(pane)),
            Some(Screen::Containers(screen)) => self.cache.get(Kind::Pod, &screen.subject.uid),
            Some(Screen::Text(screen)) => self.cache.get(screen.subject.object.kind, &screen.subject.uid),
            Some(Screen::Release(screen)) => self.cache.get(screen.kind()?, &screen.target.uid),
            Some(Screen::Canary(screen)) => self.canary_record(screen),
            Some(Screen::Triage(_)) => self.triage_object(),
            Some(Screen::Why(screen)) => self.why_objects(screen).into_iter().flatten().next(),
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
            ) => None,
            None => self.home.focused().and_then(|pane| pane.record(self.cache.table(pane.kind))),
        }
    }

    fn act_on_object(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::Open => self.open(now, effects),
            Action::Explain => self.explain("", now, effects),
            Action::Endpoint => self.begin_endpoint(now, effects),
            Action::GroupEvents => self.group_events(now),
            Action::Can => self.open_rights(now, effects),
            Action::Relations => self.open_relations(now, effects),
            Action::Recent => self.open_recent(false, None, now, effects),
            Action::RecentOfObject => self.open_recent(true, None, now, effects),
            Action::Why => self.open_why(now, effects),
            Action::Forward => self.begin_forward(now, effects),
            Action::CopyFiles => self.begin_copy(now, effects),
            Action::Release => self.open_release(now, effects),
            Action::Canary => self.open_canary(now, effects),
            Action::Logs => self.open_logs(false, now, effects),
            Action::PreviousLogs => self.open_logs(true, now, effects),
            Action::CopyName => {
                let name = match self.stack.last() {
                    Some(Screen::Containers(screen)) => Some(screen.selected.clone()),
                    Some(Screen::Logs(logs)) => Some(logs.title.clone()),
                    _ => self.object().map(|record| record.meta().name.to_string()),
                };
                match name {
                    Some(name) => effects.push(Effect::Copy(name)),
                    None => self.tell(Severity::Info, "nothing is selected", now),
                }
            }
            Action::Filter => self.open_prompt(),
            Action::CopyMenu => self.open_copy_menu(now),
            action if self.act_for_text(action, now, effects) || self.act_on_text(action, now, effects) => {}
            action if self.act_on_remote(action, now, effects) => {}
            Action::Back => self.back(now, effects),
            _ => return false,
        }
        true
    }

    fn act_on_program(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::GoForward => self.go_forward(now, effects),
            Action::Columns => self.open_columns(now),
            Action::Quit => self.quit(now, effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Retry => {
                effects.push(Effect::RetryNow);
                self.tell(Severity::Info, "trying the connection again", now);
            }
            Action::Help => {
                let contexts = self.context().stack().to_vec();
                self.overlay = Some(Overlay::Help(HelpView { contexts, scroll: Scroll::default() }));
            }
            Action::Journal => {
                if !matches!(self.stack.last(), Some(Screen::Journal(_))) {
                    self.open_journal(now, effects);
                }
            }
            Action::Operations => {
                if !matches!(self.stack.last(), Some(Screen::Operations(_))) {
                    self.open_operations(now, effects);
                }
            }
            Action::Forwards => self.open_forwards(now, effects),
            Action::Triage => self.open_triage(now, effects),
            Action::Bundle => self.ask_where_to_hand_over(now),
            Action::Messages => self.overlay = Some(Overlay::Messages(Scroll::default())),
            Action::Palette => {
                let entries = self.palette();
                self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::Palette, entries))));
                self.discover(now, effects);
            }
            Action::Contexts => self.open_contexts(),
            Action::Namespaces => self.open_namespaces(effects),
            Action::AllNamespaces => {
                let narrow = self.session.text().is_some();
                let to = if narrow { None } else { self.session.narrow.clone() };
                if to.is_none() && !narrow {
                    self.tell(Severity::Info, "all namespaces are shown; choose one by `:ns`", now);
                }
                self.command(Command::Namespace(to), now, effects);
            }
            Action::NextTheme => {
                let next = (self.settings.theme + 1) % self.choices.themes.len();
                self.settings.theme = next;
                self.tell(Severity::Info, format!("theme {}", self.choices.themes[next].0), now);
            }
            Action::NextKeymap => {
                let next = (self.settings.keymap + 1) % self.choices.keymaps.len();
                self.settings.keymap = next;
                self.tell(Severity::Info, format!("keymap {}", self.choices.keymaps[next].0), now);
            }
            action if self.home_action(action) => {
                self.go_home(now, effects);
                self.home.act(action);
            }
            _ => return false,
        }
        true
    }

    /// Everything that can be gone to or done by its name, as far as it is known.
    pub(super) fn palette(&self) -> Vec<Entry> {
        let names = |all: Vec<&String>| all.into_iter().cloned().collect::<Vec<_>>();
        let themes = names(self.choices.themes.iter().map(|(name, _)| name).collect());
        let keymaps = names(self.choices.keymaps.iter().map(|(name, _)| name).collect());
        let mut entries = palette_entries(&themes, &keymaps, self.context().stack());
        entries.extend(self.kinds.entries());
        entries.extend(self.bookmark_entries());
        entries
    }

    /// Whether an action of the home screen means something from another one: going to one of its panes.
    fn home_action(&self, action: Action) -> bool {
        use Action as A;
        !self.stack.is_empty()
            && matches!(action, A::FocusDeployments | A::FocusPods | A::FocusServices | A::FocusLabels)
    }
}
