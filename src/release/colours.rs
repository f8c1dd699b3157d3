//! The sides between which a service can be switched: label values that its pods could carry instead.

use std::collections::BTreeMap;

use super::facts::{PodFact, selects};

/// One side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The key of the selector that would change.
    pub key: String,
    /// Its value then.
    pub value: String,
    /// Pods that the service would select.
    pub pods: usize,
    /// Ready ones among them.
    pub ready: usize,
    /// Their images, each once.
    pub images: Vec<String>,
}

/// For each key of a selector the other values that pods matching all its other keys carry; those with most ready pods
/// first. For `app=api,label=blue` and pods of both colours: `label=green`.
pub fn sides(selector: &[(String, String)], pods: &[PodFact]) -> Vec<Side> {
    let mut found: BTreeMap<(String, String), Side> = BTreeMap::new();
    for (at, (key, now)) in selector.iter().enumerate() {
        let mut rest = selector.to_vec();
        rest.remove(at);
        // A selector of one key has no rest by which pods would belong together.
        for pod in pods.iter().filter(|pod| selects(&rest, &pod.labels)) {
            let Some((_, value)) = pod.labels.iter().find(|(known, value)| known == key && value != now)
            else {
                continue;
            };
            let side = found.entry((key.clone(), value.clone())).or_insert_with(|| Side {
                key: key.clone(),
                value: value.clone(),
                pods: 0,
                ready: 0,
                images: Vec::new(),
            });
            side.pods += 1;
            side.ready += usize::from(pod.ready);
            for (_, image) in &pod.images {
                if !side.images.contains(image) {
                    side.images.push(image.clone());
                }
            }
        }
    }
    let mut sides: Vec<Side> = found.into_values().collect();
    sides.sort_by_key(|side| std::cmp::Reverse((side.ready, side.pods)));
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_colour_is_found() {
        let pod = |app: &str, label: &str, ready: bool| PodFact {
            name: format!("{app}-{label}"),
            labels: vec![("app".to_owned(), app.to_owned()), ("label".to_owned(), label.to_owned())],
            owner: String::new(),
            ready,
            status: String::new(),
            images: vec![("c".to_owned(), format!("{app}:{label}"))],
            created: 0,
        };
        let pods = [
            pod("api", "blue", true),
            pod("api", "green", true),
            pod("api", "green", false),
            pod("other", "blue", true),
            pod("unrelated", "red", true),
        ];
        let selector = [("app".to_owned(), "api".to_owned()), ("label".to_owned(), "blue".to_owned())];
        let found: Vec<String> = sides(&selector, &pods)
            .iter()
            .map(|side| {
                format!("{}={} {}/{} {}", side.key, side.value, side.ready, side.pods, side.images.join(","))
            })
            .collect();
        assert_eq!(found, ["label=green 1/2 api:green", "app=other 1/1 other:blue"]);
        assert!(
            sides(&selector[..1], &pods).is_empty(),
            "nothing says that other apps are another side of this one"
        );
    }
}
