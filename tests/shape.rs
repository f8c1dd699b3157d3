//! The shape of the repository: which room may name what (invariant 1), and how its files look.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `dir`: its path from the repository's root, and its text.
fn rust_files(dir: &str) -> Vec<(String, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(dir) else { return };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                out.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(dir), &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The code without comments, which may talk about anything. Strings with `//` in them lose their end; none of the words
/// that are looked for is in one.
fn code(text: &str) -> String {
    let without = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(without).collect::<Vec<_>>().join("\n")
}

/// Whether a path that begins with `name` is named: the word, then `::`, or an import of all of it.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let word = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let own = code[..at].ends_with("crate::") || code[..at].ends_with("self::");
        let rest = &code[at + name.len()..];
        let imported = code[..at].ends_with("use ") && rest.starts_with([';', ' ', ',']);
        word && !own && (rest.starts_with("::") || imported)
    })
}

/// Whether a file is one of these rooms: `src/model` is `src/model.rs` and everything in `src/model/`.
fn is_in(file: &str, rooms: &[&str]) -> bool {
    rooms
        .iter()
        .any(|room| file == *room || file == format!("{room}.rs") || file.starts_with(&format!("{room}/")))
}

#[test]
fn finds_what_is_named() {
    for (text, found) in [
        ("use kube::Client;", true),
        ("let x = kube::Client::new();", true),
        ("fn f(c: &::kube::Client) {}", true),
        ("use kube;", true),
        ("use kube as k;", true),
        ("use {kube::Client};", true),
        ("use crate::kube::X;", false),
        ("use mykube::X;", false),
        ("// as kube::Client does", false),
        ("let kube = 1;", false),
    ] {
        assert_eq!(names(&code(text), "kube"), found, "{text}");
    }
}

