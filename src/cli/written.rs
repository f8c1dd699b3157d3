//! What is written down of what is done without the screen.

use std::cell::Cell;
use std::io::{self, Write as _};

use color_eyre::eyre::{Result, bail};

use crate::action::Action;
use crate::cluster;
use crate::gate::{self, Mode, Rules};
use crate::journal::{Entry, Journal, REFUSED, default_dir};
use crate::model::resource::Resource;
use crate::release::Target;
use crate::state::Who;

/// The time, as a journal has it.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What may be done, and what is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leave<'a> {
    /// What may be done at all.
    pub mode: Mode,
    /// The rules of the configuration.
    pub rules: &'a Rules,
    /// What is to be done.
    pub by: Action,
}

/// The journal, and what every line of it says.
pub(super) struct Writing<'a> {
    journal: Option<Journal>,
    required: bool,
    who: &'a Who,
    target: &'a cluster::Target,
    /// That nothing can be written was said: once is enough.
    said: Cell<bool>,
}

impl<'a> Writing<'a> {
    /// Opens it; one that cannot be is complained about when something is written.
    pub fn open(required: bool, who: &'a Who, target: &'a cluster::Target) -> Self {
        let journal = default_dir().and_then(|dir| Journal::open(&dir).ok());
        Self { journal, required, who, target, said: Cell::new(false) }
    }

    /// Whether the mode and the rules let it begin; a refusal is written down.
    pub fn may_begin(&self, leave: Leave<'_>, right: &str, namespace: &str, pod: &str) -> Result<()> {
        let Leave { mode, rules, by } = leave;
        let policy = gate::Policy { mode, ..gate::Policy::default() };
        let ground = gate::Ground { policy, rules, context: &self.target.context, by };
        let target = Target::unborn(Resource::PODS, namespace.to_owned(), pod.to_owned());
        let Err(refused) = gate::may_begin(ground, &[target], right) else { return Ok(()) };
        let words = refused.to_string();
        let entry = self.entry(REFUSED, namespace, pod, &format!("{right} in pod/{pod}"));
        self.write(&Entry { outcome: "refused".to_owned(), words: words.clone(), ..entry })?;
        bail!("{words}");
    }

    /// A line about a pod.
    pub fn entry(&self, suffix: &str, namespace: &str, pod: &str, title: &str) -> Entry {
        let target = self.target;
        let (user, known_by) = self.who.named(&target.user);
        Entry {
            id: format!("{}-{}{suffix}", jiff::Timestamp::now().as_second(), std::process::id()),
            time: now(),
            user,
            known_by: known_by.to_owned(),
            ssh_client: self.who.ssh_client.clone(),
            context: target.context.clone(),
            cluster_user: target.user.clone(),
            server: target.server.clone(),
            namespace: namespace.to_owned(),
            object: format!("pod/{pod}"),
            title: title.to_owned(),
            ..Entry::default()
        }
    }

    /// Writes it; without a journal that is required nothing may be done.
    pub fn write(&self, entry: &Entry) -> Result<()> {
        let written = match &self.journal {
            Some(journal) => journal.append(entry).map_err(|error| error.to_string()),
            None => Err("there is none".to_owned()),
        };
        match written {
            Ok(()) => Ok(()),
            Err(why) if self.required => {
                bail!("the journal cannot be written ({why}), and without it nothing is done")
            }
            Err(why) => {
                if !self.said.replace(true) {
                    let _ = writeln!(io::stderr(), "dogwatch: the journal cannot be written: {why}");
                }
                Ok(())
            }
        }
    }
}
