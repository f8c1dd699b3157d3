//! One change of each sort, and grounds to judge on, for tests.

use serde_json::json;

use super::{Ground, Policy, Rules};
use crate::action::Action;
use crate::release::Change;
use crate::release::change::{ContainerImage, Merge, Propagation};

/// No rule stands in the way.
pub fn ground(policy: Policy) -> Ground<'static> {
    const NONE: &Rules = &Rules(Vec::new());
    Ground { policy, rules: NONE, context: "prod", by: Action::Scale }
}

/// Everything is possible.
pub fn open() -> Ground<'static> {
    ground(Policy::default())
}

/// One of each; a new one that is missing here does not compile.
///
/// # Panics
///
/// One is missing.
pub fn changes() -> Vec<Change> {
    let keys = vec![("a".to_owned(), Some("b".to_owned()))];
    let image = ContainerImage { container: "web".to_owned(), image: "web:2".to_owned() };
    let all = vec![
        Change::Scale { replicas: 3 },
        Change::SetImage { images: vec![image] },
        Change::Restart { at: 0 },
        Change::Pause,
        Change::Resume,
        Change::Strategy { max_surge: Some("1".to_owned()), max_unavailable: None },
        Change::Undo { to: None },
        Change::Selector { keys: keys.clone(), how: Merge::Merge, insist: false },
        Change::Labels { keys: keys.clone() },
        Change::Orphan { keep_serving: false },
        Change::Annotations { keys },
        Change::Delete { propagation: Propagation::Background, grace: None },
        Change::Delete { propagation: Propagation::Background, grace: Some(0) },
        Change::Debug { image: "busybox".to_owned(), target: String::new(), name: String::new() },
        Change::Edit { base: None, wanted: Box::new(json!({})) },
        Change::Apply { manifest: Box::new(json!({})), force: false, from: String::new() },
    ];
    let sort = |change: &Change| match change {
        Change::Scale { .. } => 0,
        Change::SetImage { .. } => 1,
        Change::Restart { .. } => 2,
        Change::Pause => 3,
        Change::Resume => 4,
        Change::Strategy { .. } => 5,
        Change::Undo { .. } => 6,
        Change::Selector { .. } => 7,
        Change::Labels { .. } => 8,
        Change::Orphan { .. } => 9,
        Change::Annotations { .. } => 10,
        Change::Delete { .. } => 11,
        Change::Debug { .. } => 12,
        Change::Edit { .. } => 13,
        Change::Apply { .. } => 14,
    };
    let mut sorts: Vec<i32> = all.iter().map(sort).collect();
    sorts.dedup();
    assert_eq!(sorts, (0..15).collect::<Vec<_>>());
    all
}
