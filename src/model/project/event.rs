//! Events: both generations (count and timestamps, series and event time) as one record.

use super::shared::{Shared, small};
use super::wire;
use crate::model::record::{EventRecord, Health};
use crate::model::uid::Uid;

/// The record of an event.
pub(super) fn project(it: &wire::Event<'_>, shared: &mut Shared) -> EventRecord {
    let first = it.first.0.or(it.time.0);
    let (seen, count) = match &it.series {
        Some(series) => (series.last.0.or(it.last.0), small(series.count)),
        None => (it.last.0, small(it.count).max(1)),
    };
    let kind = it.object.kind.to_lowercase();
    let object = if it.object.name.is_empty() { kind } else { format!("{kind}/{}", it.object.name) };
    EventRecord {
        meta: shared.meta(&it.meta),
        kind: shared.text(&it.kind),
        reason: shared.text(&it.reason),
        object: shared.text(&object),
        object_uid: (!it.object.uid.is_empty()).then(|| Uid::new(&it.object.uid)),
        message: shared.text(it.message.trim()),
        count,
        seen: seen.or(first).or(it.meta.created.0).unwrap_or(0),
        health: if it.kind == "Warning" { Health::Warning } else { Health::Ok },
    }
}

#[cfg(test)]
mod tests {
    use crate::model::project::Projector;
    use crate::model::record::{EventRecord, Health, Kind, Record};

    fn event(json: &str) -> EventRecord {
        match Projector::new(Kind::Event).object(json.as_bytes()).unwrap() {
            Record::Event(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_generations() {
        for (json, count, seen) in [
            (
                r#"{"count":4,"firstTimestamp":"1970-01-01T00:00:10Z","lastTimestamp":"1970-01-01T00:01:00Z"}"#,
                4,
                60,
            ),
            (r#"{"firstTimestamp":"1970-01-01T00:00:10Z","lastTimestamp":null}"#, 1, 10),
            (
                r#"{"eventTime":"1970-01-01T00:00:07.123456Z","firstTimestamp":null,"lastTimestamp":null}"#,
                1,
                7,
            ),
            (
                r#"{"eventTime":"1970-01-01T00:00:07.1Z","series":{"count":9,"lastObservedTime":"1970-01-01T00:00:50.5Z"}}"#,
                9,
                50,
            ),
            (r#"{"metadata":{"creationTimestamp":"1970-01-01T00:00:03Z"}}"#, 1, 3),
        ] {
            let event = event(json);
            assert_eq!((event.count, event.seen), (count, seen), "{json}");
        }
    }

    #[test]
    fn object_kind_message() {
        let event = event(
            r#"{"type":"Warning","reason":"BackOff","message":" a\nb ","involvedObject":{"kind":"ReplicaSet","name":"web","uid":"u"}}"#,
        );
        assert_eq!(
            (&*event.object, &*event.message, event.health),
            ("replicaset/web", "a⏎b", Health::Warning)
        );
        assert_eq!(event.object_uid.unwrap().to_string(), "u");
    }
}
