//! What the release screen asks for and does: following its workload, and changes of what is under its cursor.

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::record::{Kind, Record, Service};
use crate::model::resource::Resource;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::release::cockpit::{Cockpit, cockpit};
use crate::release::follow::{Follow, Which};
use crate::release::history::{holder, selector};
use crate::release::json::{texts, uid};
use crate::release::{Change, Target};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::release::{Place, Release};
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Opens the release screen of the workload under the cursor; of a pod or a ReplicaSet: of what is above it; of a service:
    /// of the workload behind it, chosen from a list when there are several.
    pub(super) fn open_release(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object().cloned() else {
            return self.tell(Severity::Info, "no workload with a rollout is selected", now);
        };
        if let Record::Service(service) = &record {
            let mut behind = self.workloads_behind(service);
            match behind.len() {
                0 => self.tell(Severity::Info, format!("no workload is behind {}", Target::of(&record)), now),
                1 => self.open_release_of(behind.remove(0), now, effects),
                _ => self.choose_release(behind),
            }
        } else if let Some(target) = self.workload_of(&record) {
            self.open_release_of(target, now, effects);
        } else {
            self.tell(Severity::Info, "no workload with a rollout is selected", now);
        }
    }

    /// Opens the release screen of a workload.
    pub(super) fn open_release_of(&mut self, target: Target, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op(format!("follow the release of {target}"));
        let Target { resource, namespace, name, .. } = target.clone();
        effects.push(Effect::Follow(op, Follow { resource, namespace, which: Which::Named(name) }));
        self.stack.push(Screen::Release(Box::new(Release::new(target, op))));
        self.watch_what_is_shown(now, effects);
    }

    /// The workloads behind a service, sorted: deployments by their templates, also those without pods; others by the pods that
    /// they own, for their own kinds need not be watched.
    fn workloads_behind(&self, service: &Service) -> Vec<Target> {
        if service.selector.is_empty() {
            return Vec::new();
        }
        let (namespace, indexes) = (&service.meta.namespace, self.cache.indexes());
        let deployments = self.cache.table(Kind::Deployment);
        let slots = indexes.deployments_behind(namespace, &service.selector);
        let mut behind: Vec<Target> =
            slots.into_iter().filter_map(|slot| deployments.get(slot)).map(Target::of).collect();
        let pods = self.cache.table(Kind::Pod);
        let slots = indexes.pods_selected(namespace, &service.selector);
        behind.extend(
            slots.into_iter().filter_map(|slot| pods.get(slot)).filter_map(|pod| self.workload_of(pod)),
        );
        behind.sort_by(|a, b| (&a.name, &a.resource.kind).cmp(&(&b.name, &b.resource.kind)));
        behind.dedup();
        behind
    }

    /// Offers workloads, of which one's release is wanted.
    fn choose_release(&mut self, workloads: Vec<Target>) {
        let entries = workloads.into_iter().map(|target| {
            let owners = match self.cache.indexes().replica_sets_of(&target.uid) {
                [] => vec![target.uid.clone()],
                slots => {
                    let sets = slots.iter().filter_map(|slot| self.cache.table(Kind::ReplicaSet).get(*slot));
                    sets.map(|set| set.meta().uid.clone()).collect()
                }
            };
            let pods = self.pods_owned(owners.into_iter());
            let ready = pods.iter().filter(|pod| pod.ready).count();
            Entry {
                label: target.to_string(),
                aliases: &[],
                hint: format!("{ready}/{} ready", pods.len()),
                command: Command::Release(target),
            }
        });
        let picker = Picker::new(PickerKind::Releases, entries.collect());
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    fn workload_of(&self, record: &Record) -> Option<Target> {
        match record {
            Record::Deployment(_) => Some(Target::of(record)),
            Record::ReplicaSet(set) => {
                let owner = &set.meta.owner.as_ref()?.uid;
                self.cache.get(Kind::Deployment, owner).map(Target::of)
            }
            Record::Pod(pod) => {
                if let Some(slot) = self.cache.deployment_of(record) {
                    return self.cache.table(Kind::Deployment).get(slot).map(Target::of);
                }
                let owner = pod.meta.owner.as_ref()?;
                let resource = match owner.kind.as_ref() {
                    "StatefulSet" => Resource::STATEFUL_SETS,
                    "DaemonSet" => Resource::DAEMON_SETS,
                    _ => return None,
                };
                let (namespace, name) = (pod.meta.namespace.to_string(), owner.name.to_string());
                Some(Target { resource, namespace, name, uid: owner.uid.clone() })
            }
            _ => holder(&record.kind().into()).map(|_| Target::of(record)),
        }
    }

    /// One look at the release on the screen.
    pub fn cockpit(&self, screen: &Release) -> Cockpit {
        // By the indexes: this is asked for each frame, and the namespace may have thousands of pods.
        let owners = screen.holders.iter().map(|holder| Uid::new(uid(holder)));
        let pods = self.pods_owned(owners.chain([screen.target.uid.clone()]));
        let labels = texts(&screen.object, "/spec/template/metadata/labels");
        let services = self.services_selecting(&screen.target.namespace, labels);
        cockpit(&screen.object, &screen.holders, &pods, &services)
    }

    /// Followed objects of a release screen were seen; false when they are not of one.
    pub(super) fn on_release_seen(
        &mut self,
        op: OpId,
        seen: &Result<Vec<Value>, Trouble>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let found = self.stack.iter_mut().find_map(|screen| match screen {
            Screen::Release(screen) if screen.object_op == op || screen.holders_op == Some(op) => {
                Some(screen)
            }
            _ => None,
        });
        let Some(screen) = found else { return false };
        let seen = match seen {
            Ok(seen) => seen,
            Err(trouble) => {
                screen.trouble = Some(trouble.clone());
                return true;
            }
        };
        screen.trouble = None;
        if screen.holders_op == Some(op) {
            screen.holders.clone_from(seen);
            return true;
        }
        let wanted = screen.target.uid.to_string();
        let Some(object) = seen.iter().find(|object| uid(object) == wanted) else {
            screen.gone = true;
            return true;
        };
        screen.gone = false;
        screen.object = object.clone();
        if screen.holders_op.is_none()
            && let Some(resource) = holder(&screen.target.resource)
        {
            let follow = Follow {
                resource,
                namespace: screen.target.namespace.clone(),
                which: Which::Labelled(selector(object)),
            };
            let target = screen.target.clone();
            let op = self.start_op(format!("follow the revisions of {target}"));
            effects.push(Effect::Follow(op, follow));
            for screen in &mut self.stack {
                if let Screen::Release(screen) = screen
                    && screen.target == target
                {
                    screen.holders_op = Some(op);
                }
            }
        }
        true
    }

    /// Does what the release screen can do; false when the action means nothing there.
    pub(super) fn act_on_release(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Release(screen)) = self.stack.last() else { return false };
        let look = self.cockpit(screen);
        let height = screen::release::draw::height(screen::body(self.size), screen.beside);
        let places = screen.places(&look);
        let place = places.get(screen.position(&places)).cloned();
        let target = screen.target.clone();
        match (action, place) {
            (Action::Open, Some(Place::Revision(uid))) => {
                let change = Change::Undo { to: Some(uid) };
                let wanted = vec![(target, change)];
                self.begin_plan(Action::Undo, wanted, screen::plan::Joined::Bulk, now, effects);
            }
            (Action::TogglePause, _) => {
                let change = if look.paused { Change::Resume } else { Change::Pause };
                self.begin_plan(action, vec![(target, change)], screen::plan::Joined::Bulk, now, effects);
            }
            (Action::LogsBeside, _) => {
                if let Some(Screen::Release(screen)) = self.stack.last_mut() {
                    screen.beside = !screen.beside;
                }
                self.follow_release_logs(effects);
            }
            (action, _) => {
                let Some(Screen::Release(screen)) = self.stack.last_mut() else { return false };
                return screen.act(action, &look, height);
            }
        }
        true
    }

    /// The pod under the cursor of the release screen, or the first of the newest revision.
    pub(super) fn release_pod(&self) -> Option<&Record> {
        let Some(Screen::Release(screen)) = self.stack.last() else { return None };
        let look = self.cockpit(screen);
        let places = screen.places(&look);
        let name = match places.get(screen.position(&places))? {
            Place::Pod(name) => name.clone(),
            Place::Revision(uid) => look.revision(uid)?.pods.first()?.name.clone(),
        };
        self.cache.table(Kind::Pod).iter().map(|(_, record)| record).find(|record| {
            *record.meta().name == *name && record.meta().namespace.as_ref() == screen.target.namespace
        })
    }

    /// Brings the cursor of a release screen into view.
    pub(super) fn settle_release(&mut self) {
        let Some(Screen::Release(screen)) = self.stack.last() else { return };
        let look = self.cockpit(screen);
        let height = screen::release::draw::height(screen::body(self.size), screen.beside);
        if let Some(Screen::Release(screen)) = self.stack.last_mut() {
            screen.settle(&look, height);
        }
    }
}
