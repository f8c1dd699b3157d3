//! What is written into the journal: values before and after, requests, outcomes; nothing of what Secrets hold.

use crate::effect::{Effect, OpId};
use crate::gate::Refused;
use crate::journal::{Entry, REFUSED, SHOWN};
use crate::model::resource::Resource;
use crate::release::plan::{Line, Order, Plan};
use crate::release::{Change, Target};
use crate::screen::Screen;
use crate::screen::plan::{DryRun, PlanScreen};
use crate::state::changes::{Followed, Outcome};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// Within so many seconds the same refusal is not written again: a key that is pressed again and again would crowd the
/// changes out.
const SAME_REFUSAL: i64 = 60;

/// The values that a plan changes, `what: from -> to`.
pub fn values(plan: &Plan) -> Vec<String> {
    let secret = plan.steps.iter().any(|step| is_secret(&step.target));
    plan.lines
        .iter()
        .filter(|_| !secret)
        .filter_map(|line| match line {
            Line::Change { what, from, to } => Some(format!("{what}: {from} -> {to}")),
            _ => None,
        })
        .collect()
}

fn is_secret(target: &Target) -> bool {
    target.resource == Resource::SECRETS
}

impl State {
    pub(in crate::state) fn entry(&self, id: &str, now: Now) -> Entry {
        let place = &self.session.place;
        let time = jiff::Timestamp::from_second(now.unix).map(|time| time.to_string()).unwrap_or_default();
        let (user, known_by) = self.settings.who.named(&place.user);
        Entry {
            id: id.to_owned(),
            time,
            user,
            known_by: known_by.to_owned(),
            ssh_client: self.settings.who.ssh_client.clone(),
            context: place.context.clone(),
            cluster_user: place.user.clone(),
            server: place.server.clone(),
            ..Entry::default()
        }
    }

    /// Writes a line into the journal, and shows it where the journal is on the screen.
    pub(in crate::state) fn write_down(&mut self, entry: Entry, effects: &mut Vec<Effect>) {
        for screen in &mut self.stack {
            if let Screen::Journal(screen) = screen {
                screen.on_line(&entry);
            }
        }
        if self.journalled.len() == SHOWN {
            self.journalled.remove(0);
        }
        self.journalled.push(entry.clone());
        effects.push(Effect::Journal(Box::new(entry)));
    }

    /// Writes down what was not begun, since the mode forbids it.
    pub(in crate::state) fn write_refusal(
        &mut self,
        action: &str,
        targets: &[Target],
        words: &str,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let id = format!("{}-{}{REFUSED}", now.unix, self.operations.id());
        let entry = Entry {
            namespace: targets.first().map(|target| target.namespace.clone()).unwrap_or_default(),
            object: objects(targets.iter()),
            title: format!("{action} {}", objects(targets.iter())),
            outcome: "refused".to_owned(),
            words: words.to_owned(),
            ..self.entry(&id, now)
        };
        // Others may have come in between: keys are pressed in turn too.
        let recent = |known: &&Entry| known.written().is_some_and(|at| now.unix < at + SAME_REFUSAL);
        let what =
            |entry: &Entry| [&entry.title, &entry.words, &entry.context, &entry.namespace].map(String::clone);
        let mut refusals = self.journalled.iter().rev().filter(|known| known.is_refusal()).take_while(recent);
        // What could not be written is not there: it is tried again, which is how the end of the trouble is found out.
        let lost = self.settings.journal_trouble.is_some();
        if lost || !refusals.any(|known| what(known) == what(&entry)) {
            self.write_down(entry, effects);
        }
    }

    pub(super) fn sent_entry(&self, followed: &Followed, plan: &Plan, now: Now) -> Entry {
        let open = || plan.steps.iter().filter(|step| !is_secret(&step.target));
        let changes = open().map(|step| (step.target.clone(), step.change.clone())).collect();
        let inverse = open().rev().filter_map(|step| Some((step.target.clone(), step.inverse.clone()?)));
        Entry {
            namespace: plan.target().namespace.clone(),
            object: objects(plan.steps.iter().map(|step| &step.target)),
            title: followed.title.clone(),
            reason: followed.reason.clone(),
            values: followed.values.clone(),
            requests: plan
                .steps
                .iter()
                .map(|step| format!("{} {}", step.request.method.word(), step.request.uri()))
                .collect(),
            dry_run: followed.dry_run.clone(),
            outcome: "sent".to_owned(),
            changes,
            inverse: inverse.collect(),
            ordered: plan.order == Order::WhenReached,
            ..self.entry(&followed.journal_id(), now)
        }
    }

    pub(super) fn ended_entry(&self, id: OpId, now: Now) -> Option<Entry> {
        let followed = self.changes.get(id)?;
        let outcome = followed.outcome()?;
        let steps = || followed.steps.iter().map(|state| &state.step);
        let inverse: Vec<(Target, Change)> =
            followed.inverse().into_iter().filter(|(target, _)| !is_secret(target)).collect();
        // A server, or a webhook, that refuses a Secret may quote what is in it.
        let quotes = steps().any(|step| is_secret(&step.target)) && !matches!(outcome, Outcome::Done(_));
        Some(Entry {
            namespace: steps().next().map(|step| step.target.namespace.clone()).unwrap_or_default(),
            object: objects(steps().map(|step| &step.target)),
            title: followed.title.clone(),
            reason: followed.reason.clone(),
            values: followed.values.clone(),
            outcome: outcome.word().to_owned(),
            words: if quotes { String::new() } else { followed.outcome_words() },
            inverse,
            ordered: followed.order == Order::WhenReached,
            context: followed.context.clone(),
            ..self.entry(&followed.journal_id(), now)
        })
    }

    /// A line could not be written into the journal.
    pub fn on_journal_failed(&mut self, said: &str, now: Now) {
        if self.settings.journal_required {
            self.settings.policy.no_journal = true;
        }
        self.settings.journal_trouble = Some(crate::model::text::clean(said).into_owned());
        self.tell(Severity::Error, format!("the journal cannot be written: {said}"), now);
    }

    /// A line was written into a journal that could not be written before: nothing is held back any more.
    pub fn on_journal_written(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.settings.policy.no_journal = false;
        if self.settings.journal_trouble.take().is_some() {
            self.tell(Severity::Info, "the journal is written again", now);
        }
        for place in 0..self.stack.len() {
            let barred = |screen: &&mut PlanScreen| screen.dry_run == DryRun::Barred(Refused::NoJournal);
            if let Some(screen) = self.plan_at(place).filter(barred) {
                screen.dry_run = DryRun::NotYet;
                self.make_plan(place, now, effects);
            }
        }
    }
}

fn objects<'a>(targets: impl Iterator<Item = &'a Target>) -> String {
    targets.map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
