//! A change, as a value: what the user asked for, before it is known what it will do.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::target::Target;
use crate::model::record::Seconds;
use crate::model::uid::Uid;

/// What is to be changed on one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// So many replicas (`kubectl scale`).
    Scale {
        /// How many.
        replicas: u32,
    },
    /// Other images of the template's containers (`kubectl set image`).
    SetImage {
        /// Container and image; init containers too.
        images: Vec<ContainerImage>,
    },
    /// New pods of the same template (`kubectl rollout restart`).
    Restart {
        /// The time that is written into the template.
        at: Seconds,
    },
    /// The controller rolls nothing out for now (`kubectl rollout pause`).
    Pause,
    /// It does again (`kubectl rollout resume`).
    Resume,
    /// Other bounds of a rolling update; what is `None` stays.
    Strategy {
        /// `maxSurge`: a number or a percentage.
        max_surge: Option<String>,
        /// `maxUnavailable`: a number or a percentage.
        max_unavailable: Option<String>,
    },
    /// The template of an earlier revision (`kubectl rollout undo`).
    Undo {
        /// The `ReplicaSet` or `ControllerRevision` that holds it; `None`: the one before the current.
        to: Option<Uid>,
    },
    /// Another selector of a service.
    Selector {
        /// Keys with their new value; `None` takes a key away.
        keys: Vec<(String, Option<String>)>,
        /// What happens to keys that are not named.
        how: Merge,
        /// Also when fewer ready pods would serve it than now.
        insist: bool,
    },
    /// Other labels (`kubectl label --overwrite`); `None` takes one away.
    Labels {
        /// Keys with their new value.
        keys: Vec<(String, Option<String>)>,
    },
    /// A pod leaves its controller: the labels are taken away by which it is kept. Which these are is known when its controller
    /// has been read; what is sent is a change of labels.
    Orphan {
        /// The services that select it go on to do so.
        keep_serving: bool,
    },
    /// Other annotations (`kubectl annotate --overwrite`); `None` takes one away.
    Annotations {
        /// Keys with their new value.
        keys: Vec<(String, Option<String>)>,
    },
    /// The object goes (`kubectl delete`).
    Delete {
        /// What happens to what it owns.
        propagation: Propagation,
        /// Seconds that its containers have to end; `None`: as the object says.
        grace: Option<u32>,
    },
    /// A container joins a pod to look into it (`kubectl debug`); it stays as long as the pod does.
    Debug {
        /// Its image.
        image: String,
        /// The container whose processes it shares; empty: it shares none.
        target: String,
        /// Its name; empty until it is planned.
        name: String,
    },
    /// The object as it was edited (`kubectl edit`).
    Edit {
        /// The object as it was when the edit began: only what differs from it is changed. `None`: as it is now.
        base: Option<Box<Value>>,
        /// The whole object as it is wanted.
        wanted: Box<Value>,
    },
    /// A manifest by server-side apply (`kubectl apply --server-side`).
    Apply {
        /// The manifest.
        manifest: Box<Value>,
        /// Take fields over from other managers.
        force: bool,
        /// Where it comes from, as kubectl takes it after `-f`.
        #[serde(default)]
        from: String,
    },
}

/// A container and its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerImage {
    /// The container's name.
    pub container: String,
    /// The image's reference.
    pub image: String,
}

/// What happens to keys of a selector that a patch does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Merge {
    /// They stay (`kubectl patch`).
    Merge,
    /// They go (`kubectl set selector`).
    Replace,
}

/// `propagationPolicy` of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// What it owns goes afterwards.
    Background,
    /// What it owns goes first.
    Foreground,
    /// What it owns stays, without an owner.
    Orphan,
}

impl Propagation {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Background => "Background",
            Self::Foreground => "Foreground",
            Self::Orphan => "Orphan",
        }
    }
}

impl Change {
    /// The right that it needs: the API's verb, and the subresource if it is on one.
    pub fn right(&self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Scale { .. } => ("patch", Some("scale")),
            Self::Debug { .. } => ("patch", Some("ephemeralcontainers")),
            Self::Delete { .. } => ("delete", None),
            _ => ("patch", None),
        }
    }

    /// The word for it, as in `plan: WORD deployment/web`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Scale { .. } => "scale",
            Self::SetImage { .. } => "set image of",
            Self::Restart { .. } => "restart",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Strategy { .. } => "set strategy of",
            Self::Undo { .. } => "roll back",
            Self::Selector { .. } => "switch selector of",
            Self::Labels { .. } => "label",
            Self::Orphan { .. } => "orphan",
            Self::Annotations { .. } => "annotate",
            Self::Delete { .. } => "delete",
            Self::Debug { .. } => "debug",
            Self::Edit { .. } => "edit",
            Self::Apply { .. } => "apply",
        }
    }

    /// `scale deployment/web`.
    pub fn title(&self, target: &Target) -> String {
        format!("{} {target}", self.word())
    }
}
