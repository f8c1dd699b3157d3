//! What a theme file says: its palette and the styles of its roles.
//!
//! Whatever cannot be understood is warned about with its line, and leaves what is underneath.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::role::Role;
use crate::config::library::Layer;
use crate::config::warning::{Warnings, did_you_mean};
use crate::config::yaml::{Node, Value};

/// The styles that a stack of files gives, before fallback and depth.
pub type Styles = [Option<Style>; Role::COUNT];

/// The names of colours in theme files, the sixteen in the order of their numbers.
const COLORS: &[(&str, Color)] = &[
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
    ("default", Color::Reset),
];

/// The names of modifiers in theme files.
const MODIFIERS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

type Palette = BTreeMap<String, Color>;

/// The styles of a stack of theme files, the ground first.
pub fn styles(layers: &[Layer]) -> (Styles, Vec<Warnings>) {
    let mut all: Vec<Warnings> = layers.iter().map(|layer| Warnings::new(layer.file.clone())).collect();
    let mut palette = Palette::new();
    for (layer, warnings) in layers.iter().zip(&mut all) {
        read_palette(layer, &mut palette, warnings);
    }
    let mut styles = [None; Role::COUNT];
    for (layer, warnings) in layers.iter().zip(&mut all) {
        read_roles(layer, &palette, &mut styles, warnings);
    }
    (styles, all)
}

fn read_palette(layer: &Layer, palette: &mut Palette, warnings: &mut Warnings) {
    for (key, node) in layer.root.entries("a theme", warnings) {
        match key.text.as_str() {
            "palette" => {
                for (name, node) in node.entries("`palette`", warnings) {
                    // Palette names mean colours, not other palette names: no order, no rings.
                    if let Some(color) = read_color(&name.text, node, &Palette::new(), warnings) {
                        palette.insert(name.text.clone(), color);
                    }
                }
            }
            "doc" | "extends" | "roles" => {}
            unknown => {
                let hint = did_you_mean(unknown, ["palette", "roles", "extends", "doc"]);
                warnings.add(key.line, format!("`{unknown}` is not a part of a theme{hint}"));
            }
        }
    }
}

fn read_roles(layer: &Layer, palette: &Palette, styles: &mut Styles, warnings: &mut Warnings) {
    let parts = layer.root.entries("a theme", &mut Warnings::new(""));
    for (_, roles) in parts.iter().filter(|(key, _)| key.text == "roles") {
        for (key, node) in roles.entries("`roles`", warnings) {
            let Some(role) = Role::from_id(&key.text) else {
                let hint = did_you_mean(&key.text, Role::ALL.iter().map(|info| info.id));
                warnings.add(key.line, format!("`{}` is not a role{hint}", key.text));
                continue;
            };
            if let Some(style) = read_style(&key.text, node, palette, warnings) {
                styles[role as usize] = Some(style);
            }
        }
    }
}

/// `{ fg: red, bold: true }`, or only a colour.
fn read_style(role: &str, node: &Node, palette: &Palette, warnings: &mut Warnings) -> Option<Style> {
    let Value::Map(parts) = &node.value else {
        return read_color(role, node, palette, warnings).map(|fg| Style::new().fg(fg));
    };
    let mut style = Style::new();
    for (key, node) in parts {
        match key.text.as_str() {
            "fg" => style.fg = read_color("fg", node, palette, warnings),
            "bg" => style.bg = read_color("bg", node, palette, warnings),
            name => {
                if let Some((_, modifier)) = MODIFIERS.iter().find(|(known, _)| *known == name) {
                    if node.bool(&format!("`{name}`"), warnings) == Some(true) {
                        style = style.add_modifier(*modifier);
                    }
                } else {
                    let known = ["fg", "bg"].into_iter().chain(MODIFIERS.iter().map(|(known, _)| *known));
                    let hint = did_you_mean(name, known);
                    warnings.add(key.line, format!("`{name}` is not a part of a style{hint}"));
                }
            }
        }
    }
    Some(style)
}

fn read_color(what: &str, node: &Node, palette: &Palette, warnings: &mut Warnings) -> Option<Color> {
    let said = match &node.value {
        Value::Int(index) => match u8::try_from(*index) {
            Ok(index) => return Some(Color::Indexed(index)),
            Err(_) => format!("{index} is not a colour; numbers go from 0 to 255"),
        },
        Value::Text(name) => {
            if let Some(color) = named(name, palette) {
                return Some(color);
            }
            let known = palette.keys().map(String::as_str).chain(COLORS.iter().map(|(known, _)| *known));
            format!("`{name}` is not a colour{}", did_you_mean(name, known))
        }
        Value::Null => {
            format!("`{what}` has no colour; `#` begins a comment unless it is quoted: \"#rrggbb\"")
        }
        other => format!("`{what}` must be a colour, not {}", other.describe()),
    };
    warnings.add(node.line, said);
    None
}

