//! What of a table is copied, or saved to a file: a cell, a row, the rows.

use jiff::Timestamp;
use serde_json::Value;

use crate::effect::Effect;
use crate::model::column::Column;
use crate::model::export::{Form, Sheet};
use crate::model::record::Record;
use crate::model::table::Slot;
use crate::model::values;
use crate::screen::Prompt;
use crate::screen::overlay::Overlay;
use crate::screen::pane::{Pane, Sight};
use crate::screen::picker::{Command, Entry, Picker, PickerKind};
use crate::screen::save::SaveAsk;
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::widget::line_edit::LineEdit;

impl State {
    /// The table that has the keyboard.
    fn pane_here(&self) -> Option<&Pane> {
        match self.stack.last() {
            Some(crate::screen::Screen::Table(pane)) => Some(pane),
            Some(_) => None,
            None => self.home.focused(),
        }
    }

    /// Offers what can be copied of the table that has the keyboard.
    pub(super) fn open_copy_menu(&mut self, now: Now) {
        let sight = self.sight(now);
        let Some(pane) = self.pane_here() else {
            return self.tell(Severity::Info, "there is no table here", now);
        };
        let Some(record) = pane.record(pane.look(&sight, 0).table) else {
            return self.tell(Severity::Info, "there is no row to copy", now);
        };
        let entry =
            |label: String, hint: String, command: Command| Entry { label, aliases: &[], hint, command };
        let name = record.meta().name.to_string();
        let columns = columns(pane, &sight);
        let row = sheet(&columns, std::iter::once(record), &sight);
        let mut entries = vec![
            entry("name".to_owned(), name.clone(), Command::CopyText(name)),
            entry("row".to_owned(), "its cells, as text".to_owned(), Command::CopyText(line(&row))),
        ];
        for (cell, (id, _)) in row.rows.iter().flatten().zip(&row.columns) {
            if *id != "name" && !cell.is_empty() {
                entries.push(entry(format!("cell {id}"), cell.clone(), Command::CopyText(cell.clone())));
            }
        }
        let which = match pane.marks.len() {
            0 => format!("{} shown rows", pane.view.shown().len()),
            marked => format!("{marked} marked rows"),
        };
        for form in Form::ALL {
            let label = format!("table as {}", form.name());
            entries.push(entry(label, which.clone(), Command::CopyTable(form)));
        }
        for form in Form::ALL {
            let label = format!("save table as {}", form.name());
            entries.push(entry(label, format!("{which}, to a file"), Command::SaveTable(form)));
        }
        self.overlay = Some(Overlay::Picker(Box::new(Picker::new(PickerKind::Copy, entries))));
    }

    /// The marked rows of the table that has the keyboard, hidden ones too; else those that are shown.
    pub(super) fn rows_here(&self, now: Now) -> Sheet {
        let sight = self.sight(now);
        let Some(pane) = self.pane_here() else { return Sheet::default() };
        let columns = columns(pane, &sight);
        sheet(&columns, records(pane, &sight).into_iter(), &sight)
    }

    /// The same for programs: what is known of each row, with its type, beside its cells.
    pub(super) fn values_here(&self, now: Now) -> Vec<Value> {
        let sight = self.sight(now);
        let Some(pane) = self.pane_here() else { return Vec::new() };
        let cx = sight.cx();
        let records = records(pane, &sight);
        let sheet = sheet(&columns(pane, &sight), records.iter().copied(), &sight);
        let rows = records.iter().zip(&sheet.rows);
        rows.map(|(record, cells)| values::row(record, &sheet, cells, &cx)).collect()
    }

    pub(super) fn copy_table(&self, form: Form, now: Now, effects: &mut Vec<Effect>) {
        let sheet = self.rows_here(now);
        effects.push(Effect::CopyRows(sheet.write(form), sheet.rows.len()));
    }

    /// Asks where the rows are to be saved; they are those of this moment.
    pub(super) fn ask_where_to_save_table(&mut self, form: Form, now: Now) {
        let sheet = self.rows_here(now);
        let Some(pane) = self.pane_here() else { return };
        let (.., plural, _) = pane.kind.resource();
        let time = Timestamp::from_second(now.unix).unwrap_or_default();
        let name = format!("{plural}-{}.{}", time.strftime("%Y%m%d-%H%M%S"), form.ending());
        let (rows, text) = (sheet.rows.len(), sheet.write(form));
        self.prompt = Some(Prompt::Save(SaveAsk { line: LineEdit::offering(&name), rows, text }));
    }

    /// The rows are saved where it was said.
    pub(super) fn save_table(&mut self, ask: SaveAsk, effects: &mut Vec<Effect>) {
        let path = ask.line.text().trim().to_owned();
        if path.is_empty() {
            self.prompt = Some(Prompt::Save(ask));
            return;
        }
        let op = self.start_op(format!("save {} rows to {path}", ask.rows));
        effects.push(Effect::SaveFile(op, path, ask.text));
    }
}

/// The marked rows of a table, hidden ones too; else those that are shown.
fn records<'a>(pane: &'a Pane, sight: &Sight<'a>) -> Vec<&'a Record> {
    let table = pane.look(sight, 0).table;
    let of = |slot: &Slot| table.get(*slot);
    if pane.marks.is_empty() {
        return pane.view.shown().iter().filter_map(of).collect();
    }
    // In the order of the table; what the filter hides stands in it too.
    let is_marked = |record: &&Record| pane.marks.contains(&record.meta().uid);
    pane.view.all().iter().filter_map(of).filter(is_marked).collect()
}

/// The columns of a table, those too that are scrolled away.
fn columns(pane: &Pane, sight: &Sight<'_>) -> Vec<&'static Column> {
    let many = sight.many_namespaces && pane.kind.namespaced();
    pane.all_columns(many).into_iter().map(|(_, column)| column).collect()
}

fn sheet<'a>(
    columns: &[&'static Column],
    records: impl Iterator<Item = &'a Record>,
    sight: &Sight<'a>,
) -> Sheet {
    let cx = sight.cx();
    let cells = |record: &'a Record| {
        columns.iter().map(|column| (column.cell)(record, &cx).text.into_owned()).collect()
    };
    Sheet {
        columns: columns.iter().map(|column| (column.id, column.title)).collect(),
        rows: records.map(cells).collect(),
    }
}

/// The cells of the first row, apart as kubectl puts them.
fn line(sheet: &Sheet) -> String {
    sheet.rows.first().map(|cells| cells.join("   ")).unwrap_or_default()
}
