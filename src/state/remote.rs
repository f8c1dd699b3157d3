//! Getting into containers: who is meant, whether it may be begun, and what is said and written down when it has ended.
//!
//! The terminal is handed over by the loop; nothing of what flows is known here.

use crate::action::Action;
use crate::effect::{Effect, ObjectRef, OpId};
use crate::gate;
use crate::journal::Entry;
use crate::keymap::key::{KeyCode, KeyPress};
use crate::model::record::{Kind, Pod, Record};
use crate::model::remote::{Door, Doors, End, Ended, Entrance, What, not_read};
use crate::model::trouble::Trouble;
use crate::release::Target;
use crate::screen::Screen;
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry as Choice, Picker, PickerKind};
use crate::state::changes::Followed;
use crate::state::notices::Severity;
use crate::state::offered::does_not_apply;
use crate::state::{Now, State};

/// Where an entrance opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On this terminal, until it ends.
    Here,
    /// Beside, in a pane or window of tmux.
    Aside,
}

/// Somebody wants to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    what: What,
    place: Place,
    namespace: String,
    pod: String,
    container: Option<String>,
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Remote {
    /// The pod that is being read for its containers.
    reading: Option<(OpId, Wanted)>,
    /// Keys that were typed meanwhile: they are meant for where one is going.
    ahead: Vec<KeyPress>,
    /// The pod one of whose containers is to be chosen.
    choosing: Option<(Wanted, Doors)>,
    /// What has the terminal: its number, and its line in the journal.
    open: Option<(OpId, Entrance, Entry)>,
}

impl Remote {
    /// Somebody is in a container, or on the way there.
    pub(super) fn is_under_way(&self) -> bool {
        self.reading.is_some() || self.choosing.is_some() || self.open.is_some()
    }
}

impl State {
    /// Does what an action asks for; false when it is none of these.
    pub(super) fn act_on_remote(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let (what, place) = match action {
            Action::Exec => (What::Shell, Place::Here),
            Action::ExecAside => (What::Shell, Place::Aside),
            Action::Attach => (What::Attach, Place::Here),
            Action::AttachAside => (What::Attach, Place::Aside),
            _ => return false,
        };
        self.enter(what, place, now, effects);
        true
    }

    /// Wants to get into what is under the cursor.
    pub(super) fn enter(&mut self, what: What, place: Place, now: Now, effects: &mut Vec<Effect>) {
        let (pod, container) = match self.pod_meant() {
            Ok(meant) => meant,
            Err(why) => return self.tell(Severity::Info, why, now),
        };
        let (namespace, name) = (pod.meta.namespace.to_string(), pod.meta.name.to_string());
        let of =
            self.object().filter(|record| record.kind() != Kind::Pod).map(|it| Target::of(it).to_string());
        let target = Target::of(&Record::Pod(pod));
        if self.remote_refused(&what, &target, now, effects) {
            return;
        }
        if place == Place::Aside
            && let Err(why) = self.aside()
        {
            return self.tell(Severity::Info, why, now);
        }
        if let Some(of) = of {
            self.tell(Severity::Info, format!("{name} is the first ready pod of {of}"), now);
        }
        let op = self.start_op(format!("read {name}"));
        if let Some((before, _)) = self.remote.reading.take() {
            self.end(before, effects);
        }
        let object = ObjectRef { kind: Kind::Pod, namespace: namespace.clone(), name: name.clone() };
        self.remote.reading = Some((op, Wanted { what, place, namespace, pod: name, container }));
        effects.push(Effect::GetDoors(op, object));
    }

    /// Whether a key was typed for where one is going; Esc and Ctrl-C say that one does not want to go there.
    pub(super) fn typed_ahead(&mut self, key: KeyPress, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some((op, wanted)) = &self.remote.reading else { return false };
        if wanted.place == Place::Aside {
            return false;
        }
        let op = *op;
        if key.code == KeyCode::Esc || (key.ctrl && key.code == KeyCode::Char('c')) {
            self.end(op, effects);
            self.remote.reading = None;
            self.remote.ahead.clear();
            self.tell(Severity::Info, "not opened", now);
        } else {
            self.remote.ahead.push(key);
        }
        true
    }

