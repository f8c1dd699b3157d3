//! Forwarded ports: asked for, listed, told of, and written down when they begin and end (never what went through them).

use std::net::SocketAddr;

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::gate;
use crate::journal::Entry;
use crate::model::trouble::Trouble;
use crate::reach::ports::{Forward, ForwardUpdate, Offer, Ports, Traffic, bytes, open_to_others};
use crate::release::Target;
use crate::screen::forwards::ForwardsScreen;
use crate::screen::reach::ReachAsk;
use crate::screen::{self, Prompt, Screen};
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// One that is open, or being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// Its operation.
    pub op: OpId,
    /// What is forwarded.
    pub forward: Forward,
    /// What was typed for it.
    pub ask: ReachAsk,
    /// Since when.
    pub began: Now,
    /// Where it listens; nothing before it does.
    pub local: Vec<SocketAddr>,
    /// The pod that it leads to; empty before one is found.
    pub pod: String,
    /// The port there.
    pub port: u16,
    /// What went through.
    pub traffic: Traffic,
    /// The connection that failed last, and when.
    pub error: Option<(String, Now)>,
}

impl Forwarding {
    /// `127.0.0.1:8080`.
    pub fn local_words(&self) -> String {
        self.local.first().map_or_else(|| "(opening)".to_owned(), ToString::to_string)
    }

    /// What is to be known of who reaches it; `None` where that is this machine alone.
    pub fn warning(&self) -> Option<&'static str> {
        self.forward.ports.address.and_then(open_to_others)
    }

    /// `service/web:80`.
    pub fn remote_words(&self) -> String {
        format!("{}:{}", self.forward.target, self.forward.ports.remote)
    }
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub struct Forwards {
    all: Vec<Forwarding>,
    /// Whose ports are being read.
    asking: Option<(OpId, Target)>,
    /// Whether the cluster was told that somebody looks at the numbers.
    looked_at: bool,
}

impl Forwards {
    /// All of them, oldest first.
    pub fn all(&self) -> &[Forwarding] {
        &self.all
    }

    fn get_mut(&mut self, op: OpId) -> Option<&mut Forwarding> {
        self.all.iter_mut().find(|one| one.op == op)
    }
}

impl State {
    /// Begins a forward: the object is read for the ports that it has.
    pub(super) fn begin_forward(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object().cloned() else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let target = Target::of(&record);
        if !self.may_connect(Action::Forward, &target, "create pods/portforward", now, effects) {
            return;
        }
        let op = self.start_op(format!("read the ports of {target}"));
        self.forwards.asking = Some((op, target.clone()));
        effects.push(Effect::ReadPorts(op, target));
    }

    /// Whether a channel into the cluster may be opened: not by a session that only reads, nor by one that has to write it down and
    /// cannot. A refusal is told and written down.
    pub(super) fn may_connect(
        &mut self,
        action: Action,
        target: &Target,
        right: &str,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let what = format!("{} needs {right}", action.info().label);
        let targets = std::slice::from_ref(target);
        let begun = match gate::may_begin(self.ground(action), targets, &what) {
            Ok(()) if self.settings.policy.no_journal => Err(gate::Refused::NoJournal),
            begun => begun,
        };
        if let Err(refused) = &begun {
            self.refuse(action, targets, refused, now, effects);
        }
        begun.is_ok()
    }

    /// The ports of an object were read: which one, and where to.
    pub fn on_ports(&mut self, op: OpId, result: Result<Vec<Offer>, Trouble>, now: Now) {
        self.operations.end(op);
        let Some((_, target)) = self.forwards.asking.take_if(|(asking, _)| *asking == op) else { return };
        match result {
            Ok(_) if self.prompt.is_some() || self.overlay.is_some() => {
                self.tell(
                    Severity::Info,
                    format!("{target} was not forwarded: something else is being typed"),
                    now,
                );
            }
            Ok(offers) => self.prompt = Some(Prompt::Reach(ReachAsk::ports(target, offers))),
            Err(trouble) => self.tell(Severity::Error, format!("the ports of {target}: {trouble}"), now),
        }
    }

    /// The ports were typed.
    pub(super) fn answer_ports(&mut self, ask: ReachAsk, now: Now, effects: &mut Vec<Effect>) {
        let typed = ask.line.text().trim();
        if typed.is_empty() {
            return;
        }
        if !self.may_connect(Action::Forward, &ask.target, "create pods/portforward", now, effects) {
            return;
        }
        match Ports::parse(typed) {
            Ok(ports) => self.open_forward(Forward { target: ask.target.clone(), ports }, ask, now, effects),
            Err(why) => {
                self.tell(Severity::Warning, why, now);
                self.prompt = Some(Prompt::Reach(ask));
            }
        }
    }

    fn open_forward(&mut self, forward: Forward, ask: ReachAsk, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op(format!("forward {}:{}", forward.target, forward.ports.remote));
        self.forwards.all.push(Forwarding {
            op,
            forward: forward.clone(),
            ask,
            began: now,
            local: Vec::new(),
            pod: String::new(),
            port: 0,
            traffic: Traffic::default(),
            error: None,
        });
        effects.push(Effect::Forward(op, forward));
    }

