//! The table of the columns, for the README (invariant 10).

use std::fmt::Write as _;

use super::{columns, extra};
use crate::model::column::{Column, When};
use crate::model::record::Kind;

/// The columns of every kind that has some of its own.
pub fn markdown() -> String {
    let mut out = String::new();
    for kind in Kind::ALL {
        let (.., plural, _) = kind.resource();
        table(&mut out, plural, columns(kind));
    }
    for (resource, own) in extra::ALL {
        table(&mut out, &format!("{}, beside kubectl's", resource.plural), own);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn table(out: &mut String, title: &str, columns: &[Column]) {
    // Writing to a string cannot fail.
    let _ =
        writeln!(out, "#### {title}\n\n| column | name | shown | what it says |\n| --- | --- | --- | --- |");
    for column in columns {
        let when = match column.when {
            When::Always => "always",
            When::ManyNamespaces => "with several namespaces",
            When::Wide => "wide",
            When::Roomy => "with room",
        };
        let _ = writeln!(out, "| {} | `{}` | {when} | {} |", column.title, column.id, column.help);
    }
    out.push('\n');
}
