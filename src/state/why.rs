//! Why an object is as it is: asked for, shown, and gone along.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::inquiry::Subject;
use crate::model::cache::Changes;
use crate::model::record::{Kind, Record};
use crate::model::relate::Named;
use crate::model::resource::Resource;
use crate::model::sync::FeedStatus;
use crate::model::table::What;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::screen::detail::Reading;
use crate::screen::why::WhyScreen;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::why::Why;

fn words(subject: &Subject) -> String {
    format!("read why {}/{} is as it is", subject.resource.word(), subject.name)
}

fn of_record(record: &Record) -> (Subject, Option<Kind>) {
    let meta = record.meta();
    let subject = Subject {
        resource: Resource::from(record.kind()),
        namespace: meta.namespace.to_string(),
        name: meta.name.to_string(),
    };
    (subject, Some(record.kind()))
}

impl State {
    /// The object that is meant here, with its kind where that is one of those that are known; or why there is none.
    pub(super) fn meant_here(&self) -> Result<(Subject, Option<Kind>), String> {
        let nothing = || "nothing is selected".to_owned();
        match self.stack.last() {
            Some(Screen::Why(screen)) => {
                let step = screen.current().ok_or_else(nothing)?;
                self.subject_named(&step.about)
            }
            Some(Screen::Relations(screen)) => {
                let edge = screen.current().ok_or_else(nothing)?;
                self.subject_named(&edge.to)
            }
            Some(Screen::Recent(screen)) => {
                let line = screen.current(self, self.now).ok_or_else(nothing)?;
                self.subject_named(&line.about)
            }
            Some(Screen::Triage(_)) => {
                let finding = self.triage().and_then(|screen| screen.current()).ok_or_else(nothing)?;
                // What rows are grouped by says more than one of the rows; of events grouped by reason a row is all there is.
                let of_subject =
                    self.record_of(&finding.subject).filter(|record| record.kind() != Kind::Event);
                if let Some(record) = of_subject.or_else(|| self.record_of(&finding.shown_by)) {
                    return Ok(self.involved(record));
                }
                let of = &finding.subject;
                let served = self.kinds.catalogue.served().iter();
                let resource = served
                    .map(|served| Resource::from(served.kind))
                    .chain(Resource::KNOWN.iter().cloned())
                    .find(|resource| *resource.kind == *of.kind);
                let resource = resource.ok_or_else(|| format!("what {} is, is not known", of.name))?;
                let (namespace, name) = (of.namespace.to_string(), of.name.to_string());
                Ok((Subject { resource, namespace, name }, None))
            }
            _ => self.object().map(|record| self.involved(record)).ok_or_else(nothing),
        }
    }

    /// The object of the step under the cursor, and the one that was asked about, where their rows are known.
    pub(super) fn why_objects(&self, screen: &WhyScreen) -> [Option<&Record>; 2] {
        let step = screen.current().filter(|step| !step.uid.is_empty()).and_then(|step| {
            let uid = Uid::new(&step.uid);
            Kind::ALL.into_iter().find_map(|kind| self.cache.get(kind, &uid))
        });
        let of = &screen.subject;
        let named = |record: &&Record| {
            let meta = record.meta();
            *meta.name == *of.name && *meta.namespace == *of.namespace
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.resource().3 == of.resource.kind);
        let rows = kind.map(|kind| self.cache.table(kind).iter().map(|(_, record)| record));
        [step, rows.and_then(|mut rows| rows.find(named))]
    }

    /// Of an event: what it is about, where that is among what is known; else the object itself.
    fn involved(&self, record: &Record) -> (Subject, Option<Kind>) {
        let about = match record {
            Record::Event(event) => event.object_uid.as_ref(),
            _ => None,
        };
        let found = about.and_then(|uid| Kind::ALL.into_iter().find_map(|kind| self.cache.get(kind, uid)));
        of_record(found.unwrap_or(record))
    }

    fn subject_named(&self, of: &Named) -> Result<(Subject, Option<Kind>), String> {
        let is_it = |resource: &&Resource| resource.group == of.group && resource.kind == of.kind;
        let subject =
            |resource: Resource| Subject { resource, namespace: of.namespace.clone(), name: of.name.clone() };
        if let Ok(kind) = self.kind_named(of) {
            return Ok((subject(kind.into()), Some(kind)));
        }
        // One may read what is in another namespace, although its table is not shown here.
        let known = Resource::KNOWN.iter().find(is_it).cloned();
        known
            .map(|resource| (subject(resource), None))
            .ok_or_else(|| format!("what {} is, is not known", of.name))
    }

    /// Shows why what is under the cursor is as it is.
    pub(super) fn open_why(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let (subject, kind) = match self.meant_here() {
            Ok(meant) => meant,
            Err(why) => return self.tell(Severity::Info, why, now),
        };
        self.show_why(subject, kind, now, effects);
    }

    /// Shows why a typed object is as it is: `KIND/NAME` or `KIND NAME`, and its namespace where it is not the one that is shown.
    pub(super) fn why_typed(&mut self, typed: &str, now: Now, effects: &mut Vec<Effect>) {
        match self.subject_typed(typed) {
            Ok((subject, kind)) => self.show_why(subject, kind, now, effects),
            Err(why) => self.tell(Severity::Info, why, now),
        }
    }

