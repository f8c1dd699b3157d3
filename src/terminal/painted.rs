//! Lines for a terminal that is not taken: coloured text that scrolls by, or plain text where there is no terminal.

use std::os::fd::AsFd;

use super::pen::Pen;
use super::session;
use crate::theme::Theme;
use crate::widget::chrome::Piece;

/// As many columns as there ever are: lines are whole.
pub const WHOLE: u16 = u16::MAX;
/// Narrower nothing can be read.
const LEAST: u16 = 20;

/// Columns of what text is written to: as `COLUMNS` says, else as the terminal does. Into a pipe or a file lines are whole.
pub fn width(screen: impl AsFd, columns: Option<&str>) -> u16 {
    match columns.and_then(|text| text.trim().parse::<u16>().ok()).filter(|columns| *columns > 0) {
        Some(columns) => columns.max(LEAST),
        None if rustix::termios::isatty(&screen) => session::size(screen).0,
        None => WHOLE,
    }
}

/// The lines as text, coloured by a theme, plain without one. Each has its break, and none has blanks at its end.
pub fn text(lines: &[Vec<Piece>], theme: Option<&Theme>) -> String {
    let mut out = Vec::new();
    for pieces in lines {
        let mut pieces: Vec<(&str, Pen)> = pieces
            .iter()
            .map(|piece| {
                let pen = theme.map(|theme| theme.style(piece.role)).map_or(Pen::PLAIN, |style| Pen {
                    fg: style.fg.unwrap_or(Pen::PLAIN.fg),
                    // What is written into a terminal that is not taken has the terminal's own ground.
                    bg: Pen::PLAIN.bg,
                    modifier: style.add_modifier,
                });
                (piece.text.as_str(), pen)
            })
            .collect();
        while let Some((text, _)) = pieces.last_mut() {
            *text = text.trim_end();
            if !text.is_empty() {
                break;
            }
            pieces.pop();
        }
        let mut before = Pen::PLAIN;
        for (text, pen) in pieces {
            pen.write(Some(before), &mut out);
            out.extend_from_slice(text.as_bytes());
            before = pen;
        }
        Pen::PLAIN.write(Some(before), &mut out);
        out.push(b'\n');
    }
    // Made of text and of sequences of ASCII.
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::{Depth, Role, Themes};
    use crate::widget::chrome::piece;

    fn lines() -> Vec<Vec<Piece>> {
        vec![
            vec![piece(Role::ToneBad, "!! "), piece(Role::Text, "web  "), piece(Role::Text, "  ")],
            Vec::new(),
            vec![piece(Role::Text, "größe")],
        ]
    }

    #[test]
    fn without_a_terminal_it_is_text_alone() {
        assert_eq!(text(&lines(), None), "!! web\n\ngröße\n");
        assert_eq!(text(&[], None), "");
    }

    #[test]
    fn a_file_takes_whole_lines_unless_it_is_said_how_wide_they_are() {
        let file = tempfile::tempfile().unwrap();
        for (columns, expected) in [
            (None, WHOLE),
            (Some("132"), 132),
            (Some(" 80\n"), 80),
            (Some("3"), 20),
            (Some("0"), WHOLE),
            (Some(""), WHOLE),
            (Some("wide"), WHOLE),
        ] {
            assert_eq!(width(&file, columns), expected, "{columns:?}");
        }
    }

    #[test]
    fn colours_end_with_their_line() {
        let (theme, _) = Themes::new(Vec::new()).load("default", Depth::Ansi16, "--theme");
        let painted = text(&lines(), Some(&theme));
        let bare: String = crate::model::text::without_sequences(&painted).into_owned();
        assert_eq!(bare, text(&lines(), None));
        let first = painted.lines().next().unwrap();
        assert!(first.starts_with("\u{1b}[") && first.contains("!! "), "{first:?}");
        assert!(painted.lines().nth(1).unwrap().is_empty(), "{painted:?}");
    }
}
