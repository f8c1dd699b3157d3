//! What the server says about each object of an apply before it is sent: what would differ, and who owns it.

use serde_json::Value;

use crate::effect::OpId;
use crate::event::WriteAnswer;
use crate::release::Change;
use crate::release::apply::conflicts_in;
use crate::release::facts::Gathered;
use crate::release::plan::Line;
use crate::release::plan::apply::exact;
use crate::screen::plan::{PlanScreen, clean_line};
use crate::state::State;

impl State {
    /// A dry run was answered: of an apply its answer says more than the plan can.
    pub(super) fn on_apply_rehearsed(&mut self, place: usize, op: OpId, answer: &WriteAnswer) {
        let Some(screen) = self.plan_at(place) else { return };
        let Some(at) = screen.asked.iter().position(|known| *known == op) else { return };
        let Some(lines) = said(screen, at, answer) else { return };
        let mut lines: Vec<Line> = lines.into_iter().map(clean_line).collect();
        if screen.parts.len() > 1 && !lines.is_empty() {
            lines.insert(0, Line::Object { words: screen.parts[at].target.to_string() });
        }
        screen.answers.push((at, lines));
        screen.answers.sort_by_key(|(at, _)| *at);
    }

    /// What was read for an apply says which object is meant: the plan and what follows it is about that one.
    pub(super) fn bind_applied(&mut self, place: usize, op: OpId, gathered: &Gathered) {
        let Some(screen) = self.plan_at(place) else { return };
        let Some(part) = screen.parts.iter_mut().find(|part| part.op == op) else { return };
        if matches!(part.change, Change::Apply { .. }) && gathered.object != Value::Null {
            part.target = part.target.bound_to(&gathered.object);
        }
    }
}

/// What is told of an answer; `None`: nothing beyond that it was answered.
fn said(screen: &PlanScreen, at: usize, answer: &WriteAnswer) -> Option<Vec<Line>> {
    let (part, step) = (screen.parts.get(at)?, screen.ready()?.steps.get(at)?);
    let Change::Apply { .. } = step.change else { return None };
    match answer {
        WriteAnswer::Refused(trouble) => {
            let conflicts = conflicts_in(&trouble.said);
            if conflicts.is_empty() {
                return Some(vec![Line::warning("refused", trouble.to_string())]);
            }
            Some(conflicts.iter().map(crate::release::apply::Conflict::line).collect())
        }
        WriteAnswer::Accepted(answered) => {
            let Some(Ok(gathered)) = &part.gathered else { return None };
            if gathered.object.is_null() {
                return Some(vec![Line::effect("by the server", "it would be made")]);
            }
            let lines = exact(&step.target, &gathered.object, answered);
            if lines.is_empty() {
                return Some(vec![Line::effect("by the server", "nothing would differ")]);
            }
            let head = Line::effect("by the server", "so it would differ:");
            Some(std::iter::once(head).chain(lines).collect())
        }
        WriteAnswer::Unknown(_) => None,
    }
}
