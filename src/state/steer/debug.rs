//! Debugging a pod: which of its containers is looked into, and with which image.

use crate::model::record::Record;
use crate::release::Target;
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
}
