//! Whatever a cluster sends, in whatever order, onto whatever terminal: the rows are what kube's own reflector has, and
//! nothing panics.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

#[path = "support/harness.rs"]
mod harness;

use std::collections::BTreeMap;
use std::time::Duration;

use dogwatch::demo::store::{DeleteOptions, Store};
use dogwatch::demo::{Clock, Cluster, resource};
use dogwatch::event::Event;
use dogwatch::keymap::key::{KeyCode, KeyPress};
use dogwatch::model::feed::{FeedKey, FeedUpdate, RowChange};
use dogwatch::model::project::Projector;
use dogwatch::model::record::Kind;
use dogwatch::model::trouble::{Trouble, TroubleKind};
use dogwatch::screen;
use dogwatch::state::session::Place;
use dogwatch::state::{Now, State};
use dogwatch::theme::Depth;
use dogwatch::update::update;
use futures::StreamExt as _;
use harness::{START, Setup, choices};
use http::Request;
use hyper_util::client::legacy::Client as HttpClient;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::{WatchStreamExt as _, reflector, watcher};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};

// ---- the rows against kube's own reflector --------------------------------------------------------------------------

/// One change of the cluster, chosen by chance.
#[derive(Debug, Clone)]
enum Step {
    Create(u8, u8),
    Relabel(u8, u8),
    Delete(u8),
    Wait,
    Cut,
    Outage,
    Forget,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..12_u8, 0..4_u8).prop_map(|(name, label)| Step::Create(name, label)),
        4 => (0..12_u8, 0..4_u8).prop_map(|(name, label)| Step::Relabel(name, label)),
        3 => (0..12_u8).prop_map(Step::Delete),
        2 => Just(Step::Wait),
        1 => Just(Step::Cut),
        1 => Just(Step::Outage),
        1 => Just(Step::Forget),
    ];
    prop::collection::vec(step, 1..40)
}

fn pod(name: u8, label: u8) -> Value {
    json!({"metadata": {"name": format!("pod-{name}"), "namespace": "default", "labels": {"label": format!("l{label}")}},
           "spec": {"containers": [{"name": "main", "image": "image:1"}]}})
}

fn perform(store: &Store, step: &Step) {
    // What is not there cannot be changed, and what is there cannot be created: both are fine here.
    let _ = match step {
        Step::Create(name, label) => store.create(resource::PODS, pod(*name, *label)).map(drop),
        Step::Relabel(name, label) => store
            .update(resource::PODS, "default", &format!("pod-{name}"), |pod| {
                pod["metadata"]["labels"]["label"] = json!(format!("l{label}"));
                Ok(())
            })
            .map(drop),
        Step::Delete(name) => {
            store.delete(resource::PODS, "default", &format!("pod-{name}"), &DeleteOptions::now()).map(drop)
        }
        Step::Wait | Step::Cut | Step::Outage | Step::Forget => Ok(()),
    };
}

/// A client of kube itself, with nothing of this program in it.
fn kube_client(cluster: &Cluster) -> kube::Client {
    let cluster = cluster.clone();
    let connector = tower::service_fn(move |_: http::Uri| {
        let stream = hyper_util::rt::TokioIo::new(cluster.connect());
        std::future::ready(Ok::<_, std::io::Error>(Connected(stream)))
    });
    let http = HttpClient::builder(hyper_util::rt::TokioExecutor::new()).build(connector);
    let service = tower::ServiceBuilder::new()
        .map_request(|mut request: Request<kube::client::Body>| {
            let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
            *request.uri_mut() = format!("http://embedded{path}").parse().unwrap();
            request
        })
        .service(http);
    kube::Client::new(service, "default")
}

/// A connection in memory, as the HTTP client wants it.
struct Connected(hyper_util::rt::TokioIo<tokio::io::DuplexStream>);

impl hyper_util::client::legacy::connect::Connection for Connected {
    fn connected(&self) -> hyper_util::client::legacy::connect::Connected {
        hyper_util::client::legacy::connect::Connected::new()
    }
}

