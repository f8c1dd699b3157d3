//! The states of all feeds of each kind: a kind whose rows come from several feeds is as current as its worst one.

use std::collections::HashMap;
use std::time::Duration;

use super::{FeedStatus, Skipped, State};
use crate::model::feed::Region;
use crate::model::record::Kind;

/// The states of feeds, by kind.
#[derive(Debug, Default)]
pub struct Statuses {
    kinds: HashMap<Kind, Vec<(Region, FeedStatus)>>,
}

impl Statuses {
    /// The state of a kind: that of its worst feed.
    pub fn get(&self, kind: &Kind) -> Option<&FeedStatus> {
        Self::worst(self.kinds.get(kind)?.iter().map(|(_, status)| status))
    }

    /// The worst of several.
    pub fn worst<'a>(all: impl Iterator<Item = &'a FeedStatus>) -> Option<&'a FeedStatus> {
        all.min_by_key(|status| status.rank())
    }

    /// What of a kind could not be read, in all its feeds.
    pub fn skipped(&self, kind: Kind) -> Option<Skipped> {
        let all = self.kinds.get(&kind)?.iter().filter_map(|(_, status)| status.skipped());
        all.cloned().reduce(|a, b| Skipped { count: a.count.saturating_add(b.count), why: a.why })
    }

    /// The state of one feed.
    pub fn of(&self, kind: Kind, region: &Region) -> Option<&FeedStatus> {
        self.kinds.get(&kind)?.iter().find(|(known, _)| known == region).map(|(_, status)| status)
    }

    /// The same, begun when there is none.
    pub fn of_mut(&mut self, kind: Kind, region: &Region, now: Duration) -> &mut FeedStatus {
        let feeds = self.kinds.entry(kind).or_default();
        let at = feeds.iter().position(|(known, _)| known == region).unwrap_or_else(|| {
            feeds.push((region.clone(), FeedStatus::new(now)));
            feeds.len() - 1
        });
        &mut feeds[at].1
    }

    /// The feeds of a kind in these regions are all that it has.
    pub fn keep(&mut self, kind: Kind, wanted: impl Fn(&Region) -> bool) {
        if let Some(feeds) = self.kinds.get_mut(&kind) {
            feeds.retain(|(region, _)| wanted(region));
        }
    }

    /// Forgets a kind.
    pub fn remove(&mut self, kind: &Kind) {
        self.kinds.remove(kind);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kinds.clear();
    }
}

impl FeedStatus {
    /// How good it is: what was never read is worst, then what is old, the oldest first.
    fn rank(&self) -> (u8, Duration) {
        match (&self.state, self.current_at) {
            (State::Interrupted { .. }, None) => (0, Duration::ZERO),
            (State::Connecting | State::Listing { .. }, None) => (1, Duration::ZERO),
            (State::Live, _) => (4, Duration::ZERO),
            (State::Polled { .. }, at) => (3, at.unwrap_or_default()),
            (_, Some(at)) => (2, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feed::FeedUpdate;
    use crate::model::trouble::{Trouble, TroubleKind};

    #[test]
    fn a_kind_is_as_current_as_its_worst_feed() {
        let (mut statuses, at) = (Statuses::default(), Duration::from_secs);
        let region = |name: &str| Region { namespace: Some(name.into()), ..Region::default() };
        let interrupted = || FeedUpdate::Interrupted(Trouble::new(TroubleKind::Refused, "no"));
        for name in ["a", "b"] {
            statuses.of_mut(Kind::Pod, &region(name), at(0)).apply(&FeedUpdate::ListStarted, at(1));
        }
        let mut tell = |name: &str, update: FeedUpdate, now: u64| {
            statuses.of_mut(Kind::Pod, &region(name), at(now)).apply(&update, at(now));
            statuses.get(&Kind::Pod).unwrap().words(at(20))
        };
        assert_eq!(tell("a", FeedUpdate::Synced, 2), "0 so far", "the other is still being read");
        assert_eq!(tell("b", FeedUpdate::Synced, 3), "");
        assert_eq!(tell("b", interrupted(), 5), "stale 15 s, reconnecting");
        assert_eq!(tell("a", interrupted(), 4), "stale 16 s, reconnecting", "the oldest counts");
        assert_eq!(tell("a", FeedUpdate::Resumed, 6), "stale 15 s, reconnecting");
        assert_eq!(tell("b", FeedUpdate::Resumed, 7), "");
        for name in ["a", "b"] {
            tell(name, FeedUpdate::Skipped { count: 2, why: "no number".into() }, 8);
        }
        let skipped = Skipped { count: 4, why: "no number".into() };
        assert_eq!(statuses.skipped(Kind::Pod), Some(skipped), "the feeds of a kind together");
        statuses.keep(Kind::Pod, |region| region.namespace.as_deref() == Some("a"));
        assert!(
            statuses.of(Kind::Pod, &region("b")).is_none() && statuses.of(Kind::Pod, &region("a")).is_some()
        );
    }
}
