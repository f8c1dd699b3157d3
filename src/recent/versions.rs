//! An object as it was read time after time, and what differs from one version to the next.

use std::collections::VecDeque;

use serde_json::Value;

use super::Seen;
use crate::model::column::Tone;
use crate::model::diff::{Difference, differences};
use crate::model::json::text;
use crate::model::text::clean;
use crate::model::yaml::{Line, Syntax};

/// So many versions with their differences are kept; older ones are counted.
const MOST: usize = 200;

/// What was read so far: the last version, and how each came from the one before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Versions {
    last: Option<Value>,
    /// Its `resourceVersion`.
    version: String,
    /// When the first was read, as it is shown.
    since: String,
    steps: VecDeque<Step>,
    dropped: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Step {
    at: String,
    version: String,
    differences: Vec<Difference>,
}

impl Versions {
    /// Takes what was read. `at`: the time, as it is shown.
    pub fn take(&mut self, object: &Value, at: &str) {
        let version = text(object, "/metadata/resourceVersion").to_owned();
        let object = compared(object);
        match &self.last {
            None => at.clone_into(&mut self.since),
            Some(last) => {
                let mut differences = differences(last, &object);
                // What somebody wished comes first, what became of it below.
                differences.sort_by_key(|one| one.path.starts_with("status"));
                // Of values of Secrets only their lengths are known here.
                let hidden = text(&object, "/kind") == "Secret" && version != self.version;
                if hidden || !differences.is_empty() {
                    self.steps.push_front(Step { at: at.to_owned(), version: version.clone(), differences });
                }
            }
        }
        if self.steps.len() > MOST {
            self.steps.truncate(MOST);
            self.dropped += 1;
        }
        (self.last, self.version) = (Some(object), version);
    }

    /// What changed, the newest first; below it what this session saw of the object before.
    pub fn lines(&self, seen: &[(String, &Seen)]) -> Vec<Line> {
        let mut out: Vec<Line> = Vec::new();
        for step in &self.steps {
            out.push(vec![
                (Syntax::Key, step.at.clone()),
                (Syntax::Comment, format!("  resourceVersion {}", clean(&step.version))),
            ]);
            if step.differences.is_empty() {
                out.push(remark("  values of a Secret are not compared, only their lengths".to_owned()));
            }
            for difference in &step.differences {
                out.push(vec![(Syntax::Plain, format!("  {}", clean(&difference.path)))]);
                if let Some(from) = &difference.from {
                    out.push(vec![(Syntax::Tone(Tone::Bad), format!("    - {}", clean(from)))]);
                }
                if let Some(to) = &difference.to {
                    out.push(vec![(Syntax::Tone(Tone::Good), format!("    + {}", clean(to)))]);
                }
            }
            out.push(Vec::new());
        }
        if self.dropped > 0 {
            out.push(remark(format!("{} older changes are not kept", self.dropped)));
        }
        let unchanged = if self.steps.is_empty() { ", nothing has changed since" } else { "" };
        out.push(remark(format!("watched since {}{unchanged}", self.since)));
        if !seen.is_empty() {
            out.push(Vec::new());
            out.push(remark("seen in this session before, field by field:".to_owned()));
            for (at, seen) in seen {
                let words = clean(&seen.words()).into_owned();
                out.push(vec![(Syntax::Key, at.clone()), (Syntax::Plain, format!("  {words}"))]);
            }
        }
        out
    }
}

fn remark(text: String) -> Line {
    vec![(Syntax::Comment, text)]
}

/// An object without what is not compared: who manages which fields, and times that go with every heartbeat.
fn compared(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("managedFields");
        meta.remove("resourceVersion");
    }
    if let Some(conditions) = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
        for condition in conditions.iter_mut().filter_map(Value::as_object_mut) {
            condition.remove("lastHeartbeatTime");
            condition.remove("lastProbeTime");
            condition.remove("lastUpdateTime");
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(versions: &Versions, seen: &[(String, &Seen)]) -> Vec<String> {
        let line = |line: Line| line.into_iter().map(|(_, piece)| piece).collect::<String>();
        versions.lines(seen).into_iter().map(line).collect()
    }

    #[test]
    fn what_was_wished_stands_before_what_became_of_it() {
        let mut versions = Versions::default();
        let object = |image: &str, ready: u32| json!({"spec": {"image": image}, "status": {"ready": ready}, "zone": ready});
        versions.take(&object("web:1", 1), "10:00:00");
        versions.take(&object("web:2", 0), "10:01:00");
        let paths: Vec<String> = shown(&versions, &[])
            .into_iter()
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .collect();
        assert_eq!(paths, ["  spec.image", "  zone", "  status.ready"]);
    }

    #[test]
    fn each_version_is_compared_with_the_one_before() {
        let mut versions = Versions::default();
        let object = |version: &str, image: &str, beat: &str| {
            json!({"metadata": {"name": "web", "resourceVersion": version, "managedFields": [version]},
                "spec": {"image": image}, "status": {"conditions": [{"type": "Ready", "lastHeartbeatTime": beat}]}})
        };
        versions.take(&object("1", "web:1", "a"), "10:00:00");
        assert_eq!(shown(&versions, &[]), ["watched since 10:00:00, nothing has changed since"]);
        versions.take(&object("2", "web:2", "b"), "10:01:00");
        assert_eq!(
            shown(&versions, &[]),
            [
                "10:01:00  resourceVersion 2",
                "  spec.image",
                "    - web:1",
                "    + web:2",
                "",
                "watched since 10:00:00",
            ]
        );
    }
}
