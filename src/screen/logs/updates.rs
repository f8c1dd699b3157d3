//! What the reader of logs tells, taken into the state.

use super::streams::Flow;
use super::{Json, Logs, Progress};
use crate::model::log::LogUpdate;

impl Logs {
    /// Takes what the reader tells.
    pub fn on_update(&mut self, update: LogUpdate) {
        match update {
            LogUpdate::Joined(id, source) => {
                self.containers.insert(source.container.to_string());
                self.streams.join(id, source);
                if self.progress == Progress::Opening {
                    self.progress = Progress::Open;
                }
                // A single container needs no announcement.
                if self.streams.iter().nth(1).is_some() {
                    self.note(id, &format!("+ {}", self.streams.whole(id)));
                }
            }
            LogUpdate::Lines(batch) => {
                if self.progress == Progress::Opening {
                    self.progress = Progress::Open;
                }
                self.ring.push(&batch);
                self.view.on_pushed(&self.ring);
                if self.show.json == Json::Columns && self.show.columns.is_empty() {
                    self.choose_columns();
                }
            }
            LogUpdate::Restarted(id, why) => {
                let why = why.map_or_else(String::new, |why| format!(": {why}"));
                self.streams.set_flow(id, Flow::Open);
                self.note(id, &format!("{} restarted{why}", self.streams.whole(id)));
            }
            LogUpdate::Waiting(id, reason, words) => {
                self.streams.set_flow(id, Flow::Waiting { reason, words });
            }
            LogUpdate::Said(words) => self.separate(&words),
            LogUpdate::Interrupted(id, trouble) => self.streams.set_flow(id, Flow::Interrupted(trouble)),
            LogUpdate::Resumed(id) => self.streams.set_flow(id, Flow::Open),
            LogUpdate::Left(id, why) => {
                self.streams.set_flow(id, Flow::Left);
                self.note(id, &format!("- {}: {why}", self.streams.whole(id)));
            }
            LogUpdate::Streams { open, of } => self.streams.counts = (open, of),
            LogUpdate::PodsUnseen(trouble) => self.unseen = Some(trouble),
            LogUpdate::PodsSeen => self.unseen = None,
            LogUpdate::Ended => self.progress = Progress::Ended,
            LogUpdate::Failed(trouble) => self.progress = Progress::Failed(trouble),
        }
    }
}
