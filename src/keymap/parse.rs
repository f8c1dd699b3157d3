//! What a keymap file says: contexts, keys, actions.
//!
//! Files are laid over each other; whatever cannot be understood is warned about with its line, and the rest counts.

use super::context::Context;
use super::key::{KeyPress, show_sequence};
use super::{Binding, Bindings};
use crate::action::Action;
use crate::config::library::Layer;
use crate::config::warning::{Warnings, did_you_mean};
use crate::config::yaml::{Node, Value};

/// Lays a keymap file over what is there: a key that is bound again, and a sequence that begins like one, is replaced.
pub fn lay(layer: &Layer, bindings: &mut Bindings, warnings: &mut Warnings) {
    for (key, node) in layer.root.entries("a keymap", warnings) {
        match key.text.as_str() {
            "keys" => lay_contexts(node, bindings, warnings),
            "doc" | "extends" => {}
            unknown => {
                let hint = did_you_mean(unknown, ["keys", "extends", "doc"]);
                warnings.add(key.line, format!("`{unknown}` is not a part of a keymap{hint}"));
            }
        }
    }
}

/// Lays the value of `keys:` over what is there.
pub fn lay_contexts(node: &Node, bindings: &mut Bindings, warnings: &mut Warnings) {
    for (key, node) in node.entries("`keys`", warnings) {
        let Some(context) = Context::from_name(&key.text) else {
            let hint = did_you_mean(&key.text, Context::ALL.iter().map(|info| info.name));
            warnings.add(key.line, format!("`{}` is not a context{hint}", key.text));
            continue;
        };
        let own = read_context(context, node, warnings);
        let below = std::mem::take(&mut bindings[context as usize]);
        // The newest first, so that the user's own keys are the ones that the bottom line names.
        let kept = below.into_iter().filter(|old| own.iter().all(|new| !collide(&new.keys, &old.keys)));
        bindings[context as usize] = own.iter().cloned().chain(kept).collect();
    }
}

fn read_context(context: Context, node: &Node, warnings: &mut Warnings) -> Vec<Binding> {
    let mut own: Vec<Binding> = Vec::new();
    let name = context.info().name;
    for (key, node) in node.entries(&format!("`{name}`"), warnings) {
        let keys = match KeyPress::parse_sequence(&key.text) {
            Ok(keys) => keys,
            Err(said) => {
                warnings.add(key.line, said);
                continue;
            }
        };
        if context.info().typing && keys[0].typed().is_some() {
            warnings.add(key.line, format!("`{}` cannot be bound in `{name}`: it is typed there", key.text));
            continue;
        }
        let Ok(action) = read_action(node, warnings) else { continue };
        let binding = Binding { keys, action };
        if let Some(other) = own.iter().find(|other| collide(&other.keys, &binding.keys)) {
            let (key, other) = (show_sequence(&binding.keys), show_sequence(&other.keys));
            let said = if key == other {
                format!("`{key}` is bound twice in `{name}`; the last one counts")
            } else {
                format!("`{key}` and `{other}` in `{name}` begin alike; the last one counts")
            };
            warnings.add(node.line, said);
            own.retain(|other| !collide(&other.keys, &binding.keys));
        }
        own.push(binding);
    }
    own
}

/// The action of a binding; the inner `None` is `null`: the key does nothing here.
fn read_action(node: &Node, warnings: &mut Warnings) -> Result<Option<Action>, Unknown> {
    if node.value == Value::Null {
        return Ok(None);
    }
    let name = node.text("an action", warnings).ok_or(Unknown)?;
    if let Some(action) = Action::from_name(name) {
        return Ok(Some(action));
    }
    let hint = did_you_mean(name, Action::ALL.iter().map(|info| info.name));
    warnings.add(node.line, format!("`{name}` is not an action{hint}"));
    Err(Unknown)
}

/// Not an action; it has been warned about.
struct Unknown;

/// Two sequences of which only one can be reached: equal, or one begins with the other.
fn collide(a: &[KeyPress], b: &[KeyPress]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}
