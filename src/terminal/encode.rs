//! The encoder of frames: the bytes that turn what the terminal shows into the next frame. Pure.
//!
//! Over SSH every byte is felt, so an unchanged frame is no bytes at all, a changed one is one write of what changed,
//! and a band of rows that moved is moved by the terminal itself.

use crossterm::Command;
use crossterm::cursor::{Hide, Show};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::buffer::Buffer;

use super::canvas::Canvas;
use super::depth::Depth;
use super::grid::Grid;
use super::scroll;

/// What the terminal understands beyond the basics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Synchronized output (DEC 2026): a frame appears at once. Unknown modes are ignored, so it costs 16 bytes.
    pub synchronized: bool,
    /// Scroll regions (DECSTBM).
    pub scroll: bool,
    /// Erase a number of characters (ECH).
    pub erase: bool,
}

impl Features {
    /// What a terminal of this name (`TERM`) understands.
    pub fn of(term: &str) -> Self {
        let console = term == "linux" || term.starts_with("vt");
        Self {
            synchronized: !console,
            scroll: true,
            erase: !term.starts_with("screen") && !term.starts_with("vt"),
        }
    }
}

impl Default for Features {
    fn default() -> Self {
        Self { synchronized: true, scroll: true, erase: true }
    }
}

/// Turns frames into bytes.
#[derive(Debug)]
pub struct Encoder {
    depth: Depth,
    features: Features,
    repaint: bool,
    cursor: Option<(u16, u16)>,
}

impl Encoder {
    /// An encoder whose first frame clears and paints everything.
    pub fn new(depth: Depth, features: Features) -> Self {
        Self { depth, features, repaint: true, cursor: None }
    }

    /// The terminal lost what it showed (resized, resumed, given to a child): the next frame clears and paints all.
    pub fn invalidate(&mut self) {
        self.repaint = true;
    }

    /// Appends to `out` what turns `prev`, the frame that is shown, into `next`, with the cursor at `cursor` or hidden.
    /// Nothing changed: nothing is appended.
    pub fn frame(&mut self, prev: &Buffer, next: &Buffer, cursor: Option<(u16, u16)>, out: &mut Vec<u8>) {
        let (width, height) = (next.area.width, next.area.height);
        let cursor = cursor.filter(|(x, y)| *x < width && *y < height);
        let repaint = self.repaint || prev.area != next.area;
        if !repaint && self.cursor == cursor && prev.content == next.content {
            return;
        }
        let body = self.body(prev, next, repaint);
        if body.is_empty() && self.cursor == cursor && !repaint {
            return;
        }
        self.wrap(body, repaint, cursor, out);
        self.repaint = false;
        self.cursor = cursor;
    }

    /// The drawing itself, the shorter of with and without moving a band.
    fn body<'a>(&self, prev: &'a Buffer, next: &'a Buffer, repaint: bool) -> Canvas {
        let next = Grid::read(next, self.depth);
        let mut drawn = Canvas::new(next.width, next.height, self.features);
        if repaint {
            drawn.clear();
            drawn.draw(&Grid::blank(next.width, next.height), &next);
            return drawn;
        }
        let prev = Grid::read(prev, self.depth);
        drawn.draw(&prev, &next);
        if self.features.scroll
            && let Some(shift) = scroll::find(&prev, &next)
        {
            let mut moved = Canvas::new(next.width, next.height, self.features);
            moved.scroll(shift);
            moved.draw(&prev.scrolled(shift.top, shift.bottom, shift.by), &next);
            if moved.len() < drawn.len() {
                return moved;
            }
        }
        drawn
    }

    /// Puts the body between the marks of a synchronized update and takes care of the cursor, which is not seen
    /// running over the screen.
    fn wrap(&self, mut body: Canvas, repaint: bool, cursor: Option<(u16, u16)>, out: &mut Vec<u8>) {
        let hide = repaint || (self.cursor.is_some() && (!body.is_empty() || cursor.is_none()));
        let hidden = hide || self.cursor.is_none();
        let synchronized = self.features.synchronized && !body.is_empty();
        if synchronized {
            out.extend_from_slice(ansi(BeginSynchronizedUpdate).as_bytes());
        }
        if hide {
            out.extend_from_slice(ansi(Hide).as_bytes());
        }
        if let Some((x, y)) = cursor {
            body.move_to(x, y);
        }
        out.extend_from_slice(&body.into_bytes());
        if cursor.is_some() && hidden {
            out.extend_from_slice(ansi(Show).as_bytes());
        }
        if synchronized {
            out.extend_from_slice(ansi(EndSynchronizedUpdate).as_bytes());
        }
    }
}

