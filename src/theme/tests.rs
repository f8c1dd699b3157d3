//! Promises that every theme that is compiled in keeps, at every depth; and what happens with themes of the user's own.

use ratatui::style::{Color, Modifier};

use super::depth::{contrast, rgb_of};
use super::*;

/// Every theme that is compiled in, at every depth.
fn everything() -> impl Iterator<Item = Theme> {
    BUILT_IN.iter().flat_map(|(name, _)| {
        Depth::ALL.into_iter().map(move |depth| {
            let (theme, warnings) = Themes::new(None).load(name, depth, "test");
            assert_eq!(warnings, [], "{name}");
            assert_eq!(theme.name(), *name);
            theme
        })
    })
}

/// What stands in rows, under the cursor.
const ON_ROWS: [Role; 11] = [
    Role::Text,
    Role::Dim,
    Role::Accent,
    Role::ToneGood,
    Role::ToneBusy,
    Role::ToneWarn,
    Role::ToneBad,
    Role::New,
    Role::Changed,
    Role::Mark,
    Role::Match,
];

fn is_color(color: Option<Color>) -> bool {
    color.is_some_and(|color| color != Color::Reset)
}

#[test]
fn the_cursor_is_never_plain_text() {
    let seen = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
    for theme in everything() {
        let text = theme.style(Role::Text);
        for role in [Role::Cursor, Role::CursorUnfocused, Role::Match] {
            let laid = text.patch(theme.style(role));
            let seen = laid.add_modifier.intersects(seen) || laid.bg != text.bg;
            assert!(seen, "{} {:?}: {role:?} {laid:?}", theme.name(), theme.depth());
        }
        let marked = text.patch(theme.style(Role::Mark));
        assert!(marked != text, "{} {:?}", theme.name(), theme.depth());
        assert_ne!(theme.style(Role::Cursor), theme.style(Role::CursorUnfocused), "{}", theme.name());
    }
}

#[test]
fn without_colours_there_is_no_colour() {
    for theme in everything().filter(|theme| theme.depth() == Depth::Mono || theme.name() == MONO) {
        for info in Role::ALL {
            let style = theme.style(info.role);
            assert!(!is_color(style.fg) && !is_color(style.bg), "{} {}", theme.name(), info.id);
        }
        let focused = theme.style(Role::Cursor).add_modifier;
        assert!(focused.contains(Modifier::REVERSED), "{}", theme.name());
        assert!(theme.style(Role::ToneBad).add_modifier.contains(Modifier::BOLD), "{}", theme.name());
        assert!(
            theme.style(Role::ModeReadonly).add_modifier.contains(Modifier::REVERSED),
            "{}",
            theme.name()
        );
    }
}

#[test]
fn colours_fit_the_depth() {
    for theme in everything() {
        for info in Role::ALL {
            let style = theme.style(info.role);
            for color in [style.fg, style.bg].into_iter().flatten() {
                assert_eq!(theme.depth().nearest(color), color, "{} {}", theme.name(), info.id);
            }
        }
    }
}

#[test]
fn text_can_be_read_on_its_ground() {
    for theme in everything().filter(|theme| ["dark", "light", "high-contrast"].contains(&theme.name())) {
        let least = match (theme.name(), theme.depth()) {
            ("high-contrast", Depth::Rgb) => 7.0,
            (_, Depth::Rgb) => 4.5,
            (_, Depth::Indexed256) => 3.5,
            // What the sixteen look like is the terminal's choice; only equal colours are certainly wrong.
            _ => 1.01,
        };
        for info in Role::ALL.iter().filter(|info| !["border", "scrollbar"].contains(&info.id)) {
            for ground in [Role::Text, Role::Dialog, Role::Cursor, Role::CursorUnfocused] {
                let below = theme.style(Role::Text).patch(theme.style(ground));
                let on_a_row = matches!(ground, Role::Cursor | Role::CursorUnfocused);
                if on_a_row && !ON_ROWS.contains(&info.role) {
                    continue;
                }
                // The row is laid over the cell, the cell over the ground.
                let style = theme.style(info.role);
                let laid = if on_a_row {
                    theme.style(Role::Text).patch(style).patch(theme.style(ground))
                } else {
                    below.patch(style)
                };
                let (Some(fg), Some(bg)) = (laid.fg.and_then(rgb_of), laid.bg.and_then(rgb_of)) else {
                    continue;
                };
                let found = contrast(fg, bg);
                assert!(
                    found >= least,
                    "{} {:?}: {} on {ground:?}: {found}",
                    theme.name(),
                    theme.depth(),
                    info.id
                );
            }
        }
    }
}

