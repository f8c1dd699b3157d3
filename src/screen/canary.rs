//! The canary screen: the workloads behind one service with their shares of its ready endpoints, and what to do about them.
//!
//! Holds what was read besides the watched records, and where one is; what is shown is [`crate::release::canary::look`]'s. The
//! cursor belongs to a workload by its UID, and so does what is done.

use serde_json::Value;

use crate::action::Action;
use crate::effect::OpId;
use crate::model::record::Service;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::release::Target;
use crate::release::canary::look::{Held, Look, Part, Row};
use crate::screen::operations::{kept_in_view, moved};

pub mod draw;

/// The canary screen.
#[derive(Debug, Clone)]
pub struct Canary {
    /// The service.
    pub target: Target,
    /// The service as it was last seen.
    pub service: Box<Service>,
    /// It is gone.
    pub gone: bool,
    /// The stable side, and whether the user said so.
    pub stable: Option<(Uid, bool)>,
    /// The workload under the cursor; `None`: the first canary.
    pub selected: Option<Uid>,
    /// The first workload on the screen.
    pub top: usize,
    /// The deployments whose templates are compared.
    pub read: Vec<Template>,
    /// The operation that follows the autoscalers of the namespace.
    pub scalers_op: OpId,
    /// The autoscalers; `None` before they were seen.
    pub scalers: Option<Result<Vec<Value>, Trouble>>,
}

/// A deployment that is followed for its template.
#[derive(Debug, Clone)]
pub struct Template {
    /// Which.
    pub uid: Uid,
    /// The operation that follows it.
    pub op: OpId,
    /// The whole object; `None` before it was seen.
    pub object: Option<Result<Value, Trouble>>,
}

impl Canary {
    /// A screen that has just been opened.
    pub fn new(target: Target, service: Box<Service>, scalers_op: OpId) -> Self {
        Self {
            target,
            service,
            gone: false,
            stable: None,
            selected: None,
            top: 0,
            read: Vec::new(),
            scalers_op,
            scalers: None,
        }
    }

    /// Everything that runs for it.
    pub fn ops(&self) -> Vec<OpId> {
        self.read.iter().map(|read| read.op).chain([self.scalers_op]).collect()
    }

    /// Which workload is held for the stable side.
    pub fn held(&self) -> Option<Held<'_>> {
        self.stable.as_ref().map(|(uid, chosen)| Held { uid, chosen: *chosen })
    }

    /// The place of the cursor.
    pub fn position(&self, look: &Look) -> usize {
        let of = |wanted: &dyn Fn(&Row) -> bool| look.rows.iter().position(wanted);
        let selected = self.selected.as_ref().and_then(|uid| of(&|row| row.uid == *uid));
        selected.or_else(|| of(&|row| row.part == Part::Canary)).unwrap_or(0)
    }

    /// The workload under the cursor.
    pub fn row<'a>(&self, look: &'a Look) -> Option<&'a Row> {
        look.rows.get(self.position(look))
    }

    /// The canary that is meant and the stable side; else why there are no two sides.
    pub fn pair<'a>(&self, look: &'a Look) -> Result<(&'a Row, &'a Row), String> {
        let Some(row) = self.row(look) else {
            return Err(format!("no workload is behind {}", self.target));
        };
        let Some(stable) = look.stable() else {
            return Err(format!("no other deployment is behind {}: there is no canary", self.target));
        };
        let mut canaries = look.canaries();
        let canary = match (row.part, canaries.next(), canaries.next()) {
            (Part::Canary, ..) => row,
            (Part::Stable, Some(only), None) => only,
            (Part::Stable, ..) => return Err("several canaries: select the one that is meant".to_owned()),
            _ => return Err(format!("{} is no side of a canary: {}", row.name, row.why)),
        };
        Ok((canary, stable))
    }

    /// Moves the cursor; false when the action means nothing here.
    pub fn act(&mut self, action: Action, look: &Look, height: usize) -> bool {
        let Some(to) = moved(action, self.position(look), look.rows.len(), height) else { return false };
        self.selected = look.rows.get(to).map(|row| row.uid.clone());
        true
    }

    /// Brings the cursor into view of so many workloads.
    pub fn settle(&mut self, look: &Look, height: usize) {
        // From now on it is this one, wherever it stands.
        if self.selected.is_none() {
            self.selected = look.canaries().next().map(|row| row.uid.clone());
        }
        let last = look.rows.len().saturating_sub(height.max(1));
        self.top = kept_in_view(self.top.min(last), self.position(look), height);
    }
}
