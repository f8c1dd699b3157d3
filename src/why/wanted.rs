//! What is to be read to say why: of the object itself first, then of what was found so, step by step. Names suffice for Secrets
//! and ConfigMaps: of them nothing else is asked for.

use serde_json::Value;

use super::ground::{Ground, Look, condition, controller, named};
use super::{Material, config, ingress, job, limits, pod, service, storage, workload};
use crate::describe::{Ask, of_object};
use crate::model::json::{name, text, texts, uid};
use crate::model::relate::Use;
use crate::model::resource::Resource;
use crate::release::history;

/// So many ways of an ingress are gone along.
const WAYS: usize = 8;

/// The pods that a service's selector matches, or a part of it.
pub(super) fn selected(service: &Value, selector: &str) -> Ask {
    Ask::all("pods", Resource::PODS, text(service, "/metadata/namespace")).labelled(selector.to_owned())
}

/// The endpoints of a service.
pub(super) fn slices(service: &Value) -> Ask {
    let labels = format!("kubernetes.io/service-name={}", name(service));
    Ask::all("endpoints", Resource::ENDPOINT_SLICES, text(service, "/metadata/namespace")).labelled(labels)
}

/// The nodes with these labels.
pub(super) fn nodes_for(labels: &str) -> Ask {
    Ask::all("nodes", Resource::NODES, "").labelled(labels.to_owned())
}

/// Everything that is wanted by what is known so far; those that were answered are among them.
pub fn wanted(material: &Material) -> Vec<Ask> {
    let ground = Ground(material);
    let mut wishes = Wishes { ground: &ground, asks: Vec::new() };
    wishes.of(&ground.subject());
    wishes.asks
}

struct Wishes<'a> {
    ground: &'a Ground<'a>,
    asks: Vec<Ask>,
}

