//! The pods that the server serves: recorded ones, made as large as pods on a busy cluster are, cut into moulds in
//! which only names and numbers are replaced. All replacements keep their width, so that nothing is moved or allocated
//! while a list is being sent.

use serde_json::{Value, json};

use crate::protobuf::{self, New};

/// Pods of one block; a list is a whole number of blocks.
pub const BLOCK: usize = 50;
/// Pods of one ReplicaSet.
const SIBLINGS: usize = 20;
const NAMESPACES: usize = 50;
/// managedFields, in percent of a pod's bytes, on a cluster whose pods are made by controllers.
const MANAGED: usize = 43;

/// A recorded pod in both encodings.
struct Recorded {
    json: &'static str,
    protobuf: &'static [u8],
    /// It runs and is not ready; most pods are ready.
    heal: bool,
}

macro_rules! recorded {
    ($name:literal, $heal:literal) => {
        Recorded {
            json: include_str!(concat!("../../tests/data/real-api/pod-", $name, ".json")),
            protobuf: include_bytes!(concat!("../../tests/data/protobuf/pod-", $name, ".pb")),
            heal: $heal,
        }
    };
}

const RECORDED: [Recorded; 3] =
    [recorded!("Running", true), recorded!("CrashLoopBackOff", false), recorded!("Pending", false)];

/// How pods are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    Json,
    Protobuf,
}

const WORDS: [&[u8; 4]; 8] = [b"shop", b"cart", b"mail", b"user", b"auth", b"pays", b"feed", b"work"];

/// What is replaced, each by a text of the same width.
#[derive(Debug, Clone, Copy)]
enum Field {
    Word,
    App,
    Hash,
    Suffix,
    Namespace,
    Uid,
    Owner,
    Version,
    Node,
    Ip,
    Restarts,
    /// A number of one byte.
    RestartsByte,
}

/// The marks in the moulds.
const MARKS: [(&str, Field); 11] = [
    ("~WWW", Field::Word),
    ("~AAAA", Field::App),
    ("~HHHHHHHHH", Field::Hash),
    ("~SSSS", Field::Suffix),
    ("~NN", Field::Namespace),
    ("~UUUUUUU", Field::Uid),
    ("~OOOOOOO", Field::Owner),
    ("~RRRRRRRRR", Field::Version),
    ("~DDD", Field::Node),
    ("~IIIIIIIIIIIII", Field::Ip),
    ("~##", Field::Restarts),
];

/// One line of a watch, as an HTTP chunk.
struct Mould {
    chunk: Vec<u8>,
    spots: Vec<(usize, Field)>,
    payload: usize,
}

/// What one pod is at one time.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Which pod.
    pub index: usize,
    /// Of how many.
    pub of: usize,
    /// The resource version.
    pub version: u64,
    /// Restarts of its first container.
    pub restarts: u32,
}

/// Makes the bytes of lists and events.
pub struct Pods {
    block: Vec<u8>,
    starts: Vec<usize>,
    kinds: Vec<usize>,
    added: Vec<Mould>,
    modified: Vec<Mould>,
    payload: usize,
}

impl Pods {
    pub fn new(encoding: Encoding) -> Self {
        let moulds = |kind: &str| match encoding {
            Encoding::Json => RECORDED.iter().map(|of| json_mould(kind, &pod(of))).collect::<Vec<_>>(),
            Encoding::Protobuf => RECORDED.iter().map(|of| protobuf_mould(kind, of)).collect(),
        };
        let (added, modified) = (moulds("ADDED"), moulds("MODIFIED"));
        let kinds: Vec<usize> = (0..BLOCK).map(kind_of).collect();
        let (mut block, mut starts, mut payload) = (Vec::new(), Vec::new(), 0);
        for kind in &kinds {
            starts.push(block.len());
            block.extend_from_slice(&added[*kind].chunk);
            payload += added[*kind].payload;
        }
        Self { block, starts, kinds, added, modified, payload }
    }

    /// The average size of an event in bytes.
    pub fn size(&self) -> usize {
        self.payload / BLOCK
    }

    /// The bytes of a list without its last line, as a client sees them.
    pub fn payload(&self, pods: usize) -> u64 {
        (pods / BLOCK * self.payload) as u64
    }

    /// The chunks of the pods from `first` on, one for each pod.
    pub fn block(&mut self, first: usize, of: usize) -> impl Iterator<Item = &[u8]> {
        for at in 0..BLOCK {
            let index = first + at;
            let restarts = if index.is_multiple_of(17) { 3 } else { 0 };
            let moment = Moment { index, of, version: 1_000 + index as u64, restarts };
            let mould = &self.added[self.kinds[at]];
            fill(&mut self.block[self.starts[at]..], &mould.spots, moment);
        }
        let ends = self.starts.iter().skip(1).copied().chain([self.block.len()]);
        self.starts.iter().zip(ends).map(|(start, end)| &self.block[*start..end])
    }

