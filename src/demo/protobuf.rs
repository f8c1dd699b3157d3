//! Bodies in Kubernetes' protobuf: kubectl sends what it makes itself (`create`, `auth can-i`, `drain`) in it.
//!
//! Only the fields that such commands set are known; others are skipped, as unknown fields are.

use base64::Engine as _;
use serde_json::{Map, Value, json};

/// The type of a field.
#[derive(Debug, Clone, Copy)]
enum Type {
    Text,
    Number,
    Bool,
    /// Text, many times.
    Texts,
    /// A map of texts.
    Map,
    /// A map of bytes, base64 in JSON.
    Bytes,
    IntOrString,
    Message(&'static [Field]),
    Messages(&'static [Field]),
}

/// Number, name, type.
type Field = (u64, &'static str, Type);

use Type::{Bool, Bytes, IntOrString, Message, Messages, Number, Text, Texts};

const META: &[Field] = &[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (11, "labels", Type::Map),
    (12, "annotations", Type::Map),
    (14, "finalizers", Texts),
];
const CONTAINER: &[Field] = &[
    (1, "name", Text),
    (2, "image", Text),
    (3, "command", Texts),
    (4, "args", Texts),
    (5, "workingDir", Text),
    (6, "ports", Messages(&[(1, "name", Text), (3, "containerPort", Number), (4, "protocol", Text)])),
    (7, "env", Messages(&[(1, "name", Text), (2, "value", Text)])),
    (14, "imagePullPolicy", Text),
];
const TEMPLATE: &[Field] = &[
    (1, "metadata", Message(META)),
    (2, "spec", Message(&[(2, "containers", Messages(CONTAINER)), (3, "restartPolicy", Text)])),
];
const SELECTOR: &[Field] = &[(1, "matchLabels", Type::Map)];
const JOB: &[Field] = &[
    (1, "parallelism", Number),
    (2, "completions", Number),
    (4, "selector", Message(SELECTOR)),
    (6, "template", Message(TEMPLATE)),
    (7, "backoffLimit", Number),
];
const DELETE: &[Field] = &[
    (1, "gracePeriodSeconds", Number),
    (2, "preconditions", Message(&[(1, "uid", Text), (2, "resourceVersion", Text)])),
    (4, "propagationPolicy", Text),
    (5, "dryRun", Texts),
];

/// The fields of a kind beside its metadata.
fn fields(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "SelfSubjectAccessReview" => &[(
            2,
            "spec",
            Message(&[
                (
                    1,
                    "resourceAttributes",
                    Message(&[
                        (1, "namespace", Text),
                        (2, "verb", Text),
                        (3, "group", Text),
                        (4, "version", Text),
                        (5, "resource", Text),
                        (6, "subresource", Text),
                        (7, "name", Text),
                    ]),
                ),
                (2, "nonResourceAttributes", Message(&[(1, "path", Text), (2, "verb", Text)])),
            ]),
        )],
        "SelfSubjectRulesReview" => &[(2, "spec", Message(&[(1, "namespace", Text)]))],
        "SelfSubjectReview" | "ServiceAccount" | "Namespace" => &[],
        "Eviction" => &[(2, "deleteOptions", Message(DELETE))],
        "DeleteOptions" => DELETE,
        "ConfigMap" => &[(2, "data", Type::Map), (3, "binaryData", Bytes), (4, "immutable", Bool)],
        "Secret" => {
            &[(2, "data", Bytes), (3, "type", Text), (4, "stringData", Type::Map), (5, "immutable", Bool)]
        }
        "Deployment" => &[(
            2,
            "spec",
            Message(&[
                (1, "replicas", Number),
                (2, "selector", Message(SELECTOR)),
                (3, "template", Message(TEMPLATE)),
                (7, "paused", Bool),
            ]),
        )],
        "Job" => &[(2, "spec", Message(JOB))],
        "CronJob" => &[(
            2,
            "spec",
            Message(&[
                (1, "schedule", Text),
                (3, "concurrencyPolicy", Text),
                (4, "suspend", Bool),
                (5, "jobTemplate", Message(&[(1, "metadata", Message(META)), (2, "spec", Message(JOB))])),
            ]),
        )],
        "Service" => &[(
            2,
            "spec",
            Message(&[
                (
                    1,
                    "ports",
                    Messages(&[
                        (1, "name", Text),
                        (2, "protocol", Text),
                        (3, "port", Number),
                        (4, "targetPort", IntOrString),
                        (5, "nodePort", Number),
                    ]),
                ),
                (2, "selector", Type::Map),
                (3, "clusterIP", Text),
                (4, "type", Text),
                (10, "externalName", Text),
            ]),
        )],
        "HorizontalPodAutoscaler" => &[(
            2,
            "spec",
            Message(&[
                (
                    1,
                    "scaleTargetRef",
                    Message(&[(1, "kind", Text), (2, "name", Text), (3, "apiVersion", Text)]),
                ),
                (2, "minReplicas", Number),
                (3, "maxReplicas", Number),
                (
                    4,
                    "metrics",
                    Messages(&[
                        (1, "type", Text),
                        (
                            4,
                            "resource",
                            Message(&[
                                (1, "name", Text),
                                (
                                    2,
                                    "target",
                                    Message(&[(1, "type", Text), (4, "averageUtilization", Number)]),
                                ),
                            ]),
                        ),
                    ]),
                ),
            ]),
        )],
        _ => return None,
    })
}

/// Reads a protobuf body as the JSON that it stands for; none for kinds that are not known here.
pub fn decode(body: &[u8]) -> Option<Value> {
    let envelope = read(body.strip_prefix(b"k8s\0")?)?;
    let raw = |number: u64| envelope.iter().find(|(n, _)| *n == number).and_then(|(_, part)| part.bytes());
    let named = message(raw(1)?, &[(1, "apiVersion", Text), (2, "kind", Text)])?;
    let kind = named["kind"].as_str()?;
    let content = raw(2)?;
    let mut value = message(content, fields(kind)?)?;
    if kind != "DeleteOptions" {
        let meta = message(content, &[(1, "metadata", Message(META))])?;
        value["metadata"] = meta.get("metadata").cloned().unwrap_or_else(|| json!({}));
    }
    value["apiVersion"] = named["apiVersion"].clone();
    value["kind"] = named["kind"].clone();
    Some(value)
}

/// A field as it stands on the wire.
enum Part<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Part<'a> {
    fn bytes(&self) -> Option<&'a [u8]> {
        if let Part::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

fn read(mut bytes: &[u8]) -> Option<Vec<(u64, Part<'_>)>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let part = match tag & 7 {
            0 => Part::Varint(varint(&mut bytes)?),
            1 => skip(&mut bytes, 8)?,
            2 => {
                let length = varint(&mut bytes)? as usize;
                let (head, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Part::Bytes(head)
            }
            5 => skip(&mut bytes, 4)?,
            _ => return None,
        };
        parts.push((tag >> 3, part));
    }
    Some(parts)
}

