//! The promise that the cursor, marks and matches can be seen, whatever a theme says and whatever colours are left of
//! it.

use ratatui::style::{Color, Modifier, Style};

use super::depth::{Rgb, contrast, rgb_of};
use super::role::Role;

type Styles = [Style; Role::COUNT];

/// What a row or a piece of text is told apart by when its theme does not do it.
const SIGNS: [(Role, Modifier); 4] = [
    (Role::Cursor, Modifier::REVERSED),
    (Role::CursorUnfocused, Modifier::UNDERLINED),
    (Role::Mark, Modifier::BOLD),
    (Role::Match, Modifier::UNDERLINED),
];

/// Words that nobody may overlook: they stand in the top line.
const WORDS: [Role; 2] = [Role::ModeReadonly, Role::ModeProtected];

/// Modifiers that take something away.
const FAINT: Modifier = Modifier::DIM.union(Modifier::HIDDEN);

/// The least contrast of two colours that are both known, by which a word can still be read.
const LEAST: f32 = 1.8;

/// The least contrast of a colour against black and against white, where the other one is the terminal's own.
const LEAST_ON_ANY: f32 = 1.2;

/// A word as its theme has it, when it can be read so on the line that it stands in; else reversed.
fn word(style: Style, bar: Style, text: Style) -> Style {
    let (fg, bg) = (style.fg.or(bar.fg).or(text.fg), style.bg.or(bar.bg).or(text.bg));
    let said = Style { fg, bg, add_modifier: style.add_modifier - FAINT, ..style };
    if !is_readable(said) {
        let modifiers = Modifier::REVERSED | Modifier::BOLD;
        return Style::new().fg(Color::Reset).bg(Color::Reset).add_modifier(modifiers).remove_modifier(FAINT);
    }
    if (style.add_modifier | bar.add_modifier | text.add_modifier).intersects(FAINT) {
        style.remove_modifier(FAINT)
    } else {
        style
    }
}

/// Whether text of a style can be read, whatever the terminal's own colours are.
pub fn is_readable(style: Style) -> bool {
    if style.add_modifier.contains(Modifier::HIDDEN) {
        return false;
    }
    let any = |color: Rgb| contrast(color, (0, 0, 0)).min(contrast(color, (255, 255, 255))) >= LEAST_ON_ANY;
    match (style.fg.and_then(rgb_of), style.bg.and_then(rgb_of)) {
        (Some(fg), Some(bg)) => contrast(fg, bg) >= LEAST,
        (Some(one), None) | (None, Some(one)) => any(one),
        (None, None) => true,
    }
}

/// The modifiers that every terminal shows. Italic and dim are often missing.
const SEEN: Modifier = Modifier::BOLD.union(Modifier::UNDERLINED).union(Modifier::REVERSED);

/// Repairs what cannot be seen: text in the colour of its own ground, and signs that look like text.
pub fn ensure(styles: &mut Styles) {
    let text = styles[Role::Text as usize];
    for style in styles.iter_mut() {
        if told(style.fg).is_some() && told(style.fg) == told(style.bg) {
            *style = Style { fg: None, bg: None, ..*style }.add_modifier(Modifier::REVERSED);
        } else if style.bg.is_none() && told(style.fg).is_some() && told(style.fg) == told(text.bg) {
            style.fg = text.fg;
        }
    }
    for role in WORDS {
        styles[role as usize] = word(styles[role as usize], styles[Role::Bar as usize], text);
    }
    for (role, sign) in SIGNS {
        let style = styles[role as usize];
        if hides_what_is_on_it(style, styles) {
            styles[role as usize] = Style { fg: None, bg: None, ..style }.add_modifier(Modifier::REVERSED);
        } else if !differs(role, style, text) {
            styles[role as usize] = style.add_modifier(sign);
        }
    }
}

/// A row's ground that has the colour of a text which may stand on it.
fn hides_what_is_on_it(row: Style, styles: &Styles) -> bool {
    const ON_ROWS: [Role; 7] =
        [Role::Text, Role::Dim, Role::Accent, Role::ToneGood, Role::ToneBusy, Role::ToneWarn, Role::ToneBad];
    let ground = told(row.bg);
    let own_text = row.fg.is_some();
    !own_text && ground.is_some() && ON_ROWS.iter().any(|role| told(styles[*role as usize].fg) == ground)
}

fn differs(role: Role, style: Style, text: Style) -> bool {
    let by_modifier = (style.add_modifier - text.add_modifier).intersects(SEEN);
    let by_ground = told(style.bg).is_some() && told(style.bg) != told(text.bg);
    // A row's cells have colours of their own; its cursor cannot be a colour of text.
    let is_row = matches!(role, Role::Cursor | Role::CursorUnfocused);
    let by_color = !is_row && told(style.fg).is_some() && told(style.fg) != told(text.fg);
    by_modifier || by_ground || by_color
}

