//! What a look says of deployments and pods, table by table.

use super::*;
use crate::model::sample::{self, labelled_pod, owned, uid};

const SELECTOR: &str = "app=web";

/// A deployment behind the service, with so many pods wanted; a higher id is younger.
fn deployment(id: u128, name: &str, labels: &str, desired: u32) -> Deployment {
    let labels = format!("{SELECTOR},{labels}");
    let Record::Deployment(mut it) = sample::deployment(id, "shop", name, &labels, &labels) else {
        panic!("not a deployment");
    };
    it.desired = desired;
    it.meta.created = 1_000 + i64::try_from(id).unwrap();
    it.images = [crate::model::record::Image {
        container: "web".into(),
        image: format!("r.example/shop/web:{id}").as_str().into(),
        requests: crate::model::record::Amounts::default(),
        limits: crate::model::record::Amounts::default(),
        ports: Box::new([]),
    }]
    .into();
    *it
}

fn service() -> Service {
    let Record::Service(it) = sample::service(99, "shop", "web", SELECTOR) else { panic!("not a service") };
    *it
}

fn pod(id: u128, owner: Option<(&str, u128)>, is_ready: bool) -> Pod {
    let Record::Pod(mut it) = labelled_pod(id, "shop", &format!("pod-{id}"), SELECTOR, is_ready) else {
        panic!("not a pod");
    };
    if let Some((kind, owner)) = owner {
        it.meta = owned(it.meta, kind, owner);
    }
    it
}

/// One look at deployments with so many ready pods each.
fn at(all: &[(Deployment, u32)], held: Option<Held<'_>>) -> Look {
    let pods: Vec<(Pod, &Deployment)> = all
        .iter()
        .flat_map(|(it, ready)| (0..*ready).map(move |at| (pod(u128::from(at) + 1_000, None, true), it)))
        .collect();
    let selected: Vec<Selected<'_>> = pods.iter().map(|(pod, of)| Selected { pod, of: Some(of) }).collect();
    let behind: Vec<&Deployment> = all.iter().map(|(it, _)| it).collect();
    look(&service(), Some(Count { ready: 4, total: 4 }), &behind, &selected, held)
}

/// `name: part percent why (label)`, a guess with a question mark.
fn words(look: &Look) -> Vec<String> {
    let line = |row: &Row| {
        let guess = if row.sure { "" } else { "?" };
        format!("{}: {:?}{guess} {} % {} ({})", row.name, row.part, row.percent, row.why, row.label)
    };
    look.rows.iter().map(line).collect()
}

