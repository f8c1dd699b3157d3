//! What is handed over to whoever comes next: one page of Markdown with what is wrong, why, what was said, what changed, and what
//! was not looked at.
//!
//! Pure: what was read in, text out. Every word of the cluster passes [`Mask`], so that what looks like a password or a token
//! is not in it, and stands in an indented block, so that it cannot be anything but text.

mod redact;

use serde_json::Value;

use crate::model::json::{items, text};
use crate::model::record::Seconds;
use crate::model::resource::Resource;
use crate::model::text::{clean, without_sequences};
use crate::model::trouble::Trouble;
use crate::model::units;
use crate::recent::Recent;
use crate::release::facts::Found;
use crate::triage::{Finding, Report};
use crate::why::{Material, Shown, Why};

pub use redact::Mask;

/// So many of the last lines of a log.
pub const LINES: usize = 100;
/// So many of the last events of the object.
const EVENTS: usize = 40;
/// So many of the last changes.
const CHANGES: usize = 80;
/// Longer lines are cut: a log may have lines of megabytes.
const WIDEST: usize = 2_000;

/// The end of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Of which container.
    pub shown: Shown,
    /// Of the run before.
    pub previous: bool,
    /// Its lines, as the server sent them; or why there are none.
    pub text: Result<String, Trouble>,
}

/// What was read for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handed {
    /// Why the object is as it is; `None`: no object was meant.
    pub why: Option<Result<Why, Trouble>>,
    /// The object's events.
    pub events: Found<Vec<Value>>,
    /// The logs that show it.
    pub logs: Vec<Log>,
    /// What the container runs, a line each; `None`: there is none.
    pub container: Option<Vec<String>>,
    /// What changed.
    pub changes: Option<Result<Recent, Trouble>>,
}

/// Where one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<'a> {
    /// The context.
    pub context: &'a str,
    /// The namespaces in scope, in words.
    pub namespace: &'a str,
    /// The server's address.
    pub server: &'a str,
    /// What the server says of its version.
    pub version: &'a str,
    /// This program's version.
    pub program: &'a str,
    /// Whether it only reads here.
    pub readonly: bool,
    /// The time, as the user reads it, and as a number.
    pub time: &'a str,
    /// The same, Unix time.
    pub now: Seconds,
    /// How long back changes are told, in words.
    pub span: &'a str,
    /// The object that is meant, in words; empty: none.
    pub about: &'a str,
    /// What is wrong.
    pub report: &'a Report,
}

/// What a container runs: its image, its bounds, its environment. Of Secrets and ConfigMaps only names stand there.
pub fn of_container(material: &Material, shown: &Shown) -> Option<Vec<String>> {
    let found = material.beside.iter().filter(|(ask, _)| ask.resource == Resource::PODS);
    let found = found.filter_map(|(_, found)| found.known()).flatten();
    let own = (material.resource == Resource::PODS).then_some(&material.object);
    let pod = own.into_iter().chain(found).find(|pod| {
        text(pod, "/metadata/name") == shown.pod && text(pod, "/metadata/namespace") == shown.namespace
    })?;
    let lists = ["/spec/containers", "/spec/initContainers"];
    let mut all = lists.iter().flat_map(|list| items(pod, list));
    let container = all.find(|one| text(one, "/name") == shown.container)?;
    let mut out = vec![format!("image {}", text(container, "/image"))];
    for (what, pointer) in [("requests", "/resources/requests"), ("limits", "/resources/limits")] {
        let pairs = crate::model::json::texts(container, pointer);
        let words: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if !words.is_empty() {
            out.push(format!("{what} {}", words.join(" ")));
        }
    }
    for variable in items(container, "/env") {
        let name = text(variable, "/name");
        let from = variable.get("valueFrom").and_then(Value::as_object).and_then(|map| map.iter().next());
        out.push(match from {
            Some((kind, from)) => {
                let place = [text(from, "/name"), text(from, "/key"), text(from, "/fieldPath")];
                let place: Vec<&str> = place.into_iter().filter(|word| !word.is_empty()).collect();
                format!("env {name} from {kind} {}", place.join(" "))
            }
            None => format!("env {name}={}", text(variable, "/value")),
        });
    }
    for source in items(container, "/envFrom") {
        for (kind, pointer) in [("ConfigMap", "/configMapRef/name"), ("Secret", "/secretRef/name")] {
            let name = text(source, pointer);
            if !name.is_empty() {
                out.push(format!("env from all keys of {kind} {name}"));
            }
        }
    }
    Some(out)
}

