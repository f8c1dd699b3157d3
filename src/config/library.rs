//! Named YAML files (themes, keymaps): those compiled in, and those in the user's configuration directory, which
//! extend or replace them.
//!
//! It finds and stacks the files; what is in them is read by the rooms that own them. Reads files: never called by the
//! loop.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::warning::{Warnings, did_you_mean};
use super::yaml::{self, Node, Value};

/// The name that is used where none is asked for, or the one asked for cannot be.
pub const DEFAULT: &str = "default";

/// All files of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    what: &'static str,
    built_in: &'static [(&'static str, &'static str)],
    dirs: Vec<PathBuf>,
}

/// Where a name is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedBy {
    /// The file, or what stands in for one (`--theme`).
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
}

impl From<&str> for AskedBy {
    fn from(file: &str) -> Self {
        Self { file: file.to_owned(), line: None }
    }
}

/// One file of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The name it has in its library.
    pub name: String,
    /// The file, as warnings name it.
    pub file: String,
    /// What is in it.
    pub root: Node,
}

impl Library {
    /// Files of a sort (`theme`): `built_in` by name, and `NAME.yaml` in the first of `dirs` that has it.
    pub fn new(
        what: &'static str,
        built_in: &'static [(&'static str, &'static str)],
        dirs: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        Self { what, built_in, dirs: dirs.into_iter().collect() }
    }

    /// The names there are: those compiled in, in their order, then the user's own, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.built_in.iter().map(|(name, _)| (*name).to_owned()).collect();
        let entries = self.dirs.iter().filter_map(|dir| std::fs::read_dir(dir).ok());
        let mut own: Vec<String> = entries
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".yaml")?.to_owned()))
            .filter(|name| is_name(name) && !names.contains(name))
            .collect();
        own.sort();
        own.dedup();
        names.append(&mut own);
        names
    }

    /// The files that make up `name`, the ground first. A name that is not there, and a file that cannot be read, are
    /// warned about, and the ground is used. Warnings about the name itself name `asked_by` (`--theme`).
    pub fn layers(&self, name: &str, asked_by: impl Into<AskedBy>) -> (Vec<Layer>, Vec<Warnings>) {
        let mut layers = Vec::new();
        let mut warnings = Vec::new();
        let AskedBy { file, line } = asked_by.into();
        let mut asked = Asked { name: name.to_owned(), by: file, line };
        let mut seen: Vec<String> = Vec::new();
        // From the top to the ground.
        loop {
            let again = seen.contains(&asked.name);
            seen.push(asked.name.clone());
            let said = warnings.len();
            let own = if again { None } else { self.own(&asked.name, &mut warnings) };
            if let Some(own) = own {
                let next = self.ground_of(&own, &asked.name, &mut warnings);
                layers.push(own);
                match next {
                    Some(next) => asked = next,
                    None => break,
                }
            } else if let Some(layer) = self.compiled(&asked.name) {
                let next =
                    self.ground_of(&layer, &asked.name, &mut warnings).filter(|next| next.line.is_some());
                layers.push(layer);
                match next {
                    Some(next) => asked = next,
                    None => break,
                }
            } else {
                // A file that is there and broken has been warned about.
                if warnings.len() == said {
                    warnings.push(self.unknown(&asked, again));
                }
                if asked.name == DEFAULT {
                    break;
                }
                asked = Asked { name: DEFAULT.to_owned(), by: asked.by, line: asked.line };
            }
        }
        layers.reverse();
        (layers, warnings)
    }

    fn compiled(&self, name: &str) -> Option<Layer> {
        let (_, text) = self.built_in.iter().find(|(known, _)| *known == name)?;
        let file = format!("built-in {} {name}", self.what);
        let root = yaml::parse(text, &mut Warnings::new(file.clone()))?;
        Some(Layer { name: name.to_owned(), file, root })
    }

    /// The user's file, when it is there and can be read.
    fn own(&self, name: &str, warnings: &mut Vec<Warnings>) -> Option<Layer> {
        let mut paths =
            self.dirs.iter().filter(|_| is_name(name)).map(|dir| dir.join(format!("{name}.yaml")));
        // The first that is there, or anything but plainly not there: that is said below.
        let there = |path: &PathBuf| {
            std::fs::symlink_metadata(path).map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true)
        };
        let path = paths.find(there)?;
        let mut found = Warnings::of(&path);
        let root = match std::fs::read_to_string(&path) {
            Ok(text) => yaml::parse(&text, &mut found),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                found.add_at(None, format!("cannot be read: {error}"));
                None
            }
        };
        let root = root.filter(|root| match &root.value {
            Value::Map(_) => true,
            other => {
                found.add(root.line, format!("a {} is a map, not {}", self.what, other.describe()));
                false
            }
        });
        if !found.is_empty() {
            warnings.push(found);
        }
        root.map(|root| Layer { name: name.to_owned(), file: path.display().to_string(), root })
    }

    /// What a file stands on: what its `extends` says; otherwise what is compiled in under its name, or the default.
    fn ground_of(&self, layer: &Layer, name: &str, warnings: &mut Vec<Warnings>) -> Option<Asked> {
        let said =
            layer.root.entries("", &mut Warnings::new("")).iter().find(|(key, _)| key.text == "extends");
        let Some((key, node)) = said else {
            let built_in = self.built_in.iter().any(|(known, _)| *known == name);
            let ground = if built_in { name } else { DEFAULT };
            return Some(Asked { name: ground.to_owned(), by: layer.file.clone(), line: None });
        };
        let mut found = Warnings::new(layer.file.clone());
        let ground = node.text("`extends`", &mut found).unwrap_or(DEFAULT).to_owned();
        if !found.is_empty() {
            warnings.push(found);
        }
        (ground != "none").then(|| Asked { name: ground, by: layer.file.clone(), line: Some(key.line) })
    }

    fn unknown(&self, asked: &Asked, again: bool) -> Warnings {
        let mut found = Warnings::new(asked.by.clone());
        let names = self.names();
        let text = if again {
            format!("{} `{}` extends itself; it stands on `{DEFAULT}`", self.what, asked.name)
        } else {
            let hint = did_you_mean(&asked.name, names.iter().map(String::as_str));
            let known = names.join(", ");
            format!(
                "there is no {} `{}`, so `{DEFAULT}` is used; there are: {known}{hint}",
                self.what, asked.name
            )
        };
        found.add_at(asked.line, text);
        found
    }
}

