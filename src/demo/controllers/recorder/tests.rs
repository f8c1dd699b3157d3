//! How long events stay, and how many.

use std::time::Duration;

use super::super::plan::{Note, Write};
use super::*;
use crate::demo::clock::Clock;

fn note(about: &str, message: &str) -> Note {
    let about = json!({"kind": "Pod", "namespace": "shop", "name": about, "uid": about});
    match Note::normal(about, "kubelet", "Pulled", message.to_owned()) {
        Write::Tell(note) => note,
        other => panic!("{other:?}"),
    }
}

struct Stage {
    store: Store,
    recorder: Recorder,
    dice: Dice,
    now: Timestamp,
}

impl Stage {
    fn new() -> Self {
        let now = "2026-11-21T04:00:00Z".parse().unwrap();
        let store = Store::new(Clock::starting_at(now), 1);
        Self { store, recorder: Recorder::default(), dice: Dice::new(1), now }
    }

    fn tell(&mut self, about: &str) -> Option<Timestamp> {
        self.recorder.tell(&self.store, &note(about, "said"), &mut self.dice, self.now)
    }

    fn later(&mut self, minutes: u64) -> Option<Timestamp> {
        self.now += Duration::from_mins(minutes);
        self.recorder.sweep(&self.store, self.now)
    }

    fn about(&self) -> Vec<String> {
        let events = self.store.list(EVENTS, None).1;
        events.iter().map(|e| text(&e.value(), "/involvedObject/name").to_owned()).collect()
    }
}

#[tokio::test]
async fn an_event_goes_an_hour_after_it_was_last_said() {
    let mut stage = Stage::new();
    stage.tell("once");
    let look = stage.tell("twice").unwrap();
    assert_eq!(look, stage.now + SignedDuration::from_hours(1));
    stage.later(30);
    stage.tell("twice");
    assert_eq!(stage.later(29), Some(look));
    assert_eq!(stage.about(), ["once", "twice"]);
    assert_eq!(stage.later(1), Some(look + SignedDuration::from_mins(30)));
    assert_eq!(stage.about(), ["twice"]);
    assert_eq!(stage.later(30), None);
    assert_eq!(stage.about(), [""; 0]);
    assert!(stage.recorder.known.is_empty(), "nothing is remembered of what is gone");
    stage.tell("once");
    assert_eq!(stage.about(), ["once"], "said after its time it is a new one");
}

#[tokio::test]
async fn the_oldest_make_room_and_what_was_repeated_is_not_old() {
    let mut stage = Stage::new();
    for number in 0..MOST_EVENTS {
        stage.tell(&format!("pod-{number}"));
    }
    stage.later(1);
    stage.tell("pod-0");
    for number in 0..100 {
        stage.tell(&format!("late-{number}"));
    }
    assert_eq!(stage.store.count(EVENTS), MOST_EVENTS);
    assert_eq!((stage.recorder.line.len(), stage.recorder.known.len()), (MOST_EVENTS, MOST_EVENTS));
    let about = stage.about();
    assert!(about.contains(&"pod-0".to_owned()), "it was said again");
    assert_eq!(about.iter().filter(|name| name.starts_with("late-")).count(), 100);
}

#[tokio::test]
async fn an_event_that_somebody_else_removed_is_forgotten_too() {
    let mut stage = Stage::new();
    stage.tell("gone");
    let event = stage.store.list(EVENTS, None).1.remove(0);
    stage.store.delete(EVENTS, &event.namespace, &event.name, &DeleteOptions::now()).unwrap();
    stage.later(60);
    assert!(stage.recorder.known.is_empty());
}
