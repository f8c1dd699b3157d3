//! Tables of what the server selected: each has a feed of its own, and its rows stand apart from those of the kind.

use std::collections::HashMap;

use crate::effect::Effect;
use crate::model::feed::{FeedKey, FeedUpdate, Selectors};
use crate::model::fields;
use crate::model::record::Kind;
use crate::model::sync::FeedStatus;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::screen::Screen;
use crate::screen::pane::{Pane, Sight};
use crate::state::namespaces::region;
use crate::state::notices::Severity;
use crate::state::{Now, Parked, State};

/// What was selected in the namespace in scope.
pub type Selected = HashMap<(Kind, Selectors), Parked>;

/// What the server refused of a list with selectors is them: its words, and by what it can select.
fn refused(key: &FeedKey, trouble: Trouble) -> Trouble {
    if trouble.kind != TroubleKind::Rejected {
        return trouble;
    }
    // Before that it says again what it was asked.
    let from = trouble.said.find("field label not supported").unwrap_or_default();
    let words = trouble.said.get(from..).unwrap_or(&trouble.said);
    let said = match &*key.selectors.fields {
        "" => words.to_owned(),
        _ => format!("{words}; {}", fields::supported(&key.kind.into())),
    };
    Trouble { kind: TroubleKind::Selector, said, ..trouble }
}

impl State {
    /// The feeds of a table.
    pub(super) fn feeds_of(&self, pane: &Pane) -> Vec<FeedKey> {
        let all = self.feed_keys(pane.kind).into_iter();
        all.map(|key| FeedKey { selectors: pane.selectors.clone(), ..key }).collect()
    }

    /// How current a table is.
    pub(super) fn status_of(&self, pane: &Pane) -> Option<&FeedStatus> {
        if pane.selectors.is_empty() {
            return self.statuses.get(&pane.kind);
        }
        self.selected.get(&(pane.kind, pane.selectors.clone()))?.statuses.get(&pane.kind)
    }

    /// Begins to keep what a feed with selectors brings.
    pub(super) fn keep_selected(&mut self, key: &FeedKey, now: Now) {
        if !key.selectors.is_empty() {
            let kept = self.selected.entry((key.kind, key.selectors.clone())).or_default();
            kept.statuses.of_mut(key.kind, &region(key), now.mono);
        }
    }

    /// The table on the screen asks the server for what its filter says, once the filter is typed.
    pub(super) fn select_by_server(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.prompt.is_some() {
            return;
        }
        let Some(Screen::Table(pane)) = self.stack.last_mut() else { return };
        let wanted = pane.view.filter().selectors();
        if pane.filter_error.is_some() || *wanted == pane.selectors {
            return;
        }
        let wanted = wanted.clone();
        pane.begin_anew(wanted);
        // What was marked may be in none of these rows, and is counted nowhere unseen.
        pane.marks.clear();
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }

    /// A feed with selectors has something to say.
    pub(super) fn on_selected(&mut self, key: &FeedKey, update: FeedUpdate, now: Now) {
        let update = match update {
            FeedUpdate::Interrupted(trouble) => FeedUpdate::Interrupted(refused(key, trouble)),
            update => update,
        };
        let whole = FeedKey { selectors: Selectors::default(), ..key.clone() };
        if !self.is_in_scope(&whole) {
            // It is of a namespace that was left, and ends soon.
            return;
        }
        self.keep_selected(key, now);
        if let FeedUpdate::Interrupted(trouble) = &update
            && !trouble.kind.is_link()
        {
            let (.., plural, _) = key.kind.resource();
            self.tell(Severity::Warning, format!("{plural} {}: {trouble}", key.selectors), now);
        }
        if let FeedUpdate::Skipped { count, why } = &update {
            let (.., plural, _) = key.kind.resource();
            let words = format!("{count} {plural} could not be read and are not shown: {why}");
            self.tell(Severity::Warning, words, now);
        }
        let Some(kept) = self.selected.get_mut(&(key.kind, key.selectors.clone())) else { return };
        let region = region(key);
        let status = kept.statuses.of_mut(key.kind, &region, now.mono);
        let was_live = status.is_live();
        status.apply(&update, now.mono);
        let news = matches!(update, FeedUpdate::Rows(_)) && was_live;
        let changes = kept.cache.apply_in(key.kind, &region, update);
        if changes.is_empty() {
            return;
        }
        let Self { stack, ahead, cache, selected, parked, session, .. } = self;
        let sight = Sight::new(cache, selected, parked, session, now);
        for screen in stack.iter_mut().chain(ahead) {
            if let Screen::Table(pane) = screen
                && pane.kind == key.kind
                && pane.selectors == key.selectors
            {
                let look = sight.look_at(pane, pane.height);
                pane.follow(changes.of(key.kind), news, now.mono, look);
            }
        }
    }

    /// Nobody looks at it any more.
    pub(super) fn forget_selected(&mut self, key: &FeedKey) {
        self.selected.remove(&(key.kind, key.selectors.clone()));
    }
}
