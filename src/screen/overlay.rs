//! What lies over a screen: the palette and its relatives, the help, the messages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::{Access, Action, ActionInfo, Group};
use crate::gate::Mode;
use crate::keymap::Context;
use crate::keymap::words::words;
use crate::model::column::Align;
use crate::model::units;
use crate::screen::columns::{self, ColumnsView};
use crate::screen::frame;
use crate::screen::picker::Picker;
use crate::screen::scroll::Scroll;
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{self, Piece, piece, wrap};
use crate::widget::grid::put;

/// What lies over the screen.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// A list that narrows while one types.
    Picker(Box<Picker>),
    /// The columns of a kind.
    Columns(ColumnsView),
    /// The keys that work where it was opened.
    Help(HelpView),
    /// The messages of the session.
    Messages(Scroll),
}

/// The help.
#[derive(Debug, Clone)]
pub struct HelpView {
    /// Where it was opened: the contexts whose keys work there.
    pub contexts: Vec<Context>,
    /// Where one reads.
    pub scroll: Scroll,
}

/// One line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    /// A heading.
    Title(&'static str),
    /// Keys, and what they do.
    Keys(String, String),
    /// Between groups.
    Empty,
}

/// Lines of an overlay's text that fit on a screen of this height.
pub fn height(screen_height: u16) -> usize {
    usize::from(screen_height.saturating_sub(4))
}

/// The help's lines: every action that has a key here and is for what is under the cursor, by group; then how to filter, where there are rows.
///
/// `width` is that of the screen: sentences that do not fit go on in the next line.
pub fn help_lines(state: &State, contexts: &[Context], width: u16) -> Vec<HelpLine> {
    let (_, text) = help_widths(width);
    let mut lines = Vec::new();
    for line in help_sentences(state, contexts) {
        match line {
            HelpLine::Keys(keys, sentence) => {
                let mut parts = wrap(&sentence, text).into_iter();
                lines.push(HelpLine::Keys(keys, parts.next().unwrap_or_default()));
                lines.extend(parts.map(|part| HelpLine::Keys(String::new(), part)));
            }
            line => lines.push(line),
        }
    }
    lines
}

/// Widths of the keys and of the sentences in the help.
fn help_widths(screen: u16) -> (u16, u16) {
    let inside = screen.min(100).saturating_sub(2);
    let keys = 18.min(inside / 3);
    (keys, inside.saturating_sub(keys + 3))
}

/// What an action does, and why it is forbidden, where it is.
fn sentence(state: &State, contexts: &[Context], info: &ActionInfo) -> String {
    let help = words(info.action, contexts).help;
    let allowed = info.action == Action::Reveal && state.settings.policy.reveals;
    if state.settings.policy.mode == Mode::ReadOnly && info.access != Access::Look && !allowed {
        return format!("(not in read-only mode) {help}");
    }
    match state.forbidden(info.action) {
        Some(why) => format!("({why}) {help}"),
        None => help.to_owned(),
    }
}

fn help_sentences(state: &State, contexts: &[Context]) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    let mut group = None;
    // What one can do here comes first; how one moves is guessed.
    let here =
        Group::IN_HELP.iter().flat_map(|group| Action::ALL.iter().filter(move |info| info.group == *group));
    for info in here {
        let keys = state.keymap().keys_for(info.action, contexts);
        if keys.is_empty() || !state.offers(info.action) {
            continue;
        }
        if group != Some(info.group) {
            if group.is_some() {
                lines.push(HelpLine::Empty);
            }
            lines.push(HelpLine::Title(info.group.title()));
            group = Some(info.group);
        }
        lines.push(HelpLine::Keys(keys.join(", "), sentence(state, contexts, info)));
    }
    let by_name: Vec<_> = state.keymap().by_name().filter(|info| state.offers(info.action)).collect();
    if contexts.contains(&Context::Table) && !by_name.is_empty() {
        lines.push(HelpLine::Empty);
        lines.push(HelpLine::Title("By name, in the palette"));
        let named = by_name
            .iter()
            .map(|info| HelpLine::Keys(format!(":{}", info.name), sentence(state, contexts, info)));
        lines.extend(named);
    }
    // The rows of tables are filtered so, and have these signs.
    if !contexts.contains(&Context::Table) {
        return lines;
    }
    lines.push(HelpLine::Empty);
    lines.push(HelpLine::Title("Filter"));
    for (form, help) in crate::model::filter::FORMS {
        lines.push(HelpLine::Keys((*form).to_owned(), (*help).to_owned()));
    }
    lines.push(HelpLine::Empty);
    lines.push(HelpLine::Title("Go anywhere (all in one line)"));
    for (form, help) in crate::screen::picker::FORMS {
        lines.push(HelpLine::Keys((*form).to_owned(), help.replace('`', "")));
    }
    lines.push(HelpLine::Empty);
    lines.push(HelpLine::Title("Signs before a row"));
    for (sign, help) in [
        (">", "the cursor"),
        ("*", "marked"),
        ("+", "has just come"),
        ("~", "has just changed"),
        ("-", "has just gone"),
    ] {
        lines.push(HelpLine::Keys(sign.to_owned(), help.to_owned()));
    }
    lines
}

/// Draws the overlay over the screen; returns where the cursor of a typed line is.
pub fn draw(overlay: &Overlay, state: &State, now: Now, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let screen = buffer.area;
    match overlay {
        Overlay::Picker(picker) => draw_picker(picker, state, screen, buffer),
        Overlay::Columns(view) => {
            columns::draw(view, state, screen, buffer);
            None
        }
        Overlay::Help(help) => {
            draw_help(help, state, screen, buffer);
            None
        }
        Overlay::Messages(scroll) => {
            draw_messages(*scroll, state, now, screen, buffer);
            None
        }
    }
}

