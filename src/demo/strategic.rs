//! Strategic merge patches: merge patches that know which lists are merged item by item.
//!
//! Pure functions on trees.

use serde_json::{Map, Value, json};

use super::schema::{ListKind, list_kind};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE_PLAIN: &str = "$deleteFromPrimitiveList/";

/// Applies a strategic merge patch to an object.
pub fn strategic_patch(target: &mut Value, patch: &Value) {
    merge(target, patch, &mut Vec::new());
}

fn merge<'a>(target: &mut Value, patch: &'a Value, place: &mut Vec<&'a str>) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    match fields.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => map.clear(),
        Some("delete") => {
            map.clear();
            return;
        }
        _ => {}
    }
    if let Some(keep) = fields.get(RETAIN).and_then(Value::as_array) {
        map.retain(|key, _| keep.iter().any(|k| k == key));
    }
    for (key, value) in fields {
        if let Some(list) = key.strip_prefix(DELETE_PLAIN) {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(Value::Array(have)) = map.get_mut(list) {
                have.retain(|item| !gone.contains(item));
            }
        }
    }
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('$')) {
        if value.is_null() {
            map.remove(key);
            continue;
        }
        place.push(key);
        let order = fields.get(&format!("{ORDER}{key}")).and_then(Value::as_array);
        merge_field(map.entry(key.clone()).or_insert(Value::Null), value, order, place);
        place.pop();
    }
    for (key, order) in fields {
        // An order without a patch of its list still orders it.
        let Some(list) = key.strip_prefix(ORDER).filter(|list| !fields.contains_key(*list)) else { continue };
        place.push(list);
        if let (Some(Value::Array(have)), Some(order)) = (map.get_mut(list), order.as_array()) {
            let (server, kind) = (have.clone(), list_kind(place));
            *have = weave(std::mem::take(have), order, &server, kind);
        }
        place.pop();
    }
}

fn merge_field<'a>(slot: &mut Value, patch: &'a Value, order: Option<&Vec<Value>>, place: &mut Vec<&'a str>) {
    let Value::Array(items) = patch else {
        merge(slot, patch, place);
        return;
    };
    let kind = list_kind(place);
    if kind == ListKind::Atomic {
        *slot = patch.clone();
        return;
    }
    if !slot.is_array() {
        *slot = json!([]);
    }
    let Value::Array(have) = slot else { return };
    let server = have.clone();
    if items.iter().any(|item| item[DIRECTIVE] == "replace") {
        have.clear();
    }
    for item in items {
        merge_item(have, item, kind, place);
    }
    let kept: Vec<Value> = items.iter().filter(|item| item.get(DIRECTIVE).is_none()).cloned().collect();
    *have = weave(std::mem::take(have), order.unwrap_or(&kept), &server, kind);
}

fn merge_item<'a>(have: &mut Vec<Value>, item: &'a Value, kind: ListKind, place: &mut Vec<&'a str>) {
    let at = have.iter().position(|other| same(other, item, kind));
    match item[DIRECTIVE].as_str() {
        Some("delete") => have.retain(|other| !same(other, item, kind)),
        Some("replace") => {}
        _ => {
            if let Some(at) = at {
                merge(&mut have[at], item, place);
            } else {
                let mut fresh = Value::Null;
                merge(&mut fresh, item, place);
                have.push(fresh);
            }
        }
    }
}

/// Whether two items of a list are the same item.
fn same(a: &Value, b: &Value, kind: ListKind) -> bool {
    match kind {
        ListKind::Keyed(keys) => {
            keys.first().is_some_and(|key| a.get(key).is_some() && a.get(key) == b.get(key))
        }
        _ => a == b,
    }
}

/// Puts the items that the patch names into the patch's order, and the server's own between them where they were.
fn weave(merged: Vec<Value>, order: &[Value], server: &[Value], kind: ListKind) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item, kind));
    let (mut named, mut own): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    named.sort_by_key(|item| place(order, item));
    own.sort_by_key(|item| place(server, item));
    let mut named = named.into_iter().peekable();
    let mut own = own.into_iter().peekable();
    let mut woven = Vec::new();
    while let (Some(left), Some(right)) = (own.peek(), named.peek()) {
        let earlier = matches!((place(server, left), place(server, right)), (Some(l), Some(r)) if l < r);
        woven.extend(if earlier { own.next() } else { named.next() });
    }
    woven.extend(own);
    woven.extend(named);
    woven
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(mut target: Value, patch: &Value) -> Value {
        strategic_patch(&mut target, patch);
        target
    }

    fn containers(list: &Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": list}}}})
    }

    #[test]
    fn containers_merge_by_name() {
        let base = containers(
            &json!([{"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b"}]),
        );
        let patch = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
            "containers": [{"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}]}}}});
        let expected = json!([{"name": "a", "image": "a:2",
            "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}]}, {"name": "b"}]);
        assert_eq!(patched(base, &patch), containers(&expected));
    }

    #[test]
    fn a_new_item_without_an_order_comes_first() {
        let base = containers(&json!([{"name": "a"}]));
        let patch = containers(&json!([{"name": "new"}]));
        assert_eq!(patched(base, &patch), containers(&json!([{"name": "new"}, {"name": "a"}])));
    }

    #[test]
    fn directives_delete_replace_and_retain() {
        let base = containers(&json!([{"name": "a"}, {"name": "b", "ports": [{"containerPort": 80}]}]));
        let gone = containers(&json!([{"name": "a", "$patch": "delete"}]));
        assert_eq!(
            patched(base.clone(), &gone),
            containers(&json!([{"name": "b", "ports": [{"containerPort": 80}]}]))
        );
        let all = containers(&json!([{"$patch": "replace"}, {"name": "c"}]));
        assert_eq!(patched(base, &all), containers(&json!([{"name": "c"}])));
        let strategy =
            json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let retain = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(patched(strategy, &retain), json!({"spec": {"strategy": {"type": "Recreate"}}}));
        let map = json!({"metadata": {"labels": {"a": "1", "b": "2"}}});
        let replaced = json!({"metadata": {"labels": {"$patch": "replace", "c": "3"}}});
        assert_eq!(patched(map, &replaced), json!({"metadata": {"labels": {"c": "3"}}}));
    }

    #[test]
    fn null_deletes_and_plain_lists_are_sets_or_atomic() {
        let base = json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"selector": {"app": "x", "tier": "y"},
            "tolerations": [{"key": "k"}]}});
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]},
            "spec": {"selector": {"tier": null, "version": "green"}, "tolerations": [{"key": "j"}]}});
        let expected = json!({"metadata": {"finalizers": ["c", "b"]},
            "spec": {"selector": {"app": "x", "version": "green"}, "tolerations": [{"key": "j"}]}});
        assert_eq!(patched(base, &patch), expected);
    }

    #[test]
    fn service_ports_merge_by_port_and_mounts_by_path() {
        let base = json!({"spec": {"ports": [{"port": 80, "name": "http"}]}});
        let patch = json!({"spec": {"ports": [{"port": 80, "targetPort": "web"}]}});
        assert_eq!(
            patched(base, &patch),
            json!({"spec": {"ports": [{"port": 80, "name": "http", "targetPort": "web"}]}})
        );
        let base = containers(&json!([{"name": "a", "volumeMounts": [{"mountPath": "/x", "name": "v"}]}]));
        let patch =
            containers(&json!([{"name": "a", "volumeMounts": [{"mountPath": "/x", "$patch": "delete"}]}]));
        assert_eq!(patched(base, &patch), containers(&json!([{"name": "a", "volumeMounts": []}])));
    }
}
