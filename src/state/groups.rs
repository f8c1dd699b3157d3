//! Events by reason: lines that stand for many, and the way from a line to its events.

use std::sync::Arc;

use crate::effect::Effect;
use crate::model::record::Kind;
use crate::model::view::{Part, Scope};
use crate::screen::Screen;
use crate::screen::pane::{Pane, Sight};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Makes one line of events that say the same, or shows each by itself again.
    pub(super) fn group_events(&mut self, now: Now) {
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        let why = match self.stack.last_mut() {
            Some(Screen::Table(pane)) if pane.kind == Kind::Event => match &pane.fleet {
                None if pane.view.scope().is_all() => {
                    let events = sight.table(pane);
                    pane.group(events);
                    self.work(now, usize::MAX);
                    return;
                }
                None => "these are of one line already: Esc goes back to the lines",
                Some(_) => "events of several contexts are not grouped",
            },
            _ => "only events are grouped: open them by :ev",
        };
        self.tell(Severity::Info, why, now);
    }

    /// The events behind the line under the cursor.
    pub(super) fn open_group(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(Screen::Table(from)) = self.stack.last() else { return };
        let Some(groups) = &from.groups else { return };
        let alike = from.record(groups.table()).and_then(|record| groups.alike(record)).cloned();
        let Some(alike) = alike else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let (wide, selectors) = (from.wide, from.selectors.clone());
        let mut pane = Pane::new(Kind::Event, wide);
        self.dress(&mut pane);
        pane.of = alike.words();
        pane.view.set_scope(Scope::all().and(Part::Alike(Arc::new(alike))), None);
        if !selectors.is_empty() {
            pane.set_filter(&selectors.to_string());
            pane.begin_anew(selectors);
        }
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }
}
