//! Channels into pods, over real HTTP and WebSockets, without a screen: what runs there, how it ends, what is refused.

use std::sync::Arc;
use std::time::Duration;

use dogwatch::cluster::{Channel, Cluster, Connector, Endpoint, Remote, Said, Target};
use dogwatch::demo::{self, Fault};
use dogwatch::gate::Mode;
use dogwatch::model::remote::End;
use dogwatch::model::trouble::TroubleKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::harness::story;

/// A session without a screen.
struct Way {
    cluster: demo::Cluster,
    connector: Connector,
    _session: Cluster,
    _events: mpsc::Receiver<dogwatch::cluster::ClusterEvent>,
}

impl Way {
    async fn open() -> Self {
        let cluster = story(false).await;
        let (events, inbox) = mpsc::channel(100);
        let embedded = cluster.clone();
        let endpoint = Endpoint::Memory(Arc::new(move || embedded.connect()));
        let session =
            Cluster::open(Target::embedded("demo", "production"), endpoint, Mode::ReadWrite, events);
        let connector = session.connector().unwrap();
        Self { cluster, connector, _session: session, _events: inbox }
    }

    fn pod(&self, prefix: &str) -> String {
        let pods = self.cluster.store().list(demo::resource::PODS, None).1;
        pods.iter().find(|pod| pod.name.starts_with(prefix)).unwrap().name.to_string()
    }

    async fn exec(&self, command: &[&str], stdin: bool, tty: bool) -> Remote {
        self.connector
            .run("production", &self.pod("api-status-blue"), exec(command, stdin, tty))
            .await
            .unwrap()
    }

    /// The requests that opened, or would open, a channel.
    fn opened(&self) -> Vec<String> {
        let requests = self.cluster.requests();
        let paths = requests.iter().map(|request| format!("{} {}", request.method, request.path_and_query));
        paths
            .filter(|path| ["/exec", "/attach", "/portforward"].iter().any(|sub| path.contains(sub)))
            .collect()
    }
}

fn exec(command: &[&str], stdin: bool, tty: bool) -> Channel {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Channel::Exec { container: None, command, stdin, tty }
}

/// What it says to its end.
async fn to_the_end(remote: Remote) -> (String, String, End) {
    let Remote { input: _input, mut output } = remote;
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    loop {
        match output.next().await {
            Said::Out(bytes) => out.extend_from_slice(&bytes),
            Said::Err(bytes) => errors.extend_from_slice(&bytes),
            Said::End(end) => {
                return (String::from_utf8(out).unwrap(), String::from_utf8(errors).unwrap(), end);
            }
        }
    }
}

