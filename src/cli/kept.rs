//! The journal for who has no screen: which entries, and a line or JSON for each, the newest last. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::journal::Entry;
use crate::model::text::clean;
use crate::screen::journal::draw::who;
use crate::screen::operations::tone;
use crate::terminal::painted::WHOLE;
use crate::theme::Role;
use crate::widget::chrome::{Piece, piece};
use crate::widget::grid::cut;

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Which {
    /// Written at this Unix time or later.
    pub from: Option<i64>,
    /// About this object: a name of its kind, and its own.
    pub object: Option<(String, String)>,
    /// In this context.
    pub context: Option<String>,
    /// In this namespace.
    pub namespace: Option<String>,
}

/// Short names of kinds that changes are made of, as kubectl has them.
const SHORT: [(&str, &str); 12] = [
    ("sts", "statefulset"),
    ("ds", "daemonset"),
    ("rs", "replicaset"),
    ("svc", "service"),
    ("po", "pod"),
    ("cm", "configmap"),
    ("ing", "ingress"),
    ("cj", "cronjob"),
    ("hpa", "horizontalpodautoscaler"),
    ("pdb", "poddisruptionbudget"),
    ("pvc", "persistentvolumeclaim"),
    ("no", "node"),
];

impl Which {
    /// Whether an entry is one of them. One without a time that can be read is not left out for its time.
    pub fn takes(&self, entry: &Entry) -> bool {
        let late = match (self.from, entry.written()) {
            (Some(from), Some(written)) => written >= from,
            _ => true,
        };
        let same = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        let about = self.object.as_ref().is_none_or(|(kind, name)| {
            entry.object.split_whitespace().filter_map(|one| one.split_once('/')).any(|(is, called)| {
                // A resource of a group has it behind: `widget.example.com/a`.
                let is = is.split('.').next().unwrap_or(is);
                called == name && is_called(is, kind)
            })
        });
        late && about && same(&self.context, &entry.context) && same(&self.namespace, &entry.namespace)
    }
}

/// Whether a kind, e.g. `deployment`, is called so: as it is, shorter, or as a plural.
fn is_called(kind: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let name = name.split('.').next().unwrap_or_default();
    let short = SHORT.iter().find(|(short, _)| *short == name);
    if let Some((_, whole)) = short {
        return *whole == kind;
    }
    let plural = name.strip_suffix("es").filter(|one| *one == kind).or_else(|| name.strip_suffix('s'));
    name == kind || plural == Some(kind) || (name == "deploy" && kind == "deployment")
}

/// Lines under their titles.
pub(super) fn table(entries: &[&Entry], zone: &TimeZone, width: u16) -> Vec<Vec<Piece>> {
    if entries.is_empty() {
        return Vec::new();
    }
    let narrow = width < 100;
    let column = |title: &str, most: usize, text: &dyn Fn(&Entry) -> String| {
        let widest = entries.iter().map(|entry| clean(&text(entry)).width()).max().unwrap_or(0);
        widest.min(most).max(title.len())
    };
    let (most, word) = match width {
        WHOLE => (usize::MAX, usize::MAX),
        _ if narrow => (10, 10),
        _ => (20, 10),
    };
    let outcome = column("OUTCOME", word, &|entry| entry.outcome.clone());
    let whose = column("WHO", most, &who);
    let context = column("CONTEXT", most, &|entry| entry.context.clone());
    let cell = |text: &str, width: usize| {
        let text = clean(text);
        let shown = cut(&text, u16::try_from(width).unwrap_or(u16::MAX));
        format!("{shown}{} ", " ".repeat(width.saturating_sub(shown.width())))
    };
    let head = format!(
        "{}{}{}{}CHANGE",
        cell("TIME", 16),
        cell("OUTCOME", outcome),
        cell("WHO", whose),
        cell("CONTEXT", context)
    );
    let mut out = vec![vec![piece(Role::Header, head)]];
    for entry in entries {
        let mut pieces = vec![
            piece(Role::Text, cell(&local(entry, zone), 16)),
            piece(tone(&entry.outcome), cell(&entry.outcome, outcome)),
            piece(Role::Dim, cell(&who(entry), whose)),
            piece(Role::Dim, cell(&entry.context, context)),
        ];
        let left = width.saturating_sub(crate::widget::chrome::width(&pieces)).max(20);
        let said = said(entry);
        pieces.push(piece(Role::Text, cut(&clean(&said), left).into_owned()));
        out.push(pieces);
    }
    out
}

/// `2026-11-27 03:44`, where one is.
fn local(entry: &Entry, zone: &TimeZone) -> String {
    match entry.time.parse::<Timestamp>() {
        Ok(time) => time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => entry.time.clone(),
    }
}

