//! Deployments side by side: what is said of them, and in which order they stand.

use std::sync::Arc;

use super::*;
use crate::model::record::{Amounts, Record};
use crate::model::sample::deployment;

/// A deployment: `name image health ready/desired`, with `container=image` and `+` between several images.
fn row(text: &str) -> Deployment {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [name, images, health, share] = words.as_slice() else { panic!("{text}") };
    let Record::Deployment(mut row) = deployment(1, "shop", name, "app=x", "app=x") else { panic!("{text}") };
    let image = |text: &str| {
        let (container, image) = text.split_once('=').unwrap_or(("app", text));
        let (container, image) = (container.into(), image.into());
        Image { container, image, requests: Amounts::default(), limits: Amounts::default(), ports: [].into() }
    };
    row.images = images.split('+').map(image).collect::<Vec<_>>().into();
    row.health = match *health {
        "ok" => Health::Ok,
        "fault" => Health::Fault,
        "warn" => Health::Warning,
        "rolling" => Health::Progressing,
        "idle" => Health::Idle,
        other => panic!("{other}"),
    };
    let (ready, desired) = share.split_once('/').unwrap();
    (row.ready, row.desired) = (ready.parse().unwrap(), desired.parse().unwrap());
    *row
}

fn columns(count: usize) -> Vec<Column> {
    vec![Column { read: true, only: None }; count]
}

/// The lines in words: the name, each cell, what is said of it and where.
fn said(clusters: &[&[&str]], columns: &[Column]) -> Vec<String> {
    let rows: Vec<(usize, Deployment)> = clusters
        .iter()
        .enumerate()
        .flat_map(|(place, rows)| rows.iter().map(move |text| (place, row(text))))
        .collect();
    let cell = |cell: &Here| match cell {
        Here::Is(part) => {
            let sign = if part.differs { "#" } else { "" };
            format!("{}/{} {sign}{}", part.ready, part.desired, part.tag)
        }
        Here::Missing => "-".to_owned(),
        Here::Unread => "?".to_owned(),
    };
    let found = |finding: &Finding| format!("{} {:?}", finding.what.word(), finding.places);
    lines(rows.iter().map(|(place, row)| (*place, row)), columns)
        .iter()
        .map(|line| {
            let cells: Vec<String> = line.cells.iter().map(cell).collect();
            let findings: Vec<String> = line.findings.iter().map(found).collect();
            format!("{}: {} ({})", line.name, cells.join(" | "), findings.join(", "))
        })
        .collect()
}

#[test]
fn what_differs_is_missing_or_unwell_is_said_of_its_clusters() {
    for (clusters, wanted) in [
        (["web r/web:1 ok 3/3", "web r/web:1 ok 2/2"], "web: 3/3 1 | 2/2 1 ()"),
        (["web r/web:1 ok 3/3", "web r/web:2 ok 3/3"], "web: 3/3 1 | 3/3 #2 (images [1])"),
        (["web eu.r:5000/web:1 ok 3/3", "web us.r/a/web:1 ok 3/3"], "web: 3/3 1 | 3/3 1 ()"),
        (
            ["web web ok 1/1", "web web@sha256:0123456789 ok 1/1"],
            "web: 1/1 latest | 1/1 #@01234567 (images [1])",
        ),
        (
            ["web a=web:1+b=proxy:1 ok 1/1", "web a=web:1+b=proxy:2 ok 1/1"],
            "web: 1/1 1 +1 | 1/1 #2 +1 (images [1])",
        ),
        (["web web:1 fault 0/3", "web web:1 rolling 2/3"], "web: 0/3 1 | 2/3 1 (failing [0], rolling [1])"),
        (["web web:1 warn 2/3", "web web:1 idle 0/0"], "web: 2/3 1 | 0/0 1 (to look at [0], off [1])"),
        (["web web:1 idle 0/0", "web web:1 idle 0/0"], "web: 0/0 1 | 0/0 1 ()"),
    ] {
        let [one, other] = &clusters;
        assert_eq!(said(&[&[one], &[other]], &columns(2)), [wanted], "{clusters:?}");
    }
}

#[test]
fn the_images_of_most_clusters_are_the_usual_ones() {
    for (tags, wanted) in [
        (["1", "2", "2"], "web: 1/1 #1 | 1/1 2 | 1/1 2 (images [0])"),
        (["1", "2", "3"], "web: 1/1 1 | 1/1 #2 | 1/1 #3 (images [1, 2])"),
        (["1", "1", "1"], "web: 1/1 1 | 1/1 1 | 1/1 1 ()"),
    ] {
        let rows = tags.map(|tag| format!("web web:{tag} ok 1/1"));
        let clusters = rows.each_ref().map(|row| [row.as_str()]);
        let clusters = clusters.each_ref().map(|rows| rows.as_slice());
        assert_eq!(said(&clusters, &columns(3)), [wanted], "{tags:?}");
    }
}

#[test]
fn only_what_was_read_can_be_missing() {
    let clusters: [&[&str]; 2] = [&["web web:1 ok 1/1"], &[]];
    for (column, wanted) in [
        (Column { read: true, only: None }, "web: 1/1 1 | - (missing [1])"),
        (Column { read: false, only: None }, "web: 1/1 1 | ? ()"),
        (Column { read: true, only: Some("shop".to_owned()) }, "web: 1/1 1 | - (missing [1])"),
        (Column { read: true, only: Some("other".to_owned()) }, "web: 1/1 1 | ? ()"),
    ] {
        let columns = [Column { read: true, only: None }, column];
        assert_eq!(said(&clusters, &columns), [wanted], "{columns:?}");
    }
    // A row of a cluster that there is no column for is none.
    assert_eq!(said(&clusters, &[]), Vec::<String>::new());
}

#[test]
fn what_is_broken_or_differs_comes_first_and_names_order_the_rest() {
    let one: &[&str] = &[
        "a web:1 ok 1/1",
        "b web:1 rolling 0/1",
        "c web:1 ok 1/1",
        "d web:1 ok 1/1",
        "e web:1 fault 0/1",
        "f web:1 warn 0/1",
        "g web:1 ok 1/1",
    ];
    let other: &[&str] = &[
        "a web:1 ok 1/1",
        "b web:1 ok 1/1",
        "c web:2 ok 1/1",
        "e web:1 ok 1/1",
        "f web:1 ok 1/1",
        "g web:1 ok 1/1",
        "h web:1 ok 1/1",
    ];
    let lines = said(&[one, other], &columns(2));
    let names: String = lines.iter().filter_map(|line| line.chars().next()).collect();
    assert_eq!(names, "edhcfbag");
}

#[test]
fn rows_of_the_same_name_in_two_namespaces_are_two() {
    let (mut other, mine) = (row("web web:1 ok 1/1"), row("web web:1 ok 1/1"));
    other.meta.namespace = Arc::from("lab");
    let lines = lines([(0, &other), (0, &mine)], &columns(1));
    let places: Vec<(&str, &str)> = lines.iter().map(|line| (&*line.namespace, &*line.name)).collect();
    assert_eq!(places, [("lab", "web"), ("shop", "web")]);
}
