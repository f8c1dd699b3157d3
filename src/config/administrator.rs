//! The administrator's file: read before the user's. What it says of changes holds, whatever the user's file or flags say;
//! everything else in it is a default.
//!
//! Its path is compiled in: a path that the environment could set would be the user's to choose. A file that is there and
//! cannot be read, or says something of changes that is not understood, makes the program read-only.

use std::fs::FileType;
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;

use super::warning::Warnings;
use super::{CLOSED, Config, Loaded};
use crate::gate::Rules;
use crate::model::glob::glob;

/// Where it is.
pub const PATH: &str = "/etc/dogwatch/config.yaml";

/// What the administrator's file says that nothing undoes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imposed {
    /// The file, where there is one.
    pub file: String,
    /// Nothing is ever changed.
    pub readonly: bool,
    /// The file was not understood, so nothing is ever changed.
    pub closed: bool,
    /// Patterns of contexts in which nothing is ever changed.
    pub readonly_contexts: Vec<String>,
    /// Patterns of contexts that are protected.
    pub protected: Vec<String>,
    /// Nothing is changed when the journal cannot be written.
    pub journal_required: bool,
    /// Its rules.
    pub rules: Arc<Rules>,
    /// Values of Secrets may be shown in read-only mode.
    pub reveal_readonly: bool,
}

impl Imposed {
    /// Whether nothing is changed in a context.
    pub fn reads_only(&self, context: &str) -> bool {
        self.readonly || self.readonly_contexts.iter().any(|pattern| glob(pattern, context))
    }
}

/// Reads the file at a path, where there is one. What holds in any case is kept apart, so that what is read next cannot touch it.
pub(super) fn read(path: &Path, loaded: &mut Loaded) {
    let mut warnings = Warnings::of(path);
    let usual = std::mem::take(&mut loaded.config.protected);
    let closed = match text_of(path) {
        Ok(Some(text)) => super::read(&text, path, true, loaded, &mut warnings),
        Ok(None) => {
            loaded.config.protected = usual;
            return;
        }
        Err(why) => {
            warnings.add_at(None, format!("cannot be read: {why}{CLOSED}"));
            true
        }
    };
    loaded.warnings.extend(warnings);
    let config = &mut loaded.config;
    config.imposed = Imposed {
        file: path.display().to_string(),
        readonly: std::mem::take(&mut config.readonly) || config.on_call || closed,
        closed,
        readonly_contexts: std::mem::take(&mut config.readonly_contexts),
        protected: std::mem::take(&mut config.protected),
        journal_required: std::mem::take(&mut config.journal.required),
        rules: std::mem::take(&mut config.rules),
        reveal_readonly: config.secrets.reveal_readonly,
    };
    if config.imposed.protected.is_empty() {
        config.protected = usual;
    }
}

/// What the file says; `None`: there is nothing of that name. A link that leads nowhere is there, and is no file. Nothing but a file
/// is opened: a pipe would be waited for.
fn text_of(path: &Path) -> Result<Option<String>, String> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(_) => {}
    }
    let found = std::fs::metadata(path).map_err(|error| match std::fs::read_link(path) {
        Ok(to) => format!("it is a link to {}: {error}", to.display()),
        Err(_) => error.to_string(),
    })?;
    if !found.is_file() {
        return Err(format!("it is {}, not a file", what(found.file_type())));
    }
    std::fs::read_to_string(path).map(Some).map_err(|error| error.to_string())
}