/// A colour that is really one; the terminal's own default is not known.
fn told(color: Option<Color>) -> Option<Color> {
    color.filter(|color| *color != Color::Reset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(set: &[(Role, Style)]) -> Styles {
        let mut styles = [Style::new(); Role::COUNT];
        for (role, style) in set {
            styles[*role as usize] = *style;
        }
        ensure(&mut styles);
        styles
    }

    #[test]
    fn signs_that_look_like_text_get_a_modifier() {
        let made = styles(&[]);
        for (role, sign) in SIGNS {
            assert_eq!(made[role as usize], Style::new().add_modifier(sign), "{role:?}");
        }
        assert_eq!(made[Role::Dim as usize], Style::new());
    }

    #[test]
    fn signs_that_can_be_seen_stay() {
        let set = [
            (Role::Text, Style::new().fg(Color::White).bg(Color::Black)),
            (Role::Cursor, Style::new().bg(Color::Blue)),
            (Role::CursorUnfocused, Style::new().add_modifier(Modifier::BOLD)),
            (Role::Mark, Style::new().fg(Color::Magenta)),
            (Role::Match, Style::new().fg(Color::Yellow)),
        ];
        let made = styles(&set);
        for (role, style) in set {
            assert_eq!(made[role as usize], style, "{role:?}");
        }
    }

    #[test]
    fn a_cursor_of_a_text_colour_or_of_the_ground_is_reversed() {
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        let text = (Role::Text, Style::new().fg(Color::White).bg(Color::Black));
        let only_color = Style::new().fg(Color::Yellow);
        let made = styles(&[text, (Role::Cursor, only_color)]);
        assert_eq!(made[Role::Cursor as usize], only_color.add_modifier(Modifier::REVERSED));
        let same_ground = Style::new().bg(Color::Black);
        assert!(
            styles(&[text, (Role::Cursor, same_ground)])[Role::Cursor as usize]
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        let hidden =
            [text, (Role::ToneBad, Style::new().fg(Color::Red)), (Role::Cursor, Style::new().bg(Color::Red))];
        assert_eq!(styles(&hidden)[Role::Cursor as usize], reversed);
    }

    #[test]
    fn words_that_nobody_may_overlook_can_be_read_whatever_a_theme_says() {
        let (black, white, red) = (Color::Black, Color::White, Color::Red);
        let new = Style::new;
        let near = new().fg(Color::Rgb(20, 20, 20)).bg(Color::Rgb(24, 24, 24));
        for (text, bar, word, stays) in [
            (new(), new(), new().fg(red).add_modifier(Modifier::REVERSED), true),
            (new(), new(), new(), true),
            (new().fg(white).bg(black), new(), new().fg(white), true),
            // What other roles are repaired by is as good.
            (new(), new(), new().fg(black).bg(black), true),
            (new(), new(), near, false),
            // What the line says of its own hides the word: of its ground, or of its text.
            (new(), new().bg(red), new().fg(red), false),
            (new(), new().fg(red).bg(black), new().bg(red), false),
            (new().fg(white).bg(black), new(), new().fg(black), true),
            // The terminal may be as dark, or as light.
            (new(), new(), new().fg(black), false),
            (new(), new(), new().bg(white), false),
            (new(), new(), new().fg(black).add_modifier(Modifier::REVERSED), false),
            (new(), new(), new().add_modifier(Modifier::HIDDEN), true),
            (new(), new().add_modifier(Modifier::DIM), new().fg(red), true),
        ] {
            let made = styles(&[(Role::Text, text), (Role::Bar, bar), (Role::ModeReadonly, word)]);
            let made = made[Role::ModeReadonly as usize];
            let mut cell = ratatui::buffer::Cell::EMPTY;
            cell.set_style(text).set_style(bar).set_style(made);
            assert!(is_readable(cell.style()), "{text:?} {bar:?} {word:?} {made:?}");
            assert!(!cell.modifier.intersects(FAINT), "{made:?}");
            let reversed = made.fg == Some(Color::Reset) && made.bg == Some(Color::Reset);
            assert_eq!(!reversed, stays, "{text:?} {bar:?} {word:?} {made:?}");
        }
    }

    #[test]
    fn text_in_the_colour_of_its_ground_is_shown() {
        let text = (Role::Text, Style::new().fg(Color::White).bg(Color::Black));
        let made = styles(&[text, (Role::Dim, Style::new().fg(Color::Black))]);
        assert_eq!(made[Role::Dim as usize].fg, Some(Color::White));
        let made = styles(&[text, (Role::Key, Style::new().fg(Color::Red).bg(Color::Red))]);
        assert_eq!(made[Role::Key as usize], Style::new().add_modifier(Modifier::REVERSED));
    }
}
