//! Objects in the form that was asked for: whole, metadata only, or rows of a Table; one, in lists, in watch events.

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::{Answer, answer, json as json_answer, pieces};
use super::object::Object;
use super::query::{Include, Shape};
use super::resource::Resource;
use super::table::{cells, column_definitions};

/// Pieces of a long list have about this size.
const PIECE: usize = 64 * 1024;

/// The metadata of an object, as `PartialObjectMetadata`.
fn partial(value: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"]})
}

fn row(res: &Resource, include: Include, object: &Object, now: Timestamp) -> Value {
    let value = object.value();
    let cells = cells(res, &value, now);
    let carried = match include {
        Include::None => Value::Null,
        Include::Metadata => partial(&value),
        Include::Object => value,
    };
    json!({"cells": cells, "object": carried})
}

fn table_head(res: &Resource, metadata: &Value) -> Value {
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": column_definitions(res), "rows": []})
}

/// The answer with one object.
pub fn one(res: &Resource, shape: Shape, code: u16, object: &Object, now: Timestamp) -> Answer {
    match shape {
        Shape::Whole => {
            let mut text = object.json.to_vec();
            text.push(b'\n');
            answer(code, "application/json", super::body::full(text))
        }
        Shape::Partial => json_answer(code, &partial(&object.value())),
        Shape::Table(include) => {
            let mut table = table_head(res, &json!({"resourceVersion": object.version.to_string()}));
            table["rows"] = json!([row(res, include, object, now)]);
            json_answer(code, &table)
        }
    }
}

/// The answer with many objects; rendered while it is sent.
pub fn list(
    res: &'static Resource,
    shape: Shape,
    metadata: &Value,
    objects: Vec<Arc<Object>>,
    now: Timestamp,
    gzip: bool,
) -> Answer {
    let (head, tail) = match shape {
        Shape::Whole => (
            format!(
                "{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",\"metadata\":{metadata},\"items\":[",
                res.kind,
                res.api_version()
            ),
            "]}\n",
        ),
        Shape::Partial => (
            format!(
                "{{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{metadata},\"items\":["
            ),
            "]}\n",
        ),
        Shape::Table(_) => {
            let columns = column_definitions(res);
            let head = format!(
                "{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{metadata},\"columnDefinitions\":{columns},\"rows\":["
            );
            (head, "]}\n")
        }
    };
    let per_object = if matches!(shape, Shape::Whole) { 0 } else { 512 };
    let size: usize = objects.iter().map(|o| if per_object == 0 { o.json.len() } else { per_object }).sum();
    // Items of a typed list say neither their kind nor their version: the list does.
    let prefix = format!("{{\"apiVersion\":\"{}\",\"kind\":\"{}\",", res.api_version(), res.kind).len();
    let mut objects = objects.into_iter().peekable();
    let mut first = true;
    let mut next = Some(Bytes::from(head));
    let mut tail = Some(Bytes::from_static(tail.as_bytes()));
    let text = std::iter::from_fn(move || {
        if let Some(head) = next.take() {
            return Some(head);
        }
        if objects.peek().is_none() {
            return tail.take();
        }
        let mut piece = BytesMut::with_capacity(PIECE + 8192);
        while piece.len() < PIECE {
            let Some(object) = objects.next() else { break };
            if !std::mem::take(&mut first) {
                piece.put_u8(b',');
            }
            match shape {
                Shape::Whole => {
                    piece.put_u8(b'{');
                    piece.put_slice(object.json.get(prefix..).unwrap_or_default());
                }
                Shape::Partial => {
                    // Writing JSON into a buffer has no way to fail.
                    let _ = serde_json::to_writer((&mut piece).writer(), &partial(&object.value()));
                }
                Shape::Table(include) => {
                    let _ = serde_json::to_writer((&mut piece).writer(), &row(res, include, &object, now));
                }
            }
        }
        Some(piece.freeze())
    });
    pieces("application/json", text, size, gzip)
}

/// One line of a watch.
pub fn event(
    res: &Resource,
    shape: Shape,
    kind: &str,
    object: &Object,
    now: Timestamp,
    columns: bool,
) -> Bytes {
    let mut line = BytesMut::with_capacity(object.json.len() + 64);
    line.put_slice(b"{\"type\":\"");
    line.put_slice(kind.as_bytes());
    line.put_slice(b"\",\"object\":");
    match shape {
        Shape::Whole => line.put_slice(&object.json),
        Shape::Partial => line.put_slice(partial(&object.value()).to_string().as_bytes()),
        Shape::Table(include) => {
            let version = object.version.to_string();
            let mut table = table_head(res, &json!({"resourceVersion": version}));
            if !columns {
                // Only the first event of a stream says what the columns are.
                table["columnDefinitions"] = Value::Null;
            }
            table["rows"] = json!([row(res, include, object, now)]);
            line.put_slice(table.to_string().as_bytes());
        }
    }
    line.put_slice(b"}\n");
    line.freeze()
}

/// A bookmark: up to which version everything was sent.
pub fn bookmark(res: &Resource, shape: Shape, version: u64, initial_end: bool) -> Bytes {
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if initial_end {
        metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    let object = match shape {
        Shape::Whole => json!({"kind": res.kind, "apiVersion": res.api_version(), "metadata": metadata}),
        Shape::Partial => partial(&json!({"metadata": metadata})),
        Shape::Table(include) => {
            let mut table = table_head(res, &json!({"resourceVersion": version.to_string()}));
            table["columnDefinitions"] = Value::Null;
            let carried = match include {
                Include::None => Value::Null,
                _ => partial(&json!({"metadata": metadata})),
            };
            table["rows"] = json!([{"cells": [], "object": carried}]);
            table
        }
    };
    Bytes::from(format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n"))
}