fn draw_picker(picker: &Picker, state: &State, screen: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let theme = state.theme();
    let area = chrome::centred(screen, 76, (screen.height * 3 / 5).clamp(5, 22));
    let title = format!("{} {}/{}", picker.kind.title(), picker.shown().len(), picker.total());
    let inside =
        chrome::dialog(area, &title, frame::dialog_border(state), theme, state.settings.ascii, buffer);
    if inside.height == 0 {
        return None;
    }
    let line = Rect { height: 1, ..inside };
    let x = chrome::line(
        line,
        &[piece(Role::InputPrompt, ": "), piece(Role::Input, picker.line.text())],
        theme,
        buffer,
    );
    let before = unicode_width::UnicodeWidthStr::width(picker.line.before_cursor()) as u16;
    let cursor = ((inside.x + 2 + before).min(inside.right().saturating_sub(1)), inside.y);
    let _ = x;
    let rows = usize::from(inside.height.saturating_sub(2));
    // Images and labels tell themselves apart by their ends: they get the room, and what is said about them the rest.
    let widest =
        picker.shown().map(|(entry, _)| unicode_width::UnicodeWidthStr::width(entry.label.as_str())).max();
    let room = usize::from(inside.width.saturating_sub(16));
    let label = widest.unwrap_or(0).clamp(26, room.max(26)) as u16;
    let top = picker.selected.saturating_sub(rows.saturating_sub(1));
    for (at, (entry, found)) in picker.shown().enumerate().skip(top).take(rows) {
        let y = inside.y + 1 + (at - top) as u16;
        let selected = at == picker.selected && picker.has_cursor();
        let sign = if selected { ">" } else { " " };
        let style = theme.style(if selected { Role::Cursor } else { Role::Text });
        put(buffer, inside.x, y, 1, sign, Align::Left, style);
        put(
            buffer,
            inside.x + 2,
            y,
            label.min(inside.width.saturating_sub(2)),
            &entry.label,
            Align::Left,
            style,
        );
        for place in found.iter().filter(|place| **place < usize::from(label)) {
            let cell = Rect { x: inside.x + 2 + *place as u16, y, width: 1, height: 1 };
            buffer.set_style(cell.intersection(inside), theme.style(Role::Match));
        }
        put(
            buffer,
            inside.x + label + 3,
            y,
            inside.width.saturating_sub(label + 3),
            &entry.hint,
            Align::Left,
            theme.style(Role::Dim),
        );
    }
    let note = Rect { y: inside.bottom().saturating_sub(1), height: 1, ..inside };
    if inside.height > 1 {
        chrome::line(note, &[piece(Role::NoticeWarn, picker.note.as_str())], theme, buffer);
    }
    Some(cursor)
}

fn draw_help(help: &HelpView, state: &State, screen: Rect, buffer: &mut Buffer) {
    let theme = state.theme();
    let area = chrome::centred(screen, 100, screen.height.saturating_sub(2));
    let inside = chrome::dialog(
        area,
        "Keys that work here",
        frame::dialog_border(state),
        theme,
        state.settings.ascii,
        buffer,
    );
    let lines = help_lines(state, &help.contexts, screen.width);
    let (keys_width, _) = help_widths(screen.width);
    for (row, line) in lines.iter().skip(help.scroll.top).take(inside.height.into()).enumerate() {
        let y = inside.y + row as u16;
        match line {
            HelpLine::Title(title) => {
                put(buffer, inside.x + 1, y, inside.width, title, Align::Left, theme.style(Role::HelpTitle));
            }
            HelpLine::Keys(keys, text) => {
                put(buffer, inside.x + 1, y, keys_width, keys, Align::Left, theme.style(Role::HelpKey));
                let x = inside.x + keys_width + 2;
                put(
                    buffer,
                    x,
                    y,
                    inside.right().saturating_sub(x),
                    text,
                    Align::Left,
                    theme.style(Role::HelpText),
                );
            }
            HelpLine::Empty => {}
        }
    }
}

/// The messages, newest first, as lines of the given width.
fn message_lines(state: &State, now: Now, width: u16) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for notice in state.notices.all().rev() {
        let (role, word) = match notice.severity {
            Severity::Info => (Role::NoticeInfo, "     "),
            Severity::Warning => (Role::NoticeWarn, "warn "),
            Severity::Error => (Role::NoticeError, "error"),
        };
        let age = units::age(now.unix, notice.unix);
        for (at, text) in wrap(&notice.text, width.saturating_sub(14)).into_iter().enumerate() {
            let head = if at == 0 { format!(" {age:>6} {word} ") } else { " ".repeat(14) };
            lines.push(vec![piece(Role::Dim, head), piece(role, text)]);
        }
    }
    if lines.is_empty() {
        lines.push(vec![piece(Role::Dim, " nothing has been said yet")]);
    }
    if state.notices.forgotten > 0 {
        lines.push(vec![piece(Role::Dim, format!(" {} older ones are not kept", state.notices.forgotten))]);
    }
    lines
}

fn draw_messages(scroll: Scroll, state: &State, now: Now, screen: Rect, buffer: &mut Buffer) {
    let area = chrome::centred(screen, screen.width.saturating_sub(4), screen.height.saturating_sub(2));
    let (theme, border) = (state.theme(), frame::dialog_border(state));
    let inside = chrome::dialog(area, "Messages, newest first", border, theme, state.settings.ascii, buffer);
    let lines = message_lines(state, now, inside.width);
    for (row, line) in lines.iter().skip(scroll.top).take(inside.height.into()).enumerate() {
        let place = Rect { y: inside.y + row as u16, height: 1, ..inside };
        chrome::line(place, line, state.theme(), buffer);
    }
}
