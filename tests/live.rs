//! The program on a real API server: what a stand-in cannot prove.
//!
//! Opt-in: `DOGWATCH_LIVE_KUBECONFIG=FILE cargo test --test live`. Without it every test says that it was skipped. The
//! current context needs the rights to make namespaces and to impersonate. Everything happens in namespaces of the
//! tests' own, which are removed at the end, also after a failure. No kubelet is needed: the tests play it by writing
//! statuses; only those of logs, exec, forwards and copies want a real one, and say so when there is none.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test's helper fails the test")]

#[path = "live/changes.rs"]
mod changes;
#[path = "live/kubelet.rs"]
mod kubelet;
#[path = "live/oncall.rs"]
mod oncall;
#[path = "live/session.rs"]
mod session;
#[path = "live/stage.rs"]
mod stage;
#[path = "live/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dogwatch::cluster::{Channel, Cluster, ClusterEvent, ConnectOptions, Endpoint, LinkState, Said};
use dogwatch::model::cache::Cache;
use dogwatch::model::feed::{FeedKey, FeedUpdate};
use dogwatch::model::record::Kind;
use dogwatch::model::remote::End;
use serde_json::{Value, json};
use session::Session;
use stage::on_stage;

const KINDS: [Kind; 7] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Node,
    Kind::Event,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_changed_and_deleted_shows() {
    on_stage(|stage| async move {
        let mut screen = Session::open(&stage.options(), (200, 50));
        screen.sees(&format!("no deployments in {}", stage.name)).await;
        screen.top_says("live").await;

        // Made by somebody else, while we look.
        stage.deployment("web", "app:v1", 2).await;
        stage.service("front", json!({"app": "web"})).await;
        let first = stage.pod("lone-1", json!({"tier": "a"})).await;
        stage.pod("lone-2", json!({"tier": "b"})).await;
        screen.sees("app:v1").await;
        screen.sees("front").await;
        screen.press("= 2 z");
        screen.row("lone-1", &["0/1", "Pending"]).await;
        screen.row("lone-2", &["0/1", "Pending"]).await;

        // Changed.
        stage.pod_status("lone-1", stage::crashing(3)).await;
        screen.row("lone-1", &["0/1", "CrashLoopBackOff", "3"]).await;
        stage.pod_status("lone-2", stage::running()).await;
        screen.row("lone-2", &["1/1", "Running"]).await;
        screen.press("z");
        stage.image("web", "app:v2").await;
        screen.sees("app:v2").await;

        // The mark goes with the object; a new object of the same name is another one.
        screen.press("2 z ! g Space");
        screen.sees("1 marked").await;
        stage.delete(&format!("/api/v1/namespaces/{}/pods/lone-1", stage.name)).await;
        screen.until("the pod and its mark are gone", |text| !text.contains("1 marked")).await;
        let again = stage.pod("lone-1", json!({"tier": "a"})).await;
        stage.pod_status("lone-1", stage::crashing(1)).await;
        assert_ne!(first, again);
        screen.row("lone-1", &["CrashLoopBackOff", "1"]).await;
        assert!(!screen.text().contains("1 marked"), "{}", screen.text());
        screen.press("! z =");

        stage.delete(&format!("/apis/apps/v1/namespaces/{}/deployments/web", stage.name)).await;
        screen.sees(&format!("no deployments in {}", stage.name)).await;
        screen.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filter_yaml_containers_and_another_namespace() {
    on_stage(|stage| async move {
        for at in 0..12 {
            let name = format!("row-{at:02}");
            stage.pod(&name, json!({"app": "rows", "odd": if at % 2 == 1 { "yes" } else { "no" }})).await;
        }
        let other = stage.another().await;
        stage.pod_in(&other, "elsewhere", json!({"app": "rows"})).await;

        let mut screen = Session::open(&stage.options(), (80, 24));
        screen.press("2 z");
        screen.row("row-11", &["Pending"]).await;
        screen.press("/");
        screen.type_text("odd=yes");
        screen.press("Enter");
        screen
            .until("even rows are filtered", |text| !text.contains("row-10") && text.contains("row-11"))
            .await;
        screen.press("Esc");
        screen.row("row-10", &["Pending"]).await;

        screen.press("g y");
        screen.sees("YAML of Pod").await;
        screen.sees(&format!("namespace: {}", stage.name)).await;
        assert!(!screen.text().contains("managedFields"), "{}", screen.text());
        screen.press("Esc");
        screen.row("row-00", &["Pending"]).await;
        screen.press("Enter");
        screen.sees("Containers of").await;
        screen.row("main", &["app:v1"]).await;
        screen.press("Esc");

        screen.press(":");
        screen.type_text(&format!("ns {other}"));
        screen.press("Enter");
        screen.row("elsewhere", &["Pending"]).await;
        assert!(!screen.text().contains("row-0"), "{}", screen.text());
        assert!(screen.text().lines().next().unwrap().contains(&other), "{}", screen.text());
        screen.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_follow_a_container_that_starts_later() {
    on_stage(|stage| async move {
        stage.run_pod("talks", json!({})).await;
        let mut screen = Session::open(&stage.options(), (120, 30));
        screen.press("2 z");
        screen.row("talks", &[]).await;
        screen.press("l");
        screen.sees("Log of talks").await;
        if !stage.runs("talks").await {
            return;
        }
        // Asked for before there was anything: it comes by itself.
        screen.sees("following").await;
        screen
            .until("a line of the log", |text| text.lines().nth(2).is_some_and(|line| line.len() > 5))
            .await;
        screen.press("Esc");
        screen.row("talks", &["Running"]).await;
        screen.end().await;
    })
    .await;
}

/// What a runtime says at the end of a process, and of one that is not there, is nothing that a stand-in can prove.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exec_tells_exits_and_missing_programs_apart() {
    on_stage(|stage| async move {
        stage.run_pod("inside", json!({})).await;
        if !stage.runs("inside").await {
            return;
        }
        let target = dogwatch::cluster::load(&stage.options()).unwrap();
        let (sender, mut events) = tokio::sync::mpsc::channel(64);
        let cluster = Cluster::open(target, Endpoint::Network, dogwatch::gate::Mode::ReadWrite, sender);
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let connector = cluster.connector().unwrap();
        for (command, out, code) in [
            (vec!["sh", "-c", "echo out; exit 3"], "out\n", Some(3)),
            (vec!["sh", "-c", "true"], "", Some(0)),
            (vec!["no-such-shell"], "", None),
        ] {
            let command = command.into_iter().map(str::to_owned).collect();
            let channel = Channel::Exec { container: None, command, stdin: false, tty: false };
            let mut remote = connector.run(&stage.name, "inside", channel).await.unwrap();
            let mut said = Vec::new();
            let end = loop {
                match remote.output.next().await {
                    Said::Out(bytes) => said.extend_from_slice(&bytes),
                    Said::Err(_) => {}
                    Said::End(end) => break end,
                }
            };
            assert_eq!(String::from_utf8_lossy(&said), out, "{end:?}");
            match code {
                Some(code) => assert_eq!(end, End::Exit(code)),
                None => assert!(end.is_not_found() || matches!(end, End::Exit(126 | 127)), "{end:?}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_see_little_sees_that_and_is_told_the_rest() {
    on_stage(|stage| async move {
        stage.pod("visible", json!({"app": "x"})).await;
        let user = stage.user_who_reads_pods().await;
        let options = ConnectOptions { as_user: Some(user), ..stage.options() };
        let mut screen = Session::open(&options, (160, 40));
        screen.row("visible", &["Pending"]).await;
        screen.sees("forbidden").await;
        screen.sees("list deployments").await;
        screen.end().await;

        // Nothing at all is allowed: still a screen, with the reason.
        let nobody = ConnectOptions {
            as_user: Some(format!("system:serviceaccount:{}:nobody", stage.name)),
            ..stage.options()
        };
        let mut screen = Session::open(&nobody, (160, 40));
        screen.sees("forbidden").await;
        screen.sees("list pods").await;
        screen.end().await;
    })
    .await;
}

/// A feed's cache, and how far it is.
async fn follow(options: &ConnectOptions, kinds: &[Kind], namespace: Option<&str>) -> (Cache, Vec<String>) {
    let target = dogwatch::cluster::load(options).unwrap();
    let (sender, mut events) = tokio::sync::mpsc::channel(64);
    let cluster = Cluster::open(target, Endpoint::Network, dogwatch::gate::Mode::ReadOnly, sender);
    let key = |kind: Kind| FeedKey {
        kind,
        namespace: namespace.filter(|_| kind.namespaced()).map(Into::into),
        selectors: dogwatch::model::feed::Selectors::default(),
        session: 0,
    };
    for kind in kinds {
        cluster.watch(key(*kind));
    }
    let (mut cache, mut synced, mut troubles) = (Cache::default(), 0, Vec::new());
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    while synced < kinds.len() {
        match tokio::time::timeout_at(deadline, events.recv()).await.expect("lists within a minute").unwrap()
        {
            ClusterEvent::Feed { key, update } => {
                synced += usize::from(update == FeedUpdate::Synced);
                if let FeedUpdate::Interrupted(trouble) = &update {
                    troubles.push(format!("{:?}: {trouble}", key.kind));
                }
                cache.apply(key.kind, update);
            }
            ClusterEvent::Link(LinkState::Down { trouble, .. }) => panic!("{trouble} ({})", trouble.tried),
            _ => {}
        }
    }
    (cache, troubles)
}

fn names(cache: &Cache, kind: Kind) -> BTreeMap<String, String> {
    let one = |record: &dogwatch::model::record::Record| {
        let meta = record.meta();
        (meta.uid.to_string(), format!("{}/{}", meta.namespace, meta.name))
    };
    cache.table(kind).iter().map(|(_, record)| one(record)).collect()
}

fn listed(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |item: &Value| {
        let meta = &item["metadata"];
        (text(&meta["uid"]), format!("{}/{}", text(&meta["namespace"]), text(&meta["name"])))
    };
    list["items"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_hold_what_a_list_holds() {
    on_stage(|stage| async move {
        // More than one page, and one of everything.
        let client = stage.clone();
        stage::each(130, move |at| {
            let stage = client.clone();
            async move { drop(stage.pod(&format!("many-{at:03}"), json!({"n": at.to_string()})).await) }
        })
        .await;
        stage.deployment("web", "app:v1", 1).await;
        stage.replica_set("lone").await;
        stage.service("front", json!({"app": "web"})).await;
        stage.endpoint_slice("by-hand", "front").await;
        stage.event("said", "many-000").await;

        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let (cache, troubles) = follow(&stage.options(), &KINDS, Some(&stage.name)).await;
            assert_eq!(troubles, Vec::<String>::new());
            let mut different = Vec::new();
            for kind in KINDS {
                let ours = names(&cache, kind);
                let theirs = listed(&stage.get(&stage.path(kind)).await);
                assert!(!theirs.is_empty() || kind == Kind::Node, "no {kind:?}");
                if ours != theirs {
                    different.push(format!("{kind:?}: ours {ours:?}, theirs {theirs:?}"));
                }
            }
            if different.is_empty() {
                break;
            }
            // Controllers may have worked between the two lists; not for long.
            assert!(Instant::now() < until, "{different:#?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_say_what_the_servers_tables_say() {
    on_stage(|stage| async move {
        words::every_state(&stage).await;
        let options = ConnectOptions { all_namespaces: true, ..stage.options() };
        // What differs in every comparison is wrong; what differs once changed between the two questions.
        let mut wrong: Option<Vec<String>> = None;
        let mut compared = 0;
        for _ in 0..5 {
            let (cache, _) = follow(&options, &KINDS, None).await;
            let mut different = Vec::new();
            compared = 0;
            for table in words::TABLES {
                let theirs = stage.table(table.path).await;
                let (rows, found) = words::compare(table, &cache, &theirs);
                compared += rows;
                different.extend(found);
            }
            let still = |said: &String| wrong.as_ref().is_none_or(|wrong| wrong.contains(said));
            different.retain(still);
            if different.is_empty() {
                eprintln!("live: {compared} rows say what the server's tables say");
                return;
            }
            wrong = Some(different);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let wrong = wrong.unwrap_or_default();
        panic!("{} of {compared} rows differ: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    })
    .await;
}
