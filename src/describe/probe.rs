//! Probes: as kubectl prints them, and in words.

use serde_json::Value;

use super::common::{at, at_or, has};
use super::container::command;
use crate::release::json::{number, text};

fn times(probe: &Value) -> [i64; 5] {
    [
        ("/initialDelaySeconds", 0),
        ("/timeoutSeconds", 1),
        ("/periodSeconds", 10),
        ("/successThreshold", 1),
        ("/failureThreshold", 3),
    ]
    .map(|(pointer, default)| number(probe, pointer).unwrap_or(default))
}

/// `http-get http://:8080/healthz delay=15s timeout=3s period=20s #success=1 #failure=5`.
pub fn kubectl(probe: &Value) -> String {
    let [delay, timeout, period, success, failure] = times(probe);
    let rest =
        format!("delay={delay}s timeout={timeout}s period={period}s #success={success} #failure={failure}");
    if has(probe, "/exec") {
        format!("exec {} {rest}", command(&probe["exec"]))
    } else if has(probe, "/httpGet") {
        let get = &probe["httpGet"];
        let scheme = at_or(get, "/scheme", "HTTP").to_lowercase();
        format!("http-get {scheme}://{}:{}{} {rest}", text(get, "/host"), at(get, "/port"), path(get))
    } else if has(probe, "/tcpSocket") {
        format!("tcp-socket {}:{} {rest}", text(probe, "/tcpSocket/host"), at(probe, "/tcpSocket/port"))
    } else if has(probe, "/grpc") {
        format!("grpc <pod>:{} {} {rest}", at(probe, "/grpc/port"), text(probe, "/grpc/service"))
    } else {
        format!("unknown {rest}")
    }
}

fn path(get: &Value) -> String {
    let path = text(get, "/path");
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// `http GET :8080/healthz every 20 s, after 15 s, answer within 3 s, 5 failures`.
pub fn words(probe: &Value) -> String {
    let [delay, timeout, period, success, failure] = times(probe);
    let what = if has(probe, "/exec") {
        format!("runs {}", command(&probe["exec"]))
    } else if has(probe, "/httpGet") {
        let get = &probe["httpGet"];
        let scheme = at_or(get, "/scheme", "HTTP").to_lowercase();
        format!("{scheme} GET {}:{}{}", text(get, "/host"), at(get, "/port"), path(get))
    } else if has(probe, "/tcpSocket") {
        format!("tcp {}:{}", text(probe, "/tcpSocket/host"), at(probe, "/tcpSocket/port"))
    } else if has(probe, "/grpc") {
        format!("grpc :{} {}", at(probe, "/grpc/port"), text(probe, "/grpc/service")).trim_end().to_owned()
    } else {
        "unknown".to_owned()
    };
    let mut words = format!("{what} every {period} s");
    if delay > 0 {
        words = format!("{words}, after {delay} s");
    }
    words = format!(
        "{words}, answer within {timeout} s, {failure} failure{}",
        if failure == 1 { "" } else { "s" }
    );
    if success > 1 { format!("{words}, {success} successes") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn in_both_forms() {
        for (probe, kubectl_, words_) in [
            (
                json!({"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "initialDelaySeconds": 5,
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}),
                "http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3",
                "http GET :8080/healthz every 10 s, after 5 s, answer within 1 s, 3 failures",
            ),
            (
                json!({"exec": {"command": ["pg_isready", "-q"]}, "failureThreshold": 1, "successThreshold": 2}),
                "exec [pg_isready -q] delay=0s timeout=1s period=10s #success=2 #failure=1",
                "runs [pg_isready -q] every 10 s, answer within 1 s, 1 failure, 2 successes",
            ),
            (
                json!({"tcpSocket": {"port": "pg"}}),
                "tcp-socket :pg delay=0s timeout=1s period=10s #success=1 #failure=3",
                "tcp :pg every 10 s, answer within 1 s, 3 failures",
            ),
            (
                json!({"grpc": {"port": 9, "service": "live"}}),
                "grpc <pod>:9 live delay=0s timeout=1s period=10s #success=1 #failure=3",
                "grpc :9 live every 10 s, answer within 1 s, 3 failures",
            ),
        ] {
            assert_eq!(kubectl(&probe), kubectl_);
            assert_eq!(words(&probe), words_);
        }
    }
}
