//! Rules about certificates in Secrets: they end.

use super::Object;
use super::gather::{Gathered, Hit};
use super::ground::Ground;
use crate::model::certificate::{Certificate, Ends};
use crate::model::record::{Kind, Seconds};
use crate::model::resource::Resource;

const DAY: Seconds = 24 * 60 * 60;

/// What is known of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificates {
    /// They are being read for the first time.
    Loading,
    /// They were read.
    Read(Ends),
    /// They cannot be looked at, and why.
    Not(String),
    /// Nobody wants them looked at, and by what.
    Off(String),
}

fn each<'a>(ground: &Ground<'a>) -> &'a [Certificate] {
    match ground.scene.certificates {
        Certificates::Read(ends) => &ends.all,
        Certificates::Loading | Certificates::Not(_) | Certificates::Off(_) => &[],
    }
}

fn object(ground: &Ground<'_>, it: &Certificate) -> Object {
    let secrets = |kind: &Kind| kind.resource().2 == "secrets" && kind.resource().0.is_empty();
    Object {
        kind: Resource::SECRETS.kind.as_ref().into(),
        namespace: it.namespace.clone(),
        name: it.name.clone(),
        uid: it.uid.clone(),
        row: ground.scene.feeds.iter().map(|feed| feed.kind).find(secrets),
    }
}

/// The day, in UTC.
fn day(at: Seconds) -> String {
    let time = jiff::Timestamp::from_second(at).ok();
    time.map_or_else(String::new, |time| time.strftime("%Y-%m-%d").to_string())
}

pub(super) fn expired(ground: &Ground<'_>, out: &mut Gathered) {
    for it in each(ground) {
        if it.ends > ground.now() {
            out.turns_at(it.ends);
            continue;
        }
        let words = format!("certificate has expired on {}", day(it.ends));
        out.push(Hit::itself(object(ground, it), words, it.ends));
    }
}

pub(super) fn ends(ground: &Ground<'_>, out: &mut Gathered) {
    let near = Seconds::from(ground.scene.thresholds.certificate_days) * DAY;
    for it in each(ground).iter().filter(|it| it.ends > ground.now()) {
        let from = it.ends.saturating_sub(near);
        if from > ground.now() {
            out.turns_at(from);
            continue;
        }
        let left = (it.ends - ground.now()) / DAY;
        out.turns_at(it.ends - left * DAY + 1);
        let left = match left {
            0 => "in less than a day".to_owned(),
            1 => "in 1 day".to_owned(),
            days => format!("in {days} days"),
        };
        out.push(Hit::itself(object(ground, it), format!("certificate ends {left}, {}", day(it.ends)), 0));
    }
}
