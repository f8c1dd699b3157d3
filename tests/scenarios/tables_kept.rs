//! What is done with rows from anywhere: filters in all their forms, orders and columns that are remembered, ways back and
//! forward, marks, copies.

use dogwatch::memory::{Memory, Store};

use crate::harness::{Session, Setup};

/// Opens a kind on the whole screen and waits until its rows follow the cluster.
async fn open(session: &mut Session, command: &str, title: &str) {
    session.command(command).await;
    session
        .until(title, |screen| screen.lines().nth(1).is_some_and(|line| line.trim_start().starts_with(title)))
        .await;
    let read = |screen: &str| {
        screen.lines().nth(1).is_some_and(|line| !line.contains('?') && !line.contains("so far"))
    };
    session.until("rows that are read", read).await;
}

async fn filter(session: &mut Session, text: &str) {
    session.press("/").await;
    session.press("ctrl-u").await;
    session.type_text(text).await;
    session.press("enter").await;
}

fn kept() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::in_dir(dir.path());
    (dir, store)
}

/// What is remembered, once it is written.
async fn remembered(session: &mut Session, store: &Store, is: impl Fn(&Memory) -> bool) -> Memory {
    for _ in 0..200 {
        let (memory, wrong) = store.read();
        assert_eq!(wrong, None);
        if is(&memory) {
            return memory;
        }
        session.run_for(std::time::Duration::from_millis(100)).await;
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    panic!("not remembered: {:?}", store.read());
}

#[tokio::test(start_paused = true)]
async fn filters_are_combined_and_compare_by_meaning() {
    let mut session = Setup::default().size(140, 40).live().await;
    open(&mut session, "po", "Pods").await;
    for (text, seen, not) in [
        ("status=Running and restarts<1", "Running", "CrashLoop"),
        ("status!=Running or restarts>=1", "CrashLoop", "Running   0"),
        ("not (status=Running or status=Completed)", "CrashLoop", "Running  "),
        ("ready<100% !status=Completed", "CrashLoop", "1/1"),
    ] {
        filter(&mut session, text).await;
        session.sees(seen);
        session.sees_no(not);
    }
    session.press("/").await;
    session.press("ctrl-u").await;
    session.type_text("status=Running and (age<2h or").await;
    session.sees("after or goes what else may be there");
}

#[tokio::test(start_paused = true)]
async fn the_server_selects_what_is_asked_of_it() {
    let mut session = Setup::default().size(140, 40).live().await;
    open(&mut session, "po", "Pods").await;
    filter(&mut session, "-l app=api-status").await;
    session.until_text("server: -l app=api-status").await;
    session
        .until("pods of api-status alone", |screen| {
            let rows: Vec<&str> = screen.lines().skip(3).take_while(|line| !line.trim().is_empty()).collect();
            !rows.is_empty() && rows.iter().take(3).all(|row| row.contains("api-status"))
        })
        .await;
    let requests: Vec<String> =
        session.cluster.requests().into_iter().map(|request| request.path_and_query).collect();
    assert!(
        requests
            .iter()
            .any(|path| path.contains("/pods?") && path.contains("labelSelector=app%3Dapi-status")),
        "{requests:#?}"
    );
    // What else is in the filter narrows what the server sends; without its part everything is there again.
    session.press("esc").await;
    session.until_no("server:").await;
    session.sees_no("nothing matches");
    filter(&mut session, "-f status.phase=Running,spec.nodeName=").await;
    session.until_text("server: -f status.phase=Running,spec.nodeName=").await;
    filter(&mut session, "-l 'a in'").await;
    session.until_text("pods -l a in:").await;
    // Other kinds too, and live.
    open(&mut session, "cm", "ConfigMaps").await;
    filter(&mut session, "-l no=such").await;
    session.until_text("ConfigMaps 0").await;
}

#[tokio::test(start_paused = true)]
async fn a_pane_of_the_home_screen_says_where_the_server_can_be_asked() {
    let mut session = Session::live().await;
    session.press("/").await;
    session.type_text("-l app=x").await;
    session.sees("the server is asked by a screen of its own: :deployments /-l app=x");
}

#[tokio::test(start_paused = true)]
async fn several_columns_sort_and_are_remembered() {
    let (_dir, store) = kept();
    let mut session = Setup::default().size(140, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    session.press("S").await;
    session.press("shift-down").await;
    session.press("I").await;
    session.sees("STATUS↑1");
    session.sees("RST↓2");
    let memory = remembered(&mut session, &store, |memory| {
        memory.sorts.get("pods").is_some_and(|keys| keys.len() == 2 && keys[1].descending)
    })
    .await;
    assert_eq!(memory.sorts["pods"][0].column, "status");
    drop(session);
    let mut session = Setup::default().size(140, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    session.sees("STATUS↑1");
    session.sees("RST↓2");
    session.press("N").await;
    session.sees("NAME↑");
    session.sees_no("↑1");
}

#[tokio::test(start_paused = true)]
async fn columns_are_chosen_ordered_and_remembered() {
    let (_dir, store) = kept();
    let mut session =
        Setup::default().size(140, 40).memory(&store).columns("pods", "node name status node").live().await;
    open(&mut session, "po", "Pods").await;
    let titles =
        |session: &Session| session.line(2).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(titles(&session), ["NODE", "NAME↑", "STATUS"]);
    session.press("ctrl-o").await;
    session.sees("Columns of pods");
    session.press("down").await;
    session.press("J").await;
    session.press("J").await;
    session.press("up").await;
    session.press("up").await;
    session.press("space").await;
    session.press("esc").await;
    // The name stays, whatever is pressed on it.
    assert_eq!(titles(&session), ["NAME↑", "STATUS", "NODE"]);
    remembered(&mut session, &store, |memory| memory.columns.contains_key("pods")).await;
    drop(session);
    let mut session = Setup::default().size(140, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    assert_eq!(titles(&session), ["NAME↑", "STATUS", "NODE"]);
    session.press("ctrl-o").await;
    session.press("r").await;
    session.press("esc").await;
    assert!(titles(&session).contains(&"READY".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn filters_come_again_by_arrows_and_bookmarks_by_name() {
    let (_dir, store) = kept();
    let mut session = Setup::default().size(140, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    filter(&mut session, "crash").await;
    filter(&mut session, "restarts>=1").await;
    session.command("bookmark restless").await;
    session.until_text(":restless goes to pods in production /restarts>=1").await;
    session.press("/").await;
    session.press("ctrl-u").await;
    session.type_text("new").await;
    for (key, line) in [
        ("up", "/restarts>=1"),
        ("up", "/crash"),
        ("up", "/crash"),
        ("down", "/restarts>=1"),
        ("down", "/new"),
    ] {
        session.press(key).await;
        session.sees(line);
    }
    session.press("esc").await;
    remembered(&mut session, &store, |memory| memory.bookmarks.contains_key("restless")).await;
    drop(session);
    let mut session = Setup::default().size(140, 40).namespace("kube-system").memory(&store).live().await;
    session.press(":").await;
    session.type_text("restless").await;
    session.sees("bookmark: pods in production /restarts>=1");
    session.press("enter").await;
    session.until_text("filter restarts>=1").await;
    session.sees("production");
    session.press("/").await;
    session.press("up").await;
    session.press("up").await;
    session.sees("/crash");
    session.press("esc").await;
    session.command("bookmark po").await;
    session.until_text("po means something else already").await;
    session.command("unbookmark restless").await;
    session.until_text("bookmark restless is gone").await;
}

#[tokio::test(start_paused = true)]
async fn back_and_forward_are_exactly_where_one_was() {
    let mut session = Setup::default().size(120, 12).live().await;
    open(&mut session, "po", "Pods").await;
    for key in ["down", "space", "pagedown", "down", "down", "up"] {
        session.press(key).await;
    }
    let table = session.screen();
    session.press("y").await;
    session.until_text("kind: Pod").await;
    session.press("pagedown").await;
    let yaml = session.line(3);
    session.press("[").await;
    assert_eq!(session.screen(), table);
    session.press("esc").await;
    session.sees("Deployments 16");
    session.press("]").await;
    assert_eq!(session.screen(), table);
    session.press("]").await;
    session.until("the same line", |screen| screen.lines().nth(3) == Some(yaml.as_str())).await;
    session.press("]").await;
    session.sees("there is nothing ahead");
    // Another way ends what was ahead.
    session.press("esc").await;
    open(&mut session, "svc", "Services").await;
    session.press("]").await;
    session.sees("there is nothing ahead");
}

#[tokio::test(start_paused = true)]
async fn rows_are_marked_by_range_and_by_filter() {
    let mut session = Setup::default().size(140, 40).keymap("k9s").live().await;
    open(&mut session, "po", "Pods").await;
    session.press("space").await;
    for _ in 0..3 {
        session.press("down").await;
    }
    session.press("V").await;
    session.sees("5 marked");
    session.press("ctrl-\\").await;
    filter(&mut session, "crash").await;
    session.press("*").await;
    session.press("esc").await;
    let marked = session.screen().lines().filter(|line| line.starts_with(" *")).count();
    assert_eq!(marked, 2, "{}", session.screen());
}

#[tokio::test(start_paused = true)]
async fn cells_rows_and_tables_are_copied_and_saved() {
    let mut session = Setup::default().size(140, 40).keymap("vim").live().await;
    let dir = tempfile::tempdir().unwrap();
    open(&mut session, "svc", "Services").await;
    filter(&mut session, "api-status").await;
    session.press("C").await;
    session.sees("cell type");
    session.sees("table as CSV");
    session.type_text("save table as json").await;
    session.press("enter").await;
    session.sees("save ");
    session.press("ctrl-u").await;
    let path = dir.path().join("services.json");
    session.type_text(path.to_str().unwrap()).await;
    session.press("enter").await;
    session.until_text("saved").await;
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let names: Vec<&str> = json.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(!names.is_empty() && names.iter().all(|name| name.contains("api-status")), "{names:?}");
}

#[tokio::test(start_paused = true)]
async fn what_opens_where_it_was_left_is_sorted_as_it_was() {
    let (dir, store) = kept();
    let mut session = Setup::default().size(140, 40).memory(&store).notes(dir.path()).live().await;
    open(&mut session, "po", "Pods").await;
    session.press("T").await;
    remembered(&mut session, &store, |memory| memory.sorts.contains_key("pods")).await;
    drop(session);
    let mut session = Setup::default().size(140, 40).memory(&store).notes(dir.path()).start().await;
    session.until("the pods, where they were left", |screen| screen.contains("Pods 41")).await;
    session.until_live().await;
    let heading = session.line(2);
    assert!(heading.contains("RST\u{2193}"), "{}", session.screen());
    let count = |line: &str| line.split_whitespace().find_map(|word| word.parse::<u32>().ok());
    let screen = session.screen();
    let restarts: Vec<u32> = screen.lines().skip(3).take(10).filter_map(count).collect();
    assert!(restarts.len() > 5 && restarts.is_sorted_by(|one, next| one >= next), "{restarts:?}\n{screen}");
    assert!(restarts[0] > 0, "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_broken_filter_says_what_is_shown_meanwhile() {
    let mut session = Setup::default().size(160, 40).live().await;
    open(&mut session, "po", "Pods").await;
    session.press("/").await;
    session.type_text("(").await;
    session.press("enter").await;
    session.sees("broken filter (, all rows shown: ");
    session.press("/").await;
    session.press("ctrl-u").await;
    session.type_text("orders and").await;
    session.press("enter").await;
    session.sees("broken filter orders and, rows of `orders an` shown: ");
}

#[tokio::test(start_paused = true)]
async fn wide_columns_are_remembered_for_each_kind() {
    let (_dir, store) = kept();
    let mut session = Setup::default().size(200, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    session.press("ctrl-w").await;
    remembered(&mut session, &store, |memory| memory.wide.get("pods") == Some(&true)).await;
    let titles = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let wide = titles(&session.line(2));
    drop(session);
    let mut session = Setup::default().size(200, 40).memory(&store).live().await;
    open(&mut session, "po", "Pods").await;
    assert_eq!(titles(&session.line(2)), wide);
    session.press("ctrl-w").await;
    remembered(&mut session, &store, |memory| memory.wide.is_empty()).await;
    assert_ne!(titles(&session.line(2)), wide);
}

#[tokio::test(start_paused = true)]
async fn a_selector_that_the_server_refuses_is_explained() {
    let mut session = Setup::default().size(200, 40).live().await;
    open(&mut session, "po", "Pods").await;
    filter(&mut session, "-f spec.colour=red").await;
    session.until_text("the server does not select by that: field label not supported: spec.colour").await;
    session.sees("fields of pods: spec.nodeName, spec.restartPolicy");
    session.sees_no("not possible now");
}

#[tokio::test(start_paused = true)]
async fn the_rows_of_a_copied_table_are_counted_without_its_titles() {
    let mut session = Setup::default().size(140, 40).live().await;
    open(&mut session, "deploy /frontend", "Deployments").await;
    session.until_text("filter frontend").await;
    session.press("C").await;
    session.type_text("table as csv").await;
    session.press("enter").await;
    session
        .until("an answer", |screen| screen.contains("copied 2 rows") || screen.contains("not copied"))
        .await;
    session.sees_no(" lines");
}
