//! `columns:` of the configuration: which columns a kind has, in which order, and columns of the user's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Config;
use super::warning::{Warnings, did_you_mean};
use super::yaml::{Node, Value};
use crate::model::columns::own::{MOST, OwnColumn, OwnColumns, ValueType, WIDTH};
use crate::model::columns::{columns, find};
use crate::model::path::Path;
use crate::model::record::Kind;
use crate::model::resource::is_confidential;
use crate::model::text::clean;

/// What an entry that is a map says.
const FIELDS: [&str; 5] = ["name", "path", "type", "width", "sort"];

/// So wide nobody's terminal is.
const WIDEST: u16 = 400;

/// Lists of ids and of definitions, by kind. Which columns a kind of the server has is known only when it is read; those of the
/// program's own kinds are checked.
pub(super) fn set(config: &mut Config, node: &Node, warnings: &mut Warnings) {
    let mut defined = OwnColumns::default();
    for (kind, node) in node.entries("`columns`", warnings) {
        let kind = kind.text.as_str();
        let Value::List(entries) = &node.value else {
            let not = node.value.describe();
            warnings.add(node.line, format!("`columns.{kind}` must be a list, not {not}"));
            continue;
        };
        let (mut ids, mut own, mut named) = (Vec::new(), Vec::<OwnColumn>::new(), false);
        for entry in entries {
            if let Value::Map(_) = entry.value {
                if let Some(column) = definition(kind, entry, &own, warnings) {
                    ids.push(column.id.clone());
                    own.push(column);
                }
            } else if let Some(id) = entry.text(&format!("each of `columns.{kind}`"), warnings)
                && is_known(kind, id, entry.line, warnings)
            {
                named = true;
                ids.push(id.to_owned());
            }
        }
        if !own.is_empty() {
            defined.0.insert(kind.to_owned(), own.into());
        }
        // Definitions alone are columns beside the usual ones.
        if named {
            config.columns.insert(kind.to_owned(), ids);
        }
    }
    config.own_columns = Arc::new(defined);
}

fn hot(kind: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|hot| {
        let (group, _, plural, _) = hot.resource();
        kind == plural || !group.is_empty() && kind.split_once('.') == Some((plural, group))
    })
}

fn is_known(kind: &str, id: &str, line: usize, warnings: &mut Warnings) -> bool {
    let Some(hot) = hot(kind).filter(|hot| find(*hot, id).is_none()) else { return true };
    let all: Vec<_> = columns(hot).iter().map(|column| column.id).collect();
    let all = all.join(", ");
    warnings.add(line, format!("{kind} have no column `{id}`; there are: {all}"));
    false
}

/// A column of the user's own; `None`, and a warning, where what is said makes none.
fn definition(kind: &str, node: &Node, before: &[OwnColumn], warnings: &mut Warnings) -> Option<OwnColumn> {
    let (mut name, mut path) = (None, None);
    let (mut values, mut width, mut sort) = (ValueType::String, WIDTH, None);
    let said = warnings.len();
    let what = format!("a column of `columns.{kind}`");
    for (key, node) in node.entries(&what, warnings) {
        match key.text.as_str() {
            "name" => name = node.text("the name of a column", warnings),
            "path" => path = node.text("the path of a column", warnings).map(|path| (path, node.line)),
            "type" => values = value_type(node, warnings).unwrap_or(values),
            "width" => match node.value {
                Value::Int(cells) if (1..=i64::from(WIDEST)).contains(&cells) => {
                    width = u16::try_from(cells).unwrap_or(WIDEST);
                }
                _ => {
                    let not = node.value.describe();
                    warnings
                        .add(node.line, format!("`width` must be a number from 1 to {WIDEST}, not {not}"));
                }
            },
            "sort" => match node.text("`sort`", warnings) {
                Some("asc") => sort = Some(false),
                Some("desc") => sort = Some(true),
                Some(other) => warnings.add(node.line, format!("`sort` is `asc` or `desc`, not `{other}`")),
                None => {}
            },
            other => {
                let hint = did_you_mean(other, FIELDS);
                let fields = FIELDS.join(", ");
                warnings.add(key.line, format!("{what} has {fields}, and no `{other}`{hint}"));
            }
        }
    }
    let (Some(title), Some((written, line))) = (name, path) else {
        if warnings.len() == said {
            warnings.add(node.line, format!("{what} needs a `name` and a `path`"));
        }
        return None;
    };
    let title = clean(title.trim()).into_owned();
    let id = id(&title);
    let path = match Path::parse(written) {
        Ok(path) => path,
        Err(why) => {
            warnings.add(line, format!("`{written}` is no path: {why}"));
            return None;
        }
    };
    let wrong = if is_confidential(kind) && !path.is_of_metadata() {
        Some(format!("of {kind} only the metadata is read, and never what `{written}` leads to"))
    } else if path.is_of_managed_fields() {
        Some("managedFields are left out of what is read".to_owned())
    } else {
        None
    };
    if let Some(wrong) = wrong {
        warnings.add(line, wrong);
        return None;
    }
    let taken = ["name", "namespace", "age"].contains(&id.as_str())
        || hot(kind).is_some_and(|hot| find(hot, &id).is_some())
        || before.iter().any(|column| column.id == id);
    if id.is_empty() || taken {
        let why = if taken { "have such a column already" } else { "cannot have a column without letters" };
        warnings.add(node.line, format!("{kind} {why}: `{title}`"));
        return None;
    }
    if before.len() == MOST {
        warnings
            .add(node.line, format!("{kind} have {MOST} columns of your own already; `{title}` is left out"));
        return None;
    }
    let written = clean(written).into_owned();
    Some(OwnColumn { id, title, written, path, values, width, sort })
}

fn value_type(node: &Node, warnings: &mut Warnings) -> Option<ValueType> {
    let typed = node.text("`type`", warnings)?;
    let known = ValueType::ALL.into_iter().find(|(name, _)| *name == typed);
    if known.is_none() {
        let names: Vec<&str> = ValueType::ALL.iter().map(|(name, _)| *name).collect();
        let hint = did_you_mean(typed, names.iter().copied());
        warnings.add(node.line, format!("`type` is one of {}, not `{typed}`{hint}", names.join(", ")));
    }
    known.map(|(_, values)| values)
}

/// What a filter calls it: `NODE IP` is `node-ip`.
fn id(title: &str) -> String {
    let word = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'));
    let words: Vec<&str> = title.split(word).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

/// As it would be written.
pub(super) fn shown(columns: &BTreeMap<String, Vec<String>>, own: &OwnColumns) -> String {
    let mut kinds: BTreeMap<&str, Vec<String>> =
        columns.iter().map(|(kind, ids)| (kind.as_str(), ids.clone())).collect();
    for (kind, own) in &own.0 {
        let entries = kinds.entry(kind).or_default();
        for column in own.iter() {
            let words = format!("{{name: {}, path: '{}'}}", column.title, column.written.replace('\'', "''"));
            match entries.iter_mut().find(|entry| **entry == column.id) {
                Some(entry) => *entry = words,
                None => entries.push(words),
            }
        }
    }
    let kinds = kinds.iter().map(|(kind, entries)| format!("{kind}: [{}]", entries.join(", ")));
    format!("{{{}}}", kinds.collect::<Vec<_>>().join(", "))
}