    /// Whether the mode forbids it, or nothing would be written down of it; then it is said, and written down.
    fn remote_refused(&mut self, what: &What, target: &Target, now: Now, effects: &mut Vec<Effect>) -> bool {
        let (action, right) = match what {
            What::Attach => (Action::Attach, "attach needs create pods/attach"),
            What::Shell | What::Command(_) => (Action::Exec, "exec needs create pods/exec"),
        };
        let targets = std::slice::from_ref(target);
        let refused = match gate::may_begin(self.ground(action), targets, right) {
            Ok(()) if self.settings.policy.no_journal => gate::Refused::NoJournal,
            Ok(()) => return false,
            Err(refused) => refused,
        };
        self.refuse(action, targets, &refused, now, effects);
        true
    }

    /// Whether it can open beside; why not.
    fn aside(&self) -> Result<(), &'static str> {
        if self.settings.tmux.is_none() {
            return Err("that opens a pane or window of tmux, and this terminal is not in tmux");
        }
        if self.session.place.demo {
            return Err("the embedded cluster lives in this process: nothing beside it can get in");
        }
        Ok(())
    }

    /// The pod under the cursor, and the container if one is; of a workload or a service the first ready pod.
    fn pod_meant(&self) -> Result<(Pod, Option<String>), String> {
        let record = match self.stack.last() {
            Some(Screen::Release(_)) => self.release_pod().or_else(|| self.object()),
            Some(Screen::Canary(screen)) => self.canary_pod(screen),
            _ => self.object(),
        };
        let container = match self.stack.last() {
            Some(Screen::Containers(screen)) if !screen.selected.is_empty() => {
                Some(screen.expected.as_ref().unwrap_or(&screen.selected).clone())
            }
            _ => None,
        };
        let record = record.ok_or("nothing is selected")?;
        let cache = &self.cache;
        let slots = match record {
            Record::Pod(pod) => return Ok((pod.clone(), container)),
            Record::ReplicaSet(_) | Record::StatefulSet(_) | Record::DaemonSet(_) => {
                cache.indexes().pods_owned_by(&record.meta().uid).to_vec()
            }
            Record::Deployment(_) => {
                let sets = cache.replica_set_uids(&record.meta().uid);
                sets.into_iter().flat_map(|set| cache.indexes().pods_owned_by(&set).to_vec()).collect()
            }
            Record::Service(service) => {
                cache.indexes().pods_selected(&service.meta.namespace, &service.selector)
            }
            other => return Err(does_not_apply("exec", other.kind())),
        };
        let pods = cache.table(Kind::Pod);
        let ready = slots.into_iter().filter_map(|slot| match pods.get(slot) {
            Some(Record::Pod(pod)) if pod.is_ready => Some(pod),
            _ => None,
        });
        let first = ready.min_by(|one, other| one.meta.name.cmp(&other.meta.name));
        let pod = first.ok_or_else(|| format!("no pod of {} is ready: choose one", Target::of(record)))?;
        Ok((pod.clone(), None))
    }

    /// The containers of the pod were read, or not.
    pub fn on_doors(
        &mut self,
        op: OpId,
        result: Result<Doors, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        let ahead = std::mem::take(&mut self.remote.ahead);
        let Some((_, wanted)) = self.remote.reading.take_if(|(reading, _)| *reading == op) else { return };
        let doors = match result {
            Ok(doors) => doors,
            Err(trouble) => {
                return self.tell(Severity::Error, not_read(&wanted.pod, &trouble), now);
            }
        };
        if self.prompt.is_some()
            || self.overlay.is_some()
            || matches!(self.stack.last(), Some(Screen::Plan(_)))
        {
            // What the user does now is not interrupted.
            let words = format!("{} was read; ask for it again when this is done", wanted.pod);
            return self.tell(Severity::Info, words, now);
        }
        let door = match &wanted.container {
            Some(name) => doors.get(name).cloned(),
            None if wanted.what == What::Attach => {
                self.debugger(&wanted, &doors).or_else(|| doors.meant()).cloned()
            }
            None => doors.meant().cloned(),
        };
        match (door, &wanted.container) {
            (Some(door), _) => self.open_door(wanted, &door, doors.windows, ahead, now, effects),
            (None, Some(name)) => {
                let words =
                    format!("container {name} of pod {} is over: there is nothing to get into", wanted.pod);
                self.tell(Severity::Info, words, now);
            }
            (None, None) if doors.doors.is_empty() => {
                self.tell(Severity::Info, format!("pod {} has no container to get into", wanted.pod), now);
            }
            (None, None) => {
                let choice = |door: &Door| Choice {
                    label: door.container.name.clone(),
                    aliases: &[],
                    hint: format!("{} {}", door.container.state, door.container.role.word())
                        .trim_end()
                        .to_owned(),
                    command: Command::Door(door.container.name.clone()),
                };
                let picker = Picker::new(PickerKind::Containers, doors.doors.iter().map(choice).collect());
                self.remote.choosing = Some((wanted, doors));
                self.overlay = Some(Overlay::Picker(Box::new(picker)));
            }
        }
    }

    /// The newest container that joined the pod in this session to debug it, while it runs: it was begun to be attached to.
    fn debugger<'a>(&self, wanted: &Wanted, doors: &'a Doors) -> Option<&'a Door> {
        let here = self.changes.all().iter().filter(|one| one.context == self.session.place.context);
        let joined = here
            .rev()
            .filter_map(Followed::debugger)
            .filter(|(pod, _)| pod.namespace == wanted.namespace && pod.name == wanted.pod);
        joined.filter_map(|(_, name)| doors.get(name)).find(|door| door.runs)
    }

    /// A container was chosen.
    pub(super) fn door_chosen(&mut self, name: &str, now: Now, effects: &mut Vec<Effect>) {
        let Some((wanted, doors)) = self.remote.choosing.take() else { return };
        if let Some(door) = doors.get(name).cloned() {
            self.open_door(wanted, &door, doors.windows, Vec::new(), now, effects);
        }
    }

    fn open_door(
        &mut self,
        wanted: Wanted,
        door: &Door,
        windows: bool,
        ahead: Vec<KeyPress>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Wanted { what, place, namespace, pod, .. } = wanted;
        let container = door.container.name.clone();
        if !door.runs {
            let words = format!("container {container} of pod {pod} does not run: {}", door.container.state);
            return self.tell(Severity::Warning, words, now);
        }
        // A process that was begun without input has none.
        let (stdin, tty) = if what == What::Attach { (door.stdin, door.tty) } else { (true, true) };
        let entrance = Entrance { namespace, pod, container, what, windows, stdin, tty };
        if place == Place::Aside {
            let op = self.start_op(format!("open a pane for {entrance}"));
            return effects.push(Effect::OpenAside(op, entrance));
        }
        let op = self.operations.id();
        let entry = self.entrance_entry(op, &entrance, now);
        self.write_down(entry.clone(), effects);
        self.remote.open = Some((op, entrance.clone(), entry));
        effects.push(Effect::Enter(op, entrance, ahead));
    }

    fn entrance_entry(&self, op: OpId, entrance: &Entrance, now: Now) -> Entry {
        let Entrance { namespace, pod, container, .. } = entrance;
        let target = Target::unborn(Kind::Pod.into(), namespace.clone(), pod.clone());
        Entry {
            namespace: namespace.clone(),
            object: target.to_string(),
            title: entrance.title(),
            values: vec![format!("container: {container}")],
            requests: vec![entrance.request()],
            outcome: "opened".to_owned(),
            ..self.entry(&format!("{}-{op}-{}", now.unix, entrance.word()), now)
        }
    }

    /// The terminal is back.
    pub fn on_left(&mut self, op: OpId, ended: &Ended, now: Now, effects: &mut Vec<Effect>) {
        let Some((_, entrance, entry)) = self.remote.open.take_if(|(open, ..)| *open == op) else { return };
        let words = ended.words(&entrance);
        let severity = match ended.end {
            End::Exit(0) | End::Left => Severity::Info,
            End::Exit(_) => Severity::Warning,
            End::Failed(_) | End::Refused(_) | End::Lost(_) => Severity::Error,
        };
        let time = self.entry(&entry.id, now).time;
        let entry = Entry { time, outcome: ended.outcome().to_owned(), words: words.clone(), ..entry };
        self.write_down(entry, effects);
        self.tell(severity, words, now);
    }

    /// A pane or window was opened beside, or not.
    pub fn on_aside(&mut self, op: OpId, result: Result<String, String>, now: Now) {
        self.operations.end(op);
        match result {
            Ok(words) => self.tell(Severity::Info, words, now),
            Err(why) => self.tell(Severity::Error, why, now),
        }
    }
}
