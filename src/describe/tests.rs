//! Against kubectl's recorded outputs of the same objects, line by line: order, words and columns. What kubectl does not say is a
//! comment and left out here; ages depend on when kubectl was run.

use serde_json::Value;

use super::*;
use crate::model::yaml::Syntax;

macro_rules! data {
    ($path:literal) => {
        include_str!(concat!("../../tests/data/", $path))
    };
}

/// The text without our comments.
fn text(lines: &[Line]) -> Vec<String> {
    let own = |line: &&Line| line.is_empty() || line.iter().any(|(syntax, _)| *syntax != Syntax::Comment);
    let kubectls = |(syntax, _): &&(Syntax, String)| *syntax != Syntax::Comment;
    lines
        .iter()
        .filter(own)
        .map(|line| line.iter().filter(kubectls).map(|(_, text)| text.as_str()).collect::<String>().trim_end().to_owned())
        .collect()
}

/// What kubectl printed, without the command.
fn printed(recorded: &str) -> Vec<String> {
    recorded.lines().skip(1).map(|line| line.trim_end().to_owned()).collect()
}

fn material(object: &str, beside: Vec<(Ask, Found<Vec<Value>>)>, now: &str) -> Material {
    let object = serde_json::from_str(object).unwrap();
    Material { object, beside, now: now.parse::<jiff::Timestamp>().unwrap().as_second() }
}

fn event(kind: &str, reason: &str, from: &str, message: &str, times: (&str, &str, i64)) -> Value {
    let (first, last, count) = times;
    serde_json::json!({"type": kind, "reason": reason, "source": {"component": from}, "message": message,
        "firstTimestamp": first, "lastTimestamp": last, "count": count})
}

/// Everything before the events.
fn before_events(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().take_while(|line| !line.starts_with("Events:")).collect()
}

#[test]
fn a_pod_in_a_crash_loop_is_kubectls() {
    let happened = event(
        "Normal",
        "Scheduled",
        "default-scheduler",
        "Successfully assigned team-01/bad-crashloop-576c454df-8xbjq to fake-0028",
        ("2026-11-21T01:47:29Z", "2026-11-21T01:47:29Z", 1),
    );
    let object: Value = serde_json::from_str(data!("real-api/pod-CrashLoopBackOff.json")).unwrap();
    let beside = vec![(of_object(&object), Found::Known(vec![happened]))];
    let material = material(data!("real-api/pod-CrashLoopBackOff.json"), beside, "2026-11-21T02:33:35Z");
    let recorded = printed(data!("kubectl/describe-pod-crashloop.txt"));
    assert_eq!(text(&lines(What::Describe, &material)), recorded);
}
