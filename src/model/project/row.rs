//! The server's table to rows: cells as kubectl prints them, metadata of each object, never its content.
//!
//! `meta.k8s.io/v1` Table (<https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables>). A
//! server that has no tables for a kind sends its objects instead; their names and ages are shown then, as kubectl does.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::decode::{Why, json};
use super::own::Own;
use super::shared::Shared;
use super::wire;
use super::{ListMeta, WatchChange, WatchEvent};
use crate::model::facts::Facts;
use crate::model::feed::Definition;
use crate::model::record::{Health, Record, Row};
use crate::model::resource::Resource;
use crate::model::text::{Text, clean};
use crate::model::uid::Uid;

mod facts;
mod health;

/// What is known of the columns: a watch says them once.
#[derive(Debug, Default)]
pub(super) struct Columns {
    known: Option<Arc<[Definition]>>,
    news: bool,
}

impl Columns {
    /// The columns, if they are not those that were taken before.
    pub(super) fn take_news(&mut self) -> Option<Arc<[Definition]>> {
        std::mem::take(&mut self.news).then(|| self.known.clone()).flatten()
    }

    fn learn(&mut self, definitions: &[WireDefinition<'_>]) {
        let definitions: Vec<Definition> = definitions.iter().map(WireDefinition::own).collect();
        if self.known.as_deref() != Some(&definitions) {
            self.known = Some(definitions.into());
            self.news = true;
        }
    }

    fn definitions(&self) -> &[Definition] {
        self.known.as_deref().unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct WireDefinition<'a> {
    name: std::borrow::Cow<'a, str>,
    #[serde(default, rename = "type")]
    kind: std::borrow::Cow<'a, str>,
    #[serde(default)]
    description: std::borrow::Cow<'a, str>,
    #[serde(default)]
    priority: i64,
}

impl WireDefinition<'_> {
    fn own(&self) -> Definition {
        // The descriptions of the API are pages; a column has room for a sentence or two.
        let help = self.description.split("\n\n").next().unwrap_or_default();
        Definition {
            name: clean(&self.name).into(),
            kind: clean(&self.kind).into(),
            help: clean(help).into(),
            wide: self.priority != 0,
        }
    }
}

/// A table; or, where `columnDefinitions` never came, what a server without tables sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTable<'a> {
    #[serde(borrow, default)]
    column_definitions: Option<Vec<WireDefinition<'a>>>,
    #[serde(borrow, default)]
    rows: Option<Vec<WireRow<'a>>>,
    /// Of a list that is no table.
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireRow<'a> {
    #[serde(default)]
    cells: Vec<Value>,
    #[serde(borrow, default)]
    object: Option<&'a RawValue>,
}

/// An object, of which only the metadata is read.
#[derive(Deserialize)]
struct WireObject<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

#[derive(Deserialize)]
struct WireEvent<'a> {
    #[serde(rename = "type")]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

fn parsed<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Why> {
    serde_json::from_slice(json).map_err(|why| why.to_string())
}

fn meta(object: &RawValue) -> Result<wire::Meta<'_>, Why> {
    let object: WireObject<'_> = parsed(object.get().as_bytes())?;
    json::object(object.metadata.get().as_bytes())
}

/// The record of one object, which has no cells.
pub(super) fn object(
    bytes: &[u8],
    resource: &'static Resource,
    own: &Own,
    shared: &mut Shared,
) -> Result<Record, Why> {
    let object: &RawValue = parsed(bytes)?;
    let facts = facts::of(resource, object, shared);
    let mut record = record(&meta(object)?, &[], &[], resource, facts, shared);
    own.read(bytes, &mut record, shared);
    Ok(record)
}

/// One line of a watch.
pub(super) fn line(
    bytes: &[u8],
    resource: &'static Resource,
    own: &Own,
    columns: &mut Columns,
    shared: &mut Shared,
) -> Result<WatchEvent, Why> {
    let event: WireEvent<'_> = parsed(bytes)?;
    if event.kind == "ERROR" {
        let status: wire::Status<'_> = json::object(event.object.get().as_bytes())?;
        let what = WatchChange::Error {
            code: u16::try_from(status.code).unwrap_or(0),
            reason: clean(&status.reason).into_owned(),
            message: super::why::short(&status.message),
        };
        return Ok(WatchEvent { version: None, what });
    }
    let table: WireTable<'_> = parsed(event.object.get().as_bytes())?;
    if let Some(definitions) = &table.column_definitions {
        columns.learn(definitions);
    }
    let row = table.rows.as_ref().and_then(|rows| rows.first());
    let object = match row {
        Some(row) => row.object.ok_or("a row without an object")?,
        // Bookmarks of some servers, and objects of those that have no tables.
        None => event.object,
    };
    let json = object.get().as_bytes();
    let meta = meta(object)?;
    let version = (!meta.version.is_empty()).then(|| meta.version.to_string());
    let what = match event.kind.as_ref() {
        "ADDED" | "MODIFIED" | "DELETED" if meta.uid.is_empty() => {
            return Err("an object without a uid".to_owned());
        }
        "ADDED" | "MODIFIED" => {
            let cells = row.map_or(&[][..], |row| &row.cells);
            let facts = facts::of(resource, object, shared);
            let mut record = record(&meta, cells, columns.definitions(), resource, facts, shared);
            own.read(json, &mut record, shared);
            WatchChange::Upsert(record)
        }
        "DELETED" => WatchChange::Remove(Uid::new(&meta.uid)),
        "BOOKMARK" => {
            WatchChange::Bookmark { initial_events_end: meta.annotations.initial_events_end == "true" }
        }
        other => return Err(format!("a line of the unknown type {other:?}")),
    };
    Ok(WatchEvent { version, what })
}