/// The page that is being written.
struct Sheet {
    out: String,
    mask: Mask,
}

impl Sheet {
    fn heading(&mut self, level: usize, words: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(&"#".repeat(level));
        self.out.push(' ');
        self.out.push_str(words);
        self.out.push_str("\n\n");
    }

    fn say(&mut self, words: &str) {
        self.out.push_str(words);
        self.out.push('\n');
    }

    /// Words of the cluster: masked, cleaned, indented. All at once, so that a key of several lines is seen as one.
    fn block<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) {
        let plain: Vec<String> =
            lines.into_iter().map(|line| clean(&without_sequences(line)).into_owned()).collect();
        for line in self.mask.lines(&plain) {
            let cut = line.chars().nth(WIDEST).is_some();
            let shown: String = line.chars().take(WIDEST).collect();
            self.out.push_str("    ");
            self.out.push_str(shown.trim_end());
            self.out.push_str(if cut { " (cut)" } else { "" });
            self.out.push('\n');
        }
    }
}

/// The page.
pub fn markdown(page: &Page<'_>, handed: &Handed) -> String {
    let mut sheet = Sheet { out: String::new(), mask: Mask::new() };
    sheet.heading(1, "Hand-over");
    let mode =
        if page.readonly { "READ-ONLY: nothing was changed by this program" } else { "read and write" };
    let mut facts = vec![
        format!("context    {}", page.context),
        format!("namespace  {}", page.namespace),
        format!("server     {} {}", page.server, page.version),
        format!("time       {}", page.time),
        format!("dogwatch   {}, {mode}", page.program),
    ];
    if !page.about.is_empty() {
        facts.push(format!("about      {}", page.about));
    }
    sheet.block(facts.iter().map(String::as_str));
    triage(&mut sheet, page);
    let mut not_looked: Vec<String> = Vec::new();
    for one in &page.report.not_looked {
        not_looked.push(format!("triage: {} ({})", one.what, one.why));
    }
    if !page.report.loading.is_empty() {
        not_looked.push(format!("triage: {} (not read yet)", page.report.loading.join(", ")));
    }
    of_object(&mut sheet, page, handed, &mut not_looked);
    logs(&mut sheet, handed, &mut not_looked);
    changes(&mut sheet, page, handed, &mut not_looked);
    sheet.heading(2, "Not looked at");
    not_looked.dedup();
    if not_looked.is_empty() {
        sheet.say("Everything that was asked for was read.");
    }
    sheet.block(not_looked.iter().map(String::as_str));
    sheet.say("");
    sheet.say(
        "What looks like a password, a token or a key is masked (`****`); values of Secrets were not read.",
    );
    sheet.out
}

fn row(finding: &Finding, now: Seconds) -> String {
    let since = finding.since.map_or_else(String::new, |since| units::coarse_age(now, since));
    let place = if finding.subject.namespace.is_empty() { "-" } else { &finding.subject.namespace };
    let count = if finding.count > 1 { format!(" (x{})", finding.count) } else { String::new() };
    let helps = if finding.helps.is_empty() { String::new() } else { format!("; {}", finding.helps) };
    let what = format!("{} {}", finding.subject.word(), finding.subject.name);
    let sign = finding.grade.sign();
    format!("{sign:<2} {what}  {place}  {since}{count}  {}{helps}", finding.reason)
}

fn triage(sheet: &mut Sheet, page: &Page<'_>) {
    sheet.heading(2, "What is wrong, worst first");
    let rows: Vec<String> = page.report.findings.iter().map(|finding| row(finding, page.now)).collect();
    if rows.is_empty() {
        sheet.say("Nothing, as far as was looked.");
    }
    sheet.block(rows.iter().map(String::as_str));
}

fn ago(at: Option<Seconds>, now: Seconds) -> String {
    at.map_or_else(String::new, |at| units::age(now, at))
}

