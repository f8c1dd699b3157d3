//! What is under the mouse on the home screen.

use ratatui::layout::{Position, Rect};

use super::layout::{self, Spot};
use super::{Home, PaneId};
use crate::action::Action;
use crate::model::cache::Cache;

impl Home {
    /// Puts the keyboard into the pane under the mouse, and its cursor on the row there; whether there is a row.
    pub fn click(&mut self, body: Rect, (x, y): (u16, u16), cache: &Cache) -> bool {
        let spots = layout::spots(body, self.choices());
        let under = PaneId::ALL.into_iter().zip(spots).find(|(_, spot)| match spot {
            Spot::Open(area) | Spot::Folded(area) => area.contains(Position { x, y }),
            Spot::Hidden => false,
        });
        let Some((id, spot)) = under else { return false };
        self.act(match id {
            PaneId::Deployments => Action::FocusDeployments,
            PaneId::Pods => Action::FocusPods,
            PaneId::Services => Action::FocusServices,
            PaneId::Labels => Action::FocusLabels,
        });
        let Spot::Open(area) = spot else { return false };
        let pane = match id {
            PaneId::Deployments => &mut self.deployments,
            PaneId::Pods => &mut self.pods,
            PaneId::Services => &mut self.services,
            PaneId::Labels => {
                let row = y.checked_sub(area.y + layout::ABOVE).map(usize::from);
                return row.is_some_and(|row| self.labels.click(row, &self.counts));
            }
        };
        let table = cache.table(pane.kind);
        pane.click(area, y, table)
    }
}