impl hyper::rt::Read for Connected {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buf: hyper::rt::ReadBufCursor<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl hyper::rt::Write for Connected {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buf: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

async fn compare(steps: Vec<Step>) {
    let cluster = Cluster::empty(Clock::starting_at(START.parse().unwrap()), 1);
    let mut session = Setup::default().size(80, 24).namespace("default").cluster(&cluster).live().await;
    let (reader, writer) = reflector::store::<Pod>();
    let pods = kube::Api::<Pod>::namespaced(kube_client(&cluster), "default");
    let stream = watcher(pods, watcher::Config::default()).default_backoff().reflect(writer);
    let reflecting = tokio::spawn(stream.for_each(|_| async {}));
    reader.wait_until_ready().await.unwrap();
    for step in &steps {
        perform(cluster.store(), step);
        match step {
            Step::Wait => session.run_for(Duration::from_millis(300)).await,
            Step::Cut => cluster.faults().cut_all(),
            Step::Outage => {
                cluster.faults().refuse(true);
                cluster.faults().cut_all();
                session.run_for(Duration::from_secs(2)).await;
                cluster.faults().refuse(false);
            }
            Step::Forget => cluster.store().forget_history(),
            _ => {}
        }
    }
    session.run_for(Duration::from_secs(1)).await;
    session.until_live().await;
    // kube's backoff after an outage is up to half a minute; ours is not, but both have to be there.
    session.run_for(Duration::from_mins(2)).await;
    let theirs: BTreeMap<String, String> =
        reader.state().iter().map(|pod| (pod.metadata.uid.clone().unwrap(), told(pod))).collect();
    let ours: BTreeMap<String, String> = session
        .state()
        .cache
        .table(Kind::Pod)
        .iter()
        .map(|(_, record)| {
            let meta = record.meta();
            let labels: Vec<String> =
                meta.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            (meta.uid.to_string(), format!("{}/{} {}", meta.namespace, meta.name, labels.join(",")))
        })
        .collect();
    reflecting.abort();
    assert_eq!(ours, theirs, "{steps:?}");
    assert_eq!(theirs.len(), cluster.store().list(resource::PODS, Some("default")).1.len());
}

fn told(pod: &Pod) -> String {
    let meta = &pod.metadata;
    let labels: Vec<String> =
        meta.labels.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{}/{} {}", meta.namespace.as_deref().unwrap(), meta.name.as_deref().unwrap(), labels.join(","))
}

#[test]
fn the_rows_are_those_of_kubes_own_reflector() {
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&steps(), |steps| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(compare(steps));
            Ok(())
        })
        .unwrap();
}

// ---- bytes that no server should send ------------------------------------------------------------------------------

/// Objects as the embedded cluster stores them, as JSON text, by kind.
fn seeds() -> Vec<(Kind, String)> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let cluster = runtime.block_on(harness::story(false));
    let mut seeds = Vec::new();
    for (kind, resource, namespace) in [
        (Kind::Pod, resource::PODS, Some("production")),
        (Kind::Deployment, resource::DEPLOYMENTS, Some("production")),
        (Kind::ReplicaSet, resource::REPLICASETS, Some("staging")),
        (Kind::Service, resource::SERVICES, Some("production")),
        (Kind::EndpointSlice, resource::ENDPOINTSLICES, Some("production")),
        (Kind::Node, resource::NODES, None),
        (Kind::Event, resource::EVENTS, Some("production")),
    ] {
        let (_, objects) = cluster.store().list(resource, namespace);
        seeds.extend(objects.iter().take(20).map(|object| (kind, object.value().to_string())));
    }
    seeds
}

/// One way to spoil a text.
#[derive(Debug, Clone)]
enum Spoil {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
    Swap(&'static str, &'static str),
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let index = any::<prop::sample::Index>;
    let words = prop_oneof![
        Just(("\"", "")),
        Just((":", ":[")),
        Just(("null", "-1")),
        Just(("1", "99999999999999999999999")),
        Just(("0", "-0.5e400")),
        Just(("true", "\"yes\"")),
        Just(("name", "nam\u{0}e\u{1b}[2J\u{202e}")),
        Just(("app", "世界\u{0301}\u{200d}🏴")),
        Just(("2026", "0000")),
        Just(("Z", "+99:99")),
        Just(("{", "{\"a\":")),
    ];
    let spoil = prop_oneof![
        3 => (index(), any::<u8>()).prop_map(|(at, byte)| Spoil::Byte(at, byte)),
        2 => (index(), index()).prop_map(|(from, to)| Spoil::Cut(from, to)),
        1 => (index(), index()).prop_map(|(from, to)| Spoil::Double(from, to)),
        3 => words.prop_map(|(from, to)| Spoil::Swap(from, to)),
    ];
    prop::collection::vec(spoil, 0..6)
}

