//! The kubeconfig, read as kubectl reads it, once: what is loaded here is what the session keeps (invariant 7).
//!
//! Later changes of the file never move a session. Nothing here connects.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, NamedContext};

use super::trouble::tidy;

/// Why no kubeconfig can be used, with the place and what helps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigTrouble {
    /// The file, where the trouble is in one.
    pub file: Option<PathBuf>,
    /// The line in it.
    pub line: Option<usize>,
    /// What is wrong.
    pub said: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for ConfigTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", tidy(&file.display().to_string()))?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}\n{}", self.said, self.advice)
    }
}

pub(super) const DEMO: &str = "To look around without a cluster: dogwatch --demo";

impl ConfigTrouble {
    pub(super) fn new(said: impl AsRef<str>, advice: impl Into<String>) -> Self {
        Self { file: None, line: None, said: tidy(said.as_ref()), advice: advice.into() }
    }

    fn in_file(file: &Path, line: Option<usize>, said: impl AsRef<str>) -> Self {
        Self {
            file: Some(file.to_owned()),
            line,
            ..Self::new(said, format!("Correct the file, or name another one with --kubeconfig. {DEMO}"))
        }
    }
}

/// What kubectl reads of the process's surroundings; handed in, so that tests are parallel.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `KUBECONFIG`.
    pub kubeconfig: Option<OsString>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// Other variables: `KUBERNETES_SERVICE_HOST`, `HTTPS_PROXY`, ...
    pub variables: Vec<(String, String)>,
    /// Where a pod finds its service account.
    pub service_account: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        const READ: [&str; 8] = [
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "NO_PROXY",
            "no_proxy",
        ];
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
            variables: READ
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
                .collect(),
            service_account: "/var/run/secrets/kubernetes.io/serviceaccount".into(),
        }
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// The merged kubeconfig, and the files it came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Merged {
    pub config: Kubeconfig,
    pub files: Vec<PathBuf>,
    /// Where it was looked for.
    pub looked: Vec<PathBuf>,
}

/// Reads and merges: `--kubeconfig` alone, else the list of `KUBECONFIG`, else `~/.kube/config`. Missing files of the
/// list are skipped; the one named by the flag must be there.
pub(super) fn read(flag: Option<&Path>, around: &Surroundings) -> Result<Merged, ConfigTrouble> {
    if let Some(path) = flag {
        let Some(config) = read_file(path)? else {
            return Err(ConfigTrouble::in_file(path, None, "no such file"));
        };
        return Ok(Merged { config, files: vec![path.to_owned()], looked: vec![path.to_owned()] });
    }
    let looked: Vec<PathBuf> = match &around.kubeconfig {
        Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => around.home.iter().map(|home| home.join(".kube").join("config")).collect(),
    };
    let mut merged = Merged { looked: looked.clone(), ..Merged::default() };
    for path in looked {
        if let Some(config) = read_file(&path)? {
            merged.config = merged
                .config
                .merge(config)
                .map_err(|error| ConfigTrouble::in_file(&path, None, error.to_string()))?;
            merged.files.push(path);
        }
    }
    Ok(merged)
}

/// One file with its relative paths made absolute; `None` when it is not there.
fn read_file(path: &Path) -> Result<Option<Kubeconfig>, ConfigTrouble> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConfigTrouble::in_file(path, None, error.to_string())),
    };
    // The YAML parser that tells lines goes first; kube's own reader (which knows encodings and paths) follows.
    if let Ok(text) = std::str::from_utf8(&bytes)
        && let Err(error) = serde_yaml::from_str::<serde_yaml::Value>(text)
    {
        let line = error.location().map(|location| location.line());
        return Err(ConfigTrouble::in_file(path, line, format!("not valid YAML: {error}")));
    }
    let mut config = Kubeconfig::read_from(path).map_err(|error| {
        let said = error.to_string();
        ConfigTrouble::in_file(path, line_of(&said), said)
    })?;
    config.current_context = config.current_context.filter(|name| !name.is_empty());
    Ok(Some(config))
}

/// The line that a parser names in its message.
fn line_of(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("line ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The names of contexts, for a message; not more than fit a line or two.
pub(super) fn names(contexts: &[NamedContext]) -> String {
    const SHOWN: usize = 8;
    let mut out: Vec<&str> = contexts.iter().take(SHOWN).map(|named| named.name.as_str()).collect();
    if contexts.len() > SHOWN {
        out.push("...");
    }
    out.join(", ")
}
