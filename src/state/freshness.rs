//! How current what is shown is. The word `live` is said only of rows that follow the cluster over a link that answers.

use std::time::Duration;

use super::{Now, State};
use crate::model::link::Link;
use crate::model::record::Kind;
use crate::model::sync::{self, FeedStatus};
use crate::model::trouble::TroubleKind;
use crate::screen::Screen;
use crate::screen::home::Home;
use crate::screen::pane::Pane;
use crate::theme::Role;

/// How current rows are, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// They follow the cluster.
    pub live: bool,
    /// A complete list has been read.
    pub synced: bool,
    /// What to say.
    pub words: String,
    /// When the words change by themselves, monotonic.
    pub turns: Option<Duration>,
}

impl Freshness {
    /// How the words look.
    pub fn role(&self) -> Role {
        match (self.live, self.synced) {
            (true, _) => Role::ModeLive,
            (false, true) => Role::ModeStale,
            (false, false) => Role::ModeLoading,
        }
    }
}

impl State {
    /// How current the rows of a kind are.
    pub fn freshness(&self, kind: Kind, now: Now) -> Freshness {
        self.freshness_by(self.statuses.get(&kind), now)
    }

    /// How current the rows of a table are.
    pub fn freshness_of(&self, pane: &Pane, now: Now) -> Freshness {
        self.freshness_by(self.status_of(pane), now)
    }

    fn freshness_by(&self, status: Option<&FeedStatus>, now: Now) -> Freshness {
        let Some(status) = status else {
            return Freshness { live: false, synced: false, words: "connecting".to_owned(), turns: None };
        };
        let synced = status.has_been_live();
        if let (false, Link::Lost { trouble, .. }) = (synced, &self.session.link) {
            let words = format!("{}, trying again", trouble.kind.word());
            return Freshness { live: false, synced, words, turns: None };
        }
        if let Link::Lost { .. } = self.session.link {
            // The link knows when the last byte arrived; a watch only knows when it was cut.
            let quiet = now.mono.saturating_sub(self.session.lost_since);
            let age = status.age(now.mono).unwrap_or_default().max(quiet);
            let words = format!("stale {}, reconnecting", sync::age_words(age));
            return Freshness { live: false, synced, words, turns: Some(now.mono + until_next_unit(age)) };
        }
        Freshness {
            live: status.is_live(),
            synced,
            words: status.words(now.mono),
            turns: status.next_change(now.mono).map(|wait| now.mono + wait),
        }
    }

    /// How current what is shown is over a link that is lost, where no feed says it: as old as the link's last word, or nothing
    /// was ever read over it.
    fn quiet(&self, trouble: TroubleKind, now: Now) -> Freshness {
        let read = |kind: &Kind| self.statuses.get(kind).is_some_and(FeedStatus::has_been_live);
        let age = now.mono.saturating_sub(self.session.lost_since);
        let (words, turns) = if Home::KINDS.iter().any(read) {
            let words = format!("stale {}, {}", sync::age_words(age), trouble.word());
            (words, Some(now.mono + until_next_unit(age)))
        } else {
            (trouble.word().to_owned(), None)
        };
        Freshness { live: false, synced: true, words, turns }
    }

    /// How current everything on the screen is: as current as its least current part.
    pub fn overall_freshness(&self, now: Now) -> Freshness {
        if let Some(fleet) = self.fleet() {
            return Self::fleet_freshness(fleet, now);
        }
        let kinds: Vec<Kind> = match self.stack.last() {
            None => Home::KINDS.to_vec(),
            Some(Screen::Logs(_)) => Vec::new(),
            Some(screen) => screen.kinds(),
        };
        let parts: Vec<Freshness> = match self.stack.last() {
            Some(Screen::Table(pane)) => vec![self.freshness_of(pane, now)],
            _ => kinds.iter().map(|kind| self.freshness(*kind, now)).collect(),
        };
        if let Link::Lost { trouble, .. } = &self.session.link {
            let age = parts.into_iter().filter(|part| part.synced).max_by_key(|part| part.words.len());
            return age.unwrap_or_else(|| self.quiet(trouble.kind, now));
        }
        if let Some(worst) = parts.iter().find(|part| part.synced && !part.live) {
            return worst.clone();
        }
        let of = |kind: &Kind| match self.stack.last() {
            Some(Screen::Table(pane)) => self.status_of(pane),
            _ => self.statuses.get(kind),
        };
        let troubles: Vec<TroubleKind> =
            kinds.iter().filter_map(|kind| Some(of(kind)?.trouble()?.kind)).collect();
        // What is forbidden stays so; the rest may pass.
        let forbidden = troubles.contains(&TroubleKind::Forbidden);
        let refused = troubles.first().map(|kind| if forbidden { "partly forbidden" } else { kind.word() });
        if let Some(part) = parts.into_iter().find(|part| !part.live) {
            if let Some(words) = refused.filter(|_| self.session.link.is_live()) {
                // The panes say what is missing; the rest of the screen is live.
                return Freshness { words: words.to_owned(), live: false, synced: true, turns: None };
            }
            let words = if self.session.link.is_live() {
                format!("loading, {}", part.words)
            } else {
                "connecting".to_owned()
            };
            return Freshness { words, ..part };
        }
        if self.session.link.is_live() {
            Freshness { live: true, synced: true, words: "live".to_owned(), turns: None }
        } else {
            Freshness { live: false, synced: false, words: "connecting".to_owned(), turns: None }
        }
    }
}

/// How long until the words for an age change.
pub(crate) fn until_next_unit(age: Duration) -> Duration {
    let unit = match age.as_secs() {
        0..60 => 1,
        60..3600 => 60,
        _ => 3600,
    };
    Duration::from_secs((age.as_secs() / unit + 1) * unit).saturating_sub(age)
}
