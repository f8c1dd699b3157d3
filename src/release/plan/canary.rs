//! Plans of a canary, each of several steps that wait for each other: another share, its promotion, its end.
//!
//! Whatever comes is ready before anything goes, so a step that scales up comes before the one that scales down. The first step
//! is bound to the version that was read; the others meet objects whose status has changed by then, so they are bound to
//! the object alone. Each step knows what gives its object back; the inverse of the whole is those of all, the last first.

use super::scale::autoscalers;
use super::{Level, Line, Order, Plan, Step, kubectl};
use crate::model::diff::differences;
use crate::model::uid::Uid;
use crate::release::canary::{Canary, Member, Split, promoted, rolling};
use crate::release::change::ContainerImage;
use crate::release::facts::Facts;
use crate::release::follow::Goal;
use crate::release::history::{plain, without_hash};
use crate::release::request::{Refusal, simple};
use crate::release::selector::side::plural;
use crate::release::{Change, Target};

/// So many differences of templates are named.
const NAMED: usize = 4;

/// The stable deployment and the canary of a plan.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The one that goes on.
    pub stable: &'a Uid,
    /// The one that is tried.
    pub canary: &'a Uid,
}

/// Another share of the traffic for the canary. `total`: replicas of both together; `None`: as many as there are.
pub fn share(
    percent: u32,
    total: Option<u32>,
    pair: Pair<'_>,
    service: &Target,
    facts: &Facts,
) -> Result<Plan, Refusal> {
    let (seen, stable, canary) = members(pair, service, facts)?;
    let now = Split { stable: stable.replicas, canary: canary.replicas };
    let then = Split::of(percent, total.unwrap_or(now.stable + now.canary))?;
    if now == then {
        return Err(Refusal(format!("{} has this share already: {}", canary.target, replicas(now))));
    }
    let mut lines = vec![
        Line::change("share", share_words(&seen, &canary), format!("about {} %", then.percent())),
        Line::change("replicas", replicas(now), replicas(then)),
    ];
    if then.percent() != percent {
        let words = format!(
            "{percent} % is not possible with {} pods: it is {} %",
            then.stable + then.canary,
            then.percent()
        );
        lines.push(Line::effect("rounded", words));
    }
    let mut made = Steps::default();
    let mut scaled = [(&stable, then.stable), (&canary, then.canary)];
    scaled.sort_by_key(|(member, to)| *to < member.replicas);
    for (member, to) in scaled {
        made.scale(member, to)?;
    }
    lines.push(order(&made));
    lines.extend(warnings(&seen, &[(&stable, then.stable), (&canary, then.canary)], facts));
    if canary.ready == 0 && then.canary > 0 && canary.replicas > 0 {
        lines.push(Line::warning("canary", format!("0 of {} ready", plural(canary.pods, "pod"))));
    }
    Ok(made.plan(format!("share of {}: {percent} %", canary.target), lines))
}

/// The canary's images for the stable deployment; when that has rolled out, the canary ends. `keep_total`: the stable one gets
/// the canary's replicas before.
pub fn promote(keep_total: bool, pair: Pair<'_>, service: &Target, facts: &Facts) -> Result<Plan, Refusal> {
    let (seen, stable, canary) = members(pair, service, facts)?;
    let images = promoted(&stable, &canary)?;
    if stable.paused && !images.is_empty() {
        return Err(Refusal(format!(
            "{} is paused: nothing would be rolled out; resume it first",
            stable.target
        )));
    }
    if images.is_empty() && canary.replicas == 0 {
        return Err(Refusal(format!("{} has the images of {} already", stable.target, canary.target)));
    }
    if canary.ready == 0 && !images.is_empty() && !facts.terms.insist {
        return Err(Refusal(format!(
            "no pod of {} is ready: nothing shows that its images work",
            canary.target
        )));
    }
    let then = if keep_total { stable.replicas + canary.replicas } else { stable.replicas };
    let mut lines: Vec<Line> = images
        .iter()
        .map(|(container, now, then)| {
            Line::change(format!("image of {container}"), now.clone(), then.clone())
        })
        .collect();
    lines.push(Line::change("share", share_words(&seen, &canary), "0 %: the stable one serves alone"));
    let mut made = Steps::default();
    if !images.is_empty() {
        made.images(&stable, &images)?;
    }
    made.scale(&stable, then)?;
    made.scale(&canary, 0)?;
    lines.extend(counts(&[(&stable, then), (&canary, 0)]));
    lines.push(order(&made));
    lines.extend(beside_images(&stable, &canary));
    lines.extend(warnings(&seen, &[(&stable, then), (&canary, 0)], facts));
    Ok(made.plan(format!("promote {} to {}", canary.target, stable.target), lines))
}

