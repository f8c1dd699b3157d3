//! The same change of several objects: which are meant, and their plans as one.

use crate::model::record::Record;
use crate::release::plan::{Line, Order, Plan, Step, kubectl};
use crate::release::{Change, Target};
use crate::screen::Screen;
use crate::screen::pane::Pane;
use crate::screen::plan::{Hidden, Joined};
use crate::state::State;

impl State {
    /// The table that has the keyboard.
    fn pane(&self) -> Option<&Pane> {
        match self.stack.last() {
            Some(Screen::Table(pane)) => Some(pane),
            Some(_) => None,
            None => self.home.focused(),
        }
    }

    /// The marked objects of the table that has the keyboard, hidden ones too; else the one under the cursor.
    pub(in crate::state) fn chosen(&self) -> Vec<Record> {
        if let Some(pane) = self.pane().filter(|pane| !pane.marks.is_empty()) {
            let table = self.sight(self.now).table(pane);
            let mut marked: Vec<Record> =
                pane.marks.iter().filter_map(|uid| table.get(table.slot_of(uid)?)).cloned().collect();
            marked.sort_by(|one, other| {
                let key = |record: &Record| (record.meta().namespace.clone(), record.meta().name.clone());
                key(one).cmp(&key(other))
            });
            return marked;
        }
        self.object().cloned().into_iter().collect()
    }

    /// How many of the objects are marked in the table that has the keyboard, and are not shown by it now: what is not before
    /// the eyes has to be said.
    pub(super) fn hidden<'a>(&self, targets: impl Iterator<Item = &'a Target>) -> Option<Hidden> {
        let pane = self.pane()?;
        let table = self.sight(self.now).table(pane);
        let is_hidden = |target: &&Target| {
            pane.marks.contains(&target.uid)
                && table.slot_of(&target.uid).is_some_and(|slot| pane.view.position(slot).is_none())
        };
        let count = targets.filter(is_hidden).count();
        let filtered = !pane.filter_text.is_empty() || pane.view.faults();
        (count > 0).then_some(Hidden { count, filtered })
    }

    /// Marks were for this change.
    pub(super) fn forget_marks_of(&mut self, plan: &Plan) {
        for step in &plan.steps {
            let panes = self.home.panes_mut();
            for pane in panes {
                pane.marks.remove(&step.target.uid);
            }
            for screen in &mut self.stack {
                if let Screen::Table(pane) = screen {
                    pane.marks.remove(&step.target.uid);
                }
            }
        }
    }
}

/// Several plans as one; what each says stands below its object, or its step.
pub(super) fn joined(mut plans: Vec<Plan>, joined: Joined) -> Option<Plan> {
    if plans.len() < 2 {
        return plans.pop();
    }
    let title = title(&plans, joined);
    for (at, plan) in plans.iter_mut().enumerate() {
        let step = &plan.steps[0];
        let words = match joined {
            Joined::Bulk if step.target.namespace.is_empty() => step.target.to_string(),
            Joined::Bulk => format!("{}  in {}", step.target, step.target.namespace),
            Joined::Sequence => format!("{}. {}", at + 1, step.change.title(&step.target)),
        };
        plan.lines.insert(0, Line::Object { words });
    }
    let mut plans = plans.into_iter();
    let mut first = plans.next()?;
    first.title = title;
    for plan in plans {
        first.level = first.level.max(plan.level);
        first.kubectl.extend(plan.kubectl);
        first.lines.extend(plan.lines);
        first.steps.extend(plan.steps);
    }
    one_command(&mut first.kubectl, &first.steps);
    if joined == Joined::Sequence {
        first.order = Order::WhenReached;
    }
    Some(first)
}

/// All objects of a manifest are one command of kubectl, in their namespace when they have one in common.
fn one_command(commands: &mut Vec<String>, steps: &[Step]) {
    if !steps.iter().all(|step| matches!(step.change, Change::Apply { .. })) {
        return;
    }
    let mut named = steps.iter().map(|step| &step.target).filter(|target| target.resource.namespaced);
    let Some(first) = named.next() else { return commands.truncate(1) };
    let common = if named.all(|target| target.namespace == first.namespace) {
        first.clone()
    } else {
        // Each says its own.
        Target { namespace: String::new(), ..first.clone() }
    };
    *commands = steps.iter().take(1).map(|step| kubectl::command(&step.change, &common)).collect();
}

fn title(plans: &[Plan], joined: Joined) -> String {
    let (target, word) = (plans[0].target(), plans[0].steps[0].change.word());
    let same_word = plans.iter().all(|plan| plan.steps[0].change.word() == word);
    let titles = || plans.iter().map(|plan| plan.title.as_str()).collect::<Vec<_>>();
    match joined {
        Joined::Bulk if same_word => format!("{word} {} objects", plans.len()),
        Joined::Bulk => titles().join(" and "),
        Joined::Sequence if plans.iter().all(|plan| plan.target() == target) => {
            let words: Vec<&str> = plans.iter().map(|plan| plan.steps[0].change.word()).collect();
            format!("{} {target}", words.join(", "))
        }
        Joined::Sequence => titles().join(", then "),
    }
}
