//! Behaviour of the running controllers, under paused time.

use std::time::Duration;

use serde_json::{Value, json};

use super::json::{annotation, condition, condition_holds, items, name, number, text, uid};
use super::pods::PodView;
use crate::demo::clock::Clock;
use crate::demo::resource::{
    CRONJOBS, DAEMONSETS, DEPLOYMENTS, ENDPOINTSLICES, EVENTS, JOBS, NODES, PODS, REPLICASETS, Resource,
    SERVICES, STATEFULSETS,
};
use crate::demo::store::{DeleteOptions, Propagation, Store};

/// A small cluster with running controllers, under paused time.
struct Cluster {
    store: Store,
}

impl Cluster {
    fn new() -> Self {
        let clock = Clock::starting_at("2026-11-21T04:00:00Z".parse().unwrap());
        let store = Store::new(clock, 11);
        for node in ["node-1", "node-2"] {
            let conditions = json!([{"type": "Ready", "status": "True"}]);
            let status = json!({"conditions": conditions, "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110"}});
            store.create(NODES, json!({"metadata": {"name": node}, "spec": {}, "status": status})).unwrap();
        }
        super::run(store.clone(), clock, false);
        Self { store }
    }

    fn deploy(&self, replicas: i64, extra: &Value) {
        let mut spec = json!({
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "web", "image": "web:v1", "ports": [{"name": "http", "containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                }]},
            },
        });
        for (key, value) in extra.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        let meta =
            json!({"name": "web", "namespace": "shop", "annotations": {"kubernetes.io/change-cause": "one"}});
        self.store.create(DEPLOYMENTS, json!({"metadata": meta, "spec": spec})).unwrap();
    }

    fn change(&self, resource: &'static Resource, name: &str, how: impl FnOnce(&mut Value)) {
        self.store
            .update(resource, "shop", name, |value| {
                how(value);
                Ok(())
            })
            .unwrap();
    }

    fn image(&self, image: &str, cause: &str) {
        self.change(DEPLOYMENTS, "web", |d| {
            d["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
            d["metadata"]["annotations"]["kubernetes.io/change-cause"] = json!(cause);
        });
    }

    fn web(&self) -> Value {
        self.get(DEPLOYMENTS, "web")
    }

    fn get(&self, resource: &'static Resource, name: &str) -> Value {
        self.store.get(resource, "shop", name).unwrap_or_else(|| panic!("no {name}")).value()
    }

    fn pods(&self) -> Vec<PodView> {
        self.store.list(PODS, Some("shop")).1.iter().map(|o| PodView::read(o)).collect()
    }

    fn sets(&self) -> Vec<Value> {
        self.store.list(REPLICASETS, Some("shop")).1.iter().map(|o| o.value()).collect()
    }

    fn set_of(&self, image: &str) -> Value {
        let is = |rs: &Value| text(rs, "/spec/template/spec/containers/0/image") == image;
        self.sets().into_iter().find(is).unwrap_or_else(|| panic!("no ReplicaSet of {image}"))
    }

    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass in small steps until something holds.
    async fn until(&self, limit: u64, holds: impl Fn(&Self) -> bool) {
        for _ in 0..limit * 10 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("not within {limit} s: {:#}", self.web());
    }
}

fn complete(cluster: &Cluster) -> bool {
    let web = cluster.web();
    let wanted = number(&web, "/spec/replicas");
    number(&web, "/status/observedGeneration") == number(&web, "/metadata/generation")
        && ["replicas", "updatedReplicas", "availableReplicas"]
            .iter()
            .all(|field| number(&web, &format!("/status/{field}")) == wanted)
}

fn progressing(cluster: &Cluster) -> String {
    condition(&cluster.web(), "Progressing").map_or(String::new(), |c| text(c, "/reason").to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_rolling_update_keeps_its_bounds_and_completes() {
    for (replicas, surge, unavailable) in [
        (4, json!("25%"), json!("25%")),
        (3, json!(1), json!(0)),
        (5, json!(0), json!(2)),
        (10, json!("100%"), json!("30%")),
    ] {
        let cluster = Cluster::new();
        let rolling = json!({"maxSurge": surge, "maxUnavailable": unavailable});
        cluster.deploy(replicas, &json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}));
        cluster.until(30, complete).await;
        assert_eq!(progressing(&cluster), "NewReplicaSetAvailable");
        let most = replicas + super::json::int_or_percent(Some(&surge), replicas, true, "");
        let least = replicas - super::json::int_or_percent(Some(&unavailable), replicas, false, "");
        let begin = cluster.store.version();
        cluster.image("web:v2", "two");
        cluster.until(120, complete).await;
        cluster.pass(5).await;
        // Every state that was ever stored, not only those that a test would happen to look at.
        let now = cluster.store.version();
        for version in begin..=now {
            let Ok(pods) = cluster.store.list_at(PODS, Some("shop"), version) else { continue };
            let pods: Vec<PodView> = pods.iter().map(|o| PodView::read(o)).collect();
            let active = pods.iter().filter(|p| p.is_active()).count() as i64;
            let ready = pods.iter().filter(|p| p.is_active() && p.ready).count() as i64;
            assert!(active <= most, "{active} pods of {replicas}+{surge} at {version}");
            assert!(ready >= least, "{ready} ready of {replicas}-{unavailable} at {version}");
        }
        assert_eq!(cluster.pods().len() as i64, replicas);
        assert!(cluster.pods().iter().all(|p| p.ready));
        assert_eq!(annotation(&cluster.web(), super::deployment::REVISION), "2");
        assert_eq!(annotation(&cluster.set_of("web:v2"), "kubernetes.io/change-cause"), "two");
        assert_eq!(annotation(&cluster.set_of("web:v1"), "kubernetes.io/change-cause"), "one");
        assert_eq!(number(&cluster.set_of("web:v1"), "/spec/replicas"), Some(0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stuck_rollout_exceeds_its_deadline_and_serves_on() {
    let cluster = Cluster::new();
    cluster.deploy(3, &json!({"progressDeadlineSeconds": 60}));
    cluster.until(30, complete).await;
    cluster.image("web:does-not-exist", "oops");
    cluster.pass(50).await;
    assert_eq!(progressing(&cluster), "ReplicaSetUpdated");
    cluster.pass(30).await;
    assert_eq!(progressing(&cluster), "ProgressDeadlineExceeded");
    assert!(condition_holds(&cluster.web(), "Available"));
    let pods = cluster.pods();
    assert_eq!(pods.iter().filter(|p| p.ready).count(), 3);
    assert_eq!(pods.len(), 4);
    let broken = pods.iter().find(|p| !p.ready).unwrap();
    let pod = cluster.get(PODS, &broken.name);
    assert_eq!(text(&pod, "/status/containerStatuses/0/state/waiting/reason"), "ImagePullBackOff");
    // Out of it by a rollback.
    cluster.image("web:v1", "one");
    cluster.until(30, complete).await;
    assert_eq!(progressing(&cluster), "NewReplicaSetAvailable");
    cluster.pass(5).await;
    assert_eq!(cluster.pods().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn undo_uses_the_old_replicaset_again_under_a_new_number() {
    let cluster = Cluster::new();
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    let first = uid(&cluster.set_of("web:v1")).to_owned();
    cluster.image("web:v2", "two");
    cluster.until(60, complete).await;
    cluster.image("web:v1", "one");
    cluster.until(60, complete).await;
    let again = cluster.set_of("web:v1");
    assert_eq!(uid(&again), first);
    assert_eq!(cluster.sets().len(), 2);
    assert_eq!(annotation(&again, super::deployment::REVISION), "3");
    assert_eq!(annotation(&again, super::deployment::HISTORY), "1");
    assert_eq!(annotation(&cluster.set_of("web:v2"), super::deployment::REVISION), "2");
    assert_eq!(annotation(&cluster.web(), super::deployment::REVISION), "3");
    cluster.image("web:v2", "two");
    cluster.until(60, complete).await;
    cluster.image("web:v1", "one");
    cluster.until(60, complete).await;
    assert_eq!(annotation(&cluster.set_of("web:v1"), super::deployment::HISTORY), "1,3");
}

#[tokio::test(start_paused = true)]
async fn history_is_limited() {
    let cluster = Cluster::new();
    cluster.deploy(1, &json!({"revisionHistoryLimit": 1}));
    for version in 1..5 {
        cluster.image(&format!("web:v{version}"), "next");
        cluster.until(60, complete).await;
    }
    cluster.pass(1).await;
    assert_eq!(cluster.sets().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_paused_deployment_scales_and_does_not_roll() {
    let cluster = Cluster::new();
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    cluster.change(DEPLOYMENTS, "web", |d| d["spec"]["paused"] = json!(true));
    cluster.image("web:v2", "two");
    cluster.change(DEPLOYMENTS, "web", |d| d["spec"]["replicas"] = json!(3));
    cluster.pass(20).await;
    assert_eq!(progressing(&cluster), "DeploymentPaused");
    assert_eq!(cluster.sets().len(), 1);
    assert_eq!(cluster.pods().len(), 3);
    cluster.change(DEPLOYMENTS, "web", |d| d["spec"]["paused"] = Value::Null);
    cluster.until(60, complete).await;
    assert_eq!(number(&cluster.set_of("web:v2"), "/spec/replicas"), Some(3));
}

#[tokio::test(start_paused = true)]
async fn recreate_never_runs_two_revisions_at_once() {
    let cluster = Cluster::new();
    cluster.deploy(3, &json!({"strategy": {"type": "Recreate"}}));
    cluster.until(30, complete).await;
    let begin = cluster.store.version();
    cluster.image("web:v2", "two");
    cluster.until(60, complete).await;
    for version in begin..=cluster.store.version() {
        let Ok(pods) = cluster.store.list_at(PODS, Some("shop"), version) else { continue };
        let mut images: Vec<String> =
            pods.iter().map(|p| text(&p.value(), "/spec/containers/0/image").to_owned()).collect();
        images.dedup();
        assert!(images.len() <= 1, "{images:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_relabelled_pod_is_orphaned_replaced_and_adopted_again() {
    let cluster = Cluster::new();
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    let lost = cluster.pods()[0].name.clone();
    cluster.change(PODS, &lost, |pod| pod["metadata"]["labels"]["app"] = json!("debug"));
    cluster.pass(10).await;
    assert_eq!(cluster.pods().len(), 3);
    assert!(cluster.get(PODS, &lost)["metadata"].get("ownerReferences").is_none());
    cluster.change(PODS, &lost, |pod| pod["metadata"]["labels"]["app"] = json!("web"));
    cluster.pass(10).await;
    let pods = cluster.pods();
    assert_eq!(pods.len(), 2, "one of three is too many");
    assert!(pods.iter().all(|p| !p.owner.is_empty()));
}

fn endpoints(cluster: &Cluster) -> Vec<(bool, bool, bool)> {
    let service = cluster.get(SERVICES, "web");
    let slices = cluster.store.owned(ENDPOINTSLICES, uid(&service));
    let all = slices.iter().flat_map(|s| items(&s.value(), "/endpoints").to_vec());
    let flag = |e: &Value, key: &str| e["conditions"][key].as_bool().unwrap();
    all.map(|e| (flag(&e, "ready"), flag(&e, "serving"), flag(&e, "terminating"))).collect()
}

#[tokio::test(start_paused = true)]
async fn endpoints_follow_readiness_and_termination() {
    let cluster = Cluster::new();
    let meta = json!({"name": "web", "namespace": "shop"});
    let spec =
        json!({"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]});
    cluster.store.create(SERVICES, json!({"metadata": meta, "spec": spec})).unwrap();
    cluster.pass(1).await;
    assert!(endpoints(&cluster).is_empty());
    cluster.deploy(1, &json!({}));
    cluster.until(10, |c| endpoints(c) == [(false, false, false)]).await;
    cluster.until(10, |c| endpoints(c) == [(true, true, false)]).await;
    let pod = cluster.pods()[0].name.clone();
    cluster.store.delete(PODS, "shop", &pod, &DeleteOptions::default()).unwrap();
    cluster.until(10, |c| endpoints(c).contains(&(false, true, true))).await;
    cluster.until(10, |c| endpoints(c) == [(true, true, false)]).await;
    cluster.change(SERVICES, "web", |s| s["spec"]["selector"] = json!({"app": "other"}));
    cluster.until(2, |c| endpoints(c).is_empty()).await;
    cluster.store.delete(SERVICES, "shop", "web", &DeleteOptions::default()).unwrap();
    cluster.pass(1).await;
    assert_eq!(cluster.store.list(ENDPOINTSLICES, Some("shop")).1.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_crashing_container_backs_off_longer_each_time() {
    let cluster = Cluster::new();
    cluster.deploy(1, &json!({}));
    cluster.image("web:v1-crash", "crash");
    cluster.pass(100).await;
    let pod = cluster.pods().into_iter().find(|p| p.restarts > 0).unwrap();
    let early = pod.restarts;
    assert!((3..=6).contains(&early), "{early}");
    cluster.pass(100).await;
    let value = cluster.get(PODS, &pod.name);
    let later = cluster.pods().into_iter().find(|p| p.name == pod.name).unwrap().restarts;
    assert!(later > early && later < early * 2, "{early} then {later}");
    assert_eq!(text(&value, "/status/containerStatuses/0/state/waiting/reason"), "CrashLoopBackOff");
    assert_eq!(number(&value, "/status/containerStatuses/0/lastState/terminated/exitCode"), Some(1));
    let events = cluster.store.list(EVENTS, Some("shop")).1;
    let back_off = events.iter().map(|e| e.value()).find(|e| e["reason"] == "BackOff").unwrap();
    assert!(number(&back_off, "/count").unwrap() > 1, "said again: a count, not another event");
}

#[tokio::test(start_paused = true)]
async fn deletion_takes_dependents_along_or_leaves_them_or_waits_for_them() {
    let cluster = Cluster::new();
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    let delete = |propagation| {
        let options = DeleteOptions { propagation, ..DeleteOptions::default() };
        cluster.store.delete(DEPLOYMENTS, "shop", "web", &options).unwrap();
    };
    delete(Propagation::Orphan);
    cluster.pass(10).await;
    assert!(cluster.store.get(DEPLOYMENTS, "shop", "web").is_none());
    assert_eq!((cluster.sets().len(), cluster.pods().len()), (1, 2));
    cluster.deploy(2, &json!({}));
    cluster.until(10, complete).await;
    assert_eq!((cluster.sets().len(), cluster.pods().len()), (1, 2), "adopted, not made anew");
    delete(Propagation::Foreground);
    cluster.pass(0).await;
    assert!(cluster.store.get(DEPLOYMENTS, "shop", "web").is_some(), "waits for its dependents");
    cluster.pass(20).await;
    assert!(cluster.store.get(DEPLOYMENTS, "shop", "web").is_none());
    assert_eq!((cluster.sets().len(), cluster.pods().len()), (0, 0));
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    delete(Propagation::Background);
    cluster.pass(20).await;
    assert_eq!((cluster.sets().len(), cluster.pods().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_statefulset_goes_in_order_and_minds_its_partition() {
    let cluster = Cluster::new();
    let template = json!({"metadata": {"labels": {"app": "kv"}}, "spec": {"containers": [{"name": "kv", "image": "kv:1"}]}});
    let spec = json!({"serviceName": "kv", "replicas": 3, "selector": {"matchLabels": {"app": "kv"}}, "template": template});
    let meta = json!({"name": "kv", "namespace": "shop"});
    cluster.store.create(STATEFULSETS, json!({"metadata": meta, "spec": spec})).unwrap();
    cluster.pass(30).await;
    let names: Vec<String> = cluster.pods().iter().map(|p| p.name.clone()).collect();
    assert_eq!(names, ["kv-0", "kv-1", "kv-2"]);
    cluster.change(STATEFULSETS, "kv", |set| {
        set["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(2);
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("kv:2");
    });
    cluster.pass(30).await;
    let image = |pod: &str| text(&cluster.get(PODS, pod), "/spec/containers/0/image").to_owned();
    assert_eq!([image("kv-0"), image("kv-1"), image("kv-2")], ["kv:1", "kv:1", "kv:2"]);
    let set = cluster.get(STATEFULSETS, "kv");
    assert_ne!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    cluster.change(STATEFULSETS, "kv", |set| {
        set["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(0);
    });
    cluster.pass(60).await;
    assert_eq!([image("kv-0"), image("kv-1"), image("kv-2")], ["kv:2", "kv:2", "kv:2"]);
    let set = cluster.get(STATEFULSETS, "kv");
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
}

#[tokio::test(start_paused = true)]
async fn a_daemonset_has_a_pod_on_every_node_and_renews_them() {
    let cluster = Cluster::new();
    let template = json!({"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "d", "image": "d:1"}]}});
    let spec = json!({"selector": {"matchLabels": {"app": "d"}}, "template": template});
    cluster
        .store
        .create(DAEMONSETS, json!({"metadata": {"name": "d", "namespace": "shop"}, "spec": spec}))
        .unwrap();
    cluster.pass(10).await;
    let nodes = |cluster: &Cluster| {
        let mut nodes: Vec<String> = cluster.pods().iter().map(|p| p.node.clone()).collect();
        nodes.sort();
        nodes
    };
    assert_eq!(nodes(&cluster), ["node-1", "node-2"]);
    cluster.change(DAEMONSETS, "d", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("d:2");
    });
    cluster.pass(40).await;
    assert_eq!(nodes(&cluster), ["node-1", "node-2"]);
    assert_eq!(number(&cluster.get(DAEMONSETS, "d"), "/status/updatedNumberScheduled"), Some(2));
}

#[tokio::test(start_paused = true)]
async fn jobs_complete_or_fail_and_a_cronjob_makes_them() {
    let cluster = Cluster::new();
    let pod = |image: &str| json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "work", "image": image}]}});
    let job = |name: &str, image: &str| {
        let spec = json!({"backoffLimit": 1, "template": pod(image)});
        cluster
            .store
            .create(JOBS, json!({"metadata": {"name": name, "namespace": "shop"}, "spec": spec}))
            .unwrap();
    };
    job("good", "etl:1");
    job("poor", "etl:crash");
    let spec = json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": pod("etl:1")}}});
    cluster
        .store
        .create(CRONJOBS, json!({"metadata": {"name": "cron", "namespace": "shop"}, "spec": spec}))
        .unwrap();
    cluster.pass(50).await;
    assert!(condition_holds(&cluster.get(JOBS, "good"), "Complete"));
    let poor = cluster.get(JOBS, "poor");
    assert!(condition_holds(&poor, "Failed"), "{poor:#}");
    assert_eq!(number(&poor, "/status/failed"), Some(2));
    cluster.pass(300).await;
    let runs = cluster.store.owned(JOBS, uid(&cluster.get(CRONJOBS, "cron")));
    let done = runs.iter().filter(|j| condition_holds(&j.value(), "Complete")).count();
    assert_eq!(
        done,
        3,
        "three are kept: {:?}",
        runs.iter().map(|j| name(&j.value()).to_owned()).collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn pods_leave_a_node_that_fell_silent_and_nothing_goes_to_a_cordoned_one() {
    let cluster = Cluster::new();
    cluster.deploy(2, &json!({}));
    cluster.until(30, complete).await;
    cluster.store.update(NODES, "", "node-2", |node| {
        node["status"]["conditions"] = json!([{"type": "Ready", "status": "Unknown"}]);
        node["spec"]["taints"] = json!([
            {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2026-11-21T04:00:10Z"},
        ]);
        Ok(())
    }).unwrap();
    cluster.pass(20).await;
    assert_eq!(cluster.pods().iter().filter(|p| p.ready).count(), 1);
    cluster.pass(320).await;
    let pods = cluster.pods();
    assert_eq!(pods.iter().filter(|p| p.node == "node-1" && p.ready).count(), 2);
    assert_eq!(
        pods.iter().filter(|p| p.node == "node-2" && p.deleting).count(),
        1,
        "nobody is there to end it"
    );
    cluster
        .store
        .update(NODES, "", "node-1", |node| {
            node["spec"]["unschedulable"] = json!(true);
            Ok(())
        })
        .unwrap();
    cluster.change(DEPLOYMENTS, "web", |d| d["spec"]["replicas"] = json!(3));
    cluster.pass(5).await;
    let waiting = cluster.pods().into_iter().find(|p| p.node.is_empty()).unwrap();
    let pod = cluster.get(PODS, &waiting.name);
    assert_eq!(text(condition(&pod, "PodScheduled").unwrap(), "/reason"), "Unschedulable");
    cluster
        .store
        .update(NODES, "", "node-1", |node| {
            node["spec"]["unschedulable"] = json!(false);
            Ok(())
        })
        .unwrap();
    cluster.pass(10).await;
    assert!(cluster.pods().iter().all(|p| !p.node.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_another_scheduler_stays_where_it_is() {
    let cluster = Cluster::new();
    for scheduler in ["default-scheduler", "somebody"] {
        let mut spec = json!({"containers": [{"name": "main", "image": "web:1"}]});
        spec["schedulerName"] = json!(scheduler);
        cluster
            .store
            .create(PODS, json!({"metadata": {"name": scheduler, "namespace": "shop"}, "spec": spec}))
            .unwrap();
    }
    cluster.pass(20).await;
    let places: Vec<(String, bool)> =
        cluster.pods().into_iter().map(|pod| (pod.name, !pod.node.is_empty())).collect();
    assert_eq!(places, [("default-scheduler".to_owned(), true), ("somebody".to_owned(), false)]);
}
