//! Blue/green: which side a service is switched to.

use crate::action::Action;
use crate::effect::Effect;
use crate::model::record::Record;
use crate::release::change::Merge;
use crate::release::colours::sides;
use crate::release::{Change, Target};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::plan::Joined;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Offers the other sides of a service.
    pub(super) fn choose_side(&mut self, records: &[Record], now: Now) {
        let [Record::Service(service)] = records else {
            return self.tell(Severity::Info, "one service at a time is switched", now);
        };
        let target = Target::of(&records[0]);
        let selector: Vec<(String, String)> =
            service.selector.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        if selector.is_empty() {
            let words = format!("{target} selects no pods: its endpoints are kept by hand");
            return self.tell(Severity::Info, words, now);
        }
        let Some(pods) = self.surroundings(&target).pods else {
            return self.tell(Severity::Info, "the pods of its namespace are not all here yet", now);
        };
        let entries: Vec<Entry> = sides(&selector, &pods, &self.templates(&target.namespace))
            .into_iter()
            .map(|side| Entry {
                label: side.label(),
                aliases: &[],
                hint: side.hint(),
                command: Command::Switch(target.clone(), side.keys),
            })
            .collect();
        if entries.is_empty() {
            let words = format!(
                "no other pods have all keys of the selector of {target} and share one of its values"
            );
            return self.tell(Severity::Info, words, now);
        }
        let mut picker = Picker::new(PickerKind::Sides, entries);
        let words: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        picker.note = format!("now {}", words.join(","));
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// A side was chosen: its plan.
    pub(in crate::state) fn switch_to(
        &mut self,
        target: Target,
        keys: Vec<(String, String)>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let keys = keys.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let change = Change::Selector { keys, how: Merge::Merge, insist: false };
        self.begin_plan(Action::SwitchService, vec![(target, change)], Joined::Bulk, now, effects);
    }
}
