//! What the fields of a kind mean, from a server's OpenAPI v3 document. Reads the document as it comes; what it does not say is
//! empty.

use serde_json::Value;

use super::resource::Resource;
use super::text::clean;

/// References go in circles (a JSON schema is made of JSON schemas); one that leads on and on is given up.
const DEEPEST: usize = 8;

/// The schemas of one group and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schemas(Value);

/// What is said of a kind, or of one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// Its type as kubectl writes it: `DeploymentStrategy`, `[]Container`, `map[string]string`.
    pub kind: String,
    /// What it is for.
    pub description: String,
    /// The values it may have, if it says so.
    pub values: Vec<String>,
    /// Its fields by their names.
    pub fields: Vec<Field>,
}

/// A field in the list of its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it has fields of its own.
    pub leads: bool,
    /// What it is for.
    pub description: String,
}

impl Schemas {
    /// Reads a document; an error is the parser's words.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let mut document: Value =
            serde_json::from_slice(json).map_err(|error| clean(&error.to_string()).into_owned())?;
        match document.pointer_mut("/components/schemas").map(Value::take) {
            Some(schemas @ Value::Object(_)) => Ok(Self(schemas)),
            _ => Err("it has no schemas".to_owned()),
        }
    }

    /// The schema of a kind.
    fn root(&self, resource: &Resource) -> Option<&Value> {
        let own = |schema: &&Value| {
            let all = schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten();
            all.into_iter().any(|one| {
                one["group"] == *resource.group
                    && one["version"] == *resource.version
                    && one["kind"] == *resource.kind
            })
        };
        self.0.as_object()?.values().find(own)
    }

    /// What is said at a path of fields from a kind; an error names what there is no field for.
    pub fn at(&self, resource: &Resource, path: &[String]) -> Result<Node, String> {
        let Some(root) = self.root(resource) else {
            return Err(format!("the server documents no fields of {}", resource.kind));
        };
        let mut schema = root;
        for (at, name) in path.iter().enumerate() {
            let inner = self.inner(schema);
            schema = inner.get("properties").and_then(|fields| fields.get(name)).ok_or_else(|| {
                let before = [&[resource.plural.to_string()][..], &path[..at]].concat().join(".");
                format!("{before} has no field {name}")
            })?;
        }
        let inner = self.inner(schema);
        let words = [schema, inner].map(description).into_iter().find(|words| !words.is_empty());
        Ok(Node {
            kind: if path.is_empty() { resource.kind.to_string() } else { self.kind(schema, 0) },
            description: words.unwrap_or_default(),
            values: schema["enum"].as_array().into_iter().flatten().map(plain).collect(),
            fields: self.fields(inner),
        })
    }

    fn fields(&self, schema: &Value) -> Vec<Field> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let field = |(name, schema): (&String, &Value)| Field {
            name: clean(name).into_owned(),
            kind: self.kind(schema, 0),
            required: required.contains(&name.as_str()),
            leads: self.inner(schema)["properties"].is_object(),
            description: description(schema),
        };
        schema["properties"].as_object().into_iter().flatten().map(field).collect()
    }

    /// The schema that another one stands for, or that it holds one or many of: where the fields are.
    fn inner<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..DEEPEST {
            if let Some(to) = self.referred(schema) {
                schema = to;
            } else if schema["items"].is_object() {
                schema = &schema["items"];
            } else if schema["additionalProperties"].is_object() {
                schema = &schema["additionalProperties"];
            } else {
                break;
            }
        }
        schema
    }

    fn referred(&self, schema: &Value) -> Option<&Value> {
        self.0.get(reference(schema)?)
    }

    /// The type in kubectl's words.
    fn kind(&self, schema: &Value, depth: usize) -> String {
        if depth > DEEPEST {
            return "Object".to_owned();
        }
        if let Some(name) = reference(schema) {
            // Some names are types of their own; others only stand for text or numbers.
            let to = self.0.get(name).unwrap_or(&Value::Null);
            let named = to["properties"].is_object() || !to["type"].is_string();
            return if named { short(name) } else { self.kind(to, depth + 1) };
        }
        if schema["items"].is_object() {
            return format!("[]{}", self.kind(&schema["items"], depth + 1));
        }
        if schema["additionalProperties"].is_object() {
            return format!("map[string]{}", self.kind(&schema["additionalProperties"], depth + 1));
        }
        match schema["type"].as_str() {
            Some("object") | None => "Object".to_owned(),
            Some(plain) => clean(plain).into_owned(),
        }
    }
}

/// The name of the schema that a reference leads to; a field with words of its own has it in a list of one.
fn reference(schema: &Value) -> Option<&str> {
    let to = schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?;
    to.as_str()?.strip_prefix("#/components/schemas/")
}

/// The last part of a schema's name: `io.k8s.api.apps.v1.Deployment` is `Deployment`.
fn short(name: &str) -> String {
    clean(name.rsplit('.').next().unwrap_or(name)).into_owned()
}

fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| clean(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schemas() -> Schemas {
        let of =
            |name: &str| json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}], "default": {}});
        let mut spec = of("io.k8s.api.apps.v1.DeploymentSpec");
        spec["description"] = json!("What is wanted.");
        let document = json!({"components": {"schemas": {
            "io.k8s.api.apps.v1.Deployment": {
                "description": "Keeps pods.", "type": "object", "properties": {"kind": {"type": "string"}, "spec": spec},
                "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v1", "kind": "Deployment"}],
            },
            "io.k8s.api.apps.v1.DeploymentSpec": {
                "description": "The wish.", "type": "object", "required": ["template"],
                "properties": {
                    "template": {"$ref": "#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "parts": {"type": "array", "items": of("io.k8s.api.core.v1.PodTemplateSpec")},
                    "at": {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Time"},
                    "policy": {"type": "string", "enum": ["Never", "Always"]},
                },
            },
            "io.k8s.api.core.v1.PodTemplateSpec": {"type": "object", "properties": {"name": {"type": "string"}}},
            "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {"type": "string", "format": "date-time"},
            "round": {"$ref": "#/components/schemas/round"},
        }}});
        Schemas::read(document.to_string().as_bytes()).unwrap()
    }

    fn at(path: &[&str]) -> Result<Node, String> {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        schemas().at(&Resource::DEPLOYMENTS, &path)
    }

    #[test]
    fn fields_have_kubectls_types() {
        let node = at(&["spec"]).unwrap();
        assert_eq!((node.kind.as_str(), node.description.as_str()), ("DeploymentSpec", "What is wanted."));
        let types: Vec<_> =
            node.fields.iter().map(|field| (field.name.as_str(), field.kind.as_str(), field.leads)).collect();
        assert_eq!(
            types,
            [
                ("at", "string", false),
                ("labels", "map[string]string", false),
                ("parts", "[]PodTemplateSpec", true),
                ("policy", "string", false),
                ("template", "PodTemplateSpec", true),
            ]
        );
        assert!(node.fields[4].required && !node.fields[0].required);
        assert_eq!(at(&["spec", "policy"]).unwrap().values, ["Never", "Always"]);
        assert_eq!(at(&["spec", "parts"]).unwrap().fields[0].name, "name");
        assert_eq!(at(&[]).unwrap().kind, "Deployment");
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(at(&["spec", "x"]).unwrap_err(), "deployments.spec has no field x");
        assert!(schemas().at(&Resource::PODS, &[]).is_err());
        assert!(Schemas::read(b"{}").is_err());
        let round = schemas();
        assert_eq!(round.inner(&round.0["round"])["$ref"], "#/components/schemas/round");
    }
}
