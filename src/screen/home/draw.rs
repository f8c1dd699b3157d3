//! Draws the four panes, open or folded to a line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{self, Spot};
use super::{Home, PaneId, labels};
use crate::model::column::Align;
use crate::model::record::{Kind, Record};
use crate::model::units;
use crate::screen::pane::Pane;
use crate::screen::pane::draw::{self as pane_draw, Title, age, counts, essence};
use crate::screen::{Drawn, frame};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{self, Piece, piece};
use crate::widget::grid::{self, put};

/// Draws the home screen.
pub fn draw(state: &State, now: Now, body: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let home = &state.home;
    let spots = layout::spots(body, home.choices());
    for (pane, spot) in PaneId::ALL.into_iter().zip(spots) {
        let title = Title { key: pane.key(), words: words(pane, state), focused: home.focus == pane };
        match (spot, table(home, pane)) {
            (Spot::Open(area), Some(table)) => {
                pane_draw::draw(table, &title, state, now, area, drawn, buffer);
            }
            (Spot::Open(area), None) => draw_labels(&title, state, now, area, drawn, buffer),
            (Spot::Folded(area), table) => folded(table, &title, state, now, area, drawn, buffer),
            (Spot::Hidden, _) => {}
        }
    }
}

fn table(home: &Home, pane: PaneId) -> Option<&Pane> {
    match pane {
        PaneId::Deployments => Some(&home.deployments),
        PaneId::Pods => Some(&home.pods),
        PaneId::Services => Some(&home.services),
        PaneId::Labels => None,
    }
}

/// What a pane's rows are, in words: the leading selection is named.
fn words(pane: PaneId, state: &State) -> String {
    let home = &state.home;
    let lead = if home.linked && home.lead != pane { lead_words(state) } else { None };
    match (pane, lead) {
        (PaneId::Deployments, None) => "Deployments".to_owned(),
        (PaneId::Deployments, Some(lead)) => format!("Deployments behind {lead}"),
        (PaneId::Pods, None) => "Pods".to_owned(),
        (PaneId::Pods, Some(lead)) => format!("Pods of {lead}"),
        (PaneId::Services, None) => "Services".to_owned(),
        (PaneId::Services, Some(lead)) => format!("Services selecting {lead}"),
        (PaneId::Labels, None) => "Labels".to_owned(),
        (PaneId::Labels, Some(lead)) => format!("Labels of {lead}"),
    }
}

fn lead_words(state: &State) -> Option<String> {
    let home = &state.home;
    let name =
        |pane: &Pane| pane.record(state.cache.table(pane.kind)).map(|record| record.meta().name.to_string());
    match home.lead {
        PaneId::Deployments => name(&home.deployments),
        PaneId::Services => name(&home.services).map(|name| format!("svc {name}")),
        PaneId::Labels => {
            home.labels.selected(&home.counts).and_then(|(key, value)| Some(format!("{key}={}", value?)))
        }
        PaneId::Pods => None,
    }
}

/// One line that says the essence of a pane.
fn folded(
    pane: Option<&Pane>,
    title: &Title,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let mut left =
        vec![piece(Role::Key, format!(" {}", title.key)), piece(Role::Title, format!(" {} ", title.words))];
    let right = match pane {
        Some(pane) => {
            let (shown, total) = pane.view.counts();
            let known = total > 0 || state.freshness(pane.kind, now).synced;
            left.push(piece(Role::Title, if known { counts(shown, total) } else { "?".to_owned() }));
            let stale = age(&state.freshness(pane.kind, now), drawn);
            match (stale.is_empty(), pane.kind) {
                (false, _) => stale,
                (true, Kind::Service) => service_words(pane, state),
                (true, _) => essence(pane),
            }
        }
        None => {
            let counts = &state.home.counts;
            left.push(piece(Role::Title, counts.len().to_string()));
            label_words(state)
        }
    };
    pane_draw::rule(area, frame::border(state, false), state.theme(), state.settings.ascii, buffer);
    chrome::ends(area, &left, &right, state.theme(), buffer);
}

/// A single service is told, several are counted.
fn service_words(pane: &Pane, state: &State) -> Vec<Piece> {
    let [slot] = pane.view.shown() else { return essence(pane) };
    let Some(Record::Service(service)) = state.cache.table(Kind::Service).get(*slot) else {
        return Vec::new();
    };
    let selector: Vec<String> =
        service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let ready = state
        .cache
        .endpoints()
        .of(&service.meta.namespace, &service.meta.name)
        .map_or_else(|| "no endpoints".to_owned(), |count| format!("{}/{} ready", count.ready, count.total));
    vec![
        piece(Role::Dim, format!(" {} -> {}  ", service.meta.name, selector.join(","))),
        piece(Role::Text, format!("{ready} ")),
    ]
}

/// The first labels that are no hashes.
fn label_words(state: &State) -> Vec<Piece> {
    let counts = &state.home.counts;
    let rows = (0..counts.len()).filter_map(|at| counts.row(at));
    let told: Vec<String> =
        rows.filter(|row| row.value.is_some()).take(3).map(|row| labels::text(&row)).collect();
    vec![piece(Role::Dim, format!(" {} ", told.join("  ")))]
}

