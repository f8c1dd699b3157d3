//! The names of kinds in a rule of `policy:`: what kubectl takes for a kind that every cluster has is read as its plural, and what is no
//! kind is told. Pure. No cluster is asked: a rule is read before there is one.

use super::warning::did_you_mean;

/// The kinds of Kubernetes itself: plural, kind, group, and kubectl's short names (`kubectl api-resources`, 1.32).
const BUILT_IN: &[(&str, &str, &str, &[&str])] = &[
    ("configmaps", "ConfigMap", "", &["cm"]),
    ("endpoints", "Endpoints", "", &["ep"]),
    ("events", "Event", "", &["ev"]),
    ("limitranges", "LimitRange", "", &["limits"]),
    ("namespaces", "Namespace", "", &["ns"]),
    ("nodes", "Node", "", &["no"]),
    ("persistentvolumeclaims", "PersistentVolumeClaim", "", &["pvc"]),
    ("persistentvolumes", "PersistentVolume", "", &["pv"]),
    ("pods", "Pod", "", &["po"]),
    ("podtemplates", "PodTemplate", "", &[]),
    ("replicationcontrollers", "ReplicationController", "", &["rc"]),
    ("resourcequotas", "ResourceQuota", "", &["quota"]),
    ("secrets", "Secret", "", &[]),
    ("serviceaccounts", "ServiceAccount", "", &["sa"]),
    ("services", "Service", "", &["svc"]),
    ("controllerrevisions", "ControllerRevision", "apps", &[]),
    ("daemonsets", "DaemonSet", "apps", &["ds"]),
    ("deployments", "Deployment", "apps", &["deploy"]),
    ("replicasets", "ReplicaSet", "apps", &["rs"]),
    ("statefulsets", "StatefulSet", "apps", &["sts"]),
    ("horizontalpodautoscalers", "HorizontalPodAutoscaler", "autoscaling", &["hpa"]),
    ("cronjobs", "CronJob", "batch", &["cj"]),
    ("jobs", "Job", "batch", &[]),
    ("poddisruptionbudgets", "PodDisruptionBudget", "policy", &["pdb"]),
    ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "admissionregistration.k8s.io", &[]),
    (
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io",
        &[],
    ),
    ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", "admissionregistration.k8s.io", &[]),
    (
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io",
        &[],
    ),
    ("customresourcedefinitions", "CustomResourceDefinition", "apiextensions.k8s.io", &["crd", "crds"]),
    ("apiservices", "APIService", "apiregistration.k8s.io", &[]),
    ("certificatesigningrequests", "CertificateSigningRequest", "certificates.k8s.io", &["csr"]),
    ("leases", "Lease", "coordination.k8s.io", &[]),
    ("endpointslices", "EndpointSlice", "discovery.k8s.io", &[]),
    ("flowschemas", "FlowSchema", "flowcontrol.apiserver.k8s.io", &[]),
    ("prioritylevelconfigurations", "PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", &[]),
    ("gateways", "Gateway", "gateway.networking.k8s.io", &["gtw"]),
    ("httproutes", "HTTPRoute", "gateway.networking.k8s.io", &[]),
    ("ingressclasses", "IngressClass", "networking.k8s.io", &[]),
    ("ingresses", "Ingress", "networking.k8s.io", &["ing"]),
    ("networkpolicies", "NetworkPolicy", "networking.k8s.io", &["netpol"]),
    ("runtimeclasses", "RuntimeClass", "node.k8s.io", &[]),
    ("clusterrolebindings", "ClusterRoleBinding", "rbac.authorization.k8s.io", &[]),
    ("clusterroles", "ClusterRole", "rbac.authorization.k8s.io", &[]),
    ("rolebindings", "RoleBinding", "rbac.authorization.k8s.io", &[]),
    ("roles", "Role", "rbac.authorization.k8s.io", &[]),
    ("priorityclasses", "PriorityClass", "scheduling.k8s.io", &["pc"]),
    ("csidrivers", "CSIDriver", "storage.k8s.io", &[]),
    ("csinodes", "CSINode", "storage.k8s.io", &[]),
    ("csistoragecapacities", "CSIStorageCapacity", "storage.k8s.io", &[]),
    ("storageclasses", "StorageClass", "storage.k8s.io", &["sc"]),
    ("volumeattachments", "VolumeAttachment", "storage.k8s.io", &[]),
];

/// Groups of which all kinds are known, so that a name in them that is none is a mistake.
const WHOLE: [&str; 4] = ["apps", "autoscaling", "batch", "policy"];

/// A pattern as it is matched: the plural of a kind that is known, with its group if it was named. An error says why it can match
/// nothing that is known here.
pub(super) fn read(pattern: &str) -> Result<String, String> {
    if pattern.contains('*') {
        return Ok(pattern.to_owned());
    }
    let typed = pattern.to_lowercase();
    let (name, group) = match typed.split_once('.') {
        Some((name, group)) => (name, Some(group)),
        None => (typed.as_str(), None),
    };
    let called = BUILT_IN.iter().find(|(plural, kind, of, short)| {
        let named = name == *plural || name == kind.to_lowercase() || short.contains(&name);
        named && group.is_none_or(|group| group == *of)
    });
    match (called, group) {
        (Some((plural, ..)), None) => Ok((*plural).to_owned()),
        (Some((plural, ..)), Some(group)) => Ok(format!("{plural}.{group}")),
        // Which kinds the cluster has beside them is not known here.
        (None, Some(group)) if !WHOLE.contains(&group) => Ok(pattern.to_owned()),
        (None, _) => {
            let plurals = BUILT_IN.iter().map(|(plural, ..)| *plural);
            let hint = did_you_mean(name, plurals);
            Err(format!(
                "no kind that is known here is called `{pattern}`{hint}; a custom kind is written as plural.group"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;

    #[test]
    fn kubectls_names_are_read_as_the_plural() {
        for (names, plural) in [
            ("deploy deployment Deployment deployments DEPLOYMENTS", "deployments"),
            ("deploy.apps deployments.apps", "deployments.apps"),
            ("po pod Pod pods", "pods"),
            ("svc service", "services"),
            ("sts", "statefulsets"),
            ("ds", "daemonsets"),
            ("cm", "configmaps"),
            ("ing ingress", "ingresses"),
            ("netpol NetworkPolicy", "networkpolicies"),
            ("deploy*", "deploy*"),
            ("*", "*"),
            ("rollouts.argoproj.io", "rollouts.argoproj.io"),
        ] {
            for name in names.split_whitespace() {
                assert_eq!(read(name).as_deref(), Ok(plural), "{name}");
            }
        }
        for resource in Resource::KNOWN.iter().filter(|one| one.group != "metrics.k8s.io") {
            assert_eq!(read(&resource.kind).as_deref(), Ok(resource.plural.as_ref()), "{}", resource.kind);
        }
    }

    #[test]
    fn what_is_no_kind_is_told() {
        for (name, hint) in [
            ("deploments", "; did you mean `deployments`?"),
            ("v1/pods", ""),
            ("apps/v1/deployments", ""),
            ("rollouts", ""),
            ("deploments.apps", "; did you mean `deployments`?"),
            ("", ""),
        ] {
            let said = read(name).unwrap_err();
            assert!(
                said.starts_with(&format!("no kind that is known here is called `{name}`{hint}")),
                "{said}"
            );
            assert!(said.ends_with("; a custom kind is written as plural.group"), "{said}");
        }
    }
}
