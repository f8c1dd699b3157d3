//! Bytes to slim types: one object, one event of a watch, one page of a list. What comes out does not tell the encodings
//! apart.

pub(super) mod json;
pub(super) mod protobuf;

use super::wire::{ListMeta, Status, Str};

/// Why bytes could not be read, in the parser's words.
pub(super) type Why = String;

/// One event of a watch.
pub(super) struct Line<'a, T> {
    /// `type`.
    pub(super) kind: Str<'a>,
    /// `object`.
    pub(super) body: Body<'a, T>,
}

/// The object of an event.
pub(super) enum Body<'a, T> {
    /// Of the kind that is watched.
    Object(Box<T>),
    /// Of an `ERROR`.
    Status(Box<Status<'a>>),
    /// There is none.
    Missing,
}

/// What a page says beside its items.
#[derive(Default)]
pub(super) struct Page<'a> {
    pub(super) meta: ListMeta<'a>,
    pub(super) skipped: u32,
    pub(super) skipped_why: Option<Why>,
}
