//! The containers whose lines come: what each is called on the screen, how each stream is.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use crate::model::log::{Source, SourceId};
use crate::model::trouble::Trouble;
use crate::theme::Role;

/// Cells that a name may take.
const WIDEST: usize = 28;

/// How the stream of one container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// Lines come.
    Open,
    /// Interrupted; it goes on by itself.
    Interrupted(Trouble),
    /// The container does not run yet, or again.
    Waiting {
        /// Why, in a word: `ImagePullBackOff`.
        reason: Box<str>,
        /// The same in full.
        words: Box<str>,
    },
    /// Over.
    Left,
}

/// One container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Which.
    pub source: Source,
    /// How its stream is.
    pub flow: Flow,
    /// What it is called on the screen.
    pub name: String,
    /// Its colour.
    pub role: Role,
}

/// All of them, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    all: Vec<Option<Stream>>,
    /// Streams that are open, of those that are wished for.
    pub counts: (usize, usize),
    /// Cells of the widest name.
    pub width: usize,
}

impl Streams {
    /// Takes a container in.
    pub fn join(&mut self, id: SourceId, source: Source) {
        let at = id as usize;
        if self.all.len() <= at {
            self.all.resize(at + 1, None);
        }
        let role = role_of(&source.pod);
        self.all[at] = Some(Stream { source, flow: Flow::Open, name: String::new(), role });
        self.name_all();
    }

    /// One of them.
    pub fn get(&self, id: SourceId) -> Option<&Stream> {
        self.all.get(id as usize)?.as_ref()
    }

    /// How a stream is from now on.
    pub fn set_flow(&mut self, id: SourceId, flow: Flow) {
        if let Some(Some(stream)) = self.all.get_mut(id as usize) {
            stream.flow = flow;
        }
    }

    /// All that have ever joined.
    pub fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.all.iter().flatten()
    }

    /// How many are interrupted, and why one of them is.
    pub fn interrupted(&self) -> (usize, Option<&Trouble>) {
        let mut found = (0, None);
        for stream in self.iter() {
            if let Flow::Interrupted(trouble) = &stream.flow {
                found = (found.0 + 1, Some(trouble));
            }
        }
        found
    }

    /// How many wait, and for what one of them does: in a word, and in full.
    pub fn waiting(&self) -> (usize, Option<(&str, &str)>) {
        let mut found = (0, None);
        for stream in self.iter() {
            if let Flow::Waiting { reason, words } = &stream.flow {
                found = (found.0 + 1, Some((&**reason, &**words)));
            }
        }
        found
    }

    /// The whole name of a container: pod and container.
    pub fn whole(&self, id: SourceId) -> String {
        let source = self.get(id).map(|stream| &stream.source);
        source.map_or_else(String::new, |source| format!("{}/{}", source.pod, source.container))
    }

    /// Names as short as they can be told apart: without what all pods begin with, without what is the same for all.
    fn name_all(&mut self) {
        let sources: Vec<Source> = self.iter().map(|stream| stream.source.clone()).collect();
        let pods: BTreeSet<&str> = sources.iter().map(|source| &*source.pod).collect();
        let containers: BTreeSet<&str> = sources.iter().map(|source| &*source.container).collect();
        let namespaces: BTreeSet<&str> = sources.iter().map(|source| &*source.namespace).collect();
        let shared = shared_prefix(&pods);
        self.width = 0;
        for stream in self.all.iter_mut().flatten() {
            let source = &stream.source;
            let mut parts = Vec::new();
            if namespaces.len() > 1 {
                parts.push(&*source.namespace);
            }
            if pods.len() > 1 || containers.len() == 1 {
                parts.push(&source.pod[shared..]);
            }
            if containers.len() > 1 {
                parts.push(&*source.container);
            }
            stream.name = tail_of(&parts.join("/"), WIDEST);
            self.width = self.width.max(stream.name.width());
        }
    }
}

/// Bytes that all names begin with, up to a `-`; nothing of a single one.
fn shared_prefix(names: &BTreeSet<&str>) -> usize {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return 0 };
    if names.len() < 2 {
        return 0;
    }
    // They are sorted: what the first and the last share, all share.
    let same = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
    first.as_bytes()[..same].iter().rposition(|byte| *byte == b'-').map_or(0, |at| at + 1)
}

/// The end of a name, which tells more than its beginning.
fn tail_of(name: &str, width: usize) -> String {
    let length = name.chars().count();
    if length <= width {
        return name.to_owned();
    }
    let tail: String = name.chars().skip(length + 1 - width).collect();
    format!("…{tail}")
}

/// The colour of a pod: the same in every session (FNV-1a over its name).
fn role_of(pod: &str) -> Role {
    const ROLES: [Role; 6] = [
        Role::LogSource1,
        Role::LogSource2,
        Role::LogSource3,
        Role::LogSource4,
        Role::LogSource5,
        Role::LogSource6,
    ];
    let hash = pod.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ROLES[((hash ^ (hash >> 32)) % ROLES.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pods: &[(&str, &str)]) -> Vec<String> {
        let mut streams = Streams::default();
        for (id, (pod, container)) in (0..).zip(pods) {
            let source = Source { namespace: "n".into(), pod: (*pod).into(), container: (*container).into() };
            streams.join(id, source);
        }
        streams.iter().map(|stream| stream.name.clone()).collect()
    }

    #[test]
    fn names_are_as_short_as_they_can_be_told_apart() {
        assert_eq!(names(&[("web-6c8f-2xk4q", "app")]), ["web-6c8f-2xk4q"]);
        assert_eq!(names(&[("web-6c8f-2xk4q", "app"), ("web-6c8f-9m2cc", "app")]), ["2xk4q", "9m2cc"]);
        assert_eq!(
            names(&[("web-6c8f-2xk4q", "app"), ("web-6c81-9m2cc", "app")]),
            ["6c8f-2xk4q", "6c81-9m2cc"]
        );
        assert_eq!(names(&[("web-0", "app"), ("web-0", "proxy")]), ["app", "proxy"]);
        assert_eq!(names(&[("web-0", "app"), ("web-1", "proxy")]), ["0/app", "1/proxy"]);
        assert_eq!(names(&[("web", "app"), ("webby", "app")]), ["web", "webby"]);
        let long = "a-name-that-is-much-too-long-for-a-column";
        assert_eq!(
            names(&[(long, "app")]),
            ["…s-much-too-long-for-a-column"[..].to_owned()].map(|name| tail_of(&name, WIDEST))
        );
    }

    #[test]
    fn a_pod_keeps_its_colour() {
        let pods = ["web-0", "web-1", "web-2", "web-3", "web-4", "web-5", "web-6", "web-7"];
        let roles: BTreeSet<Role> = pods.iter().map(|pod| role_of(pod)).collect();
        assert!(roles.len() > 3, "{roles:?}");
        assert_eq!(role_of("web-0"), role_of("web-0"));
    }
}
