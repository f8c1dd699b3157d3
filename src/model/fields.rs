//! The fields by which the API server can select objects of a kind (`-f`, `--field-selector`), as far as they are known.
//!
//! From the conversions that the API registers for its own kinds; custom resources have those of their definition
//! (`selectableFields`), which are not read here.

use super::resource::Resource;

/// Every kind has these.
const EVERY: &[&str] = &["metadata.name", "metadata.namespace"];

/// Group, plural, the fields beside those that every kind has.
const OWN: &[(&str, &str, &[&str])] = &[
    (
        "",
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
    ),
    (
        "",
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.name",
            "involvedObject.namespace",
            "involvedObject.uid",
            "reason",
            "type",
            "source",
            "reportingComponent",
        ],
    ),
    ("", "nodes", &["spec.unschedulable"]),
    ("", "namespaces", &["status.phase"]),
    ("", "secrets", &["type"]),
    ("", "services", &["spec.clusterIP", "spec.type"]),
    ("", "replicationcontrollers", &["status.replicas"]),
    ("apps", "replicasets", &["status.replicas"]),
    ("batch", "jobs", &["status.successful"]),
    ("certificates.k8s.io", "certificatesigningrequests", &["spec.signerName"]),
];

/// The fields that the server supports for a kind, in words.
pub fn supported(resource: &Resource) -> String {
    let own = OWN.iter().find(|(group, plural, _)| resource.group == *group && resource.plural == *plural);
    let own = own.map_or(&[][..], |(.., fields)| fields);
    let every = EVERY.iter().filter(|field| resource.namespaced || **field != "metadata.namespace");
    let named: Vec<&str> = own.iter().chain(every).copied().collect();
    format!("fields of {}: {}", resource.plural, named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Kind;

    #[test]
    fn the_fields_of_a_kind_come_before_those_of_every_kind() {
        let of = |kind: Kind| supported(&kind.into());
        assert!(of(Kind::Pod).starts_with("fields of pods: spec.nodeName, "));
        assert!(of(Kind::Pod).ends_with(", metadata.name, metadata.namespace"));
        assert_eq!(of(Kind::Node), "fields of nodes: spec.unschedulable, metadata.name");
        assert_eq!(of(Kind::Deployment), "fields of deployments: metadata.name, metadata.namespace");
    }
}
