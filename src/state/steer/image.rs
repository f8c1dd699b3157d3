//! Choosing an image: which container, then which of the images that were seen, or one that is typed.

use crate::action::Action;
use crate::model::record::{Kind, Record};
use crate::release::change::ContainerImage;
use crate::release::images::{candidates, parts};
use crate::release::{Change, Target};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::plan::Joined;
use crate::state::notices::Severity;
use crate::state::{Now, State};

impl State {
    /// Asks which container gets another image, when there are several, and which one.
    pub(super) fn choose_image(&mut self, records: &[Record], now: Now) {
        let images = match records {
            [Record::Deployment(record)] => record.images.clone(),
            [Record::StatefulSet(record) | Record::DaemonSet(record)] => record.images.clone(),
            _ => return self.tell(Severity::Info, "one workload at a time gets another image", now),
        };
        let target = Target::of(&records[0]);
        match images.as_ref() {
            [] => self.tell(Severity::Warning, "its template has no containers", now),
            [only] => {
                let (container, image) = (only.container.to_string(), only.image.to_string());
                self.offer_images(target, container, image);
            }
            several => {
                let entries = several.iter().map(|one| Entry {
                    label: one.container.to_string(),
                    aliases: &[],
                    hint: one.image.to_string(),
                    command: Command::Container(
                        target.clone(),
                        one.container.to_string(),
                        one.image.to_string(),
                    ),
                });
                let picker = Picker::new(PickerKind::Containers, entries.collect());
                self.overlay = Some(Overlay::Picker(Box::new(picker)));
            }
        }
    }

    /// Offers the images that were seen for a container: those of its own history first, the newest first.
    pub(in crate::state) fn offer_images(&mut self, target: Target, container: String, image: String) {
        let mut history: Vec<(u64, String)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for (_, record) in self.cache.table(Kind::ReplicaSet).iter() {
            let Record::ReplicaSet(set) = record else { continue };
            let own = set.meta.owner.as_ref().is_some_and(|owner| owner.uid == target.uid);
            for one in set.images.iter() {
                if own && *one.container == *container {
                    history.push((set.revision, one.image.to_string()));
                } else {
                    others.push(one.image.to_string());
                }
            }
        }
        history.sort_by(|one, other| other.cmp(one));
        others.sort_by(|one, other| other.cmp(one));
        let seen: Vec<&str> =
            history.iter().map(|(_, image)| image).chain(&others).map(String::as_str).collect();
        let own = |image: &str| history.iter().find(|(_, known)| known == image).map(|(number, _)| *number);
        let entries = candidates(&image, seen).into_iter().map(|candidate| Entry {
            label: candidate.clone(),
            aliases: &[],
            hint: own(&candidate)
                .map_or_else(|| "seen elsewhere".to_owned(), |number| format!("revision {number}")),
            command: Command::Image(target.clone(), container.clone(), candidate),
        });
        let mut picker = Picker::new(PickerKind::Images, entries.collect());
        picker.note = format!("now {image}; type another one, or :TAG for {}", parts(&image).repository);
        picker.subject = Some((target, container, image));
        self.overlay = Some(Overlay::Picker(Box::new(picker)));
    }

    /// An image was chosen or typed: its plan.
    pub(in crate::state) fn image_chosen(
        &mut self,
        target: Target,
        container: String,
        image: String,
        now: Now,
        effects: &mut Vec<crate::effect::Effect>,
    ) {
        let change = Change::SetImage { images: vec![ContainerImage { container, image }] };
        self.begin_plan(Action::SetImage, vec![(target, change)], Joined::Bulk, now, effects);
    }
}
