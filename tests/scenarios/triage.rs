//! What is wrong: each kind of trouble on the embedded cluster over HTTP, the way from a line to what shows it, and what is said
//! where one may not look.

use std::time::Duration;

use dogwatch::demo::resource;
use dogwatch::model::record::Kind;
use serde_json::{Value, json};

use crate::harness::{Session, Setup, story};
use crate::snapshots::picture;

/// A certificate that ends on 2026-12-03, twelve days after the story's start.
const CERTIFICATE: &str = include_str!("../../src/cluster/certificates/ends.pem");

/// The list, of all namespaces, when everything has been read.
async fn triage(setup: Setup) -> Session {
    let mut session = setup.live().await;
    session.press("0").await;
    session.until_live().await;
    session.press("Q").await;
    session
        .until("everything read", |screen| !screen.contains("loading") && !screen.contains("looking"))
        .await;
    session.until_live().await;
    session
}

fn resource_of(kind: &str) -> &'static resource::Resource {
    resource::ALL.iter().find(|resource| resource.kind == kind).unwrap()
}

/// Adds an object to the cluster.
#[allow(clippy::needless_pass_by_value)] // objects are written where they are handed over
fn add(session: &Session, kind: &str, namespace: &str, name: &str, rest: Value) {
    let mut object = json!({"metadata": {"name": name}});
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    for (key, value) in rest.as_object().unwrap() {
        object[key] = value.clone();
    }
    session.cluster.store().create(resource_of(kind), object).unwrap();
}

/// Changes an object of the cluster.
fn change(session: &Session, kind: &str, namespace: &str, name: &str, to: impl FnOnce(&mut Value)) {
    let update = |object: &mut Value| {
        to(object);
        Ok(())
    };
    session.cluster.store().update(resource_of(kind), namespace, name, update).unwrap();
}

/// Narrows the list to the lines with these words.
async fn only(session: &mut Session, words: &str) {
    session.press("/").await;
    session.type_text(words).await;
    session.press("enter").await;
}

/// Waits until a line has these words.
async fn until_line(session: &mut Session, words: &[&str]) {
    let wanted = |screen: &str| screen.lines().any(|line| words.iter().all(|word| line.contains(word)));
    session.until(&format!("a line with {words:?}"), wanted).await;
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (name, width, height) in [("triage-80x24", 80, 24), ("triage-200x50", 200, 50)] {
        picture(name, &triage(Setup::default().size(width, height)).await);
    }
    let session = triage(Setup::default().size(80, 24).plain()).await;
    assert!(session.screen().is_ascii(), "{}", session.screen());
    picture("triage-mono-80x24", &session);
}

#[tokio::test(start_paused = true)]
async fn every_trouble_that_is_put_into_the_cluster_is_a_line_and_goes_when_it_is_mended() {
    let mut session =
        triage(Setup::default().size(160, 50).writes().config("triage:\n  at-maximum-for: 0s\n")).await;
    let store = session.cluster.store().clone();
    let now = store.clock().now();
    let ago = |seconds: i64| {
        (now - jiff::SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let ns = "production";
    add(
        &session,
        "Service",
        ns,
        "lost",
        json!({"spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}}),
    );
    let misnamed =
        json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "grpc"}]}});
    add(&session, "Service", ns, "misnamed", misnamed);
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "gone", "port": {"number": 80}}}}]);
    add(
        &session,
        "Ingress",
        ns,
        "nowhere",
        json!({"spec": {"rules": [{"host": "x.io", "http": {"paths": paths}}]}}),
    );
    let failed = json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": ago(600)}]);
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}});
    add(
        &session,
        "Job",
        ns,
        "import",
        json!({"spec": {"template": template, "suspend": true},
        "status": {"failed": 3, "conditions": failed}}),
    );
    change(&session, "CronJob", ns, "nightly-report", |it| {
        it["spec"]["suspend"] = json!(false);
        it["spec"]["schedule"] = json!("0 0 1 1 *");
        it["status"] = json!({"lastScheduleTime": ago(60), "lastSuccessfulTime": ago(90_000)});
    });
    change(&session, "HorizontalPodAutoscaler", ns, "search", |it| it["spec"]["maxReplicas"] = json!(3));
    change(&session, "ResourceQuota", ns, "compute", |it| it["status"]["used"]["pods"] = json!("199"));
    let secret = json!({"type": "kubernetes.io/tls", "data": {
        "tls.crt": base64(CERTIFICATE), "tls.key": base64("geheim")}});
    add(&session, "Secret", ns, "shop-tls", secret);
    let event = json!({"type": "Warning", "reason": "OddThing", "message": "it is odd", "count": 3, "lastTimestamp": ago(30),
        "involvedObject": {"kind": "Widget", "name": "w", "namespace": ns, "uid": "w-1"}});
    add(&session, "Event", ns, "odd.1", event);
    let evicted = json!({"spec": {"nodeName": "node-2", "containers": [{"name": "a", "image": "b"}]},
        "status": {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}});
    add(&session, "Pod", ns, "thrown-out", evicted);
    for words in [
        ["!", "svc lost", "selector app=nobody matches nothing"],
        ["!", "svc misnamed", "port grpc: no container of its"],
        ["!", "ing nowhere", "x.io/ leads nowhere: there is no service gone"],
        ["!", "job import", "BackoffLimitExceeded"],
        ["!", "cj nightly-report", "the last run did not succeed"],
        [".", "pdb checkout", "no pod may be evicted: 3 of 4 healthy, 3 wanted"],
        ["!", "quota compute", "99% used: 199 of 200 pods"],
        [".", "event OddThing", "widget/w: it is odd (x3)"],
        [".", "pod thrown-out", "Evicted: The node was low on resource: memory."],
        [".", "hpa search", "at its maximum, 3/3"],
    ] {
        only(&mut session, words[1]).await;
        until_line(&mut session, &words).await;
        session.press("esc").await;
    }
    // What is mended is gone from the list.
    change(&session, "ResourceQuota", ns, "compute", |it| it["status"]["used"]["pods"] = json!("20"));
    change(&session, "Service", ns, "lost", |it| it["spec"]["selector"]["app"] = json!("web"));
    only(&mut session, "quota").await;
    session.until_text("nothing of what was found has these words").await;
    session.press("esc").await;
    only(&mut session, "lost").await;
    session.until_no("svc lost").await;
}

