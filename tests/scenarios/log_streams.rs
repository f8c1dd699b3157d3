//! Readings of logs against the embedded cluster, over HTTP: whatever happens to the streams, each numbered line is told once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dogwatch::cluster::{Cluster as Reader, ClusterEvent, Endpoint, Target};
use dogwatch::demo::{Clock, Cluster, Fault, resource};
use dogwatch::gate::Mode;
use dogwatch::model::log::{Containers, LogQuery, LogTarget, LogUpdate, Source, SourceId};
use dogwatch::model::record::Kind;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, timeout, timeout_at};

use crate::harness::story;

/// Bytes of a numbered line.
const NUMBERED: usize = 164;
/// What a container of these tests says when it dies.
const LAST_WORDS: [&str; 2] = [
    "fatal: cannot reach the database at db:5432: connection refused",
    "warning: heap 255 MiB of 256 MiB, still loading the order book",
];

/// A reading and what it told of each source.
pub struct Reading {
    reader: Reader,
    events: Receiver<ClusterEvent>,
    pub names: BTreeMap<SourceId, Source>,
    pub lines: BTreeMap<SourceId, Vec<String>>,
    /// Everything but lines, in short.
    pub rest: Vec<String>,
    interruptions: usize,
}

impl Reading {
    pub fn new(cluster: &Cluster, query: LogQuery) -> Self {
        let (sender, events) = channel(64);
        let at = cluster.clone();
        let endpoint = Endpoint::Memory(Arc::new(move || at.connect()));
        let reader = Reader::open(Target::embedded("demo", "shop"), endpoint, Mode::ReadOnly, sender);
        reader.logs(1, query);
        let (names, lines, rest) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { reader, events, names, lines, rest, interruptions: 0 }
    }

    /// Takes what is told for so long.
    pub async fn hear(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(Some(event)) = timeout_at(until, self.events.recv()).await {
            self.take(event);
        }
    }

    /// Takes what is told until something is so.
    pub async fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let heard = timeout(Duration::from_mins(10), async {
            while !so(self) {
                let event = self.events.recv().await.unwrap();
                self.take(event);
            }
        });
        let late = heard.await.is_err();
        assert!(!late, "never {what}: {:?}, {:?}", self.rest, self.counts());
    }

    fn take(&mut self, event: ClusterEvent) {
        let ClusterEvent::Logs { id: 1, update } = event else { return };
        match update {
            LogUpdate::Lines(batch) => {
                assert!(self.names.contains_key(&batch.source), "lines of one that has not joined");
                let lines = self.lines.entry(batch.source).or_default();
                lines.extend(batch.iter().map(|(text, _)| text.to_owned()));
            }
            LogUpdate::Joined(id, source) => {
                self.rest.push(format!("joined {}", source.pod));
                assert!(self.names.insert(id, source).is_none(), "{id} joined twice");
            }
            LogUpdate::Restarted(id, how) => {
                // Marks the run's end among the lines.
                self.lines.entry(id).or_default().push("restarted".to_owned());
                self.rest.push(format!("restarted {}: {}", self.names[&id].pod, how.unwrap_or_default()));
            }
            LogUpdate::Left(id, why) => self.rest.push(format!("left {}: {why}", self.names[&id].pod)),
            LogUpdate::Interrupted(..) => self.interruptions += 1,
            LogUpdate::Said(words) => self.rest.push(words.into()),
            LogUpdate::Ended => self.rest.push("ended".to_owned()),
            LogUpdate::Failed(trouble) => self.rest.push(format!("failed: {trouble}")),
            LogUpdate::Resumed(_)
            | LogUpdate::Waiting(..)
            | LogUpdate::Streams { .. }
            | LogUpdate::PodsUnseen(_)
            | LogUpdate::PodsSeen => {}
        }
    }

    pub fn counts(&self) -> Vec<(&str, usize)> {
        let count = |(id, lines): (&SourceId, &Vec<String>)| (&*self.names[id].pod, lines.len());
        let counts: Vec<_> = self.lines.iter().map(count).collect();
        counts
    }

    /// Each run's numbered lines are whole, begin with the first and are one behind the other; how many there are.
    pub fn assert_whole(&self) -> usize {
        let mut all = 0;
        for (id, lines) in &self.lines {
            let mut next = 1;
            for line in lines {
                match line.strip_prefix("line ").and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok())
                {
                    Some(n) => {
                        assert_eq!(n, next, "of {}: {line}", self.names[id].pod);
                        assert_eq!(line.len(), NUMBERED, "half a line of {}: {line}", self.names[id].pod);
                        next += 1;
                        all += 1;
                    }
                    None if line == "restarted" => next = 1,
                    None => assert!(LAST_WORDS.contains(&line.as_str()), "half a line: {line}"),
                }
            }
        }
        all
    }
}

