//! Writes down what is remembered, off the loop: always the newest, and the last of it before the program ends.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::Sender;

use crate::event::Event;
use crate::memory::{Memory, Store};

/// The writer of one file.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    store: Option<Store>,
    /// What is not written yet.
    newest: Arc<Mutex<Option<Memory>>>,
    /// One writes at a time, so that an older state never replaces a newer one.
    writing: Arc<Mutex<()>>,
}

impl Keeper {
    pub(super) fn new(store: Option<Store>) -> Self {
        Self { store, newest: Arc::default(), writing: Arc::default() }
    }

    /// Writes it soon; answers only when that fails.
    pub(super) fn keep(&self, memory: Memory, events: Sender<Event>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(memory);
        let keeper = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(why) = keeper.write() {
                // The loop may have ended meanwhile.
                let _ = events.blocking_send(Event::NotRemembered(why));
            }
        });
    }

    /// Writes what is not written yet.
    pub(super) fn write(&self) -> Result<(), String> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(memory), Some(store)) = (newest, &self.store) else { return Ok(()) };
        store.write(&memory).map_err(|error| format!("{}: {error}", store.path().display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_is_written_before_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::in_dir(dir.path());
        let keeper = Keeper::new(Some(store.clone()));
        let (sender, _events) = tokio::sync::mpsc::channel(4);
        for number in 0..20 {
            let mut memory = Memory::default();
            memory.note_filter(&format!("f{number}"));
            keeper.keep(memory, sender.clone());
        }
        keeper.write().unwrap();
        assert_eq!(store.read().0.filters, ["f19"]);
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let keeper = Keeper::new(Some(Store::in_dir(&dir.path().join("file"))));
        let (sender, mut events) = tokio::sync::mpsc::channel(4);
        keeper.keep(Memory::default(), sender);
        assert!(
            matches!(events.recv().await, Some(Event::NotRemembered(why)) if why.contains("memory.json"))
        );
    }
}
