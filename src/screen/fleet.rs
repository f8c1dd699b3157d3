//! The rows of a kind in several contexts, as one table: what is read of each, and how current that is.
//!
//! Each context has a session of its own that only reads. One that goes away keeps its rows, with their age, while the others
//! stay live. The rows are in a cache of their own: what is done in the session's context knows nothing of them.

use std::time::Duration;

use crate::effect::{Effect, OpId};
use crate::model::cache::{Cache, Changes};
use crate::model::feed::{FeedKey, FeedUpdate, Region, RowChange, Selectors};
use crate::model::link::Link;
use crate::model::matrix::Column;
use crate::model::record::{Kind, Record};
use crate::model::sync::{self, Statuses};
use crate::model::table::Slot;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::screen::pane::{Look, Sight};
use crate::screen::sides::Sides;
use crate::state::freshness::{Freshness, until_next_unit};

/// One of the contexts.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub context: String,
    /// What its events carry.
    pub session: OpId,
    /// The namespace that the context names.
    own: String,
    /// It may not be listed in all namespaces: its own is shown alone.
    pub narrowed: bool,
    /// The connection.
    link: Link,
    /// Since when the connection is lost, monotonic.
    lost_since: Duration,
}

impl Member {
    /// One that is being connected to.
    pub fn new(context: String, session: OpId, own: String) -> Self {
        let link = Link::Connecting;
        Self { context, session, own, narrowed: false, link, lost_since: Duration::ZERO }
    }

    /// Why its cluster does not answer now, where it does not.
    pub fn trouble(&self) -> Option<&Trouble> {
        match &self.link {
            Link::Lost { trouble, .. } => Some(trouble),
            _ => None,
        }
    }
}

/// Several contexts, and what was read of a kind in them.
#[derive(Debug)]
pub struct Fleet {
    /// The kind.
    pub kind: Kind,
    /// The contexts; rows say of which they are by their place, counted from 1.
    pub members: Vec<Member>,
    /// As they are called in the CONTEXT column, by place.
    names: Vec<String>,
    /// The namespaces that are shown of each; none: all.
    namespaces: Vec<String>,
    /// They are shown side by side.
    pub sides: Option<Sides>,
    /// How often rows have changed.
    version: u64,
    cache: Cache,
    statuses: Statuses,
}

impl Fleet {
    /// Nothing has been read yet.
    pub fn new(kind: Kind, members: Vec<Member>, namespaces: Vec<String>) -> Self {
        let names = std::iter::once(String::new()).chain(members.iter().map(|one| one.context.clone()));
        let names = names.collect();
        let (cache, statuses) = (Cache::default(), Statuses::default());
        Self { kind, members, names, namespaces, sides: None, version: 0, cache, statuses }
    }

    /// What its pane looks at.
    pub fn look<'a>(&'a self, sight: &Sight<'a>, height: usize) -> Look<'a> {
        // Neither the session's server nor its pods are theirs.
        let theirs = Sight { cache: &self.cache, placed: None, server: "", ..*sight };
        let mut look = theirs.look(self.kind, height);
        look.cx.places = &self.names;
        look.many_namespaces = self.many_namespaces();
        look
    }

    /// The records.
    pub fn table(&self) -> &crate::model::table::Table {
        self.cache.table(self.kind)
    }

    /// Of which context a row is.
    pub fn member_of(&self, record: &Record) -> Option<&Member> {
        self.members.get(usize::from(record.meta().place()).checked_sub(1)?)
    }

    /// Whether objects of several namespaces may be among them.
    pub fn many_namespaces(&self) -> bool {
        self.namespaces.len() != 1 && self.kind.namespaced()
    }

    /// Makes the lines of what is shown side by side, of the rows that a filter lets through.
    pub fn settle_sides(&mut self, shown: &[Slot], now: Duration, height: usize) {
        let ages = self.freshness(now);
        let columns = self.members.iter().zip(ages).map(|(member, age)| Column {
            read: age.synced,
            only: member.narrowed.then(|| member.own.clone()),
        });
        let columns = columns.collect();
        if let Some(sides) = &mut self.sides {
            sides.settle(self.cache.table(self.kind), self.version, shown, columns, height);
        }
    }

    /// The namespaces in words.
    pub fn scope_words(&self) -> String {
        if self.namespaces.is_empty() { "all namespaces".to_owned() } else { self.namespaces.join(",") }
    }

    /// The names of the contexts, as one types them.
    pub fn contexts(&self) -> String {
        let names: Vec<&str> = self.members.iter().map(|member| member.context.as_str()).collect();
        names.join(",")
    }

    /// The feeds that are wanted.
    pub fn watches(&self) -> impl Iterator<Item = FeedKey> {
        self.members.iter().flat_map(|member| self.keys(member))
    }

