//! Texts that are asked for once: what one may do (`:can`), and what endpoints of pods and services answer.
//!
//! Reviews of one's own rights only read. An endpoint goes into a workload: refused in read-only mode, and written down, who
//! asked what and how long it took, never what was answered.

use crate::action::Action;
use crate::effect::{Effect, OpId};
use crate::inquiry::Inquiry;
use crate::journal::Entry;
use crate::model::record::Record;
use crate::model::rights::{Access, Rules, Verdict, table};
use crate::model::trouble::Trouble;
use crate::reach::endpoint::{Call, Reply};
use crate::release::Target;
use crate::screen::reach::ReachAsk;
use crate::screen::sheet::{Question, Sheet};
use crate::screen::{self, Prompt, Screen, detail};
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::theme::Role;

/// A verdict, as it is known.
type Answered = (Access, Result<Verdict, Trouble>);

impl State {
    fn open_sheet(&mut self, question: Question, title: String, now: Now, effects: &mut Vec<Effect>) {
        let op = self.start_op(title.clone());
        self.stack.push(Screen::Sheet(Box::new(Sheet::new(op, question, title, now))));
        self.write_call(op, "sent", String::new(), now, effects);
        self.ask_sheet(effects);
        self.watch_what_is_shown(now, effects);
    }

    /// Asks what the sheet on the screen is about.
    fn ask_sheet(&self, effects: &mut Vec<Effect>) {
        let Some(Screen::Sheet(sheet)) = self.stack.last() else { return };
        effects.push(match &sheet.question {
            Question::Inquiry(inquiry) => Effect::Inquire(sheet.op, inquiry.clone()),
            Question::Call(call) => Effect::Call(sheet.op, call.clone()),
        });
    }

    /// Asks again.
    pub(super) fn act_on_sheet(&mut self, action: Action, now: Now, effects: &mut Vec<Effect>) -> bool {
        let height = detail::draw::height(screen::body(self.size).height);
        let Some(Screen::Sheet(sheet)) = self.stack.last_mut() else { return false };
        if action == Action::CopyName {
            let lines: Vec<&str> = sheet.lines.iter().map(|(_, line)| line.as_str()).collect();
            effects.push(Effect::Copy(lines.join("\n")));
            return true;
        }
        if action != Action::Retry {
            return sheet.act(action, height);
        }
        if sheet.waits {
            return true;
        }
        let (op, title) = (sheet.op, sheet.title.clone());
        if let Question::Call(Call { target, .. }) = &sheet.question {
            let target = target.clone();
            let right = Call::right(&target);
            if !self.may_connect(Action::Endpoint, &target, right, now, effects) {
                return true;
            }
        }
        if let Some(Screen::Sheet(sheet)) = self.stack.last_mut() {
            (sheet.waits, sheet.asked) = (true, now);
            sheet.note = (Role::ModeLoading, "asking…".to_owned());
        }
        self.operations.again(op, title, now);
        self.write_call(op, "sent", String::new(), now, effects);
        self.ask_sheet(effects);
        true
    }

    fn sheet_mut(&mut self, op: OpId) -> Option<&mut Sheet> {
        self.stack.iter_mut().find_map(|screen| match screen {
            Screen::Sheet(sheet) if sheet.op == op => Some(&mut **sheet),
            _ => None,
        })
    }

    /// Where `:can` looks: the namespace in scope, else that of what is under the cursor.
    fn can_namespace(&self) -> String {
        let own = || self.object().map(|record| record.meta().namespace.to_string());
        let namespace = self.session.namespace.clone().or_else(own).filter(|name| !name.is_empty());
        namespace.or_else(|| self.session.narrow.clone()).unwrap_or_else(|| "default".to_owned())
    }

    /// What may be done here: all rules of the namespace; of the steps of a plan, where one is on the screen.
    pub(super) fn open_rights(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Some(Screen::Plan(screen)) = self.stack.last() {
            let asked: Vec<Access> =
                screen.parts.iter().map(|part| access_for(&part.change, &part.target)).collect();
            let inquiry = Inquiry::Access(asked);
            return self.open_sheet(
                Question::Inquiry(inquiry),
                "May this plan be sent?".to_owned(),
                now,
                effects,
            );
        }
        let namespace = self.can_namespace();
        let title = format!("What you may do in namespace {namespace}");
        self.open_sheet(Question::Inquiry(Inquiry::Rights { namespace }), title, now, effects);
    }

