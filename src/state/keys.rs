//! What keys and pasted text do: typed lines first, then what lies over the screen, then the screen, then the program.

use crate::action::Action;
use crate::effect::{Effect, LogRequest, ObjectRef};
use crate::keymap::key::{KeyCode, KeyPress, show_sequence};
use crate::keymap::{Context, Resolved};
use crate::model::record::{Kind, Record};
use crate::model::view::Scope;
use crate::screen::detail::{Containers, Reading, Subject, Yaml};
use crate::screen::home::{Home, PaneId};
use crate::screen::logs::Logs;
use crate::screen::manifest::Source;
use crate::screen::overlay::{HelpView, Overlay};
use crate::screen::pane::{Pane, Sight};
use crate::screen::picker::{Command, Entry, Picker, PickerKind, palette_entries};
use crate::screen::scroll::Scroll;
use crate::screen::{self, Prompt, Screen, detail, logs, overlay, trouble};
use crate::state::notices::{Notice, Severity};
use crate::state::{Now, State};

impl State {
    /// Where keys are pressed now.
    pub fn context(&self) -> Context {
        match (&self.prompt, &self.overlay) {
            (Some(_), _) => return Context::Filter,
            (None, Some(Overlay::Picker(_))) => return Context::Palette,
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
        let context = self.context();
        self.pending.push(key);
        match self.keymap().resolve(context.stack(), &self.pending) {
            Resolved::Pending => {}
            Resolved::Action(action) => {
                self.pending.clear();
                self.notices.dismiss(now.mono);
                self.act(action, now, effects);
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

    fn type_key(&mut self, key: KeyPress, now: Now) {
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

    /// The typed line narrows or searches while one types.
    fn line_changed(&mut self, now: Now) {
        match self.prompt.clone() {
            Some(Prompt::Ask(_) | Prompt::Manifest(_) | Prompt::Reason(_) | Prompt::Word(_)) => return,
            Some(Prompt::Filter(line)) => self.set_filter(line.text()),
            Some(Prompt::Search(line)) => match self.stack.last_mut() {
                Some(Screen::Logs(logs)) => logs.search_for(line.text()),
                Some(Screen::Yaml(yaml)) => yaml.search_for(line.text()),
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
            Some(_) => {}
            None => match self.home.focused_mut() {
                Some(pane) => pane.set_filter(text),
                None => self.home.labels.set_filter(text),
            },
        }
    }

    /// Why what is typed is no filter.
    pub fn filter_error(&self) -> Option<&str> {
        match self.stack.last() {
            Some(Screen::Table(pane)) => pane.filter_error.as_deref(),
            Some(_) => None,
            None => self
                .home
                .focused()
                .map_or(self.home.labels.filter_error.as_deref(), |pane| pane.filter_error.as_deref()),
        }
    }

    /// Why what is typed cannot be searched.
    pub fn search_error(&self) -> Option<&str> {
        match self.stack.last() {
            Some(Screen::Logs(logs)) => logs.search_error.as_deref(),
            Some(Screen::Yaml(yaml)) => yaml.search_error.as_deref(),
            _ => None,
        }
    }

    /// Does what the user asked for.
    pub fn act(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        if self.prompt.is_some() {
            self.act_on_prompt(action, now, effects);
        } else if self.overlay.is_some() {
            self.act_on_overlay(action, now, effects);
        } else if !self.act_on_screen(action, now, effects) && !self.act_on_program(action, now, effects) {
            self.tell(Severity::Info, format!("{} means nothing here", action.info().label), now);
        }
    }

    fn act_on_prompt(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
        match action {
            Action::Open
                if matches!(
                    self.prompt,
                    Some(Prompt::Ask(_) | Prompt::Manifest(_) | Prompt::Reason(_) | Prompt::Word(_))
                ) =>
            {
                match self.prompt.take() {
                    Some(Prompt::Ask(ask)) => self.answer_ask(ask, now, effects),
                    Some(Prompt::Manifest(ask)) => {
                        if let Some(source) = ask.source() {
                            self.apply_manifest(source, now, effects);
                        }
                    }
                    Some(Prompt::Reason(line)) => self.typed_for_plan(None, Some(line.text())),
                    Some(Prompt::Word(line)) => self.typed_for_plan(Some(line.text()), None),
                    _ => {}
                }
            }
            Action::Back
                if matches!(
                    self.prompt,
                    Some(Prompt::Ask(_) | Prompt::Manifest(_) | Prompt::Reason(_) | Prompt::Word(_))
                ) =>
            {
                self.prompt = None;
            }
            Action::Open => {
                let search = matches!(self.prompt, Some(Prompt::Search(_)));
                self.prompt = None;
                if search && self.search_error().is_none() {
                    let height = self.text_height();
                    match self.stack.last_mut() {
                        Some(Screen::Logs(logs)) => {
                            logs.width = self.size.0;
                            logs.act(Action::SearchPrevious, height)
                        }
                        Some(Screen::Yaml(yaml)) => yaml.act(Action::SearchNext, height),
                        _ => false,
                    };
                }
            }
            Action::Back => {
                if let Some(prompt) = &mut self.prompt {
                    *prompt.line_mut() = crate::widget::line_edit::LineEdit::default();
                }
                self.line_changed(now);
                self.prompt = None;
            }
            action => {
                if let Some(Prompt::Ask(ask)) = &mut self.prompt {
                    ask.act(action);
                } else if matches!(self.prompt, Some(Prompt::Filter(_))) {
                    // While a filter is typed, the arrows move in what it leaves.
                    if matches!(self.stack.last(), Some(Screen::Journal(_))) {
                        self.act_on_journal(action, now, effects);
                    } else {
                        self.act_on_table(action, now);
                    }
                }
            }
        }
    }

    fn act_on_overlay(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) {
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
                Action::Quit => self.quit(now, effects),
                _ => {}
            },
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

    /// Lines of text on a screen of text.
    fn text_height(&self) -> usize {
        let body = screen::body(self.size);
        match self.stack.last() {
            Some(Screen::Logs(_)) => logs::draw::height(body.height),
            _ => detail::draw::height(body.height),
        }
    }

    fn act_on_screen(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        if matches!(self.stack.last(), Some(Screen::Plan(_))) && self.act_on_plan(action, now, effects) {
            return true;
        }
        if matches!(self.stack.last(), Some(Screen::Release(_))) && self.act_on_release(action, now, effects)
        {
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
        let height = self.text_height();
        let done = match self.stack.last_mut() {
            Some(Screen::Plan(_) | Screen::Release(_) | Screen::Journal(_) | Screen::Operations(_)) => false,
            Some(Screen::Logs(logs)) => {
                logs.width = self.size.0;
                logs.act(action, height)
            }
            Some(Screen::Yaml(yaml)) => yaml.act(action, height),
            Some(Screen::Containers(containers)) => containers.act(action),
            Some(Screen::Table(_)) => self.act_on_table(action, now),
            None => self.home.act(action) || self.act_on_table(action, now),
        };
        done || self.act_on_change(action, now, effects) || self.act_on_object(action, now, effects)
    }

    fn act_on_table(&mut self, action: Action, now: Now) -> bool {
        let sight = Sight { cache: &self.cache, now, many_namespaces: self.session.namespace.is_none() };
        let pane: &mut Pane = match self.stack.last_mut() {
            Some(Screen::Table(pane)) => pane,
            Some(_) => return false,
            None => match self.home.focused_mut() {
                Some(pane) => pane,
                None => return self.home.labels.act(action, &self.home.counts),
            },
        };
        let look = sight.look(pane.kind, pane.height);
        pane.act(action, look)
    }

    /// The object under the cursor.
    pub(super) fn object(&self) -> Option<&Record> {
        match self.stack.last() {
            Some(Screen::Table(pane)) => pane.record(self.cache.table(pane.kind)),
            Some(Screen::Containers(screen)) => self.cache.get(Kind::Pod, &screen.subject.uid),
            Some(Screen::Yaml(screen)) => self.cache.get(screen.subject.object.kind, &screen.subject.uid),
            Some(Screen::Release(screen)) => {
                let kind = Kind::ALL.into_iter().find(|kind| screen.target.resource == (*kind).into())?;
                self.cache.get(kind, &screen.target.uid)
            }
            Some(Screen::Logs(_) | Screen::Plan(_) | Screen::Journal(_) | Screen::Operations(_)) => None,
            None => self.home.focused().and_then(|pane| pane.record(self.cache.table(pane.kind))),
        }
    }

    fn act_on_object(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::Open => self.open(now, effects),
            Action::Yaml => self.open_yaml(now, effects),
            Action::Release => self.open_release(now, effects),
            Action::Logs => self.open_logs(false, now, effects),
            Action::PreviousLogs => self.open_logs(true, now, effects),
            Action::CopyName => {
                let name = match self.stack.last() {
                    Some(Screen::Containers(screen)) => Some(screen.selected.clone()),
                    Some(Screen::Logs(logs)) => Some(logs.request.pod.clone()),
                    _ => self.object().map(|record| record.meta().name.to_string()),
                };
                match name {
                    Some(name) => effects.push(Effect::Copy(name)),
                    None => self.tell(Severity::Info, "nothing is selected", now),
                }
            }
            Action::Filter => self.open_prompt(),
            Action::Back => self.back(now, effects),
            _ => return false,
        }
        true
    }

    fn open_prompt(&mut self) {
        use crate::widget::line_edit::LineEdit;
        self.prompt = Some(match self.stack.last() {
            Some(Screen::Logs(_) | Screen::Yaml(_)) => Prompt::Search(LineEdit::default()),
            Some(Screen::Table(pane)) => Prompt::Filter(LineEdit::with(&pane.filter_text)),
            Some(Screen::Journal(journal)) => Prompt::Filter(LineEdit::with(&journal.filter)),
            Some(Screen::Containers(_) | Screen::Plan(_) | Screen::Release(_) | Screen::Operations(_)) => {
                return;
            }
            None => {
                let text =
                    self.home.focused().map_or(&self.home.labels.filter_text, |pane| &pane.filter_text);
                Prompt::Filter(LineEdit::with(text))
            }
        });
    }

    /// Goes down: to the pods, the containers, the log; a label scopes everything.
    fn open(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.stack.last() {
            Some(Screen::Containers(screen)) => {
                let previous = screen.previous;
                self.open_logs(previous, now, effects);
            }
            // Enter never confirms a plan.
            Some(
                Screen::Yaml(_)
                | Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Journal(_)
                | Screen::Operations(_),
            ) => {}
            // On a revision it opened a plan; this is a pod.
            Some(Screen::Release(_)) => {
                if let Some(pod) = self.release_pod().cloned() {
                    self.open_containers_of(&pod, now, effects);
                }
            }
            Some(Screen::Table(pane)) if pane.kind == Kind::Pod => self.open_containers(now, effects),
            Some(Screen::Table(pane)) if matches!(pane.kind, Kind::Deployment | Kind::Service) => {
                let kind = pane.kind;
                let Some(uid) = self.object().map(|record| record.meta().uid.clone()) else { return };
                self.go_home(now, effects);
                let pane = if kind == Kind::Deployment { PaneId::Deployments } else { PaneId::Services };
                self.home.return_here();
                self.home.focus_on(pane);
                if let Some(pane) = self.home.focused_mut() {
                    pane.go_to(&uid, self.cache.table(kind));
                }
                self.home.link(&Sight {
                    cache: &self.cache,
                    now,
                    many_namespaces: self.session.namespace.is_none(),
                });
                self.home.focus_on(PaneId::Pods);
            }
            Some(Screen::Table(pane))
                if matches!(pane.kind, Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet) =>
            {
                self.open_pods_owned(now, effects);
            }
            Some(Screen::Table(_)) => self.open_yaml(now, effects),
            None => match self.home.focus {
                PaneId::Pods => self.open_containers(now, effects),
                PaneId::Deployments | PaneId::Services => {
                    if self.object().is_some() {
                        self.home.return_here();
                        self.home.focus_on(PaneId::Pods);
                    }
                }
                PaneId::Labels => self.pin_label(),
            },
        }
    }

    /// The pods of the controller under the cursor, as a table of their own.
    fn open_pods_owned(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object() else { return };
        let (of, uid) = (crate::release::Target::of(record).to_string(), record.meta().uid.clone());
        let mut pane = Pane::new(Kind::Pod, self.settings.wide);
        let scope = Scope::owned_by([uid]);
        let candidates = self.cache.candidates(Kind::Pod, &scope);
        pane.view.set_scope(scope, candidates);
        pane.of = of;
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }

    fn pin_label(&mut self) {
        match self.home.labels.selected(&self.home.counts) {
            Some((key, Some(value))) => {
                let pin = (key, value);
                if !self.home.pins.contains(&pin) {
                    self.home.pins.push(pin);
                }
            }
            Some((_, None)) => self.home.counts.set_unfolded(true),
            None => {}
        }
    }

    /// Goes back one step: a filter is cleared, a label scope taken away, a screen left; then where one came from.
    fn back(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.stack.last_mut() {
            Some(screen) => {
                let cleared = match screen {
                    Screen::Table(pane) => pane.clear_filter(),
                    Screen::Journal(journal) => journal.clear_filter(),
                    _ => false,
                };
                if cleared {
                    return;
                }
                self.leave_screen(effects);
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
    pub(super) fn leave_screen(&mut self, effects: &mut Vec<Effect>) {
        match self.stack.pop() {
            Some(Screen::Logs(logs)) => self.end(logs.op, effects),
            Some(Screen::Yaml(yaml)) => self.end(yaml.subject.op, effects),
            Some(Screen::Containers(containers)) => self.end(containers.subject.op, effects),
            Some(Screen::Plan(plan)) => self.leave_plan(&plan, effects),
            Some(Screen::Release(release)) => {
                self.end(release.object_op, effects);
                if let Some(op) = release.holders_op {
                    self.end(op, effects);
                }
            }
            Some(Screen::Journal(journal)) => self.end(journal.op, effects),
            Some(Screen::Table(_) | Screen::Operations(_)) | None => {}
        }
    }

    pub(super) fn end(&mut self, op: crate::effect::OpId, effects: &mut Vec<Effect>) {
        self.operations.end(op);
        effects.push(Effect::Cancel(op));
    }

    fn go_home(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while !self.stack.is_empty() {
            self.leave_screen(effects);
        }
        self.watch_what_is_shown(now, effects);
    }

    fn subject(&mut self, record: &Record) -> Subject {
        let meta = record.meta();
        let object = ObjectRef {
            kind: record.kind(),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
        };
        let op = self.start_op(format!("read {}", meta.name));
        Subject { op, object, uid: meta.uid.clone(), reading: Reading::Waiting, stale: false }
    }

    fn open_yaml(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object().cloned() else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let subject = self.subject(&record);
        effects.push(Effect::GetYaml(subject.op, subject.object.clone()));
        self.stack.push(Screen::Yaml(Yaml::new(subject)));
        self.watch_what_is_shown(now, effects);
    }

    fn open_containers(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.object().cloned() {
            Some(record @ Record::Pod(_)) => self.open_containers_of(&record, now, effects),
            _ => self.tell(Severity::Info, "no pod is selected", now),
        }
    }

    fn open_containers_of(&mut self, record: &Record, now: Now, effects: &mut Vec<Effect>) {
        let subject = self.subject(record);
        effects.push(Effect::GetContainers(subject.op, subject.object.clone()));
        self.stack.push(Screen::Containers(Containers::new(subject)));
        self.watch_what_is_shown(now, effects);
    }

    /// The log of the selected container; of a pod's only container; of a workload's first pod, as kubectl does it.
    fn open_logs(&mut self, previous: bool, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Screen::Containers(screen)) = self.stack.last() {
            if screen.selected.is_empty() {
                return;
            }
            let object = screen.subject.object.clone();
            let container = screen.selected.clone();
            return self.follow_log(object.namespace, object.name, container, previous, effects);
        }
        let record = match self.stack.last() {
            Some(Screen::Release(_)) => self.release_pod(),
            _ => self.object(),
        };
        let Some(record) = record else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let pod = match record {
            Record::Pod(pod) => Some(pod),
            Record::ReplicaSet(_) | Record::StatefulSet(_) | Record::DaemonSet(_) => {
                let pods = self.cache.table(Kind::Pod);
                let owned = self.cache.indexes().pods_owned_by(&record.meta().uid).iter();
                owned.filter_map(|slot| pods.get(*slot)).find_map(|record| match record {
                    Record::Pod(pod) => Some(pod),
                    _ => None,
                })
            }
            Record::Deployment(_) | Record::Service(_) if self.stack.is_empty() => {
                let pods = self.cache.table(Kind::Pod);
                let slots = self.home.pods.view.all().iter();
                slots.filter_map(|slot| pods.get(*slot)).find_map(|record| match record {
                    Record::Pod(pod) => Some(pod),
                    _ => None,
                })
            }
            _ => None,
        };
        let Some(pod) = pod else {
            return self.tell(Severity::Info, "no pod is selected, so there is no log", now);
        };
        match pod.images.as_ref() {
            [only] => {
                let container = only.container.to_string();
                let (namespace, name) = (pod.meta.namespace.to_string(), pod.meta.name.to_string());
                self.follow_log(namespace, name, container, previous, effects);
            }
            _ => {
                let record = Record::Pod(pod.clone());
                let subject = self.subject(&record);
                effects.push(Effect::GetContainers(subject.op, subject.object.clone()));
                self.stack.push(Screen::Containers(Containers { previous, ..Containers::new(subject) }));
                self.watch_what_is_shown(now, effects);
                let run = if previous { " for the log of its run before" } else { "" };
                self.tell(Severity::Info, format!("several containers: choose one{run}"), now);
            }
        }
    }

    fn follow_log(
        &mut self,
        namespace: String,
        pod: String,
        container: String,
        previous: bool,
        effects: &mut Vec<Effect>,
    ) {
        let op = self.start_op(format!("log of {pod}/{container}"));
        let tail = self.settings.log_tail;
        let request = LogRequest { namespace, pod, container, previous, follow: !previous, tail };
        effects.push(Effect::Logs(op, request.clone()));
        let mut logs = Logs::new(op, request);
        logs.timestamps = self.settings.log_timestamps;
        logs.wrap = self.settings.log_wrap;
        self.stack.push(Screen::Logs(Box::new(logs)));
    }

    fn act_on_program(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        match action {
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
            Action::Messages => self.overlay = Some(Overlay::Messages(Scroll::default())),
            Action::Palette => {
                let names = |all: Vec<&String>| all.into_iter().cloned().collect::<Vec<_>>();
                let themes = names(self.choices.themes.iter().map(|(name, _)| name).collect());
                let keymaps = names(self.choices.keymaps.iter().map(|(name, _)| name).collect());
                self.overlay = Some(Overlay::Picker(Box::new(Picker::new(
                    PickerKind::Palette,
                    palette_entries(&themes, &keymaps),
                ))));
            }
            Action::Contexts => self.open_contexts(),
            Action::Namespaces => self.open_namespaces(effects),
            Action::AllNamespaces => {
                let to = if self.session.namespace.is_some() { None } else { self.session.narrow.clone() };
                if to.is_none() && self.session.namespace.is_none() {
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

    /// Whether an action of the home screen means something from another one: going to one of its panes.
    fn home_action(&self, action: Action) -> bool {
        use Action as A;
        !self.stack.is_empty()
            && matches!(action, A::FocusDeployments | A::FocusPods | A::FocusServices | A::FocusLabels)
    }

    fn open_contexts(&mut self) {
        let place = &self.session.place;
        let entries = place.contexts.iter().map(|name| Entry {
            label: name.clone(),
            aliases: &[],
            hint: if *name == place.context { "here".to_owned() } else { String::new() },
            command: Command::Context(name.clone()),
        });
        let mut picker = Picker::new(PickerKind::Contexts, entries.collect());
        if place.contexts.is_empty() {
            "the kubeconfig has no other context".clone_into(&mut picker.note);
        }
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    fn open_namespaces(&mut self, effects: &mut Vec<Effect>) {
        let op = self.start_op("list the namespaces");
        self.namespaces_op = Some(op);
        effects.push(Effect::ListNamespaces(op));
        // Until the answer is there, and where listing is forbidden: those that are known from what is on the screen.
        let mut known: Vec<String> = self.session.namespace.iter().cloned().collect();
        for kind in Home::KINDS {
            known.extend(
                self.cache
                    .table(kind)
                    .iter()
                    .map(|(_, record)| record.meta().namespace.to_string())
                    .take(5_000),
            );
        }
        let mut picker =
            Picker::new(PickerKind::Namespaces, namespace_entries(known, self.session.namespace.as_deref()));
        "reading the namespaces…".clone_into(&mut picker.note);
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// Carries out a choice from a list.
    pub fn command(&mut self, command: Command, now: Now, effects: &mut Vec<Effect>) {
        match command {
            Command::Act(action @ (Action::FocusLabels | Action::FocusPods)) => {
                self.go_home(now, effects);
                self.home.act(action);
            }
            Command::Act(action) => self.act(action, now, effects),
            Command::Container(target, container, image) => self.offer_images(target, container, image),
            Command::Image(target, container, image) => {
                self.image_chosen(target, container, image, now, effects);
            }
            Command::Orphan(target, keep_serving) => self.orphan_pod(target, keep_serving, now, effects),
            Command::Switch(target, keys) => self.switch_to(target, keys, now, effects),
            Command::Canary(step, canary, stable) => self.canary_step(step, canary, stable, now, effects),
            Command::Apply(path) => self.apply_manifest(Source::File(path), now, effects),
            Command::Home => self.go_home(now, effects),
            Command::Kind(kind) => {
                self.go_home(now, effects);
                self.stack.push(Screen::Table(Box::new(Pane::new(kind, self.settings.wide))));
                self.watch_what_is_shown(now, effects);
            }
            Command::Namespace(namespace) => self.go_to_namespace(namespace, now, effects),
            Command::Context(name) if self.uncertain() => {
                let words =
                    format!("wait before going to {name}: a change is on its way, and its answer is awaited");
                self.tell(Severity::Warning, words, now);
            }
            Command::Context(name) if self.session.place.contexts.contains(&name) => {
                self.tell(Severity::Info, format!("opening context {name}"), now);
                self.session.opening = Some(name.clone());
                effects.push(Effect::OpenContext(name));
            }
            Command::Context(name) => {
                self.tell(Severity::Warning, format!("the kubeconfig has no context {name}"), now);
            }
            Command::Theme(name) => match self.choices.themes.iter().position(|(known, _)| *known == name) {
                Some(at) => self.settings.theme = at,
                None => self.tell(Severity::Warning, format!("there is no theme {name}"), now),
            },
            Command::Keymap(name) => {
                match self.choices.keymaps.iter().position(|(known, _)| *known == name) {
                    Some(at) => self.settings.keymap = at,
                    None => self.tell(Severity::Warning, format!("there is no keymap {name}"), now),
                }
            }
        }
    }
}

/// Entries for namespaces by name, all namespaces first.
pub fn namespace_entries(mut names: Vec<String>, here: Option<&str>) -> Vec<Entry> {
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    let all = Entry {
        label: "all".to_owned(),
        aliases: &["*"],
        hint: "every namespace".to_owned(),
        command: Command::Namespace(None),
    };
    let named = names.into_iter().map(|name| Entry {
        label: name.clone(),
        aliases: &[],
        hint: if here == Some(name.as_str()) { "here".to_owned() } else { String::new() },
        command: Command::Namespace(Some(name)),
    });
    std::iter::once(all).chain(named).collect()
}
