//! Whether a switch of a service has taken, by its EndpointSlices.
//!
//! A service has several slices: of at most a hundred endpoints each, one set for each address family, and apart by ports
//! (`k8s.io/endpointslice/reconciler.go`). They are written one after the other, so what counts is all of them together.
//! What the conditions mean is the API's (`discovery/v1` `EndpointConditions`): `ready` unset counts as ready; what is
//! terminating is not ready unless the service publishes addresses that are not.

use serde_json::Value;

use super::Verdict;
use crate::release::json::{items, text};

/// A pod in the slices of a service.
struct Shown<'a> {
    name: &'a str,
    ready: bool,
    ending: bool,
}

/// The pods of the slices of one address family, each once: ready when one of its endpoints is.
fn shown<'a>(slices: impl Iterator<Item = &'a Value>) -> Vec<Shown<'a>> {
    let mut all: Vec<Shown<'a>> = Vec::new();
    for endpoint in slices.flat_map(|slice| items(slice, "/endpoints")) {
        let name = text(endpoint, "/targetRef/name");
        if text(endpoint, "/targetRef/kind") != "Pod" || name.is_empty() {
            continue;
        }
        let condition =
            |word: &str| endpoint.pointer(&format!("/conditions/{word}")).and_then(Value::as_bool);
        let (ready, ending) = (condition("ready").unwrap_or(true), condition("terminating").unwrap_or(false));
        match all.iter_mut().find(|known| known.name == name) {
            Some(known) => known.ready |= ready,
            None => all.push(Shown { name, ready, ending }),
        }
    }
    all
}

/// The names of the pods that are ready by the slices of a service.
pub fn ready(slices: &[Value]) -> Vec<&str> {
    shown(slices.iter()).into_iter().filter(|pod| pod.ready).map(|pod| pod.name).collect()
}

