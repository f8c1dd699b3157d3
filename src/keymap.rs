//! What a key means: contexts of keys, sequences of keys, names of actions, all of it data.
//!
//! The loop asks [`Keymap::resolve`] what was pressed; the bottom line and the help ask the other way round
//! ([`Keymap::keys_for`], [`Keymap::rows`]). No screen knows a key. Reading keymaps reads files: not on the loop.
//!
//! A context's own keys win over those of the contexts beneath it. There is no waiting: within a context no sequence is
//! the beginning of another one, so a key either acts, or is the beginning of something, or is nothing.

pub mod context;
pub mod key;
mod parse;
pub mod words;

use std::fmt::Write;
use std::path::Path;

pub use context::{Context, ContextInfo};
pub use key::{KeyCode, KeyPress};

use crate::action::{Action, ActionInfo};
use crate::config::library::{AskedBy, DEFAULT, Layer, Library};
use crate::config::warning::{Warning, Warnings};

/// The keymaps that are compiled in.
const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../keymaps/default.yaml")),
    ("k9s", include_str!("../keymaps/k9s.yaml")),
    ("vim", include_str!("../keymaps/vim.yaml")),
];

/// The bindings of every context, by its number; the newest first.
type Bindings = [Vec<Binding>; Context::COUNT];

/// One sequence of keys and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Binding {
    keys: Vec<KeyPress>,
    /// `None`: nothing, also when a context beneath knows the key.
    action: Option<Action>,
}

/// What a key sequence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// This action.
    Action(Action),
    /// The beginning of a longer sequence: keep the keys, and ask again with the next one.
    Pending,
    /// Nothing.
    None,
}

/// A row of the help: an action that can be reached, and its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// The action.
    pub action: &'static ActionInfo,
    /// Its keys, the user's own first.
    pub keys: Vec<String>,
}

/// A keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    name: String,
    bindings: Bindings,
}

/// All keymaps there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Keymaps {
    library: Library,
    own: Option<Layer>,
}

impl Keymaps {
    /// Those compiled in, and those in `keymaps/` of the configuration directories. `own` is the `keys:` part of
    /// the configuration, which lies over every keymap.
    pub fn new<'a>(config_dirs: impl IntoIterator<Item = &'a Path>, own: Option<Layer>) -> Self {
        Self {
            library: Library::new("keymap", BUILT_IN, config_dirs.into_iter().map(|dir| dir.join("keymaps"))),
            own,
        }
    }

    /// Their names, in the order in which `next-keymap` goes through them.
    pub fn names(&self) -> Vec<String> {
        self.library.names()
    }

    /// The keymap after `name`, around the end.
    pub fn after(&self, name: &str) -> String {
        crate::config::library::next_name(&self.names(), name)
    }

    /// A keymap. What is wrong with it is warned about, and what is underneath used. `asked_by` says who named it
    /// (`--keymap`).
    pub fn load(&self, name: &str, asked_by: impl Into<AskedBy>) -> (Keymap, Vec<Warning>) {
        let (layers, mut warnings) = self.library.layers(name, asked_by);
        let name = layers.last().map_or(DEFAULT, |top| top.name.as_str()).to_owned();
        let mut bindings: Bindings = std::array::from_fn(|_| Vec::new());
        for layer in &layers {
            let mut said = Warnings::new(layer.file.clone());
            parse::lay(layer, &mut bindings, &mut said);
            warnings.push(said);
        }
        if let Some(own) = &self.own {
            let mut said = Warnings::new(own.file.clone());
            parse::lay_contexts(&own.root, &mut bindings, &mut said);
            warnings.push(said);
        }
        (Keymap { name, bindings }, warnings.into_iter().flatten().collect())
    }
}