    fn subject_typed(&self, typed: &str) -> Result<(Subject, Option<Kind>), String> {
        let words: Vec<&str> = typed.split(['/', ' ']).filter(|word| !word.is_empty()).collect();
        let (word, name, within) = match words.as_slice() {
            [word, name] => (*word, *name, None),
            [word, name, namespace] => (*word, *name, Some((*namespace).to_owned())),
            _ => return Err(":why takes KIND/NAME, and a namespace if it is another one".to_owned()),
        };
        let kind = self.kind_called(&word.to_lowercase()).ok_or_else(|| self.nothing_called(word))?;
        let subject = |namespace: String| {
            (Subject { resource: Resource::from(kind), namespace, name: name.to_owned() }, Some(kind))
        };
        if !kind.namespaced() {
            return Ok(subject(String::new()));
        }
        if let Some(namespace) = within.or_else(|| self.session.namespace.clone()) {
            return Ok(subject(namespace));
        }
        let rows = self.cache.table(kind).iter().map(|(_, record)| record.meta());
        let mut found: Vec<String> =
            rows.filter(|meta| *meta.name == *name).map(|meta| meta.namespace.to_string()).collect();
        found.sort();
        match found.as_slice() {
            [one] => Ok(subject(one.clone())),
            [] => Err(format!("{word}/{name} is not among what is shown: say its namespace after it")),
            several => Err(format!("{word}/{name} is in {}: say which after it", several.join(", "))),
        }
    }

    fn show_why(&mut self, subject: Subject, kind: Option<Kind>, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Screen::Why(screen)) = self.stack.last()
            && screen.subject == subject
        {
            return self.tell(Severity::Info, format!("this is why {} is as it is", subject.name), now);
        }
        let op = self.start_op(words(&subject));
        // Who goes along the chain may read the object, and need not be allowed to list its kind.
        let kind = kind.filter(|kind| self.statuses.get(kind).is_some_and(FeedStatus::is_live));
        let screen = WhyScreen::new(op, subject, kind, now);
        effects.push(Effect::Inquire(op, screen.question(now)));
        self.stack.push(Screen::Why(Box::new(screen)));
        // Where a step leads is known by the server's kinds.
        self.discover(now, effects);
        self.watch_what_is_shown(now, effects);
    }

    /// What changed is read anew; once more when it changes while it is read.
    pub(super) fn refresh_why(&mut self, changes: &Changes, effects: &mut Vec<Effect>) {
        let now = self.now;
        for screen in &mut self.stack {
            let Screen::Why(screen) = screen else { continue };
            let Some(kind) = screen.kind else { continue };
            let is_it = |record: &Record| {
                let meta = record.meta();
                *meta.name == *screen.subject.name && *meta.namespace == *screen.subject.namespace
            };
            let (mut anew, mut gone) = (false, false);
            for delta in changes.of(kind) {
                anew |= self.cache.get(kind, &delta.uid).is_some_and(is_it);
                gone |= delta.what == What::Removed && delta.old.as_ref().is_some_and(is_it);
            }
            anew |= changes.same(kind).any(|uid| self.cache.get(kind, uid).is_some_and(is_it));
            match screen.reading {
                _ if gone && !anew => screen.reading = Reading::Gone,
                _ if !anew => {}
                Reading::Waiting => screen.stale = true,
                _ => {
                    screen.reading = Reading::Waiting;
                    self.operations.again(screen.op, words(&screen.subject), now);
                    effects.push(Effect::Inquire(screen.op, screen.question(now)));
                }
            }
        }
    }

    /// It was read, or not.
    pub(super) fn on_why(
        &mut self,
        op: OpId,
        result: Result<Why, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        for screen in self.stack.iter_mut().chain(&mut self.ahead) {
            if let Screen::Why(screen) = screen
                && screen.op == op
            {
                match result {
                    Ok(why) => {
                        (screen.why, screen.reading, screen.read) = (Some(why), Reading::Done, now);
                    }
                    Err(trouble) => screen.reading = Reading::Failed(trouble),
                }
                if std::mem::take(&mut screen.stale) {
                    screen.reading = Reading::Waiting;
                    self.operations.again(op, words(&screen.subject), now);
                    effects.push(Effect::Inquire(op, screen.question(now)));
                }
                return;
            }
        }
    }

    /// Does what the screen can do; false when the action means nothing there.
    pub(super) fn act_on_why(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let Some(Screen::Why(screen)) = self.stack.last_mut() else { return false };
        match action {
            Action::Open => match screen.current().cloned() {
                Some(step) => self.go_to_named(&step.about, &step.uid, now, effects),
                None => self.tell(Severity::Info, "nothing is selected", now),
            },
            Action::CopyName => effects.push(Effect::Copy(screen.text())),
            Action::Retry if screen.reading != Reading::Waiting => {
                screen.reading = Reading::Waiting;
                let (op, words, question) = (screen.op, words(&screen.subject), screen.question(now));
                self.operations.again(op, words, now);
                effects.push(Effect::Inquire(op, question));
            }
            Action::Retry => {}
            action => return screen.act(action, body),
        }
        true
    }
}
