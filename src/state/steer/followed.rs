//! While a plan of one object is shown, the object is followed: the plan is always of the object as it is.

use serde_json::Value;

use crate::effect::{Effect, OpId};
use crate::model::trouble::Trouble;
use crate::release::Target;
use crate::release::follow::{Follow, Which};
use crate::release::json::{number, text, uid};
use crate::state::{Now, State};

impl State {
    /// While a plan of one object is shown, the object is followed: the plan is always of the object as it is.
    pub(super) fn follow_planned(&mut self, place: usize, effects: &mut Vec<Effect>) {
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
            self.follow_release_logs(effects);
        } else if self.on_canary_seen(op, &seen) {
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