fn spoiled(text: &str, spoils: &[Spoil]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for spoil in spoils {
        if bytes.is_empty() {
            return bytes;
        }
        let len = bytes.len();
        let range = |a: &prop::sample::Index, b: &prop::sample::Index| {
            let (a, b) = (a.index(len), b.index(len));
            // Mostly short pieces: a half of an object is seldom interesting.
            (a.min(b), a.max(b).min(a.min(b) + 40))
        };
        match spoil {
            Spoil::Byte(at, byte) => bytes[at.index(len)] = *byte,
            Spoil::Cut(from, to) => drop(bytes.drain(range(from, to).0..range(from, to).1)),
            Spoil::Double(from, to) => {
                let (from, to) = range(from, to);
                let piece = bytes[from..to].to_vec();
                bytes.splice(to..to, piece);
            }
            Spoil::Swap(from, to) => {
                bytes = String::from_utf8_lossy(&bytes).replacen(from, to, 3).into_bytes();
            }
        }
    }
    bytes
}

/// A state without a cluster behind it.
fn bare(size: (u16, u16)) -> State {
    let place = Place { context: "test".into(), namespace: Some("production".into()), ..Place::default() };
    let (choices, settings) = choices("default", "default", Depth::Rgb, false);
    State::new(place, choices, settings, size, Now::default()).0
}

fn keys() -> impl Strategy<Value = KeyPress> {
    let letters =
        prop::sample::select("jkgGzq1234/!=:lypcnmX0ISNATEPOHw?<>+-*ft \u{e9}".chars().collect::<Vec<_>>());
    let other = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
    ]);
    prop_oneof![
        4 => letters.prop_map(KeyPress::char),
        3 => other.prop_map(KeyPress::plain),
        1 => prop::sample::select("wtkulbfdn\\".chars().collect::<Vec<_>>()).prop_map(KeyPress::ctrl),
    ]
}

/// One thing that happens to the state.
#[derive(Debug, Clone)]
enum Happens {
    Key(KeyPress),
    Paste(String),
    Size(u16, u16),
    Object(prop::sample::Index, Vec<Spoil>),
    Remove(prop::sample::Index),
    List(prop::sample::Index, bool),
    Trouble(prop::sample::Index),
    Pass(u16),
}

fn happens() -> impl Strategy<Value = Vec<Happens>> {
    let index = any::<prop::sample::Index>;
    let one = prop_oneof![
        8 => keys().prop_map(Happens::Key),
        1 => ".{0,12}".prop_map(Happens::Paste),
        3 => (1..=210_u16, 1..=64_u16).prop_map(|(width, height)| Happens::Size(width, height)),
        1 => (1..=24_u16, 1..=6_u16).prop_map(|(width, height)| Happens::Size(width, height)),
        12 => (index(), spoils()).prop_map(|(at, spoils)| Happens::Object(at, spoils)),
        3 => index().prop_map(Happens::Remove),
        2 => (index(), any::<bool>()).prop_map(|(at, ends)| Happens::List(at, ends)),
        1 => index().prop_map(Happens::Trouble),
        1 => any::<u16>().prop_map(Happens::Pass),
    ];
    prop::collection::vec(one, 1..120)
}

