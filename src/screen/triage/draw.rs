//! Draws the list of what is wrong. Dumb: everything it says is in the report.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::TriageScreen;
use crate::action::Action;
use crate::model::units;
use crate::screen::Drawn;
use crate::screen::operations::{kept_in_view, turns};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::triage::{Finding, Grade, NotLooked, Report};
use crate::widget::chrome::{Piece, ends, line, piece, wrap};
use crate::widget::grid::cut;

/// Cells of WHAT, at most, and of the namespace, on a narrow screen and on a wide one.
const WHAT: [usize; 2] = [22, 40];
const NAMESPACE: [usize; 2] = [10, 14];

/// Lines of findings that fit.
pub fn height(screen: &TriageScreen, area: Rect) -> usize {
    let below = below(screen, area).len() + detail(screen, area).len();
    usize::from(area.height.saturating_sub(2)).saturating_sub(below)
}

/// The line of findings that is drawn at a row of the terminal.
pub fn line_at(screen: &TriageScreen, area: Rect, y: u16) -> Option<usize> {
    let offset = usize::from(y.checked_sub(area.y + 2)?);
    let at = screen.top + offset;
    (offset < height(screen, area) && at < screen.rows().len()).then_some(at)
}

/// The role of a grade.
fn role(grade: Grade) -> Role {
    match grade {
        Grade::Broken => Role::ToneBad,
        Grade::Warning => Role::ToneWarn,
        Grade::Note => Role::Dim,
    }
}

/// `2 broken, 1 warning`; nothing is said of what there is none of.
pub fn counts(report: &Report) -> String {
    let of = |grade: Grade, one: &str, many: &str| match report.count(grade) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{} {many}", units::count(count as u64))),
    };
    let all = [
        of(Grade::Broken, "broken", "broken"),
        of(Grade::Warning, "warning", "warnings"),
        of(Grade::Note, "note", "notes"),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What was not looked at, by why: `nodes, secrets (forbidden)`.
pub fn not_looked(all: &[NotLooked]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for NotLooked { what, why, .. } in all {
        // Which right is missing is plain from what it is missing for.
        let plain = format!("forbidden: list {what}");
        let why = if why.starts_with(&plain) { "forbidden" } else { why };
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, whats)) => whats.push(what),
            None => groups.push((why, vec![what])),
        }
    }
    let words = groups.iter().map(|(why, whats)| format!("{} ({why})", whats.join(", ")));
    words.collect::<Vec<_>>().join("; ")
}

/// What stands at the end: what was not looked at, what is still read.
fn below(screen: &TriageScreen, area: Rect) -> Vec<String> {
    let mut out = Vec::new();
    let report = &screen.report;
    let width = area.width.saturating_sub(2);
    if !report.not_looked.is_empty() {
        out.extend(wrap(&format!("not looked at: {}", not_looked(&report.not_looked)), width));
    }
    if !report.loading.is_empty() {
        out.extend(wrap(&format!("still loading: {}", report.loading.join(", ")), width));
    }
    out.truncate(usize::from(area.height / 4).max(1));
    out
}

/// The line under the cursor in full: what is so, by which row, what helps.
fn detail(screen: &TriageScreen, area: Rect) -> Vec<Vec<Piece>> {
    let Some(finding) = screen.current().filter(|_| area.height >= 12) else { return Vec::new() };
    let width = area.width.saturating_sub(2);
    let mut words = wrap(&finding.reason, width);
    words.truncate(3);
    let mut out: Vec<Vec<Piece>> = vec![Vec::new()];
    out.extend(words.into_iter().map(|words| vec![piece(Role::Text, format!(" {words}"))]));
    // What helps first: the end may be cut.
    let mut facts = Vec::new();
    if !finding.helps.is_empty() {
        facts.push(helps(finding));
    }
    if finding.shown_by.uid != finding.subject.uid {
        facts.push(format!("shown by {} {}", finding.shown_by.word(), finding.shown_by.name));
    }
    facts.push(format!("rule {}", finding.rule));
    let facts = cut(&facts.join("; "), width).into_owned();
    out.push(vec![piece(Role::Dim, format!(" {facts}"))]);
    out
}

/// How wide the columns are.
struct Widths {
    what: usize,
    namespace: usize,
}

fn what(finding: &Finding) -> String {
    format!("{} {}", finding.subject.word(), finding.subject.name)
}

/// How many rows show it, where they are several.
fn count(finding: &Finding) -> String {
    if finding.count > 1 { format!(" x{}", finding.count) } else { String::new() }
}

