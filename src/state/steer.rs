//! Steering: from what the user wants changed to a plan on the screen, and from a confirmed plan to its sending.
//!
//! What follows after the sending is [`crate::state::changes`]' business; what a plan says is [`crate::release`]'s.

use serde_json::Value;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::event::WriteAnswer;
use crate::gate::{self, Answer, Asks};
use crate::model::record::{Kind, Record};
use crate::model::trouble::Trouble;
use crate::release::facts::{Facts, Gathered};
use crate::release::follow::{Follow, Which};
use crate::release::json::{number, text, uid};
use crate::release::plan::{self, Order, Plan};
use crate::release::{Change, Target};
use crate::screen::ask::{Ask, Question};
use crate::screen::plan::{DryRun, Joined, Part, PlanScreen, QUARANTINE, cleaned};
use crate::screen::{self, Prompt, Screen};
use crate::state::changes::{Followed, News, Outcome, is_conflict};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

/// A dry run that meets a newer object is asked again so often.
const MOST_CONFLICTS: u32 = 5;

mod applied;
pub mod around;
mod bulk;
mod canary;
mod colours;
mod force;
mod image;
pub mod record;
mod smoke;

#[cfg(test)]
mod tests;

impl State {
    /// Begins what an action wants changed; false when it is none of these.
    pub(super) fn act_on_change(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        use Action as A;
        if !matches!(
            action,
            A::Scale
                | A::SetImage
                | A::SwitchService
                | A::Canary
                | A::Surge
                | A::Orphan
                | A::Edit
                | A::Restart
                | A::PauseRollout
                | A::ResumeRollout
                | A::Undo
                | A::Strategy
                | A::Label
                | A::Annotate
                | A::Delete
                | A::ForceDelete
                | A::Invert
                | A::Apply
                | A::SmokeCheck
        ) {
            return false;
        }
        match action {
            A::Invert => {
                self.invert_last(now, effects);
                return true;
            }
            A::Apply => {
                self.ask_for_manifest(now, effects);
                return true;
            }
            A::SmokeCheck => {
                self.smoke_check(now, effects);
                return true;
            }
            _ => {}
        }
        let records = self.chosen();
        let targets: Vec<Target> = records.iter().map(Target::of).collect();
        if targets.is_empty() {
            self.tell(Severity::Info, "nothing is selected", now);
            return true;
        }
        if let Some(wrong) = records.iter().find(|record| !applies(action, record.kind())) {
            let (.., kind) = wrong.kind().resource();
            let label = action.info().label;
            self.tell(Severity::Info, format!("{label} does not apply to a {kind}"), now);
            return true;
        }
        if self.refused(action, &targets, now, effects) {
            return true;
        }
        match action {
            A::Scale => {
                let question = Question::Replicas { now: records.iter().map(desired).collect() };
                self.ask(question, targets);
            }
            A::SetImage => self.choose_image(&records, now),
            A::SwitchService => self.choose_side(&records, now),
            A::Edit => match targets.as_slice() {
                [only] => self.begin_edit(only.clone(), effects),
                _ => self.tell(Severity::Info, "one object at a time is edited", now),
            },
            A::Canary => self.choose_canary(&records, now),
            A::Surge => self.ask_surge(&records, targets, now),
            A::Orphan => self.orphan(&records, now),
            A::Label => self.ask(Question::Labels, targets),
            A::Annotate => self.ask(Question::Annotations, targets),
            A::Strategy => self.ask(Question::Strategy, targets),
            _ => {
                let change = match action {
                    A::Restart => plan::restart(now.unix),
                    A::PauseRollout => Change::Pause,
                    A::ResumeRollout => Change::Resume,
                    A::Undo => Change::Undo { to: None },
                    A::ForceDelete => delete(Some(0)),
                    _ => delete(None),
                };
                let wanted = targets.into_iter().map(|target| (target, change.clone())).collect();
                self.begin_plan(wanted, Joined::Bulk, now, effects);
            }
        }
        true
    }

