//! Draws the release screen: where the rollout is, its two sides, the revisions with their pods, the last events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Place, Release};
use crate::model::record::{EventRecord, Kind, Record};
use crate::model::text::clean;
use crate::model::uid::Uid;
use crate::model::units;
use crate::release::cockpit::{Cockpit, RevisionView};
use crate::release::facts::PodFact;
use crate::release::follow::Verdict;
use crate::release::images::short;
use crate::screen::{Drawn, events, logs};
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{Piece, ends, line, piece};
use crate::widget::grid::cut;

/// Lines above the tree: title, rollout, two sides, heading.
const ABOVE: u16 = 5;
/// Lines of events below it, where there is room.
const EVENTS: u16 = 4;
/// Cells of a bar.
const BAR: usize = 12;

/// Cells of the tree where the log has a column of its own.
const TREE: u16 = 104;
/// Columns from which on it has one.
const WIDE: u16 = 160;

/// Lines of the tree that fit, with or without the log.
pub fn height(area: Rect, beside: bool) -> usize {
    let area = without_logs(area, beside);
    usize::from(area.height.saturating_sub(ABOVE + events_height(area.height)))
}

/// Where the log is drawn: a column at the right where there is room for one, else the last rows; `None`: nowhere.
pub fn logs_area(area: Rect) -> Option<Rect> {
    if area.width >= WIDE && area.height >= 16 {
        let above = ABOVE - 1;
        return Some(Rect {
            x: area.x + TREE + 1,
            y: area.y + above,
            width: area.width - TREE - 1,
            height: area.height - above,
        });
    }
    let rows = match area.height {
        0..20 => return None,
        20..34 => 5,
        height => height / 3,
    };
    Some(Rect { y: area.bottom() - rows, height: rows, ..area })
}

/// What is left for the rest.
fn without_logs(area: Rect, beside: bool) -> Rect {
    match logs_area(area).filter(|_| beside) {
        None => area,
        Some(logs) if logs.x > area.x => Rect { width: logs.x - area.x - 1, ..area },
        Some(logs) => Rect { height: area.height - logs.height, ..area },
    }
}

fn events_height(area_height: u16) -> u16 {
    if area_height >= ABOVE + EVENTS + 6 { EVENTS } else { 0 }
}

/// Draws the screen.
pub fn draw(
    screen: &Release,
    cockpit: &Cockpit,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let row = |at: u16| Rect { y: area.y + at.min(area.height), height: u16::from(at < area.height), ..area };
    if let Some(logs) = logs_area(area).filter(|_| screen.beside) {
        draw_logs(screen, state, logs, buffer);
    }
    let (words, role) = state_words(screen, cockpit, now);
    let title = [
        piece(Role::TitleFocused, " Release of "),
        piece(Role::Text, format!("{} ", screen.target)),
        piece(Role::Dim, format!("in {}", screen.target.namespace)),
    ];
    ends(row(0), &title, &[piece(role, format!("{words} "))], theme, buffer);
    line(row(1), &rollout_line(cockpit), theme, buffer);
    let ascii = state.settings.ascii;
    line(row(2), &side("new", cockpit.new_side(), cockpit, ascii), theme, buffer);
    let old: Vec<&RevisionView> = cockpit.old_sides().collect();
    let mut old_line = side("old", old.first().copied(), cockpit, ascii);
    if old.len() > 1 {
        old_line.push(piece(Role::Dim, format!("  and {} more old ones", old.len() - 1)));
    }
    line(row(3), &old_line, theme, buffer);
    let area = without_logs(area, screen.beside);
    let row = |at: u16| Rect { y: area.y + at.min(area.height), height: u16::from(at < area.height), ..area };
    let wide = usize::from(area.width) >= 100;
    let heading = if wide {
        "   REV  HOLDER            PODS  READY  IMAGE                       AGE  CAUSE"
    } else {
        "   REV  PODS  READY  IMAGE                       AGE  CAUSE"
    };
    line(row(4), &[piece(Role::Header, heading)], theme, buffer);
    tree(
        screen,
        cockpit,
        state,
        now,
        Rect {
            y: area.y + ABOVE.min(area.height),
            height: area.height.saturating_sub(ABOVE + events_height(area.height)),
            ..area
        },
        wide,
        buffer,
    );
    let below = events_height(area.height);
    if below > 0 {
        let area = Rect { y: area.bottom() - below, height: below, ..area };
        events::draw(is_about(screen, cockpit), state, now, area, buffer);
    }
    // Ages and the deadline count by themselves.
    drawn.wake_at(Some(now.mono + std::time::Duration::from_secs(1)));
}

