//! The store's promises: versions, preconditions, history, deletion.

use super::history::{MOST_BYTES, MOST_CHANGES};
use super::*;
use crate::demo::resource::{CONFIGMAPS, DEPLOYMENTS, NAMESPACES, PODS};

fn store() -> Store {
    Store::new(Clock::wall(), 7)
}

fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
}

fn config(name: &str, key: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "a"}, "data": {"k": key}})
}

#[test]
fn an_object_is_stored_with_what_the_server_owns() {
    let store = store();
    let made = store.create(CONFIGMAPS, config("x", "1")).unwrap();
    let value = made.value();
    assert_eq!(value["metadata"]["resourceVersion"], json!(made.version.to_string()));
    assert_eq!(text(&value, "/metadata/uid").len(), 36);
    assert!(value["metadata"]["creationTimestamp"].is_string());
    assert!(made.json.starts_with(br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"#));
    assert_eq!(store.create(CONFIGMAPS, config("x", "1")).unwrap_err().reason, "AlreadyExists");
    let named = store.create(PODS, json!({"metadata": {"generateName": "w-", "namespace": "a"}})).unwrap();
    assert!(named.name.starts_with("w-") && named.name.len() == 7);
}

#[test]
fn same_seed_same_uids() {
    let uid =
        |seed| Store::new(Clock::wall(), seed).create(CONFIGMAPS, config("x", "1")).unwrap().uid.clone();
    assert_eq!(uid(3), uid(3));
    assert_ne!(uid(3), uid(4));
}

#[test]
fn an_update_that_changes_nothing_makes_no_version() {
    let store = store();
    let made = store.create(CONFIGMAPS, config("x", "1")).unwrap();
    let same = store.update(CONFIGMAPS, "a", "x", |_| Ok(())).unwrap();
    assert_eq!((same.version, store.version()), (made.version, made.version));
    let stale = store.update(CONFIGMAPS, "a", "x", |v| {
        v["metadata"]["resourceVersion"] = json!("1");
        v["data"]["k"] = json!("2");
        Ok(())
    });
    assert_eq!(stale.unwrap_err().code, 409);
    let dry = Write { dry_run: true, ..Write::default() };
    store
        .update_as(CONFIGMAPS, "a", "x", dry, |v| {
            v["data"]["k"] = json!("2");
            Ok(())
        })
        .unwrap();
    assert_eq!(store.get(CONFIGMAPS, "a", "x").unwrap().value()["data"]["k"], json!("1"));
}

#[test]
fn generation_counts_changes_of_the_spec() {
    let store = store();
    let deployment = json!({"metadata": {"name": "d", "namespace": "a"}, "spec": {"replicas": 1}});
    store.create(DEPLOYMENTS, deployment).unwrap();
    let generation = |o: Arc<Object>| o.value()["metadata"]["generation"].clone();
    let set = |path: &'static str, v: i64| {
        store
            .update(DEPLOYMENTS, "a", "d", move |o| {
                o[path]["replicas"] = json!(v);
                Ok(())
            })
            .unwrap()
    };
    assert_eq!(generation(set("status", 1)), json!(1));
    assert_eq!(generation(set("spec", 2)), json!(2));
}

#[tokio::test]
async fn a_watch_sees_history_then_life() {
    let store = store();
    let first = store.create(CONFIGMAPS, config("x", "1")).unwrap();
    store.create(CONFIGMAPS, config("y", "1")).unwrap();
    let mut watch = store.watch(CONFIGMAPS, Some("a"), first.version).unwrap();
    let seen = watch.next().await.unwrap();
    assert_eq!((seen.len(), &*seen[0].object.name), (1, "y"));
    let (seen, ()) = tokio::join!(watch.next(), async {
        store.delete(CONFIGMAPS, "a", "x", &DeleteOptions::default()).unwrap();
    });
    let seen = seen.unwrap();
    assert_eq!(seen[0].kind, ChangeKind::Deleted);
    assert!(seen[0].object.version > first.version);
    store.forget_history();
    assert_eq!(watch.next().await.unwrap_err().code, 410);
    assert_eq!(store.watch(CONFIGMAPS, None, first.version).unwrap_err().code, 410);
}

#[test]
fn a_list_can_be_read_as_it_was() {
    let store = store();
    store.create(CONFIGMAPS, config("x", "1")).unwrap();
    let then = store.create(CONFIGMAPS, config("y", "1")).unwrap().version;
    store.delete(CONFIGMAPS, "a", "x", &DeleteOptions::default()).unwrap();
    store.create(CONFIGMAPS, config("z", "1")).unwrap();
    let names: Vec<_> =
        store.list_at(CONFIGMAPS, Some("a"), then).unwrap().iter().map(|o| o.name.to_string()).collect();
    assert_eq!(names, ["x", "y"]);
}

#[test]
fn a_pod_on_a_node_is_marked_before_it_goes() {
    let store = store();
    let mut value = pod("p");
    value["spec"]["nodeName"] = json!("n1");
    let uid = store.create(PODS, value).unwrap().uid.clone();
    let wrong = DeleteOptions { uid: Some("other".into()), ..DeleteOptions::default() };
    assert_eq!(store.delete(PODS, "a", "p", &wrong).unwrap_err().code, 409);
    let right = DeleteOptions { uid: Some(uid.to_string()), ..DeleteOptions::default() };
    assert!(matches!(store.delete(PODS, "a", "p", &right), Ok(Deleted::Marked(_))));
    let marked = store.get(PODS, "a", "p").unwrap().value();
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], json!(30));
    assert!(matches!(store.delete(PODS, "a", "p", &DeleteOptions::now()), Ok(Deleted::Gone(_))));
    assert!(store.get(PODS, "a", "p").is_none());
}

