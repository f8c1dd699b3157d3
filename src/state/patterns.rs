//! Patterns of namespaces (`shop-*`) while they are in force: a new namespace that matches joins by itself, one that is deleted
//! leaves. Who may not list namespaces keeps those that matched what is known when the pattern was typed.

use crate::effect::Effect;
use crate::model::cache::Changes;
use crate::model::feed::{FeedKey, FeedUpdate, Region, Selectors};
use crate::model::record::Kind;
use crate::screen::Screen;
use crate::screen::pane::Sight;
use crate::state::namespaces::MOST;
use crate::state::notices::Severity;
use crate::state::{Now, State, glob};

impl State {
    /// The kind of namespaces.
    fn namespaces_kind(&mut self) -> Kind {
        self.kinds.catalogue.namespaces()
    }

    /// The feed that tells which namespaces there are, while a pattern follows them.
    pub(super) fn pattern_feed(&mut self) -> Option<FeedKey> {
        if !self.session.follows {
            return None;
        }
        let (kind, session) = (self.namespaces_kind(), self.session.id);
        Some(FeedKey { kind, namespace: None, selectors: Selectors::default(), session })
    }

    /// Which of the namespaces that there are match is known anew.
    pub(super) fn follow_pattern(
        &mut self,
        key: &FeedKey,
        update_is_whole: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let (true, true) = (update_is_whole, self.pattern_feed().as_ref() == Some(key)) else { return };
        let read = self.statuses.get(&key.kind).is_some_and(|status| status.has_been_live());
        let Some(text) = self.session.scope.clone().filter(|_| read) else { return };
        let table = self.cache.table(key.kind);
        let known: Vec<String> = table.iter().map(|(_, record)| record.meta().name.to_string()).collect();
        let matching = matching(&text, &known);
        if matching.is_empty() {
            if !std::mem::replace(&mut self.session.unmatched, true) {
                self.tell(Severity::Warning, format!("no namespace matches {text} any more"), now);
            }
            return;
        }
        self.session.unmatched = false;
        let before = self.session.several.clone();
        // Those that are shown stay, where there are more than can be watched.
        let (mut names, more): (Vec<String>, Vec<String>) =
            matching.into_iter().partition(|name| before.contains(name));
        let room = MOST.saturating_sub(names.len());
        let surplus = more.len().saturating_sub(room);
        let joined: Vec<String> = more.into_iter().take(room).collect();
        names.extend(joined.iter().cloned());
        names.sort();
        if surplus != std::mem::replace(&mut self.session.surplus, surplus) && surplus > 0 {
            let words = format!(
                "{surplus} more match {text} and are not shown: at most {MOST} are watched one by one"
            );
            self.tell(Severity::Warning, words, now);
        }
        let left: Vec<String> = before.into_iter().filter(|name| !names.contains(name)).collect();
        if joined.is_empty() && left.is_empty() {
            return;
        }
        self.session.several = names;
        for name in &left {
            self.leave_one_of_several(name, now, effects);
        }
        let kinds: Vec<Kind> = self.feeds.kinds().into_iter().filter(|kind| kind.namespaced()).collect();
        let of_joined =
            |key: &FeedKey| key.namespace.as_deref().is_some_and(|name| joined.iter().any(|one| one == name));
        let keys: Vec<FeedKey> =
            kinds.iter().flat_map(|kind| self.feed_keys(*kind)).filter(of_joined).collect();
        self.end_overlapping(&keys, effects);
        self.watch_what_is_shown(now, effects);
        let said = [(&joined, "joined"), (&left, "gone")];
        let said = said.iter().filter(|(names, _)| !names.is_empty());
        let said: Vec<String> = said.map(|(names, word)| format!("{} {word}", names.join(", "))).collect();
        self.tell(Severity::Info, format!("namespaces of {text}: {}", said.join("; ")), now);
    }

    /// What was read of one of several namespaces is let go.
    fn leave_one_of_several(&mut self, name: &str, now: Now, effects: &mut Vec<Effect>) {
        for kind in self.feeds.kinds().into_iter().filter(|kind| kind.namespaced()) {
            let region = Region { place: 0, namespace: Some(name.into()) };
            let key = FeedKey {
                kind,
                namespace: region.namespace.clone(),
                selectors: Selectors::default(),
                session: self.session.id,
            };
            self.feeds.restart(&key, effects);
            self.statuses.keep(kind, |known| *known != region);
            for update in [FeedUpdate::ListStarted, FeedUpdate::Synced] {
                let changes = self.cache.apply_in(kind, &region, update);
                self.hand_on(&changes, &|_| false, now, effects);
            }
        }
    }

    /// Every view of what changed follows. `live`: what comes of a kind is news.
    pub(super) fn hand_on(
        &mut self,
        changes: &Changes,
        live: &dyn Fn(Kind) -> bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if changes.is_empty() {
            return;
        }
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        self.home.follow(changes, live, &sight);
        for screen in self.stack.iter_mut().chain(&mut self.ahead) {
            if let Screen::Table(pane) = screen
                && pane.selectors.is_empty()
                && pane.fleet.is_none()
            {
                let look = sight.look_at(pane, pane.height);
                if changes.cleared.contains(&pane.kind) {
                    pane.reset();
                }
                pane.follow(changes.of(pane.kind), live(pane.kind), now.mono, look);
            }
        }
        self.refresh_details(changes, effects);
    }
}

/// The namespaces that a text means, among those that are known: what has no `*` is a name, known or not.
pub(super) fn matching(text: &str, known: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in super::namespaces::parts(text) {
        if part.contains('*') {
            names.extend(known.iter().filter(|name| glob(part, name)).cloned());
        } else {
            names.push(part.to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn patterns_mean_what_is_known_and_names_mean_themselves() {
        let known = ["shop", "shop-db", "shop-eu", "lab"].map(str::to_owned);
        for (text, names) in [
            ("shop-*", "shop-db shop-eu"),
            ("*", "lab shop shop-db shop-eu"),
            ("*b, shop-*", "lab shop-db shop-eu"),
            ("other, l*", "lab other"),
            ("x*", ""),
        ] {
            assert_eq!(matching(text, &known).join(" "), names, "{text}");
        }
    }
}