fn widths(rows: &[&Finding], many: bool, width: u16) -> Widths {
    let most = |of: &dyn Fn(&Finding) -> usize, title: usize| {
        rows.iter().map(|finding| of(finding)).max().unwrap_or(0).max(title)
    };
    let wide = usize::from(width >= 100);
    // On a narrow screen the title gives way to the names beneath it.
    let least = if wide == 1 { 9 } else { 2 };
    Widths {
        what: most(&|finding| what(finding).width() + count(finding).width(), 4).min(WHAT[wide]),
        namespace: if many {
            most(&|finding| finding.subject.namespace.width(), least).min(NAMESPACE[wide])
        } else {
            0
        },
    }
}

/// Text in so many cells, and a blank.
fn cell(text: &str, width: usize) -> String {
    let shown = cut(text, u16::try_from(width).unwrap_or(u16::MAX));
    let pad = width.saturating_sub(shown.width());
    format!("{shown}{:pad$} ", "")
}

/// A reason in so many cells: what matters least goes first, so that the end of what is so is still seen.
fn shorten(reason: &str, room: u16) -> String {
    /// A word is cut to no less.
    const LEAST: usize = 8;
    let room = usize::from(room);
    let fits = |text: &str| text.width() <= room;
    let mut text = reason.to_owned();
    if !fits(&text) {
        // What cannot be found is an image where a rollout is stuck.
        text = text.replacen("rollout stuck: image ", "rollout stuck: ", 1);
    }
    // What another rule said of the same, and what stands in brackets.
    while !fits(&text)
        && let Some((first, _)) = text.rsplit_once("; ")
    {
        text = first.to_owned();
    }
    if !fits(&text)
        && let Some(open) = text.rfind(" (")
        && let Some(close) = text[open..].find(')')
    {
        text.replace_range(open..=open + close, "");
    }
    // The name of an image, where that is enough.
    let over = text.width().saturating_sub(room);
    let image = |word: &&str| word.contains(':') && !word.ends_with(':');
    if over > 0
        && let Some(word) = text.split(' ').filter(image).max_by_key(|word| word.width()).map(str::to_owned)
        && word.width() > LEAST + over
        && let Ok(keeps) = u16::try_from(word.width() - over)
    {
        text = text.replacen(&word, &cut(&word, keeps), 1);
    }
    cut(&text, room as u16).into_owned()
}

/// What helps, in words: there is room for them here.
fn helps(finding: &Finding) -> String {
    match finding.helps.strip_prefix("rev ") {
        Some(rest) => format!("revision {rest}"),
        None => finding.helps.clone(),
    }
}

fn row(finding: &Finding, widths: &Widths, now: Now, room: u16) -> Vec<Piece> {
    let since = finding.since.map_or_else(String::new, |since| units::coarse_age(now.unix, since));
    let mut out = vec![piece(role(finding.grade), format!(" {:<2} ", finding.grade.sign()))];
    // The number stays where the name is cut.
    let many = count(finding);
    let room_for_name = widths.what.saturating_sub(many.width());
    let name = cut(&what(finding), u16::try_from(room_for_name).unwrap_or(u16::MAX)).into_owned();
    let pad = widths.what.saturating_sub(name.width() + many.width());
    out.push(piece(Role::Text, name));
    out.push(piece(Role::Dim, format!("{many}{:pad$} ", "")));
    if widths.namespace > 0 {
        let namespace = if finding.subject.namespace.is_empty() { "-" } else { &finding.subject.namespace };
        out.push(piece(Role::Dim, cell(namespace, widths.namespace)));
    }
    out.push(piece(Role::Dim, format!("{since:>5} ")));
    let left = room.saturating_sub(crate::widget::chrome::width(&out));
    let helps = finding.helps.width() as u16 + 3;
    // What helps stands beside it where both fit, and below in any case.
    let fits = !finding.helps.is_empty() && finding.reason.width() as u16 + helps <= left;
    out.push(piece(Role::Text, shorten(&finding.reason, left)));
    if fits {
        out.push(piece(Role::ToneGood, format!("  {}", finding.helps)));
    }
    out
}

fn head(widths: &Widths) -> Piece {
    let mut head = format!("    {}", cell("WHAT", widths.what));
    if widths.namespace > 0 {
        head.push_str(&cell(if widths.namespace < 9 { "NS" } else { "NAMESPACE" }, widths.namespace));
    }
    head.push_str("SINCE ");
    head.push_str("WHAT IS SO");
    piece(Role::Header, head)
}

/// The findings of a report as lines under their titles, as the screen has them; `many`: of several namespaces.
pub fn lines(report: &Report, many: bool, now: Now, width: u16) -> Vec<Vec<Piece>> {
    let rows: Vec<&Finding> = report.findings.iter().collect();
    let widths = widths(&rows, many, width);
    let heads = (!rows.is_empty()).then(|| vec![head(&widths)]);
    heads.into_iter().chain(rows.iter().map(|finding| row(finding, &widths, now, width))).collect()
}