impl Wishes<'_> {
    fn ask(&mut self, ask: Ask) {
        if !self.asks.contains(&ask) {
            self.asks.push(ask);
        }
    }

    fn of(&mut self, object: &Value) {
        let about = named(object);
        let namespace = text(object, "/metadata/namespace");
        match (about.group.as_str(), about.kind.as_str()) {
            // Of these the server has no events.
            ("", "Event" | "ResourceQuota" | "Secret" | "ConfigMap") => {}
            _ => self.ask(of_object(object)),
        }
        match (about.group.as_str(), about.kind.as_str()) {
            ("", "Pod") => self.of_pod(object),
            ("", "Node") => {
                self.ask(Ask::one("lease", Resource::LEASES, "kube-node-lease", name(object)));
            }
            ("", "Service") => self.of_service(object),
            ("networking.k8s.io", "Ingress") => self.of_ingress(object, namespace),
            ("apps", _) | ("batch", "Job") => self.of_workload(object, namespace),
            ("batch", "CronJob") => {
                self.ask(Ask::all("Jobs", Resource::JOBS, namespace));
                if let Some(newest) = job::jobs(self.ground, object).first() {
                    self.of_workload(newest, namespace);
                }
            }
            ("", "PersistentVolumeClaim") => self.of_claim(object),
            ("autoscaling", _) => {
                if let Some((resource, name)) = limits::target(object) {
                    self.ask(Ask::one("its target", resource, namespace, name));
                }
            }
            _ => {}
        }
    }

    fn of_workload(&mut self, object: &Value, namespace: &str) {
        let ground = self.ground;
        self.ask(of_object(object));
        let selector = history::selector(object);
        let pods = || Ask::all("pods", Resource::PODS, namespace).labelled(selector.clone());
        if !selector.is_empty() {
            self.ask(pods());
        }
        match text(object, "/kind") {
            "Deployment" => {
                self.revisions(object);
                self.ask(Ask::all("autoscalers", Resource::AUTOSCALERS, namespace));
                for set in ground.owned(&Resource::REPLICA_SETS, uid(object)) {
                    self.quota(set, namespace);
                }
            }
            "StatefulSet" | "DaemonSet" => self.revisions(object),
            _ => {}
        }
        self.quota(object, namespace);
        let owned = match text(object, "/kind") {
            "Deployment" => workload::pods(ground, object),
            _ => ground.owned(&Resource::PODS, uid(object)),
        };
        for pod in pod::worst(&owned, workload::WORST) {
            self.about_pod(pod);
        }
    }

    /// What holds the revisions of a workload.
    fn revisions(&mut self, object: &Value) {
        let known = [Resource::DEPLOYMENTS, Resource::STATEFUL_SETS, Resource::DAEMON_SETS];
        let holder = known.iter().find(|one| one.kind == text(object, "/kind")).and_then(history::holder);
        let selector = history::selector(object);
        if let (Some(holder), false) = (holder, selector.is_empty()) {
            let namespace = text(object, "/metadata/namespace");
            self.ask(Ask::all("revisions", holder, namespace).labelled(selector));
        }
    }

    /// The quota that keeps pods from being created, where one is named; and the events of who creates them.
    fn quota(&mut self, holder: &Value, namespace: &str) {
        let Some(failure) = condition(holder, "ReplicaFailure") else { return };
        self.ask(of_object(holder));
        if let Some(quota) = workload::exceeded(text(failure, "/message")) {
            self.ask(Ask::one("quota", Resource::RESOURCE_QUOTAS, namespace, quota));
        }
    }

    /// A pod that was asked for: what is around it, and what it belongs to.
    fn of_pod(&mut self, pod: &Value) {
        self.about_pod(pod);
        let namespace = text(pod, "/metadata/namespace");
        let Some((kind, owner, _)) = controller(pod) else { return };
        let resource = match kind {
            "ReplicaSet" => Resource::REPLICA_SETS,
            "StatefulSet" => Resource::STATEFUL_SETS,
            "DaemonSet" => Resource::DAEMON_SETS,
            _ => return,
        };
        self.ask(Ask::one("its controller", resource.clone(), namespace, owner));
        if let Look::There(set) = self.ground.one(&resource, namespace, owner)
            && let Some(("Deployment", deployment, _)) = controller(set)
        {
            self.ask(Ask::one("its deployment", Resource::DEPLOYMENTS, namespace, deployment));
        }
        if let Some(workload) = super::revision::workload(self.ground, pod) {
            let workload = workload.clone();
            self.revisions(&workload);
        }
    }

    /// A pod: its events, its node, what it names, where it could go.
    fn about_pod(&mut self, pod: &Value) {
        let namespace = text(pod, "/metadata/namespace");
        self.ask(of_object(pod));
        let node = text(pod, "/spec/nodeName");
        if !node.is_empty() {
            self.ask(Ask::one("node", Resource::NODES, "", node));
        } else if let (Some(labels), Some(_)) = (pod::selector(pod), condition(pod, "PodScheduled")) {
            self.ask(nodes_for(&labels));
        }
        if pod::is_well(pod) || pod::has_started(pod) {
            return;
        }
        for Use { resource, name, .. } in config::needed(pod) {
            let what = match &*resource.kind {
                "ConfigMap" => "ConfigMap",
                "Secret" => "Secret",
                "ServiceAccount" => "account",
                _ => "claim",
            };
            let ask = Ask::one(what, resource.clone(), namespace, &name);
            let claim = resource == Resource::PERSISTENT_VOLUME_CLAIMS;
            self.ask(if claim { ask } else { ask.names_only() });
            if let (true, Look::There(found)) = (claim, self.ground.one(&resource, namespace, &name))
                && text(found, "/status/phase") != "Bound"
            {
                self.of_claim(found);
            }
        }
    }

    fn of_service(&mut self, service: &Value) {
        let Some(selector) = service::selector(service) else { return };
        self.ask(slices(service));
        let all = selected(service, &selector);
        self.ask(all.clone());
        match self.ground.answer(&all) {
            Some([]) => {
                let pairs = texts(service, "/spec/selector");
                for (key, value) in pairs.iter().take(4).filter(|_| pairs.len() > 1) {
                    self.ask(selected(service, &format!("{key}={value}")));
                }
            }
            Some(pods) => {
                let pods: Vec<&Value> = pods.iter().collect();
                for pod in pod::worst(&pods, workload::WORST) {
                    self.about_pod(pod);
                }
            }
            None => {}
        }
    }

    fn of_ingress(&mut self, ingress: &Value, namespace: &str) {
        for backend in ingress::backends(ingress).into_iter().take(WAYS) {
            self.ask(Ask::one("service", Resource::SERVICES, namespace, backend.service));
            if let Look::There(service) = self.ground.one(&Resource::SERVICES, namespace, backend.service) {
                self.of_service(service);
            }
        }
        for secret in ingress::certificates(ingress) {
            self.ask(Ask::one("Secret", Resource::SECRETS, namespace, secret).names_only());
        }
    }

    fn of_claim(&mut self, claim: &Value) {
        self.ask(of_object(claim));
        if let Some(class) = storage::class(claim).filter(|_| text(claim, "/status/phase") != "Bound") {
            self.ask(Ask::one("storage class", Resource::STORAGE_CLASSES, "", class));
        }
    }
}