    /// The chunk of one changed pod.
    pub fn event(&mut self, moment: Moment) -> &[u8] {
        let mould = &mut self.modified[kind_of(moment.index % BLOCK)];
        fill(&mut mould.chunk, &mould.spots, moment);
        &mould.chunk
    }
}

fn kind_of(at: usize) -> usize {
    match at {
        13 => 1,
        37 => 2,
        _ => 0,
    }
}

fn fill(bytes: &mut [u8], spots: &[(usize, Field)], moment: Moment) {
    let Moment { index, of, version, restarts } = moment;
    let app = index / SIBLINGS;
    let apps = of.div_ceil(SIBLINGS).div_ceil(NAMESPACES).max(1);
    for (at, field) in spots {
        let bytes = &mut bytes[*at..];
        match field {
            Field::Word => bytes[..4].copy_from_slice(WORDS[app % WORDS.len()]),
            Field::App => digits(&mut bytes[..5], app as u64, 10, b'0'),
            Field::Hash => digits(&mut bytes[..10], scramble(app as u64) % 10_000_000_000, 10, b'0'),
            Field::Suffix => digits(&mut bytes[..5], scramble(index as u64) % 0xf_ffff, 16, b'0'),
            Field::Namespace => digits(&mut bytes[..3], (app / apps) as u64, 10, b'0'),
            Field::Uid => digits(&mut bytes[..8], index as u64 * 0x9e37_79b1 % 0x1_0000_0000, 16, b'0'),
            Field::Owner => digits(&mut bytes[..8], app as u64, 16, b'0'),
            Field::Version => digits(&mut bytes[..10], version, 10, b'0'),
            Field::Node => digits(&mut bytes[..4], scramble(index as u64) % 500, 10, b'0'),
            Field::Ip => {
                bytes[..14].copy_from_slice(b"10.1  .1  .1  ");
                for (at, part) in [(4, index / 10_000), (8, index / 100), (12, index)] {
                    digits(&mut bytes[at..at + 2], part as u64 % 100, 10, b'0');
                }
            }
            Field::Restarts => digits(&mut bytes[..3], restarts.into(), 10, b' '),
            Field::RestartsByte => bytes[0] = restarts as u8 & 0x7f,
        }
    }
}

fn scramble(value: u64) -> u64 {
    (value + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

fn digits(out: &mut [u8], mut value: u64, base: u64, pad: u8) {
    for (at, byte) in out.iter_mut().rev().enumerate() {
        *byte = if value == 0 && at > 0 { pad } else { b"0123456789abcdef"[(value % base) as usize] };
        value /= base;
    }
}

/// A recorded pod with marks for what differs from pod to pod.
fn pod(recorded: &Recorded) -> Value {
    let mut pod: Value = serde_json::from_str(recorded.json).expect("a recorded pod");
    let owner = pod["metadata"]["ownerReferences"][0]["uid"].as_str().expect("an owner").to_owned();
    let text = pod.to_string().replace(&owner[..8], "~OOOOOOO");
    pod = serde_json::from_str(&text).expect("the pod");
    let meta = &mut pod["metadata"];
    meta["name"] = json!("~WWW-~AAAA-~HHHHHHHHH-~SSSS");
    meta["generateName"] = json!("~WWW-~AAAA-~HHHHHHHHH-");
    meta["namespace"] = json!("team-~NN");
    meta["uid"] = json!("~UUUUUUU-9e9a-4f18-8f2a-7fd6c8ff7134");
    meta["resourceVersion"] = json!("~RRRRRRRRR");
    meta["creationTimestamp"] = json!("2025-11-21T01:46:53Z");
    meta["labels"]["app"] = json!("~WWW-~AAAA");
    meta["labels"]["pod-template-hash"] = json!("~HHHHHHHHH");
    meta["ownerReferences"][0]["name"] = json!("~WWW-~AAAA-~HHHHHHHHH");
    if pod["spec"].get("nodeName").is_some() {
        pod["spec"]["nodeName"] = json!("node-~DDD");
    }
    if pod["status"].get("podIP").is_some() {
        pod["status"]["podIP"] = json!("~IIIIIIIIIIIII");
        pod["status"]["podIPs"] = json!([{ "ip": "~IIIIIIIIIIIII" }]);
    }
    if recorded.heal {
        healthy(&mut pod["status"]);
    }
    if let Some(container) = pod["status"]["containerStatuses"].get_mut(0) {
        container["restartCount"] = json!("~##");
    }
    manage(&mut pod);
    pod
}

fn healthy(status: &mut Value) {
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        condition["status"] = json!("True");
    }
    for container in status["containerStatuses"].as_array_mut().into_iter().flatten() {
        container["ready"] = json!(true);
        container["started"] = json!(true);
        container["lastState"] = json!({});
    }
}

/// Adds managers until managedFields have their share.
fn manage(pod: &mut Value) {
    let status = json!({ "f:status": fields(&pod["status"]) });
    let spec = json!({ "f:spec": { "f:containers": fields(&pod["spec"]["containers"][1]) } });
    let meta = json!({ "f:metadata": { "f:annotations": fields(&pod["metadata"]["annotations"]) } });
    for (at, fields) in [status, meta, spec.clone(), spec].into_iter().enumerate() {
        let managed = pod["metadata"]["managedFields"].to_string().len();
        if managed * 100 >= pod.to_string().len() * MANAGED {
            break;
        }
        let manager = ["kubelet", "sidecar-injector", "vertical-autoscaler", "policy-webhook"][at];
        let entry = json!({
            "manager": manager, "operation": "Update", "apiVersion": "v1", "time": "2025-11-21T01:46:53Z",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        pod["metadata"]["managedFields"].as_array_mut().expect("managers").push(entry);
    }
}

/// The set of fields of a value, as the server writes it.
fn fields(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (format!("f:{key}"), fields(value))).collect::<Value>()
        }
        Value::Array(items) => {
            let key = |item: &Value| {
                let name = ["name", "type", "mountPath"].iter().find(|key| item.get(**key).is_some());
                name.map(|key| (format!("k:{}", json!({ *key: item[*key] })), fields(item)))
            };
            items.iter().filter_map(key).collect::<Value>()
        }
        _ => json!({}),
    }
}

