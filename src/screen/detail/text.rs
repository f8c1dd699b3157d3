//! An object as text that is paged through: its YAML, its description, its events.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

use super::{Reading, Subject};
use crate::action::Action;
use crate::describe::{self, Material, What};
use crate::effect::OpId;
use crate::model::record::Seconds;
use crate::model::search::{Hit, Search};
use crate::model::secret::Revealed;
use crate::model::yaml::{Line, Syntax, Yaml};
use crate::recent::Versions;
use crate::screen::scroll::Scroll;

/// Which text of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Its YAML.
    Yaml,
    /// What is told of it.
    Told(What),
    /// How it changes.
    Diff,
}

impl Form {
    /// Its word in the title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Yaml => "YAML",
            Self::Told(What::Describe) => "Description",
            Self::Told(What::Events) => "Events",
            Self::Told(What::Containers) => "Containers",
            Self::Told(What::Object) => "Object",
            Self::Diff => "Changes while you look",
        }
    }
}

/// Ages are written anew when they are older than this.
pub(super) const AGES: Seconds = 10;

/// An object as text.
#[derive(Clone)]
pub struct Text {
    /// Which object.
    pub subject: Subject,
    /// Which text.
    pub form: Form,
    /// What the description is made from.
    material: Option<Box<Material>>,
    /// The versions that were read, where it is told how it changes.
    pub versions: Versions,
    /// What the YAML is, folded and whole.
    yaml: Option<Box<Yaml>>,
    /// The YAML is shown whole.
    pub unfolded: bool,
    /// The lines as they were made.
    whole: Vec<Line>,
    /// The lines as they are shown: wrapped, with what was revealed.
    pub lines: Vec<Line>,
    /// Long lines go on in the next one.
    pub wrap: bool,
    /// The columns for which lines were wrapped.
    width: usize,
    /// The reading of a value of a Secret that is on its way.
    pub asked: Option<OpId>,
    /// The value of a Secret that is shown.
    revealed: Option<Revealed>,
    /// The context that it is of, where that is not the session's own.
    pub context: Option<String>,
    /// Where one reads.
    pub scroll: Scroll,
    /// What is searched.
    pub search: Option<Search>,
    /// Why what was typed cannot be searched.
    pub search_error: Option<String>,
    /// The match that one is at.
    pub hit: Option<Hit>,
}

/// Not its lines: a value of a Secret may be among them.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { subject, form, scroll, .. } = self;
        f.debug_struct("Text")
            .field("subject", subject)
            .field("form", form)
            .field("scroll", scroll)
            .finish_non_exhaustive()
    }
}

impl Text {
    /// Asked for, nothing read yet.
    pub fn new(subject: Subject, form: Form) -> Self {
        Self {
            subject,
            form,
            material: None,
            versions: Versions::default(),
            yaml: None,
            unfolded: false,
            whole: Vec::new(),
            lines: Vec::new(),
            wrap: false,
            width: 0,
            asked: None,
            revealed: None,
            context: None,
            scroll: Scroll::default(),
            search: None,
            search_error: None,
            hit: None,
        }
    }

    /// Takes what was read.
    pub fn on_lines(&mut self, lines: Vec<Line>, height: usize) {
        self.whole = lines;
        self.hit = None;
        self.subject.reading = Reading::Done;
        self.lay();
        self.scroll.top = self.scroll.top.min(self.lines.len().saturating_sub(height));
    }

    /// Takes an object as YAML; it is shown as far as it was unfolded before.
    pub fn on_yaml(&mut self, yaml: Box<Yaml>, height: usize) {
        let lines = if self.unfolded { yaml.whole.clone() } else { None };
        let lines = lines.unwrap_or_else(|| yaml.folded.clone());
        self.yaml = Some(yaml);
        self.on_lines(lines, height);
    }

    /// Shows what is folded, or folds it again; false where there is nothing to fold.
    pub fn fold(&mut self, height: usize) -> bool {
        let Some(yaml) = self.yaml.take_if(|yaml| yaml.whole.is_some()) else { return false };
        self.unfolded = !self.unfolded;
        let reading = self.subject.reading.clone();
        self.on_yaml(yaml, height);
        self.subject.reading = reading;
        true
    }

    /// What is folded, in words; empty: nothing is.
    pub fn folded(&self) -> String {
        let Some(yaml) = self.yaml.as_ref().filter(|yaml| yaml.whole.is_some() && !self.unfolded) else {
            return String::new();
        };
        let defaults = match yaml.defaults {
            0 => None,
            1 => Some("1 default".to_owned()),
            more => Some(format!("{more} defaults")),
        };
        let managed = (yaml.managers > 0).then(|| "managedFields".to_owned());
        let parts: Vec<String> = defaults.into_iter().chain(managed).collect();
        if parts.is_empty() { String::new() } else { format!("{} folded", parts.join(" and ")) }
    }

    /// Whether there is something that can be folded.
    pub fn can_fold(&self) -> bool {
        self.yaml.as_ref().is_some_and(|yaml| yaml.whole.is_some())
    }

    /// Takes what a description is made from.
    pub fn on_material(&mut self, material: Material, height: usize) {
        if let Form::Told(what) = self.form {
            let lines = describe::lines(what, &material);
            self.material = Some(Box::new(material));
            self.on_lines(lines, height);
        }
    }

    /// Time has passed: ages are written anew when they are old. Where the screen is laid out, it is so for this many columns.
    pub fn settle(&mut self, width: usize, now: Seconds) {
        let mut anew = self.wrap && self.width != width;
        self.width = width;
        if let (Form::Told(what), Some(material)) = (self.form, &mut self.material)
            && now >= material.now + AGES
        {
            material.now = now;
            self.whole = describe::lines(what, material);
            anew = true;
        }
        if anew {
            self.lay();
        }
    }

