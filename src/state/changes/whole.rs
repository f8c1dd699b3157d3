//! What several steps that waited for each other have come to.

use super::{Followed, Outcome};
use crate::release::Change;

impl Followed {
    /// How many steps are done, and how the last one ended that leaves pods: that the other side has none is no news.
    pub(super) fn all_steps(&self, outcome: &Outcome) -> Option<String> {
        let steps = match (outcome, self.steps.len()) {
            (Outcome::Done(_), 2) => "both steps".to_owned(),
            (Outcome::Done(_), count) if count > 2 => format!("all {count} steps"),
            _ => return None,
        };
        let mut last = self.steps.iter().rev();
        let leaves_pods = last.find(|state| !matches!(state.step.change, Change::Scale { replicas: 0 }));
        let said = leaves_pods.and_then(|state| Some((&state.step.target.name, state.outcome()?.words())));
        Some(said.map_or(steps.clone(), |(name, words)| format!("{steps}; {name} {words}")))
    }
}