/// The bytes of a command of crossterm's.
pub(super) fn ansi(command: impl Command) -> String {
    let mut bytes = String::new();
    // A string takes everything.
    let _ = command.write_ansi(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::*;
    use crate::terminal::depth::NAMED;
    use crate::terminal::pen::{Pen, VISIBLE_ON_BLANK};

    /// A terminal that was told every byte, and the frame that it must show.
    struct Shows {
        terminal: vt100::Parser,
        encoder: Encoder,
        shown: Buffer,
    }

    impl Shows {
        fn new(width: u16, height: u16, features: Features) -> Self {
            let size = |n| NonZeroU16::new(n).unwrap();
            Self {
                terminal: vt100::Parser::new(size(height), size(width), 0),
                encoder: Encoder::new(Depth::Rgb, features),
                shown: Buffer::empty(Rect::new(0, 0, width, height)),
            }
        }

        /// Shows a frame, checks the whole screen, and says how many bytes it took.
        fn frame(&mut self, next: &Buffer, cursor: Option<(u16, u16)>) -> usize {
            let mut out = Vec::new();
            self.encoder.frame(&self.shown, next, cursor, &mut out);
            let (width, height) = (next.area.width, next.area.height);
            if next.area != self.shown.area {
                let size = |n| NonZeroU16::new(n).unwrap();
                self.terminal.screen_mut().set_size(size(height), size(width));
            }
            self.terminal.process(&out);
            self.shown = next.clone();
            let screen = self.terminal.screen();
            let grid = Grid::read(next, Depth::Rgb);
            for y in 0..height {
                for (x, glyph) in grid.row(y).iter().enumerate().filter(|(_, glyph)| glyph.width > 0) {
                    let cell = screen.cell(y, x as u16).unwrap();
                    let text = if cell.has_contents() { cell.contents() } else { " " };
                    assert_eq!(text, glyph.text, "text at {x},{y}");
                    assert_eq!(looks(cell), wanted(glyph.text, glyph.pen), "style of {text:?} at {x},{y}");
                }
            }
            assert_eq!(screen.hide_cursor(), cursor.is_none());
            if let Some((x, y)) = cursor {
                assert_eq!(screen.cursor_position(), (y, x));
            }
            let mut again = Vec::new();
            self.encoder.frame(&self.shown, next, cursor, &mut again);
            assert!(again.is_empty(), "an unchanged frame takes no bytes");
            out.len()
        }
    }

    type Looks = (vt100::Color, vt100::Color, bool, bool, bool, bool, bool);

    fn looks(cell: &vt100::Cell) -> Looks {
        let blank = !cell.has_contents() || cell.contents() == " ";
        if blank && !cell.inverse() && !cell.underline() {
            return (vt100::Color::Default, cell.bgcolor(), false, false, false, false, false);
        }
        (
            cell.fgcolor(),
            cell.bgcolor(),
            cell.bold(),
            cell.dim(),
            cell.italic(),
            cell.underline(),
            cell.inverse(),
        )
    }

    fn wanted(text: &str, pen: Pen) -> Looks {
        let color = |color| match color {
            Color::Reset => vt100::Color::Default,
            Color::Indexed(index) => vt100::Color::Idx(index),
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            named => vt100::Color::Idx(NAMED.iter().position(|known| *known == named).unwrap() as u8),
        };
        let has = |modifier| pen.modifier.contains(modifier);
        if text == " " && !pen.modifier.intersects(VISIBLE_ON_BLANK) {
            return (vt100::Color::Default, color(pen.bg), false, false, false, false, false);
        }
        (
            color(pen.fg),
            color(pen.bg),
            has(Modifier::BOLD),
            has(Modifier::DIM),
            has(Modifier::ITALIC),
            has(Modifier::UNDERLINED),
            has(Modifier::REVERSED),
        )
    }

    /// One step of a session, on whatever the screen shows.
    #[derive(Debug, Clone)]
    enum Step {
        Text { x: u16, y: u16, text: String, style: Style },
        Fill { y: u16, style: Style },
        Scroll { top: u16, bottom: u16, by: i32 },
        Cursor(Option<(u16, u16)>),
        Spoilt,
        Resize(u16, u16),
    }

    fn styles() -> impl Strategy<Value = Style> {
        let colors = prop_oneof![
            4 => Just(Color::Reset),
            1 => Just(Color::Red),
            1 => Just(Color::LightBlue),
            1 => Just(Color::Indexed(99)),
            1 => Just(Color::Rgb(1, 2, 3)),
        ];
        let modifiers = prop::sample::subsequence(
            vec![Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED],
            0..=2,
        );
        (colors.clone(), colors, modifiers).prop_map(|(fg, bg, modifiers)| {
            let mut modifiers = modifiers.into_iter().fold(Modifier::empty(), Modifier::union);
            if modifiers.contains(Modifier::BOLD) {
                // The terminal of the tests knows one of the two at a time.
                modifiers.remove(Modifier::DIM);
            }
            Style::reset().fg(fg).bg(bg).add_modifier(modifiers)
        })
    }

    fn steps() -> impl Strategy<Value = Step> {
        let word = prop::sample::select(vec![
            "a",
            "pod-1",
            "世界",
            "e\u{301}",
            " ",
            "              ",
            "│",
            "x世y",
            "a b  c",
            "  Running  0   12m  ",
        ]);
        let text = prop::collection::vec(word, 1..6).prop_map(|words| words.concat());
        prop_oneof![
            8 => (0..90u16, 0..30u16, text, styles())
                .prop_map(|(x, y, text, style)| Step::Text { x, y, text, style }),
            1 => (0..30u16, styles()).prop_map(|(y, style)| Step::Fill { y, style }),
            4 => (0..30u16, 0..30u16, -4..5).prop_map(|(top, bottom, by)| Step::Scroll { top, bottom, by }),
            1 => prop::option::of((0..90u16, 0..30u16)).prop_map(Step::Cursor),
            1 => Just(Step::Spoilt),
            1 => (1..90u16, 1..30u16).prop_map(|(width, height)| Step::Resize(width, height)),
        ]
    }

    fn apply(step: &Step, frame: &mut Buffer) {
        let (width, height) = (frame.area.width, frame.area.height);
        match step {
            Step::Text { x, y, text, style } => {
                frame.set_string(x % width, y % height, text, *style);
            }
            Step::Fill { y, style } => frame.set_style(Rect::new(0, y % height, width, 1), *style),
            Step::Scroll { top, bottom, by } => {
                let (top, bottom) = (top % height, bottom % height);
                let before = frame.clone();
                for y in top..=bottom {
                    let from = i32::from(y) + by;
                    for x in 0..width {
                        let inside = (i32::from(top)..=i32::from(bottom)).contains(&from);
                        frame[(x, y)] =
                            if inside { before[(x, from as u16)].clone() } else { "+".into_cell() };
                    }
                }
            }
            Step::Cursor(_) | Step::Spoilt => {}
            Step::Resize(width, height) => *frame = Buffer::empty(Rect::new(0, 0, *width, *height)),
        }
    }

    trait IntoCell {
        fn into_cell(self) -> ratatui::buffer::Cell;
    }

    impl IntoCell for &'static str {
        fn into_cell(self) -> ratatui::buffer::Cell {
            ratatui::buffer::Cell::new(self)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_terminal_shows_the_frame(
            (width, height) in prop::sample::select(vec![(1, 1), (2, 1), (3, 7), (40, 12), (80, 24)]),
            frames in prop::collection::vec(prop::collection::vec(steps(), 1..8), 1..8),
            (erase, scroll) in any::<(bool, bool)>(),
        ) {
            let mut shows = Shows::new(width, height, Features { synchronized: true, scroll, erase });
            let mut next = shows.shown.clone();
            let mut cursor = None;
            for steps in frames {
                for step in &steps {
                    apply(step, &mut next);
                    match step {
                        Step::Cursor(to) => cursor = *to,
                        Step::Spoilt => {
                            shows.terminal.process(b"\x1b[2;3Hsomebody else's\r\nwords\x1b[7m");
                            shows.encoder.invalidate();
                        }
                        _ => {}
                    }
                }
                cursor = cursor.filter(|(x, y)| *x < next.area.width && *y < next.area.height);
                shows.frame(&next, cursor);
            }
        }
    }

    /// A pane over the full width with a table of pods, as it will be used.
    fn table(first: usize, selected: u16) -> Buffer {
        let (width, height) = (200, 50);
        let mut frame = Buffer::empty(Rect::new(0, 0, width, height));
        let title = format!(" dogwatch  prod-eu / production {:>120}", "live");
        frame.set_string(0, 0, title, Style::new().add_modifier(Modifier::BOLD));
        frame.set_string(0, 1, format!("┌{}┐", "─".repeat(198)), Style::new());
        frame.set_string(1, 2, COLUMNS, Style::new().add_modifier(Modifier::BOLD));
        for row in 0..height - 6 {
            let n = first + usize::from(row);
            let status = if n % 7 == 3 { "CrashLoopBackOff" } else { "Running" };
            let line = format!(
                "{:<22} {:<44} {:<7} {:<18} {:<10} {:<8} {:<18} {:<30}",
                format!("namespace-{}", n % 5),
                format!("api-status-6c8f{:05x}-{:05x}", n * 7919 % 65_521, n * 104_729 % 1_048_573),
                "1/1",
                status,
                n % 11,
                format!("{}m", 5 + n % 55),
                format!("10.{}.{}.{}", n % 4, n % 250, n % 200),
                format!("ip-10-0-{}-{}.eu-west-1.internal", n % 16, n % 240),
            );
            let y = row + 3;
            let fg = if status == "Running" { Color::Reset } else { Color::LightRed };
            frame.set_stringn(1, y, line, 198, Style::new());
            frame.set_style(Rect::new(77, y, 16, 1), Style::new().fg(fg));
            if row == selected {
                frame.set_style(Rect::new(1, y, 198, 1), Style::new().add_modifier(Modifier::REVERSED));
            }
            frame.set_string(0, y, "│", Style::new());
            frame.set_string(199, y, "│", Style::new());
        }
        frame.set_string(0, height - 3, format!("└{}┘", "─".repeat(198)), Style::new());
        frame.set_string(0, height - 1, " s scale  i image  R rollout  b blue/green  l logs", Style::new());
        frame
    }

    const COLUMNS: &str = "NAMESPACE              NAME                                         READY   STATUS             RESTARTS";

    #[test]
    fn a_table_keeps_its_budget_of_bytes() {
        let mut shows = Shows::new(200, 50, Features::default());
        let first = shows.frame(&table(0, 0), None);
        let down = shows.frame(&table(0, 1), None);
        shows.frame(&table(0, 43), None);
        let scroll = shows.frame(&table(1, 43), None);
        let page = shows.frame(&table(11, 43), None);
        let back = shows.frame(&table(10, 43), None);
        println!("first {first}, down {down}, scroll {scroll}, ten lines {page}, back {back}");
        assert!(first < 9_000, "first paint {first}");
        assert!(down < 500, "cursor down {down}");
        assert!(scroll < 800, "scroll {scroll}");
        assert!(back < 800, "scroll back {back}");
        assert!(page < 2_500, "ten lines {page}");
    }

    #[test]
    fn a_log_is_followed_by_its_new_lines() {
        let lines = |from: usize| {
            let mut frame = Buffer::empty(Rect::new(0, 0, 200, 50));
            frame.set_string(0, 0, "logs of api-status", Style::new());
            for y in 1..50 {
                let n = from + usize::from(y);
                frame.set_string(0, y, format!("{n:08} GET /status/{:x} 200", n * 7919), Style::new());
            }
            frame
        };
        let mut shows = Shows::new(200, 50, Features::default());
        shows.frame(&lines(0), None);
        let bytes = shows.frame(&lines(2), None);
        assert!(bytes < 150, "{bytes}");
    }

    #[test]
    fn panes_side_by_side_are_not_scrolled() {
        let panes = |left: usize| {
            let mut frame = Buffer::empty(Rect::new(0, 0, 80, 10));
            for y in 0..10 {
                frame.set_string(
                    0,
                    y,
                    format!("left pane, line {:<10}", left + usize::from(y)),
                    Style::new(),
                );
                frame.set_string(40, y, format!("right pane, line {y}"), Style::new());
            }
            frame
        };
        let mut out = Vec::new();
        let mut encoder = Encoder::new(Depth::Rgb, Features::default());
        encoder.frame(&panes(0), &panes(0), None, &mut out);
        out.clear();
        encoder.frame(&panes(0), &panes(1), None, &mut out);
        assert!(!out.windows(2).any(|pair| pair == b"\x1bM"));
        assert!(out.len() < 150, "{}", out.len());
    }

    #[test]
    fn a_frame_is_one_synchronized_update() {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(Depth::Mono, Features::default());
        let shown = Buffer::with_lines(["ab"]);
        encoder.frame(&shown, &shown, None, &mut out);
        assert_eq!(
            String::from_utf8(std::mem::take(&mut out)).unwrap(),
            "\x1b[?2026h\x1b[?25l\x1b[r\x1b[m\x1b[H\x1b[2J\x1b[?2026l".replace("2J", "2Jab")
        );
        let mut next = shown.clone();
        next[(1, 0)].set_fg(Color::Red).set_char('c');
        encoder.frame(&shown, &next, Some((0, 0)), &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\x1b[?2026h\x1b[1;2H\x1b[mc\r\x1b[?25h\x1b[?2026l",
            "without colours on a terminal without colours"
        );
    }

    #[test]
    fn glyphs_of_doubtful_width_leave_nothing_behind() {
        let mut shows = Shows::new(10, 1, Features::default());
        shows.frame(&Buffer::with_lines(["abcdefghij"]), None);
        let mut out = Vec::new();
        let next = Buffer::with_lines(["a❤\u{fe0f}defXhij"]);
        shows.encoder.frame(&shows.shown, &next, None, &mut out);
        let text = String::from_utf8(out).unwrap();
        // Both columns are blanked first, and the cursor is placed by number afterwards.
        assert!(text.contains("  \x1b[2G❤\u{fe0f}\x1b[7GX"), "{text:?}");
    }
}
