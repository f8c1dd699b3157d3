//! Which watches are wanted: one for each kind and scope, shared by all panes, ended some time after nobody looks.

use std::collections::HashMap;
use std::time::Duration;

use crate::effect::Effect;
use crate::model::feed::FeedKey;
use crate::model::record::Kind;

/// The watches that run.
#[derive(Debug, Default)]
pub struct Feeds {
    /// When each is to end; `None` while somebody looks at it.
    running: HashMap<FeedKey, Option<Duration>>,
}

impl Feeds {
    /// Says what is looked at now: new ones are started, the others end after `linger` unless wanted again. Ending is
    /// [`Feeds::expire`]'s, whose answer says what is to be forgotten.
    pub fn want(&mut self, wanted: &[FeedKey], now: Duration, linger: Duration, effects: &mut Vec<Effect>) {
        for key in wanted {
            if self.running.insert(key.clone(), None).is_none() {
                effects.push(Effect::Watch(key.clone()));
            }
        }
        for (key, ends) in &mut self.running {
            if ends.is_none() && !wanted.contains(key) {
                *ends = Some(now + linger);
            }
        }
    }

    /// Ends what has lingered long enough; returns the keys, whose records are to be forgotten.
    pub fn expire(&mut self, now: Duration, effects: &mut Vec<Effect>) -> Vec<FeedKey> {
        let over: Vec<FeedKey> = self
            .running
            .iter()
            .filter(|(_, ends)| ends.is_some_and(|at| at <= now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &over {
            self.running.remove(key);
            effects.push(Effect::Unwatch(key.clone()));
        }
        over
    }

    /// Reads a feed again from its beginning.
    pub fn restart(&mut self, key: &FeedKey, effects: &mut Vec<Effect>) {
        if self.running.remove(key).is_some() {
            effects.push(Effect::Unwatch(key.clone()));
        }
    }

    /// Whether somebody looks at this feed; false while it lingers.
    pub fn is_wanted(&self, key: &FeedKey) -> bool {
        self.running.get(key).is_some_and(Option::is_none)
    }

    /// Whether updates of this feed are still wanted.
    pub fn knows(&self, key: &FeedKey) -> bool {
        self.running.contains_key(key)
    }

    /// The kinds of the feeds that run, each once.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.running.keys().map(|key| key.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Whether any feed of a namespace (`None`: of all) still runs.
    pub fn any_of(&self, namespace: Option<&str>) -> bool {
        self.running.keys().any(|key| key.namespace.as_deref() == namespace)
    }

    /// When the next one ends.
    pub fn next_end(&self) -> Option<Duration> {
        self.running.values().flatten().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: Kind) -> FeedKey {
        FeedKey { kind, namespace: None, selectors: crate::model::feed::Selectors::default(), session: 0 }
    }

    #[test]
    fn lingers_and_is_shared() {
        let (mut feeds, mut effects) = (Feeds::default(), Vec::new());
        let (linger, at) = (Duration::from_secs(30), Duration::from_secs);
        feeds.want(&[key(Kind::Pod), key(Kind::Node), key(Kind::Node)], at(0), linger, &mut effects);
        assert_eq!(effects, [Effect::Watch(key(Kind::Pod)), Effect::Watch(key(Kind::Node))]);
        effects.clear();
        feeds.want(&[key(Kind::Pod)], at(5), linger, &mut effects);
        feeds.want(&[key(Kind::Pod), key(Kind::Node)], at(20), linger, &mut effects);
        feeds.want(&[key(Kind::Pod)], at(25), linger, &mut effects);
        assert_eq!((effects.as_slice(), feeds.next_end()), ([].as_slice(), Some(at(55))));
        assert!(feeds.is_wanted(&key(Kind::Pod)) && !feeds.is_wanted(&key(Kind::Node)));
        feeds.expire(at(55), &mut effects);
        assert_eq!(effects, [Effect::Unwatch(key(Kind::Node))]);
        assert!(feeds.knows(&key(Kind::Pod)) && !feeds.knows(&key(Kind::Node)));
    }
}
