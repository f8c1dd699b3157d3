//! Copied files: asked for, told how far they are, and written down when they end (which files, how much, never what is in them).

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::journal::Entry;
use crate::model::record::Record;
use crate::reach::copy::{Copied, Copy, CopyUpdate, Progress, parse};
use crate::release::Target;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry as Row, Picker, PickerKind};
use crate::screen::reach::ReachAsk;
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// One that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    /// Its operation.
    pub op: OpId,
    /// What.
    pub copy: Copy,
    /// Since when.
    pub began: Now,
    /// How far.
    pub progress: Progress,
}

impl State {
    /// Begins a copy: which container is asked when there are several, and then what is copied.
    pub(super) fn begin_copy(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record @ Record::Pod(pod)) = self.object() else {
            return self.tell(Severity::Info, "copy is for a pod or one of its containers", now);
        };
        let target = Target::of(record);
        let names: Vec<String> = pod.images.iter().map(|one| one.container.to_string()).collect();
        if !self.may_connect(Action::CopyFiles, &target, "create pods/exec", now, effects) {
            return;
        }
        if let Some(Screen::Containers(screen)) = self.stack.last()
            && !screen.selected.is_empty()
        {
            let container = screen.selected.clone();
            return self.ask_copy(target, container);
        }
        if let [only] = names.as_slice() {
            return self.ask_copy(target, only.clone());
        }
        let entries = names.into_iter().map(|name| Row {
            label: name.clone(),
            aliases: &[],
            hint: "copy files out of it or into it".to_owned(),
            command: Command::Copy(target.clone(), name),
        });
        let picker = Picker::new(PickerKind::Containers, entries.collect());
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// Asks what is copied.
    pub(super) fn ask_copy(&mut self, target: Target, container: String) {
        self.prompt = Some(Prompt::Reach(ReachAsk::copy(target, container)));
    }

    /// The paths were typed.
    pub(super) fn answer_copy(
        &mut self,
        ask: ReachAsk,
        container: String,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let typed = ask.line.text().trim();
        if typed.is_empty() {
            return;
        }
        if !self.may_connect(Action::CopyFiles, &ask.target, "create pods/exec", now, effects) {
            return;
        }
        match parse(typed) {
            Ok((way, local, remote)) => {
                let copy = Copy { target: ask.target, container, way, local, remote };
                let op = self.start_op(format!("copy {}", copy.words()));
                self.copies.push(Copying {
                    op,
                    copy: copy.clone(),
                    began: now,
                    progress: Progress::default(),
                });
                self.tell(Severity::Info, format!("copying {}", copy.words()), now);
                self.write_copy(op, "begun", "", now, effects);
                effects.push(Effect::CopyFiles(op, copy));
            }
            Err(why) => {
                self.tell(Severity::Warning, why, now);
                self.prompt = Some(Prompt::Reach(ask));
            }
        }
    }

    /// Something happened to a copy.
    pub fn on_copy(&mut self, op: OpId, update: CopyUpdate, now: Now, effects: &mut Vec<Effect>) {
        let Some(one) = self.copies.iter_mut().find(|one| one.op == op) else { return };
        match update {
            CopyUpdate::Progress(progress) => {
                one.progress = progress;
                let seconds = now.mono.saturating_sub(one.began.mono).as_secs_f64();
                let words = format!("copy {}: {}", one.copy.words(), progress.words(seconds));
                let since = one.began;
                self.operations.again(op, words, since);
            }
            CopyUpdate::Ended(Ok(copied)) => {
                let seconds = now.mono.saturating_sub(one.began.mono).as_secs_f64();
                let Copied { progress, to, notes } = copied;
                let whole = notes.is_empty();
                one.progress = progress;
                let words = [vec![progress.words(seconds)], notes].concat().join("; ");
                let severity = if whole { Severity::Info } else { Severity::Warning };
                self.tell(severity, format!("copied to {to}: {words}"), now);
                self.close_copy(op, "done", &words, now, effects);
            }
            CopyUpdate::Ended(Err(why)) => {
                let words = format!("copy {}: {why}", one.copy.words());
                self.tell(Severity::Error, words, now);
                self.close_copy(op, "failed", &why, now, effects);
            }
        }
    }

    /// A copy is over: it is written down.
    fn close_copy(&mut self, op: OpId, outcome: &str, words: &str, now: Now, effects: &mut Vec<Effect>) {
        self.operations.end(op);
        let Some(one) = self.copies.iter().find(|one| one.op == op) else { return };
        let took = crate::model::units::age(now.unix, one.began.unix);
        self.write_copy(op, outcome, &format!("{words}, in {took}"), now, effects);
        self.copies.retain(|one| one.op != op);
    }

    fn write_copy(&mut self, op: OpId, outcome: &str, words: &str, now: Now, effects: &mut Vec<Effect>) {
        let Some(one) = self.copies.iter().find(|one| one.op == op) else { return };
        let entry = Entry {
            namespace: one.copy.target.namespace.clone(),
            object: one.copy.target.to_string(),
            title: format!("copy {} ({})", one.copy.words(), one.copy.container),
            outcome: outcome.to_owned(),
            words: words.to_owned(),
            ..self.entry(&format!("{}-{op}", one.began.unix), now)
        };
        self.write_down(entry, effects);
    }

    /// A copy that was cancelled is written down as such; false when the operation is none.
    pub(super) fn cancel_copy(&mut self, op: OpId, now: Now, effects: &mut Vec<Effect>) {
        let Some(one) = self.copies.iter().find(|one| one.op == op) else { return };
        let seconds = now.mono.saturating_sub(one.began.mono).as_secs_f64();
        let words = one.progress.words(seconds);
        self.close_copy(op, "cancelled", &words, now, effects);
    }

    /// Breaks all off: the program or the context is left.
    pub(super) fn cancel_copies(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let all: Vec<OpId> = self.copies.iter().map(|one| one.op).collect();
        for op in all {
            effects.push(Effect::Cancel(op));
            self.cancel_copy(op, now, effects);
        }
    }
}
