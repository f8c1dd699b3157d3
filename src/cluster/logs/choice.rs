//! Which selections of pods are read: those of the targets, and for a service always the one it has now.

use std::time::Duration;

use tokio::task::AbortHandle;

use super::Reader;
use super::opening::Closed;
use super::pods::{self, Watcher};
use super::service::{Choice, Chooser};
use super::tail::Gone;
use super::target::{self, Selection};
use crate::model::log::{LogTarget, LogUpdate};
use crate::model::record::Kind;
use crate::model::trouble::{Trouble, TroubleKind};

/// A workload that cannot be asked for now is asked again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// A selection whose pods are read.
pub(super) struct Chosen {
    /// Its place among the targets.
    target: usize,
    pub selection: Selection,
    /// Its pods have been listed.
    pub listed: bool,
    /// Why they are not seen now.
    pub unseen: Option<Trouble>,
    watcher: AbortHandle,
}

impl Reader {
    /// Finds the selections of the targets. One that is missing among others is told, and the others are read.
    pub(super) async fn resolve(&mut self) -> Result<Result<(), Trouble>, Closed> {
        let mut missing = None;
        let query = std::sync::Arc::clone(&self.query);
        for (number, target) in query.targets.iter().enumerate() {
            match self.selection_of(target).await? {
                Ok(selection) => self.begin(number, target, selection),
                Err(trouble) => missing = missing.or(Some(trouble)),
            }
        }
        match missing {
            Some(trouble) if self.chosen.is_empty() => Ok(Err(trouble)),
            Some(trouble) => self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await.map(Ok),
            None => Ok(Ok(())),
        }
    }

    /// Waits out what passes.
    async fn selection_of(&mut self, target: &LogTarget) -> Result<Result<Selection, Trouble>, Closed> {
        let mut waits = false;
        loop {
            let trouble = match target::resolve(&mut self.line, target).await {
                Ok(selection) => {
                    if waits {
                        self.outlet.announce(LogUpdate::PodsSeen).await?;
                    }
                    return Ok(Ok(selection));
                }
                Err(trouble) => trouble,
            };
            let passes = trouble.kind.is_link()
                || matches!(trouble.kind, TroubleKind::Throttled | TroubleKind::Server);
            if !passes {
                return Ok(Err(trouble));
            }
            let pause = trouble.wait.unwrap_or(AGAIN).max(AGAIN);
            if !std::mem::replace(&mut waits, true) {
                self.outlet.announce(LogUpdate::PodsUnseen(trouble)).await?;
            }
            self.line.pause(pause).await;
        }
    }

    fn begin(&mut self, number: usize, target: &LogTarget, selection: Selection) {
        if let LogTarget::Selected { kind: Kind::Service, namespace, name } = target
            && self.follows()
        {
            self.services.insert(number, Choice::Selects(selection.clone()));
            let (namespace, name) = (namespace.clone(), name.clone());
            let (line, choices) = (self.line.clone(), self.inlets.choices.clone());
            self.tails.spawn(Chooser { target: number, namespace, name, line, choices }.run());
        } else if self.chosen.values().any(|chosen| chosen.selection == selection) {
            return;
        }
        self.choose(number, selection);
    }

    fn choose(&mut self, target: usize, selection: Selection) {
        let number = self.numbers;
        self.numbers += 1;
        let watcher = Watcher {
            number,
            selection: selection.clone(),
            follow: self.follows(),
            line: self.line.clone(),
            changes: self.inlets.changes.clone(),
            own: pods::Own::default(),
        };
        let watcher = self.tails.spawn(watcher.run());
        self.chosen.insert(number, Chosen { target, selection, listed: false, unseen: None, watcher });
    }

    /// A service as it is now.
    pub(super) async fn on_choice(&mut self, target: usize, choice: Choice) -> Result<(), Closed> {
        let Some(LogTarget::Selected { name, .. }) = self.query.targets.get(target) else { return Ok(()) };
        let Some(before) = self.services.get_mut(&target).filter(|before| **before != choice) else {
            return Ok(());
        };
        let words = choice.words(name).into();
        *before = choice.clone();
        self.outlet.tell(LogUpdate::Said(words)).await?;
        match choice {
            // Those of before are read until the new ones are known, for some may be among them.
            Choice::Selects(selection) => self.choose(target, selection),
            Choice::Nothing | Choice::Gone => self.let_go(target, self.numbers).await?,
        }
        Ok(())
    }

    /// The pods of a selection are known: those that its target selected before are let go.
    pub(super) async fn let_go_before(&mut self, number: usize) -> Result<(), Closed> {
        let Some(target) = self.chosen.get(&number).map(|chosen| chosen.target) else { return Ok(()) };
        self.let_go(target, number).await
    }

    /// Lets the selections of a target go that are older than a number.
    async fn let_go(&mut self, target: usize, number: usize) -> Result<(), Closed> {
        let older = self.chosen.range(..number).filter(|(_, chosen)| chosen.target == target);
        let older: Vec<usize> = older.map(|(older, _)| *older).collect();
        for older in older {
            if let Some(chosen) = self.chosen.remove(&older) {
                chosen.watcher.abort();
            }
            let pods = self.pods.iter().filter(|(_, seen)| seen.contains(&older));
            let pods: Vec<Box<str>> = pods.map(|(uid, _)| uid.clone()).collect();
            for uid in pods {
                self.lose(older, &uid, Gone::Unselected);
            }
        }
        self.tell_seen().await
    }
}