pub fn query(target: LogTarget) -> LogQuery {
    LogQuery {
        targets: vec![target],
        containers: Containers::All { init: false },
        previous: false,
        follow: true,
        since: None,
        tail: None,
        most: 20,
    }
}

fn labels() -> LogTarget {
    LogTarget::Labels { namespace: Some("shop".into()), selector: "app=web".into() }
}

/// A cluster without controllers, where pods run as a test says.
pub fn empty() -> Cluster {
    Cluster::empty(Clock::starting_at("2026-11-21T01:00:00Z".parse().unwrap()), 7)
}

/// A pod that writes numbered lines, so many a second, and runs for the `n`th time since now.
fn pod(cluster: &Cluster, name: &str, rule: &str) {
    labelled_pod(cluster, name, &json!({"app": "web"}), rule);
}

/// The same with labels of its own.
pub fn labelled_pod(cluster: &Cluster, name: &str, labels: &Value, rule: &str) {
    let pod = json!({
        "metadata": {"name": name, "namespace": "shop", "labels": labels, "annotations": {"demo.dogwatch.dev/log": rule}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Running"},
    });
    cluster.store().create(resource::PODS, pod).unwrap();
    run(cluster, name, 1);
}

fn change(cluster: &Cluster, name: &str, how: impl FnOnce(&mut Value)) {
    let update = |object: &mut Value| {
        how(object);
        Ok(())
    };
    cluster.store().update(resource::PODS, "shop", name, update).unwrap();
}

pub fn run(cluster: &Cluster, name: &str, n: u32) {
    let now = cluster.store().clock().stamp();
    change(cluster, name, |pod| {
        let before = pod["status"]["containerStatuses"][0]["state"].clone();
        pod["status"]["containerStatuses"] = json!([{"name": "web", "containerID": format!("containerd://{name}-{n}"),
            "restartCount": n - 1, "state": {"running": {"startedAt": now}}, "lastState": before}]);
        if pod["status"]["containerStatuses"][0]["lastState"].is_null() {
            pod["status"]["containerStatuses"][0]["lastState"] = json!({});
        }
    });
}

pub fn crash(cluster: &Cluster, name: &str) {
    let now = cluster.store().clock().stamp();
    change(cluster, name, |pod| {
        let status = &mut pod["status"]["containerStatuses"][0];
        let (id, started) = (status["containerID"].clone(), status["state"]["running"]["startedAt"].clone());
        status["state"] = json!({"terminated": {"exitCode": 1, "reason": "Error", "containerID": id,
            "startedAt": started, "finishedAt": now}});
    });
}

#[tokio::test(start_paused = true)]
async fn streams_that_are_cut_and_restarted_at_random_lose_and_repeat_no_line() {
    // `DOGWATCH_SEEDS=300` is a soak.
    let seeds = std::env::var("DOGWATCH_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(6);
    for seed in 1..=seeds {
        let cluster = empty();
        for n in 1..=3 {
            pod(&cluster, &format!("web-{n}"), &format!("lines:{}", 170 * n));
        }
        let broken = cluster.faults().add("GET", "/log", None, Fault::Break { below: 60_000, seed });
        let mut reading = Reading::new(&cluster, query(labels()));
        for round in 0..6 {
            reading.hear(Duration::from_millis(5_300 + seed * 171)).await;
            let name = format!("web-{}", 1 + (seed + round) % 3);
            match (seed + round * 5) % 4 {
                0 => {
                    crash(&cluster, &name);
                    reading.hear(Duration::from_millis(1_500)).await;
                    run(&cluster, &name, 2 + round as u32);
                }
                // All connections, those of the watch too.
                1 => cluster.faults().cut_all(),
                2 => {
                    cluster.faults().silence(true);
                    reading.hear(Duration::from_secs(15)).await;
                    cluster.faults().silence(false);
                }
                _ => {
                    cluster.faults().refuse(true);
                    cluster.faults().cut_all();
                    reading.hear(Duration::from_secs(4)).await;
                    cluster.faults().refuse(false);
                }
            }
        }
        let fired = cluster.faults().fired(broken);
        cluster.faults().clear();
        reading.hear(Duration::from_mins(1)).await;
        let told = reading.assert_whole();
        // None of the last ones is missing either: the answer of a server that breaks nothing is the measure.
        let now = Instant::now();
        let mut whole = Reading::new(&cluster, LogQuery { follow: false, ..query(labels()) });
        whole.until("ended", |reading| reading.rest.iter().any(|word| word == "ended")).await;
        assert_eq!(now.elapsed(), Duration::ZERO, "the second reading took time");
        for (id, source) in &whole.names {
            let (of, _) = reading.names.iter().find(|(_, known)| *known == source).unwrap();
            let run = reading.lines[of].rsplit(|line| line == "restarted").next().unwrap();
            let behind = whole.lines[id].len() - run.len();
            assert!(behind < 2 * 510, "{behind} lines of {} are missing at the end", source.pod);
        }
        assert!(fired > 50 && told > 15_000, "{fired} breaks and {told} lines are no test");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_read_to_its_last_word_and_the_next_run_from_its_first() {
    let cluster = empty();
    pod(&cluster, "web-1", "lines:100");
    let mut reading = Reading::new(&cluster, query(labels()));
    for n in 2..5 {
        reading.hear(Duration::from_secs(10)).await;
        crash(&cluster, "web-1");
        reading.hear(Duration::from_secs(2)).await;
        run(&cluster, "web-1", n);
    }
    reading.hear(Duration::from_secs(10)).await;
    assert!(reading.assert_whole() > 3_900);
    let last_words = reading.lines[&0].iter().filter(|line| line.starts_with("fatal: ")).count();
    let restarts = reading.rest.iter().filter(|word| *word == "restarted web-1: Error, exit code 1").count();
    assert_eq!((last_words, restarts), (3, 3), "{:?}", reading.rest);
}

#[tokio::test(start_paused = true)]
async fn what_a_rotation_took_is_not_repeated_and_does_not_stop_the_rest() {
    let cluster = empty();
    pod(&cluster, "web-1", "lines:100:300");
    let mut reading = Reading::new(&cluster, query(labels()));
    reading.hear(Duration::from_secs(5)).await;
    reading.assert_whole();
    cluster.faults().refuse(true);
    cluster.faults().cut_all();
    reading.hear(Duration::from_secs(20)).await;
    cluster.faults().refuse(false);
    reading.hear(Duration::from_secs(20)).await;
    let numbers: Vec<u64> = reading.lines[&0].iter().map(|line| line[5..12].parse().unwrap()).collect();
    let gaps: Vec<&[u64]> = numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1).collect();
    assert!(gaps.len() == 1 && gaps[0][1] > gaps[0][0], "{gaps:?}");
    assert!(*numbers.last().unwrap() > 4_300, "{:?}", numbers.last());
}

#[tokio::test(start_paused = true)]
async fn the_pods_of_a_rollout_join_and_leave() {
    let cluster = story(false).await;
    let target =
        LogTarget::Selected { kind: Kind::Deployment, namespace: "production".into(), name: "search".into() };
    let mut reading = Reading::new(&cluster, LogQuery { tail: Some(1), ..query(target) });
    reading.hear(Duration::from_secs(5)).await;
    let old: Vec<String> = reading.names.values().map(|source| source.pod.to_string()).collect();
    assert!(!old.is_empty(), "{:?}", reading.rest);
    assert!(reading.lines.values().all(|lines| lines.len() <= 20), "{:?}", reading.counts());
    let restart = |object: &mut Value| {
        object["spec"]["template"]["metadata"]["annotations"]["demo.dogwatch.dev/log"] = json!("lines:20");
        Ok(())
    };
    cluster.store().update(resource::DEPLOYMENTS, "production", "search", restart).unwrap();
    let size = old.len();
    let left = |reading: &Reading| reading.rest.iter().filter(|word| word.starts_with("left ")).count();
    reading.until("the old ones left", |reading| left(reading) == size).await;
    reading.hear(Duration::from_secs(10)).await;
    assert_eq!(left(&reading), size, "{:?}", reading.rest);
    let joined: Vec<&SourceId> = reading
        .names
        .iter()
        .filter(|(_, source)| !old.iter().any(|pod| **pod == *source.pod))
        .map(|(id, _)| id)
        .collect();
    assert_eq!(joined.len(), size, "{:?}", reading.rest);
    for id in joined {
        let lines = &reading.lines[id];
        let number = |line: &String| line[5..12].parse::<usize>().unwrap();
        assert!(lines.iter().map(number).eq(1..=lines.len()) && lines.len() > 100, "{}", lines.len());
    }
    for pod in &old {
        let place = |word: String| reading.rest.iter().position(|known| *known == word);
        let (joined, left) = (place(format!("joined {pod}")), place(format!("left {pod}: the pod is gone")));
        assert!(joined.is_some() && joined < left, "{:?}", reading.rest);
    }
}

#[tokio::test(start_paused = true)]
async fn all_containers_of_a_story_are_read_in_one_stream() {
    let cluster = story(false).await;
    let everything = LogTarget::Labels { namespace: Some("production".into()), selector: String::new() };
    let asked = LogQuery { follow: false, tail: Some(20), most: 500, ..query(everything) };
    let mut reading = Reading::new(&cluster, asked);
    reading.until("ended", |reading| reading.rest.iter().any(|word| word == "ended")).await;
    let traces =
        reading.lines.values().flatten().filter(|line| line.contains("at io.example.orders")).count();
    assert!(reading.names.len() > 20 && traces > 0, "{} {traces}", reading.names.len());
    assert_eq!(reading.interruptions, 0);
    reading.reader.cancel(1);
}
