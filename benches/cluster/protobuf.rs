//! The recorded pods in Kubernetes' protobuf, changed as [`crate::pods`] changes them in JSON.

use serde_json::Value;

/// What a field gets.
pub enum New {
    Text(&'static str),
    /// Of texts, those that are the first become the second.
    Swap(Vec<(String, &'static str)>),
    Number(u64),
    /// It is not there.
    Gone,
}

/// The fields of a message, each as it stands, with its number and its content.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, &[u8], &[u8], bool)> {
    std::iter::from_fn(move || {
        let whole = message;
        if whole.is_empty() {
            return None;
        }
        let tag = varint(&mut message);
        let (content, is_bytes) = match tag & 7 {
            0 => {
                varint(&mut message);
                (&whole[..0], false)
            }
            2 => {
                let length = varint(&mut message) as usize;
                let (content, rest) = message.split_at(length);
                message = rest;
                (content, true)
            }
            wire => panic!("wire type {wire}"),
        };
        Some((tag >> 3, &whole[..whole.len() - message.len()], content, is_bytes))
    })
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("the end of a number");
    let (number, rest) = bytes.split_at(end + 1);
    *bytes = rest;
    number.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The message with the fields at some paths (of numbers) changed.
fn edit(message: &[u8], at: &mut Vec<u64>, edits: &[(&[u64], New)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, whole, content, is_bytes) in fields(message) {
        at.push(number);
        let new = edits.iter().find(|(path, _)| path == at).map(|(_, new)| new);
        match new {
            Some(New::Gone) => {}
            Some(New::Text(text)) => put_bytes(&mut out, number, text.as_bytes()),
            Some(New::Swap(pairs)) => {
                let new = pairs.iter().find(|(old, _)| old.as_bytes() == content);
                put_bytes(&mut out, number, new.map_or(content, |(_, new)| new.as_bytes()));
            }
            Some(New::Number(value)) => {
                put_varint(&mut out, number << 3);
                put_varint(&mut out, *value);
            }
            None if is_bytes && edits.iter().any(|(path, _)| path.starts_with(at)) => {
                put_bytes(&mut out, number, &edit(content, at, edits));
            }
            None => out.extend_from_slice(whole),
        }
        at.pop();
    }
    out
}

/// A recorded pod with fields changed, and with managers added.
pub fn pod(recorded: &[u8], edits: &[(&[u64], New)], managers: &[Value]) -> Vec<u8> {
    let unknown = recorded.strip_prefix(b"k8s\0").expect("an envelope");
    let pod = fields(unknown).find(|(number, ..)| *number == 2).expect("an object").2;
    let pod = edit(pod, &mut Vec::new(), edits);
    let mut out = Vec::new();
    for (number, whole, content, _) in fields(&pod) {
        if number != 1 {
            out.extend_from_slice(whole);
            continue;
        }
        let mut meta = content.to_vec();
        for manager in managers {
            let mut entry = Vec::new();
            for (number, key) in [(1, "manager"), (2, "operation"), (3, "apiVersion"), (6, "fieldsType")] {
                put_bytes(&mut entry, number, manager[key].as_str().expect("text").as_bytes());
            }
            let mut raw = Vec::new();
            put_bytes(&mut raw, 1, manager["fieldsV1"].to_string().as_bytes());
            put_bytes(&mut entry, 7, &raw);
            put_bytes(&mut meta, 17, &entry);
        }
        put_bytes(&mut out, 1, &meta);
    }
    out
}

/// One event of a watch, with its length before it.
pub fn frame(kind: &str, pod: &[u8]) -> Vec<u8> {
    let (mut meta, mut object, mut raw, mut event) = (Vec::new(), b"k8s\0".to_vec(), Vec::new(), Vec::new());
    put_bytes(&mut meta, 1, b"v1");
    put_bytes(&mut meta, 2, b"Pod");
    put_bytes(&mut object, 1, &meta);
    put_bytes(&mut object, 2, pod);
    put_bytes(&mut raw, 1, &object);
    put_bytes(&mut event, 1, kind.as_bytes());
    put_bytes(&mut event, 2, &raw);
    let mut frame = (event.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(&event);
    frame
}

/// The bookmark that ends a streaming list.
pub fn end_of_list() -> Vec<u8> {
    let (mut pair, mut meta, mut pod) = (Vec::new(), Vec::new(), Vec::new());
    put_bytes(&mut pair, 1, b"k8s.io/initial-events-end");
    put_bytes(&mut pair, 2, b"true");
    put_bytes(&mut meta, 6, b"999999");
    put_bytes(&mut meta, 12, &pair);
    put_bytes(&mut pod, 1, &meta);
    frame("BOOKMARK", &pod)
}
