//! Kubernetes' protobuf to slim types.
//!
//! What a slim type does not name is skipped by its length, unread: the larger part of a pod costs nothing. An object
//! stands in an envelope, `k8s\0` and a `runtime.Unknown`; an event of a watch is a `WatchEvent` with such an envelope in
//! it (`k8s.io/apimachinery/pkg/runtime/serializer/protobuf`).

mod merge;
mod reader;

use super::super::wire::Status;
use super::{Body, Line, Page, Why};
pub(in super::super) use merge::{Wire, fields, pair};
use reader::values;
pub(in super::super) use reader::{Broken, Value};

/// Whose numbers fields have: workloads are the same slim type, but each has numbers of its own.
#[derive(Clone, Copy)]
pub(in super::super) enum Layout {
    Other,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
}

/// What every object begins with.
const MAGIC: &[u8] = b"k8s\0";
/// Types of events of a watch.
const EVENTS: [&[u8]; 5] = [b"ADDED", b"MODIFIED", b"DELETED", b"BOOKMARK", b"ERROR"];

/// One object in its envelope.
pub(in super::super) fn object<'a, T: Wire<'a>>(bytes: &'a [u8]) -> Result<T, Why> {
    message(content(bytes)?)
}

/// One event of a watch, without the length before it.
pub(in super::super) fn line<'a, T: Wire<'a>>(frame: &'a [u8]) -> Result<Line<'a, T>, Why> {
    let (kind, object) = event(frame)?;
    let kind = std::str::from_utf8(kind).map_err(|why| why.to_string())?;
    let body = match object {
        None => Body::Missing,
        Some(object) if kind == "ERROR" => Body::Status(Box::new(self::object(object)?)),
        Some(object) => Body::Object(Box::new(self::object(object)?)),
    };
    Ok(Line { kind: kind.into(), body })
}

/// Whether a frame is an event of a watch, whatever is in its object.
pub(in super::super) fn is_event(frame: &[u8]) -> bool {
    event(frame).is_ok_and(|(kind, object)| EVENTS.contains(&kind) && object.is_some())
}

/// A page of a list. Each item is handed on and dropped before the next is read; unreadable ones are counted.
pub(in super::super) fn list<'a, T: Wire<'a>>(
    body: &'a [u8],
    each: &mut dyn FnMut(T),
) -> Result<Page<'a>, Why> {
    let mut page = Page::default();
    for value in values(content(body)?) {
        match value.map_err(|why| why.to_string())? {
            (1, Value::Bytes(bytes)) => page.meta = message(bytes)?,
            (2, Value::Bytes(bytes)) => match message(bytes) {
                Ok(item) => each(item),
                Err(why) => {
                    page.skipped += 1;
                    page.skipped_why.get_or_insert(why);
                }
            },
            _ => {}
        }
    }
    Ok(page)
}

/// A refusal in its envelope; `None` when it is none.
pub(in super::super) fn status(bytes: &[u8]) -> Option<Status<'_>> {
    let is_status = |type_meta| last(type_meta, 2).is_ok_and(|kind| kind == Some(b"Status".as_slice()));
    let type_meta = last(bytes.strip_prefix(MAGIC)?, 1).ok()??;
    is_status(type_meta).then(|| object(bytes).ok())?
}

fn message<'a, T: Wire<'a>>(bytes: &'a [u8]) -> Result<T, Why> {
    let mut out = T::default();
    out.merge::<{ Layout::Other as usize }>(Value::Bytes(bytes)).map_err(|why| why.to_string())?;
    Ok(out)
}

/// Type and object of a `WatchEvent`.
fn event(frame: &[u8]) -> Result<(&[u8], Option<&[u8]>), Why> {
    let kind = last(frame, 1)?.unwrap_or_default();
    let object = last(frame, 2)?.map(|object| last(object, 1)).transpose()?.flatten();
    Ok((kind, object))
}

/// What is in an envelope.
fn content(bytes: &[u8]) -> Result<&[u8], Why> {
    let unknown = bytes.strip_prefix(MAGIC).ok_or("not an object in Kubernetes' protobuf")?;
    if let Some(encoding) = last(unknown, 3)?.filter(|encoding| !encoding.is_empty()) {
        return Err(format!("the unknown encoding {:?}", String::from_utf8_lossy(encoding)));
    }
    Ok(last(unknown, 2)?.unwrap_or_default())
}

/// The bytes of a field of a message: of its last occurrence, as protobuf wants it.
fn last(message: &[u8], number: u64) -> Result<Option<&[u8]>, Why> {
    let mut found = None;
    for value in values(message) {
        match value.map_err(|why| why.to_string())? {
            (at, Value::Bytes(bytes)) if at == number => found = Some(bytes),
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
