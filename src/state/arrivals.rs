//! What comes from outside: the link, the feeds, logs, objects. Late answers of ended operations are dropped.

use std::time::Duration;

use crate::describe::What;
use crate::effect::{Effect, OpId};
use crate::model::feed::{FeedKey, FeedUpdate};
use crate::model::link::Link;
use crate::model::record::Kind;
use crate::model::trouble::Trouble;
use crate::model::yaml::Yaml;
use crate::screen::detail::text::Form;
use crate::screen::detail::{Reading, Subject};
use crate::screen::home::Home;
use crate::screen::pane::Pane;
use crate::screen::{self, Screen, detail};
use crate::state::namespaces::region;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// The connection's state changed.
    pub fn on_link(&mut self, session: OpId, link: Link, now: Now) {
        if session != self.session.id {
            return self.on_fleet_link(session, link, now);
        }
        match (&self.session.link, &link) {
            (Link::Lost { .. }, Link::Live { .. }) => self.tell(Severity::Info, "connected again", now),
            (Link::Live { .. }, Link::Lost { trouble, .. }) => {
                let words = format!("connection lost: {trouble} ({})", trouble.tried);
                self.tell(Severity::Warning, words, now);
            }
            _ => {}
        }
        let lost_before = matches!(self.session.link, Link::Lost { .. });
        // How long it has been lost counts from the first failure; the countdown from the last.
        if !(lost_before && matches!(link, Link::Lost { .. })) {
            let quiet = if let Link::Lost { quiet, .. } = link { quiet } else { Duration::ZERO };
            self.session.lost_since = now.mono.saturating_sub(quiet);
        }
        if let Link::Live { version } = &link {
            self.session.version.clone_from(version);
        }
        self.session.since = now.mono;
        self.session.link = link;
    }

    /// A watch has something to say.
    pub fn on_feed(&mut self, key: &FeedKey, update: FeedUpdate, now: Now, effects: &mut Vec<Effect>) {
        let rows = matches!(update, FeedUpdate::Rows(_) | FeedUpdate::Synced);
        self.take_feed(key, update, now, effects);
        self.follow_pattern(key, rows, now, effects);
    }

    fn take_feed(&mut self, key: &FeedKey, update: FeedUpdate, now: Now, effects: &mut Vec<Effect>) {
        if !self.feeds.knows(key) {
            return self.on_fleet_feed(key, update, now, effects);
        }
        if let (FeedUpdate::Columns(columns), Kind::Other(resource)) = (&update, key.kind) {
            self.kinds.columns.learn(resource, columns.clone());
            self.dress_tables(key.kind);
            return;
        }
        if !key.selectors.is_empty() {
            return self.on_selected(key, update, now);
        }
        let region = region(key);
        if !self.is_in_scope(key) {
            // It lingers: its rows are kept true for a quick return. Or it is read beside the scope.
            return self.on_beside(key, update, now);
        }
        if let FeedUpdate::Interrupted(trouble) = &update
            && self.statuses.of(key.kind, &region).is_none_or(|status| status.trouble() != Some(trouble))
            && !trouble.kind.is_link()
            && !self.is_said_by_triage(key.kind)
        {
            let (.., plural, _) = key.kind.resource();
            self.tell(Severity::Warning, format!("{plural}: {trouble}"), now);
        }
        if let FeedUpdate::Skipped { count, why } = &update {
            // Nothing is lost silently (invariant 11).
            let (.., plural, _) = key.kind.resource();
            self.tell(
                Severity::Warning,
                format!("{count} {plural} could not be read and are not shown: {why}"),
                now,
            );
        }
        if matches!(update, FeedUpdate::Skipped { .. }) {
            // What rules say may not stand on rows that are not there.
            self.note_for_triage();
        }
        let status = self.statuses.of_mut(key.kind, &region, now.mono);
        status.apply(&update, now.mono);
        let synced_before = status.is_live();
        self.narrow_if_forbidden(key, &update, now, effects);
        let rows = matches!(update, FeedUpdate::Rows(_));
        if update == FeedUpdate::Synced {
            // Which rows came first while the list was loading was chance.
            self.home
                .panes_mut()
                .into_iter()
                .filter(|pane| pane.kind == key.kind)
                .for_each(Pane::measure_anew);
        }
        if rows && synced_before {
            self.note_seen(key, &update, now);
        }
        let synced = update == FeedUpdate::Synced;
        let changes = self.cache.apply_in(key.kind, &region, update);
        if synced && !self.cache.has_rows() {
            self.check_namespace(effects);
        }
        if changes.is_empty() {
            // What is kept of it is the same, what is shown of it in detail may not be.
            return self.refresh_details(&changes, effects);
        }
        // What a list brings is no news; what comes after it is. Endpoints touch services.
        let is_live = |kind: Kind| self.statuses.get(&kind).is_some_and(|status| status.is_live());
        let lively: Vec<Kind> = Home::KINDS.into_iter().filter(|kind| is_live(*kind)).collect();
        let live = |kind: Kind| rows && synced_before && (kind == key.kind || lively.contains(&kind));
        self.hand_on(&changes, &live, now, effects);
    }

    /// Nothing is there: perhaps the namespace is not.
    fn check_namespace(&mut self, effects: &mut Vec<Effect>) {
        let Some(name) = self.session.namespace.clone() else { return };
        if self.session.checked.as_ref().is_none_or(|(asked, _)| *asked != name) {
            self.session.checked = Some((name.clone(), None));
            let op = self.start_op(format!("does namespace {name} exist"));
            self.session.checking = Some(op);
            effects.push(Effect::CheckNamespace(op, name));
        }
    }

    /// Whether a namespace exists was answered.
    pub fn on_namespace_checked(&mut self, op: OpId, name: &str, exists: Option<bool>) {
        self.operations.end(op);
        self.session.checking.take_if(|asked| *asked == op);
        if let Some((asked, answer)) = &mut self.session.checked
            && asked == name
        {
            *answer = exists;
        }
    }

    /// Keeps the list of operations true: a screen that has read what it shows waits for nothing, until it reads again.
    pub(super) fn note_readings(&mut self) {
        for screen in &self.stack {
            let (op, waits, name) = match screen {
                Screen::Text(screen) => {
                    let subject = &screen.subject;
                    (subject.op, subject.reading == Reading::Waiting, &subject.object.name)
                }
                Screen::Containers(screen) => {
                    let subject = &screen.subject;
                    (subject.op, subject.reading == Reading::Waiting, &subject.object.name)
                }
                Screen::Logs(logs) => (logs.op, !logs.is_over(), &logs.title),
                _ => continue,
            };
            if !waits {
                self.operations.end(op);
            } else if self.operations.get(op).is_none() {
                self.operations.again(op, format!("read {name}"), self.now);
            }
        }
    }

    /// A detail screen whose object changed reads it anew.
    pub(super) fn refresh_details(
        &mut self,
        changes: &crate::model::cache::Changes,
        effects: &mut Vec<Effect>,
    ) {
        let texts = self.stack.iter().map(|screen| match screen {
            Screen::Text(text) if matches!(text.form, Form::Told(_)) => {
                self.has_news(&text.subject.uid, changes)
            }
            _ => false,
        });
        let news: Vec<bool> = texts.collect();
        self.refresh_relations(changes, effects);
        self.refresh_why(changes, effects);
        for (screen, news) in self.stack.iter_mut().zip(news) {
            let form = if let Screen::Text(text) = screen { Some(text.form) } else { None };
            let subject: &mut Subject = match screen {
                Screen::Text(screen) => &mut screen.subject,
                Screen::Containers(screen) => &mut screen.subject,
                Screen::Table(_)
                | Screen::Logs(_)
                | Screen::Plan(_)
                | Screen::Release(_)
                | Screen::Canary(_)
                | Screen::Journal(_)
                | Screen::Operations(_)
                | Screen::Forwards(_)
                | Screen::Relations(_)
                | Screen::Recent(_)
                | Screen::Why(_)
                | Screen::Sheet(_)
                | Screen::Triage(_)
                | Screen::Explain(_) => continue,
            };
            let again = changes.same(subject.object.kind).any(|uid| *uid == subject.uid);
            let mine = changes.of(subject.object.kind).iter().filter(|delta| delta.uid == subject.uid);
            let mut anew = (news || again) && subject.reading != Reading::Gone;
            for delta in mine {
                match delta.what {
                    crate::model::table::What::Removed => subject.reading = Reading::Gone,
                    _ => anew = true,
                }
            }
            match subject.reading {
                _ if !anew => {}
                Reading::Waiting => subject.stale = true,
                _ => {
                    subject.reading = Reading::Waiting;
                    effects.push(get(form, subject));
                }
            }
        }
        self.note_readings();
        self.read_for_canaries(effects);
    }

    /// An object was read and made YAML.
    pub fn on_yaml(&mut self, op: OpId, result: Result<Box<Yaml>, Trouble>, effects: &mut Vec<Effect>) {
        let height = detail::draw::height(screen::body(self.size).height);
        for screen in &mut self.stack {
            if let Screen::Text(screen) = screen
                && screen.subject.op == op
            {
                match result {
                    Ok(yaml) => screen.on_yaml(yaml, height),
                    Err(trouble) => screen.subject.reading = Reading::Failed(trouble),
                }
                read_again(Some(screen.form), &mut screen.subject, effects);
                return self.note_readings();
            }
        }
    }
}

/// Reads an object for its text, or a pod for its containers.
fn get(form: Option<Form>, subject: &Subject) -> Effect {
    match form {
        Some(form) => super::details::read(form, subject),
        None => super::details::read(Form::Told(What::Containers), subject),
    }
}

/// The object changed while it was read.
fn read_again(form: Option<Form>, subject: &mut Subject, effects: &mut Vec<Effect>) {
    if std::mem::take(&mut subject.stale) {
        subject.reading = Reading::Waiting;
        effects.push(get(form, subject));
    }
}