    /// Something happened to a forward.
    pub fn on_forward(&mut self, op: OpId, update: ForwardUpdate, now: Now, effects: &mut Vec<Effect>) {
        let Some(one) = self.forwards.get_mut(op) else { return };
        match update {
            ForwardUpdate::Listens(local) => {
                one.local = local;
                let words = format!("{} is {} (pod {})", one.local_words(), one.remote_words(), one.pod);
                let (severity, words) = match one.warning() {
                    Some(warning) => (Severity::Warning, format!("{words}, {warning}")),
                    None => (Severity::Info, words),
                };
                let entry = self.forward_entry(op, "opened", now);
                self.write_forward(entry, effects);
                self.tell(severity, words, now);
            }
            ForwardUpdate::LeadsTo { pod, port, why } => {
                (one.pod, one.port) = (pod, port);
                if !why.is_empty() {
                    let words = format!("{} leads to pod {} now: {why}", one.local_words(), one.pod);
                    self.tell(Severity::Warning, words, now);
                }
            }
            ForwardUpdate::Traffic(traffic) => one.traffic = traffic,
            ForwardUpdate::Failed(said) => {
                let words = format!("{} to {}: {said}", one.local_words(), one.remote_words());
                one.error = Some((said, now));
                self.tell(Severity::Warning, words, now);
            }
            ForwardUpdate::Ended(result) => {
                let words = match result {
                    Ok(traffic) => {
                        one.traffic = traffic;
                        None
                    }
                    Err(why) => Some(why),
                };
                self.close_forward(op, words, now, effects);
            }
        }
    }

    /// Takes one from the list; `failed`: why it could not begin.
    fn close_forward(&mut self, op: OpId, failed: Option<String>, now: Now, effects: &mut Vec<Effect>) {
        self.operations.end(op);
        let outcome = if failed.is_some() { "failed" } else { "closed" };
        let mut entry = self.forward_entry(op, outcome, now);
        let Some(at) = self.forwards.all.iter().position(|one| one.op == op) else { return };
        let one = self.forwards.all.remove(at);
        if let (Some(entry), Some(why)) = (&mut entry, &failed) {
            entry.words = crate::model::text::clean(why).into_owned();
        }
        self.write_forward(entry, effects);
        match failed {
            Some(why) => {
                self.tell(Severity::Error, format!("{} is not forwarded: {why}", one.remote_words()), now);
                // What is typed next is meant for another port, not for the screen below.
                if one.local.is_empty() && self.prompt.is_none() && self.overlay.is_none() {
                    let typed = one.ask.line.text().trim().to_owned();
                    self.prompt =
                        Some(Prompt::Reach(ReachAsk { refused: Some(Box::new((typed, why))), ..one.ask }));
                }
            }
            None => {
                let words = format!("{} is no longer {}", one.local_words(), one.remote_words());
                self.tell(Severity::Info, words, now);
            }
        }
    }

    fn forward_entry(&self, op: OpId, outcome: &str, now: Now) -> Option<Entry> {
        let one = self.forwards.all.iter().find(|one| one.op == op)?;
        let Traffic { all, received, sent, .. } = one.traffic;
        let words = match outcome {
            "closed" => format!(
                "{all} connections, {} received, {} sent, open for {}",
                bytes(received),
                bytes(sent),
                crate::model::units::age(now.unix, one.began.unix)
            ),
            _ => format!("pod {}, port {}", one.pod, one.port),
        };
        Some(Entry {
            namespace: one.forward.target.namespace.clone(),
            object: one.forward.target.to_string(),
            title: format!("forward {} to {}", one.local_words(), one.remote_words()),
            outcome: outcome.to_owned(),
            words,
            ..self.entry(&format!("{}-{op}", one.began.unix), now)
        })
    }

    fn write_forward(&mut self, entry: Option<Entry>, effects: &mut Vec<Effect>) {
        if let Some(entry) = entry {
            self.write_down(entry, effects);
        }
    }

    /// Ends all: the program or the context is left.
    pub(super) fn close_forwards(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let all: Vec<OpId> = self.forwards.all.iter().map(|one| one.op).collect();
        for op in all {
            effects.push(Effect::Cancel(op));
            self.close_forward(op, None, now, effects);
        }
        self.forwards.asking = None;
    }

    /// Asks a forward to end, if the operation is one; what went through it is told when it has.
    pub(super) fn stop_forward(&mut self, op: OpId, effects: &mut Vec<Effect>) -> bool {
        let known = self.forwards.all.iter().any(|one| one.op == op);
        if known {
            effects.push(Effect::StopForward(op));
        }
        known
    }

    /// Opens the list.
    pub(super) fn open_forwards(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if !matches!(self.stack.last(), Some(Screen::Forwards(_))) {
            self.stack.push(Screen::Forwards(ForwardsScreen::default()));
            self.watch_what_is_shown(now, effects);
        }
    }

    /// Does what the list can do; false when the action means nothing there.
    pub(super) fn act_on_forwards(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(Screen::Forwards(screen)) = self.stack.last_mut() else { return false };
        let current = screen.current(&self.forwards.all);
        match (action, current) {
            (Action::StopFollowing, Some(one)) => {
                let op = one.op;
                self.stop_forward(op, effects);
            }
            (Action::CopyName, Some(one)) if !one.local.is_empty() => {
                effects.push(Effect::Copy(one.local_words()));
            }
            (Action::StopFollowing | Action::CopyName, _) => {
                self.tell(Severity::Info, "nothing is selected", now);
            }
            (action, _) => {
                let height = screen.height(&self.forwards.all, now, screen::body(self.size));
                return screen.act(action, &self.forwards.all, height);
            }
        }
        true
    }

    /// Numbers are told often only while somebody looks at them.
    pub(crate) fn say_whether_numbers_are_shown(&mut self, effects: &mut Vec<Effect>) {
        let shown = matches!(self.stack.last(), Some(Screen::Forwards(_)));
        if self.forwards.looked_at != shown {
            self.forwards.looked_at = shown;
            effects.push(Effect::ShowTraffic(shown));
        }
    }
}
