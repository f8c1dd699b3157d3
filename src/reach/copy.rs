//! Copied files: what is typed, which names of an archive may be written, and how far a copy is.

use std::path::{Component, Path, PathBuf};

use super::ports::bytes;
use crate::model::record::Kind;
use crate::model::text::clean;
use crate::release::Target;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the container to this machine.
    Out,
    /// Into the container.
    In,
}

/// A copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The pod.
    pub target: Target,
    /// Its container.
    pub container: String,
    /// Which way.
    pub way: Way,
    /// The path on this machine.
    pub local: String,
    /// The path in the container.
    pub remote: String,
}

impl Copy {
    /// `web-1:/var/log to logs`.
    pub fn words(&self) -> String {
        let (pod, remote, local) = (&self.target.name, &self.remote, &self.local);
        match self.way {
            Way::Out => format!("{pod}:{remote} to {local}"),
            Way::In => format!("{local} to {pod}:{remote}"),
        }
    }
}

/// Reads `FROM TO`, in which the container's path begins with a colon, as kubectl's does after the pod: `:/var/log/app.log .`
/// Blanks are kept between quotes.
pub fn parse(text: &str) -> Result<(Way, String, String), String> {
    let words = words(text)?;
    let [from, to] = words.as_slice() else {
        return Err("two paths are needed: from where, and to where".to_owned());
    };
    let (way, local, remote) = match (from.strip_prefix(':'), to.strip_prefix(':')) {
        (Some(remote), None) => (Way::Out, to, remote),
        (None, Some(remote)) => (Way::In, from, remote),
        (Some(_), Some(_)) => return Err("one path must be on this machine".to_owned()),
        (None, None) => {
            return Err("the container's path begins with a colon, e.g. :/var/log/app.log".to_owned());
        }
    };
    checked(way, local, remote)?;
    Ok((way, local.clone(), remote.to_owned()))
}

/// Whether these paths can be copied from and to.
fn checked(way: Way, local: &str, remote: &str) -> Result<(), String> {
    if remote.is_empty() || local.is_empty() {
        return Err("a path is empty".to_owned());
    }
    if remote.starts_with('-') {
        return Err(format!("`{remote}` would be an option; write ./{remote}"));
    }
    if way == Way::Out && Path::new(remote).components().any(|part| part == Component::ParentDir) {
        return Err(format!("`{remote}` leads upwards: say where it is from the root"));
    }
    if base(remote).is_none() && way == Way::Out {
        return Err(format!("`{remote}` has no name to copy it as"));
    }
    Ok(())
}

/// Reads the two places of `kubectl cp`: one is `[NAMESPACE/]POD:PATH`, the other a path on this machine. A path that begins
/// with `/`, `./` or `../` is one of this machine, whatever colons it has. The container is left empty.
pub fn kubectl(from: &str, to: &str, namespace: &str) -> Result<Copy, String> {
    let (way, spec, local) = match (place(from)?, place(to)?) {
        (Some(spec), None) => (Way::Out, spec, to),
        (None, Some(spec)) => (Way::In, spec, from),
        (Some(_), Some(_)) => return Err("one of SRC and DST must be on this machine".to_owned()),
        (None, None) => {
            return Err("one of SRC and DST must be in a container: [NAMESPACE/]POD:PATH".to_owned());
        }
    };
    let (own, pod, remote) = spec;
    checked(way, local, remote)?;
    let namespace = own.unwrap_or(namespace).to_owned();
    let target = Target::unborn(Kind::Pod.into(), namespace, pod.to_owned());
    Ok(Copy { target, container: String::new(), way, local: local.to_owned(), remote: remote.to_owned() })
}

/// `[NAMESPACE/]POD:PATH`.
type Spec<'a> = (Option<&'a str>, &'a str, &'a str);

/// Namespace, pod and path; nothing for a path on this machine.
fn place(spec: &str) -> Result<Option<Spec<'_>>, String> {
    if ["/", "./", "../"].iter().any(|begin| spec.starts_with(begin)) {
        return Ok(None);
    }
    let Some((pod, path)) = spec.split_once(':') else { return Ok(None) };
    let (namespace, pod) = match pod.split_once('/') {
        Some((namespace, pod)) => (Some(namespace), pod),
        None => (None, pod),
    };
    if pod.is_empty() || pod.contains('/') || namespace == Some("") {
        return Err(format!(
            "`{spec}` is not [NAMESPACE/]POD:PATH; a path on this machine can begin with ./"
        ));
    }
    Ok(Some((namespace, pod, path)))
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) =
        (Vec::new(), None, None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// The last name of a path; none for `/`, `.` and what ends with `..`.
pub fn base(path: &str) -> Option<String> {
    match Path::new(path).components().next_back()? {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    }
}

/// A path in the container in two parts: the directory, and the name in it.
pub fn split(remote: &str) -> Option<(String, String)> {
    let name = base(remote)?;
    let bare = remote.trim_end_matches('/');
    let dir = match bare.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((dir, _)) => dir.to_owned(),
        None => ".".to_owned(),
    };
    Some((dir, name))
}

/// Where an entry of an archive belongs below what is copied: its path without that of `asked`, which `tar` writes before each
/// name (without the leading slash). An error says that it belongs nowhere.
pub fn placed(entry: &Path, asked: &str) -> Result<PathBuf, String> {
    let shown = || clean(&entry.to_string_lossy()).into_owned();
    let mut parts = Vec::new();
    for part in entry.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir => return Err(format!("{} leads upwards", shown())),
            Component::RootDir | Component::Prefix(_) => {
                return Err(format!("{} begins at the root", shown()));
            }
        }
    }
    let asked = Path::new(asked).components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        _ => None,
    });
    let mut parts = parts.into_iter();
    for name in asked {
        if parts.next() != Some(name) {
            return Err(format!("{} is not what was asked for", shown()));
        }
    }
    Ok(parts.collect())
}

/// Whether a symbolic link at a place (below what is copied) stays below it. It is judged as it is written: upwards only at its
/// beginning, and no further than it is deep, so that no other link on its way can lead it out.
pub fn stays(at: &Path, to: &Path) -> bool {
    let depth = at.components().count().saturating_sub(1);
    let (mut up, mut down) = (0, false);
    for part in to.components() {
        match part {
            Component::RootDir | Component::Prefix(_) => return false,
            Component::ParentDir if down => return false,
            Component::ParentDir => up += 1,
            Component::CurDir => {}
            Component::Normal(_) => down = true,
        }
    }
    // What is copied itself has no place to link to.
    at.components().next().is_some() && up <= depth
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of the files, without what an archive writes around them.
    pub bytes: u64,
    /// Files, links and directories.
    pub entries: u64,
}

impl Progress {
    /// `1.2 MB, 3 entries, 400.0 kB/s`.
    pub fn words(&self, seconds: f64) -> String {
        let rate = if seconds > 0.0 { self.bytes as f64 / seconds } else { 0.0 };
        let one = if self.entries == 1 { "entry" } else { "entries" };
        format!("{}, {} {one}, {}/s", bytes(self.bytes), self.entries, bytes(rate as u64))
    }
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// How much.
    pub progress: Progress,
    /// Under which name it is now.
    pub to: String,
    /// What was left out, and what the container's `tar` said.
    pub notes: Vec<String>,
}

/// What happened to a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyUpdate {
    /// So much has been copied.
    Progress(Progress),
    /// It is over. When it failed, nothing is there.
    Ended(Result<Copied, String>),
}

#[cfg(test)]
mod tests;
