//! What a run without a screen asks of the state, and when it is known: nobody is at the keys, so nothing is ever confirmed.
//!
//! It opens the same screens and looks at the same feeds as somebody at the keys would, so that both are told the same.

use std::time::Duration;

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::model::export::Sheet;
use crate::model::link::Link;
use crate::model::record::Kind;
use crate::model::text::clean;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::model::view::SortKey;
use crate::release::facts::Gathered;
use crate::release::{Change, Target, history};
use crate::screen::Screen;
use crate::screen::home::Home;
use crate::screen::manifest::Source;
use crate::screen::overlay::Overlay;
use crate::screen::picker::Go;
use crate::screen::plan::{DryRun, Joined, PlanScreen};
use crate::state::notices::Severity;
use crate::state::placed::UNKNOWN;
use crate::state::{Now, State};
use crate::triage::{Certificates, Report, Scene, Standing, look};

/// A plan is told and cannot be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// The server is asked what it would do.
    pub rehearses: bool,
    /// The revision to roll back to, by its number.
    pub revision: Option<i64>,
}

/// What is to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// A change of these objects: each a name of a kind, as kubectl takes it, and its own.
    Change {
        /// The action that it is.
        by: Action,
        /// The objects.
        objects: Vec<(String, String)>,
        /// The change.
        change: Change,
        /// The revision to roll back to, by its number.
        revision: Option<i64>,
    },
    /// A manifest of this machine.
    Apply(Source),
}

impl State {
    /// Why the cluster is not reached, where trying again does not help before somebody does something.
    pub fn given_up(&self) -> Option<&Trouble> {
        match &self.session.link {
            Link::Lost { trouble, .. } => {
                use TroubleKind as T;
                let passes =
                    matches!(trouble.kind, T::Slow | T::Silent | T::Throttled | T::Server | T::PluginWaits);
                (!passes).then_some(trouble)
            }
            _ => None,
        }
    }

    /// Why the cluster is not reached just now.
    pub fn not_reached(&self) -> Option<&Trouble> {
        match &self.session.link {
            Link::Lost { trouble, .. } => Some(trouble),
            _ => None,
        }
    }

    /// The namespace in scope, where the server says that there is none.
    pub fn missing_namespace(&self) -> Option<&str> {
        self.session.namespace.as_deref().filter(|_| self.session.is_missing())
    }

    /// Asks what is wrong.
    pub fn ask_what_is_wrong(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.open_triage(now, &mut effects);
        self.ask_certificates(now, &mut effects);
        effects
    }

    /// Whether everything was looked at, or it is known that it cannot be.
    pub fn has_looked(&self) -> bool {
        let Some(screen) = self.triage() else { return false };
        let loading = |standing: &Standing| *standing == Standing::Loading;
        self.session.checking.is_none()
            && screen.certificates != Certificates::Loading
            && !self.triage_feeds(screen).iter().any(|feed| loading(&feed.standing))
    }

    /// What is wrong, as far as it was looked.
    pub fn what_is_wrong(&self, now: Now) -> Report {
        let Some(screen) = self.triage() else { return Report::default() };
        look(&Scene {
            cache: &self.cache,
            now: now.unix,
            thresholds: &self.settings.triage.thresholds,
            feeds: &self.triage_feeds(screen),
            certificates: &screen.certificates,
        })
    }

    /// Asks for the rows of a kind, filtered. What was asked for before is put away.
    pub fn ask_rows(&mut self, kind: &str, filter: &str, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.stack.clear();
        let filter = Some(filter.to_owned()).filter(|filter| !filter.is_empty());
        self.go(Go { kind: kind.to_lowercase(), filter, ..Go::default() }, now, &mut effects);
        self.select_by_server(now, &mut effects);
        self.ask_usage(now, &mut effects);
        effects
    }

    /// Whether the rows that were asked for are all there, or why they cannot be; `None`: not yet.
    pub fn rows_known(&self) -> Option<Result<(), String>> {
        if let Some(Overlay::Picker(picker)) = &self.overlay {
            let kinds: Vec<&str> = picker.shown().map(|(entry, _)| entry.label.as_str()).collect();
            return Some(Err(format!("several kinds are called so: {}; name one", kinds.join(", "))));
        }
        let Some(Screen::Table(pane)) = self.stack.last() else {
            return (!self.is_discovering()).then(|| Err(self.last_words()));
        };
        if let Some(error) = &pane.filter_error {
            return Some(Err(format!("filter: {error}")));
        }
        let status = self.status_of(pane)?;
        if status.has_been_live() {
            let awaited = self.session.checking.is_some()
                || self.usage_is_awaited(pane.kind)
                || self.pods_are_awaited(pane)
                || (pane.kind == Kind::Service && !self.is_settled(Kind::EndpointSlice));
            return (!awaited).then_some(Ok(()));
        }
        let trouble = status.trouble().filter(|trouble| !trouble.kind.is_link())?;
        Some(Err(trouble.to_string()))
    }

