//! The smoke check on the plan of a switch: the pods of the side that is switched to are asked, and their answers shown.

use crate::effect::{Effect, OpId};
use crate::model::text::clean;
use crate::model::trouble::Trouble;
use crate::release::Change;
use crate::release::facts::Facts;
use crate::release::selector::Preview;
use crate::release::smoke::{ANNOTATION, Answer, Probe, path_of};
use crate::screen::Screen;
use crate::screen::plan::{PlanScreen, Smoked};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// So many pods are asked at most.
const MOST: usize = 20;

impl State {
    /// Asks the pods of the side that the plan on the screen switches to.
    pub(super) fn smoke_check(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let probes = match self.probes(now) {
            Ok(probes) => probes,
            Err(why) => return self.tell(Severity::Info, clean(&why).into_owned(), now),
        };
        let asked: Vec<Smoked> = probes
            .into_iter()
            .map(|probe| {
                let op = self.start_op(format!("GET {} of {}", probe.path, probe.pod));
                let smoked = Smoked { op, pod: probe.pod.clone(), path: probe.path.clone(), answer: None };
                effects.push(Effect::Probe(op, probe));
                smoked
            })
            .collect();
        let Some(Screen::Plan(screen)) = self.stack.last_mut() else { return };
        let before = std::mem::replace(&mut screen.smoked, asked);
        for smoked in before {
            self.end(smoked.op, effects);
        }
    }

    fn probes(&self, now: Now) -> Result<Vec<Probe>, String> {
        let no_switch = || "that is for the plan of a switch".to_owned();
        let Some(Screen::Plan(screen)) = self.stack.last() else { return Err(no_switch()) };
        let [part] = screen.parts.as_slice() else { return Err(no_switch()) };
        let Change::Selector { keys, how, .. } = &part.change else { return Err(no_switch()) };
        let Some(Ok(gathered)) = &part.gathered else { return Err("the plan is not there yet".to_owned()) };
        let path = path_of(&gathered.object, &self.settings.smoke_path).ok_or_else(|| {
            format!("no path is known: annotate {} with {ANNOTATION}, or set changes.smoke-path", part.target)
        })?;
        let facts = Facts {
            gathered: (**gathered).clone(),
            around: self.surroundings(&part.target),
            now: now.unix,
            least_ready: self.settings.least_ready,
            later: false,
            several: false,
        };
        let preview = Preview::of(keys, *how, &part.target, &facts).map_err(|refusal| refusal.0)?;
        let port = |pod: &crate::release::selector::side::SeenPod| pod.ports.as_ref()?.first()?.number();
        let probes: Vec<Probe> = preview
            .then
            .pods
            .iter()
            .take(MOST)
            .map(|pod| Probe {
                namespace: part.target.namespace.clone(),
                pod: pod.name.clone(),
                port: port(pod).or_else(|| preview.ports.first().map(|port| port.port)),
                path: path.clone(),
            })
            .collect();
        if probes.is_empty() { Err("no pod would be selected".to_owned()) } else { Ok(probes) }
    }

    /// A pod answered, or not.
    pub fn on_probed(&mut self, op: OpId, result: Result<Answer, Trouble>) {
        self.operations.end(op);
        let asked_by = |screen: &PlanScreen| screen.smoked.iter().any(|smoked| smoked.op == op);
        let Some(screen) = self.plan_where(asked_by).and_then(|place| self.plan_at(place)) else { return };
        if let Some(smoked) = screen.smoked.iter_mut().find(|smoked| smoked.op == op) {
            smoked.answer = Some(result.map_err(|trouble| trouble.to_string()));
        }
    }
}