/// That there is more than is shown, and the key that shows it; the longest words that fit.
fn rest(state: &State, room: u16) -> Option<Piece> {
    let scope = state.session.text()?;
    let key = state.keymap().keys_for(Action::AllNamespaces, state.context().stack()).into_iter().next()?;
    let all = [
        format!("in {scope} only: {key} shows all namespaces "),
        format!("in {scope} only: {key} shows all "),
        format!("{scope} only, {key}: all "),
        format!("{key} shows all namespaces "),
    ];
    let words = all.into_iter().find(|words| words.width() <= usize::from(room))?;
    Some(piece(Role::ToneWarn, words))
}

fn title(screen: &TriageScreen, state: &State, shown: usize, width: u16) -> (Vec<Piece>, Vec<Piece>) {
    let report = &screen.report;
    let mut left = vec![piece(Role::TitleFocused, " Triage")];
    if !report.findings.is_empty() {
        let worst = report.findings.first().map_or(Role::Dim, |finding| role(finding.grade));
        left.push(piece(worst, format!("  {}", counts(report))));
    }
    let mut right = Vec::new();
    if !screen.filter.is_empty() {
        let words = format!("/{}  {shown} of {} ", screen.filter, report.findings.len());
        right.push(piece(Role::Match, words));
    }
    let taken = crate::widget::chrome::width(&left) + crate::widget::chrome::width(&right) + 2;
    if let Some(rest) = rest(state, width.saturating_sub(taken)) {
        right.insert(0, rest);
    }
    (left, right)
}

/// What is said where there is no line.
fn empty(screen: &TriageScreen, everywhere: bool) -> &'static str {
    let report = &screen.report;
    match () {
        () if !screen.filter.is_empty() => "nothing of what was found has these words",
        () if screen.looked.is_none() => "looking…",
        () if !report.loading.is_empty() => "nothing is wrong so far; not all has been read",
        () if !report.is_complete(Grade::Broken, everywhere) => {
            "nothing is known to be wrong, but not all could be looked at"
        }
        () => "nothing is wrong, as far as was looked",
    }
}

/// Draws the screen.
pub fn draw(
    screen: &TriageScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let rows = screen.rows();
    let at_line = |line: usize| Rect { y: area.y + line as u16, height: 1, ..area }.intersection(area);
    let (left, right) = title(screen, state, rows.len(), area.width);
    ends(at_line(0), &left, &right, theme, buffer);
    let everywhere = state.session.namespace.is_none();
    let widths = widths(&rows, everywhere, area.width);
    let (at, height) = (screen.position(&rows), height(screen, area));
    if rows.is_empty() {
        line(at_line(2), &[piece(Role::Dim, format!("    {}", empty(screen, everywhere)))], theme, buffer);
    } else {
        line(at_line(1), &[head(&widths)], theme, buffer);
    }
    let top = kept_in_view(screen.top, at, height);
    for (place, finding) in rows.iter().enumerate().skip(top).take(height) {
        let here = at_line(2 + place - top);
        line(here, &row(finding, &widths, now, area.width), theme, buffer);
        if place == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
        if let Some(since) = finding.since {
            drawn.wake_at(turns(since, now));
        }
    }
    let below = below(screen, area);
    let detail = detail(screen, area);
    let from = usize::from(area.height).saturating_sub(below.len() + detail.len());
    for (offset, pieces) in detail.iter().enumerate() {
        line(at_line(from + offset), pieces, theme, buffer);
    }
    for (offset, text) in below.iter().enumerate() {
        let role = if text.starts_with("still loading") { Role::ModeLoading } else { Role::ToneWarn };
        line(at_line(from + detail.len() + offset), &[piece(role, format!(" {text}"))], theme, buffer);
    }
    drawn.wake_at(state.triage_due(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_shortened_where_it_matters_least() {
        for (reason, room, shown) in [
            ("crash loop", 38, "crash loop"),
            (
                "rollout stuck: image checkout:3.8.0-does-not-exist not found",
                40,
                "rollout stuck: checkout:3.8.0… not found",
            ),
            (
                "rollout stuck: image checkout:3.8.0-does-not-exist not found",
                60,
                "rollout stuck: image checkout:3.8.0-does-not-exist not found",
            ),
            (
                "crash loop, 3 restarts, exit 137 OOMKilled (limit 256Mi); none of 2 ready",
                44,
                "crash loop, 3 restarts, exit 137 OOMKilled",
            ),
            ("no ready endpoints: 0 of 2 pods ready", 20, "no ready endpoints:…"),
            ("word", 0, ""),
        ] {
            let got = shorten(reason, room);
            assert_eq!(got, shown, "{reason} in {room}");
        }
    }
}