impl Keymap {
    /// The compiled-in default; reads no file.
    pub fn built_in() -> Self {
        Keymaps::new(None, None).load(DEFAULT, "").0
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `pressed` means in a stack of contexts, the nearest first (usually [`Context::stack`]).
    pub fn resolve(&self, contexts: &[Context], pressed: &[KeyPress]) -> Resolved {
        for context in contexts {
            for binding in &self.bindings[*context as usize] {
                if binding.keys == pressed {
                    return binding.action.map_or(Resolved::None, Resolved::Action);
                }
                if binding.action.is_some() && binding.keys.starts_with(pressed) {
                    return Resolved::Pending;
                }
            }
        }
        Resolved::None
    }

    /// The keys of an action in a stack of contexts, the user's own first; only those that really reach it.
    pub fn keys_for(&self, action: Action, contexts: &[Context]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for context in contexts {
            for binding in &self.bindings[*context as usize] {
                // Nearly every binding is another action's, and this is asked for each hint of each frame.
                if binding.action != Some(action) {
                    continue;
                }
                let shown = key::show_sequence(&binding.keys);
                if !found.contains(&shown) && self.reaches(contexts, binding) {
                    found.push(shown);
                }
            }
        }
        found
    }

    /// Every action that can be reached in a stack of contexts, in the order of the help.
    pub fn rows(&self, contexts: &[Context]) -> Vec<KeyRow> {
        Action::ALL
            .iter()
            .map(|action| KeyRow { action, keys: self.keys_for(action.action, contexts) })
            .filter(|row| !row.keys.is_empty())
            .collect()
    }

    /// Whether the keys of a binding, pressed one after the other, come to its action.
    fn reaches(&self, contexts: &[Context], binding: &Binding) -> bool {
        let last = binding.keys.len();
        (1..last).all(|to| self.resolve(contexts, &binding.keys[..to]) == Resolved::Pending)
            && self.resolve(contexts, &binding.keys)
                == binding.action.map_or(Resolved::None, Resolved::Action)
    }

    /// The keys that a context adds to those beneath it, and those that mean something else in it.
    fn own_rows(&self, info: &ContextInfo) -> Vec<KeyRow> {
        let mut rows = self.rows(info.stack);
        rows.retain_mut(|row| {
            let own = self.keys_for(row.action.action, &[info.context]);
            if !own.is_empty() {
                row.keys = own;
                return true;
            }
            words::has_own(row.action.action, info.context)
        });
        rows
    }

    /// The table of keys for the docs: each context with the keys that it adds to those beneath it, or that mean something else
    /// in it.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for info in Context::ALL {
            let rows = self.own_rows(info);
            if rows.is_empty() {
                continue;
            }
            let beneath: Vec<_> =
                info.stack[1..].iter().map(|context| format!("`{}`", context.info().name)).collect();
            let and = if beneath.is_empty() {
                String::new()
            } else {
                format!(" And the keys of {}.", beneath.join(", "))
            };
            let _ = writeln!(
                out,
                "### `{}`\n\n{}{and}\n\n| key | action | what it does |\n| --- | --- | --- |",
                info.name, info.doc
            );
            for row in rows {
                let keys: Vec<_> = row.keys.iter().map(|key| code(key)).collect();
                let help = words::words(row.action.action, info.stack).help;
                let _ = writeln!(out, "| {} | `{}` | {help} |", keys.join(", "), row.action.name);
            }
            out.push('\n');
        }
        let by_name: Vec<_> = self.by_name().collect();
        if !by_name.is_empty() {
            out.push_str("### By name\n\nIn the palette; any of them can be put on a key.\n\n");
            out.push_str("| palette | what it does |\n| --- | --- |\n");
            for info in by_name {
                let _ = writeln!(out, "| `:{}` | {} |", info.name, info.help);
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    }

    /// The actions that are on no key, and are reached by their name in the palette.
    pub fn by_name(&self) -> impl Iterator<Item = &'static ActionInfo> {
        Action::ALL.iter().filter(|info| {
            Context::ALL.iter().all(|context| self.keys_for(info.action, context.stack).is_empty())
        })
    }
}

/// A key as code in a cell of a table.
fn code(key: &str) -> String {
    let key = key.replace('|', "\\|");
    if key.contains('`') { format!("`` {key} ``") } else { format!("`{key}`") }
}

#[cfg(test)]
mod tests;