/// How far a switch is.
///
/// - It goes on while a pod that is to leave is shown anywhere (one that is being ended and not ready does no harm).
/// - It is done when as many are ready as were when it was sent, in every family that shows any of them. Pods that came since
///   count for others that went, and are named as such: it is the selector that decides who serves, not a list of names.
/// - When the old ones are gone and all that are there are not ready, it has failed: the switch has taken, and nothing serves.
pub fn judge(expected: &[String], leaving: &[String], slices: &[Value]) -> Verdict {
    let mut families: Vec<&str> = slices.iter().map(|slice| text(slice, "/addressType")).collect();
    families.sort_unstable();
    families.dedup();
    let family = |family: &&str| {
        let of = *family;
        shown(slices.iter().filter(move |slice| text(slice, "/addressType") == of))
    };
    let families: Vec<Vec<Shown<'_>>> = families.iter().map(family).collect();
    let wanted = expected.len();
    let old = |pod: &&Shown<'_>| leaving.iter().any(|name| name == pod.name) && (pod.ready || !pod.ending);
    let still = families.iter().map(|pods| pods.iter().filter(old).count()).max().unwrap_or(0);
    // Pods with an address of one family only are not in the slices of the other, which may be empty then.
    let counted = families.iter().filter(|pods| !pods.is_empty());
    let ready = |pods: &&Vec<Shown<'_>>| pods.iter().filter(|pod| pod.ready).filter(|pod| !old(pod)).count();
    let Some(worst) = counted.min_by_key(ready) else {
        return match (wanted, leaving.len()) {
            (0, 1..) => Verdict::Done("no endpoints, as planned".to_owned()),
            (0, 0) => Verdict::Done("no endpoints, as before".to_owned()),
            _ => Verdict::Going(format!("0/{wanted} endpoints, none at all just now")),
        };
    };
    let now = ready(&worst);
    if still > 0 {
        let arrived =
            worst.iter().filter(|pod| pod.ready && expected.iter().any(|name| name == pod.name)).count();
        return Verdict::Going(format!("{arrived}/{wanted} endpoints, {still} of the old ones still"));
    }
    let lame: Vec<&str> = worst.iter().filter(|pod| !pod.ready && !pod.ending).map(|pod| pod.name).collect();
    if now == 0 && wanted > 0 && !lame.is_empty() {
        return Verdict::Failed(format!("switched, and nothing serves: {} not ready", lame.join(", ")));
    }
    if now < wanted {
        let why = if lame.is_empty() { String::new() } else { format!(", not ready: {}", lame.join(", ")) };
        return Verdict::Going(format!("{now}/{wanted} endpoints{why}"));
    }
    let since = worst.iter().filter(|pod| pod.ready && !expected.iter().any(|name| name == pod.name)).count();
    let gone = expected.iter().filter(|name| !worst.iter().any(|pod| pod.name == *name && pod.ready)).count();
    let count = if now == wanted { format!("{now}/{wanted}") } else { format!("{now} ({wanted} planned)") };
    let words = match (since, gone) {
        (0, _) => format!("endpoints {count} as selected"),
        (since, 0) => format!("endpoints {count} as selected, {since} of them since it was planned"),
        (since, gone) => {
            format!("endpoints {count} as selected: {since} came and {gone} went since it was planned")
        }
    };
    Verdict::Done(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A slice: `name` is ready, `-name` is not, `~name` is being ended and not ready, `+name` is being ended and published.
    fn slice(family: &str, pods: &str) -> Value {
        let endpoints: Vec<Value> = pods
            .split_whitespace()
            .map(|word| {
                let name = word.trim_start_matches(['-', '~', '+']);
                let (ready, ending) = match &word[..1] {
                    "-" => (false, false),
                    "~" => (false, true),
                    "+" => (true, true),
                    _ => (true, false),
                };
                json!({"targetRef": {"kind": "Pod", "name": name}, "conditions": {"ready": ready, "serving": true, "terminating": ending}})
            })
            .collect();
        json!({"addressType": family, "endpoints": endpoints})
    }

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_switch_is_done_when_the_slices_say_so() {
        let v4 = |pods: &[&str]| -> Vec<Value> { pods.iter().map(|pods| slice("IPv4", pods)).collect() };
        let both = |four: &str, six: &str| vec![slice("IPv4", four), slice("IPv6", six)];
        let going = |words: &str| Verdict::Going(words.to_owned());
        let done = |words: &str| Verdict::Done(words.to_owned());
        for (slices, verdict) in [
            (v4(&["b1 b2"]), going("0/2 endpoints, 2 of the old ones still")),
            (v4(&["g1 g2"]), done("endpoints 2/2 as selected")),
            (v4(&["g1", "g2"]), done("endpoints 2/2 as selected")),
            (v4(&["g1 g2", "b1"]), going("2/2 endpoints, 1 of the old ones still")),
            (v4(&["g1 g2 ~b1"]), done("endpoints 2/2 as selected")),
            (v4(&["g1 g2 +b1"]), going("2/2 endpoints, 1 of the old ones still")),
            (v4(&["g1 g2 -b1"]), going("2/2 endpoints, 1 of the old ones still")),
            (v4(&["g1 -g2"]), going("1/2 endpoints, not ready: g2")),
            (v4(&["g1"]), going("1/2 endpoints")),
            (v4(&["g1 g2 g3"]), done("endpoints 3 (2 planned) as selected, 1 of them since it was planned")),
            (v4(&["g1 g3"]), done("endpoints 2/2 as selected: 1 came and 1 went since it was planned")),
            (v4(&["-g1 -g2"]), Verdict::Failed("switched, and nothing serves: g1, g2 not ready".to_owned())),
            (v4(&[""]), going("0/2 endpoints, none at all just now")),
            (both("g1 g2", "g1 g2"), done("endpoints 2/2 as selected")),
            (both("g1 g2", "b1 b2"), going("0/2 endpoints, 2 of the old ones still")),
            (both("g1 g2", "g1"), going("1/2 endpoints")),
            (both("g1 g2", ""), done("endpoints 2/2 as selected")),
            (vec![], going("0/2 endpoints, none at all just now")),
        ] {
            assert_eq!(judge(&names("g1 g2"), &names("b1 b2"), &slices), verdict, "{slices:?}");
        }
    }

    #[test]
    fn nothing_was_expected_and_nothing_came() {
        assert_eq!(
            judge(&[], &names("b1"), &[slice("IPv4", "")]),
            Verdict::Done("no endpoints, as planned".into())
        );
        assert_eq!(
            judge(&[], &names("b1"), &[slice("IPv4", "b1")]),
            Verdict::Going("0/0 endpoints, 1 of the old ones still".into())
        );
        let unready = judge(&[], &names("b1"), &[slice("IPv4", "-g1")]);
        assert_eq!(unready, Verdict::Done("endpoints 0/0 as selected".into()));
    }

    #[test]
    fn a_pod_counts_once_and_what_is_no_pod_does_not() {
        let mut by_hand = slice("IPv4", "g1 g1");
        by_hand["endpoints"].as_array_mut().unwrap().push(json!({"addresses": ["10.0.0.9"]}));
        assert_eq!(ready(&[by_hand, slice("IPv6", "g1 -g2")]), ["g1"]);
        let unset = json!({"addressType": "IPv4", "endpoints": [{"targetRef": {"kind": "Pod", "name": "g1"}, "conditions": {}}]});
        assert_eq!(ready(&[unset]), ["g1"], "unset is ready");
    }
}
