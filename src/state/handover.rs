//! A hand-over: where it is written is asked, what it needs is read, and it is written.

use jiff::Timestamp;

use crate::effect::{Effect, OpId};
use crate::gate::Mode;
use crate::handover::{Handed, Page, markdown};
use crate::inquiry::{Inquiry, Subject};
use crate::model::record::Seconds;
use crate::model::trouble::Trouble;
use crate::screen::handover::HandoverAsk;
use crate::screen::triage::TriageScreen;
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::triage::{Report, Scene, look};
use crate::widget::line_edit::LineEdit;

/// So far back changes are told.
const SPAN: (Seconds, &str) = (3_600, "hour");

/// One that is being read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The operation that reads, then the one that writes.
    op: OpId,
    path: String,
    about: Option<Subject>,
    /// The page, as soon as there is one.
    text: Option<String>,
}

/// What of a context's name can stand in the name of a file.
fn plain(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    name.chars().map(fits).collect()
}

impl State {
    /// The object that is meant: that of the screen of why, else what is under the cursor.
    fn handed_about(&self) -> Option<Subject> {
        match self.stack.last() {
            Some(Screen::Why(screen)) => Some(screen.subject.clone()),
            _ => self.meant_here().ok().map(|(subject, _)| subject),
        }
    }

    /// Asks where it is to be written.
    pub(super) fn ask_where_to_hand_over(&mut self, now: Now) {
        let time = Timestamp::from_second(now.unix).unwrap_or_default();
        let context = plain(&self.session.place.context);
        let name = format!("dogwatch-{context}-{}.md", time.strftime("%Y%m%d-%H%M%S"));
        let about = self.handed_about();
        self.prompt = Some(Prompt::Handover(HandoverAsk {
            line: LineEdit::offering(&name),
            about,
            ..HandoverAsk::default()
        }));
    }

    /// The path is known.
    pub(super) fn answer_handover(&mut self, ask: HandoverAsk, now: Now, effects: &mut Vec<Effect>) {
        let path = ask.line.text().trim().to_owned();
        if path.is_empty() {
            self.prompt = Some(Prompt::Handover(ask));
            return;
        }
        match ask.text {
            Some(text) => self.write_handover(path, ask.about, text, effects),
            None => self.read_handover(path, ask.about, now, effects),
        }
    }

    /// `:bundle PATH`.
    pub(super) fn hand_over(&mut self, path: String, now: Now, effects: &mut Vec<Effect>) {
        let about = self.handed_about();
        self.read_handover(path, about, now, effects);
    }

    fn read_handover(&mut self, path: String, about: Option<Subject>, now: Now, effects: &mut Vec<Effect>) {
        if let Some(before) = self.handover.take() {
            self.end(before.op, effects);
        }
        let op = self.start_op(format!("read for the hand-over {path}"));
        let namespace = self.session.namespace.as_deref().map(str::to_owned);
        let question =
            Inquiry::Handover { about: about.clone(), namespace, since: now.unix - SPAN.0, now: now.unix };
        effects.push(Effect::Inquire(op, question));
        self.tell(Severity::Info, format!("reading for the hand-over to {path}"), now);
        self.handover = Some(Handover { op, path, about, text: None });
    }

    /// What is wrong: as the list shows it, or as far as is known without it.
    fn report_for_handover(&self, now: Now) -> Report {
        let shown = self.stack.iter().rev().find_map(|screen| match screen {
            Screen::Triage(screen) if screen.looked.is_some() => Some(screen),
            _ => None,
        });
        let none = TriageScreen::default();
        let screen = shown.map_or(&none, |screen| &**screen);
        look(&Scene {
            cache: &self.cache,
            now: now.unix,
            thresholds: &self.settings.triage.thresholds,
            feeds: &self.triage_feeds(screen),
            certificates: &screen.certificates,
        })
    }

    /// It was read: the page is written.
    pub(super) fn on_handed(&mut self, op: OpId, handed: &Handed, now: Now, effects: &mut Vec<Effect>) {
        let Some(handover) = self.handover.take_if(|handover| handover.op == op) else { return };
        let Handover { path, about, .. } = handover;
        let time = Timestamp::from_second(now.unix).unwrap_or_default();
        let words = about.as_ref().map_or_else(String::new, |about| {
            let place =
                if about.namespace.is_empty() { String::new() } else { format!("{}/", about.namespace) };
            format!("{} {place}{}", about.resource.kind, about.name)
        });
        let place = &self.session.place;
        let page = Page {
            context: &place.context,
            namespace: &self.session.scope_words(),
            server: &place.server,
            version: &self.session.version,
            program: env!("CARGO_PKG_VERSION"),
            readonly: self.settings.policy.mode == Mode::ReadOnly,
            time: &time.to_zoned(self.settings.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
            now: now.unix,
            span: SPAN.1,
            about: &words,
            report: &self.report_for_handover(now),
        };
        let text = markdown(&page, handed);
        self.write_handover(path, about, text, effects);
    }

    fn write_handover(
        &mut self,
        path: String,
        about: Option<Subject>,
        text: String,
        effects: &mut Vec<Effect>,
    ) {
        let op = self.start_op(format!("write the hand-over {path}"));
        effects.push(Effect::SaveFile(op, path.clone(), text.clone()));
        self.handover = Some(Handover { op, path, about, text: Some(text) });
    }

    /// It could not be read: it was cancelled.
    pub(super) fn on_not_handed(&mut self, op: OpId, trouble: &Trouble, now: Now) {
        if self.handover.take_if(|handover| handover.op == op).is_some() {
            self.tell(Severity::Error, format!("no hand-over: {trouble}"), now);
        }
    }

    /// It was written, or not: then it is asked for another file, unless something else is being asked.
    pub(super) fn handed_over(&mut self, op: OpId, refused: Option<&str>) {
        let Some(handover) = self.handover.take_if(|handover| handover.op == op) else { return };
        if let Some(why) = refused
            && self.prompt.is_none()
            && self.overlay.is_none()
        {
            let Handover { path, about, text, .. } = handover;
            let refused = Some(why.to_owned());
            self.prompt =
                Some(Prompt::Handover(HandoverAsk { line: LineEdit::with(&path), about, text, refused }));
        }
    }
}