/// What is there instead of a file.
fn what(found: FileType) -> &'static str {
    if found.is_dir() {
        "a directory"
    } else if found.is_fifo() {
        "a pipe"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

impl Config {
    /// Lets what the administrator's file says hold beside, or over, what the user's says.
    pub(super) fn impose(&mut self) {
        let imposed = &self.imposed;
        self.readonly |= imposed.readonly;
        self.journal.required |= imposed.journal_required;
        joined(&imposed.readonly_contexts, &mut self.readonly_contexts);
        joined(&imposed.protected, &mut self.protected);
        let rules = imposed.rules.0.iter().chain(&self.rules.0);
        self.rules = Arc::new(Rules(rules.cloned().collect()));
        // Who is held to reading by somebody else does not decide what is shown of Secrets then.
        let held = imposed.readonly || !imposed.readonly_contexts.is_empty();
        self.secrets.reveal_readonly &= imposed.reveal_readonly || !held;
    }

    /// Undoes what the user's own file says of reading only, for one run (`--write`).
    ///
    /// # Errors
    ///
    /// The administrator's file says it of this context, or the user's was not understood.
    pub fn write(&mut self, context: &str) -> Result<(), String> {
        let Imposed { file, closed, .. } = &self.imposed;
        if *closed {
            return Err(format!("{file} cannot be read or understood, so nothing is changed: read-only"));
        }
        if self.imposed.reads_only(context) {
            return Err(format!("{file} says that context {context} is read-only, and nothing undoes that"));
        }
        if let Some(file) = &self.closed {
            return Err(format!("{file} was not understood, and may restrict changes: put it right first"));
        }
        self.readonly = self.imposed.readonly;
        self.on_call = false;
        self.readonly_contexts.clone_from(&self.imposed.readonly_contexts);
        Ok(())
    }
}

/// All of the first, then what the second has beside.
fn joined(first: &[String], second: &mut Vec<String>) {
    let rest = std::mem::take(second);
    second.extend_from_slice(first);
    second.extend(rest.into_iter().filter(|one| !first.contains(one)));
}

#[cfg(test)]
mod tests {
    use super::super::load_after;
    use super::*;

    fn files(administrator: &str, user: &str) -> (Config, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("etc.yaml");
        std::fs::write(&path, administrator).unwrap();
        std::fs::write(dir.path().join("config.yaml"), user).unwrap();
        let loaded = load_after(Some(&path), None, Some(dir.path())).unwrap();
        let prefix = format!("{}/", dir.path().display());
        let said = loaded.warnings.iter().map(|warning| warning.to_string().replace(&prefix, ""));
        (loaded.config, said.collect())
    }

    #[test]
    fn what_restricts_cannot_be_undone_and_the_rest_is_a_default() {
        let undo = "readonly: false\nreadonly-contexts: []\nprotected: []\njournal.required: false\n";
        for user in ["", undo] {
            let (config, said) = files(
                "readonly: true\nreadonly-contexts: [live-*]\nprotected: [eu-*]\njournal.required: true\ntheme: dark\n",
                user,
            );
            assert_eq!(said, Vec::<String>::new());
            assert!(config.readonly && config.journal.required);
            assert_eq!(
                (config.readonly_contexts, config.protected),
                (vec!["live-*".to_owned()], vec!["eu-*".to_owned()])
            );
            assert_eq!(config.theme, "dark");
        }
        let (config, _) = files(
            "readonly-contexts: [live-*]\nprotected: [eu-*]\ntheme: dark\n",
            "readonly-contexts: [mine, live-*]\nprotected: [mine]\ntheme: light\n",
        );
        assert_eq!(config.readonly_contexts, ["live-*", "mine"]);
        assert_eq!(config.protected, ["eu-*", "mine"]);
        assert_eq!(config.theme, "light");
        assert!(config.reads_only("live-1") && config.reads_only("mine") && !config.reads_only("test"));
        let (config, _) = files("theme: dark\n", "");
        assert_eq!(config.protected, ["*prod*"], "what nobody says is as ever");
    }

    #[test]
    fn a_file_that_is_not_understood_makes_it_read_only() {
        for text in ["readonly: yes\n", "read-only: true\n", "- a\n", "a: [\n", "protected: x\n"] {
            let (mut config, said) = files(text, "readonly: false\n");
            assert!(config.readonly && config.imposed.closed, "{text}");
            assert!(said.len() == 1 && said[0].ends_with(CLOSED), "{said:?}");
            let why = config.write("x").unwrap_err();
            assert!(why.contains("etc.yaml cannot be read or understood"), "{why}");
        }
        let dir = tempfile::tempdir().unwrap();
        // A directory is there, and cannot be read as a file; nor can what is below a file.
        let below = dir.path().join("file/config.yaml");
        std::fs::write(dir.path().join("file"), "").unwrap();
        for path in [dir.path(), below.as_path()] {
            let config = load_after(Some(path), None, None).unwrap().config;
            assert!(config.readonly && config.imposed.closed, "{}", path.display());
        }
        // A link that leads nowhere is there, too; and nobody waits for what is written into a pipe, or reads a device.
        let (link, pipe) = (dir.path().join("link"), dir.path().join("pipe"));
        std::os::unix::fs::symlink("/nowhere/at-all", &link).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, said) in [
            (link.as_path(), "cannot be read: it is a link to /nowhere/at-all: "),
            (pipe.as_path(), "cannot be read: it is a pipe, not a file"),
            (Path::new("/dev/null"), "cannot be read: it is a device, not a file"),
            (dir.path(), "cannot be read: it is a directory, not a file"),
        ] {
            let loaded = load_after(Some(path), None, None).unwrap();
            assert!(loaded.config.readonly && loaded.config.imposed.closed, "{}", path.display());
            let warning = loaded.warnings[0].to_string();
            assert!(warning.contains(said) && warning.ends_with(CLOSED), "{warning}");
        }
        let none = load_after(Some(&dir.path().join("none.yaml")), None, None).unwrap();
        assert_eq!((none.config, none.warnings.len()), (Config::default(), 0));
    }

    #[test]
    fn write_undoes_what_is_the_users_own_and_nothing_else() {
        let (mut config, _) =
            files("readonly-contexts: [live-*]\n", "readonly: true\nreadonly-contexts: [test]\n");
        let why = config.write("live-1").unwrap_err();
        assert!(
            why.ends_with("etc.yaml says that context live-1 is read-only, and nothing undoes that"),
            "{why}"
        );
        assert!(config.reads_only("test"));
        assert_eq!(config.write("test"), Ok(()));
        assert!(!config.reads_only("test") && config.reads_only("live-2"), "another context is opened later");
        let (mut config, _) = files("readonly: true\n", "");
        assert!(config.write("test").is_err());
        let (mut config, _) = files("on-call: true\n", "on-call: false\n");
        assert!(config.write("test").is_err() && config.reads_only("test"));
        let (mut config, _) = files("", "on-call: true\n");
        assert!(config.reads_only("test"));
        assert_eq!((config.write("test"), config.reads_only("test")), (Ok(()), false));
        let (mut config, _) = files("", "readonly: tru\n");
        let why = config.write("test").unwrap_err();
        assert!(why.contains("config.yaml was not understood"), "{why}");
        assert!(config.reads_only("test"));
    }

    #[test]
    fn who_holds_to_reading_decides_what_is_shown_of_secrets() {
        let (yes, no) = ("secrets.reveal-readonly: true\n", "secrets.reveal-readonly: false\n");
        for (administrator, user, shown) in [
            ("", "", false),
            ("", yes, true),
            ("readonly: true\n", yes, false),
            ("readonly-contexts: [a]\n", yes, false),
            ("readonly: true\nsecrets.reveal-readonly: true\n", "", true),
            ("readonly: true\nsecrets.reveal-readonly: true\n", no, false),
        ] {
            let (config, said) = files(administrator, user);
            assert_eq!(config.secrets.reveal_readonly, shown, "{administrator}{user}{said:?}");
        }
    }
}