/// The name after `name` in a ring of names.
pub fn next_name(names: &[String], name: &str) -> String {
    let at = names.iter().position(|known| known == name).map_or(0, |at| at + 1);
    names.get(at).or_else(|| names.first()).cloned().unwrap_or_else(|| DEFAULT.to_owned())
}

/// Who asked for a name, and where.
struct Asked {
    name: String,
    by: String,
    line: Option<usize>,
}

/// Names are file names without a path.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const BUILT_IN: &[(&str, &str)] =
        &[("default", "a: 1\n"), ("dark", "b: 2\n"), ("vim", "extends: default\nc: 3\n")];

    fn library(dir: &Path) -> Library {
        Library::new("theme", BUILT_IN, [dir.to_owned()])
    }

    fn stack(library: &Library, name: &str) -> (Vec<String>, Vec<String>) {
        let (layers, warnings) = library.layers(name, "--theme");
        let dir = library.dirs.first().map_or_else(String::new, |dir| format!("{}/", dir.display()));
        let files =
            layers.into_iter().map(|layer| layer.file.replace(&dir, "").replace("built-in theme ", "+"));
        let warnings = warnings.into_iter().flatten().map(|warning| warning.to_string().replace(&dir, ""));
        (files.collect(), warnings.collect())
    }

    #[test]
    fn stacks_files_on_what_they_extend() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("own", "z: 1\n"),
            ("dark", "b: 3\n"),
            ("deep", "extends: dark\n"),
            ("alone", "extends: none\n"),
            ("same", "# a comment\nextends: same\n"),
            ("ring1", "extends: ring2\n"),
            ("ring2", "extends: ring1\n"),
            ("lost", "\nextends: drak\n"),
            ("odd", "extends: [1]\n"),
        ] {
            std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
        }
        let library = library(dir.path());
        for (name, files, warnings) in [
            ("default", vec!["+default"], vec![]),
            ("vim", vec!["+default", "+vim"], vec![]),
            ("own", vec!["+default", "own.yaml"], vec![]),
            ("dark", vec!["+dark", "dark.yaml"], vec![]),
            ("deep", vec!["+dark", "dark.yaml", "deep.yaml"], vec![]),
            ("alone", vec!["alone.yaml"], vec![]),
            ("same", vec!["+default", "same.yaml"], vec!["same.yaml:2: theme `same` extends itself"]),
            (
                "ring1",
                vec!["+default", "ring2.yaml", "ring1.yaml"],
                vec!["ring2.yaml:1: theme `ring1` extends itself"],
            ),
            (
                "lost",
                vec!["+default", "lost.yaml"],
                vec!["lost.yaml:2: there is no theme `drak`, so `default` is used"],
            ),
            ("odd", vec!["+default", "odd.yaml"], vec!["odd.yaml:1: `extends` must be text, not a list"]),
            ("nope", vec!["+default"], vec!["--theme: there is no theme `nope`"]),
            ("../own", vec!["+default"], vec!["--theme: there is no theme `../own`"]),
        ] {
            let (found, said) = stack(&library, name);
            assert_eq!(found, files, "{name}: {said:?}");
            assert_eq!(said.len(), warnings.len(), "{name}: {said:?}");
            for (said, wanted) in said.iter().zip(warnings) {
                assert!(said.starts_with(wanted), "{name}: {said}");
            }
        }
    }

    #[test]
    fn a_broken_file_leaves_what_is_compiled_in() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("dark.yaml"), "b: [1\n").unwrap();
        std::fs::write(dir.path().join("list.yaml"), "\n- a\n").unwrap();
        std::fs::write(dir.path().join("bytes.yaml"), b"a: \xff\xfe\n").unwrap();
        std::fs::create_dir(dir.path().join("vim.yaml")).unwrap();
        let library = library(dir.path());
        let (files, said) = stack(&library, "dark");
        assert_eq!(files, ["+dark"]);
        assert!(said[0].starts_with("dark.yaml:1: ") && said.len() == 1, "{said:?}");
        let (files, said) = stack(&library, "vim");
        assert_eq!(files, ["+default", "+vim"]);
        assert!(said[0].starts_with("vim.yaml: cannot be read"), "{said:?}");
        for (name, wanted) in
            [("list", "list.yaml:2: a theme is a map, not a list"), ("bytes", "bytes.yaml: cannot be read")]
        {
            let (files, said) = stack(&library, name);
            assert_eq!(files, ["+default"], "{name}");
            assert!(said[0].starts_with(wanted), "{said:?}");
        }
    }

    #[test]
    fn the_first_directory_that_has_it_counts() {
        let dir = tempfile::tempdir().unwrap();
        let dirs = ["beside", "own"].map(|name| dir.path().join(name));
        for (at, name) in [(0, "sea"), (1, "sea"), (1, "sand")] {
            std::fs::create_dir_all(&dirs[at]).unwrap();
            std::fs::write(dirs[at].join(format!("{name}.yaml")), "a: 1\n").unwrap();
        }
        let library = Library::new("theme", BUILT_IN, dirs.clone());
        assert_eq!(library.names(), ["default", "dark", "vim", "sand", "sea"]);
        for (name, at) in [("sea", 0), ("sand", 1)] {
            let (layers, warnings) = library.layers(name, "--theme");
            assert!(warnings.is_empty(), "{warnings:?}");
            let file = dirs[at].join(format!("{name}.yaml")).display().to_string();
            assert_eq!(layers.last().map(|layer| layer.file.clone()), Some(file));
        }
    }

    #[test]
    fn names_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["zebra.yaml", "apple.yaml", "dark.yaml", "notes.txt", ".hidden.yaml"] {
            std::fs::write(dir.path().join(file), "").unwrap();
        }
        assert_eq!(library(dir.path()).names(), ["default", "dark", "vim", "apple", "zebra"]);
        assert_eq!(library(&dir.path().join("none")).names(), ["default", "dark", "vim"]);
        assert_eq!(Library::new("theme", BUILT_IN, None).names(), ["default", "dark", "vim"]);
    }
}
