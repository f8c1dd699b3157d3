//! The home screen: deployments, pods, services, labels, linked.
//!
//! The pane that leads scopes the others: a deployment its pods, the services that select them, their labels; and the
//! same from a service or a label. The pods pane never leads: going there keeps what one came from.

use ratatui::layout::Rect;

use crate::action::Action;
use crate::model::cache::Changes;
use crate::model::labels::counts::LabelCounts;
use crate::model::record::{Kind, Labels};
use crate::model::text::Text;
use crate::model::view::{Progress, Scope, View};
use crate::screen::pane::{Pane, Sight};
use crate::state::Settings;

mod click;
pub mod draw;
pub mod labels;
pub mod layout;
pub mod links;

use labels::LabelsPane;
use layout::{Choices, Spot};

/// One of the four panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// Deployments.
    Deployments,
    /// Pods.
    Pods,
    /// Services.
    Services,
    /// Labels.
    Labels,
}

impl PaneId {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Deployments, Self::Pods, Self::Services, Self::Labels];

    /// The digit before its title.
    pub fn key(self) -> &'static str {
        ["1", "2", "3", "4"][self as usize]
    }

    fn step(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// The home screen.
#[derive(Debug)]
pub struct Home {
    /// Pane 1.
    pub deployments: Pane,
    /// Pane 2.
    pub pods: Pane,
    /// Pane 3.
    pub services: Pane,
    /// Pane 4.
    pub labels: LabelsPane,
    /// The pane that has the keyboard.
    pub focus: PaneId,
    /// The pane whose selection scopes the others.
    pub lead: PaneId,
    /// The focused pane has the whole body.
    pub zoom: bool,
    /// The panes are linked.
    pub linked: bool,
    /// Labels that everything is scoped to.
    pub pins: Vec<(Text, Text)>,
    /// Width of the left panes, in percent.
    pub split_x: u16,
    /// Height of the upper panes, in percent.
    pub split_y: u16,
    /// The labels of the pods in scope.
    pub counts: LabelCounts,
    /// The pods whose labels are counted while the labels pane leads: its own selection must not narrow what it offers.
    base: Option<View>,
    /// Where one came from by going down.
    trail: Vec<Before>,
    /// Where one came back from.
    ahead: Vec<Before>,
}

/// Where one was before going down, to go back to exactly there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Before {
    focus: PaneId,
    lead: PaneId,
    zoom: bool,
}

impl Home {
    /// The kinds that the four panes need.
    pub const KINDS: [Kind; 5] =
        [Kind::Deployment, Kind::Pod, Kind::ReplicaSet, Kind::Service, Kind::EndpointSlice];

    /// The home screen at start.
    pub fn new(settings: &Settings) -> Self {
        Self {
            deployments: Pane::new(Kind::Deployment, settings.wide),
            pods: Pane::new(Kind::Pod, settings.wide),
            services: Pane::new(Kind::Service, settings.wide),
            labels: LabelsPane::default(),
            focus: PaneId::Deployments,
            lead: PaneId::Deployments,
            zoom: false,
            linked: settings.linked,
            pins: Vec::new(),
            split_x: 50,
            split_y: 55,
            counts: LabelCounts::new(settings.folded_labels.clone()),
            base: None,
            trail: Vec::new(),
            ahead: Vec::new(),
        }
    }

    /// What the layout depends on.
    pub fn choices(&self) -> Choices {
        Choices { focus: self.focus, zoom: self.zoom, split_x: self.split_x, split_y: self.split_y }
    }

    /// The focused table; `None` on the labels pane.
    pub fn focused(&self) -> Option<&Pane> {
        match self.focus {
            PaneId::Deployments => Some(&self.deployments),
            PaneId::Pods => Some(&self.pods),
            PaneId::Services => Some(&self.services),
            PaneId::Labels => None,
        }
    }

    /// The focused table, to be changed.
    pub fn focused_mut(&mut self) -> Option<&mut Pane> {
        match self.focus {
            PaneId::Deployments => Some(&mut self.deployments),
            PaneId::Pods => Some(&mut self.pods),
            PaneId::Services => Some(&mut self.services),
            PaneId::Labels => None,
        }
    }

    /// The tables of the home screen.
    pub fn panes_mut(&mut self) -> [&mut Pane; 3] {
        [&mut self.deployments, &mut self.pods, &mut self.services]
    }

    /// Moves the keyboard to a pane; every pane but the pods pane leads from then on.
    pub fn focus_on(&mut self, pane: PaneId) {
        self.focus = pane;
        if pane != PaneId::Pods {
            self.lead = pane;
        }
    }

    /// The labels that everything is scoped to, as a selector.
    pub fn pinned(&self) -> Labels {
        let mut pins = self.pins.clone();
        pins.sort();
        pins.into()
    }

    /// Does what concerns panes; false when the action means nothing here.
    pub fn act(&mut self, action: Action) -> bool {
        match action {
            Action::FocusNext => self.focus_on(self.focus.step(1)),
            Action::FocusPrevious => self.focus_on(self.focus.step(3)),
            Action::FocusDeployments => self.focus_on(PaneId::Deployments),
            Action::FocusPods => self.focus_on(PaneId::Pods),
            Action::FocusServices => self.focus_on(PaneId::Services),
            Action::FocusLabels => self.focus_on(PaneId::Labels),
            Action::Zoom => self.zoom = !self.zoom,
            Action::ToggleLinked => self.linked = !self.linked,
            Action::Wider => self.split_x = (self.split_x + 5).min(80),
            Action::Narrower => self.split_x = self.split_x.saturating_sub(5).max(20),
            Action::Taller => self.split_y = (self.split_y + 5).min(80),
            Action::Shorter => self.split_y = self.split_y.saturating_sub(5).max(20),
            Action::FoldHashes => self.counts.set_unfolded(!self.counts.unfolded()),
            _ => return false,
        }
        true
    }

