//! A change and then its inverse give the object back, for every kind of change: on the story's own objects, with the
//! controllers at work in between. What cannot be given back has no inverse.

use std::cell::Cell;
use std::collections::BTreeMap;

use dogwatch::model::resource::Resource;
use dogwatch::release::canary::{self, Side};
use dogwatch::release::change::{Change, ContainerImage, Merge, Propagation};
use dogwatch::release::edit::shown;
use dogwatch::release::facts::{Facts, Surroundings};
use dogwatch::release::history::{self, plain};
use dogwatch::release::plan::plan;
use dogwatch::release::request::RESTARTED_AT;
use dogwatch::release::target::Target;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::bench::{Bench, run, uid};
use crate::harness::story;

const NAMESPACE: &str = "production";
type Keys = Vec<(String, Option<String>)>;

/// Holds a property of one kind of change to some cases; at least one of them must have been more than a refusal.
fn hold<S: Strategy>(strategy: S, case: &impl AsyncFn(&mut Bench, S::Value) -> bool) {
    let sent = Cell::new(0);
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let ended = TestRunner::new(config).run(&strategy, |value| {
        run(async {
            let mut bench = Bench::of(story(false).await).await;
            bench.settle().await;
            sent.set(sent.get() + usize::from(case(&mut bench, value).await));
        });
        Ok(())
    });
    ended.unwrap();
    assert!(sent.get() > 0, "every case was refused");
}

/// What is the user's of an object: not its status, not what each write counts.
fn content(object: &Value) -> Value {
    let mut annotations = object["metadata"]["annotations"].clone();
    if let Some(map) = annotations.as_object_mut() {
        map.retain(|key, _| !key.starts_with("deployment.kubernetes.io/"));
    }
    let mut rest = object.clone();
    for key in ["metadata", "status"] {
        rest.as_object_mut().unwrap().remove(key);
    }
    plain(&json!({"labels": object["metadata"]["labels"], "annotations": annotations, "rest": rest}))
}

/// One object of a kind.
async fn one(bench: &mut Bench, resource: Resource, at: Index) -> (Target, Value) {
    let object = at.get(&bench.all(resource.clone(), NAMESPACE).await).clone();
    let name = object["metadata"]["name"].as_str().unwrap();
    let target =
        Target { resource, namespace: NAMESPACE.to_owned(), name: name.to_owned(), uid: uid(&object) };
    (target, object)
}

/// Whether an autoscaler counts its replicas: then it takes back by itself what is done to them.
async fn is_autoscaled(bench: &mut Bench, target: &Target) -> bool {
    let all = bench.all(Resource::AUTOSCALERS, NAMESPACE).await;
    all.iter().any(|one| one["spec"]["scaleTargetRef"]["name"] == *target.name)
}

async fn now(bench: &mut Bench, target: &Target) -> Value {
    bench.object(target).await.unwrap_or_else(|| panic!("{target} is gone"))
}

/// The user insists: whether an inverse is wise is not asked here.
fn insisting(change: Change) -> Change {
    match change {
        Change::Selector { keys, how, .. } => Change::Selector { keys, how, insist: true },
        change => change,
    }
}

/// Sends a change, lets the cluster do what follows, sends its inverse; whether there was a change.
async fn there_and_back(bench: &mut Bench, target: &Target, change: &Change) -> bool {
    let before = content(&now(bench, target).await);
    let Some(made) = bench.change(change, target).await else { return false };
    let inverse = made.steps[0].inverse.clone().unwrap_or_else(|| panic!("{change:?} has no inverse"));
    assert_ne!(content(&now(bench, target).await), before, "{change:?} of {target} changed nothing");
    bench.settle().await;
    let back = bench.change(&insisting(inverse.clone()), target).await;
    // What is refused must have come back already, as an autoscaler does it.
    let back = back.map_or("nothing".to_owned(), |plan| plan.title);
    assert_eq!(content(&now(bench, target).await), before, "{change:?} of {target}, taken back by {back}");
    true
}

