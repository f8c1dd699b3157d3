//! The sides between which a service can be switched: what its pods could carry for the keys of its selector instead.
//!
//! A side is what pods (or the templates of deployments that have none just now) carry for all keys of the selector, where it
//! agrees with the selector in at least one: that makes it the same application. So keys that switch together (`label` and
//! `version`) are one side, and a selector of one key has no other, since nothing says that other apps are another side of
//! this one.

use std::collections::BTreeMap;

use super::facts::PodFact;
use super::labelled::{Labels, service_selects};

/// One side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The keys of the selector that would change, with their value then.
    pub keys: Vec<(String, String)>,
    /// Pods that the service would select.
    pub pods: usize,
    /// Ready ones among them.
    pub ready: usize,
    /// Their images, each once.
    pub images: Vec<String>,
    /// Deployments whose pods it would select.
    pub deployments: Vec<String>,
}

/// The other sides of a selector; those with most ready pods first, then those that change fewest keys. `templates`: names of
/// deployments with the labels of their pods.
pub fn sides(
    selector: &[(String, String)],
    pods: &[PodFact],
    templates: &[(String, Vec<(String, String)>)],
) -> Vec<Side> {
    let now: Labels = selector.iter().cloned().collect();
    let map = |labels: &[(String, String)]| -> Labels { labels.iter().cloned().collect() };
    let mut found: BTreeMap<Labels, Side> = BTreeMap::new();
    let mut of = |labels: &Labels, add: &mut dyn FnMut(&mut Side)| {
        if let Some(carried) = carried(&now, labels) {
            let other = carried.iter().filter(|(key, value)| now.get(*key) != Some(*value));
            let keys: Vec<(String, String)> =
                other.map(|(key, value)| (key.clone(), value.clone())).collect();
            if !keys.is_empty() {
                add(found.entry(carried).or_insert_with(|| Side::of(keys)));
            }
        }
    };
    for pod in pods {
        of(&map(&pod.labels), &mut |side| {
            side.pods += 1;
            side.ready += usize::from(pod.ready);
            for (_, image) in &pod.images {
                if !side.images.contains(image) {
                    side.images.push(image.clone());
                }
            }
        });
    }
    for (name, labels) in templates {
        of(&map(labels), &mut |side| side.deployments.push(name.clone()));
    }
    let mut sides: Vec<Side> = found.into_values().collect();
    sides.sort_by_key(|side| (std::cmp::Reverse((side.ready, side.pods)), side.keys.len()));
    sides
}

/// What labels have for the keys of a selector; `None` when they lack one, or agree in none.
fn carried(now: &Labels, labels: &Labels) -> Option<Labels> {
    let carried: Labels = now
        .keys()
        .map(|key| labels.get(key).map(|value| (key.clone(), value.clone())))
        .collect::<Option<Labels>>()?;
    // What it agrees in selects it.
    let common: Labels = carried
        .iter()
        .filter(|(key, value)| now.get(*key) == Some(*value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    service_selects(&common, labels).then_some(carried)
}

impl Side {
    fn of(keys: Vec<(String, String)>) -> Self {
        Self { keys, pods: 0, ready: 0, images: Vec::new(), deployments: Vec::new() }
    }

    /// `label=green,version=2`.
    pub fn label(&self) -> String {
        super::labelled::written(self.keys.iter().map(|(key, value)| (key, value)))
    }

    /// What one wants to know before choosing it.
    pub fn hint(&self) -> String {
        if self.pods == 0 {
            return format!("no pods just now: deployment {}", self.deployments.join(", "));
        }
        format!("{} ready of {}  {}", self.ready, self.pods, self.images.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn pod(labels: &str, ready: bool) -> PodFact {
        PodFact {
            name: labels.to_owned(),
            labels: pairs(labels),
            owner: String::new(),
            ready,
            status: String::new(),
            images: vec![("c".to_owned(), format!("image of {labels}"))],
            created: 0,
        }
    }

    fn found(selector: &str, pods: &[PodFact], deployments: &[(&str, &str)]) -> Vec<String> {
        let templates: Vec<_> =
            deployments.iter().map(|(name, labels)| ((*name).to_owned(), pairs(labels))).collect();
        sides(&pairs(selector), pods, &templates)
            .iter()
            .map(|side| format!("{}: {}", side.label(), side.hint()))
            .collect()
    }

    #[test]
    fn the_other_colour_is_found() {
        let pods = [
            pod("app=api,label=blue", true),
            pod("app=api,label=green", true),
            pod("app=api,label=green", false),
            pod("app=other,label=blue", true),
            pod("app=unrelated,label=red", true),
            pod("app=api", true),
        ];
        let deployments = [("green", "app=api,label=green"), ("red", "app=api,label=red"), ("db", "app=db")];
        assert_eq!(
            found("app=api,label=blue", &pods, &deployments),
            [
                "label=green: 1 ready of 2  image of app=api,label=green",
                "app=other: 1 ready of 1  image of app=other,label=blue",
                "label=red: no pods just now: deployment red",
            ]
        );
        assert!(
            found("app=api", &pods, &[]).is_empty(),
            "nothing says that other apps are another side of this one"
        );
    }

    #[test]
    fn keys_that_switch_together_are_one_side() {
        let pods = [pod("app=api,label=blue,version=1", true), pod("app=api,label=green,version=2", true)];
        let sides = found("app=api,label=blue,version=1", &pods, &[]);
        assert_eq!(sides.len(), 1);
        assert!(sides[0].starts_with("label=green,version=2: 1 ready of 1"), "{sides:?}");
    }
}
