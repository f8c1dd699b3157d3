//! A container from run to run, one that waits, one that ends; and what cannot be read.

use super::stage::event;
use super::*;
use crate::model::log::Containers;

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_new_run_and_the_rest_of_the_old_one_is_told_before() {
    let (mut stage, watch) = Stage::with(query(single(None)), &[pod("web-1", &running(1, None))]).await;
    let stream = stage.log("web-1").await.stream();
    stage.told().await;
    stream.send("2026-01-01T00:01:01Z one\n");
    assert_eq!(stage.told().await, "0: one");
    // The connection breaks while the container dies.
    watch.send(event("MODIFIED", &pod("web-1", &running(2, Some((137, "OOMKilled"))))));
    drop(stream);
    let log = stage.log("web-1").await;
    let since = "sinceTime=2026-01-01T00%3A01%3A01Z";
    assert_eq!(log.query, format!("container=web&previous=true&{since}&timestamps=true"));
    log.answer(200, "2026-01-01T00:01:01Z one\n2026-01-01T00:01:02Z out of me");
    // It may have broken off once more.
    stage.log("web-1").await.answer(200, "2026-01-01T00:01:01Z one\n2026-01-01T00:01:02Z out of me");
    assert_eq!(stage.told().await, "0: out of me");
    assert_eq!(stage.told().await, "restarted 0 (OOMKilled, exit code 137)");
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&follow=true&timestamps=true");
    let stream = log.stream();
    stream.send("2026-01-01T00:02:00Z again\n");
    assert_eq!(stage.told().await, "0: again");
    // Two restarts that nobody saw: of the run between there is the whole log.
    watch.send(event("MODIFIED", &pod("web-1", &running(4, Some((1, "Error"))))));
    drop(stream);
    assert_eq!(stage.told().await, "restarted 0 (?)");
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&previous=true&timestamps=true");
    log.answer(200, "2026-01-01T00:03:00Z third\n");
    assert_eq!(stage.told().await, "0: third");
    stage.log("web-1").await.answer(200, "2026-01-01T00:03:00Z third\n");
    assert_eq!(stage.told().await, "restarted 0 (Error, exit code 1)");
    let _stream = stage.log("web-1").await.stream();
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_watch_told_of_a_restart_is_not_repeated() {
    let (mut stage, watch) = Stage::with(query(single(None)), &[pod("web-1", &running(1, None))]).await;
    let stream = stage.log("web-1").await.stream();
    stage.told().await;
    stream.send("2026-01-01T00:01:01Z one\n");
    stage.told().await;
    drop(stream);
    // The server already gives the new run, and the watch is late.
    let stream = stage.log("web-1").await.stream();
    stream.send("2026-01-01T00:02:01Z new\n");
    assert_eq!(stage.told().await, "0: new");
    watch.send(event("MODIFIED", &pod("web-1", &running(2, Some((1, "Error"))))));
    // An empty answer may be of a server that lost the kubelet; the same a second time is not.
    for _ in 0..2 {
        // Of the run before there is nothing as late as what was told.
        let log = stage.log("web-1").await;
        assert_eq!(log.param("previous").as_deref(), Some("true"));
        log.answer(200, "");
    }
    assert_eq!(stage.told().await, "restarted 0 (Error, exit code 1)");
    let log = stage.log("web-1").await;
    assert_eq!(log.param("sinceTime").as_deref(), Some("2026-01-01T00%3A02%3A01Z"));
    let stream2 = log.stream();
    stream2.send("2026-01-01T00:02:01Z new\n2026-01-01T00:02:02Z newer\n");
    assert_eq!(stage.told().await, "0: newer");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_waits_begins_when_the_watch_says_so() {
    let (mut stage, watch) = Stage::with(
        LogQuery { tail: Some(5), ..query(single(None)) },
        &[pod("web-1", &waiting("ContainerCreating"))],
    )
    .await;
    let words = "container \"web\" in pod \"web-1\" is waiting to start: ContainerCreating";
    stage.log("web-1").await.answer(400, status(400, "BadRequest", words));
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    assert_eq!(stage.told().await, "waiting 0 ContainerCreating: ContainerCreating");
    let mut refused = waiting("ImagePullBackOff");
    refused["state"]["waiting"]["message"] = json!("Back-off pulling image \"i\"");
    watch.send(event("MODIFIED", &pod("web-1", &refused)));
    stage.log("web-1").await.answer(400, status(400, "BadRequest", words));
    let why = "ImagePullBackOff: Back-off pulling image \"i\"";
    assert_eq!(stage.told().await, format!("waiting 0 ImagePullBackOff: {why}"));
    stage.nothing(Duration::from_secs(10)).await;
    let said = Instant::now();
    watch.send(event("MODIFIED", &pod("web-1", &running(1, None))));
    let log = stage.log("web-1").await;
    assert!(said.elapsed() < Duration::from_millis(100), "{:?}", said.elapsed());
    // It begins now: all of it is wanted.
    assert_eq!(log.query, "container=web&follow=true&timestamps=true");
    let stream = log.stream();
    assert_eq!(stage.told().await, "resumed 0");
    stream.send("2026-01-01T00:01:01Z one\n");
    assert_eq!(stage.told().await, "0: one");
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_is_told_and_followed() {
    let mut crashed = waiting("CrashLoopBackOff");
    crashed["lastState"] = ended(1, 1, "Error")["state"].clone();
    let (mut stage, watch) = Stage::with(query(single(None)), &[pod("web-1", &crashed)]).await;
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&timestamps=true", "what has ended is not followed");
    log.answer(200, "2026-01-01T00:01:01Z fatal\n");
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    assert_eq!(stage.told().await, "0: fatal");
    // What was there is all there is when it is there again and nothing else.
    stage.log("web-1").await.answer(200, "");
    stage.log("web-1").await.answer(200, "2026-01-01T00:01:01Z fatal\n");
    let words = "the container ended (Error, exit code 1) and is to run again; CrashLoopBackOff";
    assert_eq!(stage.told().await, format!("waiting 0 CrashLoopBackOff: {words}"));
    stage.nothing(Duration::from_secs(80)).await;
    watch.send(event("MODIFIED", &pod("web-1", &running(2, Some((1, "Error"))))));
    assert_eq!(stage.told().await, "restarted 0 (Error, exit code 1)");
    let _stream = stage.log("web-1").await.stream();
    assert_eq!(stage.told().await, "resumed 0");
}

#[tokio::test(start_paused = true)]
async fn a_job_is_read_to_its_end() {
    let mut job = pod("web-1", &running(1, None));
    job["spec"]["restartPolicy"] = json!("Never");
    let (mut stage, watch) = Stage::with(query(single(None)), std::slice::from_ref(&job)).await;
    let stream = stage.log("web-1").await.stream();
    stage.told().await;
    let mut done = job.clone();
    done["status"]["phase"] = json!("Succeeded");
    done["status"]["containerStatuses"][0] = ended(1, 0, "Completed");
    done["status"]["containerStatuses"][0]["name"] = json!("web");
    watch.send(event("MODIFIED", &done));
    stream.send("2026-01-01T00:01:01Z done\n");
    drop(stream);
    assert_eq!(stage.told().await, "0: done");
    // Whether the answer ended with the container, or before it, is asked once more.
    let log = stage.log("web-1").await;
    assert_eq!((log.param("follow"), log.param("previous")), (None, None));
    log.answer(200, "2026-01-01T00:01:01Z done\n2026-01-01T00:01:02Z really\n");
    assert_eq!(stage.told().await, "0: really");
    stage.log("web-1").await.answer(200, "2026-01-01T00:01:02Z really\n");
    assert_eq!(stage.told().await, "left 0 the container ended: Completed");
    assert_eq!(stage.told().await, "ended");
}

#[tokio::test(start_paused = true)]
async fn init_containers_are_read_when_they_are_wanted() {
    let mut with = pod("web-1", &running(1, None));
    with["spec"]["initContainers"] = json!([{"name": "setup"}]);
    with["status"]["initContainerStatuses"] = json!([ended(1, 0, "Completed")]);
    with["status"]["initContainerStatuses"][0]["name"] = json!("setup");
    for (containers, expected) in [
        (Containers::All { init: true }, &["setup", "web"][..]),
        (Containers::All { init: false }, &["web"]),
        (Containers::Named(vec!["setup".into(), "other".into()]), &["setup"]),
    ] {
        let mut asked = LogQuery { follow: false, ..query(labelled("app=web")) };
        asked.containers = containers;
        let mut stage = Stage::new(asked);
        stage.list(std::slice::from_ref(&with)).await;
        let mut seen = Vec::new();
        for _ in expected {
            let log = stage.log("web-1").await;
            seen.push(log.param("container").unwrap());
            log.answer(200, "");
        }
        seen.sort();
        assert_eq!(seen, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_one_may_not_read_does_not_end_the_others() {
    let pods = [pod("web-1", &running(1, None)), pod("web-2", &running(1, None))];
    let (mut stage, _watch) = Stage::with(query(labelled("app=web")), &pods).await;
    let why = "pods \"web-1\" is forbidden: User \"eve\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"shop\"";
    stage.log("web-1").await.answer(403, status(403, "Forbidden", why));
    let stream = stage.log("web-2").await.stream();
    stream.send("2026-01-01T00:01:01Z fine\n");
    let mut told = Vec::new();
    while told.len() < 4 {
        told.push(stage.told().await);
    }
    assert!(
        told.iter().any(|words| words.starts_with("interrupted ") && words.contains("forbidden")),
        "{told:?}"
    );
    assert!(told.iter().any(|words| words.ends_with(": fine")), "{told:?}");
    // The right may be given meanwhile.
    let _stream = stage.log("web-1").await.stream();
    assert!(stage.told().await.starts_with("resumed "));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_at_all_fails_in_words() {
    let deployment =
        LogTarget::Selected { kind: Kind::Deployment, namespace: "shop".into(), name: "web".into() };
    let mut stage = Stage::new(query(deployment.clone()));
    let call = stage.server.call().await;
    assert_eq!(call.path, "/apis/apps/v1/namespaces/shop/deployments/web");
    call.answer(404, status(404, "NotFound", "deployments.apps \"web\" not found"));
    assert_eq!(stage.told().await, "failed NotFound deployments.apps \"web\" not found");

    let mut stage = Stage::new(query(single(None)));
    stage.list(&[]).await;
    assert_eq!(stage.told().await, "failed NotFound pods \"web-1\" not found");

    let mut stage = Stage::new(query(single(Some("nope"))));
    stage.list(&[pod("web-1", &running(1, None))]).await;
    assert_eq!(stage.told().await, "failed Rejected container nope is not valid for pod web-1");

    let mut stage = Stage::new(LogQuery { previous: true, ..query(single(None)) });
    stage.list(&[pod("web-1", &running(1, None))]).await;
    let log = stage.log("web-1").await;
    assert_eq!(log.query, "container=web&previous=true&timestamps=true");
    let message = "previous terminated container \"web\" in pod \"web-1\" not found";
    log.answer(400, status(400, "BadRequest", message));
    assert_eq!(stage.told().await, "joined 0 web-1/web");
    assert_eq!(stage.told().await, format!("left 0 not possible now: {message}"));
    assert_eq!(stage.told().await, format!("failed Rejected {message}"));

    let mut stage = Stage::new(query(deployment));
    let selector = json!({"spec": {"selector": {"matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "track", "operator": "In", "values": ["a", "b"]}]}}});
    stage.server.call().await.answer(200, selector.to_string());
    let call = stage.server.call().await;
    assert_eq!(call.query, "labelSelector=app%3Dweb%2Ctrack%20in%20%28a%2Cb%29&limit=500");
    call.answer(403, status(403, "Forbidden", "pods is forbidden"));
    assert_eq!(stage.told().await, "unseen Forbidden");
    assert!(stage.told().await.starts_with("failed Forbidden"));
}