fn named(name: &str, palette: &Palette) -> Option<Color> {
    if let Some(hex) = name.strip_prefix('#') {
        let value = (hex.len() == 6).then(|| u32::from_str_radix(hex, 16).ok()).flatten()?;
        let [_, r, g, b] = value.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    let known = || COLORS.iter().find(|(known, _)| *known == name).map(|(_, color)| *color);
    palette.get(name).copied().or_else(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;

    fn read(texts: &[&str]) -> (Styles, Vec<String>) {
        let layers: Vec<Layer> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| {
                let file = format!("{at}.yaml");
                let root = yaml::parse(text, &mut Warnings::new(file.clone())).unwrap();
                Layer { name: at.to_string(), file, root }
            })
            .collect();
        let (styles, warnings) = styles(&layers);
        (styles, warnings.into_iter().flatten().map(|warning| warning.to_string()).collect())
    }

    #[test]
    fn styles_are_colours_and_modifiers() {
        let modifiers = Modifier::BOLD | Modifier::UNDERLINED;
        for (text, style) in [
            ("red", Style::new().fg(Color::Red)),
            ("bright-black", Style::new().fg(Color::DarkGray)),
            ("white", Style::new().fg(Color::Gray)),
            ("default", Style::new().fg(Color::Reset)),
            ("9", Style::new().fg(Color::Indexed(9))),
            ("\"#1a2B3c\"", Style::new().fg(Color::Rgb(0x1a, 0x2b, 0x3c))),
            ("{ fg: sea, bg: 255 }", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(255))),
            ("{ bold: true, underline: true, dim: false }", Style::new().add_modifier(modifiers)),
            ("{ reverse: true }", Style::new().add_modifier(Modifier::REVERSED)),
            ("{}", Style::new()),
        ] {
            let (styles, warnings) =
                read(&[&format!("palette: {{ sea: \"#010203\" }}\nroles:\n  tone.bad: {text}\n")]);
            assert_eq!(warnings, Vec::<String>::new(), "{text}");
            assert_eq!(styles[Role::ToneBad as usize], Some(style), "{text}");
            assert_eq!(styles.iter().flatten().count(), 1);
        }
    }

    #[test]
    fn a_later_file_changes_roles_and_the_palette_of_earlier_ones() {
        let (styles, warnings) = read(&[
            "palette: { sea: blue }\nroles: { accent: sea, dim: red, title: green }\n",
            "palette: { sea: cyan }\nroles: { dim: sea }\n",
        ]);
        assert!(warnings.is_empty(), "{warnings:?}");
        for (role, color) in
            [(Role::Accent, Color::Cyan), (Role::Dim, Color::Cyan), (Role::Title, Color::Green)]
        {
            assert_eq!(styles[role as usize], Some(Style::new().fg(color)));
        }
    }

    #[test]
    fn mistakes_have_a_line_and_change_nothing() {
        for (text, line, said) in [
            ("rolls: {}\n", 1, "`rolls` is not a part of a theme; did you mean `roles`?"),
            ("\nroles:\n  tone.bda: red\n", 3, "`tone.bda` is not a role; did you mean `tone.bad`?"),
            ("roles:\n  dim: rde\n", 2, "`rde` is not a colour; did you mean `red`?"),
            ("roles:\n  dim: #ff0000\n", 2, "`dim` has no colour; `#` begins a comment"),
            ("roles:\n  dim: \"#ff00\"\n", 2, "`#ff00` is not a colour"),
            ("roles:\n  dim: \"#-12345\"\n", 2, "`#-12345` is not a colour"),
            ("roles:\n  dim: 256\n", 2, "256 is not a colour"),
            ("roles:\n  dim: -1\n", 2, "-1 is not a colour"),
            ("roles:\n  dim: [red]\n", 2, "`dim` must be a colour, not a list"),
            ("roles: [dim]\n", 1, "`roles` must be a map, not a list"),
            ("palette:\n  sea: water\n", 2, "`water` is not a colour"),
        ] {
            let (styles, warnings) = read(&[text]);
            assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
            assert!(warnings[0].starts_with(&format!("0.yaml:{line}: {said}")), "{text}: {}", warnings[0]);
            assert_eq!(styles.iter().flatten().count(), 0, "{text}");
        }
        let (styles, warnings) = read(&["roles:\n  dim:\n    fg: red\n    blod: true\n    italic: 1\n"]);
        assert_eq!(warnings[0], "0.yaml:4: `blod` is not a part of a style; did you mean `bold`?");
        assert_eq!(warnings[1], "0.yaml:5: `italic` must be true or false, not the number 1");
        assert_eq!(styles[Role::Dim as usize], Some(Style::new().fg(Color::Red)), "the rest counts");
    }
}