#[test]
fn tones_stay_apart() {
    for theme in everything().filter(|theme| theme.depth() != Depth::Mono && theme.name() != MONO) {
        let tones = [Role::Text, Role::ToneGood, Role::ToneBusy, Role::ToneWarn, Role::ToneBad];
        for (at, role) in tones.iter().enumerate() {
            for other in &tones[at + 1..] {
                let (a, b) = (theme.style(*role).fg, theme.style(*other).fg);
                assert_ne!(a, b, "{} {:?}: {role:?} {other:?}", theme.name(), theme.depth());
            }
        }
    }
}

#[test]
fn roles_fall_back_by_the_table() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("themes")).unwrap();
    std::fs::write(
        dir.path().join("themes/bare.yaml"),
        "extends: none\nroles: { accent: red, tone: blue }\n",
    )
    .unwrap();
    let (theme, warnings) = Themes::new(Some(dir.path())).load("bare", Depth::Rgb, "test");
    assert_eq!(warnings, []);
    for (role, color) in [
        (Role::Accent, Some(Color::Red)),
        (Role::HelpKey, Some(Color::Red)),
        (Role::ToneWarn, Some(Color::Blue)),
        (Role::InputError, Some(Color::Blue)),
        (Role::Dim, None),
        (Role::Border, None),
    ] {
        assert_eq!(theme.style(role).fg, color, "{role:?}");
    }
}

#[test]
fn themes_of_the_user_extend_and_warn() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("themes")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join("themes").join(name), text).unwrap();
    write("dark.yaml", "palette: { teal: \"#00ffff\" }\n");
    write("sea.yaml", "extends: dark\nroles:\n  dim: blu\n  accent: blue\n  tone.bad:\n    bold: yes\n");
    write("torn.yaml", "roles: {\n");
    let themes = Themes::new(Some(dir.path()));
    assert_eq!(themes.names(), ["default", "dark", "light", "high-contrast", "mono", "sea", "torn"]);
    assert_eq!(themes.after("mono"), "sea");
    assert_eq!(themes.after("torn"), "default");
    assert_eq!(themes.after("gone"), "default");

    let (dark, warnings) = themes.load("dark", Depth::Rgb, "test");
    assert_eq!(warnings, []);
    assert_eq!(dark.style(Role::Key).fg, Some(Color::Rgb(0, 255, 255)), "the user's palette in our roles");

    let (sea, warnings) = themes.load("sea", Depth::Rgb, "test");
    let said: Vec<_> = warnings.iter().map(|warning| (warning.line, warning.text.as_str())).collect();
    assert_eq!(said[0].0, Some(3));
    assert!(said[0].1.starts_with("`blu` is not a colour; did you mean `blue`?"), "{said:?}");
    assert_eq!(said[1], (Some(6), "`bold` must be true or false, not the text `yes`"));
    assert!(warnings.iter().all(|warning| warning.file.ends_with("sea.yaml")), "{warnings:?}");
    assert_eq!(sea.style(Role::Dim), dark.style(Role::Dim), "what is wrong leaves what is underneath");
    assert_ne!(sea.style(Role::Accent), dark.style(Role::Accent));

    let (torn, warnings) = themes.load("torn", Depth::Rgb, "--theme");
    assert_eq!(torn.name(), "default");
    assert_eq!(torn.styles, Themes::new(None).load("default", Depth::Rgb, "").0.styles);
    assert!(warnings[0].file.ends_with("torn.yaml") && warnings[0].line.is_some(), "{warnings:?}");

    let (mono, warnings) = themes.load("sea", Depth::Mono, "test");
    assert_eq!((mono.name(), warnings.len()), ("sea", 2));
    assert!(!is_color(mono.style(Role::Text).bg));
}

#[test]
fn the_docs_name_every_role() {
    let text = markdown();
    assert_eq!(text.lines().count(), Role::COUNT + 2);
    assert!(text.contains("| `tone.bad` | `tone` | Broken. |\n"), "{text}");
}