#[test]
fn nothing_that_happens_makes_it_panic() {
    let seeds = seeds();
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    runner
        .run(&happens(), |happens| {
            let mut state = bare((100, 30));
            let mut projectors = Kind::ALL.map(Projector::new);
            let mut mono = Duration::ZERO;
            for what in happens {
                mono += Duration::from_millis(50);
                let now = Now { mono, unix: 1_790_000_000 + mono.as_secs() as i64 };
                let event = match what {
                    Happens::Key(key) => Event::Key(key),
                    Happens::Paste(text) => Event::Paste(text),
                    Happens::Size(width, height) => Event::Resize(width, height),
                    Happens::Pass(seconds) => {
                        mono += Duration::from_secs(seconds.into());
                        state.on_time(now);
                        continue;
                    }
                    Happens::Object(at, spoils) => {
                        let (kind, json) = &seeds[at.index(seeds.len())];
                        let projector = projectors.iter_mut().find(|p| p.kind() == *kind).unwrap();
                        // What cannot be read is an error, never a panic.
                        match projector.object(&spoiled(json, &spoils)) {
                            Ok(record) => {
                                feed(&state, *kind, FeedUpdate::Rows(vec![RowChange::Upsert(record)]))
                            }
                            Err(_) => continue,
                        }
                    }
                    Happens::Remove(at) => {
                        let kind = Kind::ALL[at.index(Kind::ALL.len())];
                        let uid = state
                            .cache
                            .table(kind)
                            .iter()
                            .map(|(_, record)| record.meta().uid.clone())
                            .next();
                        match uid {
                            Some(uid) => feed(&state, kind, FeedUpdate::Rows(vec![RowChange::Remove(uid)])),
                            None => continue,
                        }
                    }
                    Happens::List(at, ends) => {
                        let kind = Kind::ALL[at.index(Kind::ALL.len())];
                        feed(&state, kind, if ends { FeedUpdate::Synced } else { FeedUpdate::ListStarted })
                    }
                    Happens::Trouble(at) => {
                        let kind = Kind::ALL[at.index(Kind::ALL.len())];
                        let trouble = Trouble {
                            kind: TroubleKind::Silent,
                            tried: "GET /".into(),
                            said: "no \u{1b}[31m".into(),
                            status: None,
                            wait: None,
                            missing: None,
                        };
                        feed(&state, kind, FeedUpdate::Interrupted(trouble))
                    }
                };
                update(&mut state, event, now);
                state.work(now, 1_000);
                let (width, height) = state.size;
                let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
                screen::draw(&state, now, &mut buffer);
                for cell in &buffer.content {
                    let bad = cell
                        .symbol()
                        .chars()
                        .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
                    prop_assert!(!bad, "{:?} reaches the terminal", cell.symbol());
                }
            }
            Ok(())
        })
        .unwrap();
}

fn feed(state: &State, kind: Kind, update: FeedUpdate) -> Event {
    let key: FeedKey = state.feed_keys(kind).remove(0);
    Event::Feed(key, update)
}

#[test]
fn no_bytes_of_a_watch_make_the_projection_panic() {
    let seeds = seeds();
    let strategy = (any::<prop::sample::Index>(), spoils(), prop::collection::vec(any::<u8>(), 0..80));
    let mut runner = TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    runner
        .run(&strategy, |(at, spoils, noise)| {
            let (kind, json) = &seeds[at.index(seeds.len())];
            let mut projector = Projector::new(*kind);
            for frame in
                ["{\"type\":\"MODIFIED\",\"object\":", "{\"type\":\"ERROR\",\"object\":", "{\"items\":["]
            {
                let line = spoiled(&format!("{frame}{json}}}"), &spoils);
                let _ = projector.watch_line(&line);
                let _ = projector.list(&line, &mut |_| {});
                let _ = projector.object(&line);
            }
            let _ = projector.watch_line(&noise);
            let _ = projector.list(&noise, &mut |_| {});
            Ok(())
        })
        .unwrap();
}

/// A server that answers everything with noise.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_none_is_explained() {
    use std::sync::Arc;
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<title>Log in here</title>\n",
        "HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\nContent-Length: 0\r\n\r\n",
        "\u{0}\u{1}\u{2}\u{3}",
        "",
    ] {
        let connect = Arc::new(move || {
            let (client, mut server) = tokio::io::duplex(4096);
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let mut request = [0; 1024];
                // Whoever has gone does not need the answer.
                let _ = server.read(&mut request).await;
                let _ = server.write_all(answer.as_bytes()).await;
            });
            client
        });
        let mut session = Setup::default().size(100, 30).endpoint(connect).start().await;
        session.until_text("Cannot see cluster").await;
        session.press("r j ? esc").await;
        session.run_for(Duration::from_secs(5)).await;
        session.sees("Cannot see cluster");
    }
}
