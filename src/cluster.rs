//! The cluster: the only place that names `kube::`; connects, watches, reads. It does not know the screen.
//!
//! One [`Cluster`] is one session with one context. Its tasks: the *link* (is the server there?), one task for each
//! *feed*, log and read, and a manager that starts and stops them. There are four clients: readers, which everything uses
//! and which cannot write; a writer, which only takes permits of the gate; a prober, which only asks pods a plain question; and a
//! connector, which only opens channels into pods. The last three do not exist in read-only mode (see [`policy`]).

mod certificates;
mod connect;
pub mod connector;
mod copy;
pub mod credentials;
mod describe;
mod discovery;
mod explain;
mod follow;
mod forward;
mod frames;
mod gather;
mod handover;
mod inquire;
pub mod kubeconfig;
mod lines;
pub mod link;
mod logs;
mod manager;
pub mod plugin;
pub mod policy;
mod probe;
pub mod read;
mod recent;
mod relate;
mod rights;
pub mod target;
pub mod transport;
pub mod trouble;
mod usage;
mod watch;
mod why;
mod write;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use serde_json::Value;

use crate::describe::{Material, What};
use crate::gate::{Mode, Permit, Rehearsal};
use crate::inquiry::{Finding, Inquiry};
use crate::model::catalogue::Discovered;
use crate::model::columns::own::OwnColumns;
use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::log::{LogQuery, LogUpdate};
use crate::model::resource::Resource;
use crate::model::schema::Schemas;
use crate::model::trouble::Trouble;
use crate::reach::copy::{Copy, CopyUpdate};
use crate::reach::endpoint::{Call, Reply};
use crate::reach::ports::{Forward, ForwardUpdate};
use crate::release::facts::Gathered;
use crate::release::follow::Follow;
use crate::release::smoke;
use crate::release::{Change, Target as ChangeTarget};

pub use connector::{Channel, Connector, Remote, Said, Tunnel};
pub use kubeconfig::ConfigTrouble;
pub use link::LinkState;
pub use plugin::{EXEC_PLUGIN, exec_plugin_child};
pub use read::ObjectRef;
pub use target::{ConnectOptions, ContextChoice, Target, load};
pub use transport::{Activity, Endpoint};
pub use write::Written;

use manager::{Command, Manager};

/// What a session tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterEvent {
    /// How it stands with the server.
    Link(LinkState),
    /// Something happened on a feed.
    Feed {
        /// Which.
        key: FeedKey,
        /// What.
        update: FeedUpdate,
    },
    /// A reader of logs tells something.
    Logs {
        /// As given to [`Cluster::logs`].
        id: u64,
        /// What.
        update: LogUpdate,
    },
    /// An object was read, or not.
    Object {
        /// As given to [`Cluster::get`].
        id: u64,
        /// The server's JSON.
        result: Result<Bytes, Trouble>,
    },
    /// An object was read with what is told of it, or not.
    Described {
        /// As given to [`Cluster::describe`].
        id: u64,
        /// What was read.
        result: Result<Box<Material>, Trouble>,
    },
    /// The namespaces were listed, or not.
    Names {
        /// As given to [`Cluster::namespaces`].
        id: u64,
        /// Their names.
        result: Result<Vec<Box<str>>, Trouble>,
    },
    /// Whether a namespace exists was answered.
    NamespaceChecked {
        /// As given to [`Cluster::check_namespace`].
        id: u64,
        /// Which.
        name: Box<str>,
        /// Whether it does; `None`: the user may not know, or nothing was answered.
        exists: Option<bool>,
    },
    /// What a plan is made from was read, or not.
    Gathered {
        /// As given to [`Cluster::gather`].
        id: u64,
        /// What was found.
        result: Result<Gathered, Trouble>,
    },
    /// Discovery was read, or not.
    Discovered {
        /// As given to [`Cluster::discover`].
        id: u64,
        /// What was found.
        result: Result<Discovered, Trouble>,
    },
    /// What the server says of the fields of a group and version was read, or not.
    Explained {
        /// As given to [`Cluster::explain`].
        id: u64,
        /// What was found.
        result: Result<Arc<Schemas>, Trouble>,
    },
    /// A question was answered, or not.
    Inquired {
        /// As given to [`Cluster::inquire`].
        id: u64,
        /// What was found.
        result: Result<Finding, Trouble>,
    },
    /// The resources of some versions of the API were read, or not.
    Kinds {
        /// As given to [`Cluster::kinds`].
        id: u64,
        /// What was found.
        result: Result<Vec<Resource>, Trouble>,
    },
    /// A pod was asked through the API server's proxy, and answered, or not.
    Probed {
        /// As given to [`Cluster::probe`].
        id: u64,
        /// What it said.
        result: Result<smoke::Answer, Trouble>,
    },
    /// An endpoint was asked through the API server's proxy, and answered, or not.
    Called {
        /// As given to [`Cluster::call`].
        id: u64,
        /// What it said.
        result: Result<Reply, Trouble>,
    },
    /// A whole object was read, or not.
    Whole {
        /// As given to [`Cluster::whole`].
        id: u64,
        /// The object.
        result: Result<Box<Value>, Trouble>,
    },
    /// Something happened to a forwarded port.
    Forward {
        /// As given to [`Cluster::forward`].
        id: u64,
        /// What.
        update: ForwardUpdate,
    },
    /// Something happened to a copy of files.
    Copy {
        /// As given to [`Cluster::copy_files`].
        id: u64,
        /// What.
        update: CopyUpdate,
    },
    /// Followed objects, as they are now.
    Seen {
        /// As given to [`Cluster::follow`].
        id: u64,
        /// All of them; or why it is not known, for now.
        seen: Result<Vec<Value>, Trouble>,
    },
    /// A write, or a dry run of one, was answered, or not.
    Written {
        /// As given to [`Cluster::held`] or [`Cluster::rehearse`].
        id: u64,
        /// What became of it.
        written: Written,
    },
}