/// The same for changes that follow each other: the inverses in the opposite order.
async fn all_and_back(
    bench: &mut Bench,
    wanted: Vec<(Target, Change)>,
    content: fn(&Value) -> Value,
) -> bool {
    let mut before = BTreeMap::new();
    let mut inverses = Vec::new();
    for (at, (target, change)) in wanted.iter().enumerate() {
        let object = content(&now(bench, target).await);
        before.entry(target.name.clone()).or_insert((target.clone(), object));
        let mut facts = bench.facts(change, target, Surroundings::default()).await;
        facts.later = at > 0;
        let made = plan(change, target, &facts).unwrap();
        let (status, answer) = bench.send(&made.steps[0].request).await;
        assert_eq!(status, 200, "{change:?} of {target}: {answer}");
        inverses.extend(made.steps[0].inverse.clone().map(|inverse| (target.clone(), inverse)));
        bench.settle().await;
    }
    for (target, inverse) in inverses.iter().rev() {
        assert!(bench.change(inverse, target).await.is_some(), "{inverse:?} of {target}");
        bench.settle().await;
    }
    for (target, object) in before.values() {
        assert_eq!(content(&now(bench, target).await), *object, "{target}");
    }
    !wanted.is_empty()
}

fn keys() -> impl Strategy<Value = Keys> {
    let names = prop::sample::select(vec!["app", "label", "tier", "track", "example.io/owner", "new"]);
    let values = prop::sample::select(vec!["blue", "green", "web", "stable", "x"]);
    prop::collection::btree_map(names, prop::option::weighted(0.8, values), 1..4).prop_map(|map| {
        map.into_iter().map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).collect()
    })
}

fn workloads() -> impl Strategy<Value = Resource> {
    prop::sample::select(vec![Resource::DEPLOYMENTS, Resource::DEPLOYMENTS, Resource::STATEFUL_SETS])
}

fn image() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["web:9.9", "registry.example.io/a/b:1", "web:bad"]).prop_map(str::to_owned)
}

#[test]
fn of_scale() {
    hold((workloads(), any::<Index>(), 0..9_u32), &async |bench, (resource, at, replicas)| {
        let (target, _) = one(bench, resource, at).await;
        there_and_back(bench, &target, &Change::Scale { replicas }).await
    });
}

#[test]
fn of_images() {
    hold((workloads(), any::<Index>(), image()), &async |bench, (resource, at, image)| {
        let (target, object) = one(bench, resource, at).await;
        let containers = history::images(&object["spec"]["template"]);
        let images = containers
            .into_iter()
            .map(|(container, _)| ContainerImage { container, image: image.clone() })
            .collect();
        there_and_back(bench, &target, &Change::SetImage { images }).await
    });
}

#[test]
fn of_a_pause_and_of_a_resume() {
    hold((any::<Index>(), any::<bool>()), &async |bench, (at, paused)| {
        let (target, _) = one(bench, Resource::DEPLOYMENTS, at).await;
        if paused && bench.change(&Change::Pause, &target).await.is_none() {
            return false;
        }
        there_and_back(bench, &target, if paused { &Change::Resume } else { &Change::Pause }).await
    });
}

#[test]
fn of_a_strategy() {
    let bound = || prop::option::of(prop::sample::select(vec!["0", "1", "3", "10%", "50%"]));
    hold((any::<Index>(), bound(), bound()), &async |bench, (at, surge, unavailable)| {
        let none = |bound: Option<&str>| bound.is_none_or(|bound| bound == "0");
        if none(surge) && none(unavailable) {
            // The server wants one of them; asking for neither is nothing to ask for.
            return false;
        }
        let (target, _) = one(bench, Resource::DEPLOYMENTS, at).await;
        let max = |bound: Option<&str>| bound.map(str::to_owned);
        let change = Change::Strategy { max_surge: max(surge), max_unavailable: max(unavailable) };
        there_and_back(bench, &target, &change).await
    });
}

#[test]
fn of_a_rollback() {
    let workloads = prop::sample::select(vec![Resource::DEPLOYMENTS, Resource::STATEFUL_SETS]);
    hold(
        (workloads, any::<Index>(), prop::option::of(any::<Index>())),
        &async |bench, (resource, at, to)| {
            let (target, object) = one(bench, resource.clone(), at).await;
            let holders = bench.all(history::holder(&resource).unwrap(), NAMESPACE).await;
            let revisions = history::revisions(&object, &holders);
            let to = to.filter(|_| !revisions.is_empty()).map(|to| to.get(&revisions).uid.clone());
            there_and_back(bench, &target, &Change::Undo { to }).await
        },
    );
}

