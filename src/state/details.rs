//! An object as text: what is told of it, its events, one value of a Secret; and what its screen does.

use crate::action::Action;
use crate::describe::{Material, What};
use crate::effect::{Effect, OpId};
use crate::model::cache::Changes;
use crate::model::record::{Kind, Record};
use crate::model::secret::Revealed;
use crate::model::trouble::Trouble;
use crate::model::uid::Uid;
use crate::screen::detail::text::{Form, Text};
use crate::screen::detail::{Reading, Subject};
use crate::screen::overlay::Overlay;
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::{self, Screen, detail};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// What reads the text of an object.
pub(super) fn read(form: Form, subject: &Subject) -> Effect {
    match form {
        Form::Yaml => Effect::GetYaml(subject.op, subject.object.clone()),
        Form::Told(what) => Effect::Describe(subject.op, subject.object.clone(), what),
        Form::Diff => Effect::Describe(subject.op, subject.object.clone(), What::Object),
    }
}

impl State {
    /// An object was read with what is told of it.
    pub fn on_described(
        &mut self,
        op: OpId,
        result: Result<Box<Material>, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let height = detail::draw::height(screen::body(self.size).height);
        for screen in &mut self.stack {
            if let Screen::Text(screen) = screen
                && screen.subject.op == op
            {
                match result {
                    Ok(material) if screen.form == Form::Diff => {
                        let clock = |at| crate::model::units::clock(at, &self.settings.zone);
                        screen.versions.take(&material.object, &clock(now.unix));
                        let (kind, uid) = (screen.subject.object.kind, &screen.subject.uid);
                        let seen: Vec<_> =
                            self.seen.of(kind, uid).map(|seen| (clock(seen.at), seen)).collect();
                        let lines = screen.versions.lines(&seen);
                        screen.on_lines(lines, height);
                    }
                    Ok(mut material) => {
                        material.now = now.unix;
                        screen.on_material(*material, height);
                    }
                    Err(trouble) => screen.subject.reading = Reading::Failed(trouble),
                }
                if std::mem::take(&mut screen.subject.stale) {
                    screen.subject.reading = Reading::Waiting;
                    effects.push(read(screen.form, &screen.subject));
                }
                return self.note_readings();
            }
            if let Screen::Containers(screen) = screen
                && screen.subject.op == op
            {
                match result {
                    Ok(mut material) => {
                        material.now = now.unix;
                        screen.on_material(*material);
                    }
                    Err(trouble) => screen.subject.reading = Reading::Failed(trouble),
                }
                if std::mem::take(&mut screen.subject.stale) {
                    screen.subject.reading = Reading::Waiting;
                    effects.push(read(Form::Told(What::Containers), &screen.subject));
                }
                return self.note_readings();
            }
        }
    }

    /// Whether events of this object came: what is told of it is not what it was.
    pub(super) fn has_news(&self, uid: &Uid, changes: &Changes) -> bool {
        changes.of(Kind::Event).iter().any(|delta| match self.cache.get(Kind::Event, &delta.uid) {
            Some(Record::Event(event)) => event.object_uid.as_ref() == Some(uid),
            _ => false,
        })
    }

    /// Does what only the text of an object can do; false when the action is none of that.
    pub(super) fn act_on_text(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Text(screen)) = self.stack.last_mut() else { return false };
        match action {
            Action::CopyLines => effects.push(Effect::Copy(screen.copied())),
            Action::Reveal => self.ask_what_to_reveal(now),
            _ => return false,
        }
        true
    }

    fn ask_what_to_reveal(&mut self, now: Now) {
        let Some(Screen::Text(screen)) = self.stack.last_mut() else { return };
        if screen.has_revealed() {
            return screen.reveal(None);
        }
        let keys = if screen.is_yaml_of_secret() { screen.secret_keys() } else { Vec::new() };
        if keys.is_empty() {
            return self.tell(Severity::Info, "only the YAML of a Secret has something to show", now);
        }
        let entry = |key: String| Entry {
            label: key.clone(),
            aliases: &[],
            hint: "on this screen only: it is copied and written down nowhere".to_owned(),
            command: Command::Reveal(key),
        };
        let entries = keys.into_iter().map(entry).collect();
        self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::Secret, entries))));
    }

    /// A key of the Secret was chosen.
    pub(super) fn reveal(&mut self, key: String, now: Now, effects: &mut Vec<Effect>) {
        let Some(Screen::Text(screen)) = self.stack.last() else { return };
        let object = screen.subject.object.clone();
        if self.is_barred(Action::Reveal, now, effects) {
            return;
        }
        let op = self.start_op(format!("read {key} of {}", object.name));
        if let Some(Screen::Text(screen)) = self.stack.last_mut() {
            screen.asked = Some(op);
        }
        effects.push(Effect::Reveal(op, object, key));
    }

    /// A value of a Secret was read; it is shown where it was asked for, or nowhere.
    pub fn on_revealed(&mut self, op: OpId, result: Result<Revealed, Trouble>, now: Now) {
        self.operations.end(op);
        let Some(Screen::Text(screen)) = self.stack.last_mut() else { return };
        if screen.asked.take_if(|asked| *asked == op).is_none() {
            return;
        }
        match result {
            Ok(revealed) => screen.reveal(Some(revealed)),
            Err(trouble) => self.tell(Severity::Warning, trouble.to_string(), now),
        }
    }

    /// Opens the text of the object under the cursor.
    pub(super) fn open_text(&mut self, form: Form, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object().cloned() else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        // From one text of an object to another one there is one way back.
        if let Some(Screen::Text(screen)) = self.stack.last() {
            if screen.form == form {
                return;
            }
            self.leave_screen(effects);
        }
        let subject = self.subject(&record);
        effects.push(read(form, &subject));
        self.stack.push(Screen::Text(Box::new(Text::new(subject, form))));
        self.watch_what_is_shown(now, effects);
    }

    /// Opens what an action asks for, if it asks for the text of an object.
    pub(super) fn act_for_text(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let form = match action {
            Action::Yaml => Form::Yaml,
            Action::Describe => Form::Told(What::Describe),
            Action::Events => Form::Told(What::Events),
            Action::Diff => Form::Diff,
            _ => return false,
        };
        self.open_text(form, now, effects);
        true
    }

    /// Ages and wrapped lines are as the time and the terminal are.
    pub(super) fn settle_text(&mut self, now: Now) {
        let width = usize::from(screen::body(self.size).width);
        match self.stack.last_mut() {
            Some(Screen::Text(screen)) => screen.settle(width, now.unix),
            Some(Screen::Containers(screen)) => screen.settle(now.unix),
            _ => {}
        }
    }
}
