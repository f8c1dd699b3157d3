//! Small readers and writers for objects as JSON values: paths, labels, selectors, conditions, int-or-percent.
//!
//! Knows the shapes that all kinds share; decides nothing.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::clock::seconds;

/// The text at a JSON pointer; empty where there is none.
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// Whether the value at a JSON pointer is `true`.
pub fn truth(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The items of the list at a JSON pointer.
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The time at a JSON pointer.
pub fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    text(value, pointer).parse().ok()
}

/// `metadata.name`.
pub fn name(value: &Value) -> &str {
    text(value, "/metadata/name")
}

/// `metadata.namespace`.
pub fn namespace(value: &Value) -> &str {
    text(value, "/metadata/namespace")
}

/// `metadata.uid`.
pub fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid")
}

/// When the object was created.
pub fn created(value: &Value) -> Timestamp {
    time(value, "/metadata/creationTimestamp").unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Whether its deletion was asked for.
pub fn deleting(value: &Value) -> bool {
    !text(value, "/metadata/deletionTimestamp").is_empty()
}

/// An annotation; empty where there is none.
pub fn annotation<'a>(value: &'a Value, key: &str) -> &'a str {
    value
        .get("metadata")
        .and_then(|m| m.get("annotations"))
        .and_then(|a| a.get(key))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The object at a path of keys, made where it is missing.
pub fn object_at<'a>(value: &'a mut Value, path: &[&str]) -> &'a mut Map<String, Value> {
    let mut here = value;
    for key in path {
        if !here.is_object() {
            *here = json!({});
        }
        here = &mut here[*key];
    }
    if !here.is_object() {
        *here = json!({});
    }
    match here {
        Value::Object(map) => map,
        _ => unreachable!("made an object just above"),
    }
}

/// Writes an annotation; tells whether that changed something.
pub fn annotate(value: &mut Value, key: &str, text: &str) -> bool {
    let annotations = object_at(value, &["metadata", "annotations"]);
    if annotations.get(key).and_then(Value::as_str) == Some(text) {
        return false;
    }
    annotations.insert(key.to_owned(), json!(text));
    true
}

/// The controller among the owner references.
pub fn controller(value: &Value) -> Option<&Value> {
    items(value, "/metadata/ownerReferences").iter().find(|o| truth(o, "/controller"))
}

/// The UID of the controller; empty where there is none.
pub fn controller_uid(value: &Value) -> &str {
    controller(value).map_or("", |owner| text(owner, "/uid"))
}

/// A reference from a dependent to the object that controls it.
pub fn owner_reference(owner: &Value, api_version: &str, kind: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind, "name": name(owner), "uid": uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// Whether a plain map of labels (a Service's selector) matches; an empty one matches nothing.
pub fn map_matches<'a>(selector: &Value, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    match selector.as_object() {
        Some(map) if !map.is_empty() => map.iter().all(|(key, want)| label(key) == want.as_str()),
        _ => false,
    }
}

/// Whether a `LabelSelector` (`matchLabels`, `matchExpressions`) matches; an empty one matches nothing.
pub fn selects<'a>(selector: &Value, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    let rules = items(selector, "/matchExpressions");
    if exact.is_none_or(Map::is_empty) && rules.is_empty() {
        return false;
    }
    let exact_holds = exact.is_none_or(|map| map.iter().all(|(key, want)| label(key) == want.as_str()));
    exact_holds
        && rules.iter().all(|rule| {
            let found = label(text(rule, "/key"));
            let listed =
                || found.is_some_and(|v| items(rule, "/values").iter().any(|w| w.as_str() == Some(v)));
            match text(rule, "/operator") {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// The label of an object.
pub fn label<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get("metadata")?.get("labels")?.get(key)?.as_str()
}

/// `25%` or `2` of a total, rounded up or down.
pub fn int_or_percent(value: Option<&Value>, total: i64, round_up: bool, default: &str) -> i64 {
    let from_text = |text: &str| {
        let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
        if !text.ends_with('%') {
            return percent;
        }
        let scaled = percent * total;
        if round_up { (scaled + 99) / 100 } else { scaled / 100 }
    };
    match value {
        Some(Value::Number(n)) => n.as_i64().unwrap_or(0),
        Some(Value::String(text)) => from_text(text),
        _ => from_text(default),
    }
}

/// The condition of a type.
pub fn condition<'a>(value: &'a Value, kind: &str) -> Option<&'a Value> {
    items(value, "/status/conditions").iter().find(|c| text(c, "/type") == kind)
}

/// Whether the condition of a type is `True`.
pub fn condition_holds(value: &Value, kind: &str) -> bool {
    condition(value, kind).is_some_and(|c| text(c, "/status") == "True")
}

/// Puts a condition into a list; its transition time stays while its status does.
pub fn set_condition(conditions: &mut Vec<Value>, mut new: Value, now: Timestamp) {
    let found = conditions.iter().position(|c| c["type"] == new["type"]);
    let kept = found.map(|i| &conditions[i]).filter(|old| old["status"] == new["status"]);
    new["lastTransitionTime"] =
        kept.map_or_else(|| json!(seconds(now)), |old| old["lastTransitionTime"].clone());
    match found {
        Some(i) => conditions[i] = new,
        None => conditions.push(new),
    }
}

/// Sets a count in a status, or leaves it away when it is zero as the API does.
pub fn set_count(status: &mut Map<String, Value>, key: &str, count: i64) {
    if count == 0 {
        status.remove(key);
    } else {
        status.insert(key.to_owned(), json!(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_the_api_says() {
        for (value, total, up, expected) in [
            (json!("25%"), 3, true, 1),
            (json!("25%"), 3, false, 0),
            (json!("50%"), 5, true, 3),
            (json!(2), 5, true, 2),
            (json!("0"), 5, true, 0),
        ] {
            assert_eq!(int_or_percent(Some(&value), total, up, "25%"), expected, "{value} of {total}");
        }
        assert_eq!(int_or_percent(None, 4, false, "25%"), 1);
    }

    #[test]
    fn selectors_match_labels_and_expressions() {
        let labels = |key: &str| match key {
            "app" => Some("web"),
            "tier" => Some("front"),
            _ => None,
        };
        for (selector, expected) in [
            (json!({}), false),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "x": "y"}}), false),
            (json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}), true),
            (json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}), false),
            (json!({"matchExpressions": [{"key": "no", "operator": "NotIn", "values": ["front"]}]}), true),
            (json!({"matchExpressions": [{"key": "no", "operator": "DoesNotExist"}]}), true),
            (json!({"matchExpressions": [{"key": "no", "operator": "Exists"}]}), false),
        ] {
            assert_eq!(selects(&selector, labels), expected, "{selector}");
        }
        assert!(!map_matches(&json!({}), labels));
        assert!(map_matches(&json!({"app": "web"}), labels));
    }

    #[test]
    fn a_condition_keeps_its_transition_time_while_its_status_stays() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let mut list = Vec::new();
        set_condition(&mut list, json!({"type": "Ready", "status": "True"}), at(10));
        set_condition(&mut list, json!({"type": "Ready", "status": "True", "reason": "x"}), at(20));
        assert_eq!(list[0]["lastTransitionTime"], "1970-01-01T00:00:10Z");
        set_condition(&mut list, json!({"type": "Ready", "status": "False"}), at(30));
        assert_eq!(list[0]["lastTransitionTime"], "1970-01-01T00:00:30Z");
        assert_eq!(list.len(), 1);
    }
}