    /// Says why an action may not begin, if it may not; the refusal is journalled.
    fn refused(&mut self, action: Action, targets: &[Target], now: Now, effects: &mut Vec<Effect>) -> bool {
        let (verb, subresource) = right_of(action);
        let resource = targets.first().map(|target| target.resource.group_resource()).unwrap_or_default();
        let resource = match subresource {
            Some(subresource) => format!("{resource}/{subresource}"),
            None => resource,
        };
        let what = format!("{} needs {verb} {resource}", action.info().label);
        match gate::may_begin(self.settings.policy, action.info().access, &what) {
            Ok(()) => false,
            Err(refused) => {
                let words = refused.to_string();
                self.write_refusal(action.info().name, targets, &words, now, effects);
                self.tell(Severity::Warning, words, now);
                true
            }
        }
    }

    /// Whether a change of an object may be begun; says why not.
    pub(super) fn may(
        &mut self,
        action: Action,
        target: &Target,
        change: &Change,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let (verb, subresource) = change.right();
        let resource = target.resource.group_resource();
        let resource = subresource.map_or(resource.clone(), |sub| format!("{resource}/{sub}"));
        let what = format!("{} needs {verb} {resource}", change.word());
        match gate::may_begin(self.settings.policy, crate::action::Access::Change, &what) {
            Ok(()) => true,
            Err(refused) => {
                let words = refused.to_string();
                let target = std::slice::from_ref(target);
                self.write_refusal(action.info().name, target, &words, now, effects);
                self.tell(Severity::Warning, words, now);
                false
            }
        }
    }

    fn ask(&mut self, question: Question, targets: Vec<Target>) {
        self.prompt = Some(Prompt::Ask(Ask { question, targets, line: LineEdit::default() }));
    }

    /// The typed value leads to a plan.
    pub(super) fn answer_ask(&mut self, ask: Ask, now: Now, effects: &mut Vec<Effect>) {
        match ask.meaning() {
            Some(Ok(_)) if let Question::Share { canary, stable } = &ask.question => {
                let percent = ask.line.text().trim().trim_end_matches('%').parse().unwrap_or(0);
                let wanted = crate::release::canary::set_share(canary, stable, percent);
                self.begin_plan(wanted, Joined::Sequence, now, effects);
            }
            Some(Ok(changes)) => {
                // Several changes of one object are the steps of a procedure.
                let steps = ask.targets.len() == 1 && changes.len() > 1;
                let joined = if steps { Joined::Sequence } else { Joined::Bulk };
                let targets = ask.targets.iter().cycle().take(changes.len()).cloned();
                let wanted = targets.zip(changes).collect();
                self.begin_plan(wanted, joined, now, effects);
            }
            Some(Err(why)) => {
                self.tell(Severity::Warning, why, now);
                self.prompt = Some(Prompt::Ask(ask));
            }
            None => {}
        }
    }

    /// Opens the plan of changes: what it is made from is read first.
    pub fn begin_plan(
        &mut self,
        wanted: Vec<(Target, Change)>,
        joined: Joined,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let parts: Vec<Part> = wanted
            .into_iter()
            .map(|(target, change)| {
                let op = self.start_op(format!("read {target} for its plan"));
                effects.push(Effect::Gather(op, target.clone(), Box::new(change.clone())));
                Part { op, target, change, gathered: None }
            })
            .collect();
        let mut screen = PlanScreen::new(parts, joined);
        screen.hidden = self.hidden(screen.parts.iter().map(|part| &part.target));
        self.stack.push(Screen::Plan(Box::new(screen)));
        self.watch_what_is_shown(now, effects);
    }

    /// The place of a plan in the stack: plans may lie over each other, and what arrives is for one of them.
    fn plan_where(&self, wanted: impl Fn(&PlanScreen) -> bool) -> Option<usize> {
        self.stack.iter().position(|screen| matches!(screen, Screen::Plan(plan) if wanted(plan)))
    }

    fn plan_at(&mut self, place: usize) -> Option<&mut PlanScreen> {
        match self.stack.get_mut(place)? {
            Screen::Plan(screen) => Some(screen),
            _ => None,
        }
    }

