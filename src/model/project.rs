//! Projection: the bytes of an object to its record.
//!
//! Slim types say which fields are read; everything else is skipped by the parser. They are the same for both encodings
//! that servers have: JSON, and Kubernetes' protobuf, which is read several times faster.
//!
//! No bytes make it panic. A field that is missing, null or of the wrong type counts as absent; an object that is not
//! valid fails alone (a watch line: an error for that line; an item of a list: counted in [`ListMeta::skipped`]).

mod decode;
mod event;
mod lax;
mod network;
mod node;
mod own;
mod pod;
mod row;
mod shared;
mod slim;
mod strip;
mod why;
mod wire;
mod workload;

use std::sync::Arc;

use self::decode::protobuf::{Broken, Layout, Value, Wire};
use self::lax::Lax;
use self::shared::Shared;
use self::strip::Strip;
use super::columns::own::OwnColumn;
use super::feed::Definition;
use super::record::{Kind, Record};
use super::text::clean;
use super::uid::Uid;

pub(super) use self::why::image_essence;

/// Makes records of one kind; owns the strings that its records share. One for each watch task.
#[derive(Debug)]
pub struct Projector {
    kind: Kind,
    shared: Shared,
    strip: Strip,
    columns: row::Columns,
    own: own::Own,
}

/// One decoded event of a watch stream.
#[derive(Debug, PartialEq, Eq)]
pub struct WatchEvent {
    /// `metadata.resourceVersion` of the object or bookmark: where a cut watch goes on.
    pub version: Option<String>,
    /// What it says.
    pub what: WatchChange,
}

/// What an event of a watch stream says.
#[derive(Debug, PartialEq, Eq)]
pub enum WatchChange {
    /// ADDED or MODIFIED.
    Upsert(Record),
    /// DELETED.
    Remove(Uid),
    /// BOOKMARK; `initial_events_end` when it carries the annotation `k8s.io/initial-events-end`.
    Bookmark {
        /// The streaming list is complete.
        initial_events_end: bool,
    },
    /// ERROR with a `Status`.
    Error {
        /// HTTP code, e.g. 410.
        code: u16,
        /// `reason`, e.g. `Expired`.
        reason: String,
        /// `message`, cleaned.
        message: String,
    },
}

/// `metadata` of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListMeta {
    /// Where a watch goes on from here.
    pub version: String,
    /// The next page, if there is one.
    pub next: Option<String>,
    /// How many items the server says are still to come.
    pub remaining: Option<u64>,
    /// Items that could not be read and are missing from the rows.
    pub skipped: u32,
    /// Why the first of them could not be read.
    pub skipped_why: Option<DecodeError>,
}

/// A `Status` with which a server refuses.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `reason`, e.g. `Forbidden`.
    pub reason: String,
    /// `message`, as the server wrote it.
    pub message: String,
    /// `details.retryAfterSeconds`.
    pub retry_after: Option<i64>,
}

/// The bytes were not what the API promises.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot read {what}: {why}")]
pub struct DecodeError {
    /// E.g. `a pod`.
    pub what: &'static str,
    /// The parser's words, cleaned and short.
    pub why: String,
}

/// Does something with the slim type of a hot kind, or something else with another kind.
macro_rules! by_kind {
    ($of:expr, $slim:ident => $do:expr, $other:pat => $else:expr) => {
        by_kind!(@ $of, $slim, $do, $other, $else, Pod wire::Pod, Deployment Deployment, ReplicaSet ReplicaSet,
            StatefulSet StatefulSet, DaemonSet DaemonSet, Service wire::Service,
            EndpointSlice wire::EndpointSlice, Node wire::Node, Event wire::Event)
    };
    (@ $of:expr, $slim:ident, $do:expr, $other:pat, $else:expr, $($kind:ident $path:path),*) => {
        match $of {
            $(Kind::$kind => {
                use $path as $slim;
                $do
            })*
            Kind::Other($other) => $else,
        }
    };
}

