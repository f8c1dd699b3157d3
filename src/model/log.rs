//! Logs as values: what is asked for, what comes. `cluster` reads the streams, the screen shows what is kept of them.
//!
//! | file | owns |
//! | --- | --- |
//! | [`batch`] | lines of one container on their way to the screen: cleaned, with their time and level |
//! | [`colour`] | the colours a program gave its lines |
//! | [`field`], [`json`] | the fields of a line, and tests of them |
//! | [`level`] | how grave a line is |
//! | [`query`] | which lines are asked for |
//! | [`ring`] | the lines that are kept |
//! | [`view`] | those of them that are shown |

use jiff::Timestamp;

use super::record::Kind;
use super::trouble::Trouble;

pub mod batch;
pub mod colour;
pub mod field;
pub mod json;
pub mod level;
pub mod query;
pub mod ring;
pub mod view;

pub use batch::{Batch, Line, NO_TIME};
pub use field::FieldTest;
pub use level::Level;
pub use query::Query;
pub use ring::{Ring, Row};
pub use view::{Found, View};

/// One container's log within a [`LogQuery`]: given out by the reader, from 0, never used twice.
pub type SourceId = u32;

/// What is to be read, as one stream of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// Whose logs; never empty.
    pub targets: Vec<LogTarget>,
    /// Which of their containers.
    pub containers: Containers,
    /// The run before the current one (and nothing is followed).
    pub previous: bool,
    /// Go on with what comes, and with the pods that come.
    pub follow: bool,
    /// Only lines that are not older; of a pod that joins later: all.
    pub since: Option<Since>,
    /// So many of the last lines of each container that is there at the start; `None`: all of them. Of a pod that joins later: all.
    pub tail: Option<u32>,
    /// So many streams at once; what is beyond is counted ("20 of 57"), never an error.
    pub most: usize,
}

/// Whose logs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LogTarget {
    /// One pod; with `container`, only that one (also an init or an ephemeral one).
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Only this container.
        container: Option<String>,
    },
    /// The pods that a workload's or a service's selector matches, as `kubectl logs deploy/web` finds them.
    Selected {
        /// `Deployment`, `ReplicaSet`, `StatefulSet`, `DaemonSet` or `Service`.
        kind: Kind,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The pods that a label selector matches.
    Labels {
        /// `None`: of all namespaces.
        namespace: Option<String>,
        /// As `kubectl get -l` takes it.
        selector: String,
    },
}

/// Which containers of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Containers {
    /// Those of `spec.containers`, and with `init` the init and ephemeral ones too.
    All {
        /// Init and ephemeral ones too.
        init: bool,
    },
    /// Those with one of these names.
    Named(Vec<String>),
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many seconds before the request (`sinceSeconds`).
    Seconds(u32),
    /// From this time on (`sinceTime`).
    Time(Timestamp),
}

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// Namespace of the pod.
    pub namespace: Box<str>,
    /// The pod.
    pub pod: Box<str>,
    /// The container.
    pub container: Box<str>,
}

/// What a reader of logs tells. `Joined` comes before anything else of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogUpdate {
    /// A container's log is followed from now on.
    Joined(SourceId, Source),
    /// Lines of one container, oldest first.
    Lines(Batch),
    /// The container runs anew: the lines that follow are of another run. It says how the one before ended, where known.
    Restarted(SourceId, Option<Box<str>>),
    /// A stream is interrupted; it goes on by itself, without losing or repeating a line.
    Interrupted(SourceId, Trouble),
    /// There is nothing to read now, for the container waits to run: its reason (`ImagePullBackOff`), and the same in full.
    Waiting(SourceId, Box<str>, Box<str>),
    /// It goes on.
    Resumed(SourceId),
    /// No more lines come from it, and why, in words: the container ended, the pod is gone.
    Left(SourceId, Box<str>),
    /// Something about what is read, in words: a service selects other pods now.
    Said(Box<str>),
    /// So many streams are open, of so many containers that there are.
    Streams {
        /// Followed now.
        open: usize,
        /// Wished for.
        of: usize,
    },
    /// The pods are not seen any more, for now (the watch is interrupted); streams that are open go on.
    PodsUnseen(Trouble),
    /// The pods are seen again.
    PodsSeen,
    /// Nothing more comes from anywhere: it was not a follow, or the single pod is gone.
    Ended,
    /// It cannot be read at all: no such workload, forbidden.
    Failed(Trouble),
}
