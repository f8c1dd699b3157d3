//! Columns of our own beside those that the server prints, for kinds where more is useful.

use std::borrow::Cow;

use super::tone;
use crate::model::column::{Align, Cell, Column, Cx, Tone, When};
use crate::model::facts::{Autoscaler, CronJob, Facts, Ingress, Job};
use crate::model::record::{Record, Seconds};
use crate::model::resource::Resource;
use crate::model::units;

/// The kinds that have some, and which.
pub const ALL: &[(Resource, &[Column])] = &[
    (Resource::CRON_JOBS, CRON_JOB),
    (Resource::JOBS, JOB),
    (Resource::AUTOSCALERS, AUTOSCALER),
    (Resource::INGRESSES, INGRESS),
    (Resource::PERSISTENT_VOLUME_CLAIMS, CLAIM),
];

/// Those of a kind.
pub(super) fn of(resource: &Resource) -> &'static [Column] {
    let same = |one: &Resource| one.group == resource.group && one.plural == resource.plural;
    ALL.iter().find(|(one, _)| same(one)).map_or(&[], |(_, columns)| columns)
}

/// What gives way where there is little room: ours says it too, or more of it, or it is rarely asked for.
const GIVES_WAY: &[(Resource, &[&str])] = &[
    (Resource::INGRESSES, &["Class", "Hosts", "Address", "Ports"]),
    (Resource::CRON_JOBS, &["Timezone", "Suspend", "Active", "Last Schedule"]),
    (
        Resource::PERSISTENT_VOLUME_CLAIMS,
        &["Volume", "Access Modes", "StorageClass", "VolumeAttributesClass"],
    ),
];

/// Whether a column of the server's gives way to ours where there is little room.
pub(super) fn gives_way(resource: &Resource, name: &str) -> bool {
    let same = |one: &Resource| one.group == resource.group && one.plural == resource.plural;
    GIVES_WAY.iter().any(|(one, names)| same(one) && names.contains(&name))
}

macro_rules! facts {
    ($name:ident: $of:ident) => {
        fn $name(record: &Record) -> Option<&$of> {
            match record {
                Record::Row(row) => match row.facts.as_deref() {
                    Some(Facts::$of(it)) => Some(it),
                    _ => None,
                },
                _ => None,
            }
        }
    };
}

facts!(cron_job: CronJob);
facts!(job: Job);
facts!(autoscaler: Autoscaler);
facts!(ingress: Ingress);

fn plain<'a>() -> Cell<'a> {
    Cell::plain("")
}

fn next_run(it: &CronJob, now: Seconds) -> Option<Seconds> {
    if it.suspended { None } else { it.schedule.next(now) }
}

const CRON_JOB: &[Column] = &[
    Column {
        id: "next-run",
        title: "NEXT RUN",
        help: "How long until it runs next, by its schedule and time zone.",
        align: Align::Right,
        when: When::Always,
        max: 10,
        cell: |record, cx| {
            cron_job(record).map_or_else(plain, |it| match next_run(it, cx.now) {
                _ if it.suspended => Cell::toned("suspended", Tone::Dim),
                Some(next) => Cell::plain(format!("in {}", units::coarse_age(next, cx.now))),
                None => Cell::toned("<unknown>", Tone::Dim),
            })
        },
        order: |a, b, cx| {
            // What does not run comes last.
            let next = |record| cron_job(record).and_then(|it| next_run(it, cx.now)).unwrap_or(Seconds::MAX);
            next(a).cmp(&next(b))
        },
    },
    Column {
        id: "last-result",
        title: "LAST RESULT",
        help: "What became of its last run: succeeded, failed, running, never ran.",
        align: Align::Left,
        when: When::Always,
        max: 11,
        cell: |record, _| {
            cron_job(record).map_or_else(plain, |it| match it.last_result() {
                "failed" => Cell::toned("failed", Tone::Bad),
                "running" => Cell::toned("running", Tone::Busy),
                "never ran" => Cell::toned("never ran", Tone::Dim),
                other => Cell::plain(other),
            })
        },
        order: |a, b, _| {
            let result = |record| cron_job(record).map(CronJob::last_result);
            result(a).cmp(&result(b))
        },
    },
];

/// How long it ran, or has been running for.
fn ran(it: &Job, now: Seconds) -> Option<Seconds> {
    let until = if it.ended == 0 { now } else { it.ended };
    (it.started != 0).then(|| until.saturating_sub(it.started).max(0))
}