    /// Remembers where one is, to come back to.
    pub fn return_here(&mut self) {
        self.ahead.clear();
        self.trail.push(self.here());
    }

    /// Back to where one came from; false when one came from nowhere.
    pub fn go_back(&mut self) -> bool {
        let Some(before) = self.trail.pop() else { return false };
        self.ahead.push(self.here());
        (self.focus, self.lead, self.zoom) = (before.focus, before.lead, before.zoom);
        true
    }

    /// To where one came back from; false when one came from nowhere.
    pub fn go_forward(&mut self) -> bool {
        let Some(after) = self.ahead.pop() else { return false };
        self.trail.push(self.here());
        (self.focus, self.lead, self.zoom) = (after.focus, after.lead, after.zoom);
        true
    }

    fn here(&self) -> Before {
        Before { focus: self.focus, lead: self.lead, zoom: self.zoom }
    }

    /// The records are other ones now: nothing is left to point at.
    pub fn forget(&mut self) {
        for pane in self.panes_mut() {
            *pane = Pane::new(pane.kind, pane.wide);
        }
        let unfolded = self.counts.unfolded();
        self.labels = LabelsPane::default();
        self.counts = LabelCounts::new(self.counts.hash_keys().clone());
        self.counts.set_unfolded(unfolded);
        self.base = None;
        self.pins.clear();
        self.trail.clear();
        self.ahead.clear();
        if self.focus != PaneId::Pods {
            self.lead = self.focus;
        }
    }

    /// Follows the cache after a batch; the links follow before the next frame ([`Home::link`]). `live` says of a kind
    /// whether its changes are news.
    pub fn follow(&mut self, changes: &Changes, live: &dyn Fn(Kind) -> bool, sight: &Sight<'_>) {
        for kind in &changes.cleared {
            if let Some(pane) = self.panes_mut().into_iter().find(|pane| pane.kind == *kind) {
                pane.reset();
            }
            if *kind == Kind::Pod {
                self.base = None;
                self.counts.recount([]);
            }
        }
        let heights = [self.deployments.height, self.pods.height, self.services.height];
        let mut of_pods = Vec::new();
        for (pane, height) in self.panes_mut().into_iter().zip(heights) {
            let deltas = changes.of(pane.kind);
            if deltas.is_empty() {
                continue;
            }
            let memberships =
                pane.follow(deltas, live(pane.kind), sight.now.mono, sight.look(pane.kind, height));
            if pane.kind == Kind::Pod {
                of_pods = memberships;
            }
        }
        let pods = changes.of(Kind::Pod);
        if !pods.is_empty() {
            if let Some(base) = &mut self.base {
                of_pods = base.apply(pods, sight.cache.table(Kind::Pod), &sight.cx());
            }
            self.counts.apply(&of_pods, pods, sight.cache.table(Kind::Pod));
        }
    }

    /// Goes on with new orders; true while there is more to do.
    pub fn work(&mut self, rows: usize, sight: &Sight<'_>) -> bool {
        let mut more = false;
        let mut recount = false;
        for pane in self.panes_mut() {
            let look = sight.look(pane.kind, pane.height);
            let (goes_on, done) = pane.work(rows, look);
            more |= goes_on;
            recount |= done && pane.kind == Kind::Pod;
        }
        let pods = sight.cache.table(Kind::Pod);
        if let Some(base) = &mut self.base {
            recount = false;
            match base.step(pods, &sight.cx(), rows) {
                Progress::Done => recount = true,
                Progress::More => more = true,
                Progress::Idle => {}
            }
        }
        if recount {
            self.recount(sight);
        }
        more
    }

    /// Counts the labels of the pods in scope again. Of all pods the counts are kept by the cache, label set by label set:
    /// there are far fewer sets than pods.
    fn recount(&mut self, sight: &Sight<'_>) {
        let view = self.base.as_ref().unwrap_or(&self.pods.view);
        if *view.scope() == Scope::all() && !view.pending() {
            let sets = sight.cache.indexes().pods.sets.iter();
            self.counts.recount(sets.map(|(_, set)| (&set.namespace, &set.labels, set.pods, set.ready)));
        } else {
            self.counts.recount_rows(view.all(), sight.cache.table(Kind::Pod));
        }
    }

    /// Brings every cursor into view. To be called when everything else is done.
    pub fn settle(&mut self, body: Rect, sight: &Sight<'_>) {
        let spots = layout::spots(body, self.choices());
        for (spot, pane) in spots.iter().zip(self.panes_mut()) {
            pane.height = match spot {
                Spot::Open(area) => layout::rows_of(*area),
                Spot::Folded(_) | Spot::Hidden => 0,
            };
            let look = sight.look(pane.kind, pane.height);
            pane.settle(look);
        }
        let height = match spots[PaneId::Labels as usize] {
            Spot::Open(area) => layout::rows_of(area),
            Spot::Folded(_) | Spot::Hidden => 0,
        };
        self.labels.settle(&self.counts, height);
    }

    /// Measures what is in view; to be called before a frame.
    pub fn measure(&mut self, sight: &Sight<'_>) {
        for pane in self.panes_mut() {
            let look = sight.look(pane.kind, pane.height);
            pane.measure(look);
        }
    }
}
