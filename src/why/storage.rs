//! Claims: why a volume does not come.

use serde_json::Value;

use super::ground::{Ground, Look, unseen};
use super::{Account, Cause, Evidence, Sure, events};
use crate::model::column::Tone;
use crate::model::json::text;
use crate::model::resource::Resource;

/// The class that a claim names; `None`: it leaves that to the cluster, or wants none.
pub(super) fn class(claim: &Value) -> Option<&str> {
    Some(text(claim, "/spec/storageClassName")).filter(|class| !class.is_empty())
}

/// What is told of a claim.
pub(super) fn account(ground: &Ground<'_>, claim: &Value) -> Account {
    let mut told = Account::default();
    let phase = text(claim, "/status/phase");
    if phase == "Bound" {
        let words = format!("Bound to {}", text(claim, "/spec/volumeName"));
        told.tail.push(Evidence::of(claim, words, Tone::Good));
        return told;
    }
    told.state = Some(if phase.is_empty() { "is not bound".to_owned() } else { format!("is {phase}") });
    told.head.push(Evidence::of(claim, format!("status.phase: {phase}"), Tone::Bad));
    if phase == "Lost" {
        let words = format!("its volume {} is gone", text(claim, "/spec/volumeName"));
        let step = Evidence {
            about: unseen(&Resource::PERSISTENT_VOLUMES, "", text(claim, "/spec/volumeName")),
            uid: String::new(),
            ..Evidence::of(claim, "is gone", Tone::Bad).deeper(1)
        };
        told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
    }
    let class = class(claim);
    let found = class.map(|class| (class, ground.one(&Resource::STORAGE_CLASSES, "", class)));
    match &found {
        Some((class, Look::Missing)) => {
            let words = format!("StorageClass {class} does not exist");
            let step = Evidence {
                about: unseen(&Resource::STORAGE_CLASSES, "", class),
                uid: String::new(),
                ..Evidence::of(claim, "is missing; the claim names it", Tone::Bad).deeper(1)
            };
            told.causes.push(Cause { sure: Sure::Said, words, steps: vec![step], shown: None });
        }
        Some((_, Look::There(class))) => {
            let mode = text(class, "/volumeBindingMode");
            let words = format!("provisioner {}, {mode}", text(class, "/provisioner"));
            told.tail.push(Evidence::of(class, words, Tone::Dim).deeper(1));
            if mode == "WaitForFirstConsumer" {
                let words =
                    "it waits for a pod that uses it to be scheduled (WaitForFirstConsumer)".to_owned();
                let step = Evidence::of(claim, words.clone(), Tone::Plain).deeper(1);
                told.causes.push(Cause { sure: Sure::Perhaps, words, steps: vec![step], shown: None });
            }
        }
        _ => {}
    }
    if let Some(event) = events::find(ground, claim, &["ProvisioningFailed", "FailedBinding"], "") {
        let words = format!("{}: {}", text(event, "/reason"), text(event, "/message").trim());
        let steps = vec![events::step(claim, event).deeper(1)];
        told.causes.push(Cause { sure: Sure::Said, words, steps, shown: None });
    }
    told
}