    /// In how many seconds the ages are written anew.
    pub fn ages_in(&self, now: Seconds) -> Option<Seconds> {
        self.material.as_ref().map(|material| (material.now + AGES - now).max(1))
    }

    /// Whether it has values that can be revealed.
    pub fn is_yaml_of_secret(&self) -> bool {
        let (group, _, plural, _) = self.subject.object.kind.resource();
        self.form == Form::Yaml && group.is_empty() && plural == "secrets"
    }

    /// The keys of a Secret, when this is the YAML of one.
    pub fn secret_keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut within = false;
        for line in &self.whole {
            let text: String = line.iter().map(|(_, piece)| piece.as_str()).collect();
            if !text.starts_with(' ') {
                within = text.starts_with("data:");
            } else if let (true, Some((key, _))) = (within, text.trim_start().split_once(": ")) {
                keys.push(key.trim_matches(['\'', '"']).to_owned());
            }
        }
        keys
    }

    /// Shows one value, or none any more.
    pub fn reveal(&mut self, revealed: Option<Revealed>) {
        self.revealed = revealed;
        self.lay();
    }

    /// Whether a value is shown.
    pub fn has_revealed(&self) -> bool {
        self.revealed.is_some()
    }

    /// All of it, for the clipboard: never with what was revealed.
    pub fn copied(&self) -> String {
        let line = |line: &Line| line.iter().map(|(_, piece)| piece.as_str()).collect::<String>();
        self.whole.iter().map(|one| line(one) + "\n").collect()
    }

    fn lay(&mut self) {
        let mut lines = Vec::with_capacity(self.whole.len());
        for line in &self.whole {
            if self.wrap {
                wrapped(line, self.width, &mut lines);
            } else {
                lines.push(line.clone());
            }
            if let Some(revealed) = &self.revealed {
                let text: String = line.iter().map(|(_, piece)| piece.as_str()).collect();
                let masked = text.trim_start().split_once(": ").filter(|(_, value)| value.contains("**** ("));
                let key = masked.map(|(key, _)| key.trim_matches(['\'', '"']));
                if key == Some(revealed.key.as_str()) {
                    let shown = revealed.lines().map(|line| crate::model::text::clean(line).into_owned());
                    lines.extend(shown.map(|line| vec![(Syntax::Comment, format!("    # {line}"))]));
                }
            }
        }
        self.lines = lines;
    }

    /// Searches for what is typed.
    pub fn search_for(&mut self, text: &str) {
        self.hit = None;
        match Search::parse(text) {
            Ok(search) => {
                self.search = search;
                self.search_error = None;
            }
            Err(error) => self.search_error = Some(error),
        }
    }

    /// Does what a text can do; false when the action means nothing here.
    pub fn act(&mut self, action: Action, height: usize) -> bool {
        match action {
            Action::SearchNext => self.find(true, height),
            Action::SearchPrevious => self.find(false, height),
            Action::Fold => return self.fold(height),
            Action::Wrap => {
                self.wrap = !self.wrap;
                self.scroll.left = 0;
                self.hit = None;
                self.lay();
                self.scroll.top = self.scroll.top.min(self.lines.len().saturating_sub(height));
            }
            _ => return self.scroll.act(action, self.lines.len(), height),
        }
        true
    }

    fn find(&mut self, forward: bool, height: usize) {
        let Some(search) = &self.search else { return };
        let line = |at: usize| -> Cow<'_, str> {
            self.lines[at].iter().map(|(_, piece)| piece.as_str()).collect::<String>().into()
        };
        // From the match one is at, as long as it is on the screen; else from what is on the screen.
        let page = self.scroll.top..self.scroll.top + height.max(1);
        let from = match self.hit.map(|hit| hit.line).filter(|line| page.contains(line)) {
            Some(line) => Some(line),
            None if forward => self.scroll.top.checked_sub(1),
            None => Some(page.end),
        };
        self.hit = search.step(self.lines.len(), from, forward, line);
        if let Some(hit) = self.hit {
            self.scroll.top = hit.line.min(self.lines.len().saturating_sub(height));
        }
    }
}

/// Cuts a line into lines of at most so many columns.
fn wrapped(line: &Line, width: usize, out: &mut Vec<Line>) {
    let mut row = Line::new();
    let mut taken = 0;
    for (syntax, text) in line {
        let mut piece = String::new();
        for c in text.chars() {
            let cells = c.width().unwrap_or(0);
            if taken + cells > width.max(1) && taken > 0 {
                if !piece.is_empty() {
                    row.push((*syntax, std::mem::take(&mut piece)));
                }
                out.push(std::mem::take(&mut row));
                taken = 0;
            }
            taken += cells;
            piece.push(c);
        }
        if !piece.is_empty() {
            row.push((*syntax, piece));
        }
    }
    out.push(row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_between_their_characters() {
        let line = vec![(Syntax::Key, "ab".to_owned()), (Syntax::Plain, "cde漢f".to_owned())];
        let mut out = Vec::new();
        wrapped(&line, 4, &mut out);
        let text = |line: &Line| line.iter().map(|(_, piece)| piece.as_str()).collect::<String>();
        assert_eq!(out.iter().map(text).collect::<Vec<_>>(), ["abcd", "e漢f"]);
        assert_eq!(out[0][0], (Syntax::Key, "ab".to_owned()));
        wrapped(&Vec::new(), 4, &mut out);
        assert_eq!(out.len(), 3, "an empty line stays one");
    }
}
