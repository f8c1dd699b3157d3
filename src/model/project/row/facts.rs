//! From the object in a row of the table to the few things that our own columns are made of.
//!
//! Only for kinds that have such columns; of the others the server sends the metadata.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Shared;
use crate::model::facts::{
    self, Autoscaler, Budget, Claim, CronJob, Facts, Ingress, Job, Limited, Quota, Route,
};
use crate::model::quantity::Quantity;
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::model::schedule::Schedule;
use crate::model::text::clean;

#[derive(Deserialize)]
struct Object<S, T> {
    spec: S,
    #[serde(default)]
    status: T,
}

fn read<'a, S: Deserialize<'a>, T: Deserialize<'a> + Default>(json: &'a RawValue) -> Option<Object<S, T>> {
    serde_json::from_str(json.get()).ok()
}

/// What is kept of an object; nothing where the server sent its metadata alone.
pub(super) fn of(resource: &Resource, json: &RawValue, shared: &mut Shared) -> Option<Box<Facts>> {
    if !facts::are_kept(resource) {
        return None;
    }
    let facts = match &*resource.plural {
        "cronjobs" => cron_job(json, shared)?,
        "jobs" => job(json, shared)?,
        "ingresses" => ingress(json, shared)?,
        "horizontalpodautoscalers" => autoscaler(json, shared)?,
        "poddisruptionbudgets" => budget(json)?,
        "persistentvolumeclaims" => claim(json, shared)?,
        _ => quota(json, shared)?,
    };
    Some(Box::new(facts))
}

fn time(text: Option<&str>) -> Seconds {
    text.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map_or(0, |time| time.as_second())
}

#[derive(Deserialize)]
struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Cow<'a, str>,
    #[serde(borrow, default, rename = "lastTransitionTime")]
    since: Option<Cow<'a, str>>,
}

fn cron_job(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec<'a> {
        #[serde(borrow)]
        schedule: Cow<'a, str>,
        #[serde(borrow, default)]
        time_zone: Option<Cow<'a, str>>,
        #[serde(default)]
        suspend: Option<bool>,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        #[serde(borrow, default)]
        active: Option<Vec<&'a RawValue>>,
        #[serde(borrow, default)]
        last_schedule_time: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        last_successful_time: Option<Cow<'a, str>>,
    }
    let Object { spec, status } = read::<Spec<'_>, Status<'_>>(json)?;
    let zone = spec.time_zone.unwrap_or_default();
    Some(Facts::CronJob(CronJob {
        schedule: Schedule::read(shared.text(&spec.schedule), shared.text(&zone)),
        suspended: spec.suspend.unwrap_or(false),
        active: status.active.map_or(0, |active| active.len() as u32),
        last: time(status.last_schedule_time.as_deref()),
        succeeded: time(status.last_successful_time.as_deref()),
    }))
}

fn job(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize)]
    struct Spec {}
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        #[serde(default)]
        failed: Option<u32>,
        #[serde(borrow, default)]
        start_time: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        completion_time: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        conditions: Option<Vec<Condition<'a>>>,
    }
    let Object { spec: Spec {}, status } = read::<Spec, Status<'_>>(json)?;
    let failed = status.conditions.iter().flatten().find(|c| c.kind == "Failed" && c.status == "True");
    let failed_at = failed.and_then(|condition| condition.since.as_deref());
    Some(Facts::Job(Job {
        failed: status.failed.unwrap_or(0),
        started: time(status.start_time.as_deref()),
        ended: time(status.completion_time.as_deref().or(failed_at)),
        failure: shared.text(failed.map_or("", |c| if c.reason.is_empty() { "Failed" } else { &c.reason })),
    }))
}

fn ingress(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize, Default)]
    struct Service<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
    }
    #[derive(Deserialize, Default)]
    struct Backend<'a> {
        #[serde(borrow, default)]
        service: Option<Service<'a>>,
    }
    #[derive(Deserialize)]
    struct Path<'a> {
        #[serde(borrow, default)]
        path: Cow<'a, str>,
        #[serde(borrow, default)]
        backend: Backend<'a>,
    }
    #[derive(Deserialize)]
    struct Http<'a> {
        #[serde(borrow, default)]
        paths: Vec<Path<'a>>,
    }
    #[derive(Deserialize)]
    struct Rule<'a> {
        #[serde(borrow, default)]
        host: Cow<'a, str>,
        #[serde(borrow, default)]
        http: Option<Http<'a>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec<'a> {
        #[serde(borrow, default)]
        rules: Option<Vec<Rule<'a>>>,
        #[serde(borrow, default)]
        default_backend: Option<Backend<'a>>,
    }
    let spec = read::<Spec<'_>, BTreeMap<String, serde_json::Value>>(json)?.spec;
    let mut routes = Vec::new();
    let mut route = |from: &str, backend: &Backend<'_>, shared: &mut Shared| {
        let service = backend.service.as_ref().map_or("", |service| &service.name);
        routes.push(Route { from: clean(from).into(), service: shared.text(service) });
    };
    for rule in spec.rules.iter().flatten() {
        let host = if rule.host.is_empty() { "*" } else { &rule.host };
        for path in rule.http.iter().flat_map(|http| &http.paths) {
            route(&format!("{host}{}", path.path), &path.backend, shared);
        }
    }
    if let Some(backend) = &spec.default_backend {
        route("*", backend, shared);
    }
    Some(Facts::Ingress(Ingress { routes: routes.into() }))
}

