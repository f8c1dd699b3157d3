//! Rollouts, from when revisions were made: ReplicaSets of deployments, ControllerRevisions of stateful and daemon sets.
//!
//! A ReplicaSet that is made is the beginning of a rollout. A rollback makes none: it gives an old one a new number, and then
//! the deployment's own manager tells when.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::paths;
use super::{Happening, Material, What, named, time};
use crate::model::diff::{Difference, differences};
use crate::model::json::{flag, items, name, number, text, texts, uid};
use crate::model::record::Seconds;
use crate::model::relate::Named;
use crate::model::resource::Resource;
use crate::model::text::clean;
use crate::release::history::{CAUSE, REVISION, images, without_hash};
use crate::release::images::{parts, short};

/// The annotation in which the Deployment controller keeps the numbers that a ReplicaSet had before.
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Who wrote the template within so many seconds before a revision was made is who began the rollout.
const TOGETHER: Seconds = 5;
/// A revision that is made so soon after its workload belongs to its making.
const WITH_ITS_OWNER: Seconds = 5;
/// Of so many rollouts the templates are read.
const MOST: usize = 60;
/// So many differences are named.
const NAMED: usize = 3;

/// A revision, by what its metadata says.
struct Holder<'a> {
    resource: &'static Resource,
    object: &'a Value,
    /// Its number; 0 where the metadata has none.
    number: i64,
    /// The numbers that it had before: a rollback gives it a new one.
    before: Vec<i64>,
    created: Seconds,
}

/// A rollout: to a revision, from the one before.
struct Rollout<'a> {
    about: Named,
    owner: Option<&'a Value>,
    uid: &'a str,
    at: Seconds,
    to: &'a Holder<'a>,
    from: (&'a Holder<'a>, i64),
    /// The numbers that the two had then; 0: none.
    numbers: (i64, i64),
    by: String,
}

/// The holders of revisions by the UIDs of their controllers, each list from old to new.
fn holders(material: &Material) -> BTreeMap<&str, Vec<Holder<'_>>> {
    let mut out: BTreeMap<&str, Vec<Holder<'_>>> = BTreeMap::new();
    for resource in [&Resource::REPLICA_SETS, &Resource::CONTROLLER_REVISIONS] {
        for object in material.lists.get(resource).into_iter().flatten() {
            let controller =
                items(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"));
            let Some(owner) = controller else { continue };
            let annotated =
                texts(object, "/metadata/annotations").get(REVISION).and_then(|text| text.parse().ok());
            let whole = material.templates.get(uid(object));
            let number =
                annotated.or_else(|| whole.and_then(|whole| number(whole, "/revision"))).unwrap_or(0);
            let created = time(object, "/metadata/creationTimestamp").unwrap_or(0);
            let annotations = texts(object, "/metadata/annotations");
            let before = annotations.get(HISTORY).map_or("", String::as_str);
            let before = before.split(',').filter_map(|number| number.trim().parse().ok()).collect();
            out.entry(text(owner, "/uid")).or_default().push(Holder {
                resource,
                object,
                number,
                before,
                created,
            });
        }
    }
    for list in out.values_mut() {
        list.sort_by(|a, b| {
            (a.number, a.created, name(a.object)).cmp(&(b.number, b.created, name(b.object)))
        });
    }
    out
}

