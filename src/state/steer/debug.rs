//! Debugging a pod: which of its containers is looked into, and with which image; and that it runs.

use crate::action::Action;
use crate::effect::OpId;
use crate::model::record::Record;
use crate::release::follow::debugger::runs;
use crate::release::{Change, Target};
use crate::screen::ask::{Ask, Question};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    /// Asks which container is meant, when there are several, and then for the image.
    pub(super) fn choose_debugged(&mut self, records: &[Record], now: Now) {
        let [Record::Pod(pod)] = records else {
            return self.tell(Severity::Info, "one pod at a time is debugged", now);
        };
        let target = Target::of(&records[0]);
        let names: Vec<String> = pod.images.iter().map(|one| one.container.to_string()).collect();
        if let Some(Screen::Containers(screen)) = self.stack.last()
            && names.contains(&screen.selected)
        {
            let shared = screen.selected.clone();
            return self.ask_debug_image(target, shared);
        }
        if let [only] = names.as_slice() {
            return self.ask_debug_image(target, only.clone());
        }
        let entry = |label: &str, hint: &str, shared: &str| Entry {
            label: label.to_owned(),
            aliases: &[],
            hint: hint.to_owned(),
            command: Command::Debug(target.clone(), shared.to_owned()),
        };
        let mut entries: Vec<Entry> = pod
            .images
            .iter()
            .map(|one| entry(&one.container, &format!("see its processes; {}", one.image), &one.container))
            .collect();
        entries.push(entry("(none)", "share the network only", ""));
        self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::Containers, entries))));
    }

    /// Asks for the image; the configuration's is there already.
    pub(in crate::state) fn ask_debug_image(&mut self, target: Target, shared: String) {
        let line = LineEdit::with(&self.settings.debug_image);
        self.prompt =
            Some(Prompt::Ask(Ask { question: Question::DebugImage { shared }, targets: vec![target], line }));
    }

    /// A container that has joined a pod runs: how it is attached to, as `kubectl debug -it` does by itself. Where the pod's
    /// containers are looked at, the cursor goes from the one that is debugged to it.
    pub(super) fn attach_offer(&mut self, id: OpId) -> Option<String> {
        let followed = self.changes.get(id)?;
        let (pod, name) = followed.debugger()?;
        if followed.outcome_words() != runs(name) {
            return None;
        }
        let (pod, name) = (pod.clone(), name.to_owned());
        let shared = followed.steps.iter().find_map(|state| match &state.step.change {
            Change::Debug { target, .. } => Some(target.clone()),
            _ => None,
        });
        let key = self.keymap().keys_for(Action::Attach, self.context().stack()).into_iter().next()?;
        let here = self.object().is_some_and(|record| record.meta().uid == pod.uid);
        match self.stack.last_mut() {
            Some(Screen::Containers(screen)) if here => {
                if shared.is_some_and(|shared| shared == screen.selected) {
                    screen.on_joined(&name);
                    return Some(format!("   {key} attaches"));
                }
                Some(format!("   {key} on {name} attaches"))
            }
            _ if here => Some(format!("   {key} attaches")),
            _ => Some(format!("   {key} on {} attaches", pod.name)),
        }
    }
}
