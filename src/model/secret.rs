//! What a Secret holds is told by its size only: whatever leaves the reader for a screen passes here first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// An annotation that holds the whole object once more.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether an object is a Secret.
pub fn is(object: &Value) -> bool {
    object["kind"] == "Secret" && object["apiVersion"] == "v1"
}

/// Puts the size in bytes of each value of a Secret in its place; any other object stays as it is. True for a Secret.
pub fn size(object: &mut Value) -> bool {
    if !is(object) {
        return false;
    }
    for (field, encoded) in [("data", true), ("stringData", false)] {
        for value in
            object.get_mut(field).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut())
        {
            let text = value.as_str().unwrap_or_default();
            *value = if encoded { decoded_len(text).into() } else { text.len().into() };
        }
    }
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(copy) = annotations.and_then(|map| map.get_mut(LAST_APPLIED)) {
        *copy = Value::from(MASK);
    }
    true
}

/// The body of a write to a Secret as it may be shown: an object or a merge patch without its values, a JSON patch without
/// what it puts into them.
#[must_use]
pub fn shown(body: &Value) -> Value {
    let mut body = body.clone();
    for field in ["data", "stringData"] {
        for value in
            body.get_mut(field).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut())
        {
            if !value.is_null() {
                *value = MASK.into();
            }
        }
    }
    if let Some(copy) = body.pointer_mut("/metadata/annotations").and_then(|map| map.get_mut(LAST_APPLIED)) {
        *copy = MASK.into();
    }
    for step in body.as_array_mut().into_iter().flatten() {
        let path = step["path"].as_str().unwrap_or_default();
        let holds = path.is_empty()
            || ["/data", "/stringData", "/metadata"].iter().any(|root| path.starts_with(root));
        if let Some(value) = step.get_mut("value").filter(|_| holds) {
            *value = MASK.into();
        }
    }
    body
}

/// Keeps nothing of a ConfigMap but its name and its keys.
pub fn keys(object: &mut Value) {
    for field in ["data", "binaryData"] {
        for value in
            object.get_mut(field).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut())
        {
            *value = Value::Null;
        }
    }
    if let Some(annotations) = object.pointer_mut("/metadata/annotations") {
        *annotations = Value::Null;
    }
}

/// What stands for a value.
const MASK: &str = "****";

/// The same in words, for YAML: `**** (20 bytes)`.
pub fn mask(object: &mut Value) {
    if !size(object) {
        return;
    }
    for field in ["data", "stringData"] {
        for value in
            object.get_mut(field).and_then(Value::as_object_mut).into_iter().flat_map(|map| map.values_mut())
        {
            let bytes = value.as_u64().unwrap_or_default();
            *value = format!("{MASK} ({bytes} byte{})", if bytes == 1 { "" } else { "s" }).into();
        }
    }
}

/// How many bytes are packed into this.
pub fn decoded_len(text: &str) -> usize {
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(&packed).map_or(text.len(), |bytes| bytes.len())
}

/// A value that somebody asked to see. It is shown and nothing else: not copied, not written down, not even for debugging.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed {
    /// Its key.
    pub key: String,
    value: String,
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revealed({}, {MASK})", self.key)
    }
}

impl Revealed {
    /// A value of a Secret, decoded; `None` when there is no such key.
    pub fn of(object: &Value, key: &str) -> Option<Self> {
        let value = object.get("data")?.get(key)?.as_str()?;
        let bytes = STANDARD.decode(value).unwrap_or_else(|_| value.as_bytes().to_vec());
        let value = String::from_utf8(bytes)
            .unwrap_or_else(|odd| format!("{} bytes that are no text", odd.as_bytes().len()));
        Some(Self { key: key.to_owned(), value })
    }

    /// Its lines, for the screen.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.value.lines()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_shown_without_what_the_secret_holds() {
        let whole = serde_json::json!({"metadata": {"name": "a", "annotations": {LAST_APPLIED: "{pw}"}},
            "data": {"pw": "cHc=", "gone": null}, "stringData": {"pw": "pw"}, "type": "Opaque"});
        let text = shown(&whole).to_string();
        assert!(!text.contains("cHc=") && !text.contains("{pw}") && !text.contains(r#":"pw""#), "{text}");
        assert!(
            text.contains(r#""gone":null"#) && text.contains("Opaque") && text.contains(r#""pw":"****""#),
            "{text}"
        );
        let patch = serde_json::json!([{"op": "replace", "path": "/data/pw", "value": "cHc="},
            {"op": "test", "path": "/immutable", "value": false}]);
        assert_eq!(shown(&patch).to_string().matches(MASK).count(), 1);
    }

    use serde_json::json;

    fn secret() -> Value {
        json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "aG9yc2U=", "b": "AQ=="}, "stringData": {"c": "xy"},
            "metadata": {"annotations": {LAST_APPLIED: "{\"data\":{\"a\":\"aG9yc2U=\"}}"}}})
    }

    #[test]
    fn values_become_their_sizes() {
        let mut object = secret();
        assert!(size(&mut object));
        assert_eq!(object["data"], json!({"a": 5, "b": 1}));
        let mut object = secret();
        mask(&mut object);
        assert_eq!(object["data"], json!({"a": "**** (5 bytes)", "b": "**** (1 byte)"}));
        assert_eq!(object["stringData"]["c"], "**** (2 bytes)");
        assert!(!object.to_string().contains("aG9yc2U"), "{object}");
    }

    #[test]
    fn other_kinds_stay_as_they_are() {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
        let before = object.clone();
        mask(&mut object);
        assert_eq!(object, before);
    }

    #[test]
    fn one_value_is_revealed_and_never_printed() {
        let shown = Revealed::of(&secret(), "a").unwrap();
        assert_eq!(shown.lines().collect::<Vec<_>>(), ["horse"]);
        assert_eq!(format!("{shown:?}"), "Revealed(a, ****)");
        assert_eq!(Revealed::of(&secret(), "z"), None);
    }
}
