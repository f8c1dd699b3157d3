//! The kinds that a cluster serves at a moment: the built-in ones, and those that its `CustomResourceDefinition`s define.
//!
//! Also which groups have a server of their own that does not answer (`APIService`). Follows the objects; serves nothing.

use serde_json::Value;

use super::super::object::text;
use super::{ALL, Resource};

/// One of a definition's `additionalPrinterColumns`.
#[derive(Debug, PartialEq, Eq)]
pub struct PrinterColumn {
    /// Its title.
    pub name: &'static str,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    pub kind: &'static str,
    /// `int32`, `date`; often empty.
    pub format: &'static str,
    /// What it shows.
    pub description: &'static str,
    /// 0, or more for those of the wide form.
    pub priority: i64,
    /// Where it is in the object.
    pub path: &'static str,
}

/// What is served.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    defined: Vec<Defined>,
    broken: Vec<Broken>,
}

#[derive(Debug, Clone)]
struct Defined {
    name: String,
    /// The definition as it was read: a write of its status alone makes no new kind.
    spec: String,
    resource: &'static Resource,
}

#[derive(Debug, Clone)]
struct Broken {
    name: String,
    group: String,
    version: String,
}

impl Kinds {
    /// Every kind, in the order of discovery.
    pub fn all(&self) -> impl Iterator<Item = &'static Resource> {
        ALL.iter().copied().chain(self.defined.iter().map(|one| one.resource))
    }

    /// The kind served at a path.
    pub fn by_plural(&self, group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
        self.all().find(|r| r.plural == plural && r.group == group && r.version == version)
    }

    /// Whether a kind is served still.
    pub fn has(&self, res: &Resource) -> bool {
        res.custom.is_none() || self.by_plural(res.group, res.version, res.plural).is_some()
    }

    /// Groups and versions whose own server does not answer.
    pub fn broken(&self) -> impl Iterator<Item = (&str, &str)> {
        self.broken.iter().map(|one| (one.group.as_str(), one.version.as_str()))
    }

    /// Takes a definition that was made or changed.
    pub fn define(&mut self, definition: &Value) {
        let name = text(definition, "/metadata/name");
        let spec = definition["spec"].to_string();
        match self.defined.iter_mut().find(|one| one.name == name) {
            Some(known) if known.spec == spec => {}
            Some(known) => {
                if let Some(resource) = resource(definition) {
                    (known.spec, known.resource) = (spec, resource);
                }
            }
            None => {
                let made =
                    resource(definition).map(|resource| Defined { name: name.to_owned(), spec, resource });
                self.defined.extend(made);
            }
        }
    }

    /// A definition is gone: its kind, if it was served.
    pub fn undefine(&mut self, name: &str) -> Option<&'static Resource> {
        let at = self.defined.iter().position(|one| one.name == name)?;
        Some(self.defined.remove(at).resource)
    }

    /// Takes what an `APIService` says of its server.
    pub fn learn_service(&mut self, service: &Value) {
        let name = text(service, "/metadata/name");
        self.forget_service(name);
        let conditions = service.pointer("/status/conditions").and_then(Value::as_array);
        let down =
            conditions.into_iter().flatten().any(|c| c["type"] == "Available" && c["status"] == "False");
        if down && service["spec"]["service"].is_object() {
            self.broken.push(Broken {
                name: name.to_owned(),
                group: text(service, "/spec/group").to_owned(),
                version: text(service, "/spec/version").to_owned(),
            });
        }
    }

    /// An `APIService` is gone.
    pub fn forget_service(&mut self, name: &str) {
        self.broken.retain(|one| one.name != name);
    }
}

/// The kind that a definition defines, in the version that is stored. It lives as long as the process: a cluster
/// has few of them, and everything else names kinds by such references.
fn resource(definition: &Value) -> Option<&'static Resource> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array()?;
    let version = versions.iter().find(|v| v["storage"] == true && v["served"] == true)?;
    let names = &spec["names"];
    let kind = kept(text(names, "/kind"));
    let singular = match text(names, "/singular") {
        "" => kept(&kind.to_lowercase()),
        singular => kept(singular),
    };
    let mut subresources = Vec::new();
    subresources.extend(version.pointer("/subresources/status").map(|_| "status"));
    subresources.extend(version.pointer("/subresources/scale").map(|_| "scale"));
    Some(Box::leak(Box::new(Resource {
        group: kept(text(spec, "/group")),
        version: kept(text(version, "/name")),
        plural: kept(text(names, "/plural")),
        singular,
        kind,
        namespaced: text(spec, "/scope") == "Namespaced",
        short_names: list(&names["shortNames"]),
        categories: list(&names["categories"]),
        subresources: Box::leak(subresources.into_boxed_slice()),
        custom: Some(columns(version)),
    })))
}

fn columns(version: &Value) -> &'static [PrinterColumn] {
    let given = version["additionalPrinterColumns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let column = |column: &Value| PrinterColumn {
        name: kept(text(column, "/name")),
        kind: kept(text(column, "/type")),
        format: kept(text(column, "/format")),
        description: kept(text(column, "/description")),
        priority: column["priority"].as_i64().unwrap_or(0),
        path: kept(text(column, "/jsonPath")),
    };
    if given.is_empty() {
        return &[PrinterColumn {
            name: "Age",
            kind: "date",
            format: "",
            description: "",
            priority: 0,
            path: ".metadata.creationTimestamp",
        }];
    }
    Box::leak(given.iter().map(column).collect())
}

fn kept(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn list(words: &Value) -> &'static [&'static str] {
    let words = words.as_array().map(Vec::as_slice).unwrap_or_default();
    Box::leak(words.iter().filter_map(Value::as_str).map(kept).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_makes_a_kind_once() {
        let mut kinds = Kinds::default();
        let mut definition = json!({"metadata": {"name": "gizmos.example.io"}, "spec": {"group": "example.io",
            "scope": "Cluster", "names": {"plural": "gizmos", "kind": "Gizmo", "shortNames": ["gz"]},
            "versions": [{"name": "v1beta1", "served": true, "storage": false},
                {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}}]}});
        kinds.define(&definition);
        let gizmo = kinds.by_plural("example.io", "v1", "gizmos").unwrap();
        assert_eq!(
            (gizmo.singular, gizmo.short_names, gizmo.subresources),
            ("gizmo", &["gz"][..], &["status"][..])
        );
        assert!(!gizmo.namespaced && kinds.by_plural("example.io", "v1beta1", "gizmos").is_none());
        definition["status"] = json!({"conditions": []});
        kinds.define(&definition);
        assert!(std::ptr::eq(gizmo, kinds.by_plural("example.io", "v1", "gizmos").unwrap()));
        assert_eq!(kinds.undefine("gizmos.example.io"), Some(gizmo));
        assert!(!kinds.has(gizmo) && kinds.has(ALL[0]));
    }

    #[test]
    fn a_server_that_does_not_answer_breaks_its_group() {
        let mut kinds = Kinds::default();
        let mut service = json!({"metadata": {"name": "v1.x.io"}, "spec": {"group": "x.io", "version": "v1",
            "service": {"name": "x"}}, "status": {"conditions": [{"type": "Available", "status": "False"}]}});
        kinds.learn_service(&service);
        assert_eq!(kinds.broken().collect::<Vec<_>>(), [("x.io", "v1")]);
        service["status"]["conditions"][0]["status"] = json!("True");
        kinds.learn_service(&service);
        assert_eq!(kinds.broken().count(), 0);
    }
}
