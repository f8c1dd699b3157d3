//! The file in which whereabouts are kept (`whereabouts.json` in the state directory), written by a thread of its own.
//!
//! Several programs may run: of the file only the contexts that were noted here are replaced. It is written whole beside its
//! name and then moved there, for the user alone. What cannot be read of it is left out, with a word about it; a file that is
//! damaged is put aside, not written over.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::model::whereabouts::{Spot, Whereabouts};

const FILE: &str = "whereabouts.json";
/// A file that is larger than this was not written by this program.
const LARGEST: u64 = 1 << 20;
/// Notes come while one types: they are written when none came for so long.
const QUIET: Duration = Duration::from_millis(500);

/// What was kept, and what is wrong with the file; one that is not there says nothing.
pub fn read(dir: &Path) -> (Whereabouts, Option<String>) {
    let said = |why: String| Some(format!("{}: {why}", dir.join(FILE).display()));
    match text(&dir.join(FILE)) {
        Ok(Some(text)) => {
            let (known, wrong) = parse(&text);
            (known, wrong.and_then(said))
        }
        Ok(None) => (Whereabouts::default(), None),
        Err(error) => (Whereabouts::default(), said(error.to_string())),
    }
}

fn text(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::metadata(path) {
        // A pipe would be waited for.
        Ok(meta) if !meta.is_file() => Err(io::Error::other("it is no regular file")),
        Ok(meta) if meta.len() > LARGEST => Err(io::Error::other("it is too large")),
        Ok(_) => std::fs::read(path).map(Some),
        // Nothing has been noted yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a file says, each context for itself, and what of it could not be understood.
fn parse(text: &[u8]) -> (Whereabouts, Option<String>) {
    let mut known = Whereabouts::default();
    let mut whole = match serde_json::from_slice::<Value>(text) {
        Ok(Value::Object(whole)) => whole,
        Ok(_) => return (known, Some("it is no JSON object".to_owned())),
        Err(error) => return (known, Some(error.to_string())),
    };
    let contexts = match whole.remove("contexts") {
        Some(Value::Object(contexts)) => contexts,
        Some(_) => return (known, Some("left out: contexts".to_owned())),
        None => return (known, None),
    };
    let mut odd = Vec::new();
    for (name, spot) in contexts {
        match serde_json::from_value(spot) {
            Ok(spot) => drop(known.contexts.insert(name, spot)),
            Err(_) => odd.push(name),
        }
    }
    let wrong = (!odd.is_empty()).then(|| format!("left out: {}", odd.join(", ")));
    (known, wrong)
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

fn write(dir: &Path, fresh: Whereabouts) -> io::Result<()> {
    let (mut all, wrong) = read(dir);
    all.contexts.extend(fresh.contexts);
    let mut text = serde_json::to_vec_pretty(&all)?;
    text.push(b'\n');
    // Made for its owner alone.
    let mut file = tempfile::Builder::new().prefix(".whereabouts-").tempfile_in(dir)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    if wrong.is_some() {
        // It may be mended by hand.
        std::fs::rename(dir.join(FILE), dir.join(FILE).with_extension("json.damaged"))?;
    }
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
        assert_eq!(read(dir.path()), (Whereabouts::default(), None));
        let (mine, other) =
            (Notes::start(Some(dir.path().to_owned())), Notes::start(Some(dir.path().to_owned())));
        mine.note("a".to_owned(), spot("pods"));
        mine.note("a".to_owned(), spot("nodes"));
        drop(mine);
        other.note("b".to_owned(), spot("events"));
        drop(other);
        let (known, wrong) = read(dir.path());
        assert_eq!(wrong, None);
        assert_eq!(
            (known.contexts["a"].kind.as_str(), known.contexts["b"].kind.as_str()),
            ("nodes", "events")
        );
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn damage_is_said_costs_only_what_is_damaged_and_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for (text, said, known) in [
            ("{ no json", "key must be a string", 0),
            ("[]", "no JSON object", 0),
            (r#"{"contexts": 3}"#, "left out: contexts", 0),
            (r#"{"contexts": {"a": {"kind": "pods"}, "b": {"kind": 3}, "c": null}}"#, "left out: b, c", 1),
        ] {
            std::fs::write(&path, text).unwrap();
            let (read, wrong) = read(dir.path());
            assert_eq!(read.contexts.len(), known, "{text}");
            let wrong = wrong.unwrap_or_default();
            assert!(wrong.contains(said) && wrong.contains(FILE), "{text}: {wrong}");
        }
        let damaged = std::fs::read(&path).unwrap();
        let notes = Notes::start(Some(dir.path().to_owned()));
        notes.note("d".to_owned(), Spot::default());
        drop(notes);
        assert_eq!(std::fs::read(path.with_extension("json.damaged")).unwrap(), damaged);
        let (known, wrong) = read(dir.path());
        assert_eq!(known.contexts.keys().collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(wrong, None);
    }
}
