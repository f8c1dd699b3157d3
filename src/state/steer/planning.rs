//! Making a plan: what it is made from is read, and the server is asked what it would do.

use serde_json::Value;

use super::{bulk, canary};
use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::gate;
use crate::model::trouble::Trouble;
use crate::release::cause::with_cause;
use crate::release::facts::{Facts, Gathered};
use crate::release::plan::{self, Plan};
use crate::release::{Change, Target};
use crate::screen::Screen;
use crate::screen::plan::{DryRun, Joined, Part, PlanScreen, cleaned};
use crate::state::{Now, State};

impl State {
    /// Opens the plan of changes that an action began: what it is made from is read first. Where the mode or a rule does not let
    /// it be made, that is said and written down, and the answer is false.
    pub fn begin_plan(
        &mut self,
        by: Action,
        wanted: Vec<(Target, Change)>,
        joined: Joined,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if let Err(refused) = gate::may_plan(self.ground(by), &wanted) {
            let targets: Vec<Target> = wanted.into_iter().map(|(target, _)| target).collect();
            self.refuse(by, &targets, &refused, now, effects);
            return false;
        }
        let parts: Vec<Part> = wanted
            .into_iter()
            .map(|(target, change)| {
                let op = self.start_op(format!("read {target} for its plan"));
                effects.push(Effect::Gather(op, target.clone(), Box::new(change.clone())));
                Part { op, target, change, gathered: None }
            })
            .collect();
        let mut screen = PlanScreen::new(by, parts, joined);
        screen.hidden = self.hidden(screen.parts.iter().map(|part| &part.target));
        self.stack.push(Screen::Plan(Box::new(screen)));
        self.watch_what_is_shown(now, effects);
        true
    }

    /// What a plan is made from was read.
    pub fn on_gathered(
        &mut self,
        op: OpId,
        result: Result<Box<Gathered>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        if self.on_edit_gathered(op, &result, now, effects) {
            return;
        }
        let part_of = |part: &Part| part.op == op;
        let Some(place) = self.plan_where(|screen| screen.parts.iter().any(part_of)) else { return };
        if let Ok(gathered) = &result {
            self.bind_applied(place, op, gathered);
            if let Err(why) = self.bind_told(op, gathered) {
                return self.not_told(&why);
            }
        }
        let Some(screen) = self.plan_at(place) else { return };
        let Some(part) = screen.parts.iter_mut().find(|part| part_of(part)) else { return };
        part.gathered = Some(result);
        self.make_plan(place, now, effects);
    }

    /// Makes the plan anew of what is known, and asks the server what it would do, when the requests are other ones.
    pub(in crate::state) fn make_plan(&mut self, place: usize, now: Now, effects: &mut Vec<Effect>) {
        let Some(screen) = self.plan_at(place) else { return };
        if screen.parts.iter().any(|part| part.gathered.is_none()) {
            return;
        }
        let wanted: Vec<(Target, Change, Result<Box<Gathered>, Trouble>)> = screen
            .parts
            .iter()
            .filter_map(|part| Some((part.target.clone(), part.change.clone(), part.gathered.clone()?)))
            .collect();
        let (joined, count) = (screen.joined, screen.parts.len());
        let (by, reason) = (screen.by, screen.reason.clone());
        let beyond = canary::beyond_images(&screen.parts);
        let mut plans = Vec::new();
        let mut why = None;
        let mut earlier: Vec<(String, Change, Value)> = Vec::new();
        for (target, change, gathered) in wanted {
            let made = match gathered {
                Ok(gathered) => {
                    let mut around = self.surroundings(&target);
                    for (_, change, object) in earlier.iter().filter(|(space, ..)| *space == target.namespace)
                    {
                        plan::leave(change, object, &mut around);
                    }
                    if joined == Joined::Sequence {
                        let object = gathered.object.clone();
                        earlier.push((target.namespace.clone(), change.clone(), object));
                    }
                    let facts = Facts {
                        gathered: *gathered,
                        around,
                        now: now.unix,
                        least_ready: self.settings.least_ready,
                        later: joined == Joined::Sequence && !plans.is_empty(),
                        several: joined == Joined::Bulk && count > 1,
                    };
                    let made = plan::plan(&change, &target, &facts).map_err(|refusal| refusal.to_string());
                    made.map(|plan| self.caused(plan, by, &reason, &facts.gathered.object))
                }
                Err(trouble) => Err(trouble.to_string()),
            };
            match made {
                Ok(plan) => plans.push(plan),
                Err(refusal) => {
                    why.get_or_insert(format!("{target}: {refusal}"));
                }
            }
        }
        if let Some(first) = plans.first_mut() {
            first.lines.extend(beyond);
        }
        let made = match why {
            Some(why) => Err(crate::model::text::clean(&why).into_owned()),
            None => {
                bulk::joined(plans, joined).map(cleaned).ok_or_else(|| "there is nothing to do".to_owned())
            }
        };
        let Some(screen) = self.plan_at(place) else { return };
        let same = match (screen.ready(), &made) {
            (Some(old), Ok(new)) => same_but_version(old, new),
            _ => false,
        };
        screen.plan = Some(made);
        if same && screen.dry_run == DryRun::NotYet {
            self.rehearse(place, now, effects);
        } else if !same {
            screen.renew();
            self.rehearse(place, now, effects);
            if self.told.is_none() {
                self.follow_planned(place, effects);
            }
        }
    }

