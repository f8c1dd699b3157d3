//! How an object of any kind is doing, as far as the cells that kubectl prints say it.
//!
//! Only words that mean the same for every kind count; what is not known is taken to be as it should be.

use crate::model::feed::Definition;
use crate::model::record::Health;
use crate::model::text::Text;

const BAD: &[&str] =
    &["Failed", "Error", "Lost", "Degraded", "Unhealthy", "Evicted", "Stalled", "OutOfSync", "Denied"];
const ODD: &[&str] = &["Pending", "Unknown", "Released", "NotReady", "Suspended", "Missing", "Paused"];
const ON_ITS_WAY: &[&str] =
    &["Terminating", "Progressing", "Creating", "Provisioning", "Reconciling", "Deleting"];
const ENDED: &[&str] = &["Complete", "Completed", "Succeeded"];

/// The worst that any of the cells says, and which one it is.
pub(super) fn of(definitions: &[Definition], cells: &[Text]) -> (Health, Option<u8>) {
    let told = definitions.iter().zip(cells).zip(0..).filter_map(|((column, cell), at)| {
        let health = match column.name.to_ascii_lowercase().as_str() {
            "status" | "phase" | "state" | "health" | "health status" | "sync status" => word(cell),
            "ready" | "available" | "synced" | "healthy" | "established" | "programmed" => condition(cell),
            "targets" if cell.contains("<unknown>") => Some(Health::Warning),
            _ => None,
        };
        Some((health?, Some(at)))
    });
    told.min_by_key(|(health, _)| *health).unwrap_or((Health::Ok, None))
}

/// The first of words that are joined by a comma: `Approved,Failed`.
fn word(cell: &str) -> Option<Health> {
    cell.split(',')
        .filter_map(|word| {
            let is = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word.trim()));
            Some(match () {
                () if is(BAD) => Health::Fault,
                () if is(ODD) => Health::Warning,
                () if is(ON_ITS_WAY) => Health::Progressing,
                () if is(ENDED) => Health::Idle,
                () => return None,
            })
        })
        .min()
}

/// A condition, or so many of so many.
fn condition(cell: &str) -> Option<Health> {
    // An APIService says why: `False (MissingEndpoints)`.
    match cell.split(" (").next().unwrap_or(cell) {
        "True" | "true" => Some(Health::Ok),
        "False" | "false" => Some(Health::Fault),
        "Unknown" => Some(Health::Warning),
        _ => {
            let (some, all) = cell.split_once('/')?;
            let (some, all): (u64, u64) = (some.parse().ok()?, all.parse().ok()?);
            Some(match (some, all) {
                (0, 0) => Health::Idle,
                (0, _) => Health::Fault,
                _ if some < all => Health::Warning,
                _ => Health::Ok,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_how_it_is_doing() {
        for (column, cell, health) in [
            ("Status", "Bound", Health::Ok),
            ("Status", "Pending", Health::Warning),
            ("Status", "Approved,Failed", Health::Fault),
            ("Status", "Complete", Health::Idle),
            ("Ready", "2/3", Health::Warning),
            ("Ready", "0/3", Health::Fault),
            ("Ready", "3/3", Health::Ok),
            ("Ready", "0/0", Health::Idle),
            ("Ready", "False", Health::Fault),
            ("Available", "False (MissingEndpoints)", Health::Fault),
            ("Programmed", "False", Health::Fault),
            ("Targets", "cpu: <unknown>/80%", Health::Warning),
            ("Colour", "Failed", Health::Ok),
            ("Phase", "Terminating", Health::Progressing),
        ] {
            let column =
                Definition { name: column.into(), kind: "string".into(), help: "".into(), wide: false };
            assert_eq!(of(&[column], &[cell.into()]).0, health, "{cell}");
        }
    }
}