fn autoscaler(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize)]
    struct Target<'a> {
        #[serde(borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        name: Cow<'a, str>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec<'a> {
        #[serde(default)]
        min_replicas: Option<u32>,
        max_replicas: u32,
        #[serde(borrow, default)]
        scale_target_ref: Option<Target<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        #[serde(default)]
        current_replicas: Option<u32>,
        #[serde(default)]
        desired_replicas: Option<u32>,
        #[serde(borrow, default)]
        conditions: Option<Vec<Condition<'a>>>,
    }
    let Object { spec, status } = read::<Spec<'_>, Status<'_>>(json)?;
    let conditions = status.conditions.unwrap_or_default();
    let is = |kind: &str, value: &str| conditions.iter().find(|c| c.kind == kind && c.status == value);
    let blocked = is("AbleToScale", "False").or_else(|| is("ScalingActive", "False"));
    let current = status.current_replicas.unwrap_or(0);
    let limited = is("ScalingLimited", "True").filter(|c| c.reason == "TooManyReplicas");
    let since = blocked.or(limited).and_then(|condition| condition.since.as_deref());
    let target = spec.scale_target_ref.map(|it| format!("{}/{}", it.kind.to_ascii_lowercase(), it.name));
    Some(Facts::Autoscaler(Autoscaler {
        current,
        desired: status.desired_replicas.unwrap_or(current),
        min: spec.min_replicas.unwrap_or(1),
        max: spec.max_replicas,
        limited: limited.is_some(),
        since: time(since),
        blocked: shared.text(blocked.map_or("", |condition| &condition.reason)),
        target: shared.text(&target.unwrap_or_default()),
    }))
}

fn budget(json: &RawValue) -> Option<Facts> {
    #[derive(Deserialize)]
    struct Spec {}
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase")]
    struct Status<'a> {
        /// A budget that its controller has not seen says nothing.
        disruptions_allowed: Option<u32>,
        #[serde(default)]
        current_healthy: u32,
        #[serde(default)]
        desired_healthy: u32,
        #[serde(default)]
        expected_pods: u32,
        #[serde(borrow, default)]
        conditions: Option<Vec<Condition<'a>>>,
    }
    let status = read::<Spec, Status<'_>>(json)?.status;
    let mut blocked = status.conditions.iter().flatten();
    let blocked = blocked.find(|c| c.kind == "DisruptionAllowed" && c.status == "False");
    Some(Facts::Budget(Budget {
        allowed: status.disruptions_allowed?,
        healthy: status.current_healthy,
        wished: status.desired_healthy,
        pods: status.expected_pods,
        since: time(blocked.and_then(|condition| condition.since.as_deref())),
    }))
}

fn claim(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec<'a> {
        #[serde(borrow, default)]
        storage_class_name: Option<Cow<'a, str>>,
    }
    #[derive(Deserialize, Default)]
    struct Status<'a> {
        #[serde(borrow, default)]
        phase: Cow<'a, str>,
    }
    let Object { spec, status } = read::<Spec<'_>, Status<'_>>(json)?;
    let class = spec.storage_class_name.unwrap_or_default();
    Some(Facts::Claim(Claim { phase: shared.text(&status.phase), class: shared.text(&class) }))
}

