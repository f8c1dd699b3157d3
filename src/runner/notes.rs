//! The file in which whereabouts are kept (`whereabouts.json` in the state directory), written by a thread of its own.
//!
//! Several programs may run: of the file only the contexts that were noted here are replaced. It is written whole beside its
//! name and then moved there, for the user alone.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::model::whereabouts::{Spot, Whereabouts};

const FILE: &str = "whereabouts.json";
/// A file that is larger than this was not written by this program.
const LARGEST: u64 = 1 << 20;
/// Notes come while one types: they are written when none came for so long.
const QUIET: Duration = Duration::from_millis(500);

/// Reads what was kept; a file that is not there, or that cannot be understood, says nothing.
pub fn read(dir: &Path) -> Whereabouts {
    let path = dir.join(FILE);
    let known = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
    let text = known.then(|| std::fs::read(&path).ok()).flatten();
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Keeps notes. What has been handed to it is written before the program ends.
#[derive(Debug, Default)]
pub(super) struct Notes {
    notes: Option<Sender<(String, Spot)>>,
    thread: Option<JoinHandle<()>>,
}

impl Notes {
    /// Notes are kept in a directory; `None`: nowhere.
    pub fn start(dir: Option<PathBuf>) -> Self {
        let Some(dir) = dir else { return Self::default() };
        let (notes, inbox) = channel();
        let thread = std::thread::spawn(move || keep(&dir, &inbox));
        Self { notes: Some(notes), thread: Some(thread) }
    }

    /// Notes where one is in a context.
    pub fn note(&self, context: String, spot: Spot) {
        if let Some(notes) = &self.notes {
            // The thread lives as long as this.
            let _ = notes.send((context, spot));
        }
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.notes = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to write.
            let _ = thread.join();
        }
    }
}

fn keep(dir: &Path, inbox: &Receiver<(String, Spot)>) {
    while let Ok((context, spot)) = inbox.recv() {
        let mut fresh = Whereabouts::default();
        fresh.contexts.insert(context, spot);
        let mut over = false;
        while !over {
            match inbox.recv_timeout(QUIET) {
                Ok((context, spot)) => drop(fresh.contexts.insert(context, spot)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => over = true,
            }
        }
        if let Err(error) = write(dir, fresh) {
            tracing::warn!(%error, "where one was could not be noted");
        }
    }
}

fn write(dir: &Path, fresh: Whereabouts) -> std::io::Result<()> {
    let mut all = read(dir);
    all.contexts.extend(fresh.contexts);
    let mut text = serde_json::to_vec_pretty(&all)?;
    text.push(b'\n');
    // Made for its owner alone.
    let mut file = tempfile::Builder::new().prefix(".whereabouts-").tempfile_in(dir)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(FILE)).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn is_private_and_leaves_what_others_noted() {
        let dir = tempfile::tempdir().unwrap();
        let spot = |kind: &str| Spot { kind: kind.to_owned(), left: true, ..Spot::default() };
        assert_eq!(read(dir.path()), Whereabouts::default());
        let (mine, other) =
            (Notes::start(Some(dir.path().to_owned())), Notes::start(Some(dir.path().to_owned())));
        mine.note("a".to_owned(), spot("pods"));
        mine.note("a".to_owned(), spot("nodes"));
        drop(mine);
        other.note("b".to_owned(), spot("events"));
        drop(other);
        let known = read(dir.path());
        assert_eq!(
            (known.contexts["a"].kind.as_str(), known.contexts["b"].kind.as_str()),
            ("nodes", "events")
        );
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        std::fs::write(dir.path().join(FILE), "{ no json").unwrap();
        assert_eq!(read(dir.path()), Whereabouts::default());
    }
}