/// The canary ends and the stable deployment serves alone. `keep_total`: it gets the canary's replicas back before.
pub fn abort(keep_total: bool, pair: Pair<'_>, service: &Target, facts: &Facts) -> Result<Plan, Refusal> {
    let (seen, stable, canary) = members(pair, service, facts)?;
    if canary.replicas == 0 {
        return Err(Refusal(format!("{} has no replicas: it serves nothing", canary.target)));
    }
    let then = if keep_total { stable.replicas + canary.replicas } else { stable.replicas };
    if then == 0 {
        return Err(Refusal(format!(
            "{} has no replicas: nothing would serve {service} then",
            stable.target
        )));
    }
    let mut lines =
        vec![Line::change("share", share_words(&seen, &canary), "0 %: the stable one serves alone")];
    let mut made = Steps::default();
    made.scale(&stable, then)?;
    made.scale(&canary, 0)?;
    lines.extend(counts(&[(&stable, then), (&canary, 0)]));
    lines.push(order(&made));
    if stable.ready == 0 {
        lines.push(Line::warning("stable", format!("0 of {} ready", plural(stable.pods, "pod"))));
    }
    lines.extend(warnings(&seen, &[(&stable, then), (&canary, 0)], facts));
    Ok(made.plan(format!("end canary {}", canary.target), lines))
}

/// The two that a plan is for, as they are now.
fn members(pair: Pair<'_>, service: &Target, facts: &Facts) -> Result<(Canary, Member, Member), Refusal> {
    if crate::release::json::uid(&facts.gathered.object) != service.uid.to_string() {
        return Err(Refusal(format!("{service} is another object now: it was deleted and made again")));
    }
    let seen = Canary::of(service, facts)?;
    let (stable, canary) = (seen.member(pair.stable)?.clone(), seen.member(pair.canary)?.clone());
    if stable.target == canary.target {
        return Err(Refusal(format!("{} cannot be its own canary", stable.target)));
    }
    Ok((seen, stable, canary))
}

/// The steps of a plan while it is made.
#[derive(Default)]
struct Steps {
    steps: Vec<Step>,
    kubectl: Vec<String>,
    level: Option<Level>,
}

impl Steps {
    fn scale(&mut self, member: &Member, to: u32) -> Result<(), Refusal> {
        if member.replicas == to {
            return Ok(());
        }
        let back = Change::Scale { replicas: member.replicas };
        self.step(member, Change::Scale { replicas: to }, Goal::Replicas(to), back)
    }

    fn images(&mut self, member: &Member, images: &[(String, String, String)]) -> Result<(), Refusal> {
        let of = |which: fn(&(String, String, String)) -> &String| Change::SetImage {
            images: images
                .iter()
                .map(|one| ContainerImage { container: one.0.clone(), image: which(one).clone() })
                .collect(),
        };
        self.step(member, of(|one| &one.2), Goal::Rollout, of(|one| &one.1))
    }