/// Whether a frame of a watch stream in protobuf is an event, whatever its object is.
pub fn is_watch_frame(frame: &[u8]) -> bool {
    decode::protobuf::is_event(frame)
}

/// What a refusal in protobuf says.
pub fn refusal(body: &[u8]) -> Option<Refusal> {
    decode::protobuf::status(body).map(|status| Refusal {
        reason: status.reason.into_owned(),
        message: status.message.into_owned(),
        retry_after: status.details.retry_after,
    })
}

impl Projector {
    /// A projector for a kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            shared: Shared::default(),
            strip: Strip::default(),
            columns: row::Columns::default(),
            own: own::Own::default(),
        }
    }

    /// Reads the values of the user's columns too; only from JSON.
    #[must_use]
    pub fn with_own(mut self, columns: Option<&Arc<[OwnColumn]>>) -> Self {
        self.own = own::Own::new(columns);
        self
    }

    /// The kind it makes records of.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The record of one object in JSON.
    pub fn object(&mut self, json: &[u8]) -> Result<Record, DecodeError> {
        by_kind!(self.kind, Slim => {
            let slim: Slim<'_> = decode::json::object(json).map_err(|why| self.error(&why))?;
            let mut record = slim.record(&mut self.shared);
            self.own.read(json, &mut record, &mut self.shared);
            Ok(record)
        }, resource => row::object(json, resource, &self.own, &mut self.shared).map_err(|why| self.error(&why)))
    }

    /// The columns of the server's table, if others came since this was asked last.
    pub fn new_columns(&mut self) -> Option<Arc<[Definition]>> {
        self.columns.take_news()
    }

    /// What one line of a watch stream in JSON says. An error is an error of this line only: the next one can be read.
    pub fn watch_line(&mut self, line: &[u8]) -> Result<WatchEvent, DecodeError> {
        self.quickly(line, |it, left| it.exact_line(left)).map_or_else(|| self.exact_line(line), Ok)
    }

    /// What one frame of a watch stream in protobuf says; like [`Projector::watch_line`].
    pub fn watch_frame(&mut self, frame: &[u8]) -> Result<WatchEvent, DecodeError> {
        by_kind!(self.kind, Slim => self.event(decode::protobuf::line::<Slim<'_>>(frame)),
            _ => Err(self.error("a table is no protobuf")))
    }

    /// Reads what is left without `managedFields`; `None` when there are none, or when what is left cannot be read: then
    /// the original decides.
    fn quickly<T>(
        &mut self,
        json: &[u8],
        read: impl FnOnce(&mut Self, &[u8]) -> Result<T, DecodeError>,
    ) -> Option<T> {
        let mut strip = std::mem::take(&mut self.strip);
        let out = strip.without(json).and_then(|left| read(self, left).ok());
        self.strip = strip;
        out
    }

    fn exact_line(&mut self, line: &[u8]) -> Result<WatchEvent, DecodeError> {
        by_kind!(self.kind, Slim => {
            let mut event = self.event(decode::json::line::<Slim<'_>>(line))?;
            if let WatchChange::Upsert(record) = &mut event.what
                && !self.own.is_empty()
                && let Some(object) = decode::json::object_of_line(line)
            {
                self.own.read(object.get().as_bytes(), record, &mut self.shared);
            }
            Ok(event)
        },
        resource => {
            let read = row::line(line, resource, &self.own, &mut self.columns, &mut self.shared);
            read.map_err(|why| self.error(&why))
        })
    }

    /// Hands the records of one page of a list in JSON to `rows`, each as soon as it is read. An item that cannot be read
    /// is left out and counted; an error means that the body as a whole is broken (rows may have been handed out before).
    pub fn list(&mut self, body: &[u8], rows: &mut dyn FnMut(Record)) -> Result<ListMeta, DecodeError> {
        // When what is left cannot be read, rows that were handed out come again, as they are in the original.
        self.quickly(body, |it, left| it.exact_list(left, rows))
            .map_or_else(|| self.exact_list(body, rows), Ok)
    }

    /// The same for a page in protobuf.
    pub fn list_protobuf(
        &mut self,
        body: &[u8],
        rows: &mut dyn FnMut(Record),
    ) -> Result<ListMeta, DecodeError> {
        by_kind!(self.kind, Slim => {
            let shared = &mut self.shared;
            let mut each = |slim: Slim<'_>| rows(slim.record(shared));
            let page = decode::protobuf::list(body, &mut each);
            self.page(page)
        }, _ => Err(self.error("a table is no protobuf")))
    }

    fn exact_list(&mut self, body: &[u8], rows: &mut dyn FnMut(Record)) -> Result<ListMeta, DecodeError> {
        by_kind!(self.kind, Slim => {
            let shared = &mut self.shared;
            let page = if self.own.is_empty() {
                let mut each = |slim: Slim<'_>| rows(slim.record(shared));
                decode::json::list(body, &mut each)
            } else {
                let own = &self.own;
                let mut each = |slim: Slim<'_>, json: &str| {
                    let mut record = slim.record(shared);
                    own.read(json.as_bytes(), &mut record, shared);
                    rows(record);
                };
                decode::json::pieces(body, &mut each)
            };
            self.page(page)
        }, resource => {
            let page = row::list(body, resource, &self.own, &mut self.columns, &mut self.shared, rows);
            page.map_err(|why| DecodeError { what: self.list_name(), why: why::short(&why) })
        })
    }

    fn event<'a, T: Slim<'a>>(
        &mut self,
        event: Result<decode::Line<'a, T>, decode::Why>,
    ) -> Result<WatchEvent, DecodeError> {
        let decode::Line { kind, body } = event.map_err(|why| self.error(&why))?;
        let object = match body {
            decode::Body::Object(object) => object,
            decode::Body::Status(status) => {
                let what = WatchChange::Error {
                    code: u16::try_from(status.code).unwrap_or(0),
                    reason: clean(&status.reason).into_owned(),
                    message: why::short(&status.message),
                };
                return Ok(WatchEvent { version: None, what });
            }
            decode::Body::Missing => return Err(self.error("a line without an object")),
        };
        let meta = object.meta();
        let version = (!meta.version.is_empty()).then(|| meta.version.to_string());
        let what = match kind.as_ref() {
            // A record without identity could neither be found again nor removed.
            "ADDED" | "MODIFIED" | "DELETED" if meta.uid.is_empty() => {
                return Err(self.error("an object without a uid"));
            }
            "ADDED" | "MODIFIED" => WatchChange::Upsert(object.record(&mut self.shared)),
            "DELETED" => WatchChange::Remove(Uid::new(&meta.uid)),
            "BOOKMARK" => {
                WatchChange::Bookmark { initial_events_end: meta.annotations.initial_events_end == "true" }
            }
            other => return Err(self.error(&format!("a line of the unknown type {other:?}"))),
        };
        Ok(WatchEvent { version, what })
    }

    fn page(&self, page: Result<decode::Page<'_>, decode::Why>) -> Result<ListMeta, DecodeError> {
        let page = page.map_err(|why| DecodeError { what: self.list_name(), why: why::short(&why) })?;
        Ok(ListMeta {
            version: page.meta.version.into_owned(),
            next: (!page.meta.next.is_empty()).then(|| page.meta.next.into_owned()),
            remaining: page.meta.remaining.and_then(|count| u64::try_from(count).ok()),
            skipped: page.skipped,
            skipped_why: page.skipped_why.map(|why| self.error(&why)),
        })
    }

    fn error(&self, why: &str) -> DecodeError {
        let what = match self.kind {
            Kind::Pod => "a pod",
            Kind::Deployment => "a deployment",
            Kind::ReplicaSet => "a ReplicaSet",
            Kind::StatefulSet => "a StatefulSet",
            Kind::DaemonSet => "a DaemonSet",
            Kind::Service => "a service",
            Kind::EndpointSlice => "an EndpointSlice",
            Kind::Node => "a node",
            Kind::Event => "an event",
            Kind::Other(_) => "an object",
        };
        DecodeError { what, why: why::short(why) }
    }

    fn list_name(&self) -> &'static str {
        match self.kind {
            Kind::Pod => "a list of pods",
            Kind::Deployment => "a list of deployments",
            Kind::ReplicaSet => "a list of ReplicaSets",
            Kind::StatefulSet => "a list of StatefulSets",
            Kind::DaemonSet => "a list of DaemonSets",
            Kind::Service => "a list of services",
            Kind::EndpointSlice => "a list of EndpointSlices",
            Kind::Node => "a list of nodes",
            Kind::Event => "a list of events",
            Kind::Other(_) => "a table",
        }
    }
}

