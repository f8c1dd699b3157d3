//! Labels of pods: how many pods have each `key=value`, and who selects by it.
//!
//! [`LabelCounts`] is what the labels pane shows. It follows the membership of a view of pods, label by label; it never
//! looks at all pods again. Who selects by a label is worked out only for the rows that are drawn.

pub mod counts;
mod sets;

pub use counts::{LabelCounts, LabelRow, SelectedBy};
pub use sets::{LabelSet, LabelSets, SetId};

use super::record::Labels;
use super::text::Text;

/// The value of a label.
pub fn value_of<'a>(labels: &'a Labels, key: &str) -> Option<&'a Text> {
    labels.iter().find(|(known, _)| known.as_ref() == key).map(|(_, value)| value)
}

/// Whether all pairs of a selector are among the labels. True for an empty selector.
pub fn contains_all(labels: &Labels, selector: &[(Text, Text)]) -> bool {
    selector.iter().all(|(key, value)| value_of(labels, key).is_some_and(|known| known == value))
}

/// Whether a label tells single revisions, jobs or pods apart: it has as many values as there are of them, so it is
/// folded into one row.
pub fn is_hash_label(key: &str) -> bool {
    matches!(
        key,
        "pod-template-hash"
            | "rollouts-pod-template-hash"
            | "controller-revision-hash"
            | "pod-template-generation"
            | "controller-uid"
            | "job-name"
            | "batch.kubernetes.io/controller-uid"
            | "batch.kubernetes.io/job-name"
            | "batch.kubernetes.io/job-completion-index"
            | "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::labels;

    #[test]
    fn selects() {
        for (have, want, is) in [
            ("a=1,b=2", "a=1", true),
            ("a=1,b=2", "b=2,a=1", true),
            ("a=1,b=2", "", true),
            ("a=1,b=2", "a=2", false),
            ("a=1,b=2", "c=1", false),
            ("", "a=1", false),
            ("a=", "a=", true),
        ] {
            assert_eq!(contains_all(&labels(have), &labels(want)), is, "{have} {want}");
        }
        assert_eq!(value_of(&labels("a=1"), "a").map(AsRef::as_ref), Some("1"));
        assert!(is_hash_label("pod-template-hash") && !is_hash_label("app"));
    }
}
