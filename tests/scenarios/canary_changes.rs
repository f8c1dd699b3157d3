//! What is done from the canary screen: a share, a promotion, its end.

use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::demo::store::DeleteOptions;
use serde_json::Value;

use crate::canary::{copy, deployment, open, row};
use crate::harness::{Session, Setup};
use crate::steer::{changes, read_the_plan};

fn replicas(session: &Session) -> (i64, i64) {
    let of = |name: &str| deployment(session, name)["spec"]["replicas"].as_i64().unwrap();
    (of("frontend"), of("frontend-canary"))
}

#[tokio::test(start_paused = true)]
async fn the_share_of_a_canary_is_set_and_taken_back() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("%").await;
    session.sees("percent for frontend-canary:");
    session.sees("25 % now");
    session.type_text("50").await;
    session.sees("2 canary, 2 stable");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.sees("scale deployment/frontend-canary, then scale deployment/frontend");
    session.press("y").await;
    session.until_text("Canary behind service/frontend").await;
    session.until_text("done: both steps; frontend 2 of 2 ready").await;
    assert_eq!(replicas(&session), (2, 2));
    assert_eq!(changes(&session).len(), 2);
    for name in ["frontend", "frontend-canary"] {
        session.run_for(Duration::from_secs(5)).await;
        assert!(row(&session, name).contains("2/2 ██████······ 50%"), "{}", session.screen());
    }
    session.press("U").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.run_for(Duration::from_secs(20)).await;
    assert_eq!(replicas(&session), (3, 1));
    assert!(row(&session, "frontend-canary").contains("25%"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn a_step_is_one_pod_up_or_down() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    for (keys, said) in [
        ("+", "2 canary, 2 stable"),
        ("up", "3 canary, 1 stable"),
        ("up", "4 canary, 0 stable"),
        ("down down down", "it has"),
        ("esc -", "0 canary, 4 stable"),
    ] {
        session.press_all(keys).await;
        if said == "it has" {
            session.sees("that are the replicas that both have now");
        } else {
            session.sees(said);
        }
    }
    session.press("esc %").await;
    session.type_text("110").await;
    session.sees("`110` is no share between 0 and 100");
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_promoted_when_its_rollout_is_complete() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    let image = |value: &Value| value["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let wanted = image(&deployment(&session, "frontend-canary"));
    assert_ne!(image(&deployment(&session, "frontend")), wanted);
    open(&mut session).await;
    session.press("P").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("step 1 of 3").await;
    session.until_text("done: all 3 steps; frontend 4 of 4 ready").await;
    assert_eq!(image(&deployment(&session, "frontend")), wanted);
    assert_eq!(replicas(&session), (4, 0));
    let sent: Vec<String> = changes(&session).iter().map(|request| request.path_and_query.clone()).collect();
    assert!(sent[0].contains("/frontend?") && sent[1].contains("/frontend/scale"), "{sent:?}");
    assert!(sent[2].contains("/frontend-canary/scale"), "{sent:?}");
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend").contains("gb-frontend:v5"), "{}", session.screen());
    assert!(row(&session, "frontend-canary").contains("0/0 ············ 0%"), "{}", session.screen());
    session.sees("scaled to 0");
    session.sees("not now: deployment/frontend has the images of deployment/frontend-canary already");
    session.press("P").await;
    session.sees("has the images of deployment/frontend-canary already");
    session.press("a").await;
    session.sees("has no pods: there is nothing to abort");
}

/// The fewest ready pods behind the service until all is done.
async fn fewest_ready(session: &mut Session) -> i64 {
    let mut fewest = i64::MAX;
    for _ in 0..300 {
        session.run_for(Duration::from_millis(100)).await;
        let ready = |name: &str| deployment(session, name)["status"]["readyReplicas"].as_i64().unwrap_or(0);
        fewest = fewest.min(ready("frontend") + ready("frontend-canary"));
    }
    fewest
}

#[tokio::test(start_paused = true)]
async fn nothing_on_the_way_leaves_the_service_without_pods() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    let all = "% 1 0 0 enter";
    for (keys, sides) in [
        (all, (0, 4)),
        ("a", (4, 0)),
        ("U", (0, 4)),
        // The journal knows the order too.
        ("a", (4, 0)),
        ("J U", (0, 4)),
        ("esc P", (4, 0)),
        ("U", (0, 4)),
    ] {
        session.press_all(keys).await;
        read_the_plan(&mut session).await;
        session.press("y").await;
        let fewest = fewest_ready(&mut session).await;
        assert_eq!(replicas(&session), sides, "{keys}: {}", session.screen());
        assert!(fewest >= 4, "{keys}: {fewest} ready in between");
    }
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_gets_stuck_keeps_its_canary() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("P").await;
    read_the_plan(&mut session).await;
    // Somebody else changes the stable side in the middle of its rollout.
    session.press("y").await;
    session.run_for(Duration::from_millis(300)).await;
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "frontend", |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = "broken:does-not-exist".into();
            Ok(())
        })
        .unwrap();
    session.until_text("superseded").await;
    assert_eq!(replicas(&session).1, 1, "the canary is kept");
    assert_eq!(changes(&session).len(), 1, "the second step was not begun");
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_aborted() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("a").await;
    read_the_plan(&mut session).await;
    // The second step begins with what the first one leaves.
    session.sees("4/4 ready now, about 5 after");
    session.sees("5/5 ready by then, about 4 after");
    session.press("y").await;
    session.until_text("done: both steps; frontend 4 of 4 ready").await;
    assert_eq!(replicas(&session), (4, 0));
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend").contains("4/4 ████████████ 100%"), "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_is_of_the_sides_that_it_was_asked_for() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    open(&mut session).await;
    session.press("%").await;
    session.type_text("50").await;
    // Meanwhile another one takes the name.
    session
        .cluster
        .store()
        .delete(resource::DEPLOYMENTS, "production", "frontend-canary", &DeleteOptions::now())
        .unwrap();
    copy(&session, "frontend", "frontend-canary", |object| {
        object["spec"]["selector"]["matchLabels"]["track"] = "canary".into();
        object["spec"]["template"]["metadata"]["labels"]["track"] = "canary".into();
    });
    session.run_for(Duration::from_secs(5)).await;
    session.press("enter").await;
    session.sees("deployment/frontend-canary is gone: nothing is planned");
    assert_eq!(changes(&session).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_share_is_refused_to_whoever_only_looks() {
    let mut session = Setup::default().size(120, 40).live().await;
    open(&mut session).await;
    for keys in ["%", "+", "-", "P", "a"] {
        session.press(keys).await;
        session.sees("read-only: ");
        assert!(session.state().prompt.is_none() && session.state().stack.len() == 1, "{keys}");
    }
    // Which one is the stable side changes nothing in the cluster.
    session.press("S").await;
    session.sees("stable: chosen here");
    assert!(row(&session, "frontend").starts_with("canary frontend"), "{}", session.screen());
    session.press("S").await;
    session.sees("canary: its pods carry track=canary");
}

#[tokio::test(start_paused = true)]
async fn of_three_workloads_the_selected_one_is_meant() {
    let mut session = Setup::default().size(140, 40).writes().live().await;
    copy(&session, "frontend", "frontend-old", |object| {
        object["spec"]["replicas"] = 4.into();
        object["spec"]["selector"]["matchLabels"]["track"] = "old".into();
        object["spec"]["template"]["metadata"]["labels"]["track"] = "old".into();
    });
    session.run_for(Duration::from_secs(30)).await;
    open(&mut session).await;
    session.sees("8 of 8 endpoints ready");
    assert!(row(&session, "frontend").starts_with("stable frontend track=stable"), "{}", session.screen());
    assert!(row(&session, "frontend-canary").contains("13%"), "{}", session.screen());
    session.press("g P").await;
    session.sees("several canaries: select the one that is meant");
    session.press("down").await;
    assert!(session.line_with("frontend-canary ").starts_with('>'), "{}", session.screen());
    // Shares are of all endpoints; those of the third one stay.
    session.press("%").await;
    session.type_text("60").await;
    session.sees("others behind it keep 4 of 8 pods: 50 % at most");
    session.press("backspace backspace").await;
    session.type_text("25").await;
    session.sees("2 canary, 2 stable");
    session.press("enter").await;
    read_the_plan(&mut session).await;
    session.press("y").await;
    session.until_text("done: both steps; frontend 2 of 2 ready").await;
    session.run_for(Duration::from_secs(5)).await;
    assert!(row(&session, "frontend-canary").contains("25%"), "{}", session.screen());
    assert!(row(&session, "frontend-old").contains("50%"), "{}", session.screen());
    assert_eq!(replicas(&session), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_promotion_says_what_it_does_not_carry_over() {
    let mut session = Setup::default().size(120, 40).writes().live().await;
    session
        .cluster
        .store()
        .update(resource::DEPLOYMENTS, "production", "frontend-canary", |object| {
            let container = &mut object["spec"]["template"]["spec"]["containers"][0];
            container["env"] = serde_json::json!([{"name": "FLAG", "value": "on"}]);
            Ok(())
        })
        .unwrap();
    session.run_for(Duration::from_mins(1)).await;
    open(&mut session).await;
    session.until_text("not promoted: containers[php-redis].env").await;
    session.press("P").await;
    read_the_plan(&mut session).await;
    session.sees("tried with more than its images");
    session.sees("env");
}
