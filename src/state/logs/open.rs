//! Opening logs: whose they are follows from what is selected or marked.

use std::collections::BTreeSet;

use crate::effect::{Effect, OpId};
use crate::model::log::{Containers, LogQuery, LogTarget, Since};
use crate::model::record::{Image, Kind, Record};
use crate::release::Target;
use crate::screen::Screen;
use crate::screen::canary::Canary;
use crate::screen::home::PaneId;
use crate::screen::logs::Logs;
use crate::screen::release::Place;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// Whose logs, and what they are called.
pub(super) struct Wanted {
    /// The targets.
    pub targets: Vec<LogTarget>,
    /// Their name: `deployment/web`, `3 pods`.
    pub title: String,
    /// The containers that are known.
    pub containers: BTreeSet<String>,
    /// The start of the rollout, where it is known.
    pub rollout: Option<i64>,
}

impl State {
    /// The logs of what is selected: a container, a pod, a workload, a service, a label, all marked rows.
    pub(in crate::state) fn open_logs(&mut self, previous: bool, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Screen::Logs(logs)) = self.stack.last() {
            if logs.query.previous == previous {
                return self.tell(Severity::Info, "this is that log", now);
            }
            return self.ask_logs_anew(
                |query| {
                    query.previous = previous;
                    query.follow = !previous;
                },
                effects,
            );
        }
        match self.wanted_logs() {
            Ok(wanted) => {
                let query = self.log_query(wanted.targets, previous);
                let mut logs = self.begin_logs(query, wanted.title, effects);
                (logs.containers, logs.rollout) = (wanted.containers, wanted.rollout);
                self.stack.push(Screen::Logs(Box::new(logs)));
                self.watch_what_is_shown(now, effects);
            }
            Err(why) => self.tell(Severity::Info, why, now),
        }
    }

    /// What is asked for when nothing else is said.
    pub(super) fn log_query(&self, targets: Vec<LogTarget>, previous: bool) -> LogQuery {
        let config = &self.settings.logs;
        let since = config.since.as_secs();
        LogQuery {
            targets,
            containers: Containers::All { init: false },
            previous,
            follow: !previous,
            since: (since > 0).then(|| Since::Seconds(u32::try_from(since).unwrap_or(u32::MAX))),
            tail: Some(config.tail),
            most: config.streams as usize,
        }
    }

    /// Begins to read logs.
    pub(super) fn begin_logs(&mut self, query: LogQuery, title: String, effects: &mut Vec<Effect>) -> Logs {
        let op = self.start_op(format!("log of {title}"));
        effects.push(Effect::Logs(op, query.clone()));
        Logs::new(op, query, title, &self.settings.logs)
    }

    /// The logs of a row of another context, or of those that are marked, read in its cluster.
    pub(in crate::state) fn open_logs_elsewhere(
        &mut self,
        previous: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let (wanted, elsewhere) = match self.wanted_elsewhere() {
            Ok(found) => found,
            Err(why) => return self.tell(Severity::Info, why, now),
        };
        let query = self.log_query(wanted.targets, previous);
        let op = self.start_op(format!("log of {} @{}", wanted.title, elsewhere.1));
        effects.push(super::read(Some(elsewhere.0), op, query.clone()));
        let mut logs = Logs::new(op, query, wanted.title, &self.settings.logs);
        logs.containers = wanted.containers;
        logs.elsewhere = Some(elsewhere);
        self.stack.push(Screen::Logs(Box::new(logs)));
        self.watch_what_is_shown(now, effects);
    }

    /// Whose these are, and the session and the context in which they are read; all are read in one.
    fn wanted_elsewhere(&self) -> Result<(Wanted, (OpId, String)), String> {
        let Some(Screen::Table(pane)) = self.stack.last() else {
            return Err("nothing is selected".to_owned());
        };
        let fleet = pane.fleet.as_deref().ok_or("nothing is selected")?;
        let table = fleet.table();
        let mut records: Vec<&Record> =
            pane.marks.iter().filter_map(|uid| table.get(table.slot_of(uid)?)).collect();
        if records.is_empty() {
            records.extend(pane.record(table));
        }
        let first = records.first().ok_or("nothing is selected")?;
        let member = fleet.member_of(first).ok_or("nothing is selected")?;
        if records.iter().any(|record| record.meta().place() != first.meta().place()) {
            return Err("the marked rows are of several contexts: logs are read of one at a time".to_owned());
        }
        let wanted = self.logs_of_all(records)?;
        Ok((wanted, (member.session, member.context.clone())))
    }

    /// Whose logs are meant, or why none are.
    fn wanted_logs(&self) -> Result<Wanted, &'static str> {
        match self.stack.last() {
            Some(Screen::Containers(screen)) => {
                if screen.selected.is_empty() {
                    return Err("no container is selected");
                }
                let (object, container) = (&screen.subject.object, screen.selected.clone());
                let target = LogTarget::Pod {
                    namespace: object.namespace.clone(),
                    name: object.name.clone(),
                    container: Some(container.clone()),
                };
                return Ok(Wanted {
                    targets: vec![target],
                    title: format!("{}/{container}", object.name),
                    containers: BTreeSet::from([container]),
                    rollout: None,
                });
            }
            Some(Screen::Release(_)) => return self.logs_of_release(),
            Some(Screen::Canary(screen)) => {
                if let Some(wanted) = self.logs_of_canary(screen) {
                    return Ok(wanted);
                }
            }
            None if self.home.focus == PaneId::Labels => return self.logs_of_label(),
            _ => {}
        }
        self.logs_of_all(self.log_records())
    }

    /// The logs of these records.
    fn logs_of_all(&self, mut records: Vec<&Record>) -> Result<Wanted, &'static str> {
        records.sort_by_key(|record| (&record.meta().namespace, &record.meta().name));
        let mut all: Vec<Wanted> = records.iter().filter_map(|record| self.logs_of(record)).collect();
        match (records.len(), all.len()) {
            (0, _) => Err("nothing is selected"),
            (_, 0) => Err("that has no logs: pods, workloads and services have"),
            (1, 1) => all.pop().ok_or("nothing is selected"),
            (_, count) => Ok(Wanted {
                title: format!("{count} marked rows"),
                targets: all.iter().flat_map(|wanted| wanted.targets.clone()).collect(),
                containers: all.iter().flat_map(|wanted| wanted.containers.clone()).collect(),
                rollout: None,
            }),
        }
    }

    /// The marked records, or the one under the cursor.
    fn log_records(&self) -> Vec<&Record> {
        let pane = match self.stack.last() {
            Some(Screen::Table(pane)) => Some(pane.as_ref()),
            Some(_) => None,
            None => self.home.focused(),
        };
        let marked = pane.into_iter().flat_map(|pane| {
            let table = self.sight(self.now).table(pane);
            pane.marks.iter().filter_map(|uid| table.get(table.slot_of(uid)?))
        });
        let records: Vec<&Record> = marked.collect();
        if records.is_empty() { self.object().into_iter().collect() } else { records }
    }

    fn logs_of(&self, record: &Record) -> Option<Wanted> {
        let meta = record.meta();
        let (namespace, name) = (meta.namespace.to_string(), meta.name.to_string());
        let names = |images: &[Image]| images.iter().map(|image| image.container.to_string()).collect();
        let selected = |containers: BTreeSet<String>, rollout| Wanted {
            targets: vec![LogTarget::Selected {
                kind: record.kind(),
                namespace: namespace.clone(),
                name: name.clone(),
            }],
            title: Target::of(record).to_string(),
            containers,
            rollout,
        };
        Some(match record {
            Record::Pod(pod) => {
                // A pod's only container needs no choice, and no name before each line.
                let container = match pod.images.as_ref() {
                    [only] => Some(only.container.to_string()),
                    _ => None,
                };
                let title = container.as_ref().map_or_else(|| name.clone(), |only| format!("{name}/{only}"));
                let target = LogTarget::Pod { namespace, name, container };
                Wanted { targets: vec![target], title, containers: names(&pod.images), rollout: None }
            }
            Record::Deployment(deployment) => selected(names(&deployment.images), self.rollout_start(record)),
            Record::ReplicaSet(set) => selected(names(&set.images), Some(set.meta.created)),
            Record::StatefulSet(set) | Record::DaemonSet(set) => selected(names(&set.images), None),
            Record::Service(_) => selected(BTreeSet::new(), None),
            Record::EndpointSlice(_) | Record::Node(_) | Record::Event(_) | Record::Row(_) => return None,
        })
    }

    /// When the newest ReplicaSet of a deployment was made: then its last rollout began, unless it went back to an old one.
    fn rollout_start(&self, deployment: &Record) -> Option<i64> {
        let slots = self.cache.indexes().replica_sets_of(&deployment.meta().uid);
        let table = self.cache.table(Kind::ReplicaSet);
        let sets = slots.iter().filter_map(|slot| table.get(*slot));
        sets.map(|set| set.meta().created).max()
    }

    /// Of the workload under the cursor of the canary screen, which need not be watched; of a pod without one: its own.
    fn logs_of_canary(&self, screen: &Canary) -> Option<Wanted> {
        let look = self.canary_look(screen);
        let Some(target) = screen.row(&look)?.target.clone() else {
            return self.logs_of(self.canary_pod(screen)?);
        };
        let kind = Kind::ALL.into_iter().find(|kind| target.resource == (*kind).into())?;
        if let Some(record) = self.cache.get(kind, &target.uid) {
            return self.logs_of(record);
        }
        Some(Wanted {
            title: target.to_string(),
            targets: vec![LogTarget::Selected { kind, namespace: target.namespace, name: target.name }],
            containers: BTreeSet::new(),
            rollout: None,
        })
    }

    fn logs_of_label(&self) -> Result<Wanted, &'static str> {
        let (key, value) = self.home.labels.selected(&self.home.counts).ok_or("no label is selected")?;
        let words = |key: &str, value: &str| format!("{key}={value}");
        let mut parts: Vec<String> = self.home.pins.iter().map(|(key, value)| words(key, value)).collect();
        parts.push(value.map_or_else(|| key.to_string(), |value| words(&key, &value)));
        parts.dedup();
        let selector = parts.join(",");
        Ok(Wanted {
            title: format!("pods with {selector}"),
            targets: self
                .feed_keys(Kind::Pod)
                .into_iter()
                .map(|key| key.namespace.map(String::from))
                .map(|namespace| LogTarget::Labels { namespace, selector: selector.clone() })
                .collect(),
            containers: BTreeSet::new(),
            rollout: None,
        })
    }

    /// Of the pod, or of the pods of the revision, under the cursor of the release screen.
    fn logs_of_release(&self) -> Result<Wanted, &'static str> {
        let Some(Screen::Release(screen)) = self.stack.last() else { return Err("no revision is selected") };
        let look = self.cockpit(screen);
        let places = screen.places(&look);
        match places.get(screen.position(&places)) {
            Some(Place::Pod(_)) => {
                let pod = self.release_pod().ok_or("that pod is gone")?;
                self.logs_of(pod).ok_or("that pod has no logs")
            }
            Some(Place::Revision(uid)) => {
                let view = look.revision(uid).ok_or("that revision is gone")?;
                super::release::logs_of_revision(screen, view)
                    .ok_or("which pods are of this revision is not known")
            }
            None => Err("its revisions are not read yet"),
        }
    }
}
