//! Applying a manifest: it is read, its kinds are looked up, and its objects become one plan.
//!
//! Nothing is read in read-only mode. What is wrong with the text is told with its line, and nothing is planned then.

use std::cell::RefCell;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::resource::Resource;
use crate::model::trouble::Trouble;
use crate::release::apply::{Fault, known, read};
use crate::screen::manifest::{ManifestAsk, Source};
use crate::screen::plan::Joined;
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// So many faults of a text are told.
const TOLD: usize = 20;

/// A manifest that is on its way to its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applying {
    /// The operation that reads the file, then the one that looks the kinds up.
    pub op: OpId,
    /// Where it comes from, as kubectl takes it after `-f`.
    pub from: String,
    /// The text, once it is read.
    pub text: String,
}

impl State {
    /// Asks for a manifest, unless the mode forbids it.
    pub(super) fn ask_for_manifest(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.may_apply(now, effects) {
            self.prompt = Some(Prompt::Manifest(ManifestAsk::default()));
        }
    }

    fn may_apply(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        if self.is_barred(Action::Apply, now, effects) {
            return false;
        }
        if self.stack.iter().any(|screen| matches!(screen, Screen::Plan(_))) {
            self.tell(Severity::Info, "leave the plan first", now);
            return false;
        }
        true
    }

    /// A manifest is to be applied: it is read first.
    pub(super) fn apply_manifest(&mut self, source: Source, now: Now, effects: &mut Vec<Effect>) {
        if !self.may_apply(now, effects) {
            return;
        }
        if let Some(before) = self.applying.take() {
            self.end(before.op, effects);
        }
        let from = source.name().to_owned();
        match source {
            Source::File(path) => {
                let op = self.start_op(format!("read {path}"));
                self.applying = Some(Applying { op, from, text: String::new() });
                effects.push(Effect::ReadFile(op, path));
            }
            Source::Pasted(text) => {
                let op = self.start_op("read what was pasted");
                self.applying = Some(Applying { op, from, text: String::new() });
                self.on_file_read(op, Ok(text), now, effects);
            }
        }
    }

    /// The file was read, or not.
    pub fn on_file_read(
        &mut self,
        op: OpId,
        read: Result<String, String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        if self.applying.as_ref().is_none_or(|applying| applying.op != op) {
            return;
        }
        let text = match read {
            Ok(text) => text,
            Err(why) => {
                self.applying = None;
                return self.tell(Severity::Error, why, now);
            }
        };
        let unknown = unknown_versions(&text);
        if unknown.is_empty() {
            return self.plan_manifests(&text, &[], now, effects);
        }
        let words = format!("look up the kinds of {}", unknown.join(", "));
        let op = self.start_op(words);
        if let Some(applying) = &mut self.applying {
            (applying.op, applying.text) = (op, text);
        }
        effects.push(Effect::Kinds(op, unknown));
    }

    /// The kinds that the program does not name itself were looked up, or not.
    pub fn on_kinds(
        &mut self,
        op: OpId,
        result: Result<Vec<Resource>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        let Some(applying) = self.applying.take_if(|applying| applying.op == op) else { return };
        match result {
            Ok(kinds) => {
                let text = applying.text.clone();
                self.applying = Some(applying);
                self.plan_manifests(&text, &kinds, now, effects);
            }
            Err(trouble) => {
                let words = format!("{}: its kinds could not be looked up: {trouble}", name(&applying.from));
                self.tell(Severity::Error, words, now);
            }
        }
    }

    fn plan_manifests(&mut self, text: &str, kinds: &[Resource], now: Now, effects: &mut Vec<Effect>) {
        let Some(applying) = self.applying.take() else { return };
        let namespace = self.session.namespace.clone().or_else(|| {
            let narrow = self.session.narrow.clone();
            narrow.filter(|narrow| !narrow.contains([',', '*']))
        });
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        let lookup = |api_version: &str, kind: &str| {
            let served = || kinds.iter().find(|one| one.kind == kind && one.api_version() == api_version);
            known(api_version, kind).or_else(|| served().cloned())
        };
        match read(text, &namespace, &lookup) {
            Ok(manifests) => {
                let left_out: Vec<String> = manifests
                    .iter()
                    .filter(|one| !one.left_out.is_empty())
                    .map(|one| {
                        format!("{} of {} is the server's and left out", one.left_out.join(", "), one.target)
                    })
                    .collect();
                let change = |one: &crate::release::apply::Manifest| one.change(&applying.from);
                let wanted = manifests.iter().map(|one| (one.target.clone(), change(one))).collect();
                self.begin_plan(Action::Apply, wanted, Joined::Bulk, now, effects);
                if let (Some(screen), false) = (self.plan_on_top(), left_out.is_empty()) {
                    screen.note = crate::model::text::clean(&left_out.join("; ")).into_owned();
                }
            }
            Err(faults) => self.tell_faults(&applying.from, &faults, now),
        }
    }

    /// All of them, the first last, so that it is the one that is shown.
    fn tell_faults(&mut self, from: &str, faults: &[Fault], now: Now) {
        let more = faults.len().saturating_sub(1);
        for (at, fault) in faults.iter().enumerate().take(TOLD).rev() {
            let rest = match (at, more) {
                (0, 1..) => format!("   and {more} more, see the messages"),
                _ => String::new(),
            };
            let words = format!("{}: {fault}{rest}", name(from));
            self.tell(Severity::Error, crate::model::text::clean(&words).into_owned(), now);
        }
    }
}

fn name(from: &str) -> &str {
    if from == "-" { "pasted" } else { from }
}

/// The `apiVersion`s of kinds that the program does not name itself.
fn unknown_versions(text: &str) -> Vec<String> {
    let unknown = RefCell::new(Vec::new());
    let lookup = |api_version: &str, kind: &str| {
        let found = known(api_version, kind);
        let mut unknown = unknown.borrow_mut();
        if found.is_none() && !unknown.iter().any(|one| one == api_version) {
            unknown.push(api_version.to_owned());
        }
        found
    };
    // What is wrong is told once all kinds are known.
    let _ = read(text, "", &lookup);
    unknown.into_inner()
}