/// The same pod in protobuf, without its envelope.
fn protobuf_pod(recorded: &Recorded) -> Vec<u8> {
    let old: Value = serde_json::from_str(recorded.json).expect("a recorded pod");
    let label = |key: &str| old["metadata"]["labels"][key].as_str().expect("a label").to_owned();
    let owner = old["metadata"]["ownerReferences"][0]["uid"].as_str().expect("an owner").to_owned();
    let new_owner = format!("~OOOOOOO{}", &owner[8..]);
    let mut edits: Vec<(&[u64], New)> = vec![
        (&[1, 1], New::Text("~WWW-~AAAA-~HHHHHHHHH-~SSSS")),
        (&[1, 2], New::Text("~WWW-~AAAA-~HHHHHHHHH-")),
        (&[1, 3], New::Text("team-~NN")),
        (&[1, 5], New::Text("~UUUUUUU-9e9a-4f18-8f2a-7fd6c8ff7134")),
        (&[1, 6], New::Text("~RRRRRRRRR")),
        (
            &[1, 11, 2],
            New::Swap(vec![(label("app"), "~WWW-~AAAA"), (label("pod-template-hash"), "~HHHHHHHHH")]),
        ),
        (&[1, 13, 3], New::Text("~WWW-~AAAA-~HHHHHHHHH")),
        (&[1, 13, 4], New::Text(new_owner.leak())),
        (&[2, 10], New::Text("node-~DDD")),
        (&[3, 6], New::Text("~IIIIIIIIIIIII")),
        (&[3, 12, 1], New::Text("~IIIIIIIIIIIII")),
        (&[3, 8, 5], New::Number(RESTARTS_MARK.into())),
    ];
    if recorded.heal {
        edits.extend([
            (&[3, 2, 2][..], New::Text("True")),
            (&[3, 8, 3], New::Gone),
            (&[3, 8, 4], New::Number(1)),
            (&[3, 8, 9], New::Number(1)),
        ]);
    }
    let all = pod(recorded)["metadata"]["managedFields"].as_array().expect("managers").clone();
    let known = old["metadata"]["managedFields"].as_array().expect("managers").len();
    protobuf::pod(recorded.protobuf, &edits, &all[known..])
}

/// Stands for restarts in protobuf, behind whether the container is ready.
const RESTARTS_MARK: u8 = 0x7f;

fn json_mould(kind: &str, pod: &Value) -> Mould {
    let text = pod.to_string().replace("\"~##\"", "~##");
    let line = format!("{{\"type\":\"{kind}\",\"object\":{text}}}\n");
    mould(line.as_bytes())
}

fn protobuf_mould(kind: &str, recorded: &Recorded) -> Mould {
    let mut mould = mould(&protobuf::frame(kind, &protobuf_pod(recorded)));
    // `ready` is field 4, `restartCount` field 5 of a container's status.
    let restarts = mould.chunk.windows(4).position(|bytes| matches!(bytes, [0x20, _, 0x28, RESTARTS_MARK]));
    mould.spots.extend(restarts.map(|at| (at + 3, Field::RestartsByte)));
    mould
}

/// The event as an HTTP chunk, with the places of its marks.
fn mould(event: &[u8]) -> Mould {
    let mut chunk = format!("{:x}\r\n", event.len()).into_bytes();
    chunk.extend_from_slice(event);
    chunk.extend_from_slice(b"\r\n");
    let spots = memchr::memchr_iter(b'~', &chunk).filter_map(|at| {
        let known = MARKS.iter().find(|(mark, _)| chunk[at..].starts_with(mark.as_bytes()));
        known.map(|(_, field)| (at, *field))
    });
    Mould { spots: spots.collect(), payload: event.len(), chunk }
}