#[test]
fn finalizers_hold_a_deleted_object() {
    let store = store();
    let mut value = config("x", "1");
    value["metadata"]["finalizers"] = json!(["a/b"]);
    store.create(CONFIGMAPS, value).unwrap();
    assert!(matches!(store.delete(CONFIGMAPS, "a", "x", &DeleteOptions::now()), Ok(Deleted::Marked(_))));
    store
        .update(CONFIGMAPS, "a", "x", |v| {
            v["metadata"]["finalizers"] = json!([]);
            Ok(())
        })
        .unwrap();
    assert!(store.get(CONFIGMAPS, "a", "x").is_none());
}

#[test]
fn owners_find_their_objects_and_namespaces_take_theirs_along() {
    let store = store();
    store.create(NAMESPACES, json!({"metadata": {"name": "a"}})).unwrap();
    let mut value = pod("p");
    value["metadata"]["ownerReferences"] =
        json!([{"uid": "u", "kind": "ReplicaSet", "name": "r", "controller": true}]);
    store.create(PODS, value).unwrap();
    assert_eq!(store.owned(PODS, "u").len(), 1);
    store.delete(NAMESPACES, "", "a", &DeleteOptions::now()).unwrap();
    assert!(store.owned(PODS, "u").is_empty() && store.count(PODS) == 0);
}

/// What the history of a kind keeps.
fn kept(store: &Store, res: &'static Resource) -> (usize, usize) {
    store.lock().buckets[&res.place()].history.size()
}

#[tokio::test]
async fn tens_of_thousands_of_changes_leave_a_bounded_history() {
    let store = store();
    let first = store.create(CONFIGMAPS, config("x", "start")).unwrap();
    let mut behind = store.watch(CONFIGMAPS, None, first.version).unwrap();
    for turn in 0..30_000 {
        store
            .update(CONFIGMAPS, "a", "x", |v| {
                v["data"]["k"] = json!(turn.to_string());
                Ok(())
            })
            .unwrap();
    }
    let (changes, bytes) = kept(&store, CONFIGMAPS);
    assert_eq!(changes, MOST_CHANGES);
    assert!(bytes <= MOST_BYTES && bytes >= changes * 100, "{bytes}");

    // Who was there before the window is told so, lists again and goes on from there.
    assert_eq!(behind.next().await.unwrap_err().code, 410);
    assert_eq!(store.watch(CONFIGMAPS, None, first.version).unwrap_err().code, 410);
    assert_eq!(store.list_at(CONFIGMAPS, None, first.version).unwrap_err().code, 410);
    let (version, objects) = store.list(CONFIGMAPS, None);
    assert_eq!(objects[0].value()["data"]["k"], json!("29999"));
    let mut again = store.watch(CONFIGMAPS, None, version).unwrap();
    store.create(CONFIGMAPS, config("y", "1")).unwrap();
    assert_eq!(&*again.next().await.unwrap()[0].object.name, "y");

    // The edge of the window: the version of the last change that fell out still serves, the one before does not.
    let edge = version + 1 - MOST_CHANGES as u64;
    assert_eq!(store.changes(CONFIGMAPS, edge).unwrap().len(), MOST_CHANGES);
    assert_eq!(store.changes(CONFIGMAPS, edge - 1).unwrap_err().code, 410);
}

#[test]
fn large_bodies_are_bounded_by_their_bytes() {
    let store = store();
    store.create(CONFIGMAPS, config("x", "start")).unwrap();
    let body = 512 * 1024;
    for turn in 0..100_u8 {
        store
            .update(CONFIGMAPS, "a", "x", |v| {
                v["data"]["k"] = json!(char::from(b'a' + turn % 26).to_string().repeat(body));
                Ok(())
            })
            .unwrap();
        assert!(kept(&store, CONFIGMAPS).1 <= MOST_BYTES);
    }
    let (changes, bytes) = kept(&store, CONFIGMAPS);
    assert!((20..=MOST_BYTES / body).contains(&changes), "{changes}");
    assert!(bytes > MOST_BYTES - 2 * body, "it is a window, not a purge: {bytes}");
    // Deleted bodies count: nobody else keeps them.
    for _ in 0..60 {
        store.delete(CONFIGMAPS, "a", "x", &DeleteOptions::now()).unwrap();
        store.create(CONFIGMAPS, config("x", &"z".repeat(body))).unwrap();
        assert!(kept(&store, CONFIGMAPS).1 <= MOST_BYTES);
    }
}

#[test]
fn objects_that_are_there_cost_the_history_nothing() {
    let store = store();
    for number in 0..100 {
        store.create(CONFIGMAPS, config(&format!("x-{number}"), &"z".repeat(512 * 1024))).unwrap();
    }
    assert_eq!(kept(&store, CONFIGMAPS), (100, 0));
}
