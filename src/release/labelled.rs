//! Whether labels match: a service's selector, and the API's `LabelSelector` of controllers and disruption budgets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{items, text, texts};

/// Labels, or the pairs of a service's selector.
pub type Labels = BTreeMap<String, String>;

/// Whether a service selects pods with these labels: every pair is among them; an empty selector selects nothing
/// (`endpointslice/util/controller_utils.go`, `getServicesForPod`).
pub fn service_selects(selector: &Labels, labels: &Labels) -> bool {
    !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether a `LabelSelector` matches (`metav1.LabelSelectorAsSelector`): without one nothing does, an empty one matches
/// everything, and all of its requirements must hold.
pub fn matches(selector: Option<&Value>, labels: &Labels) -> bool {
    let Some(selector) = selector.filter(|selector| selector.is_object()) else { return false };
    let pairs = texts(selector, "/matchLabels");
    pairs.iter().all(|(key, value)| labels.get(key) == Some(value))
        && items(selector, "/matchExpressions").iter().all(|one| requirement(one, labels))
}

fn requirement(requirement: &Value, labels: &Labels) -> bool {
    let value = labels.get(text(requirement, "/key"));
    let named = || value.is_some_and(|value| items(requirement, "/values").iter().any(|one| one == value));
    match text(requirement, "/operator") {
        "In" => named(),
        "NotIn" => !named(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

/// The keys that labels must have for a `LabelSelector` to match: taking any of them away ends the match.
pub fn needed(selector: &Value) -> Vec<String> {
    let needs = items(selector, "/matchExpressions")
        .iter()
        .filter(|one| matches!(text(one, "/operator"), "In" | "Exists"))
        .map(|one| text(one, "/key").to_owned());
    let mut keys: Vec<String> = texts(selector, "/matchLabels").into_keys().chain(needs).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Labels with other values: `None` takes a key away.
pub fn with(labels: &Labels, keys: &[(String, Option<String>)]) -> Labels {
    let mut then = labels.clone();
    for (key, value) in keys {
        match value {
            Some(value) => then.insert(key.clone(), value.clone()),
            None => then.remove(key),
        };
    }
    then
}

/// `app=web,label=green`, as selectors are written.
pub fn written<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> String {
    pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(text: &str) -> Labels {
        text.split(',')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn services_select_by_equality_alone() {
        for (selector, has, selects) in [
            ("app=web", "app=web,x=y", true),
            ("app=web,x=z", "app=web,x=y", false),
            ("app=web,x=z", "app=web", false),
            ("", "app=web", false),
        ] {
            assert_eq!(service_selects(&labels(selector), &labels(has)), selects, "{selector} on {has}");
        }
    }

    #[test]
    fn label_selectors_match_as_the_api_says() {
        let expression = |operator: &str, values: &[&str]| json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": operator, "values": values}]});
        for (selector, has, is) in [
            (json!(null), "app=web", false),
            (json!({}), "", true),
            (json!({"matchLabels": {"app": "web"}}), "app=web,x=y", true),
            (expression("In", &["y", "z"]), "app=web,x=y", true),
            (expression("In", &["z"]), "app=web,x=y", false),
            (expression("In", &["z"]), "app=web", false),
            (expression("NotIn", &["z"]), "app=web,x=y", true),
            (expression("NotIn", &["y"]), "app=web,x=y", false),
            (expression("NotIn", &["y"]), "app=web", true),
            (expression("Exists", &[]), "app=web,x=", true),
            (expression("Exists", &[]), "app=web", false),
            (expression("DoesNotExist", &[]), "app=web", true),
            (expression("DoesNotExist", &[]), "app=web,x=y", false),
            (expression("Exists", &[]), "x=y", false),
            (expression("Nonsense", &[]), "app=web,x=y", false),
        ] {
            assert_eq!(matches(Some(&selector), &labels(has)), is, "{selector} on {has}");
        }
        assert!(!matches(None, &labels("app=web")));
    }

    #[test]
    fn needed_keys_end_the_match() {
        let selector = json!({"matchLabels": {"app": "web", "hash": "1"}, "matchExpressions": [
            {"key": "tier", "operator": "Exists"}, {"key": "old", "operator": "DoesNotExist"}]});
        let has = labels("app=web,hash=1,tier=a,note=x");
        assert_eq!(needed(&selector), ["app", "hash", "tier"]);
        for key in needed(&selector) {
            assert!(!matches(Some(&selector), &with(&has, &[(key, None)])));
        }
        assert!(matches(Some(&selector), &with(&has, &[("note".to_owned(), None)])));
    }
}
