//! What a column is. The columns of each kind are tables in [`super::columns`].

use std::borrow::Cow;
use std::cmp::Ordering;

use super::endpoints::Endpoints;
use super::placed::Placed;
use super::record::{Record, Seconds};
use super::usage::Usage;

/// One column of a kind: one row of the one table that screen, sort, filter, help and docs come from.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name that filters (`status:Running`), sorting and the configuration use.
    pub id: &'static str,
    /// The title, as kubectl prints it where kubectl has the column.
    pub title: &'static str,
    /// What it shows, one sentence.
    pub help: &'static str,
    /// Numbers are right-aligned.
    pub align: Align,
    /// When it is shown.
    pub when: When,
    /// Most cells a value takes; longer ones are cut with `…`. 0: takes the width that is left over.
    pub max: u16,
    /// The cell of a record.
    pub cell: for<'a> fn(&'a Record, &Cx<'a>) -> Cell<'a>,
    /// The order of two records in this column (ascending); ties are broken by namespace, name and UID elsewhere.
    pub order: fn(&Record, &Record, &Cx<'_>) -> Ordering,
}

/// Where text stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers, ages.
    Right,
}

/// When a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// When the scope has more than one namespace.
    ManyNamespaces,
    /// In the wide form.
    Wide,
    /// Where the column that grows has room beside it.
    Roomy,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it says, cleaned.
    pub text: Cow<'a, str>,
    /// What it means; the theme makes a colour of it. The text (or a sign in it) says the same without colour.
    pub tone: Tone,
}

impl<'a> Cell<'a> {
    /// A cell without a tone.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    /// A cell with a tone.
    pub fn toned(text: impl Into<Cow<'a, str>>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// Of less interest.
    Dim,
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Not as it should be.
    Warn,
    /// Broken.
    Bad,
    /// The one accent colour.
    Accent,
}

/// What cells may look at beside their record.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// The time that ages are relative to.
    pub now: Seconds,
    /// Ready endpoints of services.
    pub endpoints: &'a Endpoints,
    /// What pods and nodes use.
    pub usage: &'a Usage,
    /// The names of the clusters whose rows are shown together, by [`super::record::Meta::place`].
    pub places: &'a [String],
    /// What pods put on nodes, and mount, as far as it is known.
    pub placed: Option<&'a Placed>,
    /// The version of the API server; empty where it is not known.
    pub server: &'a str,
}