/// A page of a list.
pub(super) fn list(
    bytes: &[u8],
    resource: &'static Resource,
    own: &Own,
    columns: &mut Columns,
    shared: &mut Shared,
    rows: &mut dyn FnMut(Record),
) -> Result<ListMeta, Why> {
    let table: WireTable<'_> = parsed(bytes)?;
    if let Some(definitions) = &table.column_definitions {
        columns.learn(definitions);
    }
    let mut out = ListMeta::default();
    if let Some(metadata) = table.metadata {
        let meta: wire::ListMeta<'_> = json::object(metadata.get().as_bytes())?;
        out.version = meta.version.into_owned();
        out.next = (!meta.next.is_empty()).then(|| meta.next.into_owned());
        out.remaining = meta.remaining.and_then(|count| u64::try_from(count).ok());
    }
    let of_rows = table.rows.iter().flatten().map(|row| (row.object, row.cells.as_slice()));
    let of_items = table.items.iter().flatten().map(|item| (Some(*item), &[][..]));
    for (object, cells) in of_rows.chain(of_items) {
        let facts = object.and_then(|object| facts::of(resource, object, shared));
        let object = object.ok_or_else(|| "a row without an object".to_owned());
        let read = object.and_then(|object| Ok((meta(object)?, object.get().as_bytes())));
        match read {
            Ok((meta, _)) if meta.uid.is_empty() && meta.name.is_empty() => {
                skip(&mut out, "an object without a name");
            }
            Ok((meta, json)) => {
                let mut record = record(&meta, cells, columns.definitions(), resource, facts, shared);
                own.read(json, &mut record, shared);
                rows(record);
            }
            Err(why) => skip(&mut out, &why),
        }
    }
    Ok(out)
}

fn skip(out: &mut ListMeta, why: &str) {
    out.skipped += 1;
    out.skipped_why
        .get_or_insert_with(|| super::DecodeError { what: "an object", why: super::why::short(why) });
}

fn record(
    meta: &wire::Meta<'_>,
    cells: &[Value],
    definitions: &[Definition],
    resource: &'static Resource,
    facts: Option<Box<Facts>>,
    shared: &mut Shared,
) -> Record {
    let mut common = shared.meta(meta);
    if meta.uid.is_empty() {
        // What is computed (`metrics.k8s.io`, component statuses) has no identity but its name.
        common.uid = Uid::new(&format!("{}/{}", meta.namespace, meta.name));
    }
    // A name that is printed as it is, is in the metadata; an age is as old as the answer: kept, it would make a change of
    // every new list.
    let kept = |at: usize, cell: &Value| match definitions.get(at).map(|column| &*column.name) {
        Some("Age") => false,
        Some("Name") => cell.as_str() != Some(&*meta.name),
        _ => true,
    };
    let cells: Box<[Text]> = (cells.iter().enumerate())
        .map(|(at, cell)| if kept(at, cell) { text(cell, shared) } else { shared.text("") })
        .collect();
    let (health, telling) = match common.deleting {
        Some(_) => (Health::Progressing, None),
        None => {
            let (told, telling) = health::of(definitions, &cells);
            match facts.as_ref().map(|facts| facts.health()) {
                Some(health) if health < told => (health, None),
                // Whoever is done, or asleep on purpose, is not called well.
                Some(Health::Idle) if told == Health::Ok => (Health::Idle, None),
                _ => (told, telling),
            }
        }
    };
    Record::Row(Box::new(Row { meta: common, resource, cells, health, telling, facts }))
}

/// A cell as kubectl prints it: what is absent is `<none>`.
fn text(cell: &Value, shared: &mut Shared) -> Text {
    match cell {
        Value::Null => shared.text("<none>"),
        Value::String(text) => shared.text(text),
        other => shared.text(&other.to_string()),
    }
}

#[cfg(test)]
mod tests;
