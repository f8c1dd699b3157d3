//! Draws deployments side by side: the clusters with how current they are, then a line for each deployment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::{ABOVE, Sides};
use crate::model::column::Align;
use crate::model::matrix::{Here, Line, Part, What};
use crate::model::record::Health;
use crate::screen::Drawn;
use crate::screen::fleet::Fleet;
use crate::screen::pane::Pane;
use crate::screen::pane::draw::{counts, narrowed, rule};
use crate::state::freshness::Freshness;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{self, Piece, piece};
use crate::widget::grid::{self, GUTTER};

/// The narrowest cell: `!12/12 ≠v1.2 r7` is just readable.
const LEAST: u16 = 15;
/// The widest one.
const MOST: u16 = 34;
/// From here on all that there is to say of a line is said in words.
const ROOMY: u16 = 120;

/// Where everything stands.
struct Layout {
    name: u16,
    what: u16,
    cell: u16,
    /// How many clusters fit.
    fit: usize,
    /// The parts of a cell: the share of ready pods, and the revision.
    ready: usize,
    revision: usize,
}

/// Draws the screen.
pub fn draw(pane: &Pane, state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let Some((fleet, sides)) = pane.sides() else { return };
    if area.height == 0 || area.width == 0 {
        return;
    }
    let (theme, ascii) = (state.theme(), state.settings.ascii);
    let ages = fleet.freshness(now.mono);
    for age in &ages {
        drawn.wake_at(age.turns);
    }
    let visible = visible(sides, area);
    let many = fleet.many_namespaces();
    let layout = layout(visible, fleet, many, area.width);
    let shown = sides.left..(sides.left + layout.fit).min(fleet.members.len());
    rule(area, crate::screen::frame::border(state, true), theme, ascii, buffer);
    let right = right(fleet, &shown, ascii);
    chrome::ends(Rect { height: 1, ..area }, &title(pane, sides), &right, theme, buffer);
    let line = |at: u16| Rect { y: area.y + at, height: 1, ..area }.intersection(area);
    let put = |buffer: &mut Buffer, x: u16, at: u16, width: u16, text: &str, role: Role| {
        let row = line(at);
        if row.height > 0 && x < area.right() {
            grid::put(buffer, x, row.y, width.min(area.right() - x), text, Align::Left, theme.style(role));
        }
    };
    let cells = area.x + GUTTER + layout.name + 1 + layout.what + 1;
    put(buffer, area.x + GUTTER, 1, layout.name, "NAME", Role::Header);
    put(buffer, area.x + GUTTER + layout.name + 1, 1, layout.what, "WHAT", Role::Header);
    for (at, place) in shown.clone().enumerate() {
        let x = cells + at as u16 * (layout.cell + 1);
        put(buffer, x, 1, layout.cell, &fleet.members[place].context, Role::Header);
        put(buffer, x, 2, layout.cell, &head(&ages[place]), ages[place].role());
    }
    for (at, row) in visible.iter().enumerate() {
        let y = ABOVE + at as u16;
        let here = sides.top + at == sides.position();
        let role = if here { Role::Cursor } else { Role::Text };
        if here {
            put(buffer, area.x, y, 1, ">", role);
        }
        put(buffer, area.x + GUTTER, y, layout.name, &name(row, many), role);
        let (words, role) = findings(row, fleet, area.width >= ROOMY);
        put(buffer, area.x + GUTTER + layout.name + 1, y, layout.what, &words, role);
        for (at, place) in shown.clone().enumerate() {
            let pieces = cell(&row.cells[place], &layout, ascii);
            let x = cells + at as u16 * (layout.cell + 1);
            let width = layout.cell.min(area.right().saturating_sub(x));
            chrome::line(Rect { x, width, ..line(y) }, &pieces, theme, buffer);
        }
    }
    if visible.is_empty() {
        put(buffer, area.x + GUTTER, ABOVE, area.width, &empty(sides, fleet, &ages), Role::Dim);
    }
}

fn visible(sides: &Sides, area: Rect) -> &[Line] {
    let lines = &sides.lines()[sides.top.min(sides.lines().len())..];
    &lines[..lines.len().min(usize::from(area.height.saturating_sub(ABOVE)))]
}

fn title(pane: &Pane, sides: &Sides) -> Vec<Piece> {
    let (all, odd) = sides.counts();
    let mut left = vec![
        piece(Role::TitleFocused, " Side by side "),
        piece(Role::TitleFocused, counts(sides.lines().len(), all)),
    ];
    if odd > 0 {
        left.push(piece(Role::ToneWarn, format!("  {odd} differ or unwell")));
    }
    if sides.only {
        left.push(piece(Role::NoticeWarn, "  only these"));
    }
    left.extend(narrowed(pane));
    left
}

/// Which clusters are shown, where these are not all, and what the signs mean.
fn right(fleet: &Fleet, shown: &std::ops::Range<usize>, ascii: bool) -> Vec<Piece> {
    let signs = format!(" ! unwell  ~ rolling  {} other image ", other(ascii));
    let mut out = vec![piece(Role::Dim, signs)];
    if shown.len() < fleet.members.len() {
        let words = format!(" {}-{} of {} clusters ", shown.start + 1, shown.end, fleet.members.len());
        out.insert(0, piece(Role::Accent, words));
    }
    out
}

fn other(ascii: bool) -> &'static str {
    if ascii { "#" } else { "≠" }
}

