//! The journal: what was changed, by whom, and what became of it. One JSON object a line, only ever appended, mode 0600.
//!
//! A change has at least two lines with the same id: when it is sent, and when it has ended; so a program that dies in
//! between leaves the first. Refusals have one. No content of Secrets is ever written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::release::{Change, Target};

/// The file's name in the program's state directory.
const FILE: &str = "journal.jsonl";
/// So many of the newest entries are read to be shown.
pub const SHOWN: usize = 1_000;

/// How the id of what the mode forbade ends.
pub const REFUSED: &str = "-refused";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Entry {
    /// The same for all lines of one change.
    pub id: String,
    /// When, RFC 3339.
    pub time: String,
    /// Who: the user of this machine, unless the next says otherwise.
    pub user: String,
    /// By what the user is known when this machine does not say it: `kubeconfig`, or `uid`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub known_by: String,
    /// Where from: `SSH_CLIENT` of the session, when there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ssh_client: String,
    /// The kubeconfig's context.
    pub context: String,
    /// The kubeconfig's user.
    pub cluster_user: String,
    /// The server.
    pub server: String,
    /// The object's namespace.
    pub namespace: String,
    /// The object, e.g. `deployment/web`; several are separated by blanks.
    pub object: String,
    /// What, in words.
    pub title: String,
    /// Why, as the user said it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Values before and after, `what: from -> to`.
    pub values: Vec<String>,
    /// What was sent: method and path of each request.
    pub requests: Vec<String>,
    /// What the dry run said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dry_run: String,
    /// How far it is: `sent`, `refused`, or the outcome.
    pub outcome: String,
    /// The outcome in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The exact changes.
    pub changes: Vec<(Target, Change)>,
    /// What gives the objects back.
    pub inverse: Vec<(Target, Change)>,
    /// Each step waited for the one before, and so does each step back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
}

impl Entry {
    /// Whether it is of something that was never sent, since the mode forbids it.
    pub fn is_refusal(&self) -> bool {
        self.id.ends_with(REFUSED)
    }

    /// When it was written, Unix time.
    pub fn written(&self) -> Option<i64> {
        self.time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }
}

/// Where the journal is kept: `$XDG_STATE_HOME/dogwatch`, usually `~/.local/state/dogwatch`.
pub fn default_dir() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "dogwatch")?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}

/// The journal's file.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// The journal in a directory, which is made when it is not there; an error when it could not be written.
    pub fn open(dir: &Path) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let journal = Self { path: dir.join(FILE) };
        journal.file()?;
        Ok(journal)
    }

    /// The journal in a directory, to be read: nothing is made that is not there.
    pub fn at(dir: &Path) -> Self {
        Self { path: dir.join(FILE) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self) -> io::Result<File> {
        self.is_regular()?;
        OpenOptions::new().create(true).append(true).mode(0o600).open(&self.path)
    }

    /// Only a regular file is opened, or one that does not exist: to open a pipe would wait for its other end.
    fn is_regular(&self) -> io::Result<()> {
        match std::fs::metadata(&self.path) {
            Ok(meta) if !meta.is_file() => Err(io::Error::other(format!("{FILE} is not a regular file"))),
            // What else is wrong is said when it is opened.
            _ => Ok(()),
        }
    }

    /// Appends a line in one write, so that lines of several programs do not mix.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = self.file()?;
        file.write_all(&line)?;
        file.sync_data()
    }

    /// The newest entries, oldest first; lines that cannot be read are left out.
    pub fn read(&self, most: usize) -> io::Result<Vec<Entry>> {
        Ok(self.newest(most)?.0)
    }

    /// All entries, oldest first, and how many lines cannot be read.
    pub fn read_all(&self) -> io::Result<(Vec<Entry>, usize)> {
        self.newest(usize::MAX)
    }

    fn newest(&self, most: usize) -> io::Result<(Vec<Entry>, usize)> {
        self.is_regular()?;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            // Nothing was written yet, or somebody took it away: there is nothing to read, which is no error.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            Err(error) => return Err(error),
        };
        let mut entries = std::collections::VecDeque::new();
        let mut unread = 0_usize;
        // As bytes: one that is no UTF-8 makes its line unreadable, not the file. It is not replaced either, since what the
        // line holds may be sent again to take a change back.
        for line in BufReader::new(file).split(b'\n') {
            if let Ok(entry) = serde_json::from_slice::<Entry>(&line?) {
                entries.push_back(entry);
                if entries.len() > most {
                    entries.pop_front();
                }
            } else {
                unread += 1;
            }
        }
        if unread > 0 {
            tracing::warn!(lines = unread, file = %self.path.display(), "lines of the journal cannot be read");
        }
        Ok((entries.into(), unread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;
    use crate::model::uid::Uid;
    use std::os::unix::fs::PermissionsExt as _;

    fn entry(id: &str) -> Entry {
        let target = Target {
            resource: Resource::DEPLOYMENTS,
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            uid: Uid::new("6d9e1a3e-3d0f-4c0b-8a51-0a2b3c4d5e6f"),
        };
        let change = Change::Scale { replicas: 3 };
        Entry { id: id.to_owned(), inverse: vec![(target, change)], ..Entry::default() }
    }

    #[test]
    fn appends_and_reads_back_for_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(&dir.path().join("state")).unwrap();
        journal.append(&entry("1")).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(journal.path())
            .unwrap()
            .write_all(b"not json\n{\"id\":\"of a newer version\",\"more\":1}\n")
            .unwrap();
        Journal::open(&dir.path().join("state")).unwrap().append(&entry("2")).unwrap();
        let read = journal.read(SHOWN).unwrap();
        assert_eq!(
            read.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(),
            ["1", "of a newer version", "2"]
        );
        assert_eq!(read[0], entry("1"));
        assert_eq!(journal.read(1).unwrap()[0].id, "2");
        let mode = std::fs::metadata(journal.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_byte_that_is_no_text_spoils_its_line_only() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        journal.append(&entry("1")).unwrap();
        std::fs::OpenOptions::new()
            .append(true)
            .open(journal.path())
            .unwrap()
            .write_all(b"{\"id\":\"\xff\"}\n\xfe\n")
            .unwrap();
        journal.append(&entry("2")).unwrap();
        let read = journal.read(SHOWN).unwrap();
        assert_eq!(read.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        let (all, damaged) = Journal::at(dir.path()).read_all().unwrap();
        assert_eq!((all.len(), damaged), (2, 2), "what is damaged is counted");
    }

    #[test]
    fn to_be_read_nothing_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = dir.path().join("state");
        assert_eq!(Journal::at(&nowhere).read_all().unwrap(), (Vec::new(), 0));
        assert!(!nowhere.exists());
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (sender, answer) = std::sync::mpsc::channel();
        let place = dir.path().to_owned();
        // On a thread of its own, so that waiting for the pipe is a failure and not a test that hangs.
        std::thread::spawn(move || {
            let said = [
                Journal::open(&place).map(drop),
                Journal { path: place.join(FILE) }.append(&entry("1")),
                Journal { path: place.join(FILE) }.read(SHOWN).map(drop),
            ];
            sender.send(said.map(|result| result.unwrap_err().to_string()))
        });
        let said = answer.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
        assert_eq!(said, ["journal.jsonl is not a regular file"; 3]);
    }

    #[test]
    fn one_that_is_not_there_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        std::fs::remove_file(journal.path()).unwrap();
        assert_eq!(journal.read(SHOWN).unwrap(), []);
    }

    #[test]
    fn where_it_cannot_be_written_is_known_at_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(Journal::open(&dir.path().join("file")).is_err());
    }
}
