//! Canaries, surges and orphans: changes of several steps, or of a pod's own labels.

use crate::effect::Effect;
use crate::model::labels::value_of;
use crate::model::record::{Deployment, Kind, Record};
use crate::release::canary::{self, Side, abort, ordered, promote, says_canary, share};
use crate::release::plan::Line;
use crate::release::{Change, Target};
use crate::screen::Prompt;
use crate::screen::ask::{Ask, Question};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{CanaryStep, Command, Entry, Picker, PickerKind};
use crate::screen::plan::{Joined, Part};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    /// Offers what can be done with the deployments behind a service: of the one under the cursor, or of those that select
    /// the pods of the deployment under it.
    pub(super) fn choose_canary(&mut self, records: &[Record], now: Now) {
        let [record] = records else {
            return self.tell(Severity::Info, "one service or deployment at a time", now);
        };
        let sides = self.sides_with(record);
        if sides.len() < 2 {
            let words = "no service has several deployments behind it here: there is no canary";
            return self.tell(Severity::Info, words, now);
        }
        let all: u32 = sides.iter().map(|side| side.ready).sum();
        let (stable, canaries) = sides.split_first().map_or((None, &[][..]), |(one, rest)| (Some(one), rest));
        let Some(stable) = stable else { return };
        let mut entries = Vec::new();
        for canary in canaries {
            let percent = share(canary.ready, all);
            let name = &canary.target.name;
            let mut offer = |step, label: String, hint: String| {
                entries.push(Entry {
                    label,
                    aliases: &[],
                    hint,
                    command: Command::Canary(step, Box::new(canary.clone()), Box::new(stable.clone())),
                });
            };
            offer(
                CanaryStep::Share,
                format!("share of {name}"),
                format!("{percent} % of {all} ready endpoints now"),
            );
            let image = canary.images.first().map_or("", |(_, image)| image.as_str());
            offer(
                CanaryStep::Promote,
                format!("promote {name}"),
                format!("{} gets {image}", stable.target.name),
            );
            offer(
                CanaryStep::Abort,
                format!("abort {name}"),
                format!("{} takes its pods over", stable.target.name),
            );
        }
        let mut picker = Picker::new(PickerKind::Canaries, entries);
        picker.note = format!("stable: {} with {} of {all} ready", stable.target.name, stable.ready);
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// The deployments behind the service, the stable side first.
    fn sides_with(&self, record: &Record) -> Vec<Side> {
        let namespace = record.meta().namespace.clone();
        let indexes = self.cache.indexes();
        let services = match record {
            Record::Service(service) => vec![service.selector.clone()],
            Record::Deployment(deployment) => indexes
                .services_selecting(&namespace, &deployment.template_labels)
                .into_iter()
                .filter_map(|slot| match self.cache.table(Kind::Service).get(slot) {
                    Some(Record::Service(service)) => Some(service.selector.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for selector in services {
            let slots = indexes.deployments_behind(&namespace, &selector);
            let table = self.cache.table(Kind::Deployment);
            let sides: Vec<Side> = slots
                .into_iter()
                .filter_map(|slot| match table.get(slot) {
                    Some(Record::Deployment(deployment)) => Some(side(deployment)),
                    _ => None,
                })
                .collect();
            if sides.len() > 1 {
                return ordered(sides);
            }
        }
        Vec::new()
    }

    /// Does what was chosen for a canary.
    pub(in crate::state) fn canary_step(
        &mut self,
        step: CanaryStep,
        canary: Box<Side>,
        stable: Box<Side>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let wanted = match step {
            CanaryStep::Share => {
                // What grows first is not known yet: the targets follow from the answer.
                let targets = vec![canary.target.clone(), stable.target.clone()];
                let question = Question::Share { canary, stable };
                self.prompt = Some(Prompt::Ask(Ask { question, targets, line: LineEdit::default() }));
                return;
            }
            CanaryStep::Promote => promote(&canary, &stable),
            CanaryStep::Abort => Ok(abort(&canary, &stable)),
        };
        match wanted {
            Ok(wanted) if !wanted.is_empty() => self.begin_plan(wanted, Joined::Sequence, now, effects),
            Ok(_) => self.tell(Severity::Info, "there is nothing to do", now),
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
        self.begin_plan(vec![(target, Change::Orphan { keep_serving })], Joined::Bulk, now, effects);
    }
}

/// A promotion carries images over and nothing else: what else was tried is said. It is told by its two steps: the stable side's
/// images, then the canary goes.
pub(super) fn beyond_images(parts: &[Part]) -> Option<Line> {
    let [stable, canary] = parts else { return None };
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

fn side(deployment: &Deployment) -> Side {
    let record = Record::Deployment(Box::new(deployment.clone()));
    Side {
        target: Target::of(&record),
        replicas: deployment.desired,
        ready: deployment.ready,
        paused: deployment.paused,
        tried: says_canary(
            &deployment.meta.name,
            value_of(&deployment.template_labels, "track").map(AsRef::as_ref),
        ),
        images: deployment
            .images
            .iter()
            .map(|image| (image.container.to_string(), image.image.to_string()))
            .collect(),
    }
}
