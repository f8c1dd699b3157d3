//! What is done with logs: opened, narrowed, asked anew, saved, copied, paged.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::event::Unsaved;
use crate::model::log::{Containers, LogQuery, LogUpdate, Since};
use crate::screen::logs::Logs;
use crate::screen::logs::ask::{self, LogAsk, Question};
use crate::screen::logs::draw::time_words;
use crate::screen::logs::narrow::Part;
use crate::screen::logs::take::Which;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::{self, Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

mod open;
mod release;

/// More streams than this are no longer read by anybody.
const MOST_STREAMS: usize = 1_000;

/// Reads logs in the program's own session, or in one beside it.
fn read(session: Option<OpId>, op: OpId, query: LogQuery) -> Effect {
    match session {
        Some(session) => Effect::LogsIn(session, op, query),
        None => Effect::Logs(op, query),
    }
}

impl State {
    /// The logs on the screen.
    pub(super) fn logs(&self) -> Option<&Logs> {
        match self.stack.last() {
            Some(Screen::Logs(logs)) => Some(logs),
            _ => None,
        }
    }

    pub(super) fn logs_mut(&mut self) -> Option<&mut Logs> {
        match self.stack.last_mut() {
            Some(Screen::Logs(logs)) => Some(logs),
            _ => None,
        }
    }

    /// The logs have the whole screen: only the words that are on every screen are drawn around them.
    pub fn logs_fill_the_screen(&self) -> bool {
        self.logs().is_some_and(|logs| logs.show.full)
    }

    /// A log has something to say.
    pub fn on_log(&mut self, op: OpId, update: LogUpdate) {
        let over = matches!(update, LogUpdate::Ended | LogUpdate::Failed(_));
        let found = self.stack.iter_mut().find_map(|screen| match screen {
            Screen::Logs(logs) if logs.op == op => Some(logs),
            Screen::Release(release) => release.logs.as_mut().filter(|logs| logs.op == op),
            _ => None,
        });
        if let Some(logs) = found {
            logs.on_update(update);
            if over {
                self.operations.end(op);
            }
        }
    }

    /// Logs know how large they are drawn.
    pub(super) fn settle_logs(&mut self) {
        let size = self.size;
        let beside = match self.stack.last() {
            Some(Screen::Release(_)) => screen::release::draw::logs_area(screen::body(size)),
            _ => None,
        };
        match self.stack.last_mut() {
            Some(Screen::Logs(logs)) => {
                let area = screen::logs_area(size, logs.show.full);
                logs.settle((area.width, area.height));
            }
            Some(Screen::Release(release)) => {
                if let (Some(logs), Some(area)) = (&mut release.logs, beside) {
                    logs.settle((area.width, area.height));
                }
            }
            _ => {}
        }
    }

    /// Does what the log screen can do; false when the action means nothing there.
    pub(super) fn act_on_logs(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(logs) = self.logs() else { return false };
        let span = |seconds: u32| (Some(Since::Seconds(seconds)), None);
        let (since, tail) = match action {
            Action::SinceTail => (None, Some(self.settings.logs.tail)),
            Action::SinceStart => (None, None),
            Action::Since1m => span(60),
            Action::Since5m => span(5 * 60),
            Action::Since15m => span(15 * 60),
            Action::Since30m => span(30 * 60),
            Action::Since1h => span(60 * 60),
            Action::SinceRollout => {
                match ask::since("rollout", logs.rollout, now.unix, &self.settings.zone) {
                    Ok(since) => (since, None),
                    Err(why) => {
                        self.tell(Severity::Info, why, now);
                        return true;
                    }
                }
            }
            action => return self.act_on_lines(action, now, effects),
        };
        self.ask_logs_anew(|query| (query.since, query.tail) = (since, tail), effects);
        true
    }

    fn act_on_lines(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::Filter => self.ask_for_logs(|_| Question::Narrow(Part::Search)),
            Action::Keep => self.ask_for_logs(|_| Question::Narrow(Part::Keep)),
            Action::Exclude => self.ask_for_logs(|_| Question::Narrow(Part::Exclude)),
            Action::Fields => self.ask_for_logs(|_| Question::Narrow(Part::Fields)),
            Action::Since => self.ask_for_logs(|logs| Question::Since { rollout: logs.rollout }),
            Action::Tail => self.ask_for_logs(|_| Question::Tail),
            Action::SaveShown => self.ask_where_to_save(Which::Shown, now),
            Action::SaveAll => self.ask_where_to_save(Which::All, now),
            Action::ChooseContainers => self.offer_containers(),
            Action::MoreStreams => self.more_streams(now, effects),
            Action::CopyLines => {
                let zone = self.settings.zone.clone();
                let text = self.logs().map(|logs| logs.text_of(Which::Marked, &zone)).unwrap_or_default();
                match text.strip_suffix('\n') {
                    Some(text) => effects.push(Effect::Copy(text.to_owned())),
                    None => self.tell(Severity::Info, "there is no line to copy", now),
                }
            }
            Action::OpenPager => self.open_pager(now, effects),
            Action::Separator => {
                let words = time_words(now.unix * 1_000_000_000, false, &self.settings.zone);
                if let Some(logs) = self.logs_mut() {
                    logs.separate(&format!("──────── {words} ────────"));
                }
            }
            action => return self.logs_mut().is_some_and(|logs| logs.act(action)),
        }
        true
    }

    /// Asks the cluster anew for the logs on the screen: lines that were read are forgotten.
    pub(super) fn ask_logs_anew(&mut self, change: impl FnOnce(&mut LogQuery), effects: &mut Vec<Effect>) {
        let Some(logs) = self.logs() else { return };
        let (before, mut query, title) = (logs.op, logs.query.clone(), logs.title.clone());
        let session = logs.elsewhere.as_ref().map(|(session, _)| *session);
        change(&mut query);
        self.end(before, effects);
        let op = self.start_op(format!("log of {title}"));
        effects.push(read(session, op, query.clone()));
        if let Some(logs) = self.logs_mut() {
            logs.begin_anew(op, query);
        }
    }

    fn ask_for_logs(&mut self, question: impl FnOnce(&Logs) -> Question) {
        let Some(logs) = self.logs() else { return };
        let question = question(logs);
        let text = match question {
            // A search begins anew, as in any pager.
            Question::Narrow(Part::Search) | Question::Since { .. } | Question::Save { .. } => String::new(),
            Question::Narrow(part) => logs.narrow.text(part).to_owned(),
            Question::Tail => logs.query.tail.map(|tail| tail.to_string()).unwrap_or_default(),
        };
        self.prompt = Some(Prompt::Log(LogAsk { question, line: LineEdit::with(&text) }));
    }

    fn ask_where_to_save(&mut self, which: Which, now: Now) {
        let Some(logs) = self.logs_mut() else { return };
        // What is saved is what was asked for, however soon it is saved.
        logs.look_to_the_end();
        let count = logs.count_of(which);
        if count == 0 {
            return self.tell(Severity::Info, "there is no line to save", now);
        }
        let line = LineEdit::with(&logs.file_name(now.unix));
        self.prompt = Some(Prompt::Log(LogAsk { question: Question::Save { which, count }, line }));
    }

    /// What is typed narrows while one types.
    pub(super) fn log_line_changed(&mut self, ask: &LogAsk) {
        if let Question::Narrow(part) = ask.question
            && let Some(logs) = self.logs_mut()
        {
            logs.typed(part, ask.line.text());
        }
    }

    /// Enter after a value for logs; what means nothing goes on being typed.
    pub(super) fn answer_log_ask(&mut self, ask: LogAsk, now: Now, effects: &mut Vec<Effect>) {
        let text = ask.line.text().to_owned();
        match ask.question {
            Question::Narrow(part) => {
                let broken = self.logs().is_some_and(|logs| logs.narrow.error.is_some());
                if part == Part::Search
                    && !broken
                    && let Some(logs) = self.logs_mut()
                {
                    logs.find_first();
                }
            }
            Question::Since { rollout } => match ask::since(&text, rollout, now.unix, &self.settings.zone) {
                Ok(since) => self.ask_logs_anew(|query| query.since = since, effects),
                Err(_) => self.prompt = Some(Prompt::Log(ask)),
            },
            Question::Tail => match ask::tail(&text) {
                Ok(tail) => self.ask_logs_anew(|query| query.tail = tail, effects),
                Err(_) => self.prompt = Some(Prompt::Log(ask)),
            },
            Question::Save { .. } if text.trim().is_empty() => self.prompt = Some(Prompt::Log(ask)),
            Question::Save { which, count } => {
                let zone = self.settings.zone.clone();
                let Some(logs) = self.logs_mut() else { return };
                logs.look_to_the_end();
                let lines = logs.text_of(which, &zone);
                let op = self.start_op(format!("save {count} lines to {text}"));
                effects.push(Effect::SaveFile(op, text.trim().to_owned(), lines));
            }
        }
    }

    /// Esc after a value for logs: what narrows is taken away.
    pub(super) fn give_log_ask_up(&mut self, ask: &LogAsk) {
        if let Question::Narrow(part) = ask.question
            && let Some(logs) = self.logs_mut()
        {
            logs.typed(part, "");
        }
    }

    fn offer_containers(&mut self) {
        let Some(logs) = self.logs() else { return };
        let entry = |label: &str, hint: &str, containers: Containers| Entry {
            label: label.to_owned(),
            aliases: &[],
            hint: if logs.query.containers == containers { "these".to_owned() } else { hint.to_owned() },
            command: Command::LogContainers(containers),
        };
        let mut entries = vec![
            entry("all", "all containers", Containers::All { init: false }),
            entry("all and init", "init and ephemeral containers too", Containers::All { init: true }),
        ];
        let known = logs.containers.iter();
        entries.extend(known.map(|name| entry(name, "", Containers::Named(vec![name.clone()]))));
        self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::LogContainers, entries))));
    }

    /// Containers were chosen.
    pub(super) fn choose_log_containers(&mut self, containers: Containers, effects: &mut Vec<Effect>) {
        self.ask_logs_anew(
            |query| {
                // A pod that was opened at one of its containers is opened as a whole.
                for target in &mut query.targets {
                    if let crate::model::log::LogTarget::Pod { container, .. } = target {
                        *container = None;
                    }
                }
                query.containers = containers;
            },
            effects,
        );
    }

    fn more_streams(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(logs) = self.logs() else { return };
        let (most, (_, of)) = (logs.query.most, logs.streams.counts);
        if of <= most {
            return self.tell(Severity::Info, "all streams are open", now);
        }
        if most >= MOST_STREAMS {
            return self.tell(Severity::Info, format!("{most} streams are the most there can be"), now);
        }
        let more = (most * 2).min(MOST_STREAMS);
        // What has been read stays: the reader opens those that wait.
        let Some(logs) = self.logs_mut() else { return };
        logs.query.most = more;
        effects.push(Effect::LogMost(logs.op, more));
        self.tell(Severity::Info, format!("at most {more} streams at once"), now);
    }

    fn open_pager(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.is_barred(Action::OpenPager, now, effects) {
            return;
        }
        let zone = self.settings.zone.clone();
        let Some(logs) = self.logs_mut() else { return };
        logs.look_to_the_end();
        let text = logs.text_of(Which::Shown, &zone);
        effects.push(Effect::OpenPager(text));
    }

    /// Lines were saved, or not.
    pub fn on_saved(&mut self, op: OpId, result: Result<String, Unsaved>, now: Now) {
        self.operations.end(op);
        self.handed_over(op, result.as_ref().err().map(|unsaved| unsaved.why.as_str()));
        match result {
            Ok(words) => self.tell(Severity::Info, words, now),
            Err(why) => self.tell(Severity::Error, format!("not saved: {why}"), now),
        }
    }
}