    /// The plan that is shown.
    pub(super) fn plan_on_top(&mut self) -> Option<&mut PlanScreen> {
        self.plan_at(self.stack.len().checked_sub(1)?)
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
        }
        let Some(screen) = self.plan_at(place) else { return };
        let Some(part) = screen.parts.iter_mut().find(|part| part_of(part)) else { return };
        part.gathered = Some(result);
        self.make_plan(place, now, effects);
    }

    /// Makes the plan anew of what is known, and asks the server what it would do, when the requests are other ones.
    fn make_plan(&mut self, place: usize, now: Now, effects: &mut Vec<Effect>) {
        let Some(screen) = self.plan_at(place) else { return };
        if screen.parts.iter().any(|part| part.gathered.is_none()) {
            return;
        }
        let wanted: Vec<(Target, Change, Result<Box<Gathered>, Trouble>)> = screen
            .parts
            .iter()
            .filter_map(|part| Some((part.target.clone(), part.change.clone(), part.gathered.clone()?)))
            .collect();
        let joined = screen.joined;
        let beyond = canary::beyond_images(&screen.parts);
        let mut plans = Vec::new();
        let mut why = None;
        for (target, change, gathered) in wanted {
            let made = match gathered {
                Ok(gathered) => {
                    let facts = Facts {
                        gathered: *gathered,
                        around: self.surroundings(&target),
                        now: now.unix,
                        least_ready: self.settings.least_ready,
                        later: joined == Joined::Sequence && !plans.is_empty(),
                    };
                    plan::plan(&change, &target, &facts).map_err(|refusal| refusal.to_string())
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
            self.follow_planned(place, effects);
        }
    }

    /// Asks the server what the plan would do.
    fn rehearse(&mut self, place: usize, now: Now, effects: &mut Vec<Effect>) {
        let policy = self.settings.policy;
        self.rehearse_no_more(place, effects);
        let Some(screen) = self.plan_at(place) else { return };
        let Some(plan) = screen.ready() else { return };
        let Ok(rehearsals) = gate::rehearse(policy, plan) else { return };
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

    /// While a plan of one object is shown, the object is followed: the plan is always of the object as it is.
    fn follow_planned(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(screen) = self.plan_at(place) else { return };
        if screen.follow.is_some() || screen.parts.len() != 1 || screen.ready().is_none() {
            return;
        }
        let target = screen.parts[0].target.clone();
        let op = self.start_op(format!("follow {target} while its plan is shown"));
        if let Some(screen) = self.plan_at(place) {
            screen.follow = Some(op);
        }
        let Target { resource, namespace, name, .. } = target;
        effects.push(Effect::Follow(op, Follow { resource, namespace, which: Which::Named(name) }));
    }

    /// Followed objects were seen: of a plan, or of a change that was sent.
    pub fn on_seen(
        &mut self,
        op: OpId,
        seen: Result<Vec<Value>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(place) = self.plan_where(|screen| screen.follow == Some(op)) {
            if let Ok(seen) = seen {
                self.planned_object(place, &seen, now, effects);
            }
        } else if self.on_release_seen(op, &seen, effects) {
        } else if let Some(Some(news)) = self.changes.on_seen(op, seen, now, effects) {
            self.on_news(&news, now, effects);
        }
    }

    /// The object of the plan on the screen is so now.
    fn planned_object(&mut self, place: usize, seen: &[Value], now: Now, effects: &mut Vec<Effect>) {
        let Some(screen) = self.plan_at(place) else { return };
        let Some(part) = screen.parts.first_mut() else { return };
        let wanted = part.target.uid.to_string();
        // What is applied may not be there yet: what appears is meant.
        let unborn = !part.target.is_bound();
        let Some(Ok(gathered)) = &mut part.gathered else { return };
        match seen.iter().find(|object| unborn || uid(object) == wanted) {
            None if unborn => {}
            None => {
                screen.plan = Some(Err(format!("{} is gone", part.target)));
                screen.renew();
            }
            Some(object)
                if text(object, "/metadata/resourceVersion")
                    == text(&gathered.object, "/metadata/resourceVersion") => {}
            Some(object) if only_status(object, &gathered.object) => {
                // Its status moved: the same plan, bound to the new version.
                gathered.object = object.clone();
                self.make_plan(place, now, effects);
            }
            Some(_) => {
                let (target, change) = (part.target.clone(), part.change.clone());
                part.gathered = None;
                "it changed while you looked: this is the plan as it would be now"
                    .clone_into(&mut screen.note);
                screen.renew();
                let op = self.start_op(format!("read {target} for its plan"));
                if let Some(part) = self.plan_at(place).and_then(|screen| screen.parts.first_mut()) {
                    part.op = op;
                }
                effects.push(Effect::Gather(op, target, Box::new(change)));
            }
        }
    }

    /// Reads everything for the plan on the screen once more.
    fn gather_again(&mut self, place: usize, effects: &mut Vec<Effect>) {
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

    /// A write or a dry run was answered.
    pub fn on_written(&mut self, op: OpId, answer: WriteAnswer, now: Now, effects: &mut Vec<Effect>) {
        if let Some(place) = self.plan_where(|screen| screen.rehearsing.contains(&op)) {
            self.operations.end(op);
            self.on_apply_rehearsed(place, op, &answer);
            self.on_rehearsed(place, op, answer, now, effects);
        } else if let Some(Some(news)) = self.changes.on_written(op, answer, now, effects) {
            self.on_news(&news, now, effects);
        }
    }

    /// A dry run was answered. Of several, a refusal says more than an answer that is missing, and that more than a yes.
    fn on_rehearsed(
        &mut self,
        place: usize,
        op: OpId,
        answer: WriteAnswer,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Some(screen) = self.plan_at(place) else { return };
        screen.rehearsing.retain(|known| *known != op);
        match answer {
            WriteAnswer::Refused(trouble) if is_conflict(&trouble) && screen.conflicts < MOST_CONFLICTS => {
                // A controller was faster; a dry run changes nothing, so it can be asked again.
                screen.conflicts += 1;
                return self.gather_again(place, effects);
            }
            WriteAnswer::Refused(trouble) => {
                let edited = screen.parts.iter().find(|part| matches!(part.change, Change::Edit { .. }));
                let edited = edited.map(|part| part.target.clone());
                screen.dry_run = DryRun::Refused(trouble.clone());
                screen.drawn = None;
                if let Some(target) = edited {
                    self.on_edit_rejected(&target, &trouble);
                }
                return;
            }
            WriteAnswer::Unknown(_) if matches!(screen.dry_run, DryRun::Refused(_)) => {}
            WriteAnswer::Unknown(trouble) => screen.dry_run = DryRun::Unknown(trouble),
            WriteAnswer::Accepted(_) => {
                if let DryRun::Waiting { since } = screen.dry_run
                    && screen.rehearsing.is_empty()
                {
                    let steps = screen.ready().map_or(0, |plan| plan.steps.len());
                    let rehearsed = match screen.ready().map(|plan| plan.order) {
                        Some(Order::WhenReached) => 1,
                        _ => steps,
                    };
                    screen.dry_run = DryRun::Accepted {
                        took: now.mono.saturating_sub(since),
                        not_rehearsed: steps.saturating_sub(rehearsed),
                    };
                }
            }
        }
        screen.drawn = None;
    }

    /// Does what the plan screen can do; false when the action means nothing there.
    pub(super) fn act_on_plan(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let body = screen::body(self.size);
        let height = screen::plan::draw::height(body.height);
        let len = match self.stack.last() {
            Some(Screen::Plan(screen)) => screen::plan::draw::lines(screen, self, body.width).len(),
            _ => return false,
        };
        let Some(Screen::Plan(screen)) = self.stack.last_mut() else { return false };
        match action {
            Action::Confirm => self.confirm(now, effects),
            Action::CopyName => {
                if let Some(plan) = screen.ready() {
                    effects.push(Effect::Copy(plan.kubectl.join("\n")));
                }
            }
            Action::Reason => {
                self.prompt = Some(Prompt::Reason(LineEdit::with(&screen.reason)));
            }
            Action::RingWhenDone => {
                screen.rings = !screen.rings;
                let words = if screen.rings { "its end will be announced" } else { "its end is only shown" };
                self.tell(Severity::Info, words, now);
            }
            Action::Insist => self.insist(now, effects),
            Action::ToggleForce => self.toggle_force(now, effects),
            Action::Cascade => self.next_cascade(now, effects),
            Action::Back => return false,
            action => return screen.act(action, len, height),
        }
        true
    }

    /// The plan is made although fewer ready pods would serve a service.
    fn insist(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(place) = self.stack.len().checked_sub(1) else { return };
        let Some(screen) = self.plan_at(place) else { return };
        let mut meant = false;
        for part in &mut screen.parts {
            if let Change::Selector { insist, .. } = &mut part.change {
                meant |= !std::mem::replace(insist, true);
            }
        }
        if meant {
            self.make_plan(place, now, effects);
        } else {
            self.tell(Severity::Info, "there is nothing to insist on", now);
        }
    }

    /// The key that confirms was pressed.
    fn confirm(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let policy = self.settings.policy;
        let Some(Screen::Plan(screen)) = self.stack.last() else { return };
        let Some(plan) = screen.ready() else {
            return self.tell(Severity::Info, "there is no plan to confirm", now);
        };
        if screen.drawn.is_none_or(|since| now.mono < since + QUARANTINE) {
            return self.tell(
                Severity::Info,
                "that came before the plan could be read: nothing was sent",
                now,
            );
        }
        let asked = gate::asks(policy, plan);
        if let Asks::Word(word) = &asked
            && screen.word != *word
        {
            self.prompt = Some(Prompt::Word(LineEdit::default()));
            return;
        }
        let answer = match &asked {
            Asks::Word(_) => Answer::Word(&screen.word),
            Asks::Key | Asks::KeyAfterDryRun => Answer::Key,
        };
        let permits = match gate::confirm(policy, plan, &answer, screen.is_rehearsed()) {
            Ok(permits) => permits,
            Err(refused) => return self.tell(Severity::Warning, refused.to_string(), now),
        };
        let Some(Screen::Plan(screen)) = self.stack.pop() else { return };
        self.leave_plan(&screen, effects);
        let PlanScreen { plan: Some(Ok(plan)), dry_run, reason, rings, .. } = *screen else { return };
        let id = self.operations.id();
        let steps = plan.steps.iter().cloned().zip(permits);
        let steps: Vec<_> = steps
            .map(|(step, permit)| {
                let (send, follow) = (self.operations.id(), self.operations.id());
                (step, permit, send, follow)
            })
            .collect();
        let followed = Followed {
            id,
            title: plan.title.clone(),
            reason,
            context: self.session.place.context.clone(),
            dry_run: dry_run.words(),
            values: record::values(&plan),
            steps: Vec::new(),
            order: plan.order,
            began: now,
            ended: None,
            rings,
        };
        // The line is written before the request leaves: a program that dies leaves it behind.
        let entry = self.sent_entry(&followed, &plan, now);
        self.write_down(entry, effects);
        self.changes.begin(followed, steps, now, effects);
        self.forget_marks_of(&plan);
        self.watch_what_is_shown(now, effects);
    }

    /// The word that has to be typed to confirm the plan on the screen.
    pub fn asked_word(&self) -> Option<String> {
        let Some(Screen::Plan(screen)) = self.stack.last() else { return None };
        match screen.asks(self.settings.policy) {
            Some(Asks::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Ends what runs for a plan that is no longer shown.
    pub(super) fn leave_plan(&mut self, screen: &PlanScreen, effects: &mut Vec<Effect>) {
        let ops = screen.parts.iter().map(|part| part.op).chain(screen.rehearsing.iter().copied());
        let ops = ops.chain(screen.smoked.iter().map(|smoked| smoked.op));
        for op in ops.chain(screen.follow) {
            self.operations.end(op);
            effects.push(Effect::Cancel(op));
        }
    }

    /// A word or a reason was typed for the plan on the screen.
    pub(super) fn typed_for_plan(&mut self, word: Option<&str>, reason: Option<&str>) {
        let Some(screen) = self.plan_on_top() else { return };
        if let Some(word) = word {
            word.trim().clone_into(&mut screen.word);
        }
        if let Some(reason) = reason {
            reason.trim().clone_into(&mut screen.reason);
        }
    }

    /// The screen was drawn as it is now: from here on keys can confirm the plan on it.
    pub fn on_drawn(&mut self, now: Now) {
        if let Some(Screen::Plan(screen)) = self.stack.last_mut()
            && screen.plan.is_some()
        {
            screen.drawn.get_or_insert(now.mono);
        }
    }

    /// Something became of a change.
    pub(super) fn on_news(&mut self, news: &News, now: Now, effects: &mut Vec<Effect>) {
        let (News::Ended(id) | News::Conflict(id)) = *news;
        let Some(followed) = self.changes.get(id) else { return };
        let outcome = followed.outcome().cloned();
        let (whole, rings) = (followed.line(), followed.rings);
        let severity = match outcome {
            Some(Outcome::Done(_) | Outcome::Left(_)) => Severity::Info,
            Some(Outcome::Superseded(_) | Outcome::Conflict(_)) => Severity::Warning,
            _ => Severity::Error,
        };
        let taken: Vec<Target> = followed
            .steps
            .iter()
            .filter(|state| matches!(state.step.change, Change::Edit { .. }))
            .filter(|state| state.outcome().is_some_and(Outcome::changed))
            .map(|state| state.step.target.clone())
            .collect();
        let rejected = followed.steps.iter().find_map(|state| match (&state.step.change, state.outcome()) {
            (Change::Edit { .. }, Some(Outcome::Refused(trouble))) => {
                Some((state.step.target.clone(), trouble.clone()))
            }
            _ => None,
        });
        for target in &taken {
            self.edit_taken(target);
        }
        if let Some((target, trouble)) = rejected {
            self.on_edit_rejected(&target, &trouble);
        }
        if let Some(entry) = self.ended_entry(id, now) {
            self.write_down(entry, effects);
        }
        if rings {
            effects.push(Effect::Ring(whole.clone()));
        }
        let offer = self.invert_offer(id);
        // What can be done about it must not be cut off.
        let room = self.size.0.saturating_sub(offer.chars().count() as u16 + 2);
        let line = self.changes.get(id).map_or(whole, |followed| followed.line_within(room));
        self.tell(severity, format!("{line}{offer}"), now);
        if matches!(news, News::Conflict(_)) {
            self.plan_again(id, now, effects);
        }
    }

    /// A change met an object other than it was planned with: nothing was done, and the new plan is shown, unless the user
    /// is in the middle of something else.
    fn plan_again(&mut self, id: OpId, now: Now, effects: &mut Vec<Effect>) {
        let busy = self.prompt.is_some()
            || self.overlay.is_some()
            || matches!(self.stack.last(), Some(Screen::Plan(_)));
        let Some(followed) = self.changes.get(id).filter(|_| !busy) else { return };
        let wanted = followed
            .steps
            .iter()
            .map(|state| (state.step.target.clone(), state.step.change.clone()))
            .collect();
        let joined = match followed.order {
            Order::AtOnce => Joined::Bulk,
            Order::WhenReached => Joined::Sequence,
        };
        let reason = followed.reason.clone();
        self.begin_plan(wanted, joined, now, effects);
        if let Some(screen) = self.plan_on_top() {
            "it had changed before this arrived: nothing was done; this is the plan as it would be now"
                .clone_into(&mut screen.note);
            screen.reason = reason;
        }
    }

    fn invert_offer(&self, id: OpId) -> String {
        if self.changes.get(id).is_none_or(|followed| followed.inverse().is_empty()) {
            return String::new();
        }
        let key = self.keymap().keys_for(Action::Invert, self.context().stack()).into_iter().next();
        key.map_or_else(String::new, |key| format!("   {key} takes it back"))
    }

    /// The inverse of the last change, as a plan.
    fn invert_last(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let last = self.changes.all().iter().rev().find(|followed| {
            followed.context == self.session.place.context && !followed.inverse().is_empty()
        });
        match last.map(|followed| followed.id) {
            None => {
                self.tell(Severity::Info, "there is no change of this session that could be taken back", now);
            }
            Some(id) => self.invert_change(id, now, effects),
        }
    }

    /// The inverse of a change of this session, as a plan.
    pub(super) fn invert_change(&mut self, id: OpId, now: Now, effects: &mut Vec<Effect>) {
        let Some(followed) = self.changes.get(id) else { return };
        let (title, wanted) = (followed.title.clone(), followed.inverse());
        if followed.is_uncertain() {
            self.tell(Severity::Warning, "wait: it is not known yet what became of it", now);
        } else if followed.context != self.session.place.context {
            let words = format!("it was made in context {}: go there first", followed.context);
            self.tell(Severity::Warning, words, now);
        } else if let Some((target, change)) = wanted.first().cloned() {
            if self.may(Action::Invert, &target, &change, now, effects) {
                self.begin_plan(wanted, Joined::Bulk, now, effects);
                if let Some(screen) = self.plan_on_top() {
                    screen.note = format!("takes back: {title}");
                }
            }
        } else {
            self.tell(Severity::Info, "nothing takes it back", now);
        }
    }

    /// A key that is typed while a word is asked for must be a key: pasted text confirms nothing.
    pub(super) fn takes_paste(&self) -> bool {
        !matches!(self.prompt, Some(Prompt::Word(_)))
    }

    /// Whether leaving (the program, the context) would leave a change behind whose outcome is not known.
    pub fn uncertain(&self) -> bool {
        self.changes.running().any(Followed::is_uncertain)
    }

    /// Leaves the program; a change whose answer is awaited keeps it once, for what the cluster has would not be known.
    pub(super) fn quit(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.uncertain() && !std::mem::replace(&mut self.leaving, true) {
            let words =
                "a change is on its way, and its answer is awaited: press again to leave all the same";
            return self.tell(Severity::Warning, words, now);
        }
        self.leave_changes("the program was left", now, effects);
        effects.push(Effect::Quit);
    }

    /// The program was asked to end: nobody is there to be asked.
    pub fn terminate(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.leaving = true;
        self.quit(now, effects);
    }

    /// Follows nothing of this context any more.
    pub(super) fn leave_changes(&mut self, why: &str, now: Now, effects: &mut Vec<Effect>) {
        let ids: Vec<OpId> = self.changes.running().map(|followed| followed.id).collect();
        for id in ids {
            if let Some(news) = self.changes.leave(id, why, now, effects) {
                self.on_news(&news, now, effects);
            }
        }
    }

    /// A line could not be written into the journal.
    pub fn on_journal_failed(&mut self, said: &str, now: Now) {
        if self.settings.journal_required {
            self.settings.policy.no_journal = true;
        }
        self.tell(Severity::Error, format!("the journal cannot be written: {said}"), now);
    }
}

/// Whether an action means something for objects of a kind.
pub fn applies(action: Action, kind: Kind) -> bool {
    use Action as A;
    match action {
        A::Scale => matches!(kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet),
        A::SetImage | A::Restart | A::Undo => {
            matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet)
        }
        A::PauseRollout | A::ResumeRollout | A::Strategy | A::Surge => kind == Kind::Deployment,
        A::Canary => matches!(kind, Kind::Deployment | Kind::Service),
        A::SwitchService => kind == Kind::Service,
        A::Label | A::Annotate | A::Delete | A::Edit => true,
        A::ForceDelete | A::Orphan => kind == Kind::Pod,
        _ => false,
    }
}

/// The right that an action needs at least: the API's verb, and the subresource.
fn right_of(action: Action) -> (&'static str, Option<&'static str>) {
    match action {
        Action::Scale => ("patch", Some("scale")),
        Action::Delete | Action::ForceDelete => ("delete", None),
        _ => ("patch", None),
    }
}

fn delete(grace: Option<u32>) -> Change {
    Change::Delete { propagation: crate::release::change::Propagation::Background, grace }
}

fn desired(record: &Record) -> u32 {
    match record {
        Record::Deployment(record) => record.desired,
        Record::ReplicaSet(record) => record.desired,
        Record::StatefulSet(record) => record.desired,
        _ => 0,
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

/// Whether two versions of an object differ in what a controller reports only.
fn only_status(one: &Value, other: &Value) -> bool {
    let part = |value: &Value| {
        let mut meta = value["metadata"].clone();
        if let Some(meta) = meta.as_object_mut() {
            meta.remove("resourceVersion");
            meta.remove("managedFields");
        }
        (meta, value["spec"].clone())
    };
    number(one, "/metadata/generation") == number(other, "/metadata/generation") && part(one) == part(other)
}