/// What it says until a text.
async fn until(remote: &mut Remote, words: &str) -> String {
    let mut all = String::new();
    while !all.contains(words) {
        match remote.output.next().await {
            Said::Out(bytes) | Said::Err(bytes) => all.push_str(&String::from_utf8_lossy(&bytes)),
            Said::End(end) => panic!("ended with {end:?} after {all:?}"),
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn both_outputs_and_the_exit_code_come_apart() {
    let way = Way::open().await;
    let (out, errors, end) =
        to_the_end(way.exec(&["sh", "-c", "echo out; ls nope; exit 3"], false, false).await).await;
    assert_eq!((out.as_str(), end), ("out\n", End::Exit(3)));
    assert_eq!(errors, "ls: cannot access 'nope': No such file or directory\n");
    let (out, _, end) = to_the_end(way.exec(&["echo", "a b", "&c"], false, false).await).await;
    assert_eq!((out.as_str(), end), ("a b &c\n", End::Exit(0)));
    let pod = way.pod("api-status-blue");
    assert_eq!(
        way.opened()[1],
        format!(
            "GET /api/v1/namespaces/production/pods/{pod}/exec?command=echo&command=a+b&command=%26c&stderr=true&stdout=true"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn input_goes_there_and_ends() {
    let way = Way::open().await;
    let remote = way.exec(&["cat"], true, false).await;
    let text = "0123456789".repeat(40_000);
    let (input, sent) = (remote.input.clone(), text.clone());
    tokio::spawn(async move {
        assert!(input.send(sent.as_bytes()).await);
        assert!(input.close().await);
    });
    let (out, _, end) = to_the_end(remote).await;
    assert_eq!((out.len(), end), (text.len(), End::Exit(0)));
    assert!(out == text);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_there_has_a_size_and_takes_ctrl_c() {
    let way = Way::open().await;
    let mut remote = way.exec(&["bash"], true, true).await;
    assert!(remote.input.resize((132, 43)).await);
    until(&mut remote, "# ").await;
    remote.input.send(b"stty size\r").await;
    until(&mut remote, "43 132\r\n").await;
    remote.input.resize((80, 24)).await;
    remote.input.send(b"stty size\rsleep 1000\r").await;
    until(&mut remote, "24 80\r\n").await;
    remote.input.send(b"\x03").await;
    remote.input.send(b"exit 7\r").await;
    let (_, _, end) = to_the_end(remote).await;
    assert_eq!(end, End::Exit(7));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_said_in_the_runtimes_words() {
    let way = Way::open().await;
    let (_, _, end) = to_the_end(way.exec(&["zsh"], true, true).await).await;
    assert!(end.is_not_found(), "{end:?}");
    let End::Failed(said) = end else { panic!() };
    assert!(said.contains(r#"exec: "zsh": executable file not found in $PATH"#), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_the_servers_words() {
    let way = Way::open().await;
    let pod = way.pod("api-status-blue");
    way.cluster.faults().deny("create", "pods/exec", "production");
    let refused = |result: Result<Remote, _>| result.err().unwrap();
    let trouble: dogwatch::model::trouble::Trouble =
        refused(way.connector.run("production", &pod, exec(&["sh"], true, true)).await);
    assert_eq!(trouble.kind, TroubleKind::Forbidden);
    assert_eq!(trouble.missing.as_deref(), Some("create pods/exec in namespace production"));
    assert!(trouble.said.contains("cannot create resource \"pods/exec\""), "{}", trouble.said);
    assert!(trouble.tried.ends_with(&format!("/pods/{pod}/exec")), "{}", trouble.tried);
    let gone = refused(way.connector.run("staging", "gone", exec(&["sh"], true, true)).await);
    assert_eq!((gone.kind, gone.status), (TroubleKind::NotFound, Some(404)));
    let attach = Channel::Attach { container: Some("nope".to_owned()), stdin: false, tty: false };
    let trouble = refused(way.connector.run("production", &pod, attach).await);
    assert!(trouble.said.contains("container nope is not valid for pod"), "{}", trouble.said);
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_no_exit() {
    let way = Way::open().await;
    way.cluster.faults().add("GET", "/exec", Some(1), Fault::CutAfter(40));
    let mut remote = way
        .exec(&["sh", "-c", "echo begun; sleep 5; echo this is far more than forty bytes"], false, false)
        .await;
    until(&mut remote, "begun").await;
    let (_, _, end) = to_the_end(remote).await;
    assert!(matches!(end, End::Lost(_)), "{end:?}");
    // Cut from outside.
    let mut remote = way.exec(&["sh"], true, true).await;
    until(&mut remote, "# ").await;
    way.cluster.faults().cut_all();
    let (_, _, end) = to_the_end(remote).await;
    assert!(matches!(end, End::Lost(_)), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_any_more_is_lost() {
    let way = Way::open().await;
    let mut remote = way.exec(&["sh"], true, true).await;
    until(&mut remote, "# ").await;
    // Long quiet is no loss: signs of life are asked for.
    let quiet = tokio::time::timeout(Duration::from_mins(5), remote.output.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    way.cluster.faults().silence_open();
    let (_, _, end) = to_the_end(remote).await;
    let End::Lost(trouble) = end else { panic!("{end:?}") };
    assert_eq!(trouble.kind, TroubleKind::Silent);
}

#[tokio::test(start_paused = true)]
async fn attaching_shows_what_the_process_says() {
    let way = Way::open().await;
    let attach = Channel::Attach { container: None, stdin: false, tty: false };
    let mut remote = way.connector.run("production", &way.pod("api-status-blue"), attach).await.unwrap();
    assert!(until(&mut remote, "\n").await.contains("\"msg\""));
}

#[tokio::test(start_paused = true)]
async fn a_port_answers_and_one_that_nobody_listens_on_refuses() {
    let way = Way::open().await;
    let pod = way.pod("api-status-blue");
    let mut tunnel = way.connector.forward("production", &pod, 8080).await.unwrap();
    for path in ["/a", "/b"] {
        tunnel.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(format!("{path}\n").as_bytes()) {
            assert_ne!(tunnel.read_buf(&mut answer).await.unwrap(), 0);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("this is {pod}, port 8080")), "{answer}");
    }
    // The near end says that it has nothing more to say; what comes back is still read.
    tunnel.write_all(b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
    tunnel.shutdown().await.unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("/last\n"), "{answer}");
    assert_eq!(tunnel.why().await, None);

    // However long that takes; afterwards the far end, which keeps its own open, is not waited for for ever.
    let mut tunnel = way.connector.forward("production", &pod, 8080).await.unwrap();
    tunnel.write_all(b"GET /after/3600 HTTP/1.1\r\n\r\n").await.unwrap();
    tunnel.shutdown().await.unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("/after/3600\n"), "{answer}");
    assert_eq!(tunnel.why().await, None);

    let mut tunnel = way.connector.forward("production", &pod, 81).await.unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).await.unwrap();
    let why = tunnel.why().await.unwrap();
    assert!(why.said.contains("connection refused"), "{}", why.said);
}

#[tokio::test(start_paused = true)]
async fn in_read_only_mode_there_is_no_connector() {
    let cluster = story(false).await;
    let (events, _inbox) = mpsc::channel(100);
    let endpoint = Endpoint::Memory(Arc::new(move || cluster.connect()));
    let session = Cluster::open(Target::embedded("demo", "production"), endpoint, Mode::ReadOnly, events);
    assert!(session.connector().is_none());
}
