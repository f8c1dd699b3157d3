//! Where one is in each context, noted so that the program opens there again, and the namespaces that one goes to.

use crate::effect::Effect;
use crate::model::record::Kind;
use crate::model::whereabouts::{Spot, Whereabouts};
use crate::screen::Screen;
use crate::screen::picker::{Go, HOME};
use crate::state::notices::Severity;
use crate::state::session::Place;
use crate::state::{Choices, Now, Settings, State};

/// What a session begins with.
#[derive(Debug, Clone, Default)]
pub struct Begin {
    /// What was kept.
    pub whereabouts: Whereabouts,
    /// The context opens where it was left.
    pub resume: bool,
    /// A flag says in which namespaces.
    pub scoped: bool,
    /// What is wrong with what was kept, in words.
    pub wrong: Option<String>,
    /// On call: what is wrong is shown first, wherever one was.
    pub on_call: bool,
}

impl State {
    /// The state at start, where the context was left, and what is to be done first.
    pub fn begin(
        mut place: Place,
        choices: Choices,
        settings: Settings,
        size: (u16, u16),
        now: Now,
        begin: Begin,
    ) -> (Self, Vec<Effect>) {
        // On call one wants to see all, unless one chose less before.
        let chose = |spot: &Spot| {
            let chosen = |text: &String| spot.recent.contains(text) || spot.favourites.contains(text);
            spot.left && spot.namespace.as_ref().is_none_or(chosen)
        };
        let chosen = begin.whereabouts.contexts.get(&place.context).is_some_and(chose);
        let scope = begin.resume && !begin.scoped && (chosen || !begin.on_call);
        if begin.on_call && !begin.scoped && !scope {
            place.namespace = None;
        }
        if let Some(spot) = begin.whereabouts.contexts.get(&place.context)
            && scope
            && spot.left
            && spot.namespace.as_deref().is_none_or(|text| !text.contains([',', '*']))
        {
            // Nothing is read of a namespace that nobody wants to see.
            place.namespace.clone_from(&spot.namespace);
        }
        let (mut state, mut effects) = Self::new(place, choices, settings, size, now);
        state.whereabouts = begin.whereabouts;
        if let Some(why) = begin.wrong {
            state.tell(Severity::Warning, why, now);
        }
        if begin.resume && !begin.on_call {
            state.resume(scope, now, &mut effects);
        } else if begin.on_call {
            if scope && state.spot().left {
                state.go_to_namespaces(state.spot().namespace, now, &mut effects);
            }
            state.open_triage(now, &mut effects);
        }
        (state, effects)
    }

    /// What is kept of this context.
    pub(super) fn spot(&self) -> Spot {
        self.whereabouts.contexts.get(&self.session.place.context).cloned().unwrap_or_default()
    }

    pub(super) fn spot_mut(&mut self) -> &mut Spot {
        self.whereabouts.contexts.entry(self.session.place.context.clone()).or_default()
    }

    /// The namespaces that are shown were gone to.
    pub(super) fn note_namespaces(&mut self) {
        if let Some(text) = self.session.text() {
            self.spot_mut().visit(&text);
        }
    }

    /// Notes where one is, when that is elsewhere than before.
    pub fn note_whereabouts(&mut self, effects: &mut Vec<Effect>) {
        let mut spot = self.spot();
        (spot.kind, spot.filter, spot.contexts) = match self.stack.first() {
            Some(Screen::Table(pane)) if pane.of.is_empty() => {
                let fleet = pane.fleet.as_ref();
                let contexts = fleet.map(|fleet| fleet.contexts()).unwrap_or_default();
                match fleet.and_then(|fleet| fleet.sides.as_ref()) {
                    Some(sides) => {
                        let filter = sides.open.as_ref().unwrap_or(&pane.filter_text);
                        (HOME.to_owned(), filter.clone(), contexts)
                    }
                    None => (name_of(pane.kind), pane.filter_text.clone(), contexts),
                }
            }
            _ => Default::default(),
        };
        let spot = Spot { namespace: self.session.text(), left: true, ..spot };
        let context = &self.session.place.context;
        if self.noted.as_ref().is_some_and(|(name, noted)| name == context && *noted == spot) {
            return;
        }
        let first = self.noted.is_none();
        self.noted = Some((context.clone(), spot.clone()));
        self.whereabouts.contexts.insert(context.clone(), spot.clone());
        if !first {
            // What is there at start is what was noted, or what flags say.
            effects.push(Effect::Note(context.clone(), Box::new(spot)));
        }
    }

    /// Goes where one was in this context when it was left; `scope`: to the namespaces too.
    pub fn resume(&mut self, scope: bool, now: Now, effects: &mut Vec<Effect>) {
        let spot = self.spot();
        if !spot.left {
            return;
        }
        if scope {
            self.go_to_namespaces(spot.namespace, now, effects);
        }
        if !spot.kind.is_empty() {
            let filter = Some(spot.filter).filter(|filter| !filter.is_empty());
            let context = Some(spot.contexts).filter(|contexts| !contexts.is_empty());
            self.go(Go { kind: spot.kind, filter, context, ..Go::default() }, now, effects);
        }
    }
}

/// A kind by a name that means no other.
fn name_of(kind: Kind) -> String {
    match kind.resource() {
        (group, _, plural, _) if !group.is_empty() && matches!(kind, Kind::Other(_)) => {
            format!("{plural}.{group}")
        }
        (.., plural, _) => plural.to_owned(),
    }
}