#[tokio::test(start_paused = true)]
async fn troubles_that_have_passed_or_are_to_come_are_lines_too() {
    let mut session = triage(Setup::default().size(160, 50)).await;
    let now = session.cluster.store().clock().now();
    let ago = |seconds: i64| {
        (now - jiff::SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let ns = "production";
    let ended = |prefix: &str, restarts: u32, reason: &str, code: i32, seconds: i64| {
        let pods = session.cluster.store().list(resource::PODS, Some(ns)).1;
        let pod = pods.iter().find(|pod| pod.name.starts_with(prefix)).unwrap();
        change(&session, "Pod", ns, &pod.name, |it| {
            let status = &mut it["status"]["containerStatuses"][0];
            status["restartCount"] = json!(restarts);
            let times = (ago(seconds + 600), ago(seconds));
            status["lastState"] = json!({"terminated": {
                "reason": reason, "exitCode": code, "startedAt": times.0, "finishedAt": times.1}});
        });
    };
    ended("db-", 1, "OOMKilled", 137, 900);
    ended("search-", 12, "Error", 1, 1_500);
    change(&session, "PersistentVolumeClaim", ns, "db-data", |it| it["status"]["phase"] = json!("Lost"));
    change(&session, "Deployment", ns, "web", |it| {
        it["spec"]["paused"] = json!(true);
        it["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:9");
    });
    for words in [
        ["deploy db", "OOMKilled"],
        ["deploy search", "12 restarts, last exit 1 Error"],
        ["pvc db-data", "its volume is gone (Lost)"],
        ["deploy web", "paused with 0 of 2 pods updated"],
    ] {
        only(&mut session, words[0]).await;
        until_line(&mut session, &words).await;
        session.press("esc").await;
    }
}

#[tokio::test(start_paused = true)]
async fn sixteen_colours_say_what_the_signs_say() {
    use ratatui::{buffer::Buffer, layout::Rect, style::Color};
    let session = triage(Setup::default().size(80, 24).sixteen()).await;
    let colour = |text: &str| session.style_of(text).fg;
    assert_eq!(colour("!! deploy checkout"), colour("!! node node-4"));
    assert_ne!(colour("!! deploy checkout"), colour("!  svc reports"));
    // Nothing that such a terminal does not have.
    let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 80, height: 24 });
    dogwatch::screen::draw(session.state(), session.app.now(), &mut buffer);
    for cell in &buffer.content {
        for colour in [cell.fg, cell.bg] {
            assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{colour:?}");
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test(start_paused = true)]
async fn nodes_that_are_cordoned_or_not_ready() {
    let mut session = triage(Setup::default().size(120, 40)).await;
    let name = session.cluster.store().list(resource::NODES, None).1[1].name.to_string();
    change(&session, "Node", "", &name, |it| it["spec"]["unschedulable"] = json!(true));
    only(&mut session, &name).await;
    until_line(&mut session, &[".", &name, "cordoned, "]).await;
    change(&session, "Node", "", &name, |it| {
        it["spec"]["unschedulable"] = json!(false);
        for condition in it["status"]["conditions"].as_array_mut().unwrap() {
            if condition["type"] == "Ready" {
                condition["status"] = json!("Unknown");
                condition["message"] = json!("Kubelet stopped posting node status.");
            }
        }
    });
    until_line(&mut session, &["!!", &name, "NotReady"]).await;
    session.sees("Kubelet stopped posting node status");
    session.press("enter").await;
    session.until_text("Nodes").await;
    session.sees(&name);
}

#[tokio::test(start_paused = true)]
async fn certificates_are_read_where_secrets_may_be_and_only_their_end() {
    let cluster = story(false).await;
    let mut session = Setup::default().size(120, 40).writes().cluster(&cluster).live().await;
    let secret = json!({"type": "kubernetes.io/tls", "data": {
        "tls.crt": base64(CERTIFICATE), "tls.key": base64("geheim")}});
    add(&session, "Secret", "production", "shop-tls", secret);
    session.press("Q").await;
    only(&mut session, "shop-tls").await;
    until_line(&mut session, &["!", "secret shop-tls", "certificate ends in 12 days, 2026-12-03"]).await;
    session.press("enter").await;
    session.until_text("Secrets").await;
    session.sees("shop-tls");
    assert!(!format!("{:?}", session.state()).contains("geheim"), "the key is nowhere in the state");
    // In read-only mode they are not looked at, unless that is allowed.
    let mut session = triage(Setup::default().size(120, 40).cluster(&cluster)).await;
    session.sees("certificates (read-only; `triage.certificates: true` allows it)");
    only(&mut session, "shop-tls").await;
    session.sees("nothing of what was found");
    let config = "triage:\n  certificates: true\n  certificate-days: 11\n";
    let mut session = triage(Setup::default().size(120, 40).cluster(&cluster).config(config)).await;
    session.sees_no("read-only;");
    only(&mut session, "shop-tls").await;
    session.sees("nothing of what was found");
}

#[tokio::test(start_paused = true)]
async fn a_line_leads_to_the_row_that_shows_it_and_back() {
    let mut session = triage(Setup::default().size(120, 40)).await;
    only(&mut session, "production checkout rollout").await;
    until_line(&mut session, &["!!", "deploy checkout"]).await;
    let list = session.screen();
    session.press("enter").await;
    session.until_text("Pods").await;
    let record = session.line_with("> ");
    assert!(record.contains("checkout"), "{record}");
    session.press("esc").await;
    session.until_text("Triage").await;
    assert_eq!(
        session.line_with("deploy checkout"),
        list.lines().find(|line| line.contains("deploy checkout")).unwrap()
    );
    for (key, shows) in [("d", "Description of Pod"), ("e", "Events"), ("y", "apiVersion"), ("R", "checkout")]
    {
        session.press(key).await;
        session.until(shows, |screen| screen.contains(shows) && !screen.contains("Triage")).await;
        session.press("esc").await;
        session.until_text("Triage").await;
    }
    session.press("l").await;
    session.until("its logs", |screen| !screen.contains("Triage")).await;
    session.press("esc").await;
    session.until_text("Triage").await;
    // The filter goes first, then the list.
    session.press("esc").await;
    session.until_text("Triage").await;
    session.sees_no("/production checkout");
    session.press("esc").await;
    session.until_text("1 Deployments").await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_is_of_what_the_row_belongs_to() {
    let mut session = triage(Setup::default().size(120, 40).writes()).await;
    only(&mut session, "production checkout rollout").await;
    until_line(&mut session, &["!!", "deploy checkout"]).await;
    session.press("u").await;
    session.until_text("roll back deployment/checkout").await;
}

#[tokio::test(start_paused = true)]
async fn the_cursor_stays_with_what_is_wrong() {
    let mut session = triage(Setup::default().size(120, 40)).await;
    session.press("j j j").await;
    let under = |session: &Session| session.line_with(" rule ");
    let before = under(&session);
    assert!(before.contains("pod-unschedulable"), "{before}");
    let image = json!({"spec": {"containers": [{"name": "a", "image": "aaa:1-does-not-exist"}]}});
    add(&session, "Pod", "production", "aaa-first", image);
    // Something worse comes above it.
    session.until_text("pod aaa-first").await;
    assert_eq!(under(&session), before);
}

#[tokio::test(start_paused = true)]
async fn its_watches_run_only_while_it_is_shown() {
    let mut session = triage(Setup::default()).await;
    let runs = |session: &Session, kind: Kind| session.state().feeds.kinds().contains(&kind);
    assert!(runs(&session, Kind::Node));
    assert!(session.state().feeds.kinds().iter().any(|kind| kind.resource().2 == "poddisruptionbudgets"));
    session.press("esc").await;
    session.run_for(Duration::from_secs(31)).await;
    assert!(!runs(&session, Kind::Node) && runs(&session, Kind::Pod));
}

#[tokio::test(start_paused = true)]
async fn on_call_begins_with_it_and_changes_nothing() {
    let mut session = Setup::default().size(120, 40).on_call().start().await;
    session.until_text("Triage").await;
    session.until_live().await;
    session.sees("READ-ONLY");
    only(&mut session, "deploy").await;
    session.press("u").await;
    session.until_text("read-only").await;
    session.press("esc esc").await;
    session.until_text("1 Deployments").await;
    session.command("wrong").await;
    session.until_text("Triage").await;
}

#[tokio::test(start_paused = true)]
async fn on_call_begins_with_all_namespaces_unless_others_were_chosen_before() {
    let notes = tempfile::tempdir().unwrap();
    let setup = || Setup::default().size(80, 24).on_call().notes(notes.path());
    // The context's own namespace is `production`; nobody chose it.
    let mut session = setup().start().await;
    session.until_text("node node-4").await;
    session.sees("demo / all namespaces");
    session.sees_no("production only");
    session.command("ns staging").await;
    session.until_text("in staging only: 0 shows all").await;
    drop(session);
    let mut session = setup().start().await;
    session.until_text("demo / staging").await;
    session.until_text("in staging only").await;
}

#[tokio::test(start_paused = true)]
async fn on_call_stays_in_the_namespace_where_all_are_forbidden() {
    let cluster = story(false).await;
    for verb in ["list", "watch"] {
        cluster.faults().deny_across(verb, "*");
    }
    let mut session = Setup::default().size(80, 24).cluster(&cluster).on_call().start().await;
    session.until_text("demo / production").await;
    session.until_text("deploy orders").await;
}

#[tokio::test(start_paused = true)]
async fn the_palette_takes_a_namespace_and_an_object() {
    let mut session = Setup::default().size(80, 24).live().await;
    session.command("triage staging").await;
    session.until_text("in staging only: 0 shows all").await;
    session.sees("demo / staging");
    session.command("tri all").await;
    session.until_text("node node-4").await;
    session.sees("demo / all namespaces");
    session.command("why deploy/orders").await;
    session.until_text("deploy/orders is in production, staging: say which after it").await;
    session.command("why deploy/thumbnails").await;
    session.until_text("Why Deployment production/thumbnails").await;
    session.command("why deploy/orders staging").await;
    session.until_text("Why Deployment staging/orders").await;
    session.until_text("read ").await;
    // What keys do elsewhere, they do for the object that is asked about.
    session.press("u").await;
    session.until_text("read-only: undo needs patch deployments.apps").await;
    session.press("e").await;
    session.until_text("Events of ").await;
    session.press("esc").await;
    session.command("why deploy/nobody").await;
    session.until_text("say its namespace after it").await;
    session.command("why deploy").await;
    session.until_text(":why takes KIND/NAME").await;
}

#[tokio::test(start_paused = true)]
async fn a_narrow_screen_shows_what_helps_in_words_and_first() {
    let mut session = triage(Setup::default().size(80, 24)).await;
    session.sees("rollout stuck: checkout:3.8");
    session.sees(" b bundle");
    let cut = session.line_with("deploy checkout");
    assert!(cut.trim_end().ends_with("not found"), "{cut}");
    session.press("j").await;
    session.until_text(" revision 3 worked; shown by pod checkout-").await;
    session.sees("rollout stuck: image checkout:3.8.0-does-not-exist not found");
}

#[tokio::test(start_paused = true)]
async fn with_the_rights_of_one_namespace_the_rest_is_named() {
    let cluster = story(false).await;
    for kind in ["nodes", "namespaces"] {
        cluster.faults().deny("*", kind, "");
    }
    for verb in ["list", "watch"] {
        cluster.faults().deny_across(verb, "*");
    }
    let mut session = Setup::default().size(120, 40).cluster(&cluster).live().await;
    session.press("Q").await;
    session.until("all read", |screen| !screen.contains("loading") && screen.contains("not looked at")).await;
    session.sees("nodes");
    session.sees("(forbidden)");
    session.sees("!!");
}

#[tokio::test(start_paused = true)]
async fn with_no_right_at_all_nothing_is_claimed() {
    let cluster = story(false).await;
    cluster.faults().deny("*", "*", "");
    let mut session = Setup::default().size(80, 24).cluster(&cluster).start().await;
    session.until_text("forbidden").await;
    session.press("Q").await;
    session
        .until("all named", |screen| screen.contains("not looked at") && !screen.contains("loading"))
        .await;
    session.sees("nothing is known to be wrong, but not all could be looked at");
    session.sees("pods, deployments");
    session.sees("(forbidden)");
    picture("triage-no-rights-80x24", &session);
}
