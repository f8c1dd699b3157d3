//! What this session saw change: a record before and after, field by field.

use super::{Happening, What};
use crate::model::facts::Facts;
use crate::model::feed::Definition;
use crate::model::record::{Image, Kind, Labels, Record, Row, Seconds};
use crate::model::relate::Named;
use crate::model::text::Text;
use crate::model::uid::Uid;
use crate::release::images::short;

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, as in the API or as the column is called.
    pub name: String,
    /// What was there.
    pub from: String,
    /// What is there.
    pub to: String,
}

/// A change that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Seconds,
    /// Of which kind.
    pub kind: Kind,
    /// Of which object.
    pub uid: Uid,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: Text,
    /// Its name.
    pub name: Box<str>,
    /// What changed; empty: the object is gone.
    pub fields: Vec<Field>,
}

/// What differs between two records of one object, as far as it says what somebody wished or how the object is doing; ages,
/// and the like are left out. `columns`: those of the server's table, for kinds that are read as such.
pub fn compare(before: &Record, after: &Record, columns: &[Definition]) -> Vec<Field> {
    let mut fields = Fields(Vec::new());
    match (before, after) {
        (Record::Pod(a), Record::Pod(b)) => {
            fields.text("status", &a.status, &b.status);
            fields.text(
                "ready",
                if a.is_ready { "ready" } else { "not ready" },
                if b.is_ready { "ready" } else { "not ready" },
            );
            fields.number("restarts", a.restarts.into(), b.restarts.into());
            fields.text("node", &a.node, &b.node);
            fields.images(&a.images, &b.images);
        }
        (Record::Deployment(a), Record::Deployment(b)) => {
            fields.number("revision", a.revision, b.revision);
            fields.images(&a.images, &b.images);
            fields.number("replicas", a.desired.into(), b.desired.into());
            fields.text("paused", if a.paused { "paused" } else { "" }, if b.paused { "paused" } else { "" });
            fields.labels("selector", &a.selector, &b.selector);
        }
        (Record::ReplicaSet(a), Record::ReplicaSet(b)) => {
            fields.number("revision", a.revision, b.revision);
            fields.number("replicas", a.desired.into(), b.desired.into());
        }
        (Record::StatefulSet(a), Record::StatefulSet(b)) | (Record::DaemonSet(a), Record::DaemonSet(b)) => {
            fields.images(&a.images, &b.images);
            fields.number("replicas", a.desired.into(), b.desired.into());
            fields.number("partition", a.partition.into(), b.partition.into());
        }
        (Record::Service(a), Record::Service(b)) => {
            fields.labels("selector", &a.selector, &b.selector);
            fields.text("type", &a.kind, &b.kind);
            fields.text("ports", &a.ports, &b.ports);
        }
        (Record::Node(a), Record::Node(b)) => {
            fields.text("status", &a.status, &b.status);
            fields.text("taints", &a.taints, &b.taints);
            fields.text("version", &a.version, &b.version);
            fields.text("reason", &a.reason, &b.reason);
        }
        (Record::Row(a), Record::Row(b)) => fields.row(a, b, columns),
        _ => {}
    }
    let (before, after) = (before.meta(), after.meta());
    fields.labels("labels", &before.labels, &after.labels);
    if before.deleting.is_none() && after.deleting.is_some() {
        fields.text("deleting", "", "being deleted");
    }
    fields.0
}

impl Seen {
    /// What changed, in words: `image a -> b, replicas 2 -> 3`.
    pub fn words(&self) -> String {
        let value = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
        let word = |field: &Field| format!("{} {} -> {}", field.name, value(&field.from), value(&field.to));
        if self.fields.is_empty() {
            return "is gone".to_owned();
        }
        self.fields.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// As something that happened.
    pub fn happening(&self) -> Happening {
        let (group, _, _, kind) = self.kind.resource();
        Happening {
            at: self.at,
            about: Named {
                group: group.to_owned(),
                kind: kind.to_owned(),
                namespace: self.namespace.to_string(),
                name: self.name.to_string(),
            },
            uid: self.uid.to_string(),
            what: What::Seen,
            words: self.words(),
            by: String::new(),
        }
    }
}

struct Fields(Vec<Field>);

impl Fields {
    fn text(&mut self, name: &str, from: &str, to: &str) {
        if from != to {
            self.0.push(Field { name: name.to_owned(), from: from.to_owned(), to: to.to_owned() });
        }
    }