/// A slim object: what is read of a kind, and the record that it makes.
trait Slim<'a>: Lax<'a> + Wire<'a> {
    /// Its metadata.
    fn meta(&self) -> &wire::Meta<'a>;

    /// Its record.
    fn record(&self, shared: &mut Shared) -> Record;
}

/// Workloads have the same fields as far as they are read; these types tell them apart.
#[derive(Default)]
struct Deployment<'a>(wire::Workload<'a>);

#[derive(Default)]
struct ReplicaSet<'a>(wire::Workload<'a>);

#[derive(Default)]
struct StatefulSet<'a>(wire::Workload<'a>);

#[derive(Default)]
struct DaemonSet<'a>(wire::Workload<'a>);

macro_rules! wrap {
    ($($name:ident)*) => {$(
        impl<'a> Lax<'a> for $name<'a> {
            fn map<A: serde::de::MapAccess<'a>>(map: A) -> Result<Self, A::Error> {
                wire::Workload::map(map).map(Self)
            }
        }

        impl<'a> Wire<'a> for $name<'a> {
            fn merge<const LAYOUT: usize>(&mut self, value: Value<'a>) -> Result<(), Broken> {
                self.0.merge::<{ Layout::$name as usize }>(value)
            }
        }
    )*};
}
wrap!(Deployment ReplicaSet StatefulSet DaemonSet);

