//! Health, metrics and info endpoints of pods and services, through the API server's proxy.

use dogwatch::demo::Fault;
use dogwatch::journal::{Entry, Journal};

use crate::harness::{Session, Setup};
use crate::journal::written;
use crate::snapshots::picture_of;

/// Paths of requests that went through a proxy.
fn asked(session: &Session) -> Vec<String> {
    let all = session.cluster.requests();
    all.into_iter()
        .map(|one| format!("{} {}", one.method, one.path_and_query))
        .filter(|one| one.contains("/proxy"))
        .collect()
}

/// The times differ from run to run.
fn without_times(screen: &str) -> String {
    let time = regex::Regex::new(r" in \d+ ms").unwrap();
    time.replace_all(screen, " in N ms").into_owned()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_of_a_service_and_of_a_pod_is_read_and_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    for (name, width, height) in [("endpoint-80x24", 80, 24), ("endpoint-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).writes().journal(&journal).live().await;
        session.command("svc /web").await;
        session.until_text("Services").await;
        session.press("H").await;
        session.until_text("GET of service/web: /healthz").await;
        session.press("down enter").await;
        session.until_text("GET /metrics of service/web:80").await;
        session.until_text("200 in").await;
        session.sees("http_requests_total{code=\"500\"");
        picture_of(name, &without_times(&session.screen()));
        assert_eq!(asked(&session), ["GET /api/v1/namespaces/production/services/web:80/proxy/metrics"]);
    }
    let mut session = Setup::default().size(120, 30).writes().journal(&journal).live().await;
    session.command("po /web").await;
    session.until_text("web-").await;
    session.press("H ctrl-u").await;
    session.type_text("8080/info?token=secret").await;
    session.press("enter").await;
    session.until_text("\"image\": ").await;
    // Asked again by a key.
    session.press("ctrl-r").await;
    session.until("the second answer", |screen| screen.contains("200 in")).await;
    assert_eq!(asked(&session).len(), 2);
    session.press("esc").await;
    let entries = written(&mut session, &journal, |lines| {
        lines.last().is_some_and(|last| last.outcome == "done" && last.title.contains("/info"))
    })
    .await;
    let last = entries.last().unwrap();
    assert!(last.title.starts_with("GET /info of pod/web-"), "{last:?}");
    assert_eq!((last.outcome.as_str(), last.namespace.as_str()), ("done", "production"));
    assert!(last.words.starts_with("200 in"), "{last:?}");
    let written = std::fs::read_to_string(journal.path()).unwrap();
    assert!(!written.contains("token") && !written.contains("http_requests"), "{written}");
}

#[tokio::test(start_paused = true)]
async fn what_answers_badly_or_not_at_all_is_said() {
    let mut session = Setup::default().size(120, 30).writes().live().await;
    session.command("po /web").await;
    session.until_text("web-").await;
    session.faults().add("GET", "/proxy", Some(1), Fault::status(503));
    session.press("H enter").await;
    session.until_text("503 in").await;
    session.sees("the server is currently unable to handle the request");
    session.press("esc").await;
    // What hangs can be left; it was written down that it was asked.
    session.faults().add("GET", "/proxy", None, Fault::Hang);
    session.press("H enter").await;
    session.until_text("asking").await;
    session.press("esc J").await;
    session.until_text("its answer was not waited for").await;
    session.press("esc").await;
    session.press("H enter").await;
    session.until_text("no answer in time").await;
    // What is no path is said, and can be mended.
    session.press("esc").await;
    session.press("H ctrl-u").await;
    session.type_text("healthz").await;
    session.press("enter").await;
    session.until_text("a path begins with /").await;
}

#[tokio::test(start_paused = true)]
async fn read_only_asks_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let mut session = Setup::default().size(120, 30).journal(&journal).live().await;
    session.command("po /web").await;
    session.until_text("web-").await;
    session.press("H").await;
    session.until_text("read-only: endpoint needs get pods/proxy").await;
    assert_eq!(asked(&session), Vec::<String>::new());
    let refused = |lines: &[Entry]| {
        lines.iter().any(|line| line.is_refusal() && line.title.starts_with("endpoint pod/web-"))
    };
    assert!(refused(&written(&mut session, &journal, refused).await));
}