#[test]
fn of_a_selector() {
    hold((any::<Index>(), keys(), any::<bool>()), &async |bench, (at, keys, replace)| {
        let (target, _) = one(bench, Resource::SERVICES, at).await;
        let how = if replace { Merge::Replace } else { Merge::Merge };
        there_and_back(bench, &target, &Change::Selector { keys, how, insist: true }).await
    });
}

#[test]
fn of_labels_and_annotations() {
    let kinds = prop::sample::select(vec![Resource::DEPLOYMENTS, Resource::SERVICES, Resource::CONFIG_MAPS]);
    hold((kinds, any::<Index>(), keys(), any::<bool>()), &async |bench, (resource, at, keys, labels)| {
        let (target, _) = one(bench, resource, at).await;
        let change = if labels { Change::Labels { keys } } else { Change::Annotations { keys } };
        there_and_back(bench, &target, &change).await
    });
}

#[test]
fn of_an_orphan() {
    hold((any::<Index>(), any::<bool>()), &async |bench, (at, keep_serving)| {
        let (target, object) = one(bench, Resource::PODS, at).await;
        if !object["metadata"]["deletionTimestamp"].is_null() {
            // No controller takes back what is on its way out.
            return false;
        }
        let labels = plain(&object["metadata"]["labels"]);
        let Some(made) = bench.change(&Change::Orphan { keep_serving }, &target).await else { return false };
        let inverse = made.steps[0].inverse.clone().unwrap();
        let alone = now(bench, &target).await;
        assert_ne!(plain(&alone["metadata"]["labels"]), labels);
        bench.change(&inverse, &target).await.unwrap();
        let back = now(bench, &target).await;
        assert_eq!(plain(&back["metadata"]["labels"]), labels);
        bench.settle().await;
        // Its controller takes it back; or has its replacement already, and ends one of them.
        if let Some(pod) = bench.object(&target).await {
            let owner = &object["metadata"]["ownerReferences"][0]["uid"];
            assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], *owner, "{pod}");
        }
        true
    });
}

#[test]
fn of_an_edit() {
    hold((workloads(), any::<Index>(), 0..6_usize, keys()), &async |bench, (resource, at, what, keys)| {
        let (target, _) = one(bench, resource, at).await;
        // What is edited is the object itself: those of a list do not say what they are.
        let object = now(bench, &target).await;
        if what == 0 && is_autoscaled(bench, &target).await {
            return false;
        }
        let mut wanted = shown(&object);
        match what {
            0 => wanted["spec"]["replicas"] = json!(7),
            1 => wanted["spec"]["template"]["spec"]["containers"][0]["image"] = json!("other:1"),
            2 => {
                wanted["spec"]["template"]["spec"]["containers"][0]["env"] =
                    json!([{"name": "A", "value": "b"}]);
            }
            3 => wanted["spec"]["minReadySeconds"] = json!(4),
            4 => wanted["spec"]["template"]["metadata"]["annotations"] = json!({"note": "other"}),
            _ => {
                for (key, value) in keys {
                    wanted["metadata"]["labels"][key] = value.map_or(Value::Null, Value::from);
                }
                wanted["metadata"]["labels"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            }
        }
        let base = Some(Box::new(shown(&object)));
        there_and_back(bench, &target, &Change::Edit { base, wanted: Box::new(wanted) }).await
    });
}

#[test]
fn of_a_manifest_that_is_applied() {
    hold((any::<Index>(), 0..9_u32, keys()), &async |bench, (at, replicas, keys)| {
        let (target, object) = one(bench, Resource::DEPLOYMENTS, at).await;
        let labels: serde_json::Map<String, Value> =
            keys.into_iter().filter_map(|(key, value)| Some((key, value?.into()))).collect();
        let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": object["metadata"]["name"], "namespace": NAMESPACE, "labels": labels},
            "spec": {"replicas": replicas}});
        let change = Change::Apply { manifest: Box::new(manifest), force: true, from: String::new() };
        let same = object["spec"]["replicas"] == json!(replicas)
            && labels.iter().all(|(key, value)| object["metadata"]["labels"].get(key) == Some(value));
        !same && there_and_back(bench, &target, &change).await
    });
}

