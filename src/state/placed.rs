//! What pods put on nodes: where the scope has fewer, the pods of all namespaces are read beside it, as long as a table of nodes
//! shows, sorts or filters by them, and no longer. Where that is forbidden it stays unknown, and the rest goes on.

use crate::effect::Effect;
use crate::model::cache::Changes;
use crate::model::feed::{FeedKey, FeedUpdate, Selectors};
use crate::model::record::Kind;
use crate::model::sync::FeedStatus;
use crate::model::trouble::TroubleKind;
use crate::screen::Screen;
use crate::screen::pane::{Pane, Sight};
use crate::state::namespaces::region;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// The columns that are made of pods.
const COLUMNS: [&str; 3] = ["pods", "cpu-req", "mem-req"];

/// How it is said that it is not known.
pub(super) const UNKNOWN: &str = "what is on nodes is not known";

/// Whether a table shows, sorts or filters by what is on nodes.
fn looks(pane: &Pane) -> bool {
    let columns = pane.view.columns();
    let by = |id: &str| {
        let sorted = pane.view.sort().iter().any(|key| columns.get(key.column).is_some_and(|it| it.id == id));
        let chosen = pane.chosen.as_ref().is_some_and(|ids| ids.iter().any(|one| one == id));
        sorted || chosen || pane.view.filter().reads(id)
    };
    pane.kind == Kind::Node && pane.fleet.is_none() && (pane.wide || COLUMNS.into_iter().any(by))
}

impl State {
    fn pods_of_all(&self) -> FeedKey {
        let selectors = Selectors::default();
        FeedKey { kind: Kind::Pod, namespace: None, selectors, session: self.session.id }
    }

    /// The feed that the table of nodes on the screen needs beside its own, where the scope's is not it already.
    pub(super) fn pods_beside(&self) -> Option<FeedKey> {
        let Some(Screen::Table(pane)) = self.stack.last() else { return None };
        // Narrowed: it is known already that they may not be listed.
        let wanted = looks(pane) && !self.session.narrowed.contains(&Kind::Pod);
        Some(self.pods_of_all()).filter(|key| wanted && !self.is_in_scope(key))
    }

    /// Whether what is on the nodes of a table is looked at and not known yet, nor known to be forbidden.
    pub(super) fn pods_are_awaited(&self, pane: &Pane) -> bool {
        // Narrowed: it is known already that they may not be listed.
        if !looks(pane) || self.session.narrowed.contains(&Kind::Pod) {
            return false;
        }
        let key = self.pods_of_all();
        let statuses = if self.is_in_scope(&key) {
            Some(&self.statuses)
        } else {
            self.parked.get(&key.namespace).map(|parked| &parked.statuses)
        };
        let status = statuses.and_then(|statuses| statuses.of(Kind::Pod, &region(&key)));
        !status.is_some_and(|status| {
            status.has_been_live() || status.trouble().is_some_and(|trouble| !trouble.kind.is_link())
        })
    }

    /// After a key: begins to read them, or lets it linger.
    pub(super) fn follow_nodes(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let wanted = self.pods_beside();
        let key = self.pods_of_all();
        if !self.is_in_scope(&key) && self.feeds.is_wanted(&key) != wanted.is_some() {
            self.watch_what_is_shown(now, effects);
        }
    }

    /// A feed beside the scope says something: its rows are kept, and nodes show what pods do to them.
    pub(super) fn on_beside(&mut self, key: &FeedKey, update: FeedUpdate, now: Now) {
        let region = region(key);
        let for_nodes = self.pods_beside().as_ref() == Some(key);
        let parked = self.parked.entry(key.namespace.clone()).or_default();
        let status = parked.statuses.of_mut(key.kind, &region, now.mono);
        let forbidden = match &update {
            FeedUpdate::Interrupted(trouble) if trouble.kind == TroubleKind::Forbidden => {
                (FeedStatus::trouble(status) != Some(trouble)).then(|| trouble.clone())
            }
            _ => None,
        };
        status.apply(&update, now.mono);
        let knew = parked.cache.placed().knows_all();
        let changes = parked.cache.apply_in(key.kind, &region, update);
        let knows = parked.cache.placed().knows_all();
        if let Some(trouble) = forbidden.filter(|_| for_nodes) {
            let words = format!("{UNKNOWN}: {trouble}");
            self.tell(Severity::Warning, words, now);
        }
        if key.kind != Kind::Pod || !knows {
            return;
        }
        let touched = self.cache.touch_nodes(if knew { Some(&changes.loads) } else { None });
        self.show_nodes(&touched, now);
    }

    /// Rows of nodes show something else, which is no news of the nodes.
    pub(super) fn show_nodes(&mut self, changes: &Changes, now: Now) {
        if changes.is_empty() {
            return;
        }
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        for screen in self.stack.iter_mut().chain(&mut self.ahead) {
            if let Screen::Table(pane) = screen
                && pane.kind == Kind::Node
                && pane.fleet.is_none()
                && pane.selectors.is_empty()
            {
                let look = sight.look_at(pane, pane.height);
                pane.follow(changes.of(Kind::Node), false, now.mono, look);
            }
        }
    }
}