    /// Sorts the rows that were asked for, once they are known. It may take more to be read: [`Self::rows_known`].
    ///
    /// # Errors
    ///
    /// There is no such column.
    pub fn sort_rows(&mut self, by: &str, now: Now) -> Result<Vec<Effect>, String> {
        let mut effects = Vec::new();
        if let Some(Screen::Table(pane)) = self.stack.last_mut() {
            let columns = pane.view.columns();
            let (id, descending) = match by.strip_prefix('-') {
                Some(id) => (id, true),
                None => (by, false),
            };
            let key = SortKey::find(columns, &id.to_lowercase(), descending);
            let ids = || columns.iter().map(|column| column.id).collect::<Vec<_>>().join(", ");
            let key = key.ok_or_else(|| format!("there is no column {id} to sort by: {}", ids()))?;
            pane.view.set_sort(&[key]);
        }
        self.follow_nodes(now, &mut effects);
        self.ask_usage(now, &mut effects);
        Ok(effects)
    }

    /// The rows that are known, and what was said of them meanwhile.
    ///
    /// # Errors
    ///
    /// The filter does not fit the columns.
    pub fn take_rows(&mut self, now: Now) -> Result<Taken, String> {
        if let Some(Screen::Table(pane)) = self.stack.last_mut() {
            // The columns that the server says came after the filter did.
            let text = pane.filter_text.clone();
            pane.set_filter(&text);
            if let Some(error) = &pane.filter_error {
                return Err(format!("filter: {error}"));
            }
        }
        while self.work(now, usize::MAX) {}
        let of = match self.stack.last() {
            Some(Screen::Table(pane)) => pane.kind.resource().2,
            _ => "",
        };
        let about = |text: &&str| text.starts_with(of) || text.starts_with("all namespaces");
        let said = |text: &&str| text.contains("could not be read") || about(text);
        let notices = self.notices.all().filter(|notice| notice.severity != Severity::Info);
        let notes = notices.map(|notice| notice.text.as_str()).filter(said).map(str::to_owned).collect();
        let of_nodes = |text: &&str| of == Kind::Node.resource().2 && text.starts_with(UNKNOWN);
        let texts = self.notices.all().map(|notice| notice.text.as_str());
        let asides = texts.filter(of_nodes).map(str::to_owned).collect();
        Ok(Taken { sheet: self.rows_here(now), values: self.values_here(now), notes, asides })
    }

    /// What a plan is made from beside its object: which kinds there are, and the watches around it.
    pub fn ask_surroundings(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.discover(now, &mut effects);
        effects
    }

    /// Whether that is known, or that it cannot be.
    pub fn surroundings_known(&self) -> bool {
        !self.is_discovering() && Home::KINDS.into_iter().all(|kind| self.is_settled(kind))
    }

    /// Whether a kind was read, or it is known that it cannot be.
    fn is_settled(&self, kind: Kind) -> bool {
        self.statuses.get(&kind).is_some_and(|status| {
            status.has_been_live() || status.trouble().is_some_and(|trouble| !trouble.kind.is_link())
        })
    }

    /// Asks for a plan that is only told.
    ///
    /// # Errors
    ///
    /// A kind is not there, or there are several namespaces and none is said.
    pub fn ask_plan(&mut self, errand: Errand, rehearses: bool, now: Now) -> Result<Vec<Effect>, String> {
        let mut effects = Vec::new();
        self.told = Some(Told { rehearses, revision: None });
        let (by, objects, change, revision) = match errand {
            Errand::Apply(source) => {
                self.apply_manifest(source, now, &mut effects);
                return Ok(effects);
            }
            Errand::Change { by, objects, change, revision } => (by, objects, change, revision),
        };
        self.told = Some(Told { rehearses, revision });
        let mut wanted = Vec::new();
        for (kind, name) in objects {
            let Some(served) = self.kinds.catalogue.find(&kind) else {
                let read = self.kinds.catalogue.is_read();
                return Err(if read { self.not_served("kind", &kind) } else { self.last_words() });
            };
            let kind = served.kind;
            if !by.is_for(kind) {
                let (.., plural, _) = kind.resource();
                return Err(format!("{} is not for {plural}", by.info().name));
            }
            let namespace = match &self.session.namespace {
                _ if !kind.namespaced() => String::new(),
                Some(namespace) => namespace.clone(),
                None => return Err("say in which namespace: -n NAME".to_owned()),
            };
            wanted.push((Target::unborn(kind.into(), namespace, name), change.clone()));
        }
        self.begin_plan(by, wanted, Joined::Bulk, now, &mut effects);
        Ok(effects)
    }

