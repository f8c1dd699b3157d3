//! The relations of an object: asked for, shown, and gone along.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::inquiry::{Finding, Inquiry};
use crate::model::cache::Changes;
use crate::model::record::{Kind, Record};
use crate::model::relate::{Edge, Named, Presence, Relations};
use crate::model::resource::Resource;
use crate::model::sync::FeedStatus;
use crate::model::table::What;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::screen::detail::Reading;
use crate::screen::pane::Pane;
use crate::screen::relations::RelationsScreen;
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// What reads the relations that a screen shows.
fn ask(screen: &RelationsScreen, around: Option<String>) -> Effect {
    let inquiry = Inquiry::Relations {
        resource: screen.resource.clone(),
        namespace: screen.namespace.clone(),
        name: screen.name.clone(),
        around,
    };
    Effect::Inquire(screen.op, inquiry)
}

impl State {
    /// Shows the relations of the object under the cursor.
    pub(super) fn open_relations(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let subject = match self.stack.last() {
            Some(Screen::Relations(screen)) => match screen.current().map(|edge| self.resource_of(edge)) {
                Some(Ok(subject)) => Some(subject),
                Some(Err(why)) => return self.tell(Severity::Info, why, now),
                None => None,
            },
            _ => self.object().map(|record| {
                let meta = record.meta();
                (record.kind(), meta.namespace.to_string(), meta.name.to_string())
            }),
        };
        let Some((kind, namespace, name)) = subject else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let resource = Resource::from(kind);
        let op = self.start_op(format!("read the relations of {}/{name}", resource.word()));
        let mut screen = RelationsScreen::new(op, kind, namespace, name, now);
        // Who goes along a relation may read the object, and need not be allowed to list its kind.
        let from_relations = matches!(self.stack.last(), Some(Screen::Relations(_)));
        screen.watched = !from_relations || self.statuses.get(&kind).is_some_and(FeedStatus::is_live);
        self.stack.push(Screen::Relations(Box::new(screen)));
        self.ask_relations(effects);
        // Where a relation leads is known by the server's kinds.
        self.discover(now, effects);
        self.watch_what_is_shown(now, effects);
    }

    fn ask_relations(&self, effects: &mut Vec<Effect>) {
        let Some(Screen::Relations(screen)) = self.stack.last() else { return };
        effects.push(ask(screen, self.session.namespace.clone()));
    }

    /// The relations of an object that changed, or came again, are read anew; once more when it changes while they are read.
    pub(super) fn refresh_relations(&mut self, changes: &Changes, effects: &mut Vec<Effect>) {
        let around = self.session.namespace.clone();
        for screen in &mut self.stack {
            let Screen::Relations(screen) = screen else { continue };
            let kind = screen.kind;
            let is_it = |record: &Record| {
                let meta = record.meta();
                *meta.name == *screen.name && *meta.namespace == *screen.namespace
            };
            let (mut anew, mut gone) = (false, false);
            for delta in changes.of(kind) {
                let now = self.cache.get(kind, &delta.uid);
                anew |= now.is_some_and(is_it);
                gone |= delta.what == What::Removed && delta.old.as_ref().is_some_and(is_it);
            }
            anew |= changes.same(kind).any(|uid| self.cache.get(kind, uid).is_some_and(is_it));
            match screen.reading {
                _ if gone && !anew => screen.reading = Reading::Gone,
                _ if !anew => {}
                Reading::Waiting => screen.stale = true,
                _ => {
                    screen.reading = Reading::Waiting;
                    let words = format!("read the relations of {}", screen.name);
                    self.operations.again(screen.op, words, self.now);
                    effects.push(ask(screen, around.clone()));
                }
            }
        }
    }

    /// A question was answered, or not.
    pub fn on_inquired(
        &mut self,
        op: OpId,
        result: Result<Finding, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        match result {
            Ok(Finding::Relations(relations)) => self.on_relations(op, Ok(relations), now, effects),
            Ok(Finding::Usage(measured)) => self.on_usage(op, Ok(measured), now),
            Ok(Finding::Certificates(ends)) => self.on_certificates(op, Ok(ends), now),
            Ok(Finding::Rights(rules)) if self.rights_known(op, &rules, effects) => {}
            Ok(Finding::Rights(rules)) => self.on_rights(op, &rules),
            Ok(Finding::Access(answers)) if self.rights_reviewed(op, &answers) => {}
            Ok(Finding::Access(answers)) => self.on_access(op, &answers),
            Ok(Finding::Recent(recent)) => self.on_recent(op, Ok(recent), now),
            Ok(Finding::Why(why)) => self.on_why(op, Ok(why), now, effects),
            Ok(Finding::Handover(handed)) => self.on_handed(op, &handed, now, effects),
            Err(trouble) => {
                self.rights_unknown(op);
                self.on_usage(op, Err(trouble.clone()), now);
                self.on_certificates(op, Err(trouble.clone()), now);
                self.on_sheet_trouble(op, &trouble);
                self.on_recent(op, Err(trouble.clone()), now);
                self.on_why(op, Err(trouble.clone()), now, effects);
                self.on_not_handed(op, &trouble, now);
                self.on_relations(op, Err(trouble), now, effects);
            }
        }
    }

