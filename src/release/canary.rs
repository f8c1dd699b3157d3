//! Canaries by replicas: several deployments behind one service, and the share of its ready endpoints that each has.
//!
//! What is shown of them is [`look`]'s; a share of all endpoints, where others have some too, is [`pair`]'s.

pub mod look;
pub mod pair;

use serde_json::Value;

use super::change::{Change, ContainerImage};
use super::request::RESTARTED_AT;
use super::target::Target;
use crate::model::diff::differences;

/// A deployment behind the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Which.
    pub target: Target,
    /// Pods that it wants.
    pub replicas: u32,
    /// Ready pods that the service selects.
    pub ready: u32,
    /// Containers and their images.
    pub images: Vec<(String, String)>,
    /// It rolls nothing out.
    pub paused: bool,
    /// It says of itself that it is the one that is tried.
    pub tried: bool,
}

/// Whether a deployment says of itself that it is a canary: by its name, or by the label `track` of its pods. Its size does not
/// say it: a canary may have most of the traffic.
pub fn says_canary(name: &str, track: Option<&str>) -> bool {
    let says = |word: &str| word.contains("canary") || word.contains("preview");
    says(name) || track.is_some_and(says)
}

/// The stable side first, then those with most ready pods.
pub fn ordered(mut sides: Vec<Side>) -> Vec<Side> {
    sides.sort_by_key(|side| (side.tried, std::cmp::Reverse((side.ready, side.replicas))));
    sides
}

/// The share of the ready endpoints in percent, rounded; nothing ready is no share.
pub fn share(ready: u32, all: u32) -> u32 {
    (ready * 100 + all / 2).checked_div(all).unwrap_or(0)
}

/// Replicas of canary and stable that give the canary so many percent, with as many pods as now in all: each keeps one,
/// unless it is to have none.
pub fn replicas(percent: u32, total: u32) -> (u32, u32) {
    match percent {
        0 => (0, total.max(1)),
        100.. => (total.max(1), 0),
        percent => {
            let total = total.max(2);
            let canary = ((total * percent + 50) / 100).clamp(1, total - 1);
            (canary, total - canary)
        }
    }
}

/// The scales that give the canary so many percent: what grows first, so that there are never fewer pods than before.
pub fn set_share(canary: &Side, stable: &Side, percent: u32) -> Vec<(Target, Change)> {
    scales(canary, stable, replicas(percent, canary.replicas + stable.replicas))
}

fn scales(canary: &Side, stable: &Side, (more, rest): (u32, u32)) -> Vec<(Target, Change)> {
    let mut steps =
        vec![(canary, more.cmp(&canary.replicas), more), (stable, rest.cmp(&stable.replicas), rest)];
    steps.retain(|(_, change, _)| change.is_ne());
    steps.sort_by_key(|(_, change, _)| std::cmp::Reverse(*change));
    steps.into_iter().map(|(side, _, replicas)| (side.target.clone(), Change::Scale { replicas })).collect()
}

/// The stable side gets the canary's images, container by container, then the canary's pods in number too, and when all of them
/// are ready, the canary goes: the images come first, while fewer pods have to be replaced. An error says why that cannot be: their containers differ, the stable side is paused (nothing would roll out, and the canary would
/// go at once), or no pod of the canary is ready, so that nothing shows that its images work.
pub fn promote(canary: &Side, stable: &Side) -> Result<Vec<(Target, Change)>, String> {
    for (one, other) in [(stable, canary), (canary, stable)] {
        let lacks = |(name, _): &&(String, String)| !other.images.iter().any(|(known, _)| known == name);
        if let Some((container, _)) = one.images.iter().find(lacks) {
            return Err(format!(
                "{} has no container {container}, {} has one: set the images by hand",
                other.target, one.target
            ));
        }
    }
    let other = |(name, then): &&(String, String)| {
        stable.images.iter().any(|(known, now)| known == name && now != then)
    };
    let images: Vec<ContainerImage> = canary
        .images
        .iter()
        .filter(other)
        .map(|(container, image)| ContainerImage { container: container.clone(), image: image.clone() })
        .collect();
    if images.is_empty() {
        return Err(format!("{} has the images of {} already", stable.target, canary.target));
    }
    if stable.paused {
        return Err(format!("{} is paused: nothing would be rolled out; resume it first", stable.target));
    }
    if canary.ready == 0 {
        return Err(format!("no pod of {} is ready: nothing shows that its images work", canary.target));
    }
    let mut steps = vec![(stable.target.clone(), Change::SetImage { images })];
    let both = stable.replicas.saturating_add(canary.replicas);
    if stable.replicas < both {
        steps.push((stable.target.clone(), Change::Scale { replicas: both }));
    }
    if canary.replicas > 0 {
        steps.push((canary.target.clone(), Change::Scale { replicas: 0 }));
    }
    Ok(steps)
}

/// Where the templates differ beyond the images and the labels that tell the sides apart: that was tried too, and promoting does
/// not carry it over.
pub fn beyond_images(stable: &Value, canary: &Value) -> Vec<String> {
    let plain = |object: &Value| {
        let mut template = object.pointer("/spec/template").cloned().unwrap_or_default();
        if let Some(meta) = template.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("labels");
            meta.remove("creationTimestamp");
        }
        if let Some(annotations) =
            template.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        {
            annotations.remove(RESTARTED_AT);
        }
        for list in ["containers", "initContainers"] {
            let containers = template.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
                container.remove("image");
            }
        }
        template
    };
    differences(&plain(stable), &plain(canary)).into_iter().map(|one| one.path).collect()
}

