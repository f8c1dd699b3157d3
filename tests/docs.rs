//! The README says what the tables say (invariant 10): its generated parts are made from them, and compared here.
//!
//! `DOGWATCH_BLESS=1 cargo test --test docs` writes the parts anew.

use std::fs;
use std::path::Path;

use dogwatch::action::{Access, Action, Group};
use dogwatch::cli::{args, manual};
use dogwatch::config;
use dogwatch::keymap::{Keymap, Keymaps};
use dogwatch::model::columns;
use dogwatch::model::filter;
use dogwatch::theme::{self, Depth, Themes};
use dogwatch::triage;

const BLESS: &str = "DOGWATCH_BLESS";

/// The generated parts by their names in the README.
fn parts() -> Vec<(&'static str, String)> {
    vec![
        ("keys", Keymap::built_in().markdown()),
        ("go", go()),
        ("filters", filters()),
        ("config", config::markdown()),
        ("roles", theme::markdown()),
        ("flags", args::markdown()),
        ("commands", manual::markdown()),
        ("columns", columns::markdown()),
        ("triage", triage::markdown(config::usual)),
    ]
}

fn go() -> String {
    let rows = dogwatch::screen::picker::FORMS.iter().map(|(form, doc)| format!("| `{form}` | {doc} |\n"));
    format!("| form | goes to |\n| --- | --- |\n{}", rows.collect::<String>())
}

fn filters() -> String {
    let rows =
        filter::FORMS.iter().map(|(form, doc)| format!("| `{}` | {doc} |\n", form.replace('|', "\\|")));
    format!("| form | finds |\n| --- | --- |\n{}", rows.collect::<String>())
}

/// Where the generated part `name` of the README is.
fn place(readme: &str, name: &str) -> std::ops::Range<usize> {
    let begin = format!("<!-- {name}: generated -->\n");
    let start = readme.find(&begin).unwrap_or_else(|| panic!("README has no {begin:?}")) + begin.len();
    let end =
        readme[start..].find(&format!("<!-- {name}: end -->")).unwrap_or_else(|| panic!("{name} has no end"));
    start..start + end
}

#[test]
fn the_readme_says_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut readme = fs::read_to_string(&path).unwrap();
    let bless = std::env::var_os(BLESS).is_some();
    for (name, text) in parts() {
        let wanted = format!("\n{text}\n");
        let at = place(&readme, name);
        if bless {
            readme.replace_range(at, &wanted);
        } else {
            let found = &readme[at];
            assert!(found == wanted, "README's {name} is old: {BLESS}=1 cargo test --test docs\n\n{wanted}");
        }
    }
    if bless {
        fs::write(&path, readme).unwrap();
    }
}

/// No action hides: the README lists every one, with its key or with its name in the palette.
#[test]
fn every_action_is_listed() {
    let keys = Keymap::built_in().markdown();
    for info in Action::ALL {
        let listed = [format!("| `{}` |", info.name), format!("| `:{}` |", info.name)];
        assert!(listed.iter().any(|row| keys.contains(row)), "{} is not in the table", info.name);
    }
}

/// What changes the cluster stands together in the help, under a heading that says that a plan comes first.
#[test]
fn what_changes_stands_together() {
    for info in Action::ALL.iter().filter(|info| info.access == Access::Change) {
        assert_eq!(info.group, Group::Changes, "{}", info.name);
    }
}

/// Links and commands of the README that name files name files that are there.
#[test]
fn the_readme_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.contains("://")) {
        match link.split_once('#') {
            Some(("", section)) => {
                let anchor = |title: &str| -> String {
                    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
                    kept.collect::<String>().to_lowercase().replace(' ', "-")
                };
                let titles = readme.lines().filter(|line| line.starts_with('#'));
                let mut titles = titles.map(|line| line.trim_start_matches('#').trim());
                assert!(titles.any(|title| anchor(title) == section), "README has no section #{section}");
            }
            _ => assert!(root.join(link).exists(), "README links to {link}"),
        }
    }
}

/// The examples of a keymap, of a theme and of a configuration in the README are files without a fault.
#[test]
fn the_examples_can_be_read() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let examples: Vec<&str> =
        readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    for (at, example) in examples.iter().enumerate() {
        if example.starts_with("columns:") {
            fs::write(dir.path().join("config.yaml"), example).unwrap();
            let loaded = config::load_after(None, None, Some(dir.path())).unwrap();
            assert!(loaded.warnings.is_empty(), "{example}{:?}", loaded.warnings);
            assert_eq!(loaded.config.own_columns.0.len(), 2);
            continue;
        }
        if example.contains("policy:") {
            let path = dir.path().join("administrator.yaml");
            fs::write(&path, example).unwrap();
            let loaded = config::load_after(Some(&path), None, None).unwrap();
            assert!(loaded.warnings.is_empty(), "{example}{:?}", loaded.warnings);
            assert_eq!(loaded.config.rules.0.len(), 3);
            continue;
        }
        let (name, sort) =
            (format!("example-{at}"), if example.contains("roles:") { "themes" } else { "keymaps" });
        fs::create_dir_all(dir.path().join(sort)).unwrap();
        fs::write(dir.path().join(sort).join(format!("{name}.yaml")), example).unwrap();
        let warnings = if sort == "themes" {
            Themes::new(Some(dir.path())).load(&name, Depth::Rgb, "README").1
        } else {
            Keymaps::new(Some(dir.path()), None).load(&name, "README").1
        };
        assert!(warnings.is_empty(), "{example}{warnings:?}");
    }
    assert_eq!(examples.len(), 4);
}