/// The last log lines of the new revision.
fn draw_logs(screen: &Release, state: &State, area: Rect, buffer: &mut Buffer) {
    let Some(logs) = &screen.logs else {
        let words = if screen.holders.is_empty() { "" } else { " no log: which pods are new is not known" };
        line(Rect { height: 1, ..area }, &[piece(Role::Dim, words)], state.theme(), buffer);
        return;
    };
    let look =
        logs::draw::Look { theme: state.theme(), zone: &state.settings.zone, more_key: None, before: &[] };
    logs::draw::draw(logs, area, look, buffer);
}

fn state_words(screen: &Release, cockpit: &Cockpit, now: Now) -> (String, Role) {
    if screen.gone {
        return ("gone: this is how it was".to_owned(), Role::ModeStale);
    }
    if let Some(trouble) = &screen.trouble {
        return (format!("not seen just now: {trouble}"), Role::ModeStale);
    }
    let since = cockpit.progressed.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let age = since.map(|at| units::age(now.unix, at)).unwrap_or_default();
    match &cockpit.state {
        None => ("reading…".to_owned(), Role::ModeLoading),
        Some(_) if cockpit.paused => ("paused: nothing is rolled out".to_owned(), Role::ToneWarn),
        Some(Verdict::Failed(_)) => (format!("stuck, no progress for {age}"), Role::ToneBad),
        Some(Verdict::Done(words)) => (clean(words).into_owned(), Role::ToneGood),
        Some(Verdict::Going(words) | Verdict::Superseded(words)) => {
            let left = since.zip(cockpit.deadline).map(|(at, deadline)| at + deadline - now.unix);
            let deadline = match left {
                Some(left) if left > 0 => format!(", deadline in {}", units::age(left, 0)),
                Some(_) => ", deadline is over".to_owned(),
                None => String::new(),
            };
            (format!("{}{deadline}", clean(words)), Role::ToneBusy)
        }
    }
}

/// `rollout 11 -> 12   pay:3.0 -> pay:3.1   surge 1  unavailable 0   "cause"`.
fn rollout_line(cockpit: &Cockpit) -> Vec<Piece> {
    let Some(new) = cockpit.new_side() else { return Vec::new() };
    let old = cockpit.old_sides().next();
    let mut out = Vec::new();
    match old {
        Some(old) => {
            let (from, to) = (old.revision.number, new.revision.number);
            out.push(piece(Role::Text, format!(" rollout {from} -> {to}   ")));
            out.push(piece(Role::Dim, format!("{} -> ", image_words(old))));
        }
        None => out.push(piece(Role::Text, format!(" revision {}   ", new.revision.number))),
    }
    out.push(piece(Role::Accent, image_words(new)));
    let (surge, unavailable) = &cockpit.bounds;
    if !surge.is_empty() || !unavailable.is_empty() {
        let or = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let words = format!("   surge {}  unavailable {}", or(surge), or(unavailable));
        out.push(piece(Role::Dim, words));
    }
    if !new.revision.cause.is_empty() {
        out.push(piece(Role::Dim, format!("   \"{}\"", clean(&new.revision.cause))));
    }
    out
}

/// The images of a revision without the parts that are the same everywhere.
fn image_words(view: &RevisionView) -> String {
    let all: Vec<String> = view.revision.images.iter().map(|(_, image)| short(image)).collect();
    clean(&all.join(", ")).into_owned()
}

/// One side of the rollout: a bar of the wanted pods, and why they are not ready.
fn side(what: &str, view: Option<&RevisionView>, cockpit: &Cockpit, ascii: bool) -> Vec<Piece> {
    let Some(view) = view else {
        return vec![piece(Role::Dim, format!("   {what}   -   no pods"))];
    };
    let wanted = usize::try_from(cockpit.wanted).unwrap_or(0).max(1);
    let cells = |pods: usize| (pods * BAR).div_ceil(wanted).min(BAR);
    let (ready, all) = (cells(view.ready()), cells(view.pods.len()));
    let (full, half, empty) = if ascii { ("#", "-", ".") } else { ("█", "▒", "·") };
    let mut out = vec![
        piece(Role::Text, format!("   {what} {:>4}  ", view.revision.number)),
        piece(Role::ToneGood, full.repeat(ready)),
        piece(Role::ToneBusy, half.repeat(all.saturating_sub(ready))),
        piece(Role::Dim, empty.repeat(BAR - all.max(ready))),
        piece(Role::Text, format!("  {} of {wanted}, {} ready", view.pods.len(), view.ready())),
    ];
    if let Some(pod) = view.why() {
        out.push(piece(Role::ToneBad, format!("   {}", pod.status)));
    } else if !view.serving.is_empty() && view.ready() > 0 {
        let endpoints = |name: &String| {
            let found = cockpit.services.iter().find(|(known, ..)| known == name);
            found.map_or_else(String::new, |(_, ready, total)| format!(" {ready}/{total}"))
        };
        let all: Vec<String> =
            view.serving.iter().map(|name| format!("svc {name}{}", endpoints(name))).collect();
        out.push(piece(Role::ToneGood, format!("   serving: {}", all.join(", "))));
    }
    out
}

