//! What is kept of an object of a few kinds beside the cells that the server prints: what our own columns are made of.

use super::endpoints::Endpoints;
use super::record::{Health, Seconds};
use super::resource::Resource;
use super::schedule::Schedule;
use super::text::Text;
use super::units;

/// Whether such are kept of a kind: then its objects are read, and not their metadata alone.
pub fn are_kept(resource: &Resource) -> bool {
    matches!(
        (&*resource.group, &*resource.plural),
        ("batch", "cronjobs" | "jobs")
            | ("networking.k8s.io", "ingresses")
            | ("autoscaling", "horizontalpodautoscalers")
            | ("policy", "poddisruptionbudgets")
            | ("", "persistentvolumeclaims" | "resourcequotas")
    )
}

/// What is kept, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// Of a CronJob.
    CronJob(CronJob),
    /// Of a Job.
    Job(Job),
    /// Of an Ingress.
    Ingress(Ingress),
    /// Of a `HorizontalPodAutoscaler`.
    Autoscaler(Autoscaler),
    /// Of a `PodDisruptionBudget`.
    Budget(Budget),
    /// Of a `PersistentVolumeClaim`.
    Claim(Claim),
    /// Of a `ResourceQuota`.
    Quota(Quota),
}

/// Of a CronJob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronJob {
    /// When it runs.
    pub schedule: Schedule,
    /// `spec.suspend`.
    pub suspended: bool,
    /// Jobs that run now.
    pub active: u32,
    /// `status.lastScheduleTime`; 0 when it never ran.
    pub last: Seconds,
    /// `status.lastSuccessfulTime`; 0 for never.
    pub succeeded: Seconds,
}

impl CronJob {
    /// What became of its last run.
    pub fn last_result(&self) -> &'static str {
        match () {
            () if self.active > 0 => "running",
            () if self.last == 0 => "never ran",
            () if self.succeeded >= self.last => "succeeded",
            () => "failed",
        }
    }
}

/// Of a Job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// `status.failed`: pods that failed.
    pub failed: u32,
    /// `status.startTime`; 0 before it.
    pub started: Seconds,
    /// When it was over, one way or the other; 0 while it is not.
    pub ended: Seconds,
    /// Why it failed as a whole, e.g. `BackoffLimitExceeded`; empty when it did not.
    pub failure: Text,
}

/// Of an Ingress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingress {
    /// Its routes, the default backend last.
    pub routes: Box<[Route]>,
}

/// What leads where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Host and path, `*` for any.
    pub from: Text,
    /// The service; empty when it leads to something else.
    pub service: Text,
}

impl Route {
    /// Ready endpoints behind it, of how many; none when no service is there to have some.
    pub fn endpoints(&self, namespace: &str, endpoints: &Endpoints) -> (u32, u32) {
        endpoints.of(namespace, &self.service).map_or((0, 0), |count| (count.ready, count.total))
    }

    /// Whether nobody answers.
    /// Where no slices can be read nothing is claimed.
    pub fn is_dead(&self, namespace: &str, endpoints: &Endpoints) -> bool {
        !self.service.is_empty() && !endpoints.is_empty() && self.endpoints(namespace, endpoints).0 == 0
    }
}

/// Of a `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Autoscaler {
    /// `status.currentReplicas`.
    pub current: u32,
    /// `status.desiredReplicas`.
    pub desired: u32,
    /// `spec.minReplicas`.
    pub min: u32,
    /// `spec.maxReplicas`.
    pub max: u32,
    /// It wants more than it may have.
    pub limited: bool,
    /// Why it cannot scale; empty when it can.
    pub blocked: Text,
    /// Since when it cannot, or wants more than it may have; 0 when neither is so.
    pub since: Seconds,
    /// What it scales, as kubectl names it: `deployment/web`.
    pub target: Text,
}

/// Of a `PodDisruptionBudget`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// `status.disruptionsAllowed`.
    pub allowed: u32,
    /// `status.currentHealthy`.
    pub healthy: u32,
    /// `status.desiredHealthy`.
    pub wished: u32,
    /// `status.expectedPods`.
    pub pods: u32,
    /// Since when no pod may go; 0 when that is not said.
    pub since: Seconds,
}

/// Of a `PersistentVolumeClaim`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// `status.phase`.
    pub phase: Text,
    /// `spec.storageClassName`.
    pub class: Text,
}

/// Of a `ResourceQuota`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What is limited, sorted by name.
    pub amounts: Box<[Limited]>,
}

/// One resource of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    /// E.g. `requests.cpu`.
    pub resource: Text,
    /// How much is used, as the server writes it.
    pub used: Text,
    /// How much may be.
    pub hard: Text,
    /// The share in percent; 100 where something is used and nothing may be.
    pub percent: u32,
}

impl Autoscaler {
    /// What it does, in a word.
    pub fn state(&self) -> String {
        match () {
            () if !self.blocked.is_empty() => format!("cannot scale: {}", self.blocked),
            () if self.limited => "at maximum, wants more".to_owned(),
            () if self.current >= self.max && self.max > self.min => "at maximum".to_owned(),
            () if self.desired > self.current => format!("scaling up to {}", self.desired),
            () if self.desired < self.current => format!("scaling down to {}", self.desired),
            () => String::new(),
        }
    }
}

impl Facts {
    /// When what our columns say of it is said differently, if that goes with time.
    pub fn turns(&self, now: Seconds) -> Option<Seconds> {
        match self {
            Self::CronJob(it) if !it.suspended => {
                it.schedule.next(now).map(|next| units::next_change_before(now, next))
            }
            Self::Job(it) if it.started != 0 && it.ended == 0 => Some(units::next_change(now, it.started)),
            _ => None,
        }
    }

    /// Whether it is an Ingress that leads to a service without ready endpoints.
    pub fn has_dead_end(&self, namespace: &str, endpoints: &Endpoints) -> bool {
        matches!(self, Self::Ingress(it) if it.routes.iter().any(|route| route.is_dead(namespace, endpoints)))
    }

    /// How the object is doing, as far as this says it.
    pub fn health(&self) -> Health {
        match self {
            Self::CronJob(it) if it.suspended => Health::Idle,
            Self::CronJob(it) => match it.last_result() {
                "failed" => Health::Fault,
                "running" => Health::Progressing,
                _ => Health::Ok,
            },
            Self::Job(it) if it.ended == 0 && it.failed > 0 => Health::Warning,
            Self::Autoscaler(it) if &*it.blocked == "ScalingDisabled" => Health::Idle,
            Self::Autoscaler(it) if !it.blocked.is_empty() => Health::Fault,
            Self::Autoscaler(it) if it.limited || (it.current >= it.max && it.max > it.min) => {
                Health::Warning
            }
            Self::Autoscaler(it) if it.desired != it.current => Health::Progressing,
            // That they bound or let something go is what they are for.
            Self::Job(_)
            | Self::Ingress(_)
            | Self::Autoscaler(_)
            | Self::Budget(_)
            | Self::Claim(_)
            | Self::Quota(_) => Health::Ok,
        }
    }
}