    /// `:can ACTION` for what is under the cursor, or `:can VERB RESOURCE[/SUBRESOURCE] [NAME]`.
    pub(super) fn can(&mut self, words: &str, now: Now, effects: &mut Vec<Effect>) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let asked = match words[..] {
            // Whether the server has it at all is known by its kinds.
            [_, resource] | [_, resource, _] if self.must_discover(resource, now, effects) => {
                self.kinds.can = Some(words.join(" "));
                return;
            }
            [_, resource] | [_, resource, _] if !self.is_served(resource) => {
                let (resource, _) = resource.split_once('/').unwrap_or((resource, ""));
                Err(self.not_served("resource", resource))
            }
            [action] => self.access_of_action(action),
            [verb, resource] => Ok(self.access_typed(verb, resource, "")),
            [verb, resource, name] => Ok(self.access_typed(verb, resource, name)),
            _ => Err("`:can ACTION`, or `:can VERB RESOURCE NAME`".to_owned()),
        };
        match asked {
            Ok(access) => {
                let title = format!("May you {}?", access.for_what);
                self.open_sheet(Question::Inquiry(Inquiry::Access(vec![access])), title, now, effects);
            }
            Err(why) => self.tell(Severity::Info, why, now),
        }
    }

    /// Whether the server's kinds have to be read before a resource is known, and are being read.
    fn must_discover(&mut self, resource: &str, now: Now, effects: &mut Vec<Effect>) -> bool {
        if self.is_served(resource) {
            return false;
        }
        self.discover(now, effects);
        self.is_discovering()
    }

    /// Whether the server has a resource, as far as its kinds were read. `*` stands for all that there are.
    fn is_served(&self, resource: &str) -> bool {
        let (resource, _) = resource.split_once('/').unwrap_or((resource, ""));
        resource == "*" || self.kinds.catalogue.find(resource).is_some()
    }

    fn access_typed(&self, verb: &str, resource: &str, name: &str) -> Access {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let (group, plural, namespaced) = match self.kinds.catalogue.find(resource) {
            Some(served) => {
                let (group, _, plural, _) = served.kind.resource();
                (group.to_owned(), plural.to_owned(), served.kind.namespaced())
            }
            None => {
                let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
                (group.to_owned(), plural.to_owned(), true)
            }
        };
        let access = Access {
            verb: verb.to_owned(),
            group,
            resource: plural,
            subresource: subresource.to_owned(),
            namespace: if namespaced { self.can_namespace() } else { String::new() },
            name: name.to_owned(),
            for_what: String::new(),
        };
        Access { for_what: access.words(), ..access }
    }

    pub(super) fn access_of_action(&self, name: &str) -> Result<Access, String> {
        let action = Action::from_name(name)
            .ok_or_else(|| format!("no action is called {name}; `:can VERB RESOURCE` asks for a right"))?;
        let record = self.object().ok_or("nothing is selected")?;
        if !action.is_for(record.kind()) {
            return Err(super::offered::does_not_apply(action.info().label, record.kind()));
        }
        let (verb, into_pods) = action.right().ok_or_else(|| format!("{name} needs no right of its own"))?;
        let target = Target::of(record);
        let for_what = format!("{} {target}", action.info().label);
        let is_service = matches!(record, Record::Service(_));
        let is_pod = matches!(record, Record::Pod(_));
        let access = match into_pods {
            // What goes into the pods of a workload goes into any of them.
            Some(sub) if !(action == Action::Scale || is_pod || (is_service && sub == "proxy")) => Access {
                verb: verb.to_owned(),
                resource: "pods".to_owned(),
                subresource: sub.to_owned(),
                namespace: target.namespace,
                ..Access::default()
            },
            sub => Access {
                verb: verb.to_owned(),
                group: target.resource.group.to_string(),
                resource: target.resource.plural.to_string(),
                subresource: sub.unwrap_or_default().to_owned(),
                namespace: target.namespace,
                name: target.name,
                for_what: String::new(),
            },
        };
        Ok(Access { for_what, ..access })
    }

    /// The rules of a namespace were read.
    pub(super) fn on_rights(&mut self, op: OpId, rules: &Rules) {
        let height = detail::draw::height(screen::body(self.size).height);
        let Some(sheet) = self.sheet_mut(op) else { return };
        let listed = match &sheet.question {
            Question::Inquiry(Inquiry::Rights { namespace }) => namespace.clone(),
            _ => return,
        };
        let lines = table(&rules.rows).into_iter().map(|line| (Role::Text, line)).collect();
        let note = if rules.incomplete.is_empty() {
            (Role::Dim, format!("{} rules", rules.rows.len()))
        } else {
            (Role::ModeStale, format!("incomplete: {}", rules.incomplete))
        };
        sheet.heading = true;
        sheet.on_lines(lines, note, height);
        self.rights_listed(&listed, rules);
    }

    /// Rights were asked for exactly.
    pub(super) fn on_access(&mut self, op: OpId, answers: &[Answered]) {
        let height = detail::draw::height(screen::body(self.size).height);
        let Some(sheet) = self.sheet_mut(op) else { return };
        let allowed = answers.iter().filter(|(_, it)| it.as_ref().is_ok_and(|it| it.allowed)).count();
        let mut lines = Vec::new();
        for (access, verdict) in answers {
            let (role, word, reason) = match verdict {
                Ok(Verdict { allowed: true, reason }) => (Role::ToneGood, "yes", reason.clone()),
                Ok(Verdict { reason, .. }) => (Role::ToneBad, "no", reason.clone()),
                Err(trouble) => (Role::ToneWarn, "not known", trouble.to_string()),
            };
            lines.push((role, format!("{word:<9}  {}", access.for_what)));
            if access.for_what != access.words() {
                lines.push((Role::Dim, format!("{:<9}  it needs {}", "", access.words())));
            }
            if !reason.is_empty() {
                lines.push((Role::Dim, format!("{:<9}  the server says: {reason}", "")));
            }
        }
        let note = (Role::Dim, format!("{allowed} of {} allowed", answers.len()));
        sheet.on_lines(lines, note, height);
    }

    /// A question of a sheet was not answered.
    pub(super) fn on_sheet_trouble(&mut self, op: OpId, trouble: &Trouble) {
        if let Some(sheet) = self.sheet_mut(op) {
            sheet.on_trouble(trouble);
        }
    }

    /// Asks for the path of an endpoint of the pod or the service under the cursor.
    pub(super) fn begin_endpoint(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(record) = self.object() else {
            return self.tell(Severity::Info, "nothing is selected", now);
        };
        let target = Target::of(record);
        // The proxy of a pod knows the pod's first port by itself; that of a service has to be told.
        let port = match record {
            Record::Service(service) => service.ports.split([',', '/', ':']).next().unwrap_or_default(),
            _ => "",
        };
        let port = if port.chars().all(|c| c.is_ascii_digit()) { port.to_owned() } else { String::new() };
        if self.may_connect(Action::Endpoint, &target, Call::right(&target), now, effects) {
            let paths = self.settings.endpoints.clone();
            self.prompt = Some(Prompt::Reach(ReachAsk::endpoint(target, port, paths)));
        }
    }

    /// The path was typed.
    pub(super) fn answer_endpoint(&mut self, ask: ReachAsk, port: &str, now: Now, effects: &mut Vec<Effect>) {
        let right = Call::right(&ask.target);
        if !self.may_connect(Action::Endpoint, &ask.target, right, now, effects) {
            return;
        }
        match Call::parse(ask.line.text(), &ask.target, port) {
            Ok(call) => self.open_sheet(Question::Call(call.clone()), call.words(), now, effects),
            Err(why) => {
                self.tell(Severity::Warning, why, now);
                self.prompt = Some(Prompt::Reach(ask));
            }
        }
    }

    /// An endpoint answered, or not.
    pub fn on_called(
        &mut self,
        op: OpId,
        result: Result<Reply, Trouble>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.operations.end(op);
        let height = detail::draw::height(screen::body(self.size).height);
        let Some(sheet) = self.sheet_mut(op) else { return };
        let Question::Call(_) = &sheet.question else { return };
        let (outcome, words) = match &result {
            Ok(reply) if reply.is_good() => ("done", reply.words()),
            Ok(reply) => ("failed", reply.words()),
            Err(trouble) => ("failed", trouble.kind.word().to_owned()),
        };
        match result {
            Ok(reply) => {
                let role = if reply.is_good() { Role::ToneGood } else { Role::ToneBad };
                let note = (role, reply.words());
                let lines = reply.lines.into_iter().map(|line| (Role::Text, line)).collect();
                sheet.on_lines(lines, note, height);
            }
            Err(trouble) => sheet.on_trouble(&trouble),
        }
        self.write_call(op, outcome, words, now, effects);
    }

    /// Writes down that an endpoint is asked, or what became of it.
    fn write_call(&mut self, op: OpId, outcome: &str, words: String, now: Now, effects: &mut Vec<Effect>) {
        let Some(sheet) = self.sheet_mut(op) else { return };
        let Question::Call(call) = &sheet.question else { return };
        let (call, id) = (call.clone(), format!("{}-{op}-endpoint", sheet.asked.unix));
        let uri = call.uri();
        let entry = Entry {
            namespace: call.target.namespace.clone(),
            object: call.target.to_string(),
            title: call.words(),
            requests: vec![format!("GET {}", uri.split('?').next().unwrap_or_default())],
            outcome: outcome.to_owned(),
            words,
            ..self.entry(&id, now)
        };
        self.write_down(entry, effects);
    }

    /// The sheet on the screen is left: what was asked is not waited for any more.
    pub(super) fn leave_sheet(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now;
        let waits = match self.stack.last() {
            Some(Screen::Sheet(sheet)) if sheet.waits => Some(sheet.op),
            _ => None,
        };
        if let Some(op) = waits {
            self.write_call(op, "left", "its answer was not waited for".to_owned(), now, effects);
        }
    }
}

/// The right that a change needs.
fn access_for(change: &crate::release::Change, target: &Target) -> Access {
    let (verb, subresource) = change.right();
    Access {
        verb: verb.to_owned(),
        group: target.resource.group.to_string(),
        resource: target.resource.plural.to_string(),
        subresource: subresource.unwrap_or_default().to_owned(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
        for_what: change.title(target),
    }
}