/// How current a cluster is, as far as there is room: the word `live` is said of none that is not.
fn head(age: &Freshness) -> String {
    age.words.trim_end_matches(", reconnecting").trim_end_matches(", trying again").to_owned()
}

fn name(line: &Line, many: bool) -> String {
    if many { format!("{}/{}", line.namespace, line.name) } else { line.name.clone() }
}

/// What there is to say of a line: in a word, or of which clusters too.
fn findings(line: &Line, fleet: &Fleet, roomy: bool) -> (String, Role) {
    let Some(first) = line.findings.first() else { return ("ok".to_owned(), Role::Dim) };
    let role = match first.what {
        What::Failing | What::Missing => Role::ToneBad,
        What::Images | What::Unwell | What::Off => Role::ToneWarn,
        What::Rolling => Role::ToneBusy,
    };
    if !roomy {
        let more = line.findings.len() - 1;
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        return (format!("{}{more}", first.what.word()), role);
    }
    let said = line.findings.iter().map(|finding| {
        let places: Vec<&str> =
            finding.places.iter().map(|place| fleet.members[*place].context.as_str()).collect();
        format!("{} in {}", finding.what.word(), places.join(","))
    });
    (said.collect::<Vec<_>>().join("; "), role)
}

fn cell(here: &Here, layout: &Layout, ascii: bool) -> Vec<Piece> {
    let part = match here {
        Here::Is(part) => part,
        Here::Missing => return vec![piece(Role::ToneBad, " missing")],
        Here::Unread => return vec![piece(Role::Dim, " ?")],
    };
    let (sign, role) = match part.health {
        Health::Fault => ("!", Role::ToneBad),
        Health::Warning => ("!", Role::ToneWarn),
        Health::Progressing => ("~", Role::ToneBusy),
        Health::Ok => (" ", Role::Text),
        Health::Idle => (" ", Role::Dim),
    };
    let share = share(part);
    let (mark, marked) = if part.differs { (other(ascii), Role::ToneWarn) } else { (" ", Role::Text) };
    // The sign, a blank, the mark, a blank: what is left is the tag's.
    let room = usize::from(layout.cell).saturating_sub(4 + layout.ready + layout.revision);
    let tag = grid::cut(&part.tag, room as u16);
    let blanks = " ".repeat(room.saturating_sub(tag.width()));
    vec![
        piece(role, format!("{sign}{share:<width$} ", width = layout.ready)),
        piece(marked, format!("{mark}{tag}{blanks} ")),
        piece(Role::Dim, format!("{:>width$}", revision(part), width = layout.revision)),
    ]
}

fn share(part: &Part) -> String {
    format!("{}/{}", part.ready, part.desired)
}

fn revision(part: &Part) -> String {
    if part.revision == 0 { String::new() } else { format!("r{}", part.revision) }
}

/// Widths by what is in view: the clusters are as narrow as they must be to stand there all, but no narrower than can be read.
fn layout(lines: &[Line], fleet: &Fleet, many: bool, width: u16) -> Layout {
    let clusters = fleet.members.len().max(1) as u16;
    let widest = |text: &dyn Fn(&Line) -> usize| lines.iter().map(text).max().unwrap_or(0) as u16;
    let parts = || {
        lines.iter().flat_map(|line| &line.cells).filter_map(|here| match here {
            Here::Is(part) => Some(part),
            Here::Missing | Here::Unread => None,
        })
    };
    let longest = |text: &dyn Fn(&Part) -> usize| parts().map(text).max().unwrap_or(0);
    let roomy = width >= ROOMY;
    let (most_name, most_what) = if roomy { (48, 48) } else { (28, 13) };
    let wanted_name = widest(&|line| name(line, many).width()).clamp(4, most_name);
    let what = widest(&|line| findings(line, fleet, roomy).0.width()).clamp(4, most_what);
    let (ready, revision) = (longest(&|part| share(part).width()), longest(&|part| revision(part).width()));
    let heads = fleet.members.iter().map(|member| member.context.width()).max().unwrap_or(0);
    let wanted = (4 + ready + revision + longest(&|part| part.tag.width())).max(heads) as u16;
    let wanted = wanted.clamp(LEAST, MOST);
    let room = |name: u16| width.saturating_sub(GUTTER + name + 1 + what + 1);
    // Names give way first, to a point.
    let least_name = wanted_name.min(16);
    let mut name = wanted_name;
    while name > least_name && room(name) + 1 < clusters * (LEAST.max(wanted.min(20)) + 1) {
        name -= 1;
    }
    let each = (room(name) + 1) / clusters;
    let cell = each.saturating_sub(1).clamp(LEAST, wanted);
    let fit = usize::from(((room(name) + 1) / (cell + 1)).max(1));
    Layout { name, what, cell, fit, ready, revision }
}

/// Why there is no line.
fn empty(sides: &Sides, fleet: &Fleet, ages: &[Freshness]) -> String {
    match sides.counts() {
        (0, _) if ages.iter().any(|age| age.synced) => {
            format!("no deployments in {} of {}", fleet.scope_words(), fleet.contexts())
        }
        (0, _) => "no cluster has been read yet".to_owned(),
        _ if sides.only => "nothing differs, and nothing is unwell".to_owned(),
        _ => "nothing matches; Esc clears the filter".to_owned(),
    }
}