    fn on_relations(
        &mut self,
        op: OpId,
        result: Result<Relations, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let around = self.session.namespace.clone();
        for screen in &mut self.stack {
            if let Screen::Relations(screen) = screen
                && screen.op == op
            {
                match result {
                    Ok(relations) => {
                        screen.relations = relations;
                        screen.reading = Reading::Done;
                        screen.read = now;
                    }
                    Err(trouble) => screen.reading = Reading::Failed(trouble),
                }
                if std::mem::take(&mut screen.stale) {
                    screen.reading = Reading::Waiting;
                    self.operations.again(op, format!("read the relations of {}", screen.name), now);
                    effects.push(ask(screen, around));
                }
                return;
            }
        }
    }

    /// Does what the screen can do; false when the action means nothing there.
    pub(super) fn act_on_relations(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let Some(Screen::Relations(screen)) = self.stack.last_mut() else { return false };
        match action {
            Action::Open => self.follow_relation(now, effects),
            Action::Relations => self.open_relations(now, effects),
            Action::Retry if screen.reading != Reading::Waiting => {
                screen.reading = Reading::Waiting;
                let (op, words) = (screen.op, format!("read the relations of {}", screen.name));
                self.operations.again(op, words, now);
                self.ask_relations(effects);
            }
            Action::CopyName => {
                if let Some(name) = screen.current().map(|edge| edge.to.name.clone()) {
                    effects.push(Effect::Copy(name));
                }
            }
            action => return screen.act(action, body),
        }
        true
    }

    /// Goes to the object under the cursor: its table, with the cursor on it.
    fn follow_relation(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(Screen::Relations(screen)) = self.stack.last() else { return };
        let Some(edge) = screen.current().cloned() else { return };
        match self.kind_of(&edge) {
            Ok(_) => self.go_to_named(&edge.to, &edge.uid, now, effects),
            Err(why) => self.tell(Severity::Info, why, now),
        }
    }

    /// Goes to an object: its table, with the cursor on it; by its name where its UID is not known.
    pub(super) fn go_to_named(&mut self, to: &Named, uid: &str, now: Now, effects: &mut Vec<Effect>) {
        let kind = match self.kind_named(to) {
            Ok(kind) => kind,
            Err(why) => return self.tell(Severity::Info, why, now),
        };
        let mut pane = Pane::new(kind, self.settings.wide);
        self.kinds.dress(&mut pane);
        if uid.is_empty() {
            pane.set_filter(&to.name);
        } else {
            pane.go_to(&Uid::new(uid), self.cache.table(kind));
        }
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
        if let Some(Screen::Table(pane)) = self.stack.last_mut()
            && !uid.is_empty()
        {
            pane.go_to(&Uid::new(uid), self.cache.table(kind));
        }
    }

    /// The kind that a relation leads to, or why one cannot go there.
    fn kind_of(&self, edge: &Edge) -> Result<Kind, String> {
        let to = &edge.to;
        let named = format!("{} {}", to.kind, to.name);
        if matches!(edge.presence, Presence::Missing | Presence::MissingOptional) {
            return Err(format!("{named} is not there"));
        }
        self.kind_named(to)
    }

    /// The kind of a named object that one may go to, or why not.
    pub(super) fn kind_named(&self, to: &Named) -> Result<Kind, String> {
        let named = format!("{} {}", to.kind, to.name);
        if let Some(here) = &self.session.namespace
            && !to.namespace.is_empty()
            && *here != to.namespace
        {
            return Err(format!("{named} is in namespace {}: go there first", to.namespace));
        }
        let served = self.kinds.catalogue.served().iter().map(|served| served.kind);
        let mut kinds = Kind::ALL.into_iter().chain(served);
        let found = kinds.find(|kind| {
            let (group, .., name) = kind.resource();
            group == to.group && name == to.kind
        });
        found.ok_or_else(|| format!("the kind of {named} is not known: the server's kinds are not read yet"))
    }

    fn resource_of(&self, edge: &Edge) -> Result<(Kind, String, String), String> {
        let kind = self.kind_of(edge)?;
        let namespace = if kind.namespaced() { edge.to.namespace.clone() } else { String::new() };
        Ok((kind, namespace, edge.to.name.clone()))
    }
}