/// What was made by applying is deleted again.
#[test]
fn of_a_manifest_that_makes_its_object() {
    hold(keys(), &async |bench, keys| {
        let data: BTreeMap<String, String> =
            keys.into_iter().map(|(key, value)| (key.replace('/', "-"), value.unwrap_or_default())).collect();
        let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "made", "namespace": NAMESPACE}, "data": data});
        let unborn = Target::unborn(Resource::CONFIG_MAPS, NAMESPACE.to_owned(), "made".to_owned());
        let change = Change::Apply { manifest: Box::new(manifest), force: false, from: String::new() };
        let made = plan(&change, &unborn, &Facts::default()).unwrap();
        let (status, answer) = bench.send(&made.steps[0].request).await;
        assert_eq!(status, 201, "{answer}");
        let target = made.steps[0].target.bound_to(&answer);
        assert_eq!(now(bench, &target).await["data"], json!(data));
        bench.change(&made.steps[0].inverse.clone().unwrap(), &target).await.unwrap();
        bench.object(&target).await.is_none()
    });
}

/// New pods are new pods, and what is gone is gone.
#[test]
fn a_restart_and_a_deletion_have_none() {
    let kinds = prop::sample::select(vec![Resource::DEPLOYMENTS, Resource::PODS, Resource::SERVICES]);
    hold((kinds, any::<Index>(), any::<bool>()), &async |bench, (resource, at, restart)| {
        let deployment = resource == Resource::DEPLOYMENTS;
        let (target, _) = one(bench, resource, at).await;
        let change = if restart && deployment {
            Change::Restart { at: bench.cluster.store().clock().now().as_second() }
        } else {
            Change::Delete { propagation: Propagation::Background, grace: None }
        };
        let Some(made) = bench.change(&change, &target).await else { return false };
        assert_eq!(made.steps[0].inverse, None);
        bench.settle().await;
        let there = bench.object(&target).await.filter(|object| uid(object) == target.uid);
        let stays = there.is_some_and(|object| object["metadata"]["deletionTimestamp"].is_null());
        assert_eq!(stays, restart && deployment, "{change:?} of {target}");
        true
    });
}

async fn side(bench: &mut Bench, name: &str) -> Side {
    let target = bench.target(Resource::DEPLOYMENTS, NAMESPACE, name).await;
    let object = now(bench, &target).await;
    let count = |path: &str| object.pointer(path).and_then(Value::as_u64).unwrap_or(0) as u32;
    Side {
        target,
        replicas: count("/spec/replicas"),
        ready: count("/status/readyReplicas"),
        images: history::images(&object["spec"]["template"]),
        paused: false,
        tried: name.ends_with("canary"),
    }
}

#[test]
fn of_a_canarys_share_its_promotion_and_its_end() {
    hold((0..3_u8, 0..=100_u32), &async |bench, (what, percent)| {
        let (stable, canary) = (side(bench, "frontend").await, side(bench, "frontend-canary").await);
        let wanted = match what {
            0 => canary::set_share(&canary, &stable, percent),
            1 => canary::promote(&canary, &stable).unwrap(),
            _ => canary::abort(&canary, &stable),
        };
        all_and_back(bench, wanted, content).await
    });
}

/// All but the restart, which cannot be taken back: the template keeps its time.
#[test]
fn of_a_surge_all_but_its_restart() {
    fn but_restarts(object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(map) =
            object.pointer_mut("/spec/template/metadata/annotations").and_then(Value::as_object_mut)
        {
            map.remove(RESTARTED_AT);
        }
        content(&object)
    }
    hold((any::<Index>(), 1..4_u32), &async |bench, (at, more)| {
        let (target, object) = one(bench, Resource::DEPLOYMENTS, at).await;
        if is_autoscaled(bench, &target).await {
            return false;
        }
        let before = object["spec"]["replicas"].as_u64().unwrap() as u32;
        let restart = Change::Restart { at: bench.cluster.store().clock().now().as_second() };
        let steps = [Change::Scale { replicas: before + more }, restart, Change::Scale { replicas: before }];
        let wanted = steps.into_iter().map(|change| (target.clone(), change)).collect();
        all_and_back(bench, wanted, but_restarts).await
    });
}