fn said(entry: &Entry) -> String {
    let mut parts = vec![entry.title.clone()];
    if !entry.namespace.is_empty() {
        parts.push(format!("in {}", entry.namespace));
    }
    if !entry.values.is_empty() {
        parts.push(entry.values.join(", "));
    }
    if !entry.reason.is_empty() {
        parts.push(format!("\"{}\"", entry.reason));
    }
    if entry.outcome != "done" && !entry.words.is_empty() {
        parts.push(entry.words.clone());
    }
    parts.join("  ")
}

/// The same as JSON, with every field of an entry.
pub(super) fn json(entries: &[&Entry], damaged: usize) -> String {
    format!("{:#}\n", json!({"entries": entries, "damaged": damaged}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::painted;

    fn entry(object: &str, time: &str) -> Entry {
        Entry {
            id: "1".to_owned(),
            time: time.to_owned(),
            user: "ada".to_owned(),
            ssh_client: "10.0.0.9 5 22".to_owned(),
            context: "prod".to_owned(),
            namespace: "shop".to_owned(),
            object: object.to_owned(),
            title: format!("scale {object}"),
            values: vec!["replicas: 1 -> 3".to_owned()],
            outcome: "failed".to_owned(),
            words: "no room\u{1b}[31m".to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn objects_are_found_by_the_names_that_kubectl_has() {
        let entry = entry("deployment/web pod/a widget.example.com/w ingress/i", "2026-11-27T03:44:00Z");
        for (kind, name, found) in [
            ("deploy", "web", true),
            ("deployment", "web", true),
            ("deployments.apps", "web", true),
            ("Deployment", "web", true),
            ("deploy", "we", false),
            ("po", "a", true),
            ("pods", "a", true),
            ("po", "web", false),
            ("svc", "web", false),
            ("widgets", "w", true),
            ("ing", "i", true),
            ("ingresses", "i", true),
        ] {
            let object = Some((kind.to_owned(), name.to_owned()));
            assert_eq!(Which { object, ..Which::default() }.takes(&entry), found, "{kind}/{name}");
        }
    }

    #[test]
    fn time_context_and_namespace_narrow() {
        let entry = entry("pod/a", "2026-11-27T03:44:00Z");
        let at = entry.written().unwrap();
        let some = |text: &str| Some(text.to_owned());
        for (which, found) in [
            (Which::default(), true),
            (Which { from: Some(at), ..Which::default() }, true),
            (Which { from: Some(at + 1), ..Which::default() }, false),
            (Which { context: some("prod"), ..Which::default() }, true),
            (Which { context: some("pro"), ..Which::default() }, false),
            (Which { namespace: some("shop"), ..Which::default() }, true),
            (Which { namespace: some("far"), ..Which::default() }, false),
        ] {
            assert_eq!(which.takes(&entry), found, "{which:?}");
        }
        let undated = Entry { time: "long ago".to_owned(), ..entry };
        assert!(Which { from: Some(at + 1), ..Which::default() }.takes(&undated), "nothing is lost silently");
    }

    #[test]
    fn a_line_for_each_that_fits_and_is_clean() {
        let entries = [entry("deployment/web", "2026-11-27T03:44:00Z"), entry("pod/a", "odd")];
        let all: Vec<&Entry> = entries.iter().collect();
        let text = painted::text(&table(&all, &TimeZone::UTC, 80), None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("TIME             OUTCOME WHO        CONTEXT CHANGE"), "{text}");
        assert!(
            lines[1].starts_with("2026-11-27 03:44 failed  ada@10.0.… prod    scale deployment/web"),
            "{text}"
        );
        assert!(lines[2].starts_with("odd ") && !text.contains('\u{1b}'), "{text}");
        assert!(lines.iter().all(|line| line.width() <= 80), "{text}");
        let wide = painted::text(&table(&all, &TimeZone::UTC, 200), None);
        assert!(
            wide.contains("ada@10.0.0.9 ") && wide.contains("in shop  replicas: 1 -> 3  no room"),
            "{wide}"
        );
        let long = Entry {
            user: "a-very-long-user-name-of-a-bastion".to_owned(),
            words: "no room ".repeat(60),
            ..entries[0].clone()
        };
        let whole = painted::text(&table(&[&long], &TimeZone::UTC, WHOLE), None);
        assert!(whole.contains("bastion@10.0.0.9 ") && whole.trim_end().ends_with("room"), "{whole}");
        assert!(!whole.contains('…') && whole.lines().count() == 2, "into a pipe nothing is cut: {whole}");
        assert!(table(&[], &TimeZone::UTC, 80).is_empty());
    }

    #[test]
    fn json_has_the_fields_of_the_file() {
        let one = entry("pod/a", "2026-11-27T03:44:00Z");
        let value: serde_json::Value = serde_json::from_str(&json(&[&one], 2)).unwrap();
        assert_eq!((&value["damaged"], &value["entries"][0]["title"]), (&json!(2), &json!("scale pod/a")));
        assert_eq!(value["entries"][0]["sshClient"], "10.0.0.9 5 22");
        let back: Entry = serde_json::from_value(value["entries"][0].clone()).unwrap();
        assert_eq!(back, one);
    }
}
