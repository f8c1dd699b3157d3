//! Events as components write them: the same thing said again raises a count, and what is an hour old goes.
//!
//! The number is bounded too: a large cluster in which much happens would otherwise keep tens of thousands.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::clock::seconds;
use super::super::resource::EVENTS;
use super::super::store::{DeleteOptions, Store};
use super::json::{number, text, time};
use super::names::{Dice, fnv};
use super::plan::Note;

/// How long an event is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How many are kept; the oldest go first.
pub const MOST_EVENTS: usize = 5000;

/// Where an event is: its namespace and its name.
type Place = (String, String);

/// Writes events, and knows which it wrote.
#[derive(Debug, Default)]
pub struct Recorder {
    /// By a hash of what is said about what.
    known: HashMap<u64, Place>,
    /// All of them with the hash, by the time when they were last said as far as is known: one that was said again
    /// since gets its new place when its turn comes.
    line: BTreeSet<(Timestamp, u64, Place)>,
}

impl Recorder {
    /// Learns which events there are; gives the time of the next look.
    pub fn load(&mut self, store: &Store) -> Option<Timestamp> {
        for object in store.list(EVENTS, None).1 {
            let event = object.value();
            let place = (object.namespace.to_string(), object.name.to_string());
            let id = identity(&event);
            self.line.insert((last_said(&event), id, place.clone()));
            self.known.insert(id, place);
        }
        self.next_look()
    }

    /// Writes an event, and lets go of the oldest when there are too many; gives the time of the next look.
    pub fn tell(&mut self, store: &Store, note: &Note, dice: &mut Dice, now: Timestamp) -> Option<Timestamp> {
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
                return self.next_look();
            }
        }
        let name = format!("{}.{}", text(&event, "/involvedObject/name"), dice.hex(16));
        event["metadata"] = json!({"name": name, "namespace": namespace, "creationTimestamp": seconds(now)});
        let place = (namespace.to_owned(), name);
        // A name that is taken already, by one chance in 2^64, loses an event.
        self.line.insert((last_said(&event), id, place.clone()));
        let _ = store.create(EVENTS, event);
        self.known.insert(id, place);
        self.sweep(store, now)
    }

    /// Removes the events that are old or too many; gives the time of the next look.
    pub fn sweep(&mut self, store: &Store, now: Timestamp) -> Option<Timestamp> {
        let old = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        while let Some((said, ..)) = self.line.first()
            && (self.line.len() > MOST_EVENTS || *said <= old)
        {
            let Some((said, id, place)) = self.line.pop_first() else { break };
            let event = store.get(EVENTS, &place.0, &place.1);
            let last = event.map(|event| last_said(&event.value()));
            if let Some(again) = last.filter(|again| *again > said) {
                self.line.insert((again, id, place));
                continue;
            }
            if self.known.get(&id) == Some(&place) {
                self.known.remove(&id);
            }
            // It may have been deleted meanwhile; then all is well.
            let _ = store.delete(EVENTS, &place.0, &place.1, &DeleteOptions::now());
        }
        self.next_look()
    }

    fn next_look(&self) -> Option<Timestamp> {
        self.line.first().and_then(|(said, ..)| said.saturating_add(KEPT).ok())
    }
}

fn last_said(event: &Value) -> Timestamp {
    let said = time(event, "/lastTimestamp").or_else(|| time(event, "/metadata/creationTimestamp"));
    said.unwrap_or(Timestamp::UNIX_EPOCH)
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

#[cfg(test)]
mod tests;
