//! Writes the version that `--version` shows: the package's, and the commit where there is one.
//!
//! It reads the files of a `.git` beside it and runs nothing, so it works from a tarball and without git. A repository
//! further up is not ours and is not looked at.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let commit = git_dir(&root).and_then(|git| commit(&git));
    let version = commit.map_or(version.clone(), |commit| format!("{version} ({commit})"));
    println!("cargo:rustc-env=DOGWATCH_VERSION={version}");
}

/// `.git`, or where a work tree's `.git` file points.
fn git_dir(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(root.join(text.trim().strip_prefix("gitdir: ")?))
}

/// The commit that is checked out, shortened. Every file that says so is watched, as far as it is there: a file that is
/// watched and missing would make cargo run this every time.
fn commit(git: &Path) -> Option<String> {
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(path) => git.join(path.trim()),
        Err(_) => git.to_owned(),
    };
    let head = watched(&git.join("HEAD"))?;
    // Written whenever HEAD moves, also when the branch has no file of its own yet.
    watched(&git.join("logs/HEAD"));
    let head = head.trim();
    let hash = match head.strip_prefix("ref: ") {
        None => head.to_owned(),
        Some(branch) => {
            let packed = watched(&common.join("packed-refs"));
            watched(&common.join(branch)).map(|text| text.trim().to_owned()).or_else(|| {
                let packed = packed?;
                let line = packed
                    .lines()
                    .find(|line| line.split_once(' ').is_some_and(|(_, name)| name == branch))?;
                Some(line.split_once(' ')?.0.to_owned())
            })?
        }
    };
    let short = hash.get(..10)?;
    short.bytes().all(|b| b.is_ascii_hexdigit()).then(|| short.to_owned())
}

fn watched(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo:rerun-if-changed={}", path.display());
    Some(text)
}