fn draw_labels(title: &Title, state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let (theme, home) = (state.theme(), &state.home);
    let pane = &home.labels;
    let shown = pane.shown(&home.counts);
    let role = if title.focused { Role::TitleFocused } else { Role::Title };
    let mut left = vec![
        piece(Role::Key, format!(" {}", title.key)),
        piece(role, format!(" {} {}", title.words, counts(shown.len(), home.counts.len()))),
    ];
    if let Some(error) = &pane.filter_error {
        left.push(piece(
            Role::InputError,
            format!("  broken filter {}, the one before counts: {error}", pane.filter_text),
        ));
    } else if !pane.filter_text.is_empty() {
        left.push(piece(Role::Match, format!("  filter {}", pane.filter_text)));
    }
    pane_draw::rule(area, frame::border(state, title.focused), theme, state.settings.ascii, buffer);
    chrome::ends(
        Rect { height: 1, ..area },
        &left,
        &age(&state.freshness(Kind::Pod, now), drawn),
        theme,
        buffer,
    );
    let columns = label_columns(area.width);
    let line = |at: usize| Rect { y: area.y + at as u16, height: 1, ..area }.intersection(area);
    label_line(
        line(1),
        columns,
        &["LABEL", "PODS", "READY", "SELECTED BY"].map(|text| (text.to_owned(), Role::Header)),
        theme,
        buffer,
    );
    let rows = usize::from(area.height.saturating_sub(2));
    for (at, index) in shown.iter().enumerate().skip(pane.offset).take(rows) {
        let Some(row) = home.counts.row(*index) else { continue };
        let line = line(2 + at - pane.offset);
        let cursor = at == pane.row;
        let name = match (cursor, title.focused, row.value.is_some()) {
            (true, true, _) => Role::Cursor,
            (true, false, _) => Role::CursorUnfocused,
            (false, _, true) => Role::Text,
            (false, _, false) => Role::Dim,
        };
        let ready = if row.ready == row.pods {
            Role::ToneGood
        } else if row.ready == 0 {
            Role::ToneBad
        } else {
            Role::ToneWarn
        };
        let (by, by_role) = selected_by(&row, state);
        let cells = [
            (labels::text(&row), name),
            (units::count(row.pods.into()), Role::Text),
            (units::count(row.ready.into()), ready),
            (by, by_role),
        ];
        if cursor {
            put(buffer, line.x, line.y, 1, ">", Align::Left, theme.style(name));
        }
        label_line(line, columns, &cells, theme, buffer);
    }
    if shown.is_empty() {
        let words = if home.counts.is_empty() {
            "no labels on the pods in scope"
        } else {
            "nothing matches; Esc clears the filter"
        };
        put(
            buffer,
            area.x + grid::GUTTER,
            area.y + 2,
            area.width.saturating_sub(2),
            words,
            Align::Left,
            theme.style(Role::Dim),
        );
    }
}

/// Widths of label, pods, ready, selected by.
fn label_columns(width: u16) -> [u16; 4] {
    let rest = width.saturating_sub(grid::GUTTER + 6 + 6 + 3);
    let label = (rest * 3 / 5).min(56);
    [label, 6, 6, rest - label]
}

fn label_line(
    line: Rect,
    columns: [u16; 4],
    cells: &[(String, Role); 4],
    theme: &crate::theme::Theme,
    buffer: &mut Buffer,
) {
    let mut x = line.x + grid::GUTTER;
    for (at, ((text, role), width)) in cells.iter().zip(columns).enumerate() {
        let align = if at == 1 || at == 2 { Align::Right } else { Align::Left };
        if line.height > 0 && x < line.right() {
            put(buffer, x, line.y, width.min(line.right() - x), text, align, theme.style(*role));
        }
        x = x.saturating_add(width + 1);
    }
}

fn selected_by(row: &crate::model::labels::counts::LabelRow<'_>, state: &State) -> (String, Role) {
    let Some(value) = row.value else { return (String::new(), Role::Dim) };
    let by = state.home.counts.selected_by(&(row.key.clone(), value.clone()), state.cache.indexes());
    let names = |kind: Kind, word: &str, slots: &[u32]| -> Option<String> {
        let table = state.cache.table(kind);
        let names: Vec<&str> = slots
            .iter()
            .filter_map(|slot| table.get(*slot))
            .map(|record| record.meta().name.as_ref())
            .take(4)
            .collect();
        (!names.is_empty()).then(|| format!("{word} {}", names.join(" ")))
    };
    let told: Vec<String> =
        [names(Kind::Service, "svc", &by.services), names(Kind::Deployment, "deploy", &by.deployments)]
            .into_iter()
            .flatten()
            .collect();
    if told.is_empty() { ("-".to_owned(), Role::Dim) } else { (told.join(", "), Role::Text) }
}
