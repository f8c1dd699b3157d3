//! What is remembered from one run to the next: orders and columns of tables, filters that were typed, bookmarks.
//!
//! One JSON file in the state directory, mode 0600, replaced as a whole. What cannot be read of it is left out, with a word
//! about it, and never keeps the program from starting. It reads and writes files: before the loop starts, or off it.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::record::Kind;

/// The file's name in the program's state directory.
const FILE: &str = "memory.json";
/// A file larger than this was not written by the program.
const LARGEST: u64 = 1 << 20;
/// So many filters are kept.
pub const FILTERS: usize = 100;
/// So many bookmarks are kept.
pub const BOOKMARKS: usize = 200;

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// What the tables of a kind are sorted by.
    pub sorts: BTreeMap<String, Vec<Sort>>,
    /// Which columns the tables of a kind have, in their order.
    pub columns: BTreeMap<String, Vec<String>>,
    /// Whether the tables of a kind show their wide columns, where that is not as the configuration says.
    pub wide: BTreeMap<String, bool>,
    /// Filters that were typed, the newest last.
    pub filters: Vec<String>,
    /// Named filters.
    pub bookmarks: BTreeMap<String, Bookmark>,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The column's id.
    pub column: String,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
}

/// A place to go to by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    /// The kind, as kubectl takes it.
    pub kind: String,
    /// The namespace; `None`: all.
    pub namespace: Option<String>,
    /// The filter.
    #[serde(default)]
    pub filter: String,
}

/// A kind's name in the file: the plural, with the group where it has one.
pub fn name_of(kind: Kind) -> String {
    let (group, _, plural, _) = kind.resource();
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

impl Memory {
    /// A filter was used: it is the newest, and stands there once.
    pub fn note_filter(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.filters.retain(|known| known != text);
        self.filters.push(text.to_owned());
        let over = self.filters.len().saturating_sub(FILTERS);
        self.filters.drain(..over);
    }

    /// What a file says, and what of it could not be understood.
    fn parse(text: &str) -> (Self, Option<String>) {
        let mut whole = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(whole)) => whole,
            Ok(_) => return (Self::default(), Some("it is no JSON object".to_owned())),
            Err(error) => return (Self::default(), Some(error.to_string())),
        };
        let mut odd = Vec::new();
        let mut memory = Self {
            sorts: entries(whole.remove("sorts"), "sorts", &mut odd),
            columns: entries(whole.remove("columns"), "columns", &mut odd),
            wide: entries(whole.remove("wide"), "wide", &mut odd),
            filters: Vec::new(),
            bookmarks: entries(whole.remove("bookmarks"), "bookmarks", &mut odd),
        };
        match whole.remove("filters") {
            Some(Value::Array(filters)) => {
                filters.iter().filter_map(Value::as_str).for_each(|filter| memory.note_filter(filter));
            }
            Some(_) => odd.push("filters".to_owned()),
            None => {}
        }
        let said = (!odd.is_empty()).then(|| format!("left out: {}", odd.join(", ")));
        (memory, said)
    }
}

/// The entries of a map that can be read, each for itself.
fn entries<T: DeserializeOwned>(
    value: Option<Value>,
    name: &str,
    odd: &mut Vec<String>,
) -> BTreeMap<String, T> {
    let map = match value {
        Some(Value::Object(map)) => map,
        Some(_) => {
            odd.push(name.to_owned());
            return BTreeMap::new();
        }
        None => return BTreeMap::new(),
    };
    let mut read = BTreeMap::new();
    for (key, value) in map {
        match serde_json::from_value(value) {
            Ok(value) => drop(read.insert(key, value)),
            Err(_) => odd.push(format!("{name}.{key}")),
        }
    }
    read
}

