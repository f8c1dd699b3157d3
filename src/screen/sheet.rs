//! A text that was asked for once: what one may do, what an endpoint answered. It is searched as any text.
//!
//! Holds the text, where one reads, and what is asked when it is to be read again.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::effect::OpId;
use crate::inquiry::Inquiry;
use crate::model::search::{Hit, Search};
use crate::model::trouble::Trouble;
use crate::reach::endpoint::Call;
use crate::screen::scroll::Scroll;
use crate::state::Now;
use crate::theme::{Role, Theme};
use crate::widget::chrome::{ends, piece};

/// What was asked, to be asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Something that only reads.
    Inquiry(Inquiry),
    /// An endpoint.
    Call(Call),
}

/// The screen.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The operation whose answer belongs here.
    pub op: OpId,
    /// What was asked.
    pub question: Question,
    /// The title.
    pub title: String,
    /// How it went: said at the right of the title.
    pub note: (Role, String),
    /// When it was asked.
    pub asked: Now,
    /// It is waited for.
    pub waits: bool,
    /// The first line stays where it is: the titles of a table.
    pub heading: bool,
    /// The text.
    pub lines: Vec<(Role, String)>,
    /// Where one reads.
    pub scroll: Scroll,
    /// What is searched.
    pub search: Option<Search>,
    /// Why what was typed cannot be searched.
    pub search_error: Option<String>,
    /// The match that one is at.
    pub hit: Option<Hit>,
}

impl Sheet {
    /// Asked for, nothing answered yet.
    pub fn new(op: OpId, question: Question, title: String, now: Now) -> Self {
        Self {
            op,
            question,
            title,
            note: (Role::ModeLoading, "asking…".to_owned()),
            asked: now,
            waits: true,
            heading: false,
            lines: Vec::new(),
            scroll: Scroll::default(),
            search: None,
            search_error: None,
            hit: None,
        }
    }

    /// Takes an answer; one stays where one reads, as far as the text goes.
    pub fn on_lines(&mut self, lines: Vec<(Role, String)>, note: (Role, String), height: usize) {
        (self.lines, self.note, self.waits, self.hit) = (lines, note, false, None);
        self.scroll.top = self.scroll.top.min(self.below_heading().len().saturating_sub(height));
    }

    /// It was not answered; what was there before stays.
    pub fn on_trouble(&mut self, trouble: &Trouble) {
        (self.note, self.waits) = ((Role::ModeStale, trouble.to_string()), false);
    }

    fn below_heading(&self) -> &[(Role, String)] {
        self.lines.get(usize::from(self.heading)..).unwrap_or_default()
    }

    /// Lines that fit, of an area with so many below its title.
    fn height(&self, height: usize) -> usize {
        height.saturating_sub(usize::from(self.heading))
    }

    /// Searches for what is typed.
    pub fn search_for(&mut self, text: &str) {
        self.hit = None;
        match Search::parse(text) {
            Ok(search) => (self.search, self.search_error) = (search, None),
            Err(error) => self.search_error = Some(error),
        }
    }

    /// Does what a text can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, height: usize) -> bool {
        let height = self.height(height);
        match action {
            Action::SearchNext => self.find(true, height),
            Action::SearchPrevious => self.find(false, height),
            _ => {
                let len = self.below_heading().len();
                return self.scroll.act(action, len, height);
            }
        }
        true
    }

    fn find(&mut self, forward: bool, height: usize) {
        let Some(search) = &self.search else { return };
        let lines = self.below_heading();
        let page = self.scroll.top..self.scroll.top + height.max(1);
        let from = match self.hit.map(|hit| hit.line).filter(|line| page.contains(line)) {
            Some(line) => Some(line),
            None if forward => self.scroll.top.checked_sub(1),
            None => Some(page.end),
        };
        let hit = search.step(lines.len(), from, forward, |at| lines[at].1.as_str().into());
        let last = lines.len().saturating_sub(height);
        if let Some(hit) = hit {
            self.scroll.top = hit.line.min(last);
        }
        self.hit = hit;
    }
}

/// Draws the screen.
pub fn draw(sheet: &Sheet, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let search = crate::model::search::words(sheet.search.as_ref(), sheet.hit);
    let (role, note) = &sheet.note;
    let left = [piece(Role::TitleFocused, format!(" {}", sheet.title))];
    let right = [piece(Role::Dim, search), piece(*role, format!("{note} "))];
    ends(Rect { height: area.height.min(1), ..area }, &left, &right, theme, buffer);
    let mut row = 1;
    let mut put = |text: &str, role: Role, places: &[std::ops::Range<usize>]| {
        let here = Rect { y: area.y + row, height: 1, ..area }.intersection(area);
        row += 1;
        if here.height > 0 {
            crate::screen::detail::draw::text_line(
                here,
                sheet.scroll.left,
                text,
                role,
                places,
                theme,
                buffer,
            );
        }
    };
    if sheet.heading
        && let Some((_, text)) = sheet.lines.first()
    {
        put(text, Role::Header, &[]);
    }
    let room = sheet.height(usize::from(area.height.saturating_sub(1)));
    for (role, text) in sheet.below_heading().iter().skip(sheet.scroll.top).take(room) {
        let places = sheet.search.as_ref().map(|search| search.places(text)).unwrap_or_default();
        put(text, *role, &places);
    }
}
