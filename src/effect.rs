//! What the program does to the world, as plain values. [`crate::runner`] carries them out and answers with events that
//! carry the id of their operation.

use crate::describe::What;
use crate::gate::{Mode, Permit, Rehearsal};
use crate::inquiry::Inquiry;
use crate::journal::Entry;
use crate::keymap::key::KeyPress;
use crate::memory::Memory;
use crate::model::feed::FeedKey;
use crate::model::log::LogQuery;
use crate::model::record::Kind;
use crate::model::remote::Entrance;
use crate::model::resource::Resource;
use crate::model::whereabouts::Spot;
use crate::reach::copy::Copy;
use crate::reach::endpoint::Call;
use crate::reach::ports::Forward;
use crate::release::follow::Follow;
use crate::release::smoke::Probe;
use crate::release::{Change, Target};

/// The id of one operation: given out by the state, carried by every answer, so that a late answer finds its place or
/// none.
pub type OpId = u64;

/// One thing to do. Not `Clone`: a permit is used once.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Follow a kind in a scope (shared with whoever follows it already).
    Watch(FeedKey),
    /// Nobody looks at it any more; the watch ends after a while.
    Unwatch(FeedKey),
    /// Read one whole object, to be shown as YAML.
    GetYaml(OpId, ObjectRef),
    /// Read one object and what is told of it beside it.
    Describe(OpId, ObjectRef, What),
    /// Read one value of a Secret, to be shown and nothing else.
    Reveal(OpId, ObjectRef, String),
    /// Read logs.
    Logs(OpId, LogQuery),
    /// Read logs in a session that only reads, beside the program's own.
    LogsIn(OpId, OpId, LogQuery),
    /// Let a reading of logs have so many streams open.
    LogMost(OpId, usize),
    /// Read one pod for the containers that can be got into.
    GetDoors(OpId, ObjectRef),
    /// Hand the terminal over to a container, with the keys that were typed for it.
    Enter(OpId, Entrance, Vec<KeyPress>),
    /// The same in a pane or window of tmux, which this program runs in.
    OpenAside(OpId, Entrance),
    /// Read the names of all namespaces.
    ListNamespaces(OpId),
    /// Ask whether a namespace exists.
    CheckNamespace(OpId, String),
    /// Read what the plan of a change is made from.
    Gather(OpId, Target, Box<Change>),
    /// Read a file of this machine: a manifest.
    ReadFile(OpId, String),
    /// Read which resources these `apiVersion`s have.
    Kinds(OpId, Vec<String>),
    /// Ask the server a question that only reads.
    Inquire(OpId, Inquiry),
    /// Read which kinds the server has.
    Discover(OpId),
    /// Read what the server says of the fields of a resource.
    Explain(OpId, Resource),
    /// Follow whole objects until cancelled.
    Follow(OpId, Follow),
    /// Ask the server what a change would do.
    Rehearse(OpId, Rehearsal),
    /// Ask a pod a plain question through the API server's proxy.
    Probe(OpId, Probe),
    /// Ask an endpoint of a pod or a service through the API server's proxy.
    Call(OpId, Call),
    /// Read which ports an object has.
    ReadPorts(OpId, Target),
    /// Forward a port until it is stopped.
    Forward(OpId, Forward),
    /// End a forward; it tells what went through.
    StopForward(OpId),
    /// Whether somebody looks at the numbers of the forwards.
    ShowTraffic(bool),
    /// Copy files out of a container or into it.
    CopyFiles(OpId, Copy),
    /// Make a change.
    Send(OpId, Permit),
    /// Open the user's editor with a text.
    OpenEditor(OpId, String),
    /// Save a text to a file of this machine, which must not be there yet.
    SaveFile(OpId, String, String),
    /// Open the user's pager with a text.
    OpenPager(String),
    /// Note where one is in a context.
    Note(String, Box<Spot>),
    /// Write into the journal.
    Journal(Box<Entry>),
    /// Read the journal.
    ReadJournal(OpId),
    /// Say that something has ended, as the configuration asks for it.
    Ring(String),
    /// Write down what is remembered from one run to the next.
    Remember(Box<Memory>),
    /// End an operation.
    Cancel(OpId),
    /// Try another context of the kubeconfig; the session goes on meanwhile.
    OpenContext(OpId, String, Mode),
    /// Go over to the context that this operation opened: what was read of the one before ends.
    GoOver(OpId),
    /// Begin a session with a context that only reads, beside the program's own.
    Join(OpId, String),
    /// It ends.
    Part(OpId),
    /// Read one whole object in such a session, to be shown as YAML.
    GetYamlIn(OpId, OpId, ObjectRef),
    /// Try the connection again now.
    RetryNow,
    /// Put text on the clipboard.
    Copy(String),
    /// The same for a table of so many rows.
    CopyRows(String, usize),
    /// Repaint everything.
    Redraw,
    /// Back to the shell until `fg`.
    Suspend,
    /// Leave.
    Quit,
}

/// Which object is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
}