    fn number(&mut self, name: &str, from: u64, to: u64) {
        if from != to {
            self.text(name, &from.to_string(), &to.to_string());
        }
    }

    fn row(&mut self, from: &Row, to: &Row, columns: &[Definition]) {
        if let (Some(Facts::Autoscaler(a)), Some(Facts::Autoscaler(b))) =
            (from.facts.as_deref(), to.facts.as_deref())
        {
            self.number("wanted replicas", a.desired.into(), b.desired.into());
            self.number("minimum", a.min.into(), b.min.into());
            self.number("maximum", a.max.into(), b.max.into());
            return;
        }
        for (at, column) in columns.iter().enumerate() {
            // An age is no change, nor is what the columns of `-o wide` add to others.
            let counts =
                column.kind == "date".into() || column.wide || column.name.eq_ignore_ascii_case("age");
            if let (false, Some(from), Some(to)) = (counts, from.cells.get(at), to.cells.get(at)) {
                self.text(&column.name.to_ascii_lowercase(), from, to);
            }
        }
    }

    fn images(&mut self, from: &[Image], to: &[Image]) {
        let words =
            |images: &[Image]| images.iter().map(|one| short(&one.image)).collect::<Vec<_>>().join(", ");
        let same = from.iter().map(|one| &one.image).eq(to.iter().map(|one| &one.image));
        if !same {
            self.text("image", &words(from), &words(to));
        }
    }

    /// Of many pairs those that differ.
    fn labels(&mut self, name: &str, from: &Labels, to: &Labels) {
        let words = |own: &Labels, other: &Labels| {
            let differ = own.iter().filter(|pair| !other.contains(pair));
            differ.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
        };
        if from != to {
            self.text(name, &words(from, to), &words(to, from));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::project::Projector;

    fn record(kind: Kind, spec: &Value, status: &Value) -> Record {
        let object = json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u-1",
            "labels": {"app": "web", "track": spec["track"].as_str().unwrap_or("stable")}}, "spec": spec, "status": status});
        Projector::new(kind).object(object.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_told_of_two_records() {
        let template = |image: &str| json!({"spec": {"containers": [{"name": "app", "image": image}]}});
        let deployment =
            |replicas: u32, image: &str| json!({"replicas": replicas, "template": template(image)});
        for (kind, from, to, words) in [
            (
                Kind::Deployment,
                (deployment(2, "web:1"), json!({})),
                (deployment(2, "web:1"), json!({})),
                vec![],
            ),
            (
                Kind::Deployment,
                (deployment(2, "web:1"), json!({})),
                (deployment(3, "web:2"), json!({})),
                vec!["image web:1 -> web:2", "replicas 2 -> 3"],
            ),
            (
                Kind::Service,
                (json!({"selector": {"app": "web", "label": "blue"}}), json!({})),
                (json!({"selector": {"app": "web", "label": "green"}}), json!({})),
                vec!["selector label=blue -> label=green"],
            ),
            (
                Kind::Service,
                (json!({"selector": {"app": "web"}}), json!({})),
                (json!({"selector": {"app": "web"}, "track": "canary"}), json!({})),
                vec!["labels track=stable -> track=canary"],
            ),
            (
                Kind::Node,
                (json!({}), json!({"conditions": [{"type": "Ready", "status": "True"}]})),
                (
                    json!({"unschedulable": true}),
                    json!({"conditions": [{"type": "Ready", "status": "True"}]}),
                ),
                vec!["status Ready -> Ready,SchedulingDisabled"],
            ),
        ] {
            let told: Vec<String> =
                compare(&record(kind, &from.0, &from.1), &record(kind, &to.0, &to.1), &[])
                    .iter()
                    .map(|field| format!("{} {} -> {}", field.name, field.from, field.to))
                    .collect();
            assert_eq!(told, words, "{kind:?}");
        }
    }
}