/// A session with a cluster. Dropping it ends everything it does.
#[derive(Debug)]
pub struct Cluster {
    commands: mpsc::UnboundedSender<Command>,
    activity: Arc<Activity>,
    connector: Option<Connector>,
}

impl Cluster {
    /// Begins a session and returns at once; the connection is made in the background. Must be called within a tokio
    /// runtime.
    pub fn open(target: Target, endpoint: Endpoint, mode: Mode, events: mpsc::Sender<ClusterEvent>) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let activity = Arc::new(Activity::default());
        let connector = Manager::start(target, endpoint, mode, events, inbox, activity.clone());
        Self { commands, activity, connector }
    }

    /// Feeds that begin from here on read the values of these columns too.
    pub fn read_own(&self, own: Arc<OwnColumns>) {
        self.order(Command::Own(own));
    }

    /// Follows a kind. One task for each key, however often it is asked for.
    pub fn watch(&self, key: FeedKey) {
        self.order(Command::Watch(key));
    }

    /// Stops following a kind. How long a watch outlives its last viewer is the state's decision.
    pub fn unwatch(&self, key: &FeedKey) {
        self.order(Command::Unwatch(key.clone()));
    }

    /// Reads logs; answers are [`ClusterEvent::Logs`] with this id.
    pub fn logs(&self, id: u64, query: LogQuery) {
        self.order(Command::Logs(id, query));
    }

    /// Lets a reading of logs have so many streams open; never fewer than before.
    pub fn log_most(&self, id: u64, most: usize) {
        self.order(Command::LogMost(id, most));
    }

    /// Reads one object; the answer is a [`ClusterEvent::Object`] with this id.
    pub fn get(&self, id: u64, object: ObjectRef) {
        self.order(Command::Get(id, object));
    }

    /// Reads one object and what is told of it; the answer is a [`ClusterEvent::Described`] with this id.
    pub fn describe(&self, id: u64, object: ObjectRef, what: What) {
        self.order(Command::Describe(id, object, what));
    }

    /// Lists the namespaces; the answer is a [`ClusterEvent::Names`] with this id.
    pub fn namespaces(&self, id: u64) {
        self.order(Command::Namespaces(id));
    }

    /// Asks whether a namespace exists; the answer is a [`ClusterEvent::NamespaceChecked`].
    pub fn check_namespace(&self, id: u64, name: &str) {
        self.order(Command::CheckNamespace(id, name.into()));
    }

    /// Reads what the plan of a change is made from; the answer is a [`ClusterEvent::Gathered`] with this id.
    pub fn gather(&self, id: u64, target: ChangeTarget, change: Change) {
        self.order(Command::Gather(id, target, change));
    }

    /// Reads which resources these `apiVersion`s have; the answer is a [`ClusterEvent::Kinds`] with this id.
    pub fn kinds(&self, id: u64, api_versions: Vec<String>) {
        self.order(Command::Kinds(id, api_versions));
    }

    /// Asks a question; the answer is a [`ClusterEvent::Inquired`] with this id.
    pub fn inquire(&self, id: u64, inquiry: Inquiry) {
        self.order(Command::Inquire(id, inquiry));
    }

    /// Reads which kinds the server has; the answer is a [`ClusterEvent::Discovered`] with this id.
    pub fn discover(&self, id: u64) {
        self.order(Command::Discover(id));
    }

    /// Reads what the server says of the fields of a resource; the answer is a [`ClusterEvent::Explained`] with this id.
    pub fn explain(&self, id: u64, resource: Resource) {
        self.order(Command::Explain(id, resource));
    }

    /// Follows whole objects until it is cancelled; what is seen are [`ClusterEvent::Seen`] with this id.
    pub fn follow(&self, id: u64, follow: Follow) {
        self.order(Command::Follow(id, follow));
    }

    /// A change, which is made when the answer is called, from any thread; what became of it is a [`ClusterEvent::Written`]
    /// with this id. It cannot be cancelled once it is begun.
    pub fn held(&self, id: u64, permit: Permit) -> impl FnOnce() + Send + use<> {
        let commands = self.commands.clone();
        move || {
            let _ = commands.send(Command::Write(id, permit));
        }
    }

    /// Asks what a change would do; the answer is a [`ClusterEvent::Written`] with this id.
    pub fn rehearse(&self, id: u64, rehearsal: Rehearsal) {
        self.order(Command::Rehearse(id, rehearsal));
    }

    /// Asks a pod a plain question; the answer is a [`ClusterEvent::Probed`] with this id.
    pub fn probe(&self, id: u64, probe: smoke::Probe) {
        self.order(Command::Probe(id, probe));
    }

    /// Asks an endpoint of a pod or a service; the answer is a [`ClusterEvent::Called`] with this id.
    pub fn call(&self, id: u64, call: Call) {
        self.order(Command::Call(id, call));
    }

    /// Reads one object of any resource; the answer is a [`ClusterEvent::Whole`] with this id.
    pub fn whole(&self, id: u64, target: ChangeTarget) {
        self.order(Command::Whole(id, target));
    }

    /// Forwards a port until it is stopped; what happens to it are [`ClusterEvent::Forward`] with this id.
    pub fn forward(&self, id: u64, forward: Forward) {
        self.order(Command::Forward(id, forward));
    }

    /// Copies files; what happens to it are [`ClusterEvent::Copy`] with this id.
    pub fn copy_files(&self, id: u64, copy: Copy) {
        self.order(Command::Copy(id, copy));
    }

    /// Ends a forward, which tells what went through it.
    pub fn stop_forward(&self, id: u64) {
        self.order(Command::StopForward(id));
    }

    /// Whether somebody looks at the numbers of the forwards.
    pub fn show_traffic(&self, shown: bool) {
        self.order(Command::ShowTraffic(shown));
    }

    /// What opens channels into pods. In read-only mode, and for a user entry that cannot be used, there is none.
    pub fn connector(&self) -> Option<Connector> {
        self.connector.clone()
    }

    /// Stops what was begun with this id; nothing more is told of it.
    pub fn cancel(&self, id: u64) {
        self.order(Command::Cancel(id));
    }

    /// Tries at once what is waiting for its next attempt.
    pub fn retry_now(&self) {
        self.order(Command::RetryNow);
    }

    /// When the last byte arrived from the server, and how many have.
    pub fn activity(&self) -> Arc<Activity> {
        self.activity.clone()
    }

    fn order(&self, command: Command) {
        // The manager lives as long as somebody receives events; without one, orders have no meaning.
        let _ = self.commands.send(command);
    }
}
