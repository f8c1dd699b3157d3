//! Canaries, surges and orphans: changes of several steps, or of a pod's own labels.

use crate::action::Action;
use crate::effect::Effect;
use crate::model::record::{Kind, Record};
use crate::release::canary::look::{self, Look, Row};
use crate::release::canary::pair::Pair;
use crate::release::canary::{self, abort, promote};
use crate::release::plan::Line;
use crate::release::{Change, Target};
use crate::screen::ask::{Ask, Question, percent};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::plan::{Joined, Part};
use crate::screen::{Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    /// Begins what is asked of the two sides on the canary screen; false when it is not on the screen.
    pub(super) fn steer_canary(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Canary(screen)) = self.stack.last() else { return false };
        let look = self.canary_look(screen);
        let pair = match screen.pair(&look).map(|(canary, stable)| pair(&look, canary, stable)) {
            Ok(Some(pair)) => pair,
            Ok(None) => return false,
            Err(why) => {
                self.tell(Severity::Info, why, now);
                return true;
            }
        };
        match action {
            Action::Promote => self.plan_steps(action, promote(&pair.canary, &pair.stable), now, effects),
            Action::Abort => self.plan_steps(action, abort_or_why(&pair), now, effects),
            Action::SetShare => self.ask_share(pair, None),
            step => match pair.stepped(step == Action::MoreShare) {
                Some(percent) => self.ask_share(pair, Some(percent)),
                None => {
                    let of = if step == Action::MoreShare { &pair.stable } else { &pair.canary };
                    self.tell(Severity::Info, format!("{} has no pod to give", of.target), now);
                }
            },
        }
        true
    }

    /// Asks for a share; what grows first is not known yet, so the targets follow from the answer.
    fn ask_share(&mut self, pair: Pair, percent: Option<u32>) {
        let targets = vec![pair.canary.target.clone(), pair.stable.target.clone()];
        let line = percent.map_or_else(LineEdit::default, |percent| LineEdit::with(&percent.to_string()));
        self.prompt = Some(Prompt::Ask(Ask { question: Question::Share(Box::new(pair)), targets, line }));
    }

    /// The typed share leads to its plan, made of the two sides as they are now.
    pub(super) fn set_share(
        &mut self,
        mut pair: Box<Pair>,
        typed: &str,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        for side in [&mut pair.canary, &mut pair.stable] {
            match self.cache.get(Kind::Deployment, &side.target.uid) {
                Some(Record::Deployment(deployment)) => *side = look::side(deployment),
                _ => {
                    let words = format!("{} is gone: nothing is planned", side.target);
                    return self.tell(Severity::Warning, words, now);
                }
            }
        }
        let steps = percent(typed.trim()).and_then(|percent| pair.set_share(percent));
        self.plan_steps(Action::SetShare, steps, now, effects);
    }

    fn plan_steps(
        &mut self,
        by: Action,
        steps: Result<Vec<(Target, Change)>, String>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        match steps {
            Ok(steps) if !steps.is_empty() => {
                self.begin_plan(by, steps, Joined::Sequence, now, effects);
            }
            Ok(_) => self.tell(Severity::Info, "it is so already: there is nothing to do", now),
            Err(why) => self.tell(Severity::Warning, why, now),
        }
    }

    /// Asks by how many pods a deployment grows while its pods are replaced.
    pub(super) fn ask_surge(&mut self, records: &[Record], targets: Vec<Target>, now: Now) {
        let [Record::Deployment(deployment)] = records else {
            return self.tell(Severity::Info, "one deployment at a time surges", now);
        };
        let question = Question::Surge { now: deployment.desired, at: now.unix };
        self.prompt = Some(Prompt::Ask(Ask { question, targets, line: LineEdit::default() }));
    }

    /// Offers to take a pod away from its controller: out of its services too, or serving on.
    pub(super) fn orphan(&mut self, records: &[Record], now: Now) {
        let [record @ Record::Pod(pod)] = records else {
            return self.tell(Severity::Info, "one pod at a time is orphaned", now);
        };
        let Some(owner) = &pod.meta.owner else {
            return self.tell(Severity::Info, "it has no controller", now);
        };
        let target = Target::of(record);
        let entry = |label: &str, hint: &str, keep_serving| Entry {
            label: label.to_owned(),
            aliases: &[],
            hint: hint.to_owned(),
            command: Command::Orphan(target.clone(), keep_serving),
        };
        let entries = vec![
            entry("out of service", "its services lose it too", false),
            entry("keep serving", "its services select it as before", true),
        ];
        let mut picker = Picker::new(PickerKind::Orphan, entries);
        picker.note = format!("kept by {} {} now", owner.kind, owner.name);
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// It was chosen how: its plan.
    pub(in crate::state) fn orphan_pod(
        &mut self,
        target: Target,
        keep_serving: bool,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let wanted = vec![(target, Change::Orphan { keep_serving })];
        self.begin_plan(Action::Orphan, wanted, Joined::Bulk, now, effects);
    }
}

/// A promotion carries images over and nothing else: what else was tried is said. It is told by its steps: the stable side's
/// images first, and last the canary goes.
pub(super) fn beyond_images(parts: &[Part]) -> Option<Line> {
    let [stable, .., canary] = parts else { return None };
    let (Change::SetImage { .. }, Change::Scale { replicas: 0 }) = (&stable.change, &canary.change) else {
        return None;
    };
    let object = |part: &'_ Part| Some(part.gathered.as_ref()?.as_ref().ok()?.object.clone());
    let paths = canary::beyond_images(&object(stable)?, &object(canary)?);
    let words = format!(
        "{} was tried with more than its images, which is not promoted: {}",
        canary.target,
        paths.join(", ")
    );
    (!paths.is_empty()).then(|| Line::warning("beyond the image", words))
}

/// The two sides among all that is behind the service.
fn pair(look: &Look, canary: &Row, stable: &Row) -> Option<Pair> {
    Some(Pair {
        canary: canary.side.clone()?,
        stable: stable.side.clone()?,
        others: look.others(canary, stable),
        percent: canary.percent,
    })
}

/// The canary goes, if there is something of it.
fn abort_or_why(pair: &Pair) -> Result<Vec<(Target, Change)>, String> {
    if pair.canary.replicas == 0 {
        return Err(format!("{} has no pods: there is nothing to abort", pair.canary.target));
    }
    Ok(abort(&pair.canary, &pair.stable))
}
