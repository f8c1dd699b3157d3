//! Paths into objects, as kubectl's custom columns and `JSONPath` write them: `.spec.nodeName`,
//! `.metadata.labels['a\.b']`, `.spec.containers[*].image`, `{.status.conditions[?(@.type=="Ready")].status}`.
//!
//! The dialect is Kubernetes' own (<https://kubernetes.io/docs/reference/kubectl/jsonpath/>), not RFC 9535: braces and the first
//! full stop may be left out, and a backslash takes its meaning from a full stop. `..` and templates are not read.

mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::Value;

/// What is kept of a value: a row is a few hundred bytes.
const LONGEST: usize = 256;

/// A path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// One step into what was found so far.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A field of an object.
    Key(Box<str>),
    /// Every field or item.
    All,
    /// An item; from the end when it is negative.
    At(i64),
    /// Items from one on, before another, each so many-th.
    Slice(Option<i64>, Option<i64>, usize),
    /// Several of the above.
    Each(Vec<Step>),
    /// Items for which something holds.
    Where(Test),
}

/// `@.type=="Ready"`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    path: Path,
    /// Without a comparison it is enough that there is something.
    wanted: Option<(Op, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Path {
    /// Reads a path; the error says in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::path(text)
    }

    /// What it leads to, as kubectl's custom columns print it: several values with commas between them, `<none>` where there is
    /// nothing. What is no plain value is JSON.
    pub fn text(&self, object: &Value) -> String {
        let mut found = Vec::new();
        walk(&self.steps, object, &mut found);
        let mut out = String::new();
        for value in found {
            if !out.is_empty() {
                out.push(',');
            }
            match value {
                Value::Null => out.push_str("<none>"),
                Value::String(text) => out.push_str(text),
                other => out.push_str(&other.to_string()),
            }
            if out.len() > LONGEST {
                let end = (0..=LONGEST).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
                out.truncate(end);
                out.push('…');
                break;
            }
        }
        if out.is_empty() { "<none>".to_owned() } else { out }
    }

    /// Whether it stays in the metadata that is asked for even of Secrets, and does not lead to what
    /// `kubectl apply` copied of the content into it.
    pub fn is_of_metadata(&self) -> bool {
        let mut keys = self.steps.iter().map(|step| if let Step::Key(key) = step { &**key } else { "" });
        keys.next() == Some("metadata")
            && match keys.next() {
                None | Some("") => false,
                Some("annotations") => {
                    let key = keys.next();
                    key.is_some_and(|key| {
                        !key.is_empty() && key != "kubectl.kubernetes.io/last-applied-configuration"
                    })
                }
                Some(_) => true,
            }
    }

    /// Whether it leads into `metadata.managedFields`, which is left out before an object is read.
    pub fn is_of_managed_fields(&self) -> bool {
        let key =
            |at: usize, name: &str| matches!(self.steps.get(at), Some(Step::Key(key)) if &**key == name);
        key(0, "metadata") && key(1, "managedFields")
    }
}

fn walk<'v>(steps: &[Step], value: &'v Value, found: &mut Vec<&'v Value>) {
    let Some((step, rest)) = steps.split_first() else { return found.push(value) };
    match (step, value) {
        (Step::Key(key), Value::Object(fields)) => {
            if let Some(value) = fields.get(&**key) {
                walk(rest, value, found);
            }
        }
        (Step::All, Value::Object(fields)) => fields.values().for_each(|value| walk(rest, value, found)),
        (Step::All, Value::Array(items)) => items.iter().for_each(|value| walk(rest, value, found)),
        (Step::At(at), Value::Array(items)) => {
            if let Some(value) = place(*at, items.len()).and_then(|at| items.get(at)) {
                walk(rest, value, found);
            }
        }
        (Step::Slice(from, to, by), Value::Array(items)) => {
            let clamped = |at: i64| {
                place(at, items.len()).unwrap_or(if at < 0 { 0 } else { items.len() }).min(items.len())
            };
            let (from, to) = (from.map_or(0, clamped), to.map_or(items.len(), clamped));
            items.get(from..to).into_iter().flatten().step_by(*by).for_each(|value| walk(rest, value, found));
        }
        (Step::Each(several), _) => {
            for step in several {
                let mut here = Vec::new();
                walk(std::slice::from_ref(step), value, &mut here);
                for value in here {
                    walk(rest, value, found);
                }
            }
        }
        (Step::Where(test), Value::Array(items)) => {
            items.iter().filter(|item| test.holds(item)).for_each(|value| walk(rest, value, found));
        }
        _ => {}
    }
}

/// Where an item is that may be counted from the end.
fn place(at: i64, count: usize) -> Option<usize> {
    let at = if at < 0 { at.checked_add(i64::try_from(count).ok()?)? } else { at };
    usize::try_from(at).ok()
}

impl Test {
    fn holds(&self, item: &Value) -> bool {
        let mut found = Vec::new();
        walk(&self.path.steps, item, &mut found);
        let Some((op, wanted)) = &self.wanted else { return !found.is_empty() };
        found.iter().any(|value| {
            let order = match (value, wanted) {
                (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
                (Value::Number(a), Value::Number(b)) => {
                    a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b))
                }
                (a, b) => (*a == b).then_some(Ordering::Equal),
            };
            match (op, order) {
                (Op::Unequal, order) => order != Some(Ordering::Equal),
                (_, None) => false,
                (Op::Equal, Some(order)) => order.is_eq(),
                (Op::Less, Some(order)) => order.is_lt(),
                (Op::AtMost, Some(order)) => order.is_le(),
                (Op::More, Some(order)) => order.is_gt(),
                (Op::AtLeast, Some(order)) => order.is_ge(),
            }
        })
    }
}
