//! What is typed, what is offered, and which port of which pod is meant.

use serde_json::json;

use super::*;

#[test]
fn ports_are_read_as_kubectl_reads_them() {
    let number = Port::Number;
    for (typed, address, local, remote) in [
        ("8080", None, 8080, number(8080)),
        ("8080:80", None, 8080, number(80)),
        (":80", None, 0, number(80)),
        ("0:80", None, 0, number(80)),
        ("8080:http", None, 8080, Port::Named("http".to_owned())),
        ("http", None, 0, Port::Named("http".to_owned())),
        (" 0.0.0.0:8080:80 ", Some("0.0.0.0"), 8080, number(80)),
        ("[::1]:8080:80", Some("::1"), 8080, number(80)),
        ("::1:8080:80", Some("::1"), 8080, number(80)),
        ("localhost:1:2", None, 1, number(2)),
        ("10.0.0.1::80", Some("10.0.0.1"), 0, number(80)),
    ] {
        let address = address.map(|address: &str| address.parse().unwrap());
        assert_eq!(Ports::parse(typed), Ok(Ports { address, local, remote }), "{typed}");
    }
    for (typed, said) in [
        ("", "`` is no port"),
        ("0", "`0` is no port of a pod"),
        ("8080:0", "`0` is no port of a pod"),
        ("70000", "`70000` is no port"),
        ("x:80", "`x` is no port"),
        ("70000:80", "`70000` is no port"),
        ("-1:80", "`-1` is no port"),
        ("host:1:2", "`host` is no address"),
        ("80:Http", "`Http` is no port"),
        ("80:a-name-too-long-for-it", "`a-name-too-long-for-it` is no port"),
    ] {
        assert_eq!(Ports::parse(typed), Err(said.to_owned()), "{typed}");
    }
}

#[test]
fn loopback_is_both_and_an_address_is_one() {
    let at = |typed: &str| Ports::parse(typed).unwrap().addresses();
    assert_eq!(at("8080:80"), ["127.0.0.1:8080".parse().unwrap(), "[::1]:8080".parse().unwrap()]);
    assert_eq!(at("0.0.0.0:8080:80"), ["0.0.0.0:8080".parse().unwrap()]);
}

fn pod(name: &str, ready: bool, ending: bool) -> Value {
    let mut pod = json!({"metadata": {"name": name}, "spec": {"containers": [
            {"name": "web", "ports": [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]},
            {"name": "side", "ports": [{"containerPort": 9090}]}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1",
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}]}});
    if ending {
        pod["metadata"]["deletionTimestamp"] = json!("2026-11-21T02:00:00Z");
    }
    pod
}

fn service() -> Value {
    json!({"kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web", "tier": "front"}, "ports": [
        {"name": "www", "port": 80, "targetPort": "http"}, {"name": "metrics", "port": 9, "targetPort": 9090},
        {"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "odd", "port": 7, "targetPort": "nosuch"}]}})
}

#[test]
fn a_port_is_what_it_is_on_the_pod() {
    let (service, pod) = (service(), pod("web-1", true, false));
    let named = |name: &str| Port::Named(name.to_owned());
    for (object, port, found) in [
        (&service, Port::Number(80), Ok(8080)),
        (&service, named("www"), Ok(8080)),
        (&service, Port::Number(9), Ok(9090)),
        (&service, Port::Number(8080), Err("service web has no port 8080")),
        (&service, Port::Number(53), Err("port 53 of service web is UDP: only TCP can be forwarded")),
        (&service, Port::Number(7), Err("pod web-1 has no port nosuch")),
        (&pod, Port::Number(1234), Ok(1234)),
        (&pod, named("http"), Ok(8080)),
        (&pod, named("dns"), Err("pod web-1 has no port dns")),
    ] {
        assert_eq!(on_pod(object, &port, &pod), found.map_err(str::to_owned), "{port}");
    }
}

#[test]
fn what_can_be_forwarded_is_offered() {
    let words = |object: &Value| offers(object).iter().map(Offer::words).collect::<Vec<_>>();
    assert_eq!(words(&service()), ["80 www", "9 metrics", "7 odd"]);
    let mut lone = pod("web-1", true, false);
    lone["kind"] = json!("Pod");
    assert_eq!(words(&lone), ["8080 http", "9090"]);
    let workload = json!({"kind": "Deployment", "spec": {"template": {"spec": lone["spec"]}}});
    assert_eq!(words(&workload), ["8080 http", "9090"]);
    assert_eq!(offers(&service())[0].typed(), "8080:80", "80 would need a privilege");
    assert_eq!(offers(&lone)[0].typed(), "8080:8080");
}

#[test]
fn the_pod_in_use_stays_as_long_as_it_is_ready() {
    let pods = [pod("c", true, false), pod("a", false, false), pod("b", true, false), pod("d", true, true)];
    for (current, chosen) in [("", "b"), ("c", "c"), ("a", "b"), ("d", "b"), ("gone", "b")] {
        assert_eq!(choose(&pods, current).map(name), Some(chosen), "{current}");
    }
    assert_eq!(choose(&pods[1..2], "a"), None);
    assert_eq!(selector(&service()), Ok("app=web,tier=front".to_owned()));
    let bare = json!({"kind": "Service", "metadata": {"name": "outside"}, "spec": {}});
    assert_eq!(selector(&bare), Err("outside selects no pods".to_owned()));
}

#[test]
fn sizes_are_short() {
    for (count, words) in [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (999_960, "1.0 MB"),
        (5_000_000_000, "5.0 GB"),
    ] {
        assert_eq!(bytes(count), words);
    }
}

#[test]
fn why_nothing_listens_says_what_helps() {
    let at: SocketAddr = "127.0.0.1:80".parse().unwrap();
    let said = |kind: std::io::ErrorKind| not_listening(at, &std::io::Error::from(kind));
    assert!(
        said(std::io::ErrorKind::AddrInUse).starts_with("port 80 is in use on 127.0.0.1: choose another")
    );
    assert!(said(std::io::ErrorKind::PermissionDenied).contains("needs a privilege"));
    assert_eq!(said(std::io::ErrorKind::AddrNotAvailable), "127.0.0.1 is no address of this machine");
}
