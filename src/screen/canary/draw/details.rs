//! What is said of the workload under the cursor, and of the two sides between which pods or images may move.

use super::{Canary, health, side};
use crate::model::text::clean;
use crate::model::units;
use crate::release::canary::look::{Look, Part, Row};
use crate::release::canary::{beyond_images, promote};
use crate::release::images::short;
use crate::release::{Change, scalers};
use crate::state::Now;
use crate::theme::Role;

/// Pods that are named at most, and differences.
const NAMED: usize = 3;

type Fact = (&'static str, Role, String);

/// A title, and labelled lines under it.
pub struct Said {
    /// The title.
    pub title: Option<String>,
    /// What is said.
    pub facts: Vec<Fact>,
}

/// What is said. `known`: what the watches show is complete.
pub fn details(screen: &Canary, look: &Look, known: bool, now: Now) -> Said {
    let Some(row) = screen.row(look) else {
        let words = if known {
            "nothing is behind it: no pod and no deployment's template has the labels that it selects"
        } else {
            "what is behind it is not read now"
        };
        return Said { title: None, facts: vec![("", Role::Dim, words.to_owned())] };
    };
    let pair = screen.pair(look);
    let title = match &pair {
        Ok((canary, stable)) => format!("{} against {}", canary.name, stable.name),
        Err(_) => row.name.clone(),
    };
    let mut facts = vec![
        ("side", Role::Text, format!("{}: {}", side(row), row.why)),
        ("state", health(row.health), row.state()),
    ];
    facts
        .extend(row.waits.iter().take(NAMED).map(|(pod, why)| ("", Role::ToneWarn, format!("{pod}: {why}"))));
    if row.waits.len() > NAMED {
        facts.push(("", Role::Dim, format!("and {} more", row.waits.len() - NAMED)));
    }
    match pair {
        Ok((canary, stable)) => {
            facts.push(restarts(&[canary, stable], now));
            facts.push(beyond(screen, canary, stable));
            facts.extend(autoscalers(screen, &[canary, stable]));
            facts.extend(promotion(canary, stable));
        }
        Err(why) => {
            facts.push(restarts(&[row], now));
            facts.extend(autoscalers(screen, &[row]));
            if row.part != Part::Only {
                facts.push(("canary", Role::Dim, why));
            }
        }
    }
    Said { title: Some(title), facts }
}

/// Whether what is tried stays up.
fn restarts(rows: &[&Row], now: Now) -> Fact {
    let words = rows.iter().map(|row| match row.restarted {
        Some(at) => format!("{} {} (last {} ago)", row.name, row.restarts, units::coarse_age(now.unix, at)),
        None => format!("{} {}", row.name, row.restarts),
    });
    let role = if rows.iter().any(|row| row.restarts > 0) { Role::ToneWarn } else { Role::Text };
    ("restarts", role, words.collect::<Vec<_>>().join(", "))
}

/// What a promotion would not carry over.
fn beyond(screen: &Canary, canary: &Row, stable: &Row) -> Fact {
    let object = |row: &Row| screen.read.iter().find(|read| read.uid == row.uid)?.object.as_ref();
    let (role, words) = match (object(stable), object(canary)) {
        (Some(Ok(stable)), Some(Ok(canary))) => {
            let paths = beyond_images(stable, canary);
            let first: Vec<&str> =
                paths.iter().take(NAMED).map(|path| path.trim_start_matches("spec.")).collect();
            let first = clean(&first.join(", ")).into_owned();
            match paths.len() {
                0 => (Role::ToneGood, "nothing: the templates differ in their images only".to_owned()),
                count if count > NAMED => {
                    (Role::ToneWarn, format!("not promoted: {first}, and {} more", count - NAMED))
                }
                _ => (Role::ToneWarn, format!("not promoted: {first}")),
            }
        }
        (Some(Err(trouble)), _) | (_, Some(Err(trouble))) => {
            (Role::ToneWarn, format!("not known just now: {trouble}"))
        }
        _ => (Role::Dim, "reading the templates…".to_owned()),
    };
    ("beyond images", role, words)
}

/// Who would undo a share by replicas.
fn autoscalers(screen: &Canary, rows: &[&Row]) -> Vec<Fact> {
    const LABEL: &str = "autoscaler";
    let all = match &screen.scalers {
        None => return vec![(LABEL, Role::Dim, "reading…".to_owned())],
        Some(Err(trouble)) => return vec![(LABEL, Role::ToneWarn, format!("not known just now: {trouble}"))],
        Some(Ok(all)) => all,
    };
    let mut out = Vec::new();
    for row in rows {
        let Some(target) = &row.target else { continue };
        for scaler in scalers::of(all, target) {
            let undoes = if rows.len() > 1 { ": it may undo a share" } else { "" };
            let words = format!("{scaler} decides the replicas of {}{undoes}", row.name);
            out.push((LABEL, Role::ToneWarn, clean(&words).into_owned()));
        }
    }
    if out.is_empty() {
        let words = if rows.len() > 1 { "no HPA on either side" } else { "no HPA" };
        out.push((LABEL, Role::Dim, words.to_owned()));
    }
    out
}

/// What a promotion would do, or why it cannot be.
fn promotion(canary: &Row, stable: &Row) -> Option<Fact> {
    let steps = match promote(canary.side.as_ref()?, stable.side.as_ref()?) {
        Ok(steps) => steps,
        Err(why) => return Some(("promote", Role::Dim, format!("not now: {why}"))),
    };
    let words = steps.iter().map(|(target, change)| match change {
        Change::SetImage { images } => {
            let all: Vec<String> = images.iter().map(|it| short(&it.image)).collect();
            format!("{} gets {}", target.name, clean(&all.join(", ")))
        }
        Change::Scale { replicas } => format!("{} is scaled to {replicas}", target.name),
        other => other.title(target),
    });
    Some(("promote", Role::Text, words.collect::<Vec<_>>().join(", then ")))
}
