//! What a kubelet does: logs that go with a service, forwarded ports, copied files. Skipped, in words, where there is none.

use std::fs;

use dogwatch::cluster::{Cluster, Endpoint};
use dogwatch::gate::Mode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::session::Session;
use crate::stage::on_stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_of_a_service_go_with_its_selector() {
    on_stage(|stage| async move {
        for side in ["blue", "green"] {
            stage.run_pod(&format!("api-{side}"), json!({"side": side})).await;
        }
        stage.service("api", json!({"side": "blue"})).await;
        if !stage.runs("api-blue").await || !stage.runs("api-green").await {
            return;
        }
        let mut screen = Session::open(&stage.options(), (160, 30));
        screen.press("3 z");
        screen.row("api", &[]).await;
        screen.press("l");
        screen.sees("Logs of service/api").await;
        screen.sees("following").await;
        stage.select("api", json!({"side": "green"})).await;
        screen.sees("api now selects side=green").await;
        screen.sees("+ api-green/main").await;
        screen.sees("- api-blue/main: the pod is not selected any more").await;
        screen.press("Esc");
        screen.row("api", &[]).await;
        screen.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_is_reached_through_the_server() {
    on_stage(|stage| async move {
        stage.run_pod("serves", json!({})).await;
        if !stage.runs("serves").await {
            return;
        }
        let target = dogwatch::cluster::load(&stage.options()).unwrap();
        let (sender, mut events) = tokio::sync::mpsc::channel(64);
        let cluster = Cluster::open(target, Endpoint::Network, Mode::ReadWrite, sender);
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let connector = cluster.connector().unwrap();
        let mut answer = String::new();
        // The pod runs before what is in it listens.
        for _ in 0..50 {
            let mut tunnel = connector.forward(&stage.name, "serves", 8080).await.unwrap();
            let asked = tunnel.write_all(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n").await;
            answer.clear();
            if asked.is_ok() && tunnel.read_to_string(&mut answer).await.is_ok() && !answer.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        assert!(answer.starts_with("HTTP/1.") && answer.contains("200 OK"), "{answer}");
        // Nobody listens there.
        let mut tunnel = connector.forward(&stage.name, "serves", 9).await.unwrap();
        let mut nothing = Vec::new();
        let _ = tunnel.read_to_end(&mut nothing).await;
        assert_eq!(nothing, b"");
        assert!(tunnel.why().await.is_some(), "a port where nobody listens is said to be one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_into_a_container_and_come_back() {
    on_stage(|stage| async move {
        stage.run_pod("holds", json!({})).await;
        if !stage.runs("holds").await {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let (one, back) = (dir.path().join("one"), dir.path().join("back"));
        fs::write(&one, "x".repeat(200_000)).unwrap();
        let mut screen = Session::open(&stage.options(), (200, 30));
        screen.press("2 z");
        screen.row("holds", &["Running"]).await;
        screen.press("t");
        screen.type_text(&format!("{} :/tmp", one.display()));
        screen.press("Enter");
        screen.sees("/tmp/one: ").await;
        screen.press("t");
        screen.type_text(&format!(":/tmp/one {}", back.display()));
        screen.press("Enter");
        screen.sees("/back: ").await;
        assert_eq!(fs::read(&back).unwrap(), fs::read(&one).unwrap());
        screen.end().await;
    })
    .await;
}
