//! What is chosen from a list, and the list of namespaces.

use crate::action::Action;
use crate::effect::Effect;
use crate::model::remote::What;
use crate::screen::home::Home;
use crate::screen::manifest::Source;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::state::notices::Severity;
use crate::state::remote::Place;
use crate::state::{Now, State};

impl State {
    pub(super) fn open_namespaces(&mut self, effects: &mut Vec<Effect>) {
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
            Command::Home => self.go_home(now, effects),
            Command::Kind(kind) => self.show_kind(kind, now, effects),
            Command::Go(go) => self.go(go, now, effects),
            Command::Namespace(namespace) => self.go_to_namespace(namespace, now, effects),
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
