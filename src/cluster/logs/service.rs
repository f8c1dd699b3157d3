//! What a service selects, as it changes: a blue/green switch changes nothing else.

use serde_json::Value;
use tokio::sync::mpsc;

use super::target::{self, Selection};
use crate::cluster::ClusterEvent;
use crate::cluster::follow::Follower;
use crate::cluster::link::Line;
use crate::model::log::LogTarget;
use crate::model::record::Kind;
use crate::model::resource::Resource;
use crate::model::trouble::TroubleKind;
use crate::release::follow::{Follow, Which};

/// What a service selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Selects(Selection),
    /// It has no selector.
    Nothing,
    /// It is not there.
    Gone,
}

impl Choice {
    fn of(namespace: &str, service: &Value) -> Self {
        match target::labels(&service["spec"]["selector"]) {
            selector if selector.is_empty() => Self::Nothing,
            selector => Self::Selects(Selection::labelled(Some(namespace), &selector)),
        }
    }

    /// What is said of a change to this.
    pub fn words(&self, name: &str) -> String {
        match self {
            Self::Selects(selection) => format!("{name} now selects {}", selection.labels),
            Self::Nothing => format!("{name} selects no pods now"),
            Self::Gone => {
                format!("service {name} is gone, its pods are let go; one of this name is followed again")
            }
        }
    }
}

/// The task that looks at one service.
pub(super) struct Chooser {
    /// Its place among the targets.
    pub target: usize,
    pub namespace: String,
    pub name: String,
    pub line: Line,
    pub choices: mpsc::Sender<(usize, Choice)>,
}

impl Chooser {
    /// Runs until nobody listens.
    pub async fn run(self) {
        let (events, mut seen) = mpsc::channel(1);
        let (resource, which) = (Resource::from(Kind::Service), Which::Named(self.name.clone()));
        let follow = Follow { resource, namespace: self.namespace.clone(), which };
        let follower = Follower { id: 0, follow, line: self.line.clone(), events }.run();
        let told = async {
            while let Some(event) = seen.recv().await {
                let ClusterEvent::Seen { seen, .. } = event else { continue };
                let choice = match seen {
                    Ok(found) => {
                        Some(found.first().map_or(Choice::Gone, |one| Choice::of(&self.namespace, one)))
                    }
                    // Who may only get it: the follower tries, and is refused, every few seconds.
                    Err(trouble) if trouble.kind == TroubleKind::Forbidden => self.asked().await,
                    // That the cluster is not reached is said of the pods.
                    Err(_) => None,
                };
                if let Some(choice) = choice
                    && self.choices.send((self.target, choice)).await.is_err()
                {
                    return;
                }
            }
        };
        tokio::select! {
            () = follower => {}
            () = told => {}
        }
    }

    /// Asks for it by its name; none when that does not tell.
    async fn asked(&self) -> Option<Choice> {
        let (namespace, name) = (self.namespace.clone(), self.name.clone());
        let service = LogTarget::Selected { kind: Kind::Service, namespace, name };
        match target::resolve(&mut self.line.clone(), &service).await {
            Ok(selection) => Some(Choice::Selects(selection)),
            Err(trouble) if trouble.kind == TroubleKind::NotFound => Some(Choice::Gone),
            // Not the server's word, but what was found.
            Err(trouble) if trouble.kind == TroubleKind::Rejected && trouble.status.is_none() => {
                Some(Choice::Nothing)
            }
            Err(_) => None,
        }
    }
}
