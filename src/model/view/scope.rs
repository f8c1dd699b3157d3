//! Which rows a pane is about: what the selection in another pane, or a chosen label, leaves of a table.

use std::sync::Arc;

use hashbrown::HashSet;

use crate::model::groups::Alike;
use crate::model::labels::{LabelSets, contains_all};
use crate::model::record::{Labels, Record};
use crate::model::text::Text;
use crate::model::uid::Uid;

/// The rows that every part agrees on; without parts: all rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    parts: Vec<Part>,
}

/// One condition of a scope.
#[derive(Debug, Clone)]
pub enum Part {
    /// The controller is one of these (the pods of a deployment: one of its ReplicaSets).
    OwnedBy(Arc<HashSet<Uid>>),
    /// In this namespace, with all of these labels. An empty selector selects nothing, as for a service.
    SelectedBy {
        /// The namespace.
        namespace: Text,
        /// The selector.
        selector: Labels,
    },
    /// With all of these labels.
    Labels(Labels),
    /// Deployments whose pods have all of these labels.
    TemplateLabels(Labels),
    /// Services that select pods of one of these label sets.
    ServicesSelecting(Arc<LabelSets>),
    /// These objects.
    Uids(Arc<HashSet<Uid>>),
    /// Events that say the same.
    Alike(Arc<Alike>),
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OwnedBy(a), Self::OwnedBy(b)) | (Self::Uids(a), Self::Uids(b)) => a == b,
            (
                Self::SelectedBy { namespace: a, selector: left },
                Self::SelectedBy { namespace: b, selector: right },
            ) => a == b && left == right,
            (Self::Labels(a), Self::Labels(b)) | (Self::TemplateLabels(a), Self::TemplateLabels(b)) => a == b,
            (Self::Alike(a), Self::Alike(b)) => a == b,
            (Self::ServicesSelecting(a), Self::ServicesSelecting(b)) => Arc::ptr_eq(a, b) || a.same_sets(b),
            _ => false,
        }
    }
}

impl Part {
    fn matches(&self, record: &Record) -> bool {
        let meta = record.meta();
        match self {
            Self::OwnedBy(owners) => meta.owner.as_ref().is_some_and(|owner| owners.contains(&owner.uid)),
            Self::SelectedBy { namespace, selector } => {
                !selector.is_empty() && meta.namespace == *namespace && contains_all(&meta.labels, selector)
            }
            Self::Labels(labels) => contains_all(&meta.labels, labels),
            Self::TemplateLabels(labels) => match record {
                Record::Deployment(deployment) => contains_all(&deployment.template_labels, labels),
                _ => false,
            },
            Self::ServicesSelecting(sets) => match record {
                Record::Service(service) => sets.any_matches(&meta.namespace, &service.selector),
                _ => false,
            },
            Self::Uids(uids) => uids.contains(&meta.uid),
            Self::Alike(alike) => matches!(record, Record::Event(event) if alike.matches(event)),
        }
    }
}

impl Scope {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// What is owned by one of these.
    pub fn owned_by(owners: impl IntoIterator<Item = Uid>) -> Self {
        Self::all().and(Part::OwnedBy(Arc::new(owners.into_iter().collect())))
    }

    /// What a selector selects.
    pub fn selected_by(namespace: Text, selector: Labels) -> Self {
        Self::all().and(Part::SelectedBy { namespace, selector })
    }

    /// These objects.
    pub fn uids(uids: impl IntoIterator<Item = Uid>) -> Self {
        Self::all().and(Part::Uids(Arc::new(uids.into_iter().collect())))
    }

    /// One more condition.
    #[must_use]
    pub fn and(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The conditions.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether it is everything.
    pub fn is_all(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether a record is in it.
    pub fn matches(&self, record: &Record) -> bool {
        self.parts.iter().all(|part| part.matches(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{
        deployment, labelled_pod, labels, meta, owned, pod, pod_of, replica_set, service, uid,
    };

    #[test]
    fn parts() {
        let mine = pod_of(owned(meta(1, "ns", "p"), "ReplicaSet", 7), true, 0);
        let web = labelled_pod(2, "ns", "web", "app=web,tier=front", true);
        let mut sets = LabelSets::default();
        sets.add(&"ns".into(), &labels("app=web,tier=front"), 1, 1);
        let selecting = Scope::all().and(Part::ServicesSelecting(Arc::new(sets)));
        let template = Scope::all().and(Part::TemplateLabels(labels("app=web")));
        let both = Scope::selected_by("ns".into(), labels("app=web")).and(Part::Labels(labels("tier=front")));
        for (scope, record, is) in [
            (Scope::all(), &mine, true),
            (Scope::owned_by([uid(7), uid(8)]), &mine, true),
            (Scope::owned_by([uid(8)]), &mine, false),
            (Scope::owned_by([uid(7)]), &web, false),
            (Scope::owned_by([uid(9)]), &replica_set(3, "ns", "rs", 9), true),
            (Scope::selected_by("ns".into(), labels("app=web")), &web, true),
            (Scope::selected_by("other".into(), labels("app=web")), &web, false),
            (Scope::selected_by("ns".into(), labels("")), &web, false),
            (both.clone(), &web, true),
            (both, &labelled_pod(4, "ns", "w", "app=web", true), false),
            (Scope::uids([uid(2)]), &web, true),
            (Scope::uids([uid(2)]), &mine, false),
            (selecting.clone(), &service(5, "ns", "web", "app=web"), true),
            (selecting.clone(), &service(5, "other", "web", "app=web"), false),
            (selecting.clone(), &service(5, "ns", "web", "app=web,tier=back"), false),
            (selecting.clone(), &service(5, "ns", "web", ""), false),
            (selecting, &pod(6, "ns", "x"), false),
            (template.clone(), &deployment(8, "ns", "d", "app=web", "app=web,x=y"), true),
            (template, &deployment(8, "ns", "d", "app=db", "app=db"), false),
        ] {
            assert_eq!(scope.matches(record), is, "{scope:?} {record:?}");
        }
    }
}
