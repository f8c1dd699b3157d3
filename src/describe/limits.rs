//! What bounds and scales workloads: autoscalers, disruption budgets, quotas, limit ranges, namespaces.

use serde_json::Value;

use super::Material;
use super::common::{at, at_or, created, has, head, names, selector, tone};
use super::container::amount_of;
use super::sheet::Sheet;
use crate::model::column::Tone;
use crate::model::resource::Resource;
use crate::release::json::{items, name, number, text};
use crate::release::quantity::Quantity;

/// A horizontal pod autoscaler (`autoscaling/v2`).
pub fn autoscaler(sheet: &mut Sheet, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(sheet, object);
    created(sheet, object);
    let kind = text(spec, "/scaleTargetRef/kind");
    sheet.put(0, format!("Reference:\t{kind}/{}", text(spec, "/scaleTargetRef/name")));
    sheet.put(0, "Metrics:\t( current / target )");
    let current = items(status, "/currentMetrics");
    for (at, metric) in items(spec, "/metrics").iter().enumerate() {
        let (title, now, wanted) = measured(metric, current.get(at).unwrap_or(&Value::Null));
        sheet.put(1, format!("{title}:\t{now} / {wanted}"));
    }
    sheet.put(0, format!("Min replicas:\t{}", at_or(spec, "/minReplicas", "<unset>")));
    sheet.put(0, format!("Max replicas:\t{}", at(spec, "/maxReplicas")));
    behavior(sheet, spec);
    let (now, wanted) = (count(status, "/currentReplicas"), count(status, "/desiredReplicas"));
    sheet.put(0, format!("{kind} pods:\t{now} current / {wanted} desired"));
    if now == count(spec, "/maxReplicas") {
        sheet.note("at maximum");
    }
    let conditions = items(status, "/conditions");
    if !conditions.is_empty() {
        sheet.put(0, "Conditions:");
        sheet.put(1, "Type\tStatus\tReason\tMessage");
        sheet.put(1, "----\t------\t------\t-------");
        for one in conditions {
            let [kind, status, reason, message] =
                ["/type", "/status", "/reason", "/message"].map(|field| text(one, field));
            sheet.put(1, format!("{kind}\t{status}\t{reason}\t{message}"));
        }
    }
}

fn count(value: &Value, pointer: &str) -> i64 {
    number(value, pointer).unwrap_or_default()
}

/// What is measured, how it is, and how it should be.
fn measured(metric: &Value, current: &Value) -> (String, String, String) {
    let kind = text(metric, "/type");
    let mut field = kind.to_owned();
    if let Some(first) = field.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let (of, is) = (&metric[field.as_str()], &current[field.as_str()]["current"]);
    let target = &of["target"];
    let metric_name = at_or(of, "/metric/name", text(of, "/name"));
    if kind == "Resource" || kind == "ContainerResource" {
        let whose = match text(of, "/container") {
            "" => "pods".to_owned(),
            container => format!("container {container:?} of pods"),
        };
        let title = format!("resource {metric_name} on {whose}");
        if has(target, "/averageValue") {
            return (title, at_or(is, "/averageValue", "<unknown>"), at(target, "/averageValue"));
        }
        let now = match number(is, "/averageUtilization") {
            Some(percent) => format!("{percent}% ({})", at(is, "/averageValue")),
            None => "<unknown>".to_owned(),
        };
        let wanted = number(target, "/averageUtilization")
            .map_or_else(|| "<auto>".to_owned(), |percent| format!("{percent}%"));
        return (format!("{title}  (as a percentage of request)"), now, wanted);
    }
    let title = match kind {
        "Pods" => format!("{metric_name:?} on pods"),
        "Object" => {
            let (kind, name) = (text(of, "/describedObject/kind"), text(of, "/describedObject/name"));
            format!("{metric_name:?} on {kind}/{name}")
        }
        "External" => format!(
            "{metric_name:?} (target {})",
            if has(target, "/value") { "value" } else { "average value" }
        ),
        _ => format!("<unknown metric type {kind:?}>"),
    };
    let field = if has(target, "/value") { "/value" } else { "/averageValue" };
    (title, at_or(is, field, "<unknown>"), at(target, field))
}

fn behavior(sheet: &mut Sheet, spec: &Value) {
    if !has(spec, "/behavior") {
        return;
    }
    sheet.put(0, "Behavior:");
    for (title, way) in [("Scale Up", "scaleUp"), ("Scale Down", "scaleDown")] {
        let Some(rules) = spec["behavior"].get(way).filter(|rules| rules.is_object()) else { continue };
        sheet.put(1, format!("{title}:"));
        if let Some(seconds) = number(rules, "/stabilizationWindowSeconds") {
            sheet.put(2, format!("Stabilization Window: {seconds} seconds"));
        }
        let policies = items(rules, "/policies");
        if !policies.is_empty() {
            sheet.put(2, format!("Select Policy: {}", at_or(rules, "/selectPolicy", "Max")));
            sheet.put(2, "Policies:");
        }
        for policy in policies {
            let [kind, value, seconds] = ["/type", "/value", "/periodSeconds"].map(|field| at(policy, field));
            sheet.put(3, format!("- Type: {kind}\tValue: {value}\tPeriod: {seconds} seconds"));
        }
    }
}

