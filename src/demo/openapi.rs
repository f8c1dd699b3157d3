//! What the fields of the served kinds mean, as OpenAPI v3 schemas: made of a short table, `openapi.yaml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::resource::Resource;

/// A field: its type, what it is for, and the values it may have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Words(String),
    Field(String, String),
    Choice(String, String, Vec<String>),
}

type Table = BTreeMap<String, BTreeMap<String, Told>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| serde_yaml::from_str(include_str!("openapi.yaml")).unwrap_or_default())
}

fn name(short: &str) -> String {
    format!("io.k8s.api.{short}")
}

fn refer(short: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", name(short))})
}

/// A type of the table as a schema.
fn of_type(kind: &str) -> Value {
    let inner = |open: char, close: char| kind.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(item) = inner('[', ']') {
        return json!({"type": "array", "items": of_type(item)});
    }
    if let Some(value) = inner('{', '}') {
        return json!({"type": "object", "additionalProperties": of_type(value)});
    }
    match kind {
        "string" | "integer" | "boolean" => json!({"type": kind}),
        "IntOrString" => {
            json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "type": "string", "format": "int-or-string"})
        }
        "Quantity" => json!({"type": "string"}),
        named => json!({"allOf": [refer(named)], "default": {}}),
    }
}

fn schema(fields: &BTreeMap<String, Told>) -> Value {
    let (mut properties, mut required, mut description) = (Map::new(), Vec::new(), "");
    for (name, told) in fields {
        let (kind, words, values) = match told {
            Told::Words(words) => {
                description = words;
                continue;
            }
            Told::Field(kind, words) => (kind, words, &[][..]),
            Told::Choice(kind, words, values) => (kind, words, values.as_slice()),
        };
        let plain = name.trim_end_matches('!');
        if plain != name {
            required.push(plain);
        }
        let mut schema = of_type(kind);
        schema["description"] = json!(words);
        if !values.is_empty() {
            schema["enum"] = json!(values);
        }
        properties.insert(plain.to_owned(), schema);
    }
    json!({"type": "object", "description": description, "properties": properties, "required": required})
}

/// The schemas of these kinds, and of all that they are made of.
pub fn schemas(kinds: impl Iterator<Item = &'static Resource>) -> Value {
    let mut all: Map<String, Value> =
        table().iter().map(|(short, fields)| (name(short), schema(fields))).collect();
    for kind in kinds {
        let spec = format!("{}Spec", kind.kind);
        let spec = if table().contains_key(&spec) { of_type(&spec) } else { json!({"type": "object"}) };
        let text = |words: &str| json!({"type": "string", "description": words});
        let mut properties = json!({
            "apiVersion": text("The version of the API in which the object is written."),
            "kind": text("What kind of object it is."),
            "metadata": of_type("ObjectMeta"),
            "spec": spec,
            "status": {"type": "object"},
        });
        properties["metadata"]["description"] = json!("What every object has beside its own fields.");
        properties["spec"]["description"] = json!("What is wanted.");
        properties["status"]["description"] = json!("What is.");
        let own = json!({"group": kind.group, "version": kind.version, "kind": kind.kind});
        let words = format!("{} of the embedded cluster.", kind.kind);
        all.insert(
            name(&format!("{}.{}", kind.version, kind.kind)),
            json!({"type": "object", "description": words, "properties": properties,
                "x-kubernetes-group-version-kind": [own]}),
        );
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let all = schemas(super::super::resource::ALL.iter().copied());
        assert!(table().len() > 20, "the table is read");
        let text = all.to_string();
        for (_, rest) in
            text.match_indices("#/components/schemas/").map(|(at, found)| text.split_at(at + found.len()))
        {
            let name = rest.split('"').next().unwrap();
            assert!(all.get(name).is_some(), "{name}");
        }
    }
}
