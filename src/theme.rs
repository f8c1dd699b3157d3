//! How what is on the screen looks: roles, themes, and the colours that the terminal has.
//!
//! Screens name a [`Role`]; nothing outside this room names a colour. A theme is resolved once for a [`Depth`]; asking it
//! for a style is a look into an array. Reading themes reads files: not on the loop.
//!
//! Styles are laid over each other: the ground of the screen is [`Role::Text`], then what a cell means, then the row
//! (cursor, mark). Meaning is never in colour alone: whatever a theme says, the cursor, marks and matches can be seen
//! (`visible.rs`), and without colours every theme looks as `mono`, which is made for that.

pub mod depth;
mod parse;
pub mod role;
mod visible;

use std::fmt::Write;
use std::path::Path;

use ratatui::style::Style;

pub use depth::Depth;
pub use role::{Role, RoleInfo};
pub use visible::is_readable;

use crate::config::library::{AskedBy, DEFAULT, Library};
use crate::config::warning::{Warning, Warnings};

/// The themes that are compiled in.
const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../themes/default.yaml")),
    ("dark", include_str!("../themes/dark.yaml")),
    ("light", include_str!("../themes/light.yaml")),
    ("high-contrast", include_str!("../themes/high-contrast.yaml")),
    ("mono", include_str!("../themes/mono.yaml")),
];

/// The theme that needs no colours.
const MONO: &str = "mono";

/// A theme, resolved for a depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    depth: Depth,
    styles: [Style; Role::COUNT],
}

/// All themes there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Themes {
    library: Library,
}

impl Themes {
    /// Those compiled in, and those in `themes/` of the configuration directories.
    pub fn new<'a>(config_dirs: impl IntoIterator<Item = &'a Path>) -> Self {
        Self {
            library: Library::new("theme", BUILT_IN, config_dirs.into_iter().map(|dir| dir.join("themes"))),
        }
    }

    /// Their names, in the order in which `next-theme` goes through them.
    pub fn names(&self) -> Vec<String> {
        self.library.names()
    }

    /// The theme after `name`, around the end.
    pub fn after(&self, name: &str) -> String {
        crate::config::library::next_name(&self.names(), name)
    }

    /// A theme for a depth. What is wrong with it is warned about, and what is underneath used. `asked_by` says who
    /// named it (`--theme`).
    pub fn load(&self, name: &str, depth: Depth, asked_by: impl Into<AskedBy>) -> (Theme, Vec<Warning>) {
        let asked_by = asked_by.into();
        let (layers, mut warnings) = self.library.layers(name, asked_by.clone());
        let name = layers.last().map_or(DEFAULT, |top| top.name.as_str()).to_owned();
        let (mut styles, said) = parse::styles(&layers);
        warnings.extend(said);
        if depth == Depth::Mono && name != MONO {
            // What a theme says in colours cannot be said here; its modifiers alone would say too little.
            let (layers, said) = self.library.layers(MONO, asked_by);
            warnings.extend(said);
            let (mono, said) = parse::styles(&layers);
            warnings.extend(said);
            styles = mono;
        }
        let theme = Theme { name, depth, styles: resolve(&styles, depth) };
        (theme, warnings.into_iter().flat_map(Warnings::into_iter).collect())
    }
}

impl Theme {
    /// The compiled-in default for a depth; reads no file.
    pub fn built_in(depth: Depth) -> Self {
        Themes::new(None).load(DEFAULT, depth, "").0
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The depth it is resolved for.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

/// Fallback, then depth, then visibility.
fn resolve(said: &parse::Styles, depth: Depth) -> [Style; Role::COUNT] {
    let mut styles = [Style::new(); Role::COUNT];
    for info in Role::ALL {
        let at = info.role as usize;
        // Fallbacks stand before the roles that use them, so they are resolved.
        styles[at] = said[at].or_else(|| info.fallback.map(|role| styles[role as usize])).unwrap_or_default();
    }
    for style in &mut styles {
        style.fg = style.fg.map(|color| depth.nearest(color));
        style.bg = style.bg.map(|color| depth.nearest(color));
    }
    visible::ensure(&mut styles);
    styles
}

/// The table of roles for the docs.
pub fn markdown() -> String {
    let mut out = String::from("| role | falls back to | what it is |\n| --- | --- | --- |\n");
    for info in Role::ALL {
        let fallback = info.fallback.map_or_else(String::new, |role| format!("`{}`", role.id()));
        let _ = writeln!(out, "| `{}` | {fallback} | {} |", info.id, info.doc);
    }
    out
}

#[cfg(test)]
mod tests;