/// The canary goes, and the stable side takes over its pods' share.
pub fn abort(canary: &Side, stable: &Side) -> Vec<(Target, Change)> {
    set_share(canary, stable, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;
    use crate::model::uid::Uid;

    fn side(name: &str, replicas: u32, image: &str) -> Side {
        let target = Target {
            resource: Resource::DEPLOYMENTS,
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            uid: Uid::new(name),
        };
        Side {
            target,
            replicas,
            ready: replicas,
            images: vec![("web".to_owned(), image.to_owned())],
            paused: false,
            tried: says_canary(name, None),
        }
    }

    fn words(steps: &[(Target, Change)]) -> Vec<String> {
        steps.iter().map(|(target, change)| format!("{} {change:?}", target.name)).collect()
    }

    #[test]
    fn shares_keep_the_number_of_pods() {
        for (percent, total, canary, stable) in [
            (0, 4, 0, 4),
            (25, 4, 1, 3),
            (10, 4, 1, 3),
            (50, 4, 2, 2),
            (90, 4, 3, 1),
            (100, 4, 4, 0),
            (50, 1, 1, 1),
        ] {
            assert_eq!(replicas(percent, total), (canary, stable), "{percent} of {total}");
        }
        assert_eq!(share(1, 4), 25);
        assert_eq!(share(1, 3), 33);
        assert_eq!(share(0, 0), 0);
    }

    #[test]
    fn a_canary_with_most_of_the_traffic_is_no_stable_side() {
        let sides = ordered(vec![
            side("web-canary", 9, "web:2"),
            side("web-old", 1, "web:0"),
            side("web", 3, "web:1"),
        ]);
        let names: Vec<&str> = sides.iter().map(|side| side.target.name.as_str()).collect();
        assert_eq!(names, ["web", "web-old", "web-canary"]);
        for (name, track, says) in [
            ("web", Some("canary"), true),
            ("web", Some("stable"), false),
            ("web-preview", None, true),
            ("web", None, false),
        ] {
            assert_eq!(says_canary(name, track), says, "{name} {track:?}");
        }
    }

    #[test]
    fn what_grows_grows_first() {
        let (canary, stable) = (side("canary", 1, "web:2"), side("stable", 3, "web:1"));
        assert_eq!(
            words(&set_share(&canary, &stable, 50)),
            ["canary Scale { replicas: 2 }", "stable Scale { replicas: 2 }"]
        );
        assert_eq!(
            words(&abort(&canary, &stable)),
            ["stable Scale { replicas: 4 }", "canary Scale { replicas: 0 }"]
        );
        assert!(set_share(&canary, &stable, 25).is_empty(), "it is so already");
    }

    #[test]
    fn promoting_takes_the_images_over() {
        let (canary, stable) = (side("canary", 1, "web:2"), side("stable", 3, "web:1"));
        let steps = promote(&canary, &stable).unwrap();
        assert!(
            matches!(&steps[0], (target, Change::SetImage { images }) if target.name == "stable" && images[0].image == "web:2")
        );
        assert_eq!(words(&steps[1..]), ["stable Scale { replicas: 4 }", "canary Scale { replicas: 0 }"]);
        // The canary has all of the traffic: the stable side takes all of it over before the canary goes.
        let (all, none) = (side("canary", 4, "web:2"), side("stable", 0, "web:1"));
        let steps = promote(&all, &none).unwrap();
        assert_eq!(words(&steps[1..]), ["stable Scale { replicas: 4 }", "canary Scale { replicas: 0 }"]);
        let gone = Side { replicas: 0, ..canary.clone() };
        assert_eq!(promote(&gone, &stable).unwrap().len(), 1, "nothing is to be taken over: the images only");
        assert!(promote(&stable, &stable).is_err());
        let mut other = canary.clone();
        other.images[0].0 = "sidecar".to_owned();
        assert!(promote(&other, &stable).unwrap_err().contains("deployment/canary has no container web"));
        let mut more = canary.clone();
        more.images.push(("log".to_owned(), "log:1".to_owned()));
        assert!(promote(&more, &stable).unwrap_err().contains("deployment/stable has no container log"));
        let paused = Side { paused: true, ..stable.clone() };
        assert!(promote(&canary, &paused).unwrap_err().contains("resume it first"), "nothing would roll out");
        let unproven = Side { ready: 0, ..canary };
        assert!(promote(&unproven, &stable).unwrap_err().contains("nothing shows that its images work"));
    }

    #[test]
    fn what_was_tried_beyond_the_image_is_named() {
        let deployment = |track: &str, image: &str, env: &str| {
            serde_json::json!({"spec": {"template": {"metadata": {"labels": {"track": track}},
                "spec": {"containers": [{"name": "web", "image": image, "env": [{"name": "MODE", "value": env}]}]}}}})
        };
        let stable = deployment("stable", "web:1", "a");
        assert!(beyond_images(&stable, &deployment("canary", "web:2", "a")).is_empty());
        let other = beyond_images(&stable, &deployment("canary", "web:2", "b"));
        assert!(other.len() == 1 && other[0].contains("env"), "{other:?}");
    }

    proptest::proptest! {
        #[test]
        fn a_share_keeps_the_total_and_both_sides(percent in 0..=100_u32, total in 2..500_u32) {
            let (canary, stable) = replicas(percent, total);
            proptest::prop_assert_eq!(stable + canary, total);
            proptest::prop_assert_eq!((canary == 0, stable == 0), (percent == 0, percent == 100));
            // As near as whole pods allow.
            let off = (i64::from(canary) * 100 - i64::from(percent) * i64::from(total)).abs();
            proptest::prop_assert!(off <= 50 || canary == 1 || stable == 1, "{} of {}", canary, total);
        }
    }
}