fn quota(json: &RawValue, shared: &mut Shared) -> Option<Facts> {
    #[derive(Deserialize)]
    struct Spec {}
    #[derive(Deserialize, Default)]
    struct Status<'a> {
        #[serde(borrow, default)]
        hard: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
        #[serde(borrow, default)]
        used: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    }
    let status = read::<Spec, Status<'_>>(json)?.status;
    let of = |(resource, hard): (&Cow<'_, str>, &Cow<'_, str>)| {
        let used = status.used.get(resource)?;
        let (has, may) = (Quantity::parse(used)?, Quantity::parse(hard)?);
        // Where nothing may be used and nothing is, nothing is full.
        let percent = if may.is_some() { has.percent_of(may) } else { i128::from(has.is_some()) * 100 };
        Some(Limited {
            resource: shared.text(resource),
            used: shared.text(used),
            hard: shared.text(hard),
            percent: u32::try_from(percent.max(0)).unwrap_or(u32::MAX),
        })
    };
    Some(Facts::Quota(Quota { amounts: status.hard.iter().filter_map(of).collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::project::Projector;
    use crate::model::record::{Health, Kind, Record, Row};

    fn row(group: &str, plural: &str, object: &str) -> Row {
        let resource = Resource {
            group: group.to_owned().into(),
            plural: plural.to_owned().into(),
            ..Resource::CONFIG_MAPS
        };
        let mut projector = Projector::new(Kind::Other(Box::leak(Box::new(resource))));
        let object = object.replacen('{', r#"{"metadata":{"name":"x","uid":"u"},"#, 1);
        let table = format!(r#"{{"columnDefinitions":[],"rows":[{{"cells":[],"object":{object}}}]}}"#);
        let mut rows = Vec::new();
        projector.list(table.as_bytes(), &mut |row| rows.push(row)).unwrap();
        match rows.pop() {
            Some(Record::Row(row)) => *row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn last_results_of_cron_jobs() {
        for (suspend, status, word, health) in [
            (false, "{}", "never ran", Health::Ok),
            (
                false,
                r#"{"active":[{"name":"a"}],"lastScheduleTime":"2026-11-21T04:00:00Z"}"#,
                "running",
                Health::Progressing,
            ),
            (
                false,
                r#"{"lastScheduleTime":"2026-11-21T04:00:00Z","lastSuccessfulTime":"2026-11-21T04:00:09Z"}"#,
                "succeeded",
                Health::Ok,
            ),
            (
                false,
                r#"{"lastScheduleTime":"2026-11-21T04:00:00Z","lastSuccessfulTime":"2026-11-21T03:00:09Z"}"#,
                "failed",
                Health::Fault,
            ),
            (true, r#"{"lastScheduleTime":"2026-11-21T04:00:00Z"}"#, "failed", Health::Idle),
        ] {
            let row = row(
                "batch",
                "cronjobs",
                &format!(r#"{{"spec":{{"schedule":"* * * * *","suspend":{suspend}}},"status":{status}}}"#),
            );
            let Some(Facts::CronJob(it)) = row.facts.as_deref() else { panic!("{row:?}") };
            assert_eq!((it.last_result(), row.health), (word, health), "{status}");
        }
    }

    #[test]
    fn autoscalers_say_what_they_do() {
        for (status, word, health) in [
            (r#"{"currentReplicas":3,"desiredReplicas":3}"#, "", Health::Ok),
            (r#"{"currentReplicas":3,"desiredReplicas":5}"#, "scaling up to 5", Health::Progressing),
            (r#"{"currentReplicas":8,"desiredReplicas":8}"#, "at maximum", Health::Warning),
            (
                r#"{"currentReplicas":8,"desiredReplicas":8,"conditions":[{"type":"ScalingLimited","status":"True","reason":"TooManyReplicas"}]}"#,
                "at maximum, wants more",
                Health::Warning,
            ),
            (
                r#"{"conditions":[{"type":"ScalingActive","status":"False","reason":"FailedGetResourceMetric"}]}"#,
                "cannot scale: FailedGetResourceMetric",
                Health::Fault,
            ),
        ] {
            let row = row(
                "autoscaling",
                "horizontalpodautoscalers",
                &format!(r#"{{"spec":{{"minReplicas":2,"maxReplicas":8}},"status":{status}}}"#),
            );
            let Some(Facts::Autoscaler(it)) = row.facts.as_deref() else { panic!("{row:?}") };
            assert_eq!((it.state().as_str(), row.health), (word, health), "{status}");
        }
    }

    #[test]
    fn routes_of_an_ingress_and_times_of_a_job() {
        let row_of = row(
            "networking.k8s.io",
            "ingresses",
            r#"{"spec":{"defaultBackend":{"resource":{"kind":"Bucket"}},"rules":[{"host":"a.io","http":{"paths":[
            {"path":"/x","backend":{"service":{"name":"web","port":{"number":80}}}}]}},{"http":null}]}}"#,
        );
        let Some(Facts::Ingress(it)) = row_of.facts.as_deref() else { panic!("{row_of:?}") };
        let routes: Vec<(&str, &str)> = it.routes.iter().map(|r| (&*r.from, &*r.service)).collect();
        assert_eq!(routes, [("a.io/x", "web"), ("*", "")]);
        let row_of = row(
            "batch",
            "jobs",
            r#"{"spec":{"template":{}},"status":{"failed":2,"startTime":"1970-01-01T00:00:10Z",
            "conditions":[{"type":"Failed","status":"True","lastTransitionTime":"1970-01-01T00:01:00Z"}]}}"#,
        );
        let Some(Facts::Job(it)) = row_of.facts.as_deref() else { panic!("{row_of:?}") };
        assert_eq!((it.failed, it.started, it.ended), (2, 10, 60));
        // Other kinds, and answers with the metadata alone, have none.
        assert_eq!(row("", "configmaps", r#"{"data":{}}"#).facts, None);
        assert_eq!(row("batch", "jobs", r#"{"kind":"PartialObjectMetadata"}"#).facts, None);
    }
}
