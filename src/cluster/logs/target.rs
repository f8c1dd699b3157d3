//! Whose logs: from what was asked to a selection of pods that can be watched.

use serde_json::Value;

use crate::cluster::gather::asked_of;
use crate::cluster::link::Line;
use crate::cluster::read::{self, encode};
use crate::model::log::LogTarget;
use crate::model::record::Kind;
use crate::model::resource::Resource;
use crate::model::trouble::{Trouble, TroubleKind};

/// Pods that are watched together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// None: of all namespaces.
    pub namespace: Option<String>,
    /// `labelSelector=...` or `fieldSelector=...`.
    pub selector: String,
    /// The single pod that is meant.
    pub pod: Option<String>,
    /// Only this container.
    pub container: Option<String>,
    /// The selector of labels as it is written; empty for a single pod.
    pub labels: String,
}

impl Selection {
    fn single(namespace: &str, name: &str, container: Option<&String>) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            selector: format!("fieldSelector={}", encode(&format!("metadata.name={name}"))),
            pod: Some(name.to_owned()),
            container: container.cloned(),
            labels: String::new(),
        }
    }

    /// The pods that labels select.
    pub fn labelled(namespace: Option<&str>, selector: &str) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            selector: format!("labelSelector={}", encode(selector)),
            pod: None,
            container: None,
            labels: selector.to_owned(),
        }
    }
}

/// The selection of a target; a workload or a service is read for it.
pub(super) async fn resolve(line: &mut Line, target: &LogTarget) -> Result<Selection, Trouble> {
    match target {
        LogTarget::Pod { namespace, name, container } => {
            Ok(Selection::single(namespace, name, container.as_ref()))
        }
        LogTarget::Selected { kind: Kind::Pod, namespace, name } => {
            Ok(Selection::single(namespace, name, None))
        }
        LogTarget::Labels { namespace, selector } => Ok(Selection::labelled(namespace.as_deref(), selector)),
        LogTarget::Selected { kind, namespace, name } => {
            let resource = Resource::from(*kind);
            let path = resource.object(namespace, name);
            let asked = asked_of(line, "get", &resource, namespace, &path);
            let bytes = read::fetch(line, &path, &asked, read::Shape::Whole).await?;
            let odd = |error: serde_json::Error| Trouble::new(TroubleKind::Protocol, error.to_string());
            let object: Value = serde_json::from_slice(&bytes).map_err(|e| odd(e).trying(&asked.tried))?;
            let selector = match kind {
                Kind::Service => labels(&object["spec"]["selector"]),
                _ => selector(&object["spec"]["selector"]),
            };
            if selector.is_empty() {
                let said = format!("{resource} {namespace}/{name} selects no pods");
                return Err(Trouble::new(TroubleKind::Rejected, said).trying(&asked.tried));
            }
            Ok(Selection::labelled(Some(namespace), &selector))
        }
    }
}

/// The selector of a service as `labelSelector` takes it.
pub(super) fn labels(map: &Value) -> String {
    let pairs = map.as_object().into_iter().flatten();
    let pairs = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    pairs.collect::<Vec<_>>().join(",")
}

/// A `LabelSelector` as `labelSelector` takes it.
fn selector(of: &Value) -> String {
    let expressions = of["matchExpressions"].as_array().into_iter().flatten().filter_map(|expression| {
        let key = expression["key"].as_str()?;
        let values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let values = values.join(",");
        match expression["operator"].as_str()? {
            "In" => Some(format!("{key} in ({values})")),
            "NotIn" => Some(format!("{key} notin ({values})")),
            "Exists" => Some(key.to_owned()),
            "DoesNotExist" => Some(format!("!{key}")),
            _ => None,
        }
    });
    let labels = Some(labels(&of["matchLabels"])).filter(|labels| !labels.is_empty());
    labels.into_iter().chain(expressions).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_are_written_as_kubectl_writes_them() {
        let of = json!({"matchLabels": {"app": "web", "tier": "front"}, "matchExpressions": [
            {"key": "track", "operator": "In", "values": ["stable", "canary"]},
            {"key": "env", "operator": "NotIn", "values": ["test"]},
            {"key": "release", "operator": "Exists"},
            {"key": "legacy", "operator": "DoesNotExist"},
            {"key": "odd", "operator": "Larger"}, 7,
        ]});
        assert_eq!(
            selector(&of),
            "app=web,tier=front,track in (stable,canary),env notin (test),release,!legacy"
        );
        assert_eq!(selector(&json!({"matchExpressions": [{"key": "a", "operator": "Exists"}]})), "a");
        assert_eq!(selector(&Value::Null), "");
        assert_eq!(labels(&json!({"app": "web", "odd": 5})), "app=web");
    }
}