/// Calls back with every rollout since a time.
fn each<'a>(
    material: &'a Material,
    holders: &'a BTreeMap<&'a str, Vec<Holder<'a>>>,
    since: Seconds,
    mut told: impl FnMut(&Rollout<'a>),
) {
    let mut owners: BTreeMap<&str, (&Resource, &Value)> = BTreeMap::new();
    for resource in [&Resource::DEPLOYMENTS, &Resource::STATEFUL_SETS, &Resource::DAEMON_SETS] {
        for object in material.lists.get(resource).into_iter().flatten() {
            owners.insert(uid(object), (resource, object));
        }
    }
    for (owner_uid, list) in holders {
        let owner = owners.get(owner_uid).copied();
        for (place, to) in list.iter().enumerate() {
            let about = match owner {
                Some((resource, object)) => named(resource, object),
                None => owner_named(to),
            };
            let owner = owner.map(|(_, object)| object);
            let owner_made = owner.and_then(|owner| time(owner, "/metadata/creationTimestamp"));
            let with_its_owner = owner_made.is_some_and(|made| to.created - made <= WITH_ITS_OWNER);
            let born = to.before.iter().copied().min().unwrap_or(to.number);
            if to.created >= since
                && !with_its_owner
                && let Some(from) = serving_before(list, to, born)
            {
                let wrote = owner
                    .and_then(|owner| wrote_template(owner, to.created - TOGETHER, to.created + TOGETHER));
                let by = wrote.map(|(_, by)| by).unwrap_or_default();
                let (about, at) = (about.clone(), to.created);
                told(&Rollout { about, owner, uid: owner_uid, at, to, from, numbers: (from.1, born), by });
            }
            // It got the number that it has by a rollback.
            let last = place + 1 == list.len();
            if (!to.before.is_empty() || (last && to.created < since))
                && let Some(from) = serving_before(list, to, to.number)
                && let Some((at, by)) = rolled_back(owner, list, to, last, since)
            {
                told(&Rollout {
                    about,
                    owner,
                    uid: owner_uid,
                    at,
                    to,
                    from,
                    numbers: (from.1, to.number),
                    by,
                });
            }
        }
    }
}

/// Which revision served before another one got a number: the one with the largest number below it, and that number.
fn serving_before<'a>(list: &'a [Holder<'a>], to: &Holder<'_>, number: i64) -> Option<(&'a Holder<'a>, i64)> {
    if number == 0 {
        // The metadata says no numbers: by their age.
        let older = list.iter().filter(|one| {
            one.created < to.created || (one.created == to.created && name(one.object) < name(to.object))
        });
        return older.max_by_key(|one| one.created).map(|one| (one, 0));
    }
    let had = |one: &'a Holder<'a>| one.before.iter().copied().chain([one.number]).map(move |had| (one, had));
    list.iter()
        .filter(|one| uid(one.object) != uid(to.object))
        .flat_map(had)
        .filter(|(_, had)| *had > 0 && *had < number)
        .max_by_key(|(_, had)| *had)
}