macro_rules! slim_objects {
    ($($slim:ty: |$it:ident| $meta:expr, |$shared:ident| $record:expr;)*) => {$(
        impl<'a> Slim<'a> for $slim {
            fn meta(&self) -> &wire::Meta<'a> {
                let $it = self;
                &$meta
            }

            fn record(&self, $shared: &mut Shared) -> Record {
                let $it = self;
                $record
            }
        }
    )*};
}
slim_objects! {
    wire::Pod<'a>: |it| it.meta, |shared| Record::Pod(pod::project(it, shared));
    Deployment<'a>: |it| it.0.meta, |shared| Record::Deployment(Box::new(workload::deployment(&it.0, shared)));
    ReplicaSet<'a>: |it| it.0.meta, |shared| Record::ReplicaSet(Box::new(workload::replica_set(&it.0, shared)));
    StatefulSet<'a>: |it| it.0.meta,
        |shared| Record::StatefulSet(Box::new(workload::stateful_set(&it.0, shared)));
    DaemonSet<'a>: |it| it.0.meta, |shared| Record::DaemonSet(Box::new(workload::daemon_set(&it.0, shared)));
    wire::Service<'a>: |it| it.meta, |shared| Record::Service(Box::new(network::service(it, shared)));
    wire::EndpointSlice<'a>: |it| it.meta,
        |shared| Record::EndpointSlice(Box::new(network::endpoint_slice(it, shared)));
    wire::Node<'a>: |it| it.meta, |shared| Record::Node(Box::new(node::project(it, shared)));
    wire::Event<'a>: |it| it.meta, |shared| Record::Event(Box::new(event::project(it, shared)));
}

#[cfg(test)]
mod tests;
