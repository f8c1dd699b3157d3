//! The log screen: whose logs, what is shown of them, where one reads, what is done with them.

use std::time::Duration;

use dogwatch::app::Leave;
use dogwatch::demo::resource;
use dogwatch::model::log::{Containers, Since};
use dogwatch::screen::Screen;
use dogwatch::screen::logs::Logs;
use serde_json::json;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

fn logs(session: &Session) -> &Logs {
    match session.state().stack.last() {
        Some(Screen::Logs(logs)) => logs,
        _ => panic!("no logs on the screen:\n{}", session.screen()),
    }
}

/// Puts the cursor of the deployments pane on one of them.
async fn select(session: &mut Session, name: &str) {
    session.press("1 /").await;
    session.type_text(name).await;
    session.press("enter g").await;
}

async fn followed(session: &mut Session) {
    session.until("lines", |screen| screen.contains("following") && !screen.contains("line 0/0")).await;
}

#[tokio::test(start_paused = true)]
async fn one_stream_of_whatever_is_selected() {
    let mut session = Session::live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.sees("Logs of deployment/api-status-blue  last 500  3 streams");
    session.press("esc 3 g l").await;
    followed(&mut session).await;
    session.sees("Logs of service/api-status");
    session.press("esc 4 g l").await;
    session.until_text("Logs of pods with").await;
    session.press("esc").await;
    session.command("rs").await;
    session.until_live().await;
    session.press("l").await;
    session.until_text("Logs of replicaset/").await;
    session.press("esc esc 2 / a p i enter g space space l").await;
    followed(&mut session).await;
    session.sees("Logs of 2 marked rows  last 500  2 streams");
    session.press("esc").await;
    assert!(session.state().operations.open().next().is_none(), "{:?}", session.state().operations);
    // What has no logs says so.
    session.command("no").await;
    session.until_live().await;
    session.press("l").await;
    session.sees("logs does not apply to a Node");
}

#[tokio::test(start_paused = true)]
async fn one_of_several_containers_is_chosen() {
    let mut session = Setup::default().size(120, 30).live().await;
    let store = session.cluster.store().clone();
    let container = |name: &str| json!({"name": name, "image": format!("registry.example.io/{name}:1")});
    store
        .create(
            resource::DEPLOYMENTS,
            json!({"metadata": {"name": "duo", "namespace": "production"}, "spec": {"replicas": 1,
                "selector": {"matchLabels": {"app": "duo"}},
                "template": {"metadata": {"labels": {"app": "duo"}},
                    "spec": {"containers": [container("app"), container("proxy")]}}}}),
        )
        .unwrap();
    session.run_for(Duration::from_secs(20)).await;
    select(&mut session, "duo").await;
    session.press("2 l").await;
    followed(&mut session).await;
    session.sees("2 streams");
    session.until("both names", |screen| screen.contains("  app ") && screen.contains("  proxy ")).await;
    session.press("i").await;
    session.sees_no("  proxy 2");
    session.press("i a").await;
    session.sees("all and init");
    session.type_text("proxy").await;
    session.press("enter").await;
    followed(&mut session).await;
    assert_eq!(logs(&session).query.containers, Containers::Named(vec!["proxy".to_owned()]));
    session.sees_no("  app ");
    session.press("esc").await;
    session.sees("2 Pods of duo");
}

