//! The newest events of what a screen is about, some lines of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::record::{EventRecord, Health, Kind, Record};
use crate::model::units;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{line, piece};

/// Draws how many there are, and below as many as fit, the newest first.
pub fn draw(
    is_about: impl Fn(&EventRecord) -> bool,
    state: &State,
    now: Now,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let events = state.cache.table(Kind::Event).iter().filter_map(|(_, record)| match record {
        Record::Event(event) => Some(&**event),
        _ => None,
    });
    let mut found: Vec<&EventRecord> = events.filter(|event| is_about(event)).collect();
    found.sort_by_key(|event| std::cmp::Reverse(event.seen));
    let title = format!(" events {}", found.len());
    line(Rect { height: area.height.min(1), ..area }, &[piece(Role::Header, title)], theme, buffer);
    for (at, event) in found.iter().take(usize::from(area.height).saturating_sub(1)).enumerate() {
        let role = if event.health < Health::Progressing { Role::ToneWarn } else { Role::Dim };
        let times = if event.count > 1 { format!("  (x{})", event.count) } else { String::new() };
        let words =
            format!("   {:>4}  {}: {}{times}", units::age(now.unix, event.seen), event.reason, event.message);
        let here = Rect { y: area.y + 1 + at as u16, height: 1, ..area };
        line(here, &[piece(role, words)], theme, buffer);
    }
}
