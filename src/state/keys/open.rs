//! Going down: from the object under the cursor to its pods, its containers, its log, its YAML.

use crate::describe::What;
use crate::effect::{Effect, ObjectRef};
use crate::model::record::{Kind, Record};
use crate::model::view::Scope;
use crate::screen::Screen;
use crate::screen::detail::text::Form;
use crate::screen::detail::{Containers, Reading, Subject};
use crate::screen::home::PaneId;
use crate::screen::pane::{Pane, Sight};
use crate::state::details::read;
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
                Screen::Text(_)
                | Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Journal(_)
                | Screen::Operations(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Sheet(_)
                | Screen::Triage(_)
                | Screen::Explain(_),
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
            Some(Screen::Table(pane)) if pane.groups.is_some() => self.open_group(now, effects),
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
                self.home.link(&Sight::new(&self.cache, &self.selected, &self.parked, &self.session, now));
                self.home.focus_on(PaneId::Pods);
            }
            Some(Screen::Table(pane))
                if matches!(pane.kind, Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet) =>
            {
                self.open_pods_owned(now, effects);
            }
            Some(Screen::Table(_)) => self.open_text(Form::Yaml, now, effects),
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
        self.dress(&mut pane);
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

    pub(in crate::state) fn subject(&mut self, record: &Record) -> Subject {
        let meta = record.meta();
        let object = ObjectRef {
            kind: record.kind(),
            namespace: meta.namespace.to_string(),
            name: meta.name.to_string(),
        };
        let op = self.start_op(format!("read {}", meta.name));
        Subject { op, object, uid: meta.uid.clone(), reading: Reading::Waiting, stale: false }
    }

    fn open_containers(&mut self, now: Now, effects: &mut Vec<Effect>) {
        match self.object().cloned() {
            Some(record @ Record::Pod(_)) => self.open_containers_of(&record, now, effects),
            _ => self.tell(Severity::Info, "no pod is selected", now),
        }
    }

    fn open_containers_of(&mut self, record: &Record, now: Now, effects: &mut Vec<Effect>) {
        let subject = self.subject(record);
        effects.push(read(Form::Told(What::Containers), &subject));
        self.stack.push(Screen::Containers(Box::new(Containers::new(subject))));
        self.watch_what_is_shown(now, effects);
    }
}
