//! What is chosen from a list.

use crate::action::Action;
use crate::effect::Effect;
use crate::model::remote::What;
use crate::screen::manifest::Source;
use crate::screen::picker::Command;
use crate::state::notices::Severity;
use crate::state::remote::Place;
use crate::state::{Now, State};

impl State {
    /// Carries out a choice from a list.
    pub fn command(&mut self, command: Command, now: Now, effects: &mut Vec<Effect>) {
        match command {
            Command::Act(action @ (Action::FocusLabels | Action::FocusPods)) => {
                self.go_home(now, effects);
                self.home.act(action);
            }
            Command::Act(action) => self.act(action, now, effects),
            Command::CopyText(text) => effects.push(Effect::Copy(text)),
            Command::CopyTable(form) => self.copy_table(form, now, effects),
            Command::SaveTable(form) => self.ask_where_to_save_table(form, now),
            Command::Bookmark(name) => self.bookmark(&name, now),
            Command::Unbookmark(name) => self.unbookmark(&name, now),
            Command::Container(target, container, image) => self.offer_images(target, container, image),
            Command::Image(target, container, image) => {
                self.image_chosen(target, container, image, now, effects);
            }
            Command::Debug(target, shared) => self.ask_debug_image(target, shared),
            Command::Copy(target, container) => self.ask_copy(target, container),
            Command::Orphan(target, keep_serving) => self.orphan_pod(target, keep_serving, now, effects),
            Command::Switch(target, keys) => self.switch_to(target, keys, now, effects),
            Command::Canary(service) => self.open_canary_of(&service, now, effects),
            Command::LogContainers(containers) => self.choose_log_containers(containers, effects),
            Command::Release(target) => self.open_release_of(target, now, effects),
            Command::Apply(path) => self.apply_manifest(Source::File(path), now, effects),
            Command::Door(name) => self.door_chosen(&name, now, effects),
            Command::Exec(command) => self.enter(What::Command(command), Place::Here, now, effects),
            Command::Reveal(key) => self.reveal(key, now, effects),
            Command::Explain(path) => self.explain(&path, now, effects),
            Command::Can(words) => self.can(&words, now, effects),
            Command::Recent(span) => self.recent_typed(&span, now, effects),
            Command::Bundle(path) => self.hand_over(path, now, effects),
            Command::Triage(namespace) => {
                self.go_to_namespaces(namespace, now, effects);
                self.act(Action::Triage, now, effects);
            }
            Command::Why(of) => self.why_typed(&of, now, effects),
            Command::Home => self.go_home(now, effects),
            Command::Kind(kind) => self.show_kind(kind, now, effects),
            Command::Go(go) => self.go(go, now, effects),
            Command::Namespace(namespace) => self.go_to_namespaces(namespace, now, effects),
            Command::Context(name) if self.uncertain() => {
                let words =
                    format!("wait before going to {name}: a change is on its way, and its answer is awaited");
                self.tell(Severity::Warning, words, now);
            }
            Command::Context(name) => self.open_context(name, now, effects),
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
