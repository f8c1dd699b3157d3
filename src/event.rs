//! What happened, as plain values: a session is a list of them and can be replayed.

use std::sync::Arc;

use serde_json::Value;

use crate::describe::Material;
use crate::effect::OpId;
use crate::inquiry::Finding;
use crate::journal::Entry;
use crate::keymap::key::KeyPress;
use crate::model::catalogue::Discovered;
use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::link::Link;
use crate::model::log::LogUpdate;
use crate::model::remote::{Doors, Ended};
use crate::model::resource::Resource;
use crate::model::schema::Schemas;
use crate::model::secret::Revealed;
use crate::model::trouble::Trouble;
use crate::model::yaml::Yaml;
use crate::reach::copy::CopyUpdate;
use crate::reach::endpoint::Reply;
use crate::reach::ports::{ForwardUpdate, Offer};
use crate::release::facts::Gathered;
use crate::release::smoke;
use crate::state::session::Place;
use crate::terminal::input::MouseEvent;

/// Something that happened outside the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// The mouse did something, where it was asked for.
    Mouse(MouseEvent),
    /// Text was pasted: text in an input, nothing elsewhere (invariant 9).
    Paste(String),
    /// The terminal has so many columns and rows.
    Resize(u16, u16),
    /// The program is in the foreground again; time may have passed.
    Resumed,
    /// The state of the connection of this session changed.
    Link(OpId, Link),
    /// A watch has something to say.
    Feed(FeedKey, FeedUpdate),
    /// A reader of logs has something to say.
    Log(OpId, LogUpdate),
    /// An object was read and made YAML.
    Yaml(OpId, Result<Box<Yaml>, Trouble>),
    /// An object was read with what is told of it.
    Described(OpId, Result<Box<Material>, Trouble>),
    /// A value of a Secret was read.
    Revealed(OpId, Result<Revealed, Trouble>),
    /// A pod was read for what can be got into.
    Doors(OpId, Result<Doors, Trouble>),
    /// The terminal is back from a container.
    Left(OpId, Ended),
    /// A pane or window was opened beside, in words; or why not.
    Aside(OpId, Result<String, String>),
    /// The namespaces were read.
    Namespaces(OpId, Result<Vec<String>, Trouble>),
    /// Whether a namespace exists; `None` when that is not known.
    NamespaceChecked(OpId, String, Option<bool>),
    /// What a plan is made from was read.
    Gathered(OpId, Result<Box<Gathered>, Trouble>),
    /// A file was read, or not.
    FileRead(OpId, Result<String, String>),
    /// A question was answered, or not.
    Inquired(OpId, Result<Finding, Trouble>),
    /// Which kinds the server has was read, or not.
    Discovered(OpId, Result<Discovered, Trouble>),
    /// What the server says of fields was read, or not.
    Explained(OpId, Result<Arc<Schemas>, Trouble>),
    /// The resources of some versions of the API were read.
    Kinds(OpId, Result<Vec<Resource>, Trouble>),
    /// Followed objects as they are now, or why that is not known.
    Seen(OpId, Result<Vec<Value>, Trouble>),
    /// A write, or a dry run of one, was answered.
    Written(OpId, WriteAnswer),
    /// A pod was asked, and answered, or not.
    Probed(OpId, Result<smoke::Answer, Trouble>),
    /// An endpoint answered, or not.
    Called(OpId, Result<Reply, Trouble>),
    /// The ports of an object were read, or not.
    Ports(OpId, Result<Vec<Offer>, Trouble>),
    /// Something happened to a forwarded port.
    Forward(OpId, ForwardUpdate),
    /// Something happened to a copy of files.
    Copy(OpId, CopyUpdate),
    /// The user's editor was left, with the text as it is now; or it could not be used.
    Edited(OpId, Result<String, String>),
    /// A file was saved, in words, or not.
    Saved(OpId, Result<String, Unsaved>),
    /// The user's pager was left, or could not be used.
    Paged(Result<(), String>),
    /// The journal was read, oldest entry first.
    JournalRead(OpId, Result<Vec<Entry>, String>),
    /// The journal cannot be written.
    JournalFailed(String),
    /// The journal could not be written, and can be again.
    JournalWritten,
    /// What is to be remembered could not be written down.
    NotRemembered(String),
    /// Another context answers, or does not.
    Opened(OpId, Result<Box<Place>, Trouble>),
    /// Text was put on the clipboard; says how, or why not.
    Copied(Result<String, String>),
    /// The program was asked to end (SIGTERM).
    Terminated,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAnswer {
    /// The server did it, and answered with the object.
    Accepted(Box<Value>),
    /// It was not done, and this is why.
    Refused(Trouble),
    /// Whether it was done is not known.
    Unknown(Trouble),
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaved {
    /// The reason, in a few words.
    pub why: String,
    /// Which file, as it was typed.
    pub path: String,
}

/// A longer path is cut in its middle: its beginning and its name say most.
const LONGEST: usize = 48;

impl std::fmt::Display for Unsaved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = crate::model::text::clean(&self.path);
        let all = path.chars().count();
        if all <= LONGEST {
            return write!(f, "{}: {path}", self.why);
        }
        let head: String = path.chars().take(LONGEST / 3).collect();
        let tail: String = path.chars().skip(all - (LONGEST - LONGEST / 3 - 1)).collect();
        write!(f, "{}: {head}…{tail}", self.why)
    }
}
