//! Contexts: the list of them, and going over to another one, which happens only when that one answers. Until then the one
//! before stays on the screen, live and usable.

use crate::effect::{Effect, OpId};
use crate::gate::Mode;
use crate::model::cache::Cache;
use crate::model::trouble::Trouble;
use crate::screen::Screen;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::state::notices::Severity;
use crate::state::session::{Choice, Opening, Place, Session};
use crate::state::{Now, State, glob};

impl State {
    /// Opens the list of contexts.
    pub(super) fn open_contexts(&mut self) {
        let entries = self.session.place.contexts.iter().map(|choice| Entry {
            label: choice.name.clone(),
            aliases: &[],
            hint: self.context_hint(choice),
            command: Command::Context(choice.name.clone()),
        });
        let mut picker = Picker::new(PickerKind::Contexts, entries.collect());
        if self.session.place.contexts.is_empty() {
            "the kubeconfig has no other context".clone_into(&mut picker.note);
        }
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// What is said of a context in the list: the marks first, since there may be little room.
    fn context_hint(&self, choice: &Choice) -> String {
        let mut words = Vec::new();
        let opening = self.session.opening.as_ref().is_some_and(|opening| opening.context == choice.name);
        for (said, word) in [
            (choice.name == self.session.place.context, "here"),
            (opening, "opening"),
            (self.mode_of(&choice.name) == Mode::ReadOnly, "READ-ONLY"),
            (self.is_protected(&choice.name), "PROTECTED"),
        ] {
            if said {
                words.push(word.to_owned());
            }
        }
        words.push(format!("{} / {}", choice.cluster, choice.namespace));
        words.join("  ")
    }

    /// Whether what is destructive is confirmed by typing in a context.
    fn is_protected(&self, context: &str) -> bool {
        self.settings.protected.iter().any(|pattern| glob(pattern, context))
    }

    /// What may be done in a context.
    fn mode_of(&self, context: &str) -> Mode {
        let here = context == self.session.place.context;
        let matches = self.settings.readonly_contexts.iter().any(|pattern| glob(pattern, context));
        match self.settings.policy.mode {
            _ if self.settings.readonly || matches => Mode::ReadOnly,
            // It was begun so.
            Mode::ReadOnly if here => Mode::ReadOnly,
            _ => Mode::ReadWrite,
        }
    }

    /// Whether this context is protected follows from its name.
    pub(crate) fn know_protection(&mut self) {
        self.settings.policy.protected = self.is_protected(&self.session.place.context);
    }

    /// Tries another context; this one stays meanwhile.
    pub(super) fn open_context(&mut self, name: String, now: Now, effects: &mut Vec<Effect>) {
        if !self.session.place.contexts.iter().any(|choice| choice.name == name) {
            return self.tell(Severity::Warning, format!("the kubeconfig has no context {name}"), now);
        }
        self.kinds.go_only_to(Some(&name));
        if let Some(before) = self.session.opening.take() {
            self.operations.end(before.op);
            effects.push(Effect::Cancel(before.op));
        }
        self.tell(Severity::Info, format!("opening context {name}; this one stays until it answers"), now);
        let op = self.start_op(format!("open context {name}"));
        effects.push(Effect::OpenContext(op, name.clone(), self.mode_of(&name)));
        self.session.opening = Some(Opening { op, context: name, place: None });
    }

    /// Another context answers, or does not.
    pub fn on_opened(&mut self, op: OpId, result: Result<Box<Place>, Trouble>, now: Now) {
        let Some(opening) = self.session.opening.as_mut().filter(|opening| opening.op == op) else { return };
        match result {
            Ok(place) => {
                let words = format!("context {} answers; it opens when this is done", opening.context);
                opening.place = Some(place);
                if self.is_busy() {
                    self.tell(Severity::Info, words, now);
                }
            }
            Err(trouble) => {
                let words = format!("context {} was not opened: {trouble}", opening.context);
                self.session.opening = None;
                self.operations.end(op);
                self.kinds.go_only_to(None);
                self.tell(Severity::Error, words, now);
            }
        }
    }

    /// Something is being typed, chosen or confirmed for this context, or a change's answer is awaited.
    fn is_busy(&self) -> bool {
        self.prompt.is_some()
            || self.overlay.is_some()
            || self.edit.is_some()
            || self.remote.is_under_way()
            || !self.pending.is_empty()
            || self.uncertain()
            || matches!(self.stack.last(), Some(Screen::Plan(_)))
    }

    /// Goes over to the context that answers, as soon as nobody is in the middle of something.
    pub fn go_over(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let answers = self.session.opening.as_ref().is_some_and(|opening| opening.place.is_some());
        if !answers || self.is_busy() {
            return;
        }
        let Some(Opening { op, place: Some(place), .. }) = self.session.opening.take() else { return };
        self.operations.end(op);
        self.leave_changes("the context was left", now, effects);
        self.close_forwards(now, effects);
        self.cancel_copies(now, effects);
        self.leave_all(effects);
        effects.push(Effect::GoOver(op));
        let mode = self.mode_of(&place.context);
        self.tell(Severity::Info, format!("context {}", place.context), now);
        self.session = Session { id: op, ..Session::new(*place, now.mono) };
        self.know_protection();
        self.settings.policy.mode = mode;
        self.watch_what_is_shown(now, effects);
        self.noted = None;
        if self.go_on(now, effects) {
            // Where one goes by a word is news; what is resumed was noted before.
            self.noted = Some(Default::default());
        } else if self.settings.resume {
            self.resume(true, now, effects);
        }
    }

    /// Forgets everything of this cluster.
    fn leave_all(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.operations.end_all().into_iter().map(Effect::Cancel));
        for screen in self.stack.drain(..) {
            if let Screen::Table(pane) = screen {
                Self::leave_fleet(&pane, effects);
            }
        }
        self.ahead.clear();
        self.selected.clear();
        *self.usage = crate::state::usage::Asking::default();
        self.overlay = None;
        self.prompt = None;
        self.applying = None;
        self.feeds = crate::state::feeds::Feeds::default();
        self.cache = Cache::default();
        self.statuses.clear();
        self.parked.clear();
        self.home.forget();
        self.kinds.forget();
        self.forget_rights();
        self.dress_home();
    }
}
