//! Cases that nobody recorded: each row is a pod's status as the API has it, and what `kubectl get pods` prints of it.

use crate::model::project::Projector;
use crate::model::record::{Health, Kind, Pod, Record};

fn pod(json: &str) -> Pod {
    match Projector::new(Kind::Pod).object(json.as_bytes()).unwrap() {
        Record::Pod(pod) => pod,
        other => panic!("{other:?}"),
    }
}

/// A pod of so many containers `c0`, `c1` and init containers (`i0`, and sidecars `s0`).
fn of(containers: usize, init: &[&str], deleting: bool, status: &str) -> Pod {
    let containers: Vec<String> =
        (0..containers).map(|at| format!(r#"{{"name":"c{at}","image":"r.example/x/app:v{at}"}}"#)).collect();
    let init: Vec<String> = init
        .iter()
        .map(|name| {
            let always = if name.starts_with('s') { r#","restartPolicy":"Always""# } else { "" };
            format!(r#"{{"name":"{name}","image":"init:v1"{always}}}"#)
        })
        .collect();
    let deleting = if deleting { r#","deletionTimestamp":"2026-11-21T02:00:00Z""# } else { "" };
    pod(&format!(
        r#"{{"metadata":{{"name":"p"{deleting}}},"spec":{{"nodeName":"n-1","containers":[{}],"initContainers":[{}]}},"status":{status}}}"#,
        containers.join(","),
        init.join(",")
    ))
}

const READY: &str =
    r#""conditions":[{"type":"Initialized","status":"True"},{"type":"Ready","status":"True"}]"#;
const NOT_READY: &str = r#""conditions":[{"type":"Initialized","status":"True"},{"type":"Ready","status":"False","reason":"ContainersNotReady","message":"containers with unready status: [c0]"}]"#;

fn running(name: &str, ready: bool, restarts: u32) -> String {
    format!(
        r#"{{"name":"{name}","ready":{ready},"started":true,"restartCount":{restarts},"state":{{"running":{{}}}},"lastState":{{}}}}"#
    )
}

fn in_state(name: &str, restarts: u32, state: &str, last: &str) -> String {
    format!(
        r#"{{"name":"{name}","ready":false,"restartCount":{restarts},"state":{{{state}}},"lastState":{{{last}}}}}"#
    )
}

fn waiting(name: &str, reason: &str, message: &str) -> String {
    in_state(name, 0, &format!(r#""waiting":{{"reason":"{reason}","message":"{message}"}}"#), "")
}

fn ended(code: i32, signal: i32, reason: &str, at: &str) -> String {
    format!(r#""terminated":{{"exitCode":{code},"signal":{signal},"reason":"{reason}","finishedAt":{at}}}"#)
}

fn status(phase: &str, conditions: &str, init: &[String], main: &[String]) -> String {
    format!(
        r#"{{"phase":"{phase}",{conditions},"initContainerStatuses":[{}],"containerStatuses":[{}]}}"#,
        init.join(","),
        main.join(",")
    )
}

struct Case {
    pod: Pod,
    status: &'static str,
    ready: &'static str,
    restarts: u32,
    health: Health,
    why: &'static str,
}

#[track_caller]
fn check(name: &str, case: &Case) {
    let pod = &case.pod;
    assert_eq!(&*pod.status, case.status, "{name}");
    assert_eq!(format!("{}/{}", pod.ready, pod.containers), case.ready, "{name}");
    assert_eq!(pod.restarts, case.restarts, "{name}");
    assert_eq!(pod.health, case.health, "{name}");
    assert_eq!(&*pod.reason, case.why, "{name}");
}

macro_rules! cases {
    ($($name:literal: $pod:expr => $status:literal, $ready:literal, $restarts:literal, $health:ident, $why:literal;)*) => {
        $(check($name, &Case {
            pod: $pod, status: $status, ready: $ready, restarts: $restarts, health: Health::$health, why: $why,
        });)*
    };
}

#[test]
fn main_containers() {
    let one = |state: &str, last: &str| {
        of(1, &[], false, &status("Running", NOT_READY, &[], &[in_state("c0", 2, state, last)]))
    };
    cases! {
        "fresh": of(2, &[], false, "{}") => "", "0/2", 0, Progressing, "";
        "pending": of(1, &[], false, r#"{"phase":"Pending"}"#) => "Pending", "0/1", 0, Progressing, "";
        "ok": of(2, &[], false, &status("Running", READY, &[], &[running("c0", true, 1), running("c1", true, 2)]))
            => "Running", "2/2", 3, Ok, "";
        "one not ready": of(2, &[], false, &status("Running", NOT_READY, &[], &[running("c0", false, 0), running("c1", true, 0)]))
            => "Running", "1/2", 0, Warning, "c0: runs, not ready";
        "creating": of(1, &[], false, &status("Pending", NOT_READY, &[], &[waiting("c0", "ContainerCreating", "")]))
            => "ContainerCreating", "0/1", 0, Progressing, "";
        "waiting without a reason": one(r#""waiting":{}"#, "") => "Running", "0/1", 2, Warning, "containers with unready status: [c0]";
        "crash loop": one(r#""waiting":{"reason":"CrashLoopBackOff","message":"back-off 5m0s"}"#, &ended(137, 0, "OOMKilled", "null"))
            => "CrashLoopBackOff", "0/1", 2, Fault, "exit 137 OOMKilled";
        "ended with a reason": one(&ended(1, 0, "Error", "null"), "") => "Error", "0/1", 2, Fault, "exit 1 Error";
        "ended by a signal": one(&ended(0, 9, "", "null"), "") => "Signal:9", "0/1", 2, Fault, "signal 9";
        "ended with a code": one(&ended(3, 0, "", "null"), "") => "ExitCode:3", "0/1", 2, Fault, "exit 3";
        "the first container has the last word": of(2, &[], false, &status("Running", NOT_READY, &[], &[
            in_state("c0", 0, &ended(1, 0, "Error", "null"), ""), waiting("c1", "ImagePullBackOff", "manifest unknown")]))
            => "Error", "0/2", 0, Fault, "c0: exit 1 Error";
        "a ready container that is not running is not counted": of(1, &[], false, &status("Running", READY, &[],
            &[r#"{"name":"c0","ready":true,"state":{}}"#.to_owned()])) => "Running", "0/1", 0, Ok, "";
        "completed beside running, ready": of(2, &[], false, &status("Running", READY, &[], &[
            in_state("c0", 0, &ended(0, 0, "Completed", "null"), ""), running("c1", true, 0)]))
            => "Running", "1/2", 0, Ok, "";
        "completed beside running, not ready": of(2, &[], false, &status("Running", NOT_READY, &[], &[
            in_state("c0", 0, &ended(0, 0, "Completed", "null"), ""), running("c1", true, 0)]))
            => "NotReady", "1/2", 0, Warning, "containers with unready status: [c0]";
        "completed": of(1, &[], false, &status("Succeeded", NOT_READY, &[], &[in_state("c0", 0, &ended(0, 0, "Completed", "null"), "")]))
            => "Completed", "0/1", 0, Idle, "";
        "startup probe": of(1, &[], false, &status("Running", NOT_READY, &[], &[
            r#"{"name":"c0","ready":false,"started":false,"state":{"running":{}}}"#.to_owned()]))
            => "Running", "0/1", 0, Progressing, "startup probe not passed";
        "config error": of(1, &[], false, &status("Pending", NOT_READY, &[], &[
            waiting("c0", "CreateContainerConfigError", r#"secret \"db\" not found"#)]))
            => "CreateContainerConfigError", "0/1", 0, Fault, "secret \"db\" not found";
    }
}

#[test]
fn init_containers() {
    const STARTING: &str =
        r#""conditions":[{"type":"Initialized","status":"False"},{"type":"Ready","status":"False"}]"#;
    let done = |name: &str| in_state(name, 1, &ended(0, 0, "Completed", "null"), "");
    let main = || vec![waiting("c0", "PodInitializing", "")];
    let init =
        |names: &[&str], init: &[String]| of(1, names, false, &status("Pending", STARTING, init, &main()));
    let sidecar = |ready: bool| running("s0", ready, 4);
    cases! {
        "running": init(&["i0", "i1"], &[running("i0", false, 0)]) => "Init:0/2", "0/1", 0, Progressing, "";
        "second": init(&["i0", "i1"], &[done("i0"), running("i1", false, 0)]) => "Init:1/2", "0/1", 1, Progressing, "";
        "waits for its turn": init(&["i0", "i1"], &[waiting("i0", "PodInitializing", "")]) => "Init:0/2", "0/1", 0, Progressing, "";
        "crash loop": init(&["i0"], &[in_state("i0", 5, r#""waiting":{"reason":"CrashLoopBackOff"}"#, &ended(2, 0, "Error", "null"))])
            => "Init:CrashLoopBackOff", "0/1", 5, Fault, "i0: exit 2 Error";
        "error": init(&["i0"], &[in_state("i0", 0, &ended(1, 0, "Error", "null"), "")]) => "Init:Error", "0/1", 0, Fault, "i0: exit 1 Error";
        "exit code": init(&["i0"], &[in_state("i0", 0, &ended(7, 0, "", "null"), "")]) => "Init:ExitCode:7", "0/1", 0, Fault, "i0: exit 7";
        "signal": init(&["i0"], &[in_state("i0", 0, &ended(7, 15, "", "null"), "")]) => "Init:Signal:15", "0/1", 0, Fault, "i0: exit 7";
        "image": init(&["i0"], &[waiting("i0", "ErrImagePull", "x: not found")]) => "Init:ErrImagePull", "0/1", 0, Fault, "i0: init:v1 not found";
        "all done, main waits": init(&["i0"], &[done("i0")]) => "PodInitializing", "0/1", 0, Progressing, "";
        "sidecar started, next init runs": init(&["s0", "i0"], &[sidecar(true), running("i0", false, 0)])
            => "Init:1/2", "1/2", 4, Progressing, "";
        "sidecar not started": init(&["s0"], &[r#"{"name":"s0","started":false,"restartCount":1,"state":{"running":{}}}"#.to_owned()])
            => "Init:0/1", "0/2", 1, Progressing, "";
        "sidecar ready, main running": of(1, &["i0", "s0"], false, &status("Running", READY,
            &[done("i0"), sidecar(true)], &[running("c0", true, 2)])) => "Running", "2/2", 6, Ok, "";
        "sidecar not ready, main running": of(1, &["s0"], false, &status("Running", NOT_READY,
            &[sidecar(false)], &[running("c0", true, 0)])) => "Running", "1/2", 4, Warning, "containers with unready status: [c0]";
        "sidecar crashed after initialization": of(1, &["s0"], false, &status("Running", NOT_READY,
            &[in_state("s0", 3, r#""waiting":{"reason":"CrashLoopBackOff"}"#, &ended(1, 0, "Error", "null"))], &[running("c0", true, 0)]))
            => "Init:CrashLoopBackOff", "1/2", 3, Fault, "s0: exit 1 Error";
    }
}

#[test]
fn whole_pods() {
    let running = status("Running", READY, &[], &[running("c0", true, 0)]);
    let lost = r#"{"phase":"Running","reason":"NodeLost","message":"Node n-1 was lost"}"#;
    let gated = r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated","message":"Scheduling is blocked due to non-empty scheduling gates"}]}"#;
    let evicted =
        r#"{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."}"#;
    let unscheduled = r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."}]}"#;
    let gate = r#"{"phase":"Running","conditions":[{"type":"Ready","status":"False","reason":"ReadinessGatesNotReady","message":"corresponding condition of pod readiness gate \"x\" does not exist."}],"containerStatuses":[{"name":"c0","ready":true,"state":{"running":{}}}]}"#;
    cases! {
        "terminating": of(1, &[], true, &running) => "Terminating", "1/1", 0, Progressing, "";
        "completed, being deleted": of(1, &[], true, &status("Succeeded", NOT_READY, &[], &[in_state("c0", 0, &ended(0, 0, "Completed", "null"), "")]))
            => "Completed", "0/1", 0, Progressing, "";
        "node lost": of(1, &[], false, lost) => "NodeLost", "0/1", 0, Fault, "node n-1 lost";
        "node lost, being deleted": of(1, &[], true, lost) => "Unknown", "0/1", 0, Fault, "node n-1 lost";
        "gated": of(1, &[], false, gated) => "SchedulingGated", "0/1", 0, Progressing, "Scheduling is blocked due to non-empty scheduling gates";
        "evicted": of(1, &[], false, evicted) => "Evicted", "0/1", 0, Warning, "The node was low on resource: memory.";
        "unscheduled": of(1, &[], false, unscheduled) => "Pending", "0/1", 0, Fault, "0/3 nodes are available: 3 Insufficient cpu";
        "readiness gate": of(1, &[], false, gate) => "Running", "1/1", 0, Warning, "corresponding condition of pod readiness gate \"x\" does not exist.";
        "unknown phase": of(1, &[], false, r#"{"phase":"Dreaming"}"#) => "Dreaming", "0/1", 0, Fault, "";
    }
}

#[test]
fn the_last_restart() {
    let last = |code, at| ended(code, 0, "Error", at);
    let run = |name: &str, restarts: u32, last: &str| in_state(name, restarts, r#""running":{}"#, last);
    let pod =
        |main: &[String], init: &[String]| of(2, &["i0", "s0"], false, &status("Running", READY, init, main));
    let (early, late) = ("\"1970-01-01T00:01:00Z\"", "\"1970-01-01T00:02:00Z\"");
    for (main, init, restarts, restarted) in [
        (vec![run("c0", 1, &last(1, early)), run("c1", 2, &last(1, late))], vec![], 3, Some(120)),
        (vec![run("c0", 1, &last(1, late)), run("c1", 2, &last(1, early))], vec![], 3, Some(120)),
        (vec![run("c0", 1, &last(1, "null"))], vec![], 1, None),
        // Never restarted, but something ended before: nothing to say.
        (vec![run("c0", 0, &last(1, late))], vec![], 0, None),
        // Done init containers do not count once the pod runs, sidecars do.
        (
            vec![run("c0", 1, &last(1, early))],
            vec![in_state("i0", 5, &ended(0, 0, "Completed", "null"), &last(1, late))],
            1,
            Some(60),
        ),
        (
            vec![run("c0", 1, &last(1, early))],
            vec![
                running("i0", false, 0)
                    .replace("\"i0\"", "\"s0\"")
                    .replace("\"lastState\":{}", &format!("\"lastState\":{{{}}}", last(1, late))),
            ],
            1,
            Some(120),
        ),
    ] {
        let pod = pod(&main, &init);
        assert_eq!((pod.restarts, pod.restarted), (restarts, restarted), "{main:?} {init:?}");
    }
}

#[test]
fn requests_as_the_scheduler_counts_them() {
    let of = |cpu: &str| format!(r#""resources":{{"requests":{{"cpu":"{cpu}"}}}}"#);
    let spec = |init: &str, more: &str| {
        let json = format!(
            r#"{{"metadata":{{"name":"p"}},"spec":{{"containers":[{{"name":"a",{}}},{{"name":"b",{}}}],"initContainers":[{init}]{more}}}}}"#,
            of("100m"),
            of("200m")
        );
        match crate::model::project::Projector::new(crate::model::record::Kind::Pod)
            .object(json.as_bytes())
            .unwrap()
        {
            crate::model::record::Record::Pod(pod) => pod,
            other => panic!("{other:?}"),
        }
    };
    let init = |cpu: &str| format!(r#"{{"name":"i{cpu}",{}}}"#, of(cpu));
    let sidecar = |cpu: &str| format!(r#"{{"name":"s{cpu}","restartPolicy":"Always",{}}}"#, of(cpu));
    for (init, more, milli) in [
        (String::new(), "", 300),
        (init("250m"), "", 300),
        (init("400m"), "", 400),
        (sidecar("50m"), "", 350),
        (format!("{},{}", sidecar("50m"), init("320m")), "", 370),
        (format!("{},{}", init("340m"), sidecar("50m")), "", 350),
        (String::new(), r#","overhead":{"cpu":"20m"}"#, 320),
        (String::new(), r#","resources":{"requests":{"cpu":"1"}}"#, 1000),
    ] {
        let pod = spec(&init, more);
        assert_eq!(pod.requests().cpu, milli * 1_000_000, "{init} {more}");
        assert_eq!(pod.extras.is_some(), milli != 300, "costs nothing where the sum says it: {init} {more}");
    }
}

#[test]
fn claims_that_are_mounted() {
    let json = r#"{"metadata":{"name":"p"},"spec":{"volumes":[{"name":"c","configMap":{"name":"x"}},
        {"name":"d","persistentVolumeClaim":{"claimName":"data"}},{"name":"scratch","ephemeral":{"volumeClaimTemplate":{}}}]},
        "status":{"phase":"Failed"}}"#;
    let record = crate::model::project::Projector::new(crate::model::record::Kind::Pod)
        .object(json.as_bytes())
        .unwrap();
    let crate::model::record::Record::Pod(pod) = record else { panic!("no pod") };
    let claims: Vec<&str> = pod.claims().iter().map(|claim| &**claim).collect();
    assert_eq!((claims, pod.finished), (vec!["data", "p-scratch"], true));
}
