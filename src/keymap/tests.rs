//! Layers, masks, sequences, warnings; and promises that the compiled-in keymaps keep.

use super::*;
use crate::config::yaml;

fn keys(text: &str) -> Vec<KeyPress> {
    KeyPress::parse_sequence(text).unwrap()
}

fn layer(text: &str) -> Layer {
    let root = yaml::parse(text, &mut Warnings::new("f.yaml")).unwrap();
    Layer { name: "test".into(), file: "f.yaml".into(), root }
}

/// A keymap of files laid over each other, and what was said about them.
fn keymap(texts: &[&str]) -> (Keymap, Vec<String>) {
    let mut bindings: Bindings = std::array::from_fn(|_| Vec::new());
    let mut said = Warnings::new("f.yaml");
    for text in texts {
        parse::lay(&layer(text), &mut bindings, &mut said);
    }
    let said = said.into_iter().map(|warning| warning.to_string()).collect();
    (Keymap { name: "test".into(), bindings }, said)
}

#[test]
fn the_nearest_context_decides() {
    let (keymap, said) = keymap(&["
keys:
  global: { q: quit, g: top, x: yaml, esc: back }
  table: { q: back, g g: bottom, x: null }
  home: { z z: zoom, esc: null }
"]);
    assert!(said.is_empty(), "{said:?}");
    for (context, pressed, meant) in [
        (Context::Home, "q", Resolved::Action(Action::Back)),
        (Context::Pager, "q", Resolved::Action(Action::Quit)),
        (Context::Pager, "g", Resolved::Action(Action::Top)),
        (Context::Home, "g", Resolved::Pending),
        (Context::Home, "g g", Resolved::Action(Action::Bottom)),
        (Context::Home, "g x", Resolved::None),
        (Context::Home, "g g g", Resolved::None),
        (Context::Home, "z", Resolved::Pending),
        (Context::Table, "z", Resolved::None),
        (Context::Table, "x", Resolved::None),
        (Context::Pager, "x", Resolved::Action(Action::Yaml)),
        (Context::Home, "esc", Resolved::None),
        (Context::Table, "esc", Resolved::Action(Action::Back)),
        (Context::Filter, "q", Resolved::None),
    ] {
        assert_eq!(keymap.resolve(context.stack(), &keys(pressed)), meant, "{context:?} {pressed}");
    }
}

#[test]
fn keys_are_found_by_action_only_where_they_reach_it() {
    let (keymap, _) = keymap(&["
keys:
  global: { q: quit, ctrl-c: quit, g: top, home: top, G: bottom }
  table: { q: back, g g: bottom, G: null }
"]);
    let table = Context::Table.stack();
    assert_eq!(keymap.keys_for(Action::Quit, table), ["Ctrl-c"]);
    assert_eq!(keymap.keys_for(Action::Quit, &[Context::Global]), ["q", "Ctrl-c"]);
    assert_eq!(keymap.keys_for(Action::Top, table), ["Home"]);
    assert_eq!(keymap.keys_for(Action::Bottom, table), ["g g"]);
    assert_eq!(keymap.keys_for(Action::Zoom, table), Vec::<String>::new());
    let rows: Vec<_> =
        keymap.rows(table).into_iter().map(|row| (row.action.name, row.keys.join(" "))).collect();
    let named = |name, keys: &str| (name, keys.to_owned());
    assert_eq!(
        rows,
        [named("top", "Home"), named("bottom", "g g"), named("back", "q"), named("quit", "Ctrl-c")]
    );
}

#[test]
fn a_later_file_replaces_what_collides() {
    let (keymap, said) = keymap(&[
        "keys: { table: { g: top, G: bottom, d: down, z z: zoom, y: yaml } }\n",
        "keys: { table: { g g: top, G: null, z: wide, x: yaml } }\n",
    ]);
    assert!(said.is_empty(), "{said:?}");
    let table = Context::Table.stack();
    for (pressed, meant) in [
        ("g", Resolved::Pending),
        ("g g", Resolved::Action(Action::Top)),
        ("G", Resolved::None),
        ("d", Resolved::Action(Action::Down)),
        ("z", Resolved::Action(Action::Wide)),
    ] {
        assert_eq!(keymap.resolve(table, &keys(pressed)), meant, "{pressed}");
    }
    assert_eq!(keymap.keys_for(Action::Yaml, table), ["x", "y"], "the newest first");
    assert_eq!(keymap.keys_for(Action::Top, table), ["g g"]);
}

#[test]
fn mistakes_have_a_line_and_the_rest_counts() {
    let (keymap, said) = keymap(&["doc: x
kyes: {}
keys:
  tabel: { x: yaml }
  table:
    ctlr-d: down
    d: dwon
    e: 5
    enter: open
    return: yaml
    g: top
    g g: bottom
    l: logs
  filter:
    a: open
    ctrl-a: open
  pager: [a]
"]);
    let wanted = [
        "f.yaml:2: `kyes` is not a part of a keymap; did you mean `keys`?",
        "f.yaml:4: `tabel` is not a context; did you mean `table`?",
        "f.yaml:6: `ctlr` in `ctlr-d` is not ctrl, alt or shift",
        "f.yaml:7: `dwon` is not an action; did you mean `down`?",
        "f.yaml:8: an action must be text, not the number 5",
        "f.yaml:10: `Enter` is bound twice in `table`; the last one counts",
        "f.yaml:12: `g g` and `g` in `table` begin alike; the last one counts",
        "f.yaml:15: `a` cannot be bound in `filter`: it is typed there",
        "f.yaml:17: `pager` must be a map, not a list",
    ];
    assert_eq!(said, wanted);
    let table = Context::Table.stack();
    assert_eq!(keymap.resolve(table, &keys("enter")), Resolved::Action(Action::Yaml));
    assert_eq!(keymap.resolve(table, &keys("l")), Resolved::Action(Action::Logs));
    assert_eq!(keymap.resolve(table, &keys("g")), Resolved::Pending);
    assert_eq!(keymap.resolve(Context::Filter.stack(), &keys("ctrl-a")), Resolved::Action(Action::Open));
}

#[test]
fn the_keys_of_the_configuration_lie_over_every_keymap() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("keymaps")).unwrap();
    std::fs::write(
        dir.path().join("keymaps/mine.yaml"),
        "extends: vim\nkeys: { table: { f7: yaml, bad: yaml } }\n",
    )
    .unwrap();
    let own = layer("\ntable: { f8: yaml, y: null, f9: nope }\n");
    let keymaps = Keymaps::new(Some(dir.path()), Some(own));
    assert_eq!(keymaps.names(), ["default", "k9s", "vim", "mine"]);
    assert_eq!(keymaps.after("vim"), "mine");
    let (keymap, warnings) = keymaps.load("mine", "--keymap");
    assert_eq!(keymap.name(), "mine");
    assert_eq!(keymap.keys_for(Action::Yaml, Context::Table.stack()), ["F8", "F7"]);
    assert_eq!(keymap.keys_for(Action::Logs, Context::Table.stack()), ["L"]);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].file.ends_with("mine.yaml") && warnings[0].line == Some(2), "{warnings:?}");
    assert_eq!((warnings[1].file.as_str(), warnings[1].line), ("f.yaml", Some(2)));
    let (keymap, warnings) = keymaps.load("nope", "--keymap");
    assert_eq!(keymap.name(), "default");
    assert!(warnings[0].to_string().starts_with("--keymap: there is no keymap `nope`"), "{warnings:?}");
}

/// Every keymap that is compiled in.
fn built_in() -> impl Iterator<Item = Keymap> {
    BUILT_IN.iter().map(|(name, _)| {
        let (keymap, warnings) = Keymaps::new(None, None).load(name, "test");
        assert_eq!(warnings, [], "{name}");
        assert_eq!(keymap.name(), *name);
        keymap
    })
}

#[test]
fn every_keymap_can_leave_move_and_ask_for_help_everywhere() {
    for keymap in built_in() {
        for info in Context::ALL {
            let mut needed = vec![Action::Back, Action::Down, Action::Up];
            if info.typing {
                needed.push(Action::Open);
            } else {
                needed.extend([Action::Help, Action::Palette, Action::Quit]);
            }
            for action in needed {
                let reached = !keymap.keys_for(action, info.stack).is_empty();
                let help_in_help = info.context == Context::Help && action == Action::Help;
                assert!(reached || help_in_help, "{}: no key for {action} in {}", keymap.name(), info.name);
            }
        }
    }
}

#[test]
fn only_changes_may_be_without_a_key() {
    // What changes something may be reached by its name alone; everything else is on a key.
    for info in Keymap::built_in().by_name() {
        assert_eq!(info.group, crate::action::Group::Changes, "no key for {}", info.name);
    }
}

#[test]
fn every_binding_of_a_keymap_can_be_reached() {
    for keymap in built_in() {
        for info in Context::ALL {
            for binding in &keymap.bindings[info.context as usize] {
                assert!(
                    keymap.reaches(info.stack, binding),
                    "{}: {binding:?} in {}",
                    keymap.name(),
                    info.name
                );
            }
        }
    }
}

#[test]
fn keymaps_have_the_letters_they_promise() {
    let by_name = |name: &str| Keymaps::new(None, None).load(name, "").0;
    for (name, context, pressed, action) in [
        ("default", Context::Home, "l", Action::Logs),
        ("default", Context::Home, "y", Action::Yaml),
        ("default", Context::Home, "q", Action::Quit),
        ("default", Context::Logs, "q", Action::Back),
        ("default", Context::Pager, "space", Action::PageDown),
        ("default", Context::Logs, "space", Action::Mark),
        ("default", Context::Logs, "0", Action::SinceTail),
        ("k9s", Context::Logs, "1", Action::SinceStart),
        ("k9s", Context::Logs, "6", Action::Since1h),
        ("k9s", Context::Logs, "/", Action::Keep),
        ("vim", Context::Logs, "l", Action::ScrollRight),
        ("default", Context::Home, "space", Action::Mark),
        ("default", Context::Home, "ctrl-z", Action::Suspend),
        ("default", Context::Labels, "H", Action::FoldHashes),
        ("k9s", Context::Home, "ctrl-z", Action::FaultsOnly),
        ("k9s", Context::Home, "R", Action::SortReady),
        ("k9s", Context::Logs, "s", Action::Follow),
        ("k9s", Context::Home, "0", Action::AllNamespaces),
        ("vim", Context::Home, "g g", Action::Top),
        ("vim", Context::Home, "G", Action::Bottom),
        ("vim", Context::Home, "ctrl-d", Action::HalfPageDown),
        ("vim", Context::Home, "h", Action::ScrollLeft),
        ("vim", Context::Home, "L", Action::Logs),
        ("vim", Context::Logs, "n", Action::SearchNext),
        ("vim", Context::Logs, "N", Action::SearchPrevious),
    ] {
        let meant = by_name(name).resolve(context.stack(), &keys(pressed));
        assert_eq!(meant, Resolved::Action(action), "{name} {context:?} {pressed}");
    }
}

#[test]
fn the_docs_name_every_context_and_key() {
    let text = Keymap::built_in().markdown();
    for part in [
        "### `global`",
        "### `palette`",
        "| `Enter` | `open` |",
        "| `Down`, `j` | `down` |",
        "And the keys of `table`, `global`.",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(text.ends_with("|\n"));
    assert_eq!(code("|"), "`\\|`");
    assert_eq!(code("`"), "`` ` ``");
}
