//! A small file system in memory: directories, files and links by their absolute paths.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::Container;

/// So many bytes fit on it.
const ROOM: usize = 256 << 20;
/// Links that lead to links.
const LINKS: usize = 16;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A directory.
    Dir,
    /// A file.
    File(Bytes),
    /// A symbolic link.
    Link(String),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub content: Content,
    /// Permission bits.
    pub mode: u32,
    /// Unix time of the last change.
    pub mtime: u64,
}

impl Node {
    fn new(content: Content) -> Self {
        let mode = match content {
            Content::Dir => 0o755,
            Content::File(_) => 0o644,
            Content::Link(_) => 0o777,
        };
        Self { content, mode, mtime: 1_790_000_000 }
    }
}

/// The files of one container.
#[derive(Debug, Clone)]
pub struct Files {
    nodes: BTreeMap<String, Node>,
    home: &'static str,
}

/// A path from the root without `.`, `..`, doubled or trailing slashes.
pub fn absolute(cwd: &str, path: &str) -> String {
    let from = if path.starts_with('/') { "" } else { cwd };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

impl Files {
    /// What the image of a container brings.
    pub(super) fn of_image(container: &Container) -> Self {
        let home = if container.shells().is_empty() { "/" } else { "/app" };
        let mut files = Self { nodes: BTreeMap::from([("/".to_owned(), Node::new(Content::Dir))]), home };
        for dir in ["/app", "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/tmp", "/usr/bin", "/var/log"]
        {
            files.make_dirs(dir);
        }
        let Container { pod, name, namespace, image, .. } = container;
        for (path, text) in [
            ("/etc/hostname", format!("{pod}\n")),
            ("/etc/hosts", format!("127.0.0.1\tlocalhost\n10.244.0.9\t{pod}\n")),
            (
                "/etc/resolv.conf",
                format!("search {namespace}.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\n"),
            ),
            ("/app/config.yaml", format!("name: {name}\nimage: {image}\nport: 8080\n")),
            ("/app/README", "A small demonstration program.\n".to_owned()),
            ("/var/log/app.log", "started\nready\n".to_owned()),
        ] {
            // An image that is made here fits.
            let _ = files.write(path, Bytes::from(text), 0o644, 1_790_000_000);
        }
        files
    }

    /// Where processes begin.
    pub fn home(&self) -> &'static str {
        self.home
    }

    /// Follows links, also on the way.
    pub fn resolve(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let links = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
            let link = links.into_iter().find_map(|at| {
                match self.nodes.get(&path[..at]).map(|node| &node.content) {
                    Some(Content::Link(to)) => Some((at, absolute(parent(&path[..at]), to))),
                    _ => None,
                }
            });
            let Some((at, to)) = link else { break };
            path = absolute("/", &format!("{to}{}", &path[at..]));
        }
        path
    }

    /// What is at a path, links followed.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&self.resolve(path))
    }

    /// What is at a path, a link as such.
    pub fn at(&self, path: &str) -> Option<&Node> {
        let parent = self.resolve(parent(path));
        self.nodes.get(&absolute(&parent, path.rsplit('/').next().unwrap_or_default()))
    }

    /// The names in a directory.
    pub fn list(&self, path: &str) -> Vec<(&str, &Node)> {
        let path = self.resolve(path);
        let prefix = if path == "/" { path.clone() } else { format!("{path}/") };
        let below = self.nodes.range(prefix.clone()..).take_while(|(at, _)| at.starts_with(&prefix));
        below
            .map(|(at, node)| (&at[prefix.len()..], node))
            .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
            .collect()
    }

    /// A path and everything below it, parents first.
    pub fn below(&self, path: &str) -> Vec<(&str, &Node)> {
        let prefix = if path == "/" { path.to_owned() } else { format!("{path}/") };
        let all = self.nodes.iter().map(|(at, node)| (at.as_str(), node));
        all.filter(|(at, _)| *at == path || at.starts_with(&prefix)).collect()
    }

    /// Makes a directory and those above it.
    pub fn make_dirs(&mut self, path: &str) {
        let path = self.resolve(path);
        for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            self.nodes.entry(path[..at].to_owned()).or_insert_with(|| Node::new(Content::Dir));
        }
    }

    /// Writes a file into a directory that is there.
    pub fn write(&mut self, path: &str, bytes: Bytes, mode: u32, mtime: u64) -> Result<(), &'static str> {
        let path = self.resolve(path);
        match self.nodes.get(parent(&path)).map(|node| &node.content) {
            None => return Err("No such file or directory"),
            Some(Content::Dir) => {}
            Some(_) => return Err("Not a directory"),
        }
        if self.nodes.get(&path).is_some_and(|node| node.content == Content::Dir) {
            return Err("Is a directory");
        }
        if self.used() + bytes.len() > ROOM {
            return Err("No space left on device");
        }
        self.nodes.insert(path, Node { content: Content::File(bytes), mode, mtime });
        Ok(())
    }

    /// Makes a symbolic link.
    pub fn link(&mut self, path: &str, to: &str) {
        let parent = self.resolve(parent(path));
        let at = absolute(&parent, path.rsplit('/').next().unwrap_or_default());
        self.nodes.insert(at, Node::new(Content::Link(to.to_owned())));
    }

    /// Takes away what is at a path, and below it.
    pub fn remove(&mut self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let before = self.nodes.len();
        self.nodes.retain(|at, _| at != path && !at.starts_with(&prefix));
        self.nodes.len() < before
    }

    /// Gives what is at a path, and below it, another one.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let moved: Vec<String> = self.below(from).into_iter().map(|(at, _)| at.to_owned()).collect();
        for at in &moved {
            if let Some(node) = self.nodes.remove(at) {
                self.nodes.insert(format!("{to}{}", &at[from.len()..]), node);
            }
        }
        !moved.is_empty()
    }

    fn used(&self) -> usize {
        let size = |node: &Node| match &node.content {
            Content::File(bytes) => bytes.len(),
            _ => 0,
        };
        self.nodes.values().map(size).sum()
    }
}
