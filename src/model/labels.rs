//! Labels of pods: how many pods have each `key=value`, and who selects by it.
//!
//! [`LabelCounts`] is what the labels pane shows. It follows the membership of a view of pods, label by label; it never
//! looks at all pods again. Who selects by a label is worked out only for the rows that are drawn.

pub mod counts;
mod sets;

pub use counts::{LabelCounts, LabelRow, SelectedBy};
pub use sets::{LabelSet, LabelSets, SetId};

use std::sync::Arc;

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

/// Keys of labels that tell single revisions, jobs or pods apart: they have as many values as there are of them, so each
/// is folded into one row. Patterns, in which `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashKeys(Arc<[Pattern]>);

/// A pattern, ready to be asked about each label of each pod.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Whole(String),
    Stars(String),
}

impl HashKeys {
    /// The keys that Kubernetes' own controllers write.
    pub const KUBERNETES: &[&str] = &[
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-uid",
        "job-name",
        "batch.kubernetes.io/*",
    ];

    /// These patterns.
    pub fn new(patterns: impl IntoIterator<Item = String>) -> Self {
        let read = |pattern: String| {
            if pattern.contains('*') { Pattern::Stars(pattern) } else { Pattern::Whole(pattern) }
        };
        Self(patterns.into_iter().map(read).collect())
    }

    /// Whether a key is one of them.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Whole(known) => known == key,
            Pattern::Stars(pattern) => matches(pattern, key),
        })
    }
}

impl Default for HashKeys {
    fn default() -> Self {
        Self::new(Self::KUBERNETES.iter().map(|key| (*key).to_owned()))
    }
}

/// Whether a pattern stands for a key.
fn matches(pattern: &str, key: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == key };
    let Some(rest) = key.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(after, &rest[at..]))
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
        let keys = HashKeys::default();
        assert!(
            keys.has("pod-template-hash") && keys.has("batch.kubernetes.io/job-name") && !keys.has("app")
        );
        let own = HashKeys::new(["*.io/*-id".to_owned()]);
        assert!(own.has("a.io/x-id") && !own.has("a.io/x-ids") && !own.has("pod-template-hash"));
    }
}