const JOB: &[Column] = &[
    Column {
        id: "failed",
        title: "FAILED",
        help: "Pods of it that failed.",
        align: Align::Right,
        when: When::Always,
        max: 6,
        cell: |record, _| {
            job(record).map_or_else(plain, |it| {
                Cell::toned(it.failed.to_string(), if it.failed > 0 { Tone::Bad } else { Tone::Dim })
            })
        },
        order: |a, b, _| job(a).map(|it| it.failed).cmp(&job(b).map(|it| it.failed)),
    },
    Column {
        id: "duration",
        title: "DURATION",
        help: "How long it ran; goes on while it runs.",
        align: Align::Right,
        when: When::Always,
        max: 8,
        cell: |record, cx| {
            job(record).map_or_else(plain, |it| match ran(it, cx.now) {
                Some(time) if it.ended == 0 => Cell::toned(units::coarse_age(time, 0), Tone::Busy),
                Some(time) => Cell::plain(units::age(time, 0)),
                None => Cell::toned("<none>", Tone::Dim),
            })
        },
        order: |a, b, cx| {
            let time = |record| job(record).and_then(|it| ran(it, cx.now));
            time(a).cmp(&time(b))
        },
    },
];

const AUTOSCALER: &[Column] = &[Column {
    id: "state",
    title: "STATE",
    help: "Whether it is at its maximum, is on its way to another number, or why it cannot scale.",
    align: Align::Left,
    when: When::Always,
    max: 0,
    cell: |record, _| {
        autoscaler(record).map_or_else(plain, |it| Cell::toned(it.state(), tone(record.health())))
    },
    order: |a, b, _| super::by_health(a, b, |_| ""),
}];

const INGRESS: &[Column] = &[Column {
    id: "routes",
    title: "ROUTES",
    help: "Host and path, the service that they lead to, and its ready endpoints; dead ends first.",
    align: Align::Left,
    when: When::Always,
    max: 0,
    cell: routes,
    order: |a, b, cx| dead_ends(b, cx).cmp(&dead_ends(a, cx)),
}];

const CLAIM: &[Column] = &[Column {
    id: "mounted-by",
    title: "MOUNTED BY",
    help: "The pods that mount it; `?` where the pods of its namespace may not be read.",
    align: Align::Left,
    when: When::Always,
    max: 0,
    cell: mounted_by,
    order: |a, b, cx| {
        let pods = |record| mounting(record, cx).map(<[Box<str>]>::len);
        pods(a).cmp(&pods(b))
    },
}];

fn mounting<'a>(record: &Record, cx: &Cx<'a>) -> Option<&'a [Box<str>]> {
    let meta = record.meta();
    cx.placed?.mounting(&meta.namespace, &meta.name)
}

/// The first of them, and how many more: whoever wants them all asks for its relations.
fn mounted_by<'a>(record: &'a Record, cx: &Cx<'a>) -> Cell<'a> {
    match mounting(record, cx) {
        None => Cell::toned("?", Tone::Dim),
        Some([]) => Cell::toned("<none>", Tone::Dim),
        Some([only]) => Cell::plain(only.as_ref()),
        Some([first, rest @ ..]) => Cell::plain(format!("{first} +{}", rest.len())),
    }
}

fn dead_ends(record: &Record, cx: &Cx<'_>) -> usize {
    let namespace = &record.meta().namespace;
    ingress(record)
        .map_or(0, |it| it.routes.iter().filter(|route| route.is_dead(namespace, cx.endpoints)).count())
}

fn routes<'a>(record: &'a Record, cx: &Cx<'a>) -> Cell<'a> {
    let Some(it) = ingress(record) else { return plain() };
    let namespace = &record.meta().namespace;
    let words = |dead: bool| {
        let of = it.routes.iter().filter(move |route| route.is_dead(namespace, cx.endpoints) == dead);
        of.map(move |route| match (route.endpoints(namespace, cx.endpoints), &*route.service) {
            (_, "") => format!("{} -> no service", route.from),
            ((_, 0), service) if dead => format!("{} -> {service} dead end", route.from),
            ((ready, all), service) => format!("{} -> {service} {ready}/{all}", route.from),
        })
    };
    let all: Vec<String> = words(true).chain(words(false)).collect();
    let tone = if dead_ends(record, cx) > 0 { Tone::Bad } else { Tone::Plain };
    Cell::toned(Cow::Owned(all.join(", ")), tone)
}