fn tree(
    screen: &Release,
    cockpit: &Cockpit,
    state: &State,
    now: Now,
    area: Rect,
    wide: bool,
    buffer: &mut Buffer,
) {
    let theme = state.theme();
    let places = screen.places(cockpit);
    let at = screen.position(&places);
    if places.is_empty() && area.height > 0 {
        let words =
            if cockpit.state.is_none() { "   reading its revisions…" } else { "   it has no history" };
        line(area, &[piece(Role::Dim, words)], theme, buffer);
    }
    for (row, place) in places.iter().enumerate().skip(screen.top).take(area.height.into()) {
        let here = Rect { y: area.y + (row - screen.top) as u16, height: 1, ..area };
        let sign = if row == at { ">" } else { " " };
        let pieces = match place {
            Place::Revision(uid) => match cockpit.revision(uid) {
                Some(view) => revision(sign, screen, view, now, area.width, wide),
                None => continue,
            },
            Place::Pod(name) => {
                let found =
                    cockpit.revisions.iter().flat_map(|view| &view.pods).find(|pod| pod.name == *name);
                match found {
                    Some(found) => pod(sign, found, state, now),
                    None => continue,
                }
            }
        };
        line(here, &pieces, theme, buffer);
        if row == at {
            buffer.set_style(here.intersection(buffer.area), theme.style(Role::Cursor));
        }
    }
}

fn revision(
    sign: &str,
    screen: &Release,
    view: &RevisionView,
    now: Now,
    width: u16,
    wide: bool,
) -> Vec<Piece> {
    let revision = &view.revision;
    let fold = match (view.pods.is_empty(), screen.is_open(view)) {
        (true, _) => " ",
        (false, true) => "-",
        (false, false) => "+",
    };
    let age = revision
        .created
        .parse::<jiff::Timestamp>()
        .map_or_else(|_| String::new(), |at| units::age(now.unix, at.as_second()));
    let number = if revision.number == 0 { "-".to_owned() } else { revision.number.to_string() };
    let holder = if wide {
        let short = revision.name.strip_prefix(&format!("{}-", screen.target.name)).unwrap_or(&revision.name);
        format!("{:<17} ", cut(&clean(short), 17))
    } else {
        String::new()
    };
    let pods = view.pods.len();
    let ready = if pods == 0 { "-".to_owned() } else { view.ready().to_string() };
    let image_width = 26.min(width.saturating_sub(40)).max(8);
    let image = image_words(view);
    let head = format!("{sign}{fold} {number:>4}  {holder}{pods:>4}  {ready:>5}  ");
    let role = if revision.current { Role::Text } else { Role::Dim };
    let mut out = vec![
        piece(role, head),
        piece(
            if revision.current { Role::Accent } else { Role::Text },
            format!("{:<w$}", cut(&image, image_width), w = usize::from(image_width)),
        ),
        piece(role, format!("  {age:>4}  ")),
    ];
    if revision.current {
        out.push(piece(Role::ToneGood, "current  "));
    }
    out.push(piece(Role::Dim, clean(&revision.cause).into_owned()));
    out
}

fn pod(sign: &str, pod: &PodFact, state: &State, now: Now) -> Vec<Piece> {
    let record = state.cache.table(Kind::Pod).iter().find_map(|(_, record)| match record {
        Record::Pod(found) if *found.meta.name == *pod.name => Some(found),
        _ => None,
    });
    let role = if pod.ready { Role::ToneGood } else { Role::ToneBad };
    let mut out = vec![
        piece(Role::Text, format!("{sign}       {:<44} ", cut(&pod.name, 44))),
        piece(role, format!("{:<18} ", if pod.ready { "ready" } else { pod.status.as_str() })),
        piece(Role::Dim, format!("{:>4}", units::age(now.unix, pod.created))),
    ];
    if let Some(record) = record {
        out.push(piece(Role::Dim, format!("  {}", record.node)));
        if !record.reason.is_empty() {
            out.push(piece(Role::ToneWarn, format!("  {}", record.reason)));
        }
    }
    out
}

/// Whether an event is of the workload, its holders or its pods.
fn is_about(screen: &Release, cockpit: &Cockpit) -> impl Fn(&EventRecord) -> bool {
    let mut uids: Vec<Uid> = vec![screen.target.uid.clone()];
    uids.extend(cockpit.revisions.iter().map(|view| view.revision.uid.clone()));
    let names: Vec<String> =
        cockpit.revisions.iter().flat_map(|view| &view.pods).map(|pod| format!("pod/{}", pod.name)).collect();
    move |event| {
        event.object_uid.as_ref().is_some_and(|uid| uids.contains(uid))
            || names.iter().any(|name| *name == *event.object)
    }
}
