//! Which pods a ReplicaSet makes, removes, releases and adopts.

use std::sync::Arc;

use super::*;

fn pod(name: &str) -> PodView {
    PodView {
        name: name.to_owned(),
        uid: name.to_owned(),
        phase: "Running".to_owned(),
        node: format!("node-of-{name}"),
        ready: true,
        labels: Arc::new([("app".to_owned(), "web".to_owned())].into()),
        owner: "s".to_owned(),
        ..PodView::default()
    }
}

fn set(replicas: i64) -> Value {
    json!({
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "s"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {}}},
        "status": {"replicas": 0},
    })
}

fn act(replicas: i64, owned: &[PodView], orphans: &[PodView]) -> Vec<String> {
    let now = Timestamp::from_second(100).unwrap();
    let decision = reconcile(&set(replicas), owned, orphans, &mut Dice::new(1), now);
    let mut words: Vec<String> = Vec::new();
    for write in decision.writes {
        match write {
            Write::Create(..) => words.push("create".to_owned()),
            Write::Delete(_, _, name) => words.push(format!("delete {name}")),
            Write::Own(_, name, _, owners) if owners == json!([]) => words.push(format!("release {name}")),
            Write::Own(_, name, _, _) => words.push(format!("adopt {name}")),
            _ => {}
        }
    }
    words
}

#[test]
fn pods_are_made_removed_released_and_adopted() {
    let stranger = PodView { labels: Arc::new([("app".to_owned(), "other".to_owned())].into()), ..pod("c") };
    let leaving = PodView { deleting: true, ..pod("b") };
    let failed = PodView { phase: "Failed".to_owned(), ..pod("b") };
    for (replicas, owned, orphans, expected) in [
        (2, vec![], vec![], vec!["create", "create"]),
        (1, vec![pod("a")], vec![], vec![]),
        (2, vec![pod("a"), leaving], vec![], vec!["create"]),
        (2, vec![pod("a"), failed], vec![], vec!["create"]),
        (1, vec![pod("a"), stranger], vec![], vec!["release c"]),
        (2, vec![pod("a")], vec![pod("z")], vec!["adopt z"]),
        (0, vec![pod("a")], vec![], vec!["delete a"]),
    ] {
        assert_eq!(act(replicas, &owned, &orphans), expected);
    }
}

#[test]
fn what_serves_least_is_given_up_first() {
    let unplaced =
        PodView { node: String::new(), phase: "Pending".to_owned(), ready: false, ..pod("unplaced") };
    let pending = PodView { phase: "Pending".to_owned(), ready: false, ..pod("pending") };
    let unready = PodView { ready: false, ..pod("unready") };
    let cheap = PodView { deletion_cost: -1, ..pod("cheap") };
    let restarted = PodView { restarts: 3, ..pod("restarted") };
    let all = [pod("fine"), restarted, cheap, unready, pending, unplaced];
    let expected =
        ["delete unplaced", "delete pending", "delete unready", "delete cheap", "delete restarted"];
    assert_eq!(act(1, &all, &[]), expected);
}
