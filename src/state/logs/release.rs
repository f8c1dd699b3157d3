//! The logs beside the bars of the release screen: those of the new revision's pods, which join by themselves.

use std::collections::BTreeSet;

use serde_json::Value;

use super::open::Wanted;
use crate::effect::Effect;
use crate::model::log::LogTarget;
use crate::release::cockpit::RevisionView;
use crate::release::history::selector;
use crate::release::json::uid;
use crate::screen::Screen;
use crate::screen::release::Release;
use crate::state::State;

/// Lines of the past with which it begins, of each container.
const TAIL: u32 = 50;
/// Lines that are kept beside the bars.
const LINES: u32 = 1_000;

impl State {
    /// Reads the logs of the revision that is rolled out now, where they are shown; those of another one end.
    pub(in crate::state) fn follow_release_logs(&mut self, effects: &mut Vec<Effect>) {
        let Some(Screen::Release(screen)) = self.stack.last() else { return };
        let look = self.cockpit(screen);
        let wanted =
            look.new_side().filter(|_| screen.beside).and_then(|view| logs_of_revision(screen, view));
        let now = screen.logs.as_ref().map(|logs| logs.query.targets.clone());
        if now == wanted.as_ref().map(|wanted| wanted.targets.clone()) {
            return;
        }
        if let Some(logs) = self.take_release_logs() {
            self.end(logs.op, effects);
        }
        let Some(wanted) = wanted else { return };
        let mut query = self.log_query(wanted.targets, false);
        (query.tail, query.since) = (Some(TAIL), None);
        let mut logs = self.begin_logs(query, wanted.title, effects);
        logs.keep_at_most(LINES as usize);
        if let Some(Screen::Release(screen)) = self.stack.last_mut() {
            screen.logs = Some(Box::new(logs));
        }
    }

    fn take_release_logs(&mut self) -> Option<Box<crate::screen::logs::Logs>> {
        match self.stack.last_mut() {
            Some(Screen::Release(screen)) => screen.logs.take(),
            _ => None,
        }
    }
}

/// Whose logs those of a revision are: of the pods with its hash.
pub(super) fn logs_of_revision(screen: &Release, view: &RevisionView) -> Option<Wanted> {
    let wanted = view.revision.uid.to_string();
    let holder = screen.holders.iter().find(|holder| uid(holder) == wanted)?;
    let label = |path: &str| holder.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let hash = match screen.target.resource.kind.as_ref() {
        "Deployment" => ("pod-template-hash", label("/metadata/labels/pod-template-hash")?),
        // Pods of a StatefulSet carry the whole name of their revision, those of a DaemonSet its hash.
        "StatefulSet" => ("controller-revision-hash", view.revision.name.clone()),
        _ => ("controller-revision-hash", label("/metadata/labels/controller-revision-hash")?),
    };
    let own = selector(&screen.object);
    let own = if own.is_empty() { own } else { format!("{own},") };
    let template = view.revision.images.iter().map(|(container, _)| container.clone());
    Some(Wanted {
        title: format!("revision {} of {}", view.revision.number, screen.target),
        targets: vec![LogTarget::Labels {
            namespace: Some(screen.target.namespace.clone()),
            selector: format!("{own}{}={}", hash.0, hash.1),
        }],
        containers: template.collect::<BTreeSet<String>>(),
        rollout: view.revision.created.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
    })
}
