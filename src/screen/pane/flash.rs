//! New, changed and gone rows, marked for a moment.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::record::Record;
use crate::model::table::{Delta, What};
use crate::model::uid::Uid;
use crate::model::view::{Membership, View};
use crate::widget::grid::Flash;

/// How long a mark stays.
pub const MOMENT: Duration = Duration::from_millis(1500);
/// So many gone rows are kept on the screen; when more go at once, the count in the title says it.
const GHOSTS: usize = 8;
/// So many rows are marked; a storm of changes is no news about any of them.
const MARKS: usize = 256;

/// A row that has just gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ghost {
    /// What it was.
    pub record: Record,
    /// Where it was among the shown rows.
    pub row: usize,
    until: Duration,
}

/// What has just happened to the rows of a pane.
#[derive(Debug, Clone, Default)]
pub struct Flashes {
    marks: HashMap<Uid, (Flash, Duration)>,
    ghosts: Vec<Ghost>,
}

impl Flashes {
    /// To be called before the view follows: only then it knows where a gone row was.
    pub fn before(&mut self, deltas: &[Delta], view: &View, now: Duration) {
        self.calm_down(now);
        for delta in deltas.iter().filter(|delta| delta.what == What::Removed) {
            self.marks.remove(&delta.uid);
            if self.ghosts.len() < GHOSTS
                && let (Some(row), Some(record)) = (view.position(delta.slot), delta.old.clone())
            {
                self.ghosts.push(Ghost { record, row, until: now + MOMENT });
            }
        }
        self.ghosts.sort_by_key(|ghost| ghost.row);
    }

    /// To be called after the view followed.
    pub fn after(&mut self, deltas: &[Delta], memberships: &[Membership], now: Duration) {
        for (delta, membership) in deltas.iter().zip(memberships) {
            let flash = match delta.what {
                What::Added => Flash::New,
                What::Changed | What::Touched => Flash::Changed,
                What::Removed => continue,
            };
            if !membership.is_shown || (self.marks.len() >= MARKS && !self.marks.contains_key(&delta.uid)) {
                continue;
            }
            // A row that is new stays new while it settles.
            let entry = self.marks.entry(delta.uid.clone()).or_insert((flash, now));
            entry.1 = now + MOMENT;
        }
    }

    /// Forgets what is over.
    pub fn calm_down(&mut self, now: Duration) {
        self.marks.retain(|_, (_, until)| *until > now);
        self.ghosts.retain(|ghost| ghost.until > now);
    }

    /// The mark of an object.
    pub fn of(&self, uid: &Uid, now: Duration) -> Option<Flash> {
        self.marks.get(uid).filter(|(_, until)| *until > now).map(|(flash, _)| *flash)
    }

    /// The rows that have just gone, by row.
    pub fn ghosts(&self, now: Duration) -> impl Iterator<Item = &Ghost> {
        self.ghosts.iter().filter(move |ghost| ghost.until > now)
    }

    /// When the next mark is over.
    pub fn next_end(&self, now: Duration) -> Option<Duration> {
        let marks = self.marks.values().map(|(_, until)| *until);
        marks.chain(self.ghosts.iter().map(|ghost| ghost.until)).filter(|until| *until > now).min()
    }
}