    fn step(&mut self, member: &Member, change: Change, goal: Goal, inverse: Change) -> Result<(), Refusal> {
        let target = member.target.clone();
        let first = self.steps.is_empty();
        let request = simple(&change, &target, &member.object, first)?;
        if !first {
            // A shell waits as the plan does.
            let before = &self.steps[self.steps.len() - 1].target;
            self.kubectl.push(format!("kubectl{} rollout status {before}", before.namespace_flag()));
        }
        self.kubectl.push(kubectl::command(&change, &target));
        self.steps.push(Step { target, change, request, goal, inverse: Some(inverse) });
        self.level = Some(Level::Traffic);
        Ok(())
    }

    fn plan(self, title: String, lines: Vec<Line>) -> Plan {
        Plan {
            title,
            steps: self.steps,
            order: Order::WhenReached,
            lines,
            level: self.level.unwrap_or(Level::Traffic),
            kubectl: self.kubectl,
        }
    }
}

/// `25 %: 1 of 4 ready endpoints`.
fn share_words(seen: &Canary, canary: &Member) -> String {
    let all = seen.members.iter().map(|member| member.ready).sum::<usize>() + seen.others;
    format!("{} %: {} of {all} ready endpoints", canary.share, canary.ready)
}

fn replicas(split: Split) -> String {
    format!("{} stable, {} canary", split.stable, split.canary)
}

fn counts(wanted: &[(&Member, u32)]) -> Vec<Line> {
    let other = wanted.iter().filter(|(member, to)| member.replicas != *to);
    other
        .map(|(member, to)| {
            Line::change(
                format!("replicas of {}", member.target.name),
                member.replicas.to_string(),
                to.to_string(),
            )
        })
        .collect()
}

/// In which order it goes, and what each waits for.
fn order(made: &Steps) -> Line {
    let words: Vec<String> = made
        .steps
        .iter()
        .map(|step| match &step.change {
            Change::Scale { replicas } => format!("{} to {replicas}", step.target.name),
            _ => format!("the images of {}, until it has rolled out", step.target.name),
        })
        .collect();
    Line::effect("one after the other", words.join(", then "))
}

/// What else differs between the templates: only images are promoted.
fn beside_images(stable: &Member, canary: &Member) -> Option<Line> {
    let template = |member: &Member| {
        let mut template = plain(&without_hash(&member.object["spec"]["template"]));
        if let Some(map) = template.as_object_mut() {
            map.remove("metadata");
        }
        template
    };
    let all = differences(&template(stable), &template(canary));
    let words: Vec<String> =
        all.iter().filter(|one| !one.path.ends_with(".image")).map(|one| one.words(false)).collect();
    if words.is_empty() {
        return None;
    }
    let more = if words.len() > NAMED { format!(" and {} more", words.len() - NAMED) } else { String::new() };
    let words = words.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    Some(Line::warning(
        "not promoted",
        format!("only images are; their templates differ also in {words}{more}"),
    ))
}

/// What is against it: autoscalers, rollouts that are under way, endpoints of others.
fn warnings(seen: &Canary, wanted: &[(&Member, u32)], facts: &Facts) -> Vec<Line> {
    let mut lines = Vec::new();
    for (member, to) in wanted {
        if member.replicas != *to {
            let (now, then) = (i64::from(member.replicas), i64::from(*to));
            lines.extend(autoscalers(facts, &member.target, now, then));
        }
        if rolling(member) {
            lines.push(Line::warning("rollout", format!("{} is being rolled out just now", member.target)));
        }
    }
    let third: usize = seen
        .members
        .iter()
        .filter(|member| wanted.iter().all(|(one, _)| one.target != member.target))
        .map(|member| member.ready)
        .sum();
    if third + seen.others > 0 {
        let words =
            format!("{} of others too: the shares are of all", plural(third + seen.others, "ready endpoint"));
        lines.push(Line::warning("others", words));
    }
    for (query, found) in &facts.gathered.lists {
        lines.extend(found.trouble().map(|trouble| Line::Unknown {
            what: query.resource.plural.to_string(),
            why: trouble.to_string(),
        }));
    }
    lines
}
