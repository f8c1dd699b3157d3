//! Text in columns, as kubectl's tab writer sets it: cells end with tabs, and a column is as wide as the widest of its cells in
//! lines that follow each other.

use unicode_width::UnicodeWidthStr as _;

use crate::model::column::Tone;
use crate::model::text::clean;
use crate::model::yaml::{Line, Syntax};

/// Blanks between columns.
const PADDING: usize = 2;

/// A text that is being written.
#[derive(Debug, Default)]
pub struct Sheet {
    rows: Vec<Vec<Line>>,
}

impl Sheet {
    /// Writes a line; cells are separated by tabs. What comes after a line break stands at the margin, as kubectl has it.
    pub fn put(&mut self, level: usize, text: impl AsRef<str>) {
        for (at, line) in text.as_ref().split('\n').enumerate() {
            let indent = if at == 0 { "  ".repeat(level) } else { String::new() };
            let cells = format!("{indent}{line}");
            self.rows.push(cells.split('\t').map(|cell| vec![(Syntax::Plain, cell.to_owned())]).collect());
        }
    }

    /// The same, its last cell with a meaning.
    pub fn toned(&mut self, level: usize, text: impl AsRef<str>, tone: Tone) {
        self.put(level, text);
        let last = self.rows.last_mut().and_then(|row| row.last_mut()).and_then(|cell| cell.last_mut());
        if let (Some((syntax, _)), true) = (last, tone != Tone::Plain) {
            *syntax = Syntax::Tone(tone);
        }
    }

    /// Adds to the line what kubectl does not say.
    pub fn note(&mut self, text: &str) {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut())
            && !text.is_empty()
        {
            cell.push((Syntax::Comment, format!("  {text}")));
        }
    }

    /// A whole line that kubectl does not have.
    pub fn remark(&mut self, level: usize, text: &str) {
        for line in text.split('\n') {
            self.rows.push(vec![vec![(Syntax::Comment, format!("{}{line}", "  ".repeat(level)))]]);
        }
    }

    /// The lines.
    pub fn lines(mut self) -> Vec<Line> {
        self.mark_heads();
        for (_, text) in self.rows.iter_mut().flatten().flatten() {
            if let std::borrow::Cow::Owned(cleaned) = clean(text) {
                *text = cleaned;
            }
        }
        let mut widths = vec![Vec::new(); self.rows.len()];
        self.column(0, 0, self.rows.len(), &mut widths);
        let rows = self.rows.into_iter().zip(widths);
        rows.map(|(row, widths)| set(row, &widths)).collect()
    }

    /// What ends with a colon says what the rest is; dashes underline the titles of columns.
    fn mark_heads(&mut self) {
        let dashes = |row: &[Line]| {
            let mut all = row.iter().flatten().map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
            let mut some = false;
            all.all(|text| {
                some = true;
                text.bytes().all(|b| b == b'-')
            }) && some
        };
        for at in 0..self.rows.len() {
            if dashes(&self.rows[at]) {
                for (syntax, _) in self.rows[at.saturating_sub(1)..=at].iter_mut().flatten().flatten() {
                    *syntax = Syntax::Tone(Tone::Dim);
                }
            } else if let Some((syntax, text)) = self.rows[at].first_mut().and_then(|cell| cell.first_mut())
                && text.ends_with(':')
                && *syntax == Syntax::Plain
            {
                *syntax = Syntax::Key;
            }
        }
    }

    /// Sets the widths of column `at` in these rows, and of the columns to its right block by block.
    fn column(&self, at: usize, from: usize, to: usize, widths: &mut [Vec<usize>]) {
        let mut row = from;
        while row < to {
            // The last cell of a row belongs to no column.
            let has = |row: usize| at + 1 < self.rows[row].len();
            if !has(row) {
                row += 1;
                continue;
            }
            let end = (row..to).find(|row| !has(*row)).unwrap_or(to);
            let width = self.rows[row..end].iter().map(|row| width(&row[at])).max().unwrap_or(0) + PADDING;
            for known in &mut widths[row..end] {
                known.push(width);
            }
            self.column(at + 1, row, end, widths);
            row = end;
        }
    }
}

fn width(cell: &Line) -> usize {
    cell.iter().map(|(_, text)| text.width()).sum()
}

/// A row with its cells filled up to their columns.
fn set(row: Vec<Line>, widths: &[usize]) -> Line {
    let mut line = Line::new();
    for (at, cell) in row.into_iter().enumerate() {
        let fill = widths.get(at).map_or(0, |wanted| wanted.saturating_sub(width(&cell)));
        line.extend(cell.into_iter().filter(|(_, text)| !text.is_empty()));
        if fill > 0 {
            line.push((Syntax::Plain, " ".repeat(fill)));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sheet: Sheet) -> Vec<String> {
        sheet.lines().iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn columns_go_as_far_as_their_lines_follow_each_other() {
        let mut sheet = Sheet::default();
        sheet.put(0, "Name:\tweb");
        sheet.put(0, "Service Account:\tdefault");
        sheet.put(0, "Containers:");
        sheet.put(1, "app:");
        sheet.put(2, "Port:\t80");
        sheet.put(2, "A:\tb\tc");
        sheet.put(2, "LONG:\tlonger\td");
        assert_eq!(
            text(sheet),
            [
                "Name:             web",
                "Service Account:  default",
                "Containers:",
                "  app:",
                "    Port:  80",
                "    A:     b       c",
                "    LONG:  longer  d",
            ]
        );
    }

    #[test]
    fn says_what_the_pieces_are() {
        let mut sheet = Sheet::default();
        sheet.put(1, "Type\tStatus");
        sheet.put(1, "----\t------");
        sheet.toned(1, "Ready\tFalse", Tone::Bad);
        sheet.put(0, "Exit Code:\t137");
        sheet.note("SIGKILL");
        let lines = sheet.lines();
        assert_eq!(lines[0][0].0, Syntax::Tone(Tone::Dim));
        assert_eq!(lines[2].last().unwrap(), &(Syntax::Tone(Tone::Bad), "False".to_owned()));
        assert_eq!(lines[3][0].0, Syntax::Key);
        assert_eq!(lines[3].last().unwrap(), &(Syntax::Comment, "  SIGKILL".to_owned()));
    }

    #[test]
    fn nothing_of_the_cluster_reaches_the_terminal_as_a_sequence() {
        let mut sheet = Sheet::default();
        sheet.put(0, "A:\t\u{1b}[31m\u{202e}x\ny");
        assert_eq!(text(sheet), ["A:  ␛[31m�x", "y"]);
    }
}