fn skip<'a>(bytes: &mut &'a [u8], count: usize) -> Option<Part<'a>> {
    *bytes = bytes.split_at_checked(count)?.1;
    Some(Part::Other)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn message(bytes: &[u8], fields: &[Field]) -> Option<Value> {
    let mut out = Map::new();
    for (number, part) in read(bytes)? {
        let Some((_, name, kind)) = fields.iter().find(|(n, ..)| *n == number) else { continue };
        let slot = out.entry((*name).to_owned());
        match kind {
            Text => {
                let text = part.text()?;
                if !text.is_empty() {
                    slot.or_insert(json!(text));
                }
            }
            Number => {
                if let Part::Varint(value) = part {
                    slot.or_insert(json!(value as i64));
                }
            }
            Bool => {
                if let Part::Varint(value) = part {
                    slot.or_insert(json!(value != 0));
                }
            }
            Texts => push(slot.or_insert_with(|| json!([])), json!(part.text()?)),
            Type::Map => {
                let pair = message(part.bytes()?, &[(1, "k", Text), (2, "v", Text)])?;
                let value = pair.get("v").cloned().unwrap_or_else(|| json!(""));
                slot.or_insert_with(|| json!({}))[pair["k"].as_str().unwrap_or_default()] = value;
            }
            Bytes => {
                let pair = read(part.bytes()?)?;
                let of = |n: u64| pair.iter().find(|(number, _)| *number == n).map(|(_, part)| part);
                let value = of(2).and_then(Part::bytes).unwrap_or_default();
                let encoded = base64::engine::general_purpose::STANDARD.encode(value);
                let key = of(1).and_then(Part::text).unwrap_or_default();
                slot.or_insert_with(|| json!({}))[key] = json!(encoded);
            }
            IntOrString => {
                let value =
                    message(part.bytes()?, &[(1, "type", Number), (2, "int", Number), (3, "text", Text)])?;
                let is_text = value["type"] == json!(1);
                slot.or_insert_with(|| if is_text { value["text"].clone() } else { value["int"].clone() });
            }
            Message(fields) => {
                slot.or_insert(message(part.bytes()?, fields)?);
            }
            Messages(fields) => push(slot.or_insert_with(|| json!([])), message(part.bytes()?, fields)?),
        }
    }
    Some(Value::Object(out))
}

fn push(list: &mut Value, item: Value) {
    if let Value::Array(list) = list {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_reads_as_kubectl_sent_it() {
        let sent = b"k8s\0\n2\n\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview\x12Q\n\x10\n\0\x12\0\x1a\0\"\0*\x002\x008\0B\0\x123\n1\n\nproduction\x12\x05patch\x1a\x04apps\"\0*\x0bdeployments2\x05scale:\0\x1a\x08\x08\0\x12\0\x1a\0 \0\x1a\0\"\0";
        let value = decode(sent).unwrap();
        let expected = json!({"namespace": "production", "verb": "patch", "group": "apps", "resource": "deployments",
            "subresource": "scale"});
        assert_eq!(value["spec"]["resourceAttributes"], expected);
        assert_eq!(value["kind"], "SelfSubjectAccessReview");
    }

    #[test]
    fn broken_bytes_are_refused() {
        let sent = b"k8s\0\n2\n\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview\x12Q\n\x10\n\0";
        for end in 0..sent.len() {
            assert_eq!(decode(&sent[..end]), None);
        }
    }
}
