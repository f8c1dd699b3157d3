//! What the selection in the leading pane leaves of the others.

use std::sync::Arc;

use crate::model::labels::LabelSets;
use crate::model::record::{Kind, Record};
use crate::model::table::Table;
use crate::model::uid::Uid;
use crate::model::view::{Part, Scope, View};
use crate::screen::pane::{Pane, Sight};

use super::{Home, PaneId};

/// Rows that a new scope may look at at once: what a selection leaves is usually far less, and is shown in the same
/// frame as the selection.
const AT_ONCE: usize = 4_000;

/// The scopes of the three tables.
struct Scopes {
    deployments: Scope,
    pods: Scope,
    services: Scope,
}

impl Home {
    /// Scopes the panes by the selection of the one that leads, and by the pinned labels. Cheap when nothing changed.
    pub fn link(&mut self, sight: &Sight<'_>) {
        let wanted = self.scopes(sight);
        scope(&mut self.deployments, wanted.deployments, self.focus == PaneId::Deployments, sight);
        let pods_changed = scope(&mut self.pods, wanted.pods, self.focus == PaneId::Pods, sight);
        scope(&mut self.services, wanted.services, self.focus == PaneId::Services, sight);
        self.follow_labels(pods_changed, sight);
    }

    fn scopes(&self, sight: &Sight<'_>) -> Scopes {
        let mut scopes = self.pinned_scopes(sight);
        if !self.linked {
            return scopes;
        }
        let cache = sight.cache;
        match self.lead {
            PaneId::Deployments => {
                if let Some(Record::Deployment(deployment)) =
                    self.deployments.record(cache.table(Kind::Deployment))
                {
                    let owners = cache.replica_set_uids(&deployment.meta.uid);
                    scopes.pods = scopes.pods.and(Part::OwnedBy(Arc::new(owners.into_iter().collect())));
                    let mut sets = LabelSets::default();
                    sets.add(&deployment.meta.namespace, &deployment.template_labels, 1, 1);
                    scopes.services = scopes.services.and(Part::ServicesSelecting(Arc::new(sets)));
                }
            }
            PaneId::Services => {
                if let Some(Record::Service(service)) = self.services.record(cache.table(Kind::Service)) {
                    let namespace = service.meta.namespace.clone();
                    let behind = cache.indexes().deployments_behind(&namespace, &service.selector);
                    let behind = uids(cache.table(Kind::Deployment), &behind);
                    scopes.deployments =
                        scopes.deployments.and(Part::Uids(Arc::new(behind.into_iter().collect())));
                    let selector = service.selector.clone();
                    scopes.pods = scopes.pods.and(Part::SelectedBy { namespace, selector });
                }
            }
            PaneId::Labels => {
                if let Some((key, Some(value))) = self.labels.selected(&self.counts) {
                    let mut pins = self.pins.clone();
                    pins.push((key, value));
                    scopes = labelled(&pins, sight);
                }
            }
            PaneId::Pods => {}
        }
        if self.lead == PaneId::Labels {
            // The labels pane shows what may be chosen: the other panes follow, services and deployments included.
            return scopes;
        }
        scopes
    }

    fn pinned_scopes(&self, sight: &Sight<'_>) -> Scopes {
        labelled(&self.pins, sight)
    }

    /// Keeps the counted labels those of the pods in scope.
    fn follow_labels(&mut self, pods_changed: bool, sight: &Sight<'_>) {
        let leads = self.linked && self.lead == PaneId::Labels;
        if !leads {
            if self.base.take().is_some() || pods_changed {
                self.recount(sight);
            }
            return;
        }
        let wanted = labelled(&self.pins, sight).pods;
        let base = self.base.get_or_insert_with(|| View::new(&[], &[]));
        if *base.scope() != wanted || base.pending() {
            let candidates = sight.cache.candidates(Kind::Pod, &wanted);
            base.set_scope(wanted, candidates);
            let pods = sight.cache.table(Kind::Pod);
            if base.step(pods, &sight.cx(), AT_ONCE) == crate::model::view::Progress::Done {
                self.recount(sight);
            }
        }
    }
}

/// What a set of labels leaves: the pods that have all of them, the deployments that make such pods, the services that
/// select such pods.
fn labelled(pins: &[(crate::model::text::Text, crate::model::text::Text)], sight: &Sight<'_>) -> Scopes {
    if pins.is_empty() {
        return Scopes { deployments: Scope::all(), pods: Scope::all(), services: Scope::all() };
    }
    let mut pairs = pins.to_vec();
    pairs.sort();
    pairs.dedup();
    let labels: crate::model::record::Labels = pairs.into();
    let pods = Scope::all().and(Part::Labels(labels.clone()));
    let slots = sight.cache.candidates(Kind::Pod, &pods).unwrap_or_default();
    let services = uids(sight.cache.table(Kind::Service), &sight.cache.services_of_pods(&slots));
    Scopes {
        deployments: Scope::all().and(Part::TemplateLabels(labels)),
        pods,
        services: Scope::uids(services),
    }
}

fn uids(table: &Table, slots: &[u32]) -> Vec<Uid> {
    slots.iter().filter_map(|slot| table.get(*slot)).map(|record| record.meta().uid.clone()).collect()
}

/// Gives a pane a scope; true when its rows are other ones now.
fn scope(pane: &mut Pane, wanted: Scope, focused: bool, sight: &Sight<'_>) -> bool {
    if *pane.view.scope() == wanted {
        return false;
    }
    let candidates = sight.cache.candidates(pane.kind, &wanted);
    pane.view.set_scope(wanted, candidates);
    pane.measure_anew();
    if !focused {
        // From the top; the object that was chosen takes the cursor again where it is among the rows (invariant 5).
        (pane.row, pane.offset) = (0, 0);
    }
    pane.flashes = crate::screen::pane::flash::Flashes::default();
    let look = sight.look(pane.kind, pane.height);
    let (_, done) = pane.work(AT_ONCE, look);
    done
}
