//! JSON to slim types. The only place that names a JSON parser.
//!
//! The parser is `serde_json`: measured against `sonic-rs` on recorded pods it costs the same, and it skips what is not read
//! without recursion, so that no depth of nesting can exhaust the stack.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::super::lax::{Lax, read};
use super::super::wire::Str;
use super::{Body, Line, Page, Why};

/// One object.
pub(in super::super) fn object<'a, T: Lax<'a>>(json: &'a [u8]) -> Result<T, Why> {
    run(json, ObjectOnly(PhantomData))
}

/// Reads all of `json` with a seed.
fn run<'a, S: DeserializeSeed<'a>>(json: &'a [u8], seed: S) -> Result<S::Value, Why> {
    let text = std::str::from_utf8(json).map_err(|why| why.to_string())?;
    let mut parser = Deserializer::from_str(text);
    let value = seed.deserialize(&mut parser).map_err(|why| why.to_string())?;
    parser.end().map_err(|why| why.to_string())?;
    Ok(value)
}

/// An object, and nothing else: at the top, a string or `null` is no object with everything absent.
struct ObjectOnly<T>(PhantomData<T>);

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for ObjectOnly<T> {
    type Value = T;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, T: Lax<'a>> Visitor<'a> for ObjectOnly<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<T, A::Error> {
        T::map(map)
    }
}

/// Reads a line of a watch. The server writes `type` first; when it stands behind the object, the line is read twice.
pub(in super::super) fn line<'a, T: Lax<'a>>(line: &'a [u8]) -> Result<Line<'a, T>, Why> {
    let first = run(line, LineSeed { kind: None, object: PhantomData })?;
    if matches!(first.body, Body::Missing) && !first.kind.is_empty() {
        return run(line, LineSeed { kind: Some(first.kind), object: PhantomData });
    }
    Ok(first)
}

struct LineSeed<'a, T> {
    kind: Option<Str<'a>>,
    object: PhantomData<T>,
}

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for LineSeed<'a, T> {
    type Value = Line<'a, T>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, T: Lax<'a>> Visitor<'a> for LineSeed<'a, T> {
    type Value = Line<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of a watch")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kind = self.kind;
        let mut body = Body::Missing;
        while let Some(key) = map.next_key_seed(read::<Str<'a>>())? {
            match (key.as_ref(), kind.as_deref()) {
                ("type", _) => kind = Some(map.next_value_seed(read())?),
                ("object", Some("ERROR")) => body = Body::Status(map.next_value_seed(Boxed(PhantomData))?),
                ("object", Some(_)) => body = Body::Object(map.next_value_seed(Boxed(PhantomData))?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Line { kind: kind.unwrap_or_default(), body })
    }
}

/// A boxed object.
struct Boxed<T>(PhantomData<T>);

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for Boxed<T> {
    type Value = Box<T>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Box<T>, D::Error> {
        read::<T>().deserialize(deserializer).map(Box::new)
    }
}

/// Reads a page of a list; each item is handed on and dropped before the next is read.
///
/// The fast way is one pass. When it fails, the page is taken apart into the bytes of its items, those that were not yet
/// handed on are read one by one, and the unreadable ones are counted.
pub(in super::super) fn list<'a, T: Lax<'a>>(
    body: &'a [u8],
    each: &mut dyn FnMut(T),
) -> Result<Page<'a>, Why> {
    let mut done = 0_usize;
    let mut counted = |item| {
        done += 1;
        each(item);
    };
    match run(body, PageSeed { each: &mut counted }) {
        Ok(page) => Ok(page),
        Err(why) => one_by_one(body, done, &mut |item, _| each(item)).ok_or(why),
    }
}

/// The same, with the bytes of each item.
pub(in super::super) fn pieces<'a, T: Lax<'a>>(
    body: &'a [u8],
    each: &mut dyn FnMut(T, &'a str),
) -> Result<Page<'a>, Why> {
    match one_by_one(body, 0, each) {
        Some(page) => Ok(page),
        // It has no items, or is no list.
        None => list(body, &mut |item| each(item, "null")),
    }
}

/// The bytes of the object of a watch's line.
pub(in super::super) fn object_of_line(line: &[u8]) -> Option<&RawValue> {
    #[derive(serde::Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        object: &'a RawValue,
    }
    serde_json::from_slice::<Event<'_>>(line).ok().map(|event| event.object)
}

fn one_by_one<'a, T: Lax<'a>>(
    body: &'a [u8],
    done: usize,
    each: &mut dyn FnMut(T, &'a str),
) -> Option<Page<'a>> {
    let parts: Parts<'a> = serde_json::from_slice(body).ok()?;
    let mut page = Page::default();
    if let Some(meta) = parts.metadata {
        page.meta = object(meta.get().as_bytes()).ok()?;
    }
    for item in parts.items.into_iter().skip(done) {
        match object(item.get().as_bytes()) {
            Ok(read) => each(read, item.get()),
            Err(why) => {
                page.skipped += 1;
                page.skipped_why.get_or_insert(why);
            }
        }
    }
    Some(page)
}

/// A page as the bytes of its parts. This parser only checks the outline, so that what is odd in an item stays there.
#[derive(serde::Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

struct PageSeed<'r, T> {
    each: &'r mut dyn FnMut(T),
}

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for PageSeed<'_, T> {
    type Value = Page<'a>;

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, T: Lax<'a>> Visitor<'a> for PageSeed<'_, T> {
    type Value = Page<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut page = Page::default();
        while let Some(key) = map.next_key_seed(read::<Str<'a>>())? {
            match key.as_ref() {
                "metadata" => page.meta = map.next_value_seed(read())?,
                "items" => map.next_value_seed(Items { each: &mut *self.each })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(page)
    }
}

/// The items of a page; `null` is an empty list (as a server in Go may write it).
struct Items<'r, T> {
    each: &'r mut dyn FnMut(T),
}

impl<'a, T: Lax<'a>> DeserializeSeed<'a> for Items<'_, T> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, T: Lax<'a>> Visitor<'a> for Items<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element_seed(ObjectOnly::<T>(PhantomData))? {
            (self.each)(item);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
