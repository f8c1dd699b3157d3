//! The rules: one table, the worst first. README's list is made of it, and a test wants a case for and a case against of each.

use super::gather::Gathered;
use super::ground::Ground;
use super::{
    Grade, autoscalers, budgets, certificates, claims, events, ingresses, jobs, nodes, pods, quotas,
    rollouts, services,
};

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Pods.
    Pods,
    /// Deployments, StatefulSets, DaemonSets.
    Rollouts,
    /// Services.
    Services,
    /// Ingresses.
    Ingresses,
    /// Jobs and CronJobs.
    Jobs,
    /// Nodes.
    Nodes,
    /// `HorizontalPodAutoscaler`s.
    Autoscalers,
    /// `PodDisruptionBudget`s.
    Budgets,
    /// `PersistentVolumeClaim`s.
    Claims,
    /// `ResourceQuota`s.
    Quotas,
    /// Certificates in Secrets.
    Certificates,
    /// Events.
    Events,
}

impl Topic {
    /// Whether what is found is said in one line with all else that is found of the same workload.
    pub(super) fn is_of_workloads(self) -> bool {
        matches!(self, Self::Pods | Self::Rollouts | Self::Jobs)
    }
}

/// A rule.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// How bad it is what it finds.
    pub grade: Grade,
    /// The question that it answers.
    pub asks: &'static str,
    /// The plurals of the kinds without whose rows it misses something; `certificates` for those in Secrets.
    pub needs: &'static [&'static str],
    /// The settings that say from when on.
    pub settings: &'static [&'static str],
    /// Looks.
    pub(super) look: fn(&Ground<'_>, &mut Gathered),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! rules {
    ($($name:literal $topic:ident $grade:ident [$($need:literal)*] $asks:literal [$($setting:literal)*] $look:path;)*) => {
        /// The whole table, the worst first.
        pub const RULES: &[Rule] = &[$(Rule {
            name: $name,
            topic: Topic::$topic,
            grade: Grade::$grade,
            asks: $asks,
            needs: &[$($need),*],
            settings: &[$($setting),*],
            look: $look,
        },)*];
    };
}

rules! {
    "node-not-ready" Nodes Broken ["nodes"] "Which nodes are not ready, and how many pods are on them?" [] nodes::not_ready;
    "rollout-stuck" Rollouts Broken ["deployments"] "Which rollouts are past their deadline, and which revision worked before?" [] rollouts::stuck;
    "pod-crashes" Pods Broken ["pods"] "Which pods crash again and again, with which exit code?" [] pods::crashes;
    "pod-image" Pods Broken ["pods"] "Which pods cannot get their image, and why?" [] pods::image;
    "pod-cannot-start" Pods Broken ["pods"] "Which containers cannot be made, e.g. for want of a ConfigMap?" [] pods::cannot_start;
    "pod-unschedulable" Pods Broken ["pods"] "Which pods find no node, in the scheduler's words?" [] pods::unschedulable;
    "workload-down" Rollouts Broken ["deployments" "statefulsets" "daemonsets" "replicasets"] "Which workloads have no ready pod at all?" ["triage.short-for"] rollouts::down;
    "claim-lost" Claims Broken ["persistentvolumeclaims"] "Which claims have lost their volume?" [] claims::lost;
    "certificate-expired" Certificates Broken ["certificates"] "Which certificates are past their end?" [] certificates::expired;
    "pod-not-ready" Pods Warning ["pods"] "Which pods are not ready for long?" ["triage.not-ready-for"] pods::not_ready;
    "pod-oom-killed" Pods Warning ["pods"] "Which pods were killed lately for want of memory, at which limit?" ["triage.restarts-within"] pods::oom_killed;
    "pod-restarts" Pods Warning ["pods"] "Which pods have restarted often, the last time lately?" ["triage.restarts" "triage.restarts-within"] pods::restarts;
    "pod-terminating" Pods Warning ["pods"] "Which pods do not go away?" ["triage.not-ready-for"] pods::terminating;
    "workload-short" Rollouts Warning ["deployments" "statefulsets" "daemonsets" "replicasets"] "Which workloads have fewer ready pods than they should?" ["triage.short-for"] rollouts::short;
    "service-no-match" Services Warning ["services" "pods" "deployments"] "Which services select nothing?" [] services::no_match;
    "service-no-endpoints" Services Warning ["services" "pods" "endpointslices"] "Which services have pods, and none of them ready?" [] services::no_endpoints;
    "service-port" Services Warning ["services" "pods"] "Which services name a port that no container of their pods has?" [] services::port;
    "ingress-dead" Ingresses Warning ["ingresses" "services" "endpointslices"] "Which ingresses lead to no service, or to one without ready endpoints?" [] ingresses::dead;
    "job-failed" Jobs Warning ["jobs"] "Which jobs have failed, and why?" [] jobs::failed;
    "cronjob-failed" Jobs Warning ["cronjobs"] "Of which CronJobs did the last run not succeed?" [] jobs::last_failed;
    "cronjob-missed" Jobs Warning ["cronjobs"] "Which CronJobs should have run and did not?" ["triage.late-by"] jobs::missed;
    "node-pressure" Nodes Warning ["nodes"] "Which nodes are short of memory, disk or process ids?" [] nodes::pressure;
    "autoscaler-blind" Autoscalers Warning ["horizontalpodautoscalers"] "Which autoscalers cannot scale, e.g. for want of metrics?" [] autoscalers::blind;
    "claim-pending" Claims Warning ["persistentvolumeclaims"] "Which claims have no volume for long, though nothing has to come first?" ["triage.not-ready-for"] claims::pending;
    "quota-full" Quotas Warning ["resourcequotas"] "Which quotas are used up, or nearly?" ["triage.quota-percent"] quotas::full;
    "certificate-ends" Certificates Warning ["certificates"] "Which certificates end soon?" ["triage.certificate-days"] certificates::ends;
    "autoscaler-at-maximum" Autoscalers Note ["horizontalpodautoscalers"] "Which autoscalers are at their maximum?" ["triage.at-maximum-for"] autoscalers::at_maximum;
    "budget-blocks" Budgets Note ["poddisruptionbudgets"] "Which disruption budgets let no pod be evicted?" [] budgets::blocks;
    "rollout-paused" Rollouts Note ["deployments"] "Which rollouts were paused half way?" [] rollouts::paused;
    "node-cordoned" Nodes Note ["nodes" "pods"] "Which nodes take no pods, though some are on them?" [] nodes::cordoned;
    "pod-evicted" Pods Note ["pods"] "Which pods were evicted, or refused by their node?" [] pods::evicted;
    "event-warnings" Events Note ["events"] "Which warnings were seen lately of what no other rule speaks of?" ["triage.event-age"] events::warnings;
}

/// A rule by its name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The table for the README; `default` says the value that a setting has by itself.
pub fn markdown(default: impl Fn(&str) -> String) -> String {
    let row = |rule: &Rule| {
        let settings = rule.settings.iter().map(|key| format!("`{key}` ({})", default(key)));
        let settings = settings.collect::<Vec<_>>().join(", ");
        format!("| `{}` | `{}` | {} | {settings} |\n", rule.grade.sign(), rule.name, rule.asks)
    };
    let rows: String = RULES.iter().map(row).collect();
    format!("| | rule | question | from when on |\n| --- | --- | --- | --- |\n{rows}")
}