    fn keys(&self, member: &Member) -> Vec<FeedKey> {
        let key = |namespace: Option<&str>| FeedKey {
            kind: self.kind,
            namespace: namespace.map(Into::into),
            selectors: Selectors::default(),
            session: member.session,
        };
        match self.namespaces.as_slice() {
            _ if !self.kind.namespaced() => vec![key(None)],
            _ if member.narrowed => vec![key(Some(&member.own))],
            [] => vec![key(None)],
            several => several.iter().map(|name| key(Some(name))).collect(),
        }
    }

    /// Whether it is a session of this fleet.
    pub fn knows(&self, session: OpId) -> bool {
        self.members.iter().any(|member| member.session == session)
    }

    /// The connection of one of them changed.
    pub fn on_link(&mut self, session: OpId, link: Link, now: Duration) {
        let Some(member) = self.members.iter_mut().find(|member| member.session == session) else { return };
        if let (Link::Lost { quiet, .. }, Link::Live { .. } | Link::Connecting) = (&link, &member.link) {
            // How long it has been lost counts from the first failure.
            member.lost_since = now.saturating_sub(*quiet);
        }
        member.link = link;
    }

    /// A feed of one of them says something; the rows that changed.
    pub fn on_feed(
        &mut self,
        key: &FeedKey,
        mut update: FeedUpdate,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) -> Changes {
        let Some(at) = self.members.iter().position(|member| member.session == key.session) else {
            return Changes::default();
        };
        if !self.keys(&self.members[at]).contains(key) {
            return Changes::default();
        }
        let place = u16::try_from(at + 1).unwrap_or(u16::MAX);
        let region = Region { place, namespace: key.namespace.clone() };
        self.statuses.of_mut(key.kind, &region, now).apply(&update, now);
        if let FeedUpdate::Rows(rows) = &mut update {
            for row in rows {
                match row {
                    RowChange::Upsert(record) => record.meta_mut().put_in(place),
                    RowChange::Remove(uid) => *uid = uid.of_place(place),
                }
            }
        }
        let forbidden = matches!(&update, FeedUpdate::Interrupted(trouble)
            if trouble.kind == TroubleKind::Forbidden && key.namespace.is_none());
        if forbidden && self.kind.namespaced() && !self.members[at].narrowed {
            // As in the session's own context.
            self.members[at].narrowed = true;
            self.statuses.keep(key.kind, |known| *known != region);
            effects.push(Effect::Unwatch(key.clone()));
            effects.extend(self.keys(&self.members[at]).into_iter().map(Effect::Watch));
        }
        self.version += 1;
        self.cache.apply_in(key.kind, &region, update)
    }

    /// Whether the rows of a feed follow their cluster.
    pub fn is_live(&self, key: &FeedKey) -> bool {
        let at = self.members.iter().position(|member| member.session == key.session);
        let place = at.and_then(|at| u16::try_from(at + 1).ok()).unwrap_or_default();
        let region = Region { place, namespace: key.namespace.clone() };
        self.statuses.of(key.kind, &region).is_some_and(sync::FeedStatus::is_live)
    }

    /// How current the rows of each are, in the order of the contexts.
    pub fn freshness(&self, now: Duration) -> Vec<Freshness> {
        self.members.iter().enumerate().map(|(at, member)| self.freshness_of(at, member, now)).collect()
    }

    fn freshness_of(&self, at: usize, member: &Member, now: Duration) -> Freshness {
        let place = u16::try_from(at + 1).unwrap_or(u16::MAX);
        let statuses = self
            .keys(member)
            .into_iter()
            .filter_map(|key| self.statuses.of(self.kind, &Region { place, namespace: key.namespace }));
        let worst = Statuses::worst(statuses);
        let synced = worst.is_some_and(sync::FeedStatus::has_been_live);
        let alone = if member.narrowed { format!(" in {} alone", member.own) } else { String::new() };
        match (&member.link, worst) {
            (Link::Lost { trouble, .. }, worst) => {
                let quiet = now.saturating_sub(member.lost_since);
                let age = worst.and_then(|status| status.age(now)).map(|age| age.max(quiet));
                let Some(age) = age else {
                    let words = format!("{}, trying again", trouble.kind.word());
                    return Freshness { live: false, synced, words, turns: None };
                };
                let turns = Some(now + until_next_unit(age));
                let words = format!("stale {}{alone}", sync::age_words(age));
                Freshness { live: false, synced, words, turns }
            }
            (Link::Live { .. }, Some(status)) if status.is_live() => {
                Freshness { live: true, synced, words: format!("live{alone}"), turns: None }
            }
            (Link::Live { .. }, Some(status)) => Freshness {
                live: false,
                synced,
                words: format!("{}{alone}", status.words(now)),
                turns: status.next_change(now).map(|wait| now + wait),
            },
            _ => Freshness { live: false, synced, words: "connecting".to_owned(), turns: None },
        }
    }
}