#[test]
fn sides_say_what_they_are_and_why() {
    type Sides<'a> = &'a [(&'a str, &'a str, u32)];
    let cases: &[(Sides<'_>, &[&str])] = &[
        (
            &[("web-canary", "track=canary", 9), ("web", "track=stable", 3)],
            &[
                "web: Stable 25 % its pods carry track=stable (track=stable)",
                "web-canary: Canary 75 % its pods carry track=canary (track=canary)",
            ],
        ),
        (
            &[("web", "v=1", 3), ("web-preview", "v=2", 1)],
            &[
                "web: Stable 75 % the other one is the canary (v=1)",
                "web-preview: Canary 25 % its name says so (v=2)",
            ],
        ),
        (
            &[("web-1", "v=1", 1), ("web-2", "v=2", 3)],
            &[
                "web-2: Stable? 75 % a guess: it has the most ready pods (v=2)",
                "web-1: Canary? 25 % a guess: it says nothing of itself, and is not the stable side (v=1)",
            ],
        ),
        (
            &[("web-2", "track=beta", 1), ("web-1", "v=1", 1)],
            &[
                "web-2: Stable? 50 % a guess: it is the oldest with as many ready pods (track=beta)",
                "web-1: Canary? 50 % a guess: it says nothing of itself, and is not the stable side (v=1)",
            ],
        ),
        (
            &[("old", "v=0", 5), ("web", "track=stable", 3), ("web-canary", "v=2", 2)],
            &[
                "web: Stable 30 % its pods carry track=stable (track=stable)",
                "web-canary: Canary 20 % its name says so (v=2)",
                "old: Canary? 50 % a guess: it says nothing of itself, and is not the stable side (v=0)",
            ],
        ),
        (
            &[("a-canary", "v=1", 2), ("b-canary", "v=2", 1)],
            &[
                "a-canary: Stable? 67 % all of them say that they are canaries, and it has the most ready pods (v=1)",
                "b-canary: Canary 33 % its name says so (v=2)",
            ],
        ),
        (
            &[("web-canary", "track=canary", 2)],
            &[
                "web-canary: Only 100 % nothing else is behind the service, so there is no canary (track=canary)",
            ],
        ),
        (&[], &[]),
    ];
    for (sides, wanted) in cases {
        let all: Vec<(Deployment, u32)> = (1_u128..)
            .zip(*sides)
            .map(|(id, (name, labels, ready))| (deployment(id, name, labels, *ready), *ready))
            .collect();
        assert_eq!(words(&at(&all, None)), *wanted);
    }
}

#[test]
fn the_stable_side_can_be_chosen_and_stays_when_the_shares_turn() {
    let all = [(deployment(1, "web-1", "v=1", 1), 1), (deployment(2, "web-2", "v=2", 3), 3)];
    let hold = |id, chosen| words(&at(&all, Some(Held { uid: &uid(id), chosen })));
    let found = hold(1, true);
    assert_eq!(found[0], "web-1: Stable 25 % chosen here (v=1)");
    assert_eq!(found[1], "web-2: Canary 75 % the other one is chosen as the stable side (v=2)");
    assert!(hold(2, true)[0].starts_with("web-2: Stable 75 % chosen here"), "it was only a guess before");
    // One that is gone is chosen no longer.
    assert!(hold(7, true)[0].starts_with("web-2: Stable?"));
    // A guess of before holds, until something is sure.
    assert_eq!(
        hold(1, false)[0],
        "web-1: Stable? 25 % a guess: it had the most ready pods when this was opened (v=1)"
    );
    assert!(hold(2, false)[0].starts_with("web-2: Stable? 75 % a guess: it has the most"));
    let said = [(deployment(1, "web-1", "v=1", 1), 1), (deployment(2, "web", "track=stable", 3), 3)];
    assert!(words(&at(&said, Some(Held { uid: &uid(1), chosen: false })))[0].starts_with("web: Stable 75"));
}

#[test]
fn pods_of_anything_else_count_too() {
    let web = deployment(1, "web", "v=1", 2);
    let moved = deployment(5, "moved", "v=3", 1);
    let mut ending = pod(14, None, true);
    (ending.meta.deleting, ending.health) = (Some(5), Health::Fault);
    let only_ends = look(&service(), None, &[&web], &[Selected { pod: &ending, of: Some(&web) }], None);
    assert_eq!((only_ends.rows[0].health, only_ends.ready), (Health::Ok, 0));
    let mut waiting = pod(15, None, false);
    waiting.reason = "back-off 10s".into();
    (waiting.restarts, waiting.restarted) = (3, Some(77));
    let mut starting = pod(18, Some(("StatefulSet", 40)), false);
    (starting.status, starting.reason, starting.health) =
        ("Running".into(), "runs, not ready".into(), Health::Progressing);
    let pods = [
        (pod(11, None, true), Some(&web)),
        (waiting, Some(&web)),
        (ending, Some(&web)),
        (pod(12, Some(("StatefulSet", 40)), true), None),
        (pod(13, None, true), None),
        (starting, None),
        (pod(16, Some(("Rollout", 41)), false), None),
        (pod(17, None, true), Some(&moved)),
    ];
    let selected: Vec<Selected<'_>> = pods.iter().map(|(pod, of)| Selected { pod, of: *of }).collect();
    let found = look(&service(), None, &[&web], &selected, None);
    assert_eq!((found.ready, found.endpoints, found.selector.as_str()), (4, None, SELECTOR));
    let rows: Vec<(&str, Part, u32, u32, u32, bool)> = found
        .rows
        .iter()
        .map(|row| (row.name.as_str(), row.part, row.ready, row.pods, row.percent, row.target.is_some()))
        .collect();
    assert_eq!(
        rows,
        [
            ("web", Part::Only, 1, 3, 25, true),
            ("moved", Part::Other, 1, 1, 25, true),
            ("pod/pod-13", Part::Other, 1, 1, 25, true),
            ("rollout/Rollout-41", Part::Other, 0, 1, 0, false),
            ("statefulset/StatefulSet-40", Part::Other, 1, 2, 25, true),
        ]
    );
    let web = &found.rows[0];
    let waits: Vec<(&str, &str)> = web.waits.iter().map(|(pod, why)| (pod.as_str(), why.as_str())).collect();
    assert_eq!(waits, [("pod-14", "it ends"), ("pod-15", "CrashLoopBackOff: back-off 10s")]);
    assert_eq!(web.state(), "1 of 3 pods ready: CrashLoopBackOff: back-off 10s");
    assert_eq!((web.restarts, web.restarted), (3, Some(77)));
    assert_eq!(found.rows[4].state(), "1 of 2 pods ready: runs, not ready", "that it runs is said already");
    let of = |rollout: &str, waits: &[(&str, &str)]| {
        let waits = waits.iter().map(|(pod, why)| ((*pod).to_owned(), (*why).to_owned())).collect();
        Row { rollout: rollout.to_owned(), waits, ..web.clone() }.state()
    };
    assert_eq!(of("", &[("a", "it ends")]), "rolled out");
    assert_eq!(of("1 of 3 updated", &[("a", "Pending")]), "1 of 3 updated: Pending");
    assert_eq!(of("scaled to 0", &[]), "scaled to 0");
    assert_eq!((web.health, web.wanted, web.image.as_str()), (Health::Fault, Some(2), "web:1"));
    assert!(found.rows.iter().skip(1).all(|row| row.side.is_none()), "no side, no change");
    assert!(found.rows[1].why.contains("its template no longer"));
    // What others have is not the pair's to share.
    assert_eq!(found.others(&found.rows[0], &found.rows[1]), 4);
}