#[tokio::test(start_paused = true)]
async fn what_one_reads_stays_while_lines_come() {
    let mut session = Setup::default().size(100, 16).live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.press("pageup").await;
    session.sees("paused here");
    let lines =
        |session: &Session| session.screen().lines().skip(2).take(13).map(str::to_owned).collect::<Vec<_>>();
    let before = lines(&session);
    let end = logs(&session).ring().end();
    session.run_for(Duration::from_mins(1)).await;
    assert!(logs(&session).ring().end() > end, "lines are taken in meanwhile");
    assert_eq!(lines(&session), before);
    session.press("G").await;
    session.sees("following");
    assert_ne!(lines(&session), before);
    // A separator tells what comes from what was.
    session.press("enter").await;
    session.sees("──────── 11-21 02:0");
    session.press("C").await;
    assert!(logs(&session).ring().len() < 5, "what was read so far is forgotten:\n{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn more_streams_are_let_in_and_what_was_read_stays() {
    let mut session = Session::live().await;
    session.app.state.settings.logs.streams = 2;
    session.press("l").await;
    session.until_text("2 of 3 streams (M more)").await;
    followed(&mut session).await;
    let asked = |session: &Session| -> usize {
        let all = session.cluster.requests();
        all.iter().filter(|request| request.path_and_query.contains("/log?")).count()
    };
    let first = logs(&session).ring().get(0).unwrap().text.to_owned();
    assert_eq!(asked(&session), 2);
    session.press("M").await;
    session.until_text("  3 streams").await;
    assert_eq!(asked(&session), 3, "those that are open go on");
    assert_eq!(logs(&session).ring().get(0).unwrap().text, first);
    session.press("M").await;
    session.sees("all streams are open");
}

#[tokio::test(start_paused = true)]
async fn since_and_tail_are_asked_anew() {
    let mut session = Setup::default().size(120, 20).live().await;
    session.press("l").await;
    followed(&mut session).await;
    for (keys, words, since, tail) in [
        ("3", "since 5m", Some(Since::Seconds(300)), None),
        ("1", "  all", None, None),
        ("0", "last 500", None, Some(500)),
    ] {
        session.press(keys).await;
        followed(&mut session).await;
        session.sees(words);
        assert_eq!((logs(&session).query.since, logs(&session).query.tail), (since, tail), "{keys}");
    }
    session.press("s").await;
    session.type_text("soon").await;
    session.press("enter").await;
    assert!(session.line(-1).contains("no duration and no time"), "{}", session.line(-1));
    session.press("ctrl-u").await;
    session.type_text("90s").await;
    session.sees("the last 90 s");
    session.press("enter").await;
    followed(&mut session).await;
    session.sees("since 90s, last 500");
    session.press("T ctrl-u").await;
    session.type_text("7").await;
    session.press("enter").await;
    followed(&mut session).await;
    session.sees("last 7");
    assert!(logs(&session).ring().len() < 40, "{}", logs(&session).ring().len());
    session.press("7").await;
    followed(&mut session).await;
    assert!(matches!(logs(&session).query.since, Some(Since::Time(_))), "the start of the rollout is known");
    // One operation at a time, and none afterwards.
    assert_eq!(session.state().operations.open().count(), 1);
    session.press("esc").await;
    assert_eq!(session.state().operations.open().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn lines_are_kept_left_out_searched_and_brought_back() {
    let mut session = Setup::default().size(120, 24).live().await;
    session.press("l").await;
    followed(&mut session).await;
    let text = |session: &Session| session.screen().lines().skip(3).take(20).collect::<Vec<_>>().join("\n");
    session.press("&").await;
    session.type_text("cart").await;
    session.sees("keep cart");
    assert!(
        text(&session).lines().all(|line| line.contains("cart")),
        "it shows while one types\n{}",
        session.screen()
    );
    session.press("enter !").await;
    session.type_text("/\"status\":(200|304)/").await;
    session.press("enter =").await;
    session.type_text("status>=").await;
    session.press("ctrl-u").await;
    session.type_text("status>=500").await;
    session.press("enter").await;
    session.sees("keep cart   not /\"status\":(200|304)/   status>=500");
    session.sees(" hidden");
    assert!(text(&session).contains("\"status\":500") && !text(&session).contains("\"status\":404"));
    session.press("/").await;
    session.type_text("error").await;
    session.press("enter N").await;
    session.sees("match ");
    // Esc takes one after the other away, the last one first, and says which; then it leaves.
    session.press("esc").await;
    session.sees_no("match ");
    session.sees("taken away: search error");
    for gone in ["status>=500", "not /", "keep cart"] {
        session.sees(gone);
        session.press("esc").await;
        assert!(!session.line(2).contains(gone), "{gone}\n{}", session.screen());
        session.sees(&format!("taken away: {gone}"));
    }
    // What was set last is another part this time.
    session.press("e &").await;
    session.type_text("cart").await;
    session.press("enter e").await;
    session.press("esc").await;
    session.sees("taken away: error and worse");
    session.press("esc").await;
    session.sees("taken away: keep cart");
    session.press("e e").await;
    session.sees("error and worse");
    assert!(
        text(&session).lines().all(|line| line.starts_with(" E") || line.starts_with(">E")),
        "{}",
        session.screen()
    );
    session.press("+").await;
    session.sees("1 line around");
    session.press("e z").await;
    session.sees_no("dogwatch");
    assert!(
        session.line(0).starts_with(" demo / production  DEMO  READ-ONLY Logs of"),
        "{}",
        session.line(0)
    );
    session.press("esc esc").await;
    session.sees("1 Deployments");
}

#[tokio::test(start_paused = true)]
async fn json_has_columns_and_a_pretty_form() {
    let mut session = Setup::default().size(120, 24).live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.press("v").await;
    let heading = session.line(2);
    let words: Vec<&str> = heading.split_whitespace().collect();
    assert_eq!(words, ["ts", "level", "msg", "path", "status", "ms"]);
    session.sees_no("{\"level\"");
    session.press("v").await;
    session.sees("  \"msg\": \"request\",");
    session.press("v").await;
    session.sees("{\"level\"");
}

#[tokio::test(start_paused = true)]
async fn lines_are_saved_to_a_new_file() {
    let mut session = Setup::default().size(120, 24).live().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("web.log").display().to_string();
    session.press("l").await;
    followed(&mut session).await;
    session.press("& c a r t enter pageup ctrl-s").await;
    assert!(
        session.line(-1).contains("save to: deployment-api-status-blue-20261121-"),
        "{}",
        session.line(-1)
    );
    let save = async |session: &mut Session| {
        session.press("ctrl-u").await;
        session.type_text(&path).await;
        session.press("enter").await;
        session.until("an answer", |screen| screen.contains("saved")).await;
    };
    save(&mut session).await;
    session.sees("saved ");
    let saved = std::fs::read_to_string(&path).unwrap();
    let only = saved.lines().filter(|line| !line.starts_with("# "));
    assert!(only.clone().count() > 10 && only.clone().all(|line| line.contains("cart")), "{saved}");
    assert!(only.clone().all(|line| line.starts_with("[api-status-blue-")), "whose they are\n{saved}");
    session.press("S").await;
    save(&mut session).await;
    session.sees("it exists already, and is not touched");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), saved);
}

#[tokio::test(start_paused = true)]
async fn the_pager_gets_the_lines_but_not_in_read_only_mode() {
    let mut session = Session::live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.press("|").await;
    session.sees("read-only: no pager is started");
    let mut session = Setup::default().writes().live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.press("e").await;
    session.press_and_leave("|", Leave::Page).await;
    let text = session.app.to_page().unwrap().to_owned();
    assert!(text.lines().count() > 10 && !text.contains("\"info\""), "{text}");
    session.app.paged(Err("the pager less: not found".to_owned())).unwrap();
    session.until_text("the pager less: not found").await;
    session.sees("warn and worse");
}

#[tokio::test(start_paused = true)]
async fn marked_lines_are_copied() {
    let mut session = Session::live().await;
    session.press("l").await;
    followed(&mut session).await;
    session.press("g space space space").await;
    session.sees("3 marked");
    session.press("c").await;
    session
        .until("an answer", |screen| screen.contains("copied 3 lines") || screen.contains("not copied"))
        .await;
}

#[tokio::test(start_paused = true)]
async fn the_release_screen_shows_the_logs_of_the_new_revision() {
    let mut session = Setup::default().size(200, 50).writes().live().await;
    select(&mut session, "api-status-green").await;
    session.press("R").await;
    session.until_text("Logs of revision").await;
    session.until("lines beside the bars", |screen| screen.contains("following")).await;
    let title = |session: &Session| {
        let line = session.line_with("Logs of revision");
        line[line.find("revision").unwrap()..].split("  ").next().unwrap().to_owned()
    };
    let before = title(&session);
    let store = session.cluster.store().clone();
    store
        .update(resource::DEPLOYMENTS, "production", "api-status-green", |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!("registry.example.io/shop/api-status:9.9");
            Ok(())
        })
        .unwrap();
    session.until("the new revision", |screen| !screen.contains(&before)).await;
    session.until("its pods", |screen| screen.contains("starting api-status:9.9")).await;
    session.run_for(Duration::from_mins(2)).await;
    // All pods of the new revision have joined by themselves, and none of the old one has.
    session.until_text("3 streams").await;
    session.press("g l").await;
    session.until_text("Logs of revision").await;
    followed(&mut session).await;
    session.press("esc v").await;
    session.sees_no("Logs of revision");
    session.press("v esc").await;
    assert!(session.state().operations.open().next().is_none(), "{:?}", session.state().operations);
}

#[tokio::test(start_paused = true)]
async fn pictures() {
    for (width, height) in [(80, 24), (200, 50)] {
        for (suffix, plain) in [("", false), ("-mono", true)] {
            let setup = Setup::default().size(width, height);
            let mut session = if plain { setup.plain() } else { setup }.live().await;
            session.press("l").await;
            followed(&mut session).await;
            session.press("t & c a r t enter e pageup").await;
            picture(&format!("logs-filtered{suffix}-{width}x{height}"), &session);
            if !plain {
                session.press("esc esc G t v").await;
                picture(&format!("logs-columns-{width}x{height}"), &session);
                session.press("esc").await;
                select(&mut session, "api-status-green").await;
                session.press("R").await;
                session.until("lines beside the bars", |screen| screen.contains("following")).await;
                picture(&format!("release-logs-{width}x{height}"), &session);
            }
        }
    }
}
