//! Real answers, shares of limits and requests, and what is said where nothing is known.

use serde_json::json;

use super::*;
use crate::model::record::Image;
use crate::model::sample;

fn measured(pages: &[Value]) -> Measured {
    let mut measured = Measured::empty();
    for page in pages {
        measured.page(page);
    }
    measured
}

fn pod(requests: Amounts, limits: &[Amounts]) -> Record {
    let Record::Pod(mut pod) = sample::pod(1, "shop", "web") else { panic!("no pod") };
    let image = |limits: &Amounts| Image {
        container: "a".into(),
        image: "b".into(),
        requests,
        limits: *limits,
        ports: Box::new([]),
    };
    pod.images = limits.iter().map(image).collect();
    Record::Pod(pod)
}

#[test]
fn a_real_answer_is_read_to_the_last_container() {
    let answer = include_str!("../../../tests/data/real-api/metrics-pods.json");
    let list: Value = serde_json::from_str(answer).unwrap();
    let measured = measured(std::slice::from_ref(&list));
    let used = measured.of("team-01", "bad-crashloop-576c454df-8xbjq").unwrap();
    let amounts = |cpu, memory| Amounts { cpu, memory };
    let containers = [
        ("app".into(), amounts(49_910_000, 145_227 << 10)),
        ("proxy".into(), amounts(13_047_999, 54_417 << 10)),
    ];
    assert_eq!(*used.containers, containers);
    assert_eq!(used.all, amounts(49_910_000 + 13_047_999, (145_227 + 54_417) << 10));
    let Measured::Known(objects) = &measured else { panic!("{measured:?}") };
    let all: usize = objects.values().map(HashMap::len).sum();
    assert_eq!(all, items(&list, "/items").len());
}

#[test]
fn cells_tell_the_share_of_what_bounds_it() {
    let item = |cpu: &str| {
        json!({"items": [{"metadata": {"namespace": "shop", "name": "web"},
            "containers": [{"name": "a", "usage": {"cpu": cpu, "memory": "64Mi"}}]}]})
    };
    let milli = |cpu: u64| Amounts { cpu: cpu * 1_000_000, memory: 0 };
    for (requests, limits, cpu, text, tone) in [
        (milli(0), &[milli(0)][..], "250m", "250m", Tone::Plain),
        (milli(200), &[milli(0)], "250m", "250m 125%R", Tone::Warn),
        (milli(200), &[milli(500)], "250m", "250m 50%L", Tone::Plain),
        (milli(200), &[milli(500)], "400m", "400m 80%L", Tone::Warn),
        (milli(200), &[milli(500)], "0.5", "500m 100%L", Tone::Bad),
        // One of two has no limit: the pod has none.
        (milli(100), &[milli(500), milli(0)], "250m", "250m 125%R", Tone::Warn),
        (milli(0), &[milli(0)], "1n", "1m", Tone::Plain),
    ] {
        let mut usage = Usage::default();
        usage.learn(Kind::Pod, measured(&[item(cpu)]));
        let record = pod(requests, limits);
        assert_eq!(cell(&record, &usage, What::Cpu), Cell::toned(text, tone));
        assert_eq!(cell(&record, &usage, What::Memory).text, "64Mi");
    }
}

#[test]
fn what_is_not_known_is_no_number() {
    let record = pod(Amounts::default(), &[]);
    for (measured, text) in [(Measured::NotAsked, ""), (Measured::Nothing, "n/a"), (Measured::empty(), "-")] {
        let mut usage = Usage::default();
        usage.learn(Kind::Pod, measured);
        assert_eq!(cell(&record, &usage, What::Cpu), Cell::toned(text, Tone::Dim));
    }
    let before = Measured::empty();
    assert!(Measured::Nothing.differs(&before, "a", "b"), "the words are others");
    assert!(!Measured::empty().differs(&before, "a", "b"));
}
