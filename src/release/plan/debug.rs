//! An ephemeral container: what joins the pod, what it can see there, and that it cannot be taken away again.

use super::{Draft, Level, Line, kubectl};
use crate::release::facts::Facts;
use crate::release::follow::Goal;
use crate::release::json::{flag, items, text, uid};
use crate::release::request::{Refusal, simple};
use crate::release::{Change, Target};

/// What kubectl draws the end of such a name from: nothing that can be read as another character or as a word.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The change with a name, as kubectl would give it one: `debugger-` and five characters that follow from the pod and the time.
pub(super) fn named(change: &Change, facts: &Facts) -> Change {
    let Change::Debug { image, target, name } = change else { return change.clone() };
    if !name.is_empty() {
        return change.clone();
    }
    let mut number = facts.now.unsigned_abs();
    for byte in uid(&facts.gathered.object).bytes() {
        number = number.wrapping_mul(31).wrapping_add(u64::from(byte));
    }
    let mut name = format!("debugger-{}", suffix(number));
    while is_taken(&name, facts) {
        number = number.wrapping_add(1);
        name = format!("debugger-{}", suffix(number));
    }
    Change::Debug { image: image.clone(), target: target.clone(), name }
}

fn suffix(mut number: u64) -> String {
    let mut out = String::new();
    for _ in 0..5 {
        let at = number % LETTERS.len() as u64;
        out.push(char::from(LETTERS[at as usize]));
        number /= LETTERS.len() as u64;
    }
    out
}

/// All containers of a pod: their names are one set.
fn is_taken(name: &str, facts: &Facts) -> bool {
    ["containers", "initContainers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| items(&facts.gathered.object, &format!("/spec/{list}")))
        .any(|container| text(container, "/name") == name)
}

pub(super) fn draft(
    (image, shared, name): (&str, &str, &str),
    change: &Change,
    target: &Target,
    facts: &Facts,
) -> Result<Draft, Refusal> {
    let object = &facts.gathered.object;
    let phase = text(object, "/status/phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Refusal(format!("{target} has ended ({phase}): no container starts in it any more")));
    }
    if !text(object, "/metadata/deletionTimestamp").is_empty() {
        return Err(Refusal(format!("{target} is on its way: no container starts in it any more")));
    }
    if is_taken(name, facts) {
        return Err(Refusal(format!("{target} has a container {name} already")));
    }
    let known = items(object, "/spec/containers").iter().any(|one| text(one, "/name") == shared);
    if !shared.is_empty() && !known {
        return Err(Refusal(format!("{target} has no container {shared}")));
    }
    let mut lines = vec![
        Line::change("ephemeral", "(none)", format!("{name} ({image})")),
        Line::warning("stays", "it cannot be changed or taken away again: it is there as long as the pod is"),
    ];
    lines.push(match (shared, flag(object, "/spec/shareProcessNamespace")) {
        (_, true) => Line::warning(
            "shares",
            "the pod's containers share their processes: it sees all of them, can signal them and read their files",
        ),
        ("", false) => Line::effect("shares", "the pod's network, and no processes: it has no target"),
        (shared, false) => Line::warning(
            "shares",
            format!(
                "it sees the processes of {shared}, can signal them and read their files under /proc/PID/root"
            ),
        ),
    });
    lines.push(Line::effect("pod", "its containers go on running; none is restarted"));
    if image.is_empty() {
        return Err(Refusal("no image was chosen".to_owned()));
    }
    Ok(Draft {
        request: simple(change, target, object, true)?,
        goal: Goal::Debugging(name.to_owned()),
        inverse: None,
        lines,
        level: Level::Lasting,
        kubectl: kubectl::command(change, target),
    })
}