    /// Where a rule asks why, the reason becomes the cause of the revisions that are made.
    fn caused(&self, mut plan: Plan, by: Action, reason: &str, object: &Value) -> Plan {
        if self.ground(by).demand(&plan).reason.is_some()
            && let Some((line, command)) = with_cause(&mut plan.steps[0], reason, object)
        {
            plan.lines.push(line);
            plan.kubectl.push(command);
        }
        plan
    }

    /// Asks the server what the plan would do.
    fn rehearse(&mut self, place: usize, now: Now, effects: &mut Vec<Effect>) {
        self.rehearse_no_more(place, effects);
        if self.told.is_some_and(|told| !told.rehearses) {
            if let Some(screen) = self.plan_at(place) {
                screen.dry_run = DryRun::Unwanted;
            }
            return;
        }
        let Some(Screen::Plan(screen)) = self.stack.get(place) else { return };
        let Some(plan) = screen.ready() else { return };
        let rehearsals = match gate::rehearse(self.ground(screen.by), plan) {
            Ok(rehearsals) => rehearsals,
            Err(refused) => {
                if let Some(screen) = self.plan_at(place) {
                    screen.dry_run = DryRun::Barred(refused);
                }
                return;
            }
        };
        let ops: Vec<OpId> = rehearsals.iter().map(|_| self.start_op("dry run")).collect();
        if let Some(screen) = self.plan_at(place) {
            screen.dry_run = DryRun::Waiting { since: now.mono };
            screen.rehearsing.clone_from(&ops);
            screen.asked.clone_from(&ops);
            screen.answers.clear();
        }
        effects.extend(ops.into_iter().zip(rehearsals).map(|(op, dry)| Effect::Rehearse(op, dry)));
    }

    /// What the server would do is to be asked anew: no answer that is still out counts.
    fn rehearse_no_more(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(screen) = self.plan_at(place) else { return };
        screen.dry_run = DryRun::NotYet;
        for op in std::mem::take(&mut screen.rehearsing) {
            self.end(op, effects);
        }
    }

    /// Reads everything for the plan on the screen once more.
    pub(super) fn gather_again(&mut self, place: usize, effects: &mut Vec<Effect>) {
        self.rehearse_no_more(place, effects);
        let Some(screen) = self.plan_at(place) else { return };
        let on_their_way = screen.parts.iter().filter(|part| part.gathered.is_none());
        for op in on_their_way.map(|part| part.op).collect::<Vec<_>>() {
            self.end(op, effects);
        }
        let Some(screen) = self.plan_at(place) else { return };
        let wanted: Vec<(Target, Change)> =
            screen.parts.iter().map(|part| (part.target.clone(), part.change.clone())).collect();
        let ops: Vec<OpId> =
            wanted.iter().map(|(target, _)| self.start_op(format!("read {target} for its plan"))).collect();
        let Some(screen) = self.plan_at(place) else { return };
        for (part, op) in screen.parts.iter_mut().zip(&ops) {
            (part.op, part.gathered) = (*op, None);
        }
        let gathers = ops.into_iter().zip(wanted);
        effects.extend(gathers.map(|(op, (target, change))| Effect::Gather(op, target, Box::new(change))));
    }
}

/// Whether two plans are the same but for the version that their requests are bound to.
fn same_but_version(one: &Plan, other: &Plan) -> bool {
    let free = |plan: &Plan| {
        let mut plan = plan.clone();
        for step in &mut plan.steps {
            if let Some(meta) = step.request.body.get_mut("metadata").and_then(Value::as_object_mut) {
                meta.remove("resourceVersion");
            }
        }
        plan
    };
    free(one) == free(other)
}