#[test]
fn only_their_rooms_name_them() {
    let rules: &[(&[&str], &[&str])] = &[
        (&["kube", "kube_client", "kube_core", "k8s_openapi"], &["src/cluster"]),
        (&["ratatui"], &["src/screen", "src/widget", "src/theme", "src/terminal", "src/app"]),
        (&["crossterm"], &["src/terminal", "src/app"]),
        (&["clap", "color_eyre"], &["src/cli", "src/terminal/report"]),
    ];
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src") {
        let code = code(&text);
        for (crates, rooms) in rules {
            for name in crates.iter().filter(|name| !is_in(&file, rooms) && names(&code, name)) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_model_is_pure() {
    let never = [
        "ratatui",
        "tokio",
        "kube",
        "k8s_openapi",
        "crossterm",
        "hyper",
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "std::env",
        "std::process",
        "crate::state",
        "crate::screen",
        "crate::cluster",
        "crate::runner",
        "crate::terminal",
        "crate::demo",
    ];
    let mut wrong = Vec::new();
    for (file, text) in
        rust_files("src").iter().filter(|(file, _)| is_in(file, &["src/model", "src/describe", "src/triage"]))
    {
        let code = code(text);
        for name in never {
            let found = match name.strip_prefix("crate::") {
                Some(room) => code.contains(&format!("crate::{room}::")),
                None => names(&code, name),
            };
            if found {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The code without its tests.
fn without_tests(file: &str, text: &str) -> String {
    if file.ends_with("/tests.rs") || file.contains("/tests/") || file.ends_with("/testing.rs") {
        return String::new();
    }
    code(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default())
}

/// A permit is made in one place and used up in one (invariant 2); nobody can copy one, or make one of something else.
#[test]
fn permits_are_made_by_the_gate_and_used_by_the_writer() {
    let rules: &[(&[&str], &[&str])] = &[
        (&["Permit {", "Rehearsal {"], &["src/gate.rs"]),
        (&["into_request("], &["src/gate.rs", "src/cluster/write.rs"]),
        (&["Permitted::new("], &["src/cluster/write.rs"]),
        (&["recipe.writer()"], &["src/cluster/write.rs"]),
        (&["gate::confirm("], &["src/state/steer/confirm.rs"]),
        (&["Effect::Send("], &["src/state/changes.rs", "src/runner.rs"]),
        (&["Effect::Rehearse("], &["src/state/steer/planning.rs", "src/runner.rs"]),
    ];
    let files = rust_files("src");
    let mut wrong = Vec::new();
    for (words, homes) in rules {
        for word in *words {
            let used: Vec<&str> = files
                .iter()
                .filter(|(file, text)| without_tests(file, text).contains(word))
                .map(|(file, _)| file.as_str())
                .collect();
            wrong.extend(
                used.iter().filter(|file| !homes.contains(file)).map(|file| format!("{file}: {word}")),
            );
            assert!(!used.is_empty(), "nobody says {word} any more: the rule holds nothing");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let gate = fs::read_to_string(root().join("src/gate.rs")).unwrap();
    for name in ["Permit", "Rehearsal"] {
        let at = gate.find(&format!("pub struct {name} {{")).unwrap();
        let derives = gate[..at].lines().next_back().unwrap();
        for forbidden in ["Clone", "Copy", "Default", "Serialize", "Deserialize"] {
            assert!(!derives.contains(forbidden), "{name} can be made or copied: {derives}");
        }
        let body = &gate[at..at + gate[at..].find('}').unwrap()];
        assert_eq!(body.matches("pub ").count(), 1, "its fields are nobody's business: {body}");
    }
}

/// Unsafe code has one place, which says why; the lint alone would let others say so too.
#[test]
fn unsafe_code_has_one_place() {
    let files = rust_files("src");
    let found = files.iter().filter(|(_, text)| {
        ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].iter().any(|it| code(text).contains(it))
    });
    let found: Vec<&str> = found.map(|(file, _)| file.as_str()).collect();
    assert_eq!(found, ["src/runner/heap.rs"]);
}

/// The program does not know that it may be talking to the embedded cluster.
#[test]
fn only_the_command_line_knows_the_embedded_cluster() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src").iter().filter(|(file, _)| !is_in(file, &["src/demo", "src/cli"])) {
        if code(text).contains("demo::") || code(text).contains("use crate::demo") {
            wrong.push(file.clone());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `update` and the state are functions of what they are given.
#[test]
fn the_state_neither_waits_nor_looks_at_a_clock() {
    let never = [
        ".await",
        "Instant::now",
        "SystemTime::now",
        "Timestamp::now",
        "std::fs",
        "std::net::Tcp",
        "std::net::Udp",
        "thread::",
    ];
    let mut wrong = Vec::new();
    let rooms = ["src/state", "src/update", "src/screen", "src/widget", "src/model", "src/triage"];
    for (file, text) in rust_files("src").iter().filter(|(file, _)| is_in(file, &rooms)) {
        let code = without_tests(file, text);
        wrong.extend(never.iter().filter(|name| code.contains(**name)).map(|name| format!("{file}: {name}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is() {
    let mut wrong = Vec::new();
    for dir in ["src", "tests", "benches"] {
        for (file, text) in rust_files(dir) {
            if !text.starts_with("//!") {
                wrong.push(format!("{file} does not begin with //!"));
            }
            if file.ends_with("/mod.rs") {
                wrong.push(format!("{file}: the house writes `foo.rs` beside `foo/`"));
            }
        }
    }
    let build = fs::read_to_string(root().join("build.rs")).unwrap();
    assert!(build.starts_with("//!"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const LONGEST: usize = 600;

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src") {
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{file} has {lines} lines, {LONGEST} are enough"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_top_level_is_tidy() {
    let allowed: BTreeSet<&str> = [
        ".cargo",
        ".ci",
        ".git",
        ".gitignore",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "benches",
        "build.rs",
        "clippy.toml",
        "keymaps",
        "rustfmt.toml",
        "snapshots",
        "src",
        "tests",
        "themes", // Made by cargo, and ignored by git.
        "target",
    ]
    .into();
    let found = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let wrong: Vec<_> = found.filter(|name| !allowed.contains(name.as_str())).collect();
    assert!(wrong.is_empty(), "not a name of the top level: {wrong:?}");
}

/// Every dependency is used: an unused one costs every build, and says something untrue about how this is built.
#[test]
fn every_dependency_is_used() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table = |name: &str| -> Vec<String> {
        let start = manifest.find(&format!("[{name}]\n")).unwrap() + name.len() + 3;
        let rest = &manifest[start..];
        let table = &rest[..rest.find("\n[").unwrap_or(rest.len())];
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| Some(line.split_once('=')?.0.trim().replace('-', "_"))).collect()
    };
    let files = rust_files("src");
    let used = |name: &str| {
        files.iter().any(|(_, text)| {
            let code = code(text);
            names(&code, name) || code.contains(&format!("{name}!"))
        })
    };
    for name in table("dependencies") {
        assert!(used(&name), "{name} is not used in src");
    }
}