/// A disruption budget.
pub fn budget(sheet: &mut Sheet, object: &Value) {
    names(sheet, object);
    for (title, pointer) in
        [("Min available", "/spec/minAvailable"), ("Max unavailable", "/spec/maxUnavailable")]
    {
        super::common::optional(sheet, title, object, pointer);
    }
    let chosen = if has(object, "/spec/selector") {
        selector(&object["spec"]["selector"])
    } else {
        "<unset>".to_owned()
    };
    sheet.put(0, format!("Selector:\t{chosen}"));
    sheet.put(0, "Status:");
    let allowed = count(object, "/status/disruptionsAllowed");
    sheet.toned(
        2,
        format!("Allowed disruptions:\t{allowed}"),
        if allowed == 0 { Tone::Warn } else { Tone::Plain },
    );
    for (title, field) in
        [("Current", "/currentHealthy"), ("Desired", "/desiredHealthy"), ("Total", "/expectedPods")]
    {
        sheet.put(2, format!("{title}:\t{}", count(&object["status"], field)));
    }
}

/// Used and hard amounts of a quota, row by row.
fn quota_rows(sheet: &mut Sheet, indent: &str, quota: &Value) {
    for (resource, hard) in quota["status"]["hard"].as_object().into_iter().flatten() {
        let used = quota["status"]["used"].get(resource);
        let (is, most) =
            (used.and_then(Quantity::of).unwrap_or_default(), Quantity::of(hard).unwrap_or_default());
        let full = !most.exceeds(is);
        let row = format!("{indent}{resource}\t{is}\t{most}");
        sheet.toned(0, row, if full && most.is_some() { Tone::Warn } else { Tone::Plain });
    }
}

fn scopes(sheet: &mut Sheet, indent: &str, quota: &Value) {
    let all = items(quota, "/spec/scopes");
    if all.is_empty() {
        return;
    }
    let mut names: Vec<String> = all.iter().map(super::common::word).collect();
    names.sort();
    sheet.put(0, format!("{indent}Scopes:\t{}", names.join(", ")));
    for name in names {
        let help = match name.as_str() {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        sheet.put(0, format!("{indent}* {help}"));
    }
}

/// A quota.
pub fn quota(sheet: &mut Sheet, object: &Value) {
    names(sheet, object);
    scopes(sheet, "", object);
    sheet.put(0, "Resource\tUsed\tHard");
    sheet.put(0, "--------\t----\t----");
    quota_rows(sheet, "", object);
}

const LIMITS: [&str; 2] = [
    "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
    "----\t--------\t---\t---\t---------------\t-------------\t-----------------------",
];

/// A limit range.
pub fn limit_range(sheet: &mut Sheet, object: &Value) {
    names(sheet, object);
    for line in LIMITS {
        sheet.put(0, line);
    }
    limit_rows(sheet, "", object);
}

fn limit_rows(sheet: &mut Sheet, indent: &str, object: &Value) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in items(object, "/spec/limits") {
        let mut resources: Vec<&String> =
            FIELDS.iter().filter_map(|field| item[*field].as_object()).flat_map(|map| map.keys()).collect();
        resources.sort();
        resources.dedup();
        for resource in resources {
            let cell = |field: &str| item[field].get(resource).map_or_else(|| "-".to_owned(), amount_of);
            let cells = FIELDS.map(cell).join("\t");
            sheet.put(0, format!("{indent}{}\t{resource}\t{cells}", text(item, "/type")));
        }
    }
}

/// A namespace, with its quotas and limits.
pub fn namespace(sheet: &mut Sheet, material: &Material) {
    let object = &material.object;
    sheet.put(0, format!("Name:\t{}", name(object)));
    super::common::tags(sheet, object);
    let phase = text(object, "/status/phase");
    sheet.toned(0, format!("Status:\t{phase}"), tone(phase));
    let conditions = items(object, "/status/conditions");
    if !conditions.is_empty() {
        sheet.put(0, "Conditions:");
        sheet.put(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        sheet.put(1, "----\t------\t------------------\t------\t-------");
    }
    for one in conditions {
        let [kind, status, reason, message] =
            ["/type", "/status", "/reason", "/message"].map(|field| text(one, field));
        let changed = super::common::time(one, "/lastTransitionTime");
        sheet.put(1, format!("{kind}\t{status}\t{changed}\t{reason}\t{message}"));
    }
    sheet.put(0, "");
    let quotas = material.of(&Resource::RESOURCE_QUOTAS);
    match (material.trouble(&Resource::RESOURCE_QUOTAS), quotas) {
        (Some(_), _) => {}
        (None, []) => sheet.put(0, "No resource quota."),
        (None, quotas) => {
            sheet.put(0, "Resource Quotas");
            for quota in quotas {
                sheet.put(0, format!("  Name:\t{}", name(quota)));
                scopes(sheet, "  ", quota);
                sheet.put(0, "  Resource\tUsed\tHard");
                sheet.put(0, "  --------\t---\t---");
                quota_rows(sheet, "  ", quota);
            }
        }
    }
    sheet.put(0, "");
    match (material.trouble(&Resource::LIMIT_RANGES), material.of(&Resource::LIMIT_RANGES)) {
        (Some(_), _) => {}
        (None, []) => sheet.put(0, "No LimitRange resource."),
        (None, ranges) => {
            sheet.put(0, "Resource Limits");
            for line in LIMITS {
                sheet.put(0, format!(" {line}"));
            }
            for range in ranges {
                limit_rows(sheet, " ", range);
            }
        }
    }
}
