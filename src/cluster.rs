//! The cluster: the only place that names `kube::`; connects, watches, reads. It does not know the screen.
//!
//! One [`Cluster`] is one session with one context. Its tasks: the *link* (is the server there?), one task for each
//! *feed*, log and read, and a manager that starts and stops them. Every client here is a reader: there is nothing in
//! this room that could write (see [`policy`]).

mod connect;
pub mod credentials;
pub mod kubeconfig;
mod lines;
pub mod link;
pub mod logs;
mod manager;
pub mod plugin;
pub mod policy;
pub mod read;
pub mod target;
pub mod transport;
pub mod trouble;
mod watch;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::trouble::Trouble;

pub use kubeconfig::ConfigTrouble;
pub use link::LinkState;
pub use logs::{LogRequest, LogUpdate};
pub use plugin::{EXEC_PLUGIN, exec_plugin_child};
pub use read::ObjectRef;
pub use target::{ConnectOptions, ContextChoice, Target, load};
pub use transport::{Activity, Endpoint};

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
    /// Something happened on a log.
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
    /// The namespaces were listed, or not.
    Names {
        /// As given to [`Cluster::namespaces`].
        id: u64,
        /// Their names.
        result: Result<Vec<Box<str>>, Trouble>,
    },
}

/// A session with a cluster. Dropping it ends everything it does.
#[derive(Debug)]
pub struct Cluster {
    commands: mpsc::UnboundedSender<Command>,
    activity: Arc<Activity>,
}

impl Cluster {
    /// Begins a session and returns at once; the connection is made in the background. Must be called within a tokio
    /// runtime.
    pub fn open(target: Target, endpoint: Endpoint, events: mpsc::Sender<ClusterEvent>) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let activity = Arc::new(Activity::default());
        Manager::start(target, endpoint, events, inbox, activity.clone());
        Self { commands, activity }
    }

    /// Follows a kind. One task for each key, however often it is asked for.
    pub fn watch(&self, key: FeedKey) {
        self.order(Command::Watch(key));
    }

    /// Stops following a kind. How long a watch outlives its last viewer is the state's decision.
    pub fn unwatch(&self, key: &FeedKey) {
        self.order(Command::Unwatch(key.clone()));
    }

    /// Reads a container's log; answers are [`ClusterEvent::Logs`] with this id.
    pub fn logs(&self, id: u64, request: LogRequest) {
        self.order(Command::Logs(id, request));
    }

    /// Reads one object; the answer is a [`ClusterEvent::Object`] with this id.
    pub fn get(&self, id: u64, object: ObjectRef) {
        self.order(Command::Get(id, object));
    }

    /// Lists the namespaces; the answer is a [`ClusterEvent::Names`] with this id.
    pub fn namespaces(&self, id: u64) {
        self.order(Command::Namespaces(id));
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
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    fn order(&self, command: Command) {
        // The manager lives as long as somebody receives events; without one, orders have no meaning.
        let _ = self.commands.send(command);
    }
}
