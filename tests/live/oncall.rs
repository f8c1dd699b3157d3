//! On call on a real API server: what is wrong, why, and what changed, of objects that the test makes so.

use serde_json::json;

use crate::session::Session;
use crate::stage::{crashing, on_stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_why_and_what_changed() {
    on_stage(|stage| async move {
        stage.service("lonely", json!({"app": "nobody"})).await;
        stage.pod("crasher", json!({"app": "crasher"})).await;
        stage.pod_status("crasher", crashing(9)).await;
        let mut screen = Session::open(&stage.options(), (160, 50));
        screen.top_says("live").await;

        screen.press(": t r i a g e enter");
        screen.sees("svc lonely").await;
        screen.sees("matches nothing").await;
        screen.sees("pod crasher").await;
        screen.sees("crash loop").await;

        // Why of the pod, and what changed of it: the server's own times and managers.
        screen.press(": p o enter");
        screen.row("crasher", &["0/1"]).await;
        screen.press(".");
        screen.sees("Why Pod").await;
        screen.sees("CrashLoopBackOff").await;
        screen.press("esc");
        screen.press(": c h a n g e s enter");
        screen.sees("service/lonely").await;
        screen.sees("was created").await;

        // Somebody switches the selector, and the session sees it.
        stage.select("lonely", json!({"app": "crasher"})).await;
        screen.sees("selector app=nobody -> app=crasher").await;
        screen.end().await;
    })
    .await;
}
