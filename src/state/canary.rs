//! What the canary screen asks for: what is behind its service by the watched records, and the few whole objects beside them.

use std::collections::HashSet;

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::record::{Deployment, Kind, Record, Service};
use crate::model::resource::Resource;
use crate::model::table::Slot;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::release::Target;
use crate::release::canary::look::{self, Look, Selected};
use crate::release::follow::{Follow, Which};
use crate::release::history::holder;
use crate::release::json::uid;
use crate::screen::canary::draw::layout;
use crate::screen::canary::{Canary, Template};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Opens the canary screen: of the service under the cursor, or of that which the workload under it shares with others.
    pub(super) fn open_canary(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if matches!(self.stack.last(), Some(Screen::Canary(_))) {
            return;
        }
        let services: Vec<Target> = match self.object() {
            Some(record @ Record::Service(_)) => vec![Target::of(record)],
            Some(record) => self.services_shared_by(record),
            None => return self.tell(Severity::Info, "no service and no workload is selected", now),
        };
        match services.as_slice() {
            [] => {
                let words = "no service has several deployments behind it here: there is no canary";
                self.tell(Severity::Info, words, now);
            }
            [only] => self.open_canary_of(&only.clone(), now, effects),
            several => {
                let entries = several.iter().map(|target| Entry {
                    label: target.name.clone(),
                    aliases: &[],
                    hint: self.names_behind(target).join(", "),
                    command: Command::Canary(target.clone()),
                });
                let picker = Picker::new(PickerKind::Services, entries.collect());
                self.overlay = Some(Overlay::Picker(Box::new(picker)));
            }
        }
    }

    /// The services that select what a workload makes, and something else too.
    fn services_shared_by(&self, record: &Record) -> Vec<Target> {
        let of_pod = || self.cache.table(Kind::Deployment).get(self.cache.deployment_of(record)?);
        let deployment = match record {
            Record::Deployment(_) => Some(record),
            Record::Pod(_) => of_pod(),
            _ => None,
        };
        let Some(Record::Deployment(deployment)) = deployment else { return Vec::new() };
        let table = self.cache.table(Kind::Service);
        let slots = self
            .cache
            .indexes()
            .services_selecting(&deployment.meta.namespace, &deployment.template_labels)
            .into_iter();
        let mut found: Vec<Target> = slots
            .filter_map(|slot| table.get(slot))
            .map(Target::of)
            .filter(|target| self.names_behind(target).len() > 1)
            .collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }

    fn names_behind(&self, service: &Target) -> Vec<String> {
        let Some(Record::Service(record)) = self.cache.get(Kind::Service, &service.uid) else {
            return Vec::new();
        };
        let mut names: Vec<String> =
            self.deployments_behind(record).iter().map(|it| it.meta.name.to_string()).collect();
        names.sort();
        names
    }

    fn deployments_behind(&self, service: &Service) -> Vec<&Deployment> {
        if service.selector.is_empty() {
            return Vec::new();
        }
        let slots = self.cache.indexes().deployments_behind(&service.meta.namespace, &service.selector);
        slots.into_iter().filter_map(|slot| self.deployment_at(slot)).collect()
    }

    fn deployment_at(&self, slot: Slot) -> Option<&Deployment> {
        match self.cache.table(Kind::Deployment).get(slot)? {
            Record::Deployment(deployment) => Some(deployment),
            _ => None,
        }
    }

    fn pods_behind(&self, service: &Service) -> Vec<Selected<'_>> {
        if service.selector.is_empty() {
            return Vec::new();
        }
        let table = self.cache.table(Kind::Pod);
        let slots = self.cache.indexes().pods_selected(&service.meta.namespace, &service.selector);
        slots
            .into_iter()
            .filter_map(|slot| table.get(slot))
            .filter_map(|record| self.selected(record))
            .collect()
    }

    fn selected<'a>(&'a self, record: &'a Record) -> Option<Selected<'a>> {
        let Record::Pod(pod) = record else { return None };
        let of = self.cache.deployment_of(record).and_then(|slot| self.deployment_at(slot));
        Some(Selected { pod, of })
    }

    /// Opens the canary screen of a service.
    pub(super) fn open_canary_of(&mut self, service: &Target, now: Now, effects: &mut Vec<Effect>) {
        let Some(Record::Service(record)) = self.cache.get(Kind::Service, &service.uid).cloned() else {
            return self.tell(Severity::Warning, format!("{service} is gone"), now);
        };
        if record.selector.is_empty() {
            let words = format!("{service} selects no pods: its endpoints are kept by hand");
            return self.tell(Severity::Info, words, now);
        }
        let op = self.start_op(format!("follow the autoscalers for the canary behind {service}"));
        let follow = Follow {
            resource: Resource::AUTOSCALERS,
            namespace: service.namespace.clone(),
            which: Which::All,
        };
        effects.push(Effect::Follow(op, follow));
        self.stack.push(Screen::Canary(Box::new(Canary::new(service.clone(), record, op))));
        self.watch_what_is_shown(now, effects);
        self.settle_canary();
        self.read_for_canaries(effects);
    }

    /// One look at what is behind the service of the screen.
    pub fn canary_look(&self, screen: &Canary) -> Look {
        let service = &screen.service;
        let endpoints = self.cache.endpoints().of(&service.meta.namespace, &service.meta.name);
        let (behind, pods) = (self.deployments_behind(service), self.pods_behind(service));
        look::look(service, endpoints, &behind, &pods, screen.held())
    }

    /// Everything that events about it can be of: its workloads, their ReplicaSets and pods, the service.
    pub fn canary_uids(&self, screen: &Canary) -> HashSet<Uid> {
        let service = &screen.service;
        let mut uids: HashSet<Uid> = [screen.target.uid.clone()].into();
        for deployment in self.deployments_behind(service) {
            uids.insert(deployment.meta.uid.clone());
            uids.extend(self.cache.replica_set_uids(&deployment.meta.uid));
        }
        for selected in self.pods_behind(service) {
            uids.insert(selected.owner().clone());
            uids.insert(selected.pod.meta.uid.clone());
        }
        uids
    }

    /// Whether what is behind a service is known: that nothing is there can be said only then.
    pub fn knows_behind(&self, namespace: &str) -> bool {
        let live = |kind| self.statuses.get(&kind).is_some_and(|status| status.has_been_live());
        self.is_watched(namespace) && live(Kind::Pod) && live(Kind::Deployment)
    }

    /// Whether the watches show this namespace.
    pub fn is_watched(&self, namespace: &str) -> bool {
        self.covers(Kind::Pod, namespace) && self.covers(Kind::Deployment, namespace)
    }

    /// The templates of the two sides are followed, whatever the watches have brought.
    pub(super) fn read_for_canaries(&mut self, effects: &mut Vec<Effect>) {
        for place in 0..self.stack.len() {
            let Some(Screen::Canary(screen)) = self.stack.get(place) else { continue };
            let look = self.canary_look(screen);
            let Ok((canary, stable)) = screen.pair(&look) else { continue };
            let known = |target: &Target| screen.read.iter().any(|read| read.uid == target.uid);
            let targets = [canary, stable].into_iter().filter_map(|row| row.target.clone());
            let missing: Vec<Target> = targets.filter(|target| !known(target)).collect();
            for target in missing {
                let op = self.start_op(format!("follow the template of {target}"));
                let Target { resource, namespace, name, uid } = target;
                let follow = Follow { resource, namespace, which: Which::Named(name) };
                effects.push(Effect::Follow(op, follow));
                if let Some(Screen::Canary(screen)) = self.stack.get_mut(place) {
                    screen.read.push(Template { uid, op, object: None });
                }
            }
        }
    }

    /// Followed objects of a canary screen were seen; false when they are not of one.
    pub(super) fn on_canary_seen(&mut self, op: OpId, seen: &Result<Vec<Value>, Trouble>) -> bool {
        for screen in &mut self.stack {
            let Screen::Canary(screen) = screen else { continue };
            if screen.scalers_op == op {
                screen.scalers = Some(seen.clone());
                return true;
            }
            let Some(read) = screen.read.iter_mut().find(|read| read.op == op) else { continue };
            let wanted = read.uid.to_string();
            read.object = match seen {
                Ok(seen) => seen.iter().find(|object| uid(object) == wanted).cloned().map(Ok),
                Err(trouble) => Some(Err(trouble.clone())),
            };
            return true;
        }
        false
    }

    /// Does what the canary screen can do; false when the action means nothing there.
    pub(super) fn act_on_canary(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Canary(screen)) = self.stack.last() else { return false };
        let look = self.canary_look(screen);
        if action == Action::StableSide {
            let side = screen.row(&look).filter(|row| row.side.is_some()).map(|row| (row.uid.clone(), true));
            match side {
                Some(side) => {
                    if let Some(Screen::Canary(screen)) = self.stack.last_mut() {
                        screen.selected = Some(side.0.clone());
                        // Once more: it is guessed again.
                        screen.stable = Some(side).filter(|side| screen.stable.as_ref() != Some(side));
                    }
                }
                None => self.tell(Severity::Info, "only a deployment behind the service is a side", now),
            }
            self.read_for_canaries(effects);
            return true;
        }
        let height = self.canary_height(&look);
        let Some(Screen::Canary(screen)) = self.stack.last_mut() else { return false };
        let done = screen.act(action, &look, height);
        self.read_for_canaries(effects);
        done
    }

    fn canary_height(&self, look: &Look) -> usize {
        let body = screen::body(self.size);
        layout((body.width, body.height), look.rows.len()).rows
    }

    /// The workload under the cursor of the canary screen, where it is watched.
    pub(super) fn canary_record(&self, screen: &Canary) -> Option<&Record> {
        let look = self.canary_look(screen);
        let target = screen.row(&look)?.target.as_ref()?;
        let kind = Kind::ALL.into_iter().find(|kind| target.resource == (*kind).into())?;
        self.cache.get(kind, &target.uid)
    }

    /// The workload under the cursor of the canary screen, if it has revisions; watched or not.
    pub(super) fn canary_release(&self, screen: &Canary) -> Result<Target, String> {
        let look = self.canary_look(screen);
        let row = screen.row(&look).ok_or("no workload is selected")?;
        let target = row.target.clone().filter(|target| holder(&target.resource).is_some());
        target.ok_or_else(|| format!("{} has no rollout", row.name))
    }

    /// The first pod of the workload under the cursor that the service selects.
    pub(super) fn canary_pod(&self, screen: &Canary) -> Option<&Record> {
        let look = self.canary_look(screen);
        let wanted = &screen.row(&look)?.uid;
        let pods = self.pods_behind(&screen.service).into_iter();
        let mine = pods.filter(|selected| selected.owner() == wanted).map(|selected| &selected.pod.meta);
        let first: &Uid = &mine.min_by(|one, other| one.name.cmp(&other.name))?.uid;
        self.cache.get(Kind::Pod, first)
    }

    /// Takes over what the watches say of the service, and brings the cursor into view.
    pub(super) fn settle_canary(&mut self) {
        let Some(Screen::Canary(screen)) = self.stack.last() else { return };
        let service = match self.cache.get(Kind::Service, &screen.target.uid) {
            Some(Record::Service(service)) => Some(service.clone()),
            _ => None,
        };
        let complete = self.statuses.get(&Kind::Service).is_some_and(|status| status.is_live());
        let watched = self.is_watched(&screen.target.namespace);
        let look = self.canary_look(screen);
        let height = self.canary_height(&look);
        let Some(Screen::Canary(screen)) = self.stack.last_mut() else { return };
        match service {
            Some(service) => (screen.service, screen.gone) = (service, false),
            None => screen.gone = complete && watched,
        }
        if screen.stable.as_ref().is_none_or(|(uid, _)| look.row(uid).is_none()) {
            screen.stable = look.stable().map(|row| (row.uid.clone(), false));
        }
        screen.settle(&look, height);
    }
}
