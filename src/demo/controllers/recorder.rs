//! Events as components write them: the same thing said again raises a count, and what is an hour old goes.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::EVENTS;
use super::super::store::{DeleteOptions, Store};
use super::json::{number, text, time};
use super::names::{Dice, fnv};
use super::plan::Note;

/// How long an event is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// Writes events, and knows which it wrote.
#[derive(Debug, Default)]
pub struct Recorder {
    /// By a hash of what is said about what: namespace and name of the event.
    known: HashMap<u64, (String, String)>,
}

impl Recorder {
    /// Learns which events there are.
    pub fn load(&mut self, store: &Store) -> Vec<(String, String, Timestamp)> {
        let mut found = Vec::new();
        for object in store.list(EVENTS, None).1 {
            let event = object.value();
            let place = (object.namespace.to_string(), object.name.to_string());
            let last = time(&event, "/lastTimestamp").unwrap_or(Timestamp::UNIX_EPOCH);
            found.push((place.0.clone(), place.1.clone(), last));
            self.known.insert(identity(&event), place);
        }
        found
    }

    /// Writes an event; gives its place, so that it can be looked at again when it is old.
    pub fn tell(&mut self, store: &Store, note: &Note, dice: &mut Dice, now: Timestamp) -> (String, String) {
        let mut about = note.about.clone();
        if let Some(map) = about.as_object_mut() {
            // The version changes with every write and would make each event a new one.
            map.remove("resourceVersion");
        }
        let namespace = match text(&about, "/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let mut event = json!({
            "involvedObject": about, "reason": note.reason, "message": note.message,
            "type": if note.warning { "Warning" } else { "Normal" },
            "source": {"component": note.component},
            "firstTimestamp": seconds(now), "lastTimestamp": seconds(now), "count": 1, "eventTime": null,
            "reportingComponent": note.component, "reportingInstance": note.host,
        });
        if !note.host.is_empty() {
            event["source"]["host"] = json!(note.host);
        }
        let id = identity(&event);
        if let Some((ns, name)) = self.known.get(&id) {
            let repeated = store.update(EVENTS, ns, name, |known| {
                known["count"] = json!(number(known, "/count").unwrap_or(1) + 1);
                known["lastTimestamp"] = json!(seconds(now));
                Ok(())
            });
            if repeated.is_ok() {
                return (ns.clone(), name.clone());
            }
        }
        let name = format!("{}.{}", text(&event, "/involvedObject/name"), dice.hex(16));
        event["metadata"] = json!({"name": name, "namespace": namespace, "creationTimestamp": seconds(now)});
        let place = (namespace.to_owned(), name);
        // A name that is taken already, by one chance in 2^64, loses an event.
        let _ = store.create(EVENTS, event);
        self.known.insert(id, place.clone());
        place
    }

    /// Removes an event when it is old; else tells when it will be.
    pub fn expire(
        &mut self,
        store: &Store,
        namespace: &str,
        name: &str,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let event = store.get(EVENTS, namespace, name)?.value();
        let last = time(&event, "/lastTimestamp").or_else(|| time(&event, "/metadata/creationTimestamp"))?;
        let due = last.saturating_add(KEPT).ok()?;
        if now < due {
            return Some(due);
        }
        self.known.remove(&identity(&event));
        // It may have been deleted meanwhile; then all is well.
        let _ = store.delete(EVENTS, namespace, name, &DeleteOptions::now());
        None
    }
}

fn identity(event: &Value) -> u64 {
    let parts = [
        text(event, "/involvedObject/uid"),
        text(event, "/involvedObject/name"),
        text(event, "/involvedObject/fieldPath"),
        text(event, "/reason"),
        text(event, "/message"),
        text(event, "/source/component"),
    ];
    fnv(parts.join("\n").as_bytes())
}
