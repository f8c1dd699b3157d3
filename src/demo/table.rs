//! The server's Table: the columns and cells that `kubectl get` prints.
//!
//! Owns which columns a kind has and what stands in them; how a Table travels is for `render`.

mod access;
mod age;
mod basics;
mod custom;
mod network;
mod pods;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::age::human;
use super::object::text;
use super::resource::Resource;

/// The columns of a kind: comma separated, `:` before a type other than string, `*` after one that only wide shows.
fn columns(res: &Resource) -> &'static str {
    match res.plural {
        "pods" => "Name,Ready,Status,Restarts,Age,IP*,Node*,Nominated Node*,Readiness Gates*",
        "deployments" => "Name,Ready,Up-to-date,Available,Age,Containers*,Images*,Selector*",
        "replicasets" | "replicationcontrollers" => {
            "Name,Desired:integer,Current:integer,Ready:integer,Age,Containers*,Images*,Selector*"
        }
        "statefulsets" => "Name,Ready,Age,Containers*,Images*",
        "daemonsets" => {
            "Name,Desired:integer,Current:integer,Ready:integer,Up-to-date:integer,Available:integer,Node Selector,Age,Containers*,Images*,Selector*"
        }
        "services" => "Name,Type,Cluster-IP,External-IP,Port(s),Age,Selector*",
        "endpointslices" => "Name,AddressType,Ports,Endpoints,Age",
        "endpoints" => "Name,Endpoints,Age",
        "nodes" => {
            "Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*"
        }
        "events" => "Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*",
        "horizontalpodautoscalers" => "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age",
        "ingresses" => "Name,Class,Hosts,Address,Ports,Age",
        "ingressclasses" => "Name,Controller,Parameters,Age",
        "networkpolicies" => "Name,Pod-Selector,Age",
        "jobs" => "Name,Status,Completions,Duration,Age,Containers*,Images*,Selector*",
        "cronjobs" => {
            "Name,Schedule,Timezone,Suspend:boolean,Active:integer,Last Schedule,Age,Containers*,Images*,Selector*"
        }
        "configmaps" => "Name,Data,Age",
        "secrets" => "Name,Type,Data:integer,Age",
        "namespaces" => "Name,Status,Age",
        "serviceaccounts" => "Name,Secrets,Age",
        "persistentvolumeclaims" => {
            "Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age,VolumeMode*"
        }
        "persistentvolumes" => {
            "Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,Reason,Age,VolumeMode*"
        }
        "storageclasses" => "Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age",
        "poddisruptionbudgets" => "Name,Min Available,Max Unavailable,Allowed Disruptions:integer,Age",
        "resourcequotas" => "Name,Request,Limit,Age",
        "controllerrevisions" => "Name,Controller,Revision,Age",
        "leases" => "Name,Holder,Age",
        "certificatesigningrequests" => "Name,Age,SignerName,Requestor,RequestedDuration,Condition",
        "apiservices" => "Name,Service,Available,Age",
        "podtemplates" => "Name,Containers,Images,Pod Labels",
        "priorityclasses" => "Name,Value:integer,Global-Default:boolean,Age,PreemptionPolicy",
        "rolebindings" | "clusterrolebindings" => "Name,Role,Age,Users*,Groups*,ServiceAccounts*",
        _ => "Name,Created At:date",
    }
}

/// `columnDefinitions` of a kind.
pub fn column_definitions(res: &Resource) -> Value {
    if let Some(columns) = res.custom {
        return custom::definitions(columns);
    }
    let one = |column: &str| {
        let (column, priority) = column.strip_suffix('*').map_or((column, 0), |column| (column, 1));
        let (name, kind) = column.split_once(':').unwrap_or((column, "string"));
        let format = if name == "Name" { "name" } else { "" };
        json!({"name": name, "type": kind, "format": format, "description": "", "priority": priority})
    };
    Value::Array(columns(res).split(',').map(one).collect())
}

/// The cells of an object's row.
pub fn cells(res: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    if let Some(columns) = res.custom {
        return custom::cells(columns, object, now);
    }
    match res.plural {
        "pods" => pods::pod(object, now),
        "deployments" => workloads::deployment(object, now),
        "replicasets" | "replicationcontrollers" => workloads::replicaset(object, now),
        "statefulsets" => workloads::statefulset(object, now),
        "daemonsets" => workloads::daemonset(object, now),
        "jobs" => workloads::job(object, now),
        "cronjobs" => workloads::cronjob(object, now),
        "horizontalpodautoscalers" => workloads::autoscaler(object, now),
        "poddisruptionbudgets" => workloads::disruption_budget(object, now),
        "controllerrevisions" => workloads::controller_revision(object, now),
        "services" => network::service(object, now),
        "endpointslices" => network::endpoint_slice(object, now),
        "endpoints" => network::endpoints(object, now),
        "ingresses" => network::ingress(object, now),
        "ingressclasses" => network::ingress_class(object, now),
        "networkpolicies" => network::network_policy(object, now),
        "nodes" => basics::node(object, now),
        "events" => basics::event(object, now),
        "configmaps" => basics::configmap(object, now),
        "secrets" => basics::secret(object, now),
        "namespaces" => basics::namespace(object, now),
        "serviceaccounts" => basics::service_account(object, now),
        "persistentvolumeclaims" => basics::claim(object, now),
        "persistentvolumes" => basics::volume(object, now),
        "storageclasses" => basics::storage_class(object, now),
        "resourcequotas" => basics::quota(object, now),
        "leases" => basics::lease(object, now),
        "certificatesigningrequests" => access::signing_request(object, now),
        "apiservices" => access::api_service(object, now),
        "podtemplates" => workloads::pod_template(object),
        "priorityclasses" => basics::priority_class(object, now),
        "rolebindings" | "clusterrolebindings" => access::role_binding(object, now),
        _ => vec![name(object), object["metadata"]["creationTimestamp"].clone()],
    }
}

fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

/// How long ago the object was made.
fn age(object: &Value, now: Timestamp) -> Value {
    json!(since(text(object, "/metadata/creationTimestamp"), now))
}

/// How long ago a time was, `<unknown>` when there is none.
fn since(time: &str, now: Timestamp) -> String {
    time.parse::<Timestamp>().map_or_else(|_| "<unknown>".to_owned(), |then| human(now.duration_since(then)))
}

/// A text, `<none>` when it is empty.
fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text.to_owned() }
}

fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// `a=b,c=d` of a map.
fn pairs(map: Option<&Value>) -> String {
    let Some(Value::Object(map)) = map else { return String::new() };
    let one = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
    map.iter().map(one).collect::<Vec<_>>().join(",")
}

/// A label selector as kubectl prints it.
fn label_selector(selector: Option<&Value>) -> String {
    let Some(selector) = selector else { return "<none>".to_owned() };
    let mut parts = vec![pairs(selector.get("matchLabels"))];
    for term in items(selector, "/matchExpressions") {
        let key = text(term, "/key");
        let values: Vec<&str> = items(term, "/values").iter().filter_map(Value::as_str).collect();
        parts.push(match text(term, "/operator") {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    parts.retain(|part| !part.is_empty());
    or_none(&parts.join(","))
}

/// The names and the images of the containers of a pod template.
fn containers(object: &Value, pointer: &str) -> [Value; 2] {
    let list = items(object, pointer);
    let join = |key: &str| list.iter().map(|c| text(c, key)).collect::<Vec<_>>().join(",");
    [json!(join("/name")), json!(join("/image"))]
}

#[cfg(test)]
mod tests;
