//! What is different where a table shows events: the message matters most, so the rest gives way to it on a narrow screen, and
//! below the rows the event under the cursor is told in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Look, Pane};
use crate::model::column::Column;
use crate::model::record::{Kind, Record};
use crate::theme::{Role, Theme};
use crate::widget::chrome::{line, piece, wrap};
use crate::widget::grid::{GUTTER, cut};

/// A screen is narrow below this.
const NARROW: u16 = 100;
/// Lines below the rows: an empty one, what it is about, two of the message.
const BELOW: u16 = 4;
/// With fewer lines there are only rows.
const LEAST: u16 = 16;
/// The most cells of a column on a narrow screen; what is not here is told below the rows.
const CAPS: [(&str, u16); 5] = [("last-seen", 5), ("type", 7), ("reason", 10), ("object", 12), ("count", 6)];

/// The part of the screen that has the rows.
pub fn above(pane: &Pane, body: Rect) -> Rect {
    let below = if pane.kind == Kind::Event && body.height >= LEAST { BELOW } else { 0 };
    Rect { height: body.height - below, ..body }
}

/// Columns by their places, and their widths.
pub type Fitted = (Vec<(usize, &'static Column)>, Vec<u16>);

/// The columns of events on a narrow screen, where they are as usual: at least half of the width is the message's.
pub fn narrow(pane: &Pane, columns: &[(usize, &'static Column)], width: u16) -> Option<Fitted> {
    if pane.kind != Kind::Event || width >= NARROW || pane.wide || pane.left > 0 {
        return None;
    }
    // Of lines that stand for many the number is the point.
    let counts = pane.groups.is_some();
    let cap = |id: &str| {
        let known = CAPS.iter().find(|(of, _)| *of == id && (counts || *of != "count"));
        known.map(|(_, cap)| *cap)
    };
    let kept: Vec<(usize, &'static Column)> = columns
        .iter()
        .filter(|(_, column)| column.id == "message" || cap(column.id).is_some())
        .copied()
        .collect();
    let mut widths: Vec<u16> =
        kept.iter().map(|(at, column)| cap(column.id).map_or(0, |cap| pane.width(*at).min(cap))).collect();
    let message = kept.iter().position(|(_, column)| column.id == "message")?;
    let taken = widths.iter().sum::<u16>() + widths.len().saturating_sub(1) as u16 + GUTTER;
    widths[message] = width.saturating_sub(taken);
    Some((kept, widths))
}

/// A column's title in so many cells.
pub fn title(column: &Column, width: u16) -> &'static str {
    if column.id == "last-seen" && usize::from(width) < column.title.len() { "SEEN" } else { column.title }
}

/// Tells the event under the cursor in full, below the rows.
pub fn below(pane: &Pane, look: &Look<'_>, body: Rect, theme: &Theme, buffer: &mut Buffer) {
    let height = body.height - above(pane, body).height;
    let Some(Record::Event(event)) = pane.record(look.table).filter(|_| height > 0) else { return };
    let within =
        if event.meta.namespace.is_empty() { String::new() } else { format!(" in {}", event.meta.namespace) };
    let times = if event.count > 1 { format!(", {} times", event.count) } else { String::new() };
    let facts = format!("{} {}: {}{within}{times}", event.kind, event.reason, event.object);
    let room = body.width.saturating_sub(2);
    let at = |offset: u16| Rect { y: body.bottom() - height + offset, height: 1, ..body };
    line(at(1), &[piece(Role::Dim, format!(" {}", cut(&facts, room)))], theme, buffer);
    let mut words = wrap(&event.message, room);
    if words.len() > 2 {
        words.truncate(2);
        if let Some(last) = words.last_mut() {
            *last = cut(&format!("{last} …"), room).into_owned();
        }
    }
    for (words, offset) in words.into_iter().zip(2..) {
        line(at(offset), &[piece(Role::Text, format!(" {words}"))], theme, buffer);
    }
}