    /// The plan that was asked for, with what the server said where it was asked; an error says why there is none.
    pub fn plan_known(&self) -> Option<Result<&PlanScreen, String>> {
        let Some(Screen::Plan(screen)) = self.stack.last() else {
            return self.applying.is_none().then(|| Err(self.last_words()));
        };
        match screen.plan.as_ref()? {
            Err(why) => Some(Err(why.clone())),
            Ok(_) if screen.is_read_anew() => None,
            Ok(_) => {
                let known = matches!(screen.dry_run, DryRun::Unwanted | DryRun::Barred(_));
                (known || screen.is_rehearsed()).then_some(Ok(screen))
            }
        }
    }

    /// Whether a plan that is told is told with its requests.
    pub fn tell_requests(&mut self, requests: bool) {
        if let Some(Screen::Plan(screen)) = self.stack.last_mut() {
            screen.requests = requests;
        }
    }

    /// What was read for a plan that is only told says which object is meant, and which revision. Nothing will be sent, so it
    /// need not be one that was on a screen.
    pub(super) fn bind_told(&mut self, op: OpId, gathered: &Gathered) -> Result<(), String> {
        let Some(told) = self.told else { return Ok(()) };
        let Some(Screen::Plan(screen)) = self.stack.last_mut() else { return Ok(()) };
        let Some(part) = screen.parts.iter_mut().find(|part| part.op == op) else { return Ok(()) };
        if matches!(part.change, Change::Apply { .. }) {
            return Ok(());
        }
        if gathered.object == Value::Null {
            let place = match part.target.namespace.as_str() {
                "" => String::new(),
                namespace => format!(" in namespace {namespace}"),
            };
            return Err(format!("there is no {}{place}", part.target));
        }
        part.target = part.target.bound_to(&gathered.object);
        if let (Change::Undo { to }, Some(number)) = (&mut part.change, told.revision) {
            let holder = history::holder(&part.target.resource);
            let holders = holder.as_ref().map_or(&[][..], |holder| gathered.objects(holder));
            let all = history::revisions(&gathered.object, holders);
            let Some(found) = all.iter().find(|revision| revision.number == number) else {
                let numbers: Vec<String> = all.iter().rev().map(|one| one.number.to_string()).collect();
                return Err(match holder.map(|holder| gathered.list(&holder).trouble()) {
                    Some(Some(trouble)) => format!("its revisions are not known: {trouble}"),
                    _ => format!("{} has no revision {number}: {}", part.target, numbers.join(", ")),
                });
            };
            *to = Some(found.uid.clone());
        }
        Ok(())
    }

    /// A plan that is only told cannot be made: it is said why.
    pub(super) fn not_told(&mut self, why: &str) {
        if let Some(Screen::Plan(screen)) = self.stack.last_mut() {
            screen.plan = Some(Err(clean(why).into_owned()));
        }
    }

    /// What was said last and was no mere news, of those of the same time all.
    fn last_words(&self) -> String {
        let mut last: Option<Duration> = None;
        let mut words: Vec<&str> = Vec::new();
        for notice in self.notices.all().rev().filter(|notice| notice.severity != Severity::Info) {
            if last.is_some_and(|at| at != notice.at) {
                break;
            }
            last = Some(notice.at);
            words.push(&notice.text);
        }
        if words.is_empty() { "nothing was answered".to_owned() } else { words.join("\n") }
    }
}

/// Rows that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Their cells.
    pub sheet: Sheet,
    /// The same for programs, a value for each.
    pub values: Vec<Value>,
    /// What was said of them: what is not among them, and why.
    pub notes: Vec<String>,
    /// What of them is not known, and why.
    pub asides: Vec<String>,
}