/// When, and by whom, a revision was rolled back to: of the current one the owner says it; of an older one it is known only
/// that it was before the next one was made, and when the controller wrote it last.
fn rolled_back(
    owner: Option<&Value>,
    list: &[Holder<'_>],
    to: &Holder<'_>,
    last: bool,
    since: Seconds,
) -> Option<(Seconds, String)> {
    if last && let Some(wrote) = owner.and_then(|owner| wrote_template(owner, since, Seconds::MAX)) {
        return Some(wrote);
    }
    if to.before.is_empty() {
        return None;
    }
    let written = items(to.object, "/metadata/managedFields")
        .iter()
        .filter(|entry| text(entry, "/subresource").is_empty())
        .filter_map(|entry| time(entry, "/time"))
        .max();
    let next = list.iter().filter(|one| one.number > to.number).map(|one| one.created).min();
    let at = [written, next].into_iter().flatten().min().filter(|at| *at >= since && *at > to.created)?;
    Some((at, String::new()))
}

/// What a holder says of its owner, where that was not read.
fn owner_named(holder: &Holder<'_>) -> Named {
    let owner =
        items(holder.object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"));
    let part = |pointer: &str| owner.map_or("", |owner| text(owner, pointer)).to_owned();
    Named {
        group: part("/apiVersion").split_once('/').map_or(String::new(), |(group, _)| group.to_owned()),
        kind: part("/kind"),
        namespace: text(holder.object, "/metadata/namespace").to_owned(),
        name: part("/name"),
    }
}

/// When, and by whom, an object's template was written in a span of time: the latest.
fn wrote_template(owner: &Value, from: Seconds, to: Seconds) -> Option<(Seconds, String)> {
    let created = time(owner, "/metadata/creationTimestamp");
    items(owner, "/metadata/managedFields")
        .iter()
        .filter(|entry| text(entry, "/subresource").is_empty())
        .filter_map(|entry| Some((time(entry, "/time")?, entry)))
        .filter(|(at, _)| (from..=to).contains(at) && Some(*at) != created)
        .filter(|(_, entry)| {
            let fields = entry.get("fieldsV1").map(paths).unwrap_or_default();
            fields.iter().any(|path| path.starts_with("spec.template"))
        })
        .max_by_key(|(at, _)| *at)
        .map(|(at, entry)| (at, clean(text(entry, "/manager")).into_owned()))
}

/// The objects that hold the templates of the rollouts since a time: resource, namespace, name, UID. The newest first; of very
/// many the oldest are left out, and then their templates are not compared.
pub fn needed(material: &Material, since: Seconds) -> Vec<(&'static Resource, String, String, String)> {
    let holders = holders(material);
    let mut found: Vec<(Seconds, Vec<&Holder<'_>>)> = Vec::new();
    each(material, &holders, since, |rollout| {
        found.push((rollout.at, vec![rollout.to, rollout.from.0]));
    });
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut out: Vec<(&'static Resource, String, String, String)> = Vec::new();
    for holder in found.into_iter().take(MOST).flat_map(|(_, holders)| holders) {
        let one = (
            holder.resource,
            text(holder.object, "/metadata/namespace").to_owned(),
            name(holder.object).to_owned(),
            uid(holder.object).to_owned(),
        );
        if !out.contains(&one) {
            out.push(one);
        }
    }
    out
}

/// The rollouts since a time.
pub(super) fn happenings(material: &Material, since: Seconds) -> Vec<Happening> {
    let holders = holders(material);
    let mut out = Vec::new();
    each(material, &holders, since, |rollout| {
        out.push(Happening {
            at: rollout.at,
            about: rollout.about.clone(),
            uid: rollout.owner.map_or(rollout.uid, uid).to_owned(),
            what: What::Rollout,
            words: clean(&words(rollout, material)).into_owned(),
            by: rollout.by.clone(),
        });
    });
    out
}

fn words(rollout: &Rollout<'_>, material: &Material) -> String {
    let mut out = match rollout.numbers {
        (from, to) if from > 0 && to > 0 => format!("{from} -> {to}"),
        (_, to) if to > 0 => format!("to revision {to}"),
        _ => "to another revision".to_owned(),
    };
    let template = |holder: &Holder<'_>| material.templates.get(uid(holder.object)).map(template_of);
    if let (Some(from), Some(to)) = (template(rollout.from.0), template(rollout.to)) {
        let differences = differences(&without_hash(&from), &without_hash(&to));
        let one = images(&to).len() == 1;
        let (mut first, rest): (Vec<_>, Vec<_>) =
            differences.iter().partition(|difference| is_image(difference));
        first.extend(rest);
        let named: Vec<String> = first.iter().take(NAMED).map(|difference| told(difference, one)).collect();
        let more = first.len().saturating_sub(NAMED);
        out += ": ";
        out += &if named.is_empty() { "the same template".to_owned() } else { named.join(", ") };
        if more > 0 {
            out = format!("{out} and {more} more");
        }
    }
    let cause = texts(rollout.to.object, "/metadata/annotations").remove(CAUSE).unwrap_or_default();
    if cause.is_empty() { out } else { format!("{out} \"{cause}\"") }
}

/// A difference in words; of an image what is the same on both sides is said once: `pay 3.0 -> 3.1`.
fn told(difference: &Difference, one_container: bool) -> String {
    let (from, to) = (difference.from_words(), difference.to_words());
    if !is_image(difference) {
        let words = difference.words(one_container);
        // A value that is called a secret is not told, wherever it stands: this is read by others, too.
        let told = |said: &str, is: bool| {
            if is && is_called_secret(&words) { "****".to_owned() } else { said.to_owned() }
        };
        let (from, to) = (told(from, difference.from.is_some()), told(to, difference.to.is_some()));
        return format!("{words} {from} -> {to}");
    }
    let (old, new) = (parts(from), parts(to));
    let (from, to) = match (old.repository == new.repository, old.tag, new.tag) {
        (true, tag, other) if !other.is_empty() && tag != other => (short(from), other.to_owned()),
        _ => (short(from), short(to)),
    };
    if one_container {
        return format!("{from} -> {to}");
    }
    format!("{} {from} -> {to}", difference.words(false))
}

/// Whether what is named so is likely a password, a token or a key.
fn is_called_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "pw", "secret", "token", "key", "credential", "auth", "dsn", "signature", "cookie"]
        .iter()
        .any(|word| name.contains(word))
}

fn is_image(difference: &Difference) -> bool {
    difference.path.rsplit('.').next() == Some("image")
}

fn template_of(holder: &Value) -> Value {
    let mut template = match holder.get("data") {
        Some(data) => data["spec"]["template"].clone(),
        None => holder["spec"]["template"].clone(),
    };
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    template
}
