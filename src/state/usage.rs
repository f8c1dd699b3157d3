//! What pods and nodes use: asked only while somebody looks at it, again after a while, and never twice at a time.

use std::time::Duration;

use crate::effect::{Effect, OpId};
use crate::inquiry::Inquiry;
use crate::model::cache::Changes;
use crate::model::record::Kind;
use crate::model::sync::age_words;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::usage::Measured;
use crate::screen::Screen;
use crate::screen::home::{PaneId, layout};
use crate::screen::pane::{Pane, Sight};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// It is asked again after so long: what is measured is measured about as often.
const AGAIN: Duration = Duration::from_secs(20);
/// The same where nothing is measured, or may be seen.
const RARELY: Duration = Duration::from_mins(5);
/// From this age on it is said how old the numbers are.
const OLD: Duration = Duration::from_mins(1);

/// How far the asking is, for pods and for nodes.
#[derive(Debug, Default)]
pub struct Asking {
    pods: One,
    nodes: One,
}

#[derive(Debug, Default)]
struct One {
    /// The question that is on its way.
    op: Option<OpId>,
    /// Of which namespace the numbers are, or are asked for.
    namespace: Option<String>,
    /// When it was answered last with numbers.
    read: Option<Duration>,
    /// Not before.
    next: Duration,
    /// What was said about it already.
    said: Option<TroubleKind>,
}

/// The kinds whose use is measured.
const MEASURED: [Kind; 2] = [Kind::Pod, Kind::Node];

impl Asking {
    fn of(&mut self, kind: Kind) -> &mut One {
        if kind == Kind::Node { &mut self.nodes } else { &mut self.pods }
    }

    fn at(&self, kind: Kind) -> &One {
        if kind == Kind::Node { &self.nodes } else { &self.pods }
    }
}

/// Whether a table shows, sorts or filters by what is used.
fn looks(pane: &Pane) -> bool {
    let columns = pane.view.columns();
    let by = |id: &str| {
        let sorted = pane.view.sort().iter().any(|key| columns.get(key.column).is_some_and(|it| it.id == id));
        sorted || pane.view.filter().reads(id)
    };
    MEASURED.contains(&pane.kind) && (pane.wide || by("cpu") || by("mem"))
}

impl State {
    /// Whether anything on the screen shows what a kind uses.
    fn usage_is_looked_at(&self, kind: Kind) -> bool {
        match self.stack.last() {
            Some(Screen::Table(pane)) => pane.kind == kind && looks(pane),
            Some(_) => false,
            None => {
                let pods = &self.home.pods;
                // Folded to its title, or behind another one.
                let hidden = self.home.zoom || self.size.0 < layout::WIDE;
                let shown = !hidden || self.home.focus == PaneId::Pods;
                kind == Kind::Pod && shown && looks(pods)
            }
        }
    }

    /// When it is to be asked next, monotonic, while somebody looks.
    pub(crate) fn usage_due(&self) -> Option<Duration> {
        let wanted = |kind: &Kind| self.usage_is_looked_at(*kind) && self.usage.at(*kind).op.is_none();
        MEASURED.into_iter().filter(wanted).map(|kind| self.usage.at(kind).next).min()
    }

    /// Whether what a kind uses is shown and was not answered yet.
    pub(super) fn usage_is_awaited(&self, kind: Kind) -> bool {
        let one = self.usage.at(kind);
        self.usage_is_looked_at(kind) && (one.op.is_some() || one.next.is_zero())
    }

    /// Asks what is used, where it is looked at and due.
    pub(crate) fn ask_usage(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for kind in MEASURED {
            let namespace = if kind == Kind::Pod { self.session.namespace.clone() } else { None };
            let looked_at = self.usage_is_looked_at(kind) && self.session.link.is_live();
            let one = self.usage.of(kind);
            let other = one.namespace != namespace;
            if other {
                // The numbers of another scope are not those of this one.
                let before = one.op.take();
                *one = One { namespace: namespace.clone(), said: one.said, ..One::default() };
                if let Some(op) = before {
                    self.end(op, effects);
                }
                self.take_usage(kind, Measured::NotAsked, now);
            }
            let one = self.usage.of(kind);
            if !looked_at || one.op.is_some() || now.mono < one.next {
                continue;
            }
            let nodes = kind == Kind::Node;
            let op = self.start_op(if nodes { "read what nodes use" } else { "read what pods use" });
            self.usage.of(kind).op = Some(op);
            effects.push(Effect::Inquire(op, Inquiry::Usage { nodes, namespace }));
        }
    }

    /// What is used was read, or not.
    pub(super) fn on_usage(&mut self, op: OpId, result: Result<Measured, Trouble>, now: Now) {
        let Some(kind) = MEASURED.into_iter().find(|kind| self.usage.at(*kind).op == Some(op)) else {
            return;
        };
        let one = self.usage.of(kind);
        one.op = None;
        let (.., plural, _) = kind.resource();
        let (measured, said, pause) = match result {
            Ok(Measured::Nothing) => {
                let words =
                    "the server has no metrics.k8s.io: what pods and nodes use is not known".to_owned();
                (Some(Measured::Nothing), Some((TroubleKind::NotFound, words)), RARELY)
            }
            Ok(measured) => {
                (one.read, one.said) = (Some(now.mono), None);
                (Some(measured), None, AGAIN)
            }
            Err(trouble) => {
                let forbidden = trouble.kind == TroubleKind::Forbidden;
                let words = format!("what {plural} use is not known: {trouble}");
                let gone = forbidden.then_some(Measured::Nothing);
                (gone, Some((trouble.kind, words)), if forbidden { RARELY } else { AGAIN })
            }
        };
        one.next = now.mono + pause;
        if let Some((why, words)) = said
            && one.said.replace(why) != Some(why)
        {
            self.tell(Severity::Warning, words, now);
        }
        if let Some(measured) = measured {
            self.take_usage(kind, measured, now);
        }
    }

    fn take_usage(&mut self, kind: Kind, measured: Measured, now: Now) {
        let changes: Changes = self.cache.use_up(kind, measured);
        if changes.is_empty() {
            return;
        }
        // Numbers that move are no news of the objects.
        let sight = Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now);
        self.home.follow(&changes, &|_| false, &sight);
        for screen in &mut self.stack {
            if let Screen::Table(pane) = screen
                && pane.kind == kind
            {
                let look = sight.look(pane.kind, pane.height);
                pane.follow(changes.of(kind), false, now.mono, look);
            }
        }
    }

    /// How old the numbers of a table are, when that has to be said; and when the words change.
    pub(crate) fn usage_age(&self, pane: &Pane, now: Now) -> Option<(String, Duration)> {
        let read = self.usage.at(pane.kind).read.filter(|_| looks(pane))?;
        let age = now.mono.saturating_sub(read);
        if age <= OLD {
            return None;
        }
        // Seconds tell more than `1 min`.
        let words = if age < OLD * 2 { format!("{} s", age.as_secs()) } else { age_words(age) };
        Some((format!("usage {words} old"), now.mono + Duration::from_secs(1)))
    }
}
