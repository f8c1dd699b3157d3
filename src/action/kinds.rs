//! What each action is for: the kinds of the objects that it means something for.
//!
//! One table: what is begun, the bottom line and the help all ask it, so that no key is offered that does nothing.

use super::Action;
use crate::model::record::Kind;

/// What runs containers, and what leads to it.
const PODS_AND_ABOVE: &[Kind] =
    &[Kind::Pod, Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet, Kind::DaemonSet, Kind::Service];
const WITH_TEMPLATE: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];

impl Action {
    /// The kinds whose objects it is for; `None`: it is not done to an object.
    pub fn kinds(self) -> Option<&'static [Kind]> {
        use Action as A;
        Some(match self {
            A::Yaml
            | A::CopyName
            | A::Relations
            | A::RecentOfObject
            | A::Why
            | A::Diff
            | A::Label
            | A::Annotate
            | A::Delete
            | A::Edit => &Kind::ALL,
            A::Logs
            | A::PreviousLogs
            | A::Exec
            | A::ExecAside
            | A::Attach
            | A::AttachAside
            | A::Forward
            | A::Release => PODS_AND_ABOVE,
            A::CopyFiles | A::ForceDelete | A::Orphan | A::Debug => &[Kind::Pod],
            A::Canary => &[Kind::Pod, Kind::Deployment, Kind::Service],
            A::Endpoint => &[Kind::Pod, Kind::Service],
            A::SwitchService => &[Kind::Service],
            A::Scale => &[Kind::Deployment, Kind::ReplicaSet, Kind::StatefulSet],
            A::SetImage | A::Restart | A::Undo => WITH_TEMPLATE,
            A::PauseRollout | A::ResumeRollout | A::TogglePause | A::Strategy | A::Surge => {
                &[Kind::Deployment]
            }
            _ => return None,
        })
    }

    /// Whether it means something for objects of a kind.
    pub fn is_for(self, kind: Kind) -> bool {
        // What is for every kind that the program knows itself is for every other too.
        let other = matches!(kind, Kind::Other(_));
        self.kinds().is_none_or(|kinds| kinds.contains(&kind) || (other && kinds == Kind::ALL))
    }

    /// The right that it needs on its object: the API's verb and, where it is on one, the subresource. `None`: it needs none of
    /// its own, or several.
    pub fn right(self) -> Option<(&'static str, Option<&'static str>)> {
        use Action as A;
        Some(match self {
            A::Yaml | A::Diff => ("get", None),
            A::Logs | A::PreviousLogs => ("get", Some("log")),
            A::Exec | A::ExecAside | A::CopyFiles => ("create", Some("exec")),
            A::Attach | A::AttachAside => ("create", Some("attach")),
            A::Forward => ("create", Some("portforward")),
            A::Endpoint | A::SmokeCheck => ("get", Some("proxy")),
            A::Scale => ("patch", Some("scale")),
            A::Debug => ("patch", Some("ephemeralcontainers")),
            A::Delete | A::ForceDelete => ("delete", None),
            A::Restart
            | A::Undo
            | A::SetImage
            | A::SwitchService
            | A::PauseRollout
            | A::ResumeRollout
            | A::TogglePause
            | A::Strategy
            | A::Label
            | A::Annotate
            | A::Orphan
            | A::Edit => ("patch", None),
            _ => return None,
        })
    }

    /// Whether it is done to the rows of a table, whatever they are.
    pub(crate) fn needs_a_table(self) -> bool {
        use Action as A;
        matches!(
            self,
            A::FaultsOnly | A::SortNext | A::SortReverse | A::Wide | A::Mark | A::MarkAll | A::ClearMarks
        ) || self.sorts_by().is_some()
    }

    /// The column that it sorts by, and whether the largest comes first.
    pub(crate) fn sorts_by(self) -> Option<(&'static str, bool)> {
        Some(match self {
            Self::SortName => ("name", false),
            Self::SortAge => ("age", false),
            Self::SortStatus => ("status", false),
            Self::SortReady => ("ready", false),
            Self::SortRestarts => ("restarts", true),
            Self::SortNamespace => ("namespace", false),
            Self::SortNode => ("node", false),
            _ => return None,
        })
    }
}