fn of_object(sheet: &mut Sheet, page: &Page<'_>, handed: &Handed, not_looked: &mut Vec<String>) {
    match &handed.why {
        None => return,
        Some(Err(trouble)) => {
            not_looked.push(format!("why: {trouble}"));
            return;
        }
        Some(Ok(why)) => {
            sheet.heading(2, "Why");
            sheet.block([why.conclusion.as_str()]);
            sheet.say("");
            let steps = why.steps.iter().map(|step| {
                let about = format!("{}/{}", step.about.kind.to_lowercase(), step.about.name);
                let indent = "  ".repeat(step.depth);
                format!("{:>6}  {indent}{about}: {}", ago(step.at, page.now), step.words)
            });
            let steps: Vec<String> = steps.collect();
            sheet.block(steps.iter().map(String::as_str));
            not_looked.extend(why.not_looked.iter().map(|what| format!("why: {what}")));
        }
    }
    sheet.heading(2, "Its events");
    match &handed.events {
        Found::Known(events) => {
            let mut rows: Vec<(Option<Seconds>, String)> = events.iter().map(event).collect();
            rows.sort_by_key(|row| std::cmp::Reverse(row.0));
            if rows.is_empty() {
                sheet.say("None; the cluster keeps them for an hour or so.");
            }
            let over = rows.len().saturating_sub(EVENTS);
            let rows: Vec<String> = rows
                .iter()
                .take(EVENTS)
                .map(|(at, words)| format!("{:>6}  {words}", ago(*at, page.now)))
                .collect();
            sheet.block(rows.iter().map(String::as_str));
            if over > 0 {
                sheet.say(&format!("And {over} older ones."));
            }
        }
        Found::Unknown(trouble) => {
            sheet.say("Not known, see below.");
            not_looked.push(format!("its events: {trouble}"));
        }
        Found::NotAsked => sheet.say("It has none."),
    }
    if let Some(container) = &handed.container {
        let name = handed.logs.first().map_or("", |log| log.shown.container.as_str());
        sheet.heading(2, "The container that shows it");
        sheet.block(std::iter::once(name).chain(container.iter().map(String::as_str)));
    }
}

fn event(event: &Value) -> (Option<Seconds>, String) {
    let places = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let at = places.iter().find_map(|pointer| text(event, pointer).parse::<jiff::Timestamp>().ok());
    let times = event.pointer("/series/count").or_else(|| event.pointer("/count")).and_then(Value::as_i64);
    let often = times.filter(|times| *times > 1).map_or_else(String::new, |times| format!(" x{times}"));
    let (kind, reason, message) = (text(event, "/type"), text(event, "/reason"), text(event, "/message"));
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    (at.map(jiff::Timestamp::as_second), format!("{kind} {reason}{often}: {message}"))
}

fn logs(sheet: &mut Sheet, handed: &Handed, not_looked: &mut Vec<String>) {
    for log in &handed.logs {
        let which = if log.previous { "the run before" } else { "this run" };
        let Shown { pod, container, .. } = &log.shown;
        match &log.text {
            Ok(text) => {
                sheet.heading(2, &format!("Log of {which}, the last {LINES} lines"));
                sheet.block([format!("pod {pod}, container {container}").as_str()]);
                sheet.say("");
                let all: Vec<&str> = text.lines().collect();
                if all.is_empty() {
                    sheet.say("It is empty.");
                }
                sheet.block(all[all.len().saturating_sub(LINES)..].iter().copied());
            }
            Err(trouble) => {
                not_looked.push(format!("log of {which} of {container} in {pod}: {trouble}"));
            }
        }
    }
}

fn changes(sheet: &mut Sheet, page: &Page<'_>, handed: &Handed, not_looked: &mut Vec<String>) {
    let Some(changes) = &handed.changes else { return };
    sheet.heading(2, &format!("What changed in the last {}", page.span));
    let recent = match changes {
        Ok(recent) => recent,
        Err(trouble) => {
            sheet.say("Not known, see below.");
            not_looked.push(format!("what changed: {trouble}"));
            return;
        }
    };
    if recent.happenings.is_empty() {
        sheet.say("Nothing that was looked at.");
    }
    let line = |one: &crate::recent::Happening| {
        let by = if one.by.is_empty() { String::new() } else { format!("  by {}", one.by) };
        let about = format!("{}/{}", one.about.kind.to_lowercase(), one.about.name);
        format!("{:>6}  {} {about}: {}{by}", ago(Some(one.at), page.now), one.what.word(), one.words)
    };
    let rows: Vec<String> = recent.happenings.iter().take(CHANGES).map(line).collect();
    sheet.block(rows.iter().map(String::as_str));
    let over = recent.happenings.len().saturating_sub(CHANGES);
    if over > 0 {
        sheet.say(&format!("And {over} older ones."));
    }
    not_looked.extend(recent.not_looked.iter().map(|what| format!("what changed: {what}")));
}

#[cfg(test)]
mod tests;
