//! Looking at what is wrong: which kinds it needs, when it is looked again, and what its lines lead to.
//!
//! Looked again only when something changed, or when time alone makes a difference, and at most a few times a second.

use std::time::Duration;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::gate::Mode;
use crate::inquiry::Inquiry;
use crate::model::certificate::Ends;
use crate::model::record::{Kind, Record};
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::screen::operations::moved;
use crate::screen::pane::Pane;
use crate::screen::triage::{TriageScreen, draw};
use crate::screen::{self, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::triage::{Certificates, Feed, Object, Scene, Standing, is_always_served, look};

/// The least time between two looks.
const PAUSE: Duration = Duration::from_millis(300);
/// Certificates end slowly.
const AGAIN: Duration = Duration::from_mins(10);

/// What is looked at beside the kinds that have records of their own.
static OTHERS: [Resource; 7] = [
    Resource::JOBS,
    Resource::CRON_JOBS,
    Resource::INGRESSES,
    Resource::AUTOSCALERS,
    Resource::DISRUPTION_BUDGETS,
    Resource::PERSISTENT_VOLUME_CLAIMS,
    Resource::RESOURCE_QUOTAS,
];

impl State {
    /// Shows what is wrong.
    pub(super) fn open_triage(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if matches!(self.stack.last(), Some(Screen::Triage(_))) {
            return;
        }
        self.stack.push(Screen::Triage(Box::default()));
        // Which of the other kinds the server has, and by which version, it says itself.
        self.discover(now, effects);
        self.triage_kinds(now, effects);
    }

    pub(super) fn triage(&self) -> Option<&TriageScreen> {
        match self.stack.last() {
            Some(Screen::Triage(screen)) => Some(screen),
            _ => None,
        }
    }

    fn triage_mut(&mut self) -> Option<&mut TriageScreen> {
        match self.stack.last_mut() {
            Some(Screen::Triage(screen)) => Some(screen),
            _ => None,
        }
    }

    /// The other kinds are those that the server has; where it does not say, those that servers have today.
    pub(super) fn triage_kinds(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let known = self.kinds.catalogue.is_read();
        let served = |resource: &'static Resource| {
            let same = |kind: &Kind| {
                let (group, _, plural, _) = kind.resource();
                group == resource.group && plural == resource.plural
            };
            // One that every server has is asked for nevertheless: that it is not there is told by the answer.
            let always = !known || is_always_served(&resource.group);
            let served = self.kinds.catalogue.served().iter().map(|served| served.kind).find(same);
            served.or_else(|| always.then_some(Kind::Other(resource)))
        };
        let answered = known || !self.kinds.are_asked();
        let others: Vec<Kind> =
            if answered { OTHERS.iter().filter_map(served).collect() } else { Vec::new() };
        for screen in &mut self.stack {
            if let Screen::Triage(screen) = screen {
                (screen.others, screen.kinds_known) = (others.clone(), answered);
                screen.old = true;
            }
        }
        self.watch_what_is_shown(now, effects);
    }

    /// Something changed: it is looked again, soon.
    pub(crate) fn note_for_triage(&mut self) {
        for screen in &mut self.stack {
            if let Screen::Triage(screen) = screen {
                screen.old = true;
            }
        }
    }

    /// Whether the list itself says that a kind cannot be read.
    pub(super) fn is_said_by_triage(&self, kind: Kind) -> bool {
        let here = self.triage().is_some_and(|screen| screen.kinds().contains(&kind));
        here && !crate::screen::home::Home::KINDS.contains(&kind)
    }

    /// How far the rows of each kind are known.
    pub(super) fn triage_feeds(&self, screen: &TriageScreen) -> Vec<Feed> {
        let standing = |kind: Kind| {
            let Some(status) = self.statuses.get(&kind) else { return Standing::Loading };
            match status.trouble() {
                _ if status.has_been_live() => Standing::Looked,
                Some(trouble) if trouble.kind == TroubleKind::NotFound => Standing::NotServed,
                // The link comes back.
                Some(trouble) if !trouble.kind.is_link() => Standing::Not(trouble.to_string()),
                _ => Standing::Loading,
            }
        };
        let narrowed = |kind: Kind| {
            let narrowed = self.session.narrowed.contains(&kind);
            if narrowed { self.session.stand_in.clone() } else { Vec::new() }
        };
        let feed = |kind: Kind| Feed {
            kind,
            standing: standing(kind),
            only_in: narrowed(kind),
            skipped: self.statuses.skipped(kind),
        };
        let mut feeds: Vec<Feed> = screen.kinds().into_iter().map(feed).collect();
        if !screen.kinds_known {
            let loading = |resource| Feed {
                kind: Kind::Other(resource),
                standing: Standing::Loading,
                only_in: Vec::new(),
                skipped: None,
            };
            feeds.extend(OTHERS.iter().map(loading));
        }
        feeds
    }

    /// Looks again where that is due, and brings the cursor into view.
    pub(super) fn settle_triage(&mut self, now: Now) {
        let body = screen::body(self.size);
        let Some(screen) = self.triage() else { return };
        let rested = screen.looked.is_none_or(|looked| now.mono >= looked + PAUSE);
        let turned = screen.report.turns.is_some_and(|turns| turns <= now.unix);
        let report = (rested && (screen.old || turned)).then(|| {
            look(&Scene {
                cache: &self.cache,
                now: now.unix,
                thresholds: &self.settings.triage.thresholds,
                feeds: &self.triage_feeds(screen),
                certificates: &screen.certificates,
            })
        });
        let Some(screen) = self.triage_mut() else { return };
        if let Some(report) = report {
            screen.take(report, now.mono, now.unix);
        }
        let height = draw::height(screen, body);
        screen.settle(height);
    }

    /// When something is due, monotonic: a look, or certificates.
    pub(crate) fn triage_due(&self, now: Now) -> Option<Duration> {
        let screen = self.triage()?;
        let rested = screen.looked.unwrap_or_default() + PAUSE;
        let look = screen.old.then_some(rested);
        let turns = screen.report.turns.map(|turns| {
            let wait = u64::try_from(turns.saturating_sub(now.unix)).unwrap_or(0);
            (now.mono + Duration::from_secs(wait)).max(rested)
        });
        let asks = screen.op.is_none() && self.certificates_wanted() && self.session.link.is_live();
        let ask = asks.then_some(screen.ask_at);
        [look, turns, ask].into_iter().flatten().min()
    }

    /// Whether certificates are looked at: what is in Secrets is not, in read-only mode, unless the configuration allows it.
    fn certificates_wanted(&self) -> bool {
        let by_itself = self.settings.policy.mode != Mode::ReadOnly;
        self.settings.triage.certificates.unwrap_or(by_itself)
    }

    /// Asks when certificates end, where that is shown and due.
    pub(crate) fn ask_certificates(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let (wanted, live) = (self.certificates_wanted(), self.session.link.is_live());
        let session = &self.session;
        let namespaces: Vec<String> = match (&session.namespace, session.several.as_slice()) {
            (Some(one), _) => vec![one.clone()],
            (None, []) if !session.narrowed.is_empty() => session.stand_in.clone(),
            (None, several) => several.to_vec(),
        };
        let switched_off = self.settings.triage.certificates == Some(false);
        let Some(screen) = self.triage_mut() else { return };
        if !wanted {
            let why = if switched_off {
                "switched off by `triage.certificates`"
            } else {
                "read-only; `triage.certificates: true` allows it"
            };
            let not = Certificates::Off(why.to_owned());
            if screen.certificates != not {
                (screen.certificates, screen.old) = (not, true);
            }
            return;
        }
        let elsewhere = screen.asked_in.as_ref() != Some(&namespaces);
        if !live || !(elsewhere || (screen.op.is_none() && now.mono >= screen.ask_at)) {
            return;
        }
        let before = screen.op.take();
        if elsewhere {
            (screen.certificates, screen.old) = (Certificates::Loading, true);
        }
        screen.asked_in = Some(namespaces.clone());
        if let Some(op) = before {
            self.end(op, effects);
        }
        let op = self.start_op("read when certificates end");
        if let Some(screen) = self.triage_mut() {
            screen.op = Some(op);
        }
        effects.push(Effect::Inquire(op, Inquiry::Certificates { namespaces }));
    }

    /// When certificates end was read, or not.
    pub(super) fn on_certificates(&mut self, op: OpId, result: Result<Ends, Trouble>, now: Now) {
        for screen in &mut self.stack {
            if let Screen::Triage(screen) = screen
                && screen.op == Some(op)
            {
                (screen.op, screen.ask_at, screen.old) = (None, now.mono + AGAIN, true);
                screen.certificates = match result {
                    Ok(ends) => Certificates::Read(ends),
                    Err(trouble) => Certificates::Not(trouble.to_string()),
                };
                return;
            }
        }
    }

    pub(super) fn record_of(&self, object: &Object) -> Option<&Record> {
        self.cache.get(object.row?, &object.uid)
    }

    /// The object under the cursor of the list: the row that shows what is wrong, or what it belongs to.
    pub(super) fn triage_object(&self) -> Option<&Record> {
        let finding = self.triage()?.current()?;
        self.record_of(&finding.shown_by).or_else(|| self.record_of(&finding.subject))
    }

    /// The same for an action: what is not for the row that shows it may be for what it belongs to, as a rollback. Of a step of
    /// why something is as it is: its object, or the one that was asked about.
    pub(super) fn found_for(&self, action: Action) -> Option<&Record> {
        let both = match self.stack.last() {
            Some(Screen::Why(screen)) => self.why_objects(screen),
            _ => {
                let finding = self.triage()?.current()?;
                [self.record_of(&finding.shown_by), self.record_of(&finding.subject)]
            }
        };
        let fits = |record: &&Record| action.is_for(record.kind());
        both.into_iter().flatten().find(fits).or_else(|| both.into_iter().flatten().next())
    }

    /// Does what the list can do; false when the action means nothing there.
    pub(super) fn act_on_triage(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let Some(screen) = self.triage_mut() else { return false };
        match action {
            Action::Open => self.go_to_finding(now, effects),
            Action::Retry => {
                (screen.old, screen.looked, screen.ask_at) = (true, None, Duration::ZERO);
                return false;
            }
            Action::CopyName => match screen.current().map(|finding| finding.shown_by.name.to_string()) {
                Some(name) => effects.push(Effect::Copy(name)),
                None => self.tell(Severity::Info, "nothing is selected", now),
            },
            Action::Triage => {}
            action => {
                let rows = screen.rows();
                let height = draw::height(screen, body);
                let Some(to) = moved(action, screen.position(&rows), rows.len(), height) else {
                    return false;
                };
                screen.go(to, height);
            }
        }
        true
    }

    /// A line was clicked.
    pub(super) fn click_triage(&mut self, y: u16) -> bool {
        let body = screen::body(self.size);
        let Some(screen) = self.triage_mut() else { return false };
        let Some(at) = draw::line_at(screen, body, y) else { return false };
        let height = draw::height(screen, body);
        screen.go(at, height);
        true
    }

    /// Goes to the row that shows what is under the cursor: its table, with the cursor on it.
    fn go_to_finding(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(finding) = self.triage().and_then(TriageScreen::current) else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let object = match self.record_of(&finding.shown_by) {
            None if self.record_of(&finding.subject).is_some() => finding.subject.clone(),
            _ => finding.shown_by.clone(),
        };
        let named = |kind: &Kind| kind.resource().3 == &*object.kind;
        let served = || self.kinds.catalogue.served().iter().map(|served| served.kind).find(named);
        let Some(kind) = object.row.or_else(served) else {
            let words = format!("the server's kinds are not read yet: where {} is is not known", object.name);
            return self.tell(Severity::Info, words, now);
        };
        let is_row = self.cache.get(kind, &object.uid).is_some();
        let mut pane = Pane::new(kind, self.settings.wide);
        self.dress(&mut pane);
        if is_row {
            pane.go_to(&object.uid, self.cache.table(kind));
        } else {
            pane.set_filter(&object.name);
        }
        self.stack.push(Screen::Table(Box::new(pane)));
        self.watch_what_is_shown(now, effects);
        self.work(now, usize::MAX);
        if let Some(Screen::Table(pane)) = self.stack.last_mut()
            && is_row
        {
            pane.go_to(&object.uid, self.cache.table(kind));
        }
    }
}
