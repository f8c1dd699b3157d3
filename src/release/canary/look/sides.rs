//! Which side each deployment is, and why it is thought so; and the labels that tell them apart.

use super::{Held, Part, Row, Selected, of_deployment, side, track};
use crate::model::labels::contains_all;
use crate::model::record::{Deployment, Labels};
use crate::model::text::Text;
use crate::model::uid::Uid;
use crate::release::canary::{Side, ordered, says_canary};

/// The deployments behind the service.
pub(super) fn parts(
    behind: &[&Deployment],
    selector: &[(Text, Text)],
    pods: &[Selected<'_>],
    held: Option<Held<'_>>,
) -> Vec<Row> {
    // Where nothing else says which is which, the older one is the stable side.
    let mut behind = behind.to_vec();
    behind.sort_by_key(|it| (it.meta.created, it.meta.name.clone()));
    let count = |uid: &Uid| {
        let mine = |pod: &&Selected<'_>| pod.of.is_some_and(|of| of.meta.uid == *uid);
        pods.iter().filter(mine).filter(|pod| pod.is_ready()).count() as u32
    };
    // Ready where the service looks, not by the deployment's own count.
    let sides =
        ordered(behind.iter().map(|it| Side { ready: count(&it.meta.uid), ..side(it) }).collect::<Vec<_>>());
    let Some(first) = sides.iter().find(|side| says_stable(side, &behind)).or(sides.first()) else {
        return Vec::new();
    };
    let by_itself = stable_by(first, &behind, &sides);
    let held = held.filter(|held| {
        let turned = !by_itself.0 && *held.uid != first.target.uid;
        (held.chosen || turned) && sides.iter().any(|side| side.target.uid == *held.uid)
    });
    let is_chosen = held.is_some_and(|held| held.chosen);
    let (stable, by) = match held {
        Some(Held { uid, chosen: true }) => (uid.clone(), (true, "chosen here".to_owned())),
        Some(Held { uid, .. }) => {
            (uid.clone(), (false, "a guess: it had the most ready pods when this was opened".to_owned()))
        }
        None => (first.target.uid.clone(), by_itself),
    };
    sides
        .iter()
        .filter_map(|one| {
            let deployment = behind.iter().find(|it| it.meta.uid == one.target.uid)?;
            let part = match one.target.uid == stable {
                _ if sides.len() == 1 => Part::Only,
                true => Part::Stable,
                false => Part::Canary,
            };
            let (sure, why) = match part {
                Part::Stable => by.clone(),
                Part::Canary if is_chosen && sides.len() == 2 => {
                    (true, "the other one is chosen as the stable side".to_owned())
                }
                Part::Canary => canary_by(one, deployment),
                _ => (true, "nothing else is behind the service, so there is no canary".to_owned()),
            };
            let label = apart(&deployment.template_labels, &behind, selector);
            // Plans count the deployment's own pods.
            Some(Row { sure, why, label, ..of_deployment(deployment, part, Some(side(deployment))) })
        })
        .collect()
}

/// Whether its pods carry a track that is called stable.
fn says_stable(side: &Side, behind: &[&Deployment]) -> bool {
    let deployment = behind.iter().find(|it| it.meta.uid == side.target.uid);
    !side.tried
        && deployment.and_then(|it| track(&it.template_labels)).is_some_and(|it| it.contains("stable"))
}

/// Whether it is sure that this is the stable side, and why.
fn stable_by(one: &Side, behind: &[&Deployment], sides: &[Side]) -> (bool, String) {
    if one.tried {
        return (false, "all of them say that they are canaries, and it has the most ready pods".to_owned());
    }
    let deployment = behind.iter().find(|it| it.meta.uid == one.target.uid);
    let track = deployment.and_then(|it| track(&it.template_labels));
    if let Some(track) = track.filter(|track| track.contains("stable")) {
        return (true, format!("its pods carry track={track}"));
    }
    let mut rivals = sides.iter().filter(|side| !side.tried && side.target != one.target).peekable();
    if rivals.peek().is_none() {
        let words = if sides.len() == 2 { "the other one is the canary" } else { "all others are canaries" };
        return (true, words.to_owned());
    }
    let words = if rivals.all(|side| side.ready < one.ready) {
        "a guess: it has the most ready pods"
    } else {
        "a guess: it is the oldest with as many ready pods"
    };
    (false, words.to_owned())
}

fn canary_by(one: &Side, deployment: &Deployment) -> (bool, String) {
    let track = track(&deployment.template_labels);
    match track {
        Some(track) if says_canary("", Some(track)) => (true, format!("its pods carry track={track}")),
        _ if one.tried => (true, "its name says so".to_owned()),
        Some(track) => {
            (false, format!("a guess: its pods carry track={track}, and it is not the stable side"))
        }
        None => (false, "a guess: it says nothing of itself, and is not the stable side".to_owned()),
    }
}

/// Labels of a template that not all have, but for those of the selector; `track` alone where it tells.
fn apart(labels: &Labels, behind: &[&Deployment], selector: &[(Text, Text)]) -> String {
    let alone = behind.len() < 2;
    let tells = |pair: &&(Text, Text)| {
        let pair = std::slice::from_ref(*pair);
        let all = behind.iter().all(|it| contains_all(&it.template_labels, pair));
        !selector.contains(&pair[0]) && (!all || alone && &*pair[0].0 == "track")
    };
    let mut found: Vec<&(Text, Text)> = labels.iter().filter(tells).collect();
    if let Some(track) = found.iter().position(|(key, _)| &**key == "track") {
        found = vec![found[track]];
    }
    found.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