/// The file.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The file in a directory, which need not be there.
    pub fn in_dir(dir: &Path) -> Self {
        Self { path: dir.join(FILE) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is remembered, and what is wrong with the file.
    pub fn read(&self) -> (Memory, Option<String>) {
        match self.text() {
            Ok(Some(text)) => Memory::parse(&text),
            Ok(None) => (Memory::default(), None),
            Err(error) => (Memory::default(), Some(error.to_string())),
        }
    }

    fn text(&self) -> io::Result<Option<String>> {
        match std::fs::metadata(&self.path) {
            // A pipe would be waited for.
            Ok(meta) if !meta.is_file() => return Err(io::Error::other("it is no regular file")),
            Ok(meta) if meta.len() > LARGEST => return Err(io::Error::other("it is too large")),
            Ok(_) => {}
            // Nothing has been remembered yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut text = String::new();
        std::fs::File::open(&self.path)?.take(LARGEST).read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// Replaces the file: it is the old one or the new one, never half of it.
    pub fn write(&self, memory: &Memory) -> io::Result<()> {
        let dir = self.path.parent().ok_or_else(|| io::Error::other("it is in no directory"))?;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let mut file = tempfile::Builder::new().prefix(".memory-").tempfile_in(dir)?;
        serde_json::to_writer_pretty(&mut file, memory)?;
        file.write_all(b"\n")?;
        if self.read().1.is_some() {
            // What cannot be read may be mended by hand: it is put aside, not written over.
            std::fs::rename(&self.path, self.path.with_extension("json.damaged"))?;
        }
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn some() -> Memory {
        let mut memory = Memory::default();
        let sort = |column: &str, descending| Sort { column: column.to_owned(), descending };
        memory.sorts.insert("pods".to_owned(), vec![sort("restarts", true), sort("name", false)]);
        memory.columns.insert("cronjobs.batch".to_owned(), vec!["name".to_owned(), "age".to_owned()]);
        memory.wide.insert("pods".to_owned(), true);
        memory.note_filter("crash");
        let bookmark = Bookmark { kind: "pods".to_owned(), namespace: None, filter: "restarts>5".to_owned() };
        memory.bookmarks.insert("restless".to_owned(), bookmark);
        memory
    }

    #[test]
    fn comes_back_as_it_was_and_for_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::in_dir(&dir.path().join("state"));
        assert_eq!(store.read(), (Memory::default(), None));
        store.write(&Memory::default()).unwrap();
        store.write(&some()).unwrap();
        assert_eq!(store.read(), (some(), None));
        let mode = std::fs::metadata(store.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            std::fs::read_dir(dir.path().join("state")).unwrap().count(),
            1,
            "nothing half is left behind"
        );
    }

    #[test]
    fn damage_costs_only_what_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::in_dir(dir.path());
        for (text, said) in
            [("", "EOF"), ("[]", "no JSON object"), ("{\"sorts\":", "EOF"), ("\u{0}", "expected value")]
        {
            std::fs::write(store.path(), text).unwrap();
            let (memory, why) = store.read();
            assert_eq!(memory, Memory::default(), "{text}");
            assert!(why.as_ref().is_some_and(|why| why.contains(said)), "{text}: {why:?}");
        }
        let mut whole = serde_json::to_value(some()).unwrap();
        whole["sorts"]["nodes"] = "name".into();
        whole["filters"] = serde_json::json!([5, "crash"]);
        whole["of a newer version"] = 1.into();
        std::fs::write(store.path(), whole.to_string()).unwrap();
        assert_eq!(store.read(), (some(), Some("left out: sorts.nodes".to_owned())));
        store.write(&some()).unwrap();
        let aside = std::fs::read_to_string(dir.path().join("memory.json.damaged")).unwrap();
        assert_eq!(aside, whole.to_string(), "what was damaged is put aside");
        assert_eq!(store.read(), (some(), None));
        std::fs::write(store.path(), vec![b' '; 2 << 20]).unwrap();
        assert!(store.read().1.unwrap().contains("too large"));
    }

    #[test]
    fn a_filter_stands_there_once_and_not_for_ever() {
        let mut memory = Memory::default();
        for number in 0..FILTERS + 5 {
            memory.note_filter(&format!("f{number}"));
        }
        memory.note_filter(" f50 ");
        memory.note_filter("  ");
        assert_eq!(memory.filters.len(), FILTERS);
        assert_eq!(memory.filters.last().map(String::as_str), Some("f50"));
        assert_eq!(memory.filters.iter().filter(|filter| *filter == "f50").count(), 1);
        assert_eq!(memory.filters[0], "f5");
    }
}
