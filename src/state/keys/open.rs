//! Going down: from the object under the cursor to its pods, its containers, its log, its YAML.

use crate::effect::{Effect, LogRequest, ObjectRef};
use crate::model::record::{Kind, Record};
use crate::model::view::Scope;
use crate::screen::Screen;
use crate::screen::detail::{Containers, Reading, Subject, Yaml};
use crate::screen::home::PaneId;
use crate::screen::logs::Logs;
use crate::screen::pane::{Pane, Sight};
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Goes down: to the pods, the containers, the log; a label scopes everything.
    pub(super) fn open(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.stack.last() {
            Some(Screen::Containers(screen)) => {
                let previous = screen.previous;
                self.open_logs(previous, now, effects);
            }
            // Enter never confirms a plan.
            Some(
                Screen::Yaml(_)
                | Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Journal(_)
                | Screen::Operations(_)
                | Screen::Forwards(_),
            ) => {}
            Some(Screen::Canary(screen)) => match self.canary_release(screen) {
                Ok(target) => self.open_release_of(target, now, effects),
                Err(why) => self.tell(Severity::Info, why, now),
            },
            // On a revision it opened a plan; this is a pod.
            Some(Screen::Release(_)) => {
                if let Some(pod) = self.release_pod().cloned() {
                    self.open_containers_of(&pod, now, effects);
                }
            }
            Some(Screen::Table(pane)) if pane.kind == Kind::Pod => self.open_containers(now, effects),
            Some(Screen::Table(pane)) if matches!(pane.kind, Kind::Deployment | Kind::Service) => {
                let kind = pane.kind;
                let Some(uid) = self.object().map(|record| record.meta().uid.clone()) else { return };
                self.go_home(now, effects);
                let pane = if kind == Kind::Deployment { PaneId::Deployments } else { PaneId::Services };
                self.home.return_here();
                self.home.focus_on(pane);
                if let Some(pane) = self.home.focused_mut() {
                    pane.go_to(&uid, self.cache.table(kind));
                }
                self.home.link(&Sight {
                    cache: &self.cache,
                    now,
                    many_namespaces: self.session.namespace.is_none(),
                });
                self.home.focus_on(PaneId::Pods);
            }
            Some(Screen::Table(pane))
                if matches!(pane.kind, Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet) =>
            {
                self.open_pods_owned(now, effects);
            }
            Some(Screen::Table(_)) => self.open_yaml(now, effects),
            None => match self.home.focus {
                PaneId::Pods => self.open_containers(now, effects),
                PaneId::Deployments | PaneId::Services => {
                    if self.object().is_some() {
                        self.home.return_here();
                        self.home.focus_on(PaneId::Pods);
                    }
                }
                PaneId::Labels => self.pin_label(),
            },
        }
    }

    /// The pods of the controller under the cursor, as a table of their own.
    fn open_pods_owned(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object() else { return };
        let (of, uid) = (crate::release::Target::of(record).to_string(), record.meta().uid.clone());
        let mut pane = Pane::new(Kind::Pod, self.settings.wide);
        let scope = Scope::owned_by([uid]);
        let candidates = self.cache.candidates(Kind::Pod, &scope);
        pane.view.set_scope(scope, candidates);
        pane.of = of;
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
    }

    fn pin_label(&mut self) {
        match self.home.labels.selected(&self.home.counts) {
            Some((key, Some(value))) => {
                let pin = (key, value);
                if !self.home.pins.contains(&pin) {
                    self.home.pins.push(pin);
                }
            }
            Some((_, None)) => self.home.counts.set_unfolded(true),
            None => {}
        }
    }

    fn subject(&mut self, record: &Record) -> Subject {
        let meta = record.meta();
        let object = ObjectRef {
            kind: record.kind(),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
        };
        let op = self.start_op(format!("read {}", meta.name));
        Subject { op, object, uid: meta.uid.clone(), reading: Reading::Waiting, stale: false }
    }

    pub(super) fn open_yaml(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object().cloned() else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let subject = self.subject(&record);
        effects.push(Effect::GetYaml(subject.op, subject.object.clone()));
        self.stack.push(Screen::Yaml(Yaml::new(subject)));
        self.watch_what_is_shown(now, effects);
    }

    fn open_containers(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.object().cloned() {
            Some(record @ Record::Pod(_)) => self.open_containers_of(&record, now, effects),
            _ => self.tell(Severity::Info, "no pod is selected", now),
        }
    }

    fn open_containers_of(&mut self, record: &Record, now: Now, effects: &mut Vec<Effect>) {
        let subject = self.subject(record);
        effects.push(Effect::GetContainers(subject.op, subject.object.clone()));
        self.stack.push(Screen::Containers(Containers::new(subject)));
        self.watch_what_is_shown(now, effects);
    }

    /// The log of the selected container; of a pod's only container; of a workload's first pod, as kubectl does it.
    pub(super) fn open_logs(&mut self, previous: bool, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Screen::Containers(screen)) = self.stack.last() {
            if screen.selected.is_empty() {
                return;
            }
            let object = screen.subject.object.clone();
            let container = screen.selected.clone();
            return self.follow_log(object.namespace, object.name, container, previous, effects);
        }
        if let Some(Screen::Logs(logs)) = self.stack.last() {
            let LogRequest { namespace, pod, container, previous: shown, .. } = logs.request.clone();
            if previous == shown {
                return self.tell(Severity::Info, "this is that log", now);
            }
            return self.follow_log(namespace, pod, container, previous, effects);
        }
        let record = match self.stack.last() {
            Some(Screen::Release(_)) => self.release_pod(),
            Some(Screen::Canary(screen)) => self.canary_pod(screen),
            _ => self.object(),
        };
        let Some(record) = record else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let pod = match record {
            Record::Pod(pod) => Some(pod),
            Record::ReplicaSet(_) | Record::StatefulSet(_) | Record::DaemonSet(_) => {
                let pods = self.cache.table(Kind::Pod);
                let owned = self.cache.indexes().pods_owned_by(&record.meta().uid).iter();
                owned.filter_map(|slot| pods.get(*slot)).find_map(|record| match record {
                    Record::Pod(pod) => Some(pod),
                    _ => None,
                })
            }
            Record::Deployment(_) | Record::Service(_) if self.stack.is_empty() => {
                let pods = self.cache.table(Kind::Pod);
                let slots = self.home.pods.view.all().iter();
                slots.filter_map(|slot| pods.get(*slot)).find_map(|record| match record {
                    Record::Pod(pod) => Some(pod),
                    _ => None,
                })
            }
            _ => None,
        };
        let Some(pod) = pod else {
            return self.tell(Severity::Info, "no pod is selected, so there is no log", now);
        };
        match pod.images.as_ref() {
            [only] => {
                let container = only.container.to_string();
                let (namespace, name) = (pod.meta.namespace.to_string(), pod.meta.name.to_string());
                self.follow_log(namespace, name, container, previous, effects);
            }
            _ => {
                let record = Record::Pod(pod.clone());
                let subject = self.subject(&record);
                effects.push(Effect::GetContainers(subject.op, subject.object.clone()));
                self.stack.push(Screen::Containers(Containers { previous, ..Containers::new(subject) }));
                self.watch_what_is_shown(now, effects);
                let run = if previous { " for the log of its run before" } else { "" };
                self.tell(Severity::Info, format!("several containers: choose one{run}"), now);
            }
        }
    }

    fn follow_log(
        &mut self,
        namespace: String,
        pod: String,
        container: String,
        previous: bool,
        effects: &mut Vec<Effect>,
    ) {
        let op = self.start_op(format!("log of {pod}/{container}"));
        let tail = self.settings.log_tail;
        let request = LogRequest { namespace, pod, container, previous, follow: !previous, tail };
        effects.push(Effect::Logs(op, request.clone()));
        let mut logs = Logs::new(op, request);
        logs.timestamps = self.settings.log_timestamps;
        logs.wrap = self.settings.log_wrap;
        self.stack.push(Screen::Logs(Box::new(logs)));
    }
}
