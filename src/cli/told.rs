//! A plan for programs: JSON of what the plan screen tells. Pure.

use serde_json::{Value, json};

use crate::model::resource::Resource;
use crate::model::secret;
use crate::release::plan::{Level, Line, Order, Plan, Step};
use crate::screen::plan::{DryRun, PlanScreen};

/// What is known of a plan beside it.
#[derive(Debug, Clone)]
pub(super) struct Around<'a> {
    /// The context's name.
    pub context: &'a str,
    /// Why a rule of the configuration denies it, if one does.
    pub denied: Option<&'a str>,
    /// What the rules of the configuration ask, in words.
    pub policy: Vec<String>,
    /// Requests and their bodies are told.
    pub requests: bool,
}

/// A plan that was made, as JSON. The names stay; more may come.
pub(super) fn json(screen: &PlanScreen, plan: &Plan, around: &Around<'_>) -> String {
    let objects: Vec<Value> = plan.steps.iter().map(object).collect();
    let lines: Vec<Value> = plan.lines.iter().map(line).collect();
    let answers: Vec<Value> = screen.answers.iter().flat_map(|(_, lines)| lines).map(line).collect();
    let mut value = json!({
        "title": plan.title,
        "context": around.context,
        "level": level(plan.level),
        "ordered": plan.order == Order::WhenReached,
        "steps": objects,
        "lines": lines,
        "denied": around.denied,
        "policy": around.policy,
        "dryRun": {"state": state(&screen.dry_run), "words": screen.dry_run.words(), "lines": answers},
        "kubectl": plan.kubectl,
    });
    if !screen.note.is_empty() {
        value["note"] = json!(screen.note);
    }
    if around.requests {
        value["requests"] = plan.steps.iter().map(request).collect();
    }
    format!("{value:#}\n")
}

fn state(dry_run: &DryRun) -> &'static str {
    dry_run.word()
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Reversible => "reversible",
        Level::Lasting => "lasting",
        Level::Traffic => "traffic",
        Level::Destructive => "destructive",
    }
}

fn object(step: &Step) -> Value {
    let target = &step.target;
    json!({
        "change": step.change.word(),
        "kind": target.resource.kind,
        "apiVersion": target.resource.api_version(),
        "namespace": (!target.namespace.is_empty()).then_some(&target.namespace),
        "name": target.name,
        "uid": target.is_bound().then(|| target.uid.to_string()),
    })
}

fn line(line: &Line) -> Value {
    match line {
        Line::Change { what, from, to } => json!({"is": "change", "what": what, "from": from, "to": to}),
        Line::Effect { what, words } => json!({"is": "effect", "what": what, "words": words}),
        Line::Warning { what, words } => json!({"is": "warning", "what": what, "words": words}),
        Line::Unknown { what, why } => json!({"is": "unknown", "what": what, "words": why}),
        Line::Diff(diff) => json!({"is": "diff", "sign": diff.sign.to_string(), "words": diff.text}),
        Line::Object { words } => json!({"is": "object", "words": words}),
    }
}

fn request(step: &Step) -> Value {
    let request = &step.request;
    // What a Secret holds or held is told to nobody.
    let is_secret = step.target.resource == Resource::SECRETS;
    let body = if is_secret { secret::shown(&request.body) } else { request.body.clone() };
    json!({
        "method": request.method.word(),
        "uri": request.uri(),
        "contentType": request.content.media_type(),
        "body": body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::model::uid::Uid;
    use crate::release::facts::{Facts, Gathered};
    use crate::release::plan::plan;
    use crate::release::{Change, Target};
    use crate::screen::plan::{Joined, Part};

    fn told(resource: Resource, object: Value, change: Change, requests: bool) -> Value {
        let target = Target {
            resource,
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            uid: Uid::new("6d9e1a3e-3d0f-4c0b-8a51-0a2b3c4d5e6f"),
        };
        let gathered = Gathered { object, ..Gathered::default() };
        let facts = Facts { gathered, ..Facts::default() };
        let plan = plan(&change, &target, &facts).unwrap();
        let part = Part { op: 1, target, change, gathered: None };
        let mut screen = PlanScreen::new(Action::Scale, vec![part], Joined::Bulk);
        screen.dry_run = DryRun::Unwanted;
        let around = Around { context: "prod", denied: None, policy: vec!["a rule".to_owned()], requests };
        serde_json::from_str(&json(&screen, &plan, &around)).unwrap()
    }

    fn meta() -> Value {
        json!({"name": "web", "namespace": "shop", "uid": "6d9e1a3e-3d0f-4c0b-8a51-0a2b3c4d5e6f", "resourceVersion": "7"})
    }

    #[test]
    fn everything_that_the_screen_tells_is_there() {
        let object = json!({"metadata": meta(), "spec": {"replicas": 2}});
        let value = told(Resource::DEPLOYMENTS, object.clone(), Change::Scale { replicas: 3 }, true);
        assert_eq!(value["title"], "scale deployment/web");
        assert_eq!((&value["context"], &value["policy"][0]), (&json!("prod"), &json!("a rule")));
        assert_eq!(value["steps"][0]["apiVersion"], "apps/v1");
        assert_eq!(value["lines"][0], json!({"is": "change", "what": "replicas", "from": "2", "to": "3"}));
        assert_eq!(value["dryRun"]["state"], "not asked");
        assert!(
            value["kubectl"][0].as_str().unwrap().contains("scale deployment/web --replicas=3"),
            "{value}"
        );
        assert_eq!(value["requests"][0]["method"], "PATCH");
        let uri = value["requests"][0]["uri"].as_str().unwrap();
        assert!(uri.starts_with("/apis/apps/v1/namespaces/shop/deployments/web/scale"), "{uri}");
        let without = told(Resource::DEPLOYMENTS, object, Change::Scale { replicas: 3 }, false);
        assert!(without.get("requests").is_none());
    }

    #[test]
    fn what_a_secret_holds_is_not_told() {
        let object = json!({"kind": "Secret", "metadata": meta(), "data": {"password": "b2xk"}});
        let wanted = json!({"kind": "Secret", "metadata": meta(), "data": {"password": "bmV3c2VjcmV0"}});
        let change = Change::Edit { base: None, wanted: Box::new(wanted) };
        let text = told(Resource::SECRETS, object, change, true).to_string();
        assert!(text.contains("password") && !text.contains("bmV3") && !text.contains("b2xk"), "{text}");
    }
}
