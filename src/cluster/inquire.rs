//! Carries a question to what answers it.

use super::certificates::certificates;
use super::link::Line;
use super::recent::recent;
use super::relate::relate;
use super::rights::{may, rights};
use super::usage::usage;
use crate::inquiry::{Finding, Inquiry};
use crate::model::trouble::Trouble;

/// Asks the server, reading only.
pub(super) async fn inquire(line: Line, inquiry: Inquiry) -> Result<Finding, Trouble> {
    match inquiry {
        Inquiry::Relations { resource, namespace, name, around } => {
            relate(line, resource, namespace, name, around).await.map(Finding::Relations)
        }
        Inquiry::Rights { namespace } => rights(line, &namespace).await.map(Finding::Rights),
        Inquiry::Usage { nodes, namespace } => {
            usage(line, nodes, namespace.as_deref()).await.map(Finding::Usage)
        }
        Inquiry::Recent { namespace, about, since } => {
            recent(line, namespace, about, since).await.map(Finding::Recent)
        }
        Inquiry::Certificates { namespaces } => {
            certificates(line, &namespaces).await.map(Finding::Certificates)
        }
        Inquiry::Why(subject, now) => {
            let material = super::why::material(line, &subject, now).await?;
            Ok(Finding::Why(crate::why::why(&material)))
        }
        Inquiry::Handover { about, namespace, since, now } => {
            let handed = super::handover::handed(line, about, namespace, since, now).await;
            Ok(Finding::Handover(Box::new(handed)))
        }
        Inquiry::Access(asked) => Ok(Finding::Access(may(line, asked).await)),
    }
}
