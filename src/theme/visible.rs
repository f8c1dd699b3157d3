//! The promise that the cursor, marks and matches can be seen, whatever a theme says and whatever colours are left of
//! it.

use ratatui::style::{Color, Modifier, Style};

use super::role::Role;

type Styles = [Style; Role::COUNT];

/// What a row or a piece of text is told apart by when its theme does not do it.
const SIGNS: [(Role, Modifier); 4] = [
    (Role::Cursor, Modifier::REVERSED),
    (Role::CursorUnfocused, Modifier::UNDERLINED),
    (Role::Mark, Modifier::BOLD),
    (Role::Match, Modifier::UNDERLINED),
];

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
    fn text_in_the_colour_of_its_ground_is_shown() {
        let text = (Role::Text, Style::new().fg(Color::White).bg(Color::Black));
        let made = styles(&[text, (Role::Dim, Style::new().fg(Color::Black))]);
        assert_eq!(made[Role::Dim as usize].fg, Some(Color::White));
        let made = styles(&[text, (Role::Key, Style::new().fg(Color::Red).bg(Color::Red))]);
        assert_eq!(made[Role::Key as usize], Style::new().add_modifier(Modifier::REVERSED));
    }
}
