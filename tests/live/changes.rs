//! The program's changes on a real server, each beside the same one made by kubectl on a twin: afterwards both objects are
//! the same. Without a kubelet no pod becomes ready, so what is compared are the objects, not the outcomes.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::session::Session;
use crate::stage::{Stage, on_stage};

/// One change: where the cursor goes, what is pressed and typed, and kubectl's command.
struct Case {
    what: &'static str,
    keys: &'static str,
    typed: Option<&'static str>,
    kubectl: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        what: "scale",
        keys: "s",
        typed: Some("4"),
        kubectl: &["scale", "deployment/NAME", "--replicas=4"],
    },
    Case { what: "restart", keys: "r", typed: None, kubectl: &["rollout", "restart", "deployment/NAME"] },
    Case {
        what: "set image",
        keys: "i",
        typed: Some("app:v3"),
        kubectl: &["set", "image", "deployment/NAME", "main=app:v3"],
    },
    Case { what: "undo", keys: "u", typed: None, kubectl: &["rollout", "undo", "deployment/NAME"] },
    Case {
        what: "label",
        keys: "L",
        typed: Some("tier=front"),
        kubectl: &["label", "deployment/NAME", "tier=front", "--overwrite"],
    },
];

/// What a change leaves of an object, with the twin's name as ours.
fn essence(object: &Value) -> Value {
    let mut spec = object["spec"].clone();
    if let Some(at) = spec.pointer_mut("/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt") {
        *at = json!("some time");
    }
    let mut annotations = object["metadata"]["annotations"].clone();
    if let Some(map) = annotations.as_object_mut() {
        map.remove("deployment.kubernetes.io/revision");
    }
    let all = json!({"spec": spec, "labels": object["metadata"]["labels"], "annotations": annotations});
    serde_json::from_str(&all.to_string().replace("twin", "ours")).unwrap()
}

fn kubectl(stage: &Stage, arguments: &[&str]) -> bool {
    let Ok(output) = Command::new("kubectl")
        .arg("--kubeconfig")
        .arg(Stage::kubeconfig().unwrap())
        .args(["-n", &stage.name])
        .args(arguments)
        .output()
    else {
        return false;
    };
    assert!(output.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    true
}

async fn object(stage: &Stage, name: &str) -> Value {
    stage.get(&format!("/apis/apps/v1/namespaces/{}/deployments/{name}", stage.name)).await
}

/// Confirms the plan on the screen: it has to have been there for a moment.
async fn confirm(screen: &mut Session) {
    // Where somebody else plays the kubelet, the pods may not be ready: one insists then.
    let answered =
        |screen: &str| screen.contains("accepted by the server") || screen.contains("insist to do it");
    screen.until("an answer to the plan", answered).await;
    if screen.text().contains("insist to do it") {
        screen.press("I");
    }
    let until = Instant::now() + Duration::from_secs(30);
    while screen.text().contains("PLAN  ") {
        assert!(Instant::now() < until, "the plan is not gone:\n{}", screen.text());
        screen.sees("accepted by the server").await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        // Where pods start while one reads, the plan is made anew, and a key that came too early for it did not count.
        if screen.text().contains("PLAN  ") {
            screen.press("y");
        }
        // Right after it keys are taken for stray ones.
        tokio::time::sleep(Duration::from_millis(800)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_what_kubectl_makes_of_a_twin() {
    on_stage(|stage| async move {
        for name in ["ours", "twin"] {
            stage.deployment(name, "app:v1", 2).await;
            // A second revision, so that there is something to roll back to.
            stage.image(name, "app:v2").await;
        }
        let mut screen = Session::open(&stage.options(), (200, 50));
        screen.sees("ours").await;
        screen.press("/");
        screen.type_text("ours");
        screen.press("Enter g");
        screen.sees("app:v2").await;
        for case in CASES {
            screen.press(case.keys);
            if let Some(typed) = case.typed {
                screen.type_text(typed);
                screen.press("Enter");
            }
            confirm(&mut screen).await;
            let arguments: Vec<String> =
                case.kubectl.iter().map(|word| word.replace("NAME", "twin")).collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            if !kubectl(&stage, &arguments) {
                eprintln!("live: no kubectl, so {} is not compared", case.what);
                continue;
            }
            let until = Instant::now() + Duration::from_secs(20);
            loop {
                let (ours, twin) = (object(&stage, "ours").await, object(&stage, "twin").await);
                if essence(&ours) == essence(&twin) {
                    break;
                }
                let said = format!("{}: ours {:#}\ntwin {:#}", case.what, essence(&ours), essence(&twin));
                assert!(Instant::now() < until, "{said}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        screen.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_selector_is_switched_and_switched_back() {
    on_stage(|stage| async move {
        for colour in ["blue", "green"] {
            let pod = format!("api-{colour}");
            stage.pod(&pod, json!({"app": "api", "label": colour})).await;
            stage.pod_status(&pod, crate::stage::running()).await;
        }
        stage.service("api", json!({"app": "api", "label": "blue"})).await;
        let mut screen = Session::open(&stage.options(), (200, 50));
        // Both pods and the service itself: their labels alone may be there before.
        screen.top_says("pods 2").await;
        screen.press("3");
        screen.sees("app=api,label=blue").await;
        screen.sees("behind svc api").await;
        // It says so while the pods are not all there; one asks again then, as a user does.
        let until = Instant::now() + Duration::from_secs(30);
        while !screen.text().contains("Switch to") {
            assert!(Instant::now() < until, "no choice of sides:\n{}", screen.text());
            screen.press("b");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        screen.sees("label=green").await;
        screen.press("Enter");
        confirm(&mut screen).await;
        let path = format!("/api/v1/namespaces/{}/services/api", stage.name);
        for (wanted, next) in [("green", Some("U")), ("blue", None)] {
            let until = Instant::now() + Duration::from_secs(20);
            loop {
                let selector = stage.get(&path).await["spec"]["selector"].clone();
                if selector == json!({"app": "api", "label": wanted}) {
                    break;
                }
                assert!(Instant::now() < until, "{selector}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            if let Some(next) = next {
                // What is not known to have happened cannot be taken back.
                screen.sees("done: endpoints").await;
                screen.press(next);
                confirm(&mut screen).await;
            }
        }
        screen.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_gone() {
    on_stage(|stage| async move {
        stage.deployment("ours", "app:v1", 1).await;
        let mut screen = Session::open(&stage.options(), (200, 50));
        screen.row("ours", &["app:v1"]).await;
        screen.press("Ctrl-d");
        confirm(&mut screen).await;
        screen.sees("done: it is gone").await;
        screen.end().await;
    })
    .await;
}
