//! The top line (where am I, how old is the data) and the bottom line (what can I do here). The same place on every
//! screen.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::overlay::Overlay;
use super::{Drawn, Prompt, Screen};
use crate::action::{Access, Action};
use crate::gate::Mode;
use crate::keymap::key::show_sequence;
use crate::keymap::words::words;
use crate::model::record::Kind;
use crate::model::units;
use crate::state::notices::Severity;
use crate::state::{Now, State};
use crate::theme::{Role, is_readable};
use crate::widget::chrome::{self, Piece, piece};
use crate::widget::grid::cut;

/// Draws both lines.
pub fn draw(state: &State, now: Now, drawn: &mut Drawn, buffer: &mut Buffer) {
    let area = buffer.area;
    let full = state.logs_fill_the_screen();
    if area.height >= 3 && !full {
        top(state, now, Rect { height: 1, ..area }, drawn, buffer);
    }
    // What is typed or said is shown in any case.
    let said =
        state.prompt.is_some() || !state.pending.is_empty() || state.notices.current(now.mono).is_some();
    if area.height >= 2 && (!full || said) {
        bottom(state, now, Rect { y: area.bottom() - 1, height: 1, ..area }, drawn, buffer);
    }
}

/// The words that are on every screen, where there is no top line: where one is, and what may be done.
pub fn place(state: &State) -> Vec<Piece> {
    let session = &state.session;
    let mut out = vec![
        piece(Role::BarContext, format!(" {}", session.place.context)),
        piece(Role::Bar, " / "),
        piece(Role::BarContext, session.scope_words()),
    ];
    for (shown, role, word) in [
        (session.place.demo, Role::ModeDemo, "DEMO"),
        (state.settings.policy.mode == Mode::ReadOnly, Role::ModeReadonly, READ_ONLY),
        (state.settings.policy.protected, Role::ModeProtected, "PROTECTED"),
    ] {
        if shown {
            out.push(piece(Role::Bar, "  "));
            out.push(piece(role, word));
        }
    }
    out
}

/// The role of the rules of a pane: in a protected context they have a colour of their own.
pub fn border(state: &State, focused: bool) -> Role {
    match focused {
        _ if state.settings.policy.protected => Role::BorderProtected,
        true => Role::BorderFocused,
        false => Role::Border,
    }
}

/// The role of the rules around what stands over the screen.
pub fn dialog_border(state: &State) -> Role {
    if state.settings.policy.protected { Role::BorderProtected } else { Role::DialogBorder }
}

/// What says on every screen that nothing can be changed.
pub const READ_ONLY: &str = "READ-ONLY";

/// Makes sure that the word for read-only is in the first line, whatever was drawn there and however small the screen is. It is
/// the last to be drawn.
pub fn seal(state: &State, buffer: &mut Buffer) {
    let area = buffer.area;
    if state.settings.policy.mode != Mode::ReadOnly || area.height == 0 {
        return;
    }
    let row = usize::from(area.width);
    let first = &buffer.content[..row];
    let told = |cells: &[Cell]| {
        let same = cells.iter().zip(READ_ONLY.chars()).all(|(cell, c)| cell.symbol().chars().eq([c]));
        same && cells.iter().all(|cell| is_readable(cell.style()))
    };
    if first.windows(READ_ONLY.len()).any(told) {
        return;
    }
    let width = area.width.min(READ_ONLY.len() as u16);
    let place = Rect { x: area.right() - width, height: 1, width, ..area };
    chrome::fill(place, Role::Bar, state.theme(), buffer);
    chrome::line(
        place,
        &[piece(Role::ModeReadonly, &READ_ONLY[..usize::from(width)])],
        state.theme(),
        buffer,
    );
}

fn top(state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let session = &state.session;
    let (context, scope) = match state.fleet() {
        Some(fleet) => (fleet.contexts(), fleet.scope_words()),
        None => (session.place.context.clone(), session.scope_words()),
    };
    let protected = state.settings.policy.protected;
    let bar = if protected { Role::BarProtected } else { Role::Bar };
    let name = if protected { Role::BarProtected } else { Role::BarContext };
    chrome::fill(area, bar, state.theme(), buffer);
    let mut left = vec![piece(name, format!(" {context}")), piece(bar, " / "), piece(name, scope)];
    for (key, value) in &state.home.pins {
        left.push(piece(Role::Match, format!("  [{key}={value}]")));
    }
    if !state.home.linked && state.stack.is_empty() {
        left.push(piece(Role::Dim, "  unlinked"));
    }
    let mut right = Vec::new();
    for (shown, role, word) in [
        (session.place.demo, Role::ModeDemo, "DEMO"),
        (state.settings.policy.mode == Mode::ReadOnly, Role::ModeReadonly, READ_ONLY),
        (protected, Role::ModeProtected, "PROTECTED"),
    ] {
        if shown {
            right.extend([piece(role, word), piece(bar, "  ")]);
        }
    }
    // They are of the session's own cluster.
    if area.width >= 100 && state.fleet().is_none() {
        right.extend(totals(state));
    }
    let freshness = state.overall_freshness(now);
    drawn.wake_at(freshness.turns);
    // Where one is must stay readable, whatever has gone wrong.
    let taken = chrome::width(&left[..3]) + chrome::width(&right) + 3;
    let room = area.width.saturating_sub(taken).max(12);
    right.push(piece(freshness.role(), cut(&freshness.words, room)));
    right.push(piece(bar, " "));
    chrome::ends(area, &left, &right, state.theme(), buffer);
}

fn totals(state: &State) -> Vec<Piece> {
    let count = |kind: Kind| {
        let rows = state.cache.table(kind).len();
        // Nought is a claim; what was never read is no nought.
        let known = rows > 0 || state.statuses.get(&kind).is_some_and(|status| status.has_been_live());
        if known { units::count(rows as u64) } else { "?".to_owned() }
    };
    vec![piece(
        Role::Dim,
        format!(
            "pods {}  deploys {}  svcs {}  ",
            count(Kind::Pod),
            count(Kind::Deployment),
            count(Kind::Service)
        ),
    )]
}

fn bottom(state: &State, now: Now, area: Rect, drawn: &mut Drawn, buffer: &mut Buffer) {
    let theme = state.theme();
    if let Some(prompt) = &state.prompt {
        let (sign, error) = match prompt {
            Prompt::Filter(_) => ("/".to_owned(), state.filter_error()),
            Prompt::Search(_) => ("search /".to_owned(), state.search_error().map(str::to_owned)),
            Prompt::Ask(ask) => (ask.prompt(), ask.hint().err()),
            Prompt::Manifest(_) => ("apply: ".to_owned(), None),
            Prompt::Log(ask) => {
                let hint = ask.hint(now.unix, &state.settings.zone);
                (ask.prompt().to_owned(), state.search_error().map(str::to_owned).or(hint.err()))
            }
            Prompt::Reach(ask) => (ask.prompt(), ask.hint().err()),
            Prompt::Save(ask) => (format!("save {} rows to: ", ask.rows), None),
            Prompt::Handover(ask) => (ask.prompt().to_owned(), ask.refused.clone()),
            Prompt::Reason(_) => ("reason: ".to_owned(), None),
            Prompt::Word(_) => match state.asked_word() {
                Some(word) => (format!("type {word} to confirm: "), None),
                None => (String::new(), None),
            },
        };
        let role = if error.is_some() { Role::InputError } else { Role::Input };
        // What is typed is seen, then why it means nothing, then what is asked; the hint comes last.
        let typed = 1 + prompt.line().text().width() + 1;
        let wanted = error.as_ref().map_or(0, |error| error.width() + 2);
        let room = usize::from(area.width).saturating_sub(typed);
        let sign = shortened(sign, room.saturating_sub(wanted).max(room.min(SHORTEST)));
        // What a filter says up to the place where it stops making sense is fine.
        let text = prompt.line().text();
        let at = if matches!(prompt, Prompt::Filter(_)) { state.filter_error_at() } else { 0 };
        let (fine, odd) = text.split_at_checked(at).unwrap_or(("", text));
        let pieces =
            [piece(Role::InputPrompt, format!(" {sign}")), piece(Role::Input, fine), piece(role, odd)];
        let right = match error {
            Some(error) => vec![piece(Role::InputError, format!("{error} "))],
            None if matches!(prompt, Prompt::Filter(_)) && area.width >= 100 => vec![piece(
                Role::Dim,
                "words  ~fuzzy  /regex/  and or not ( )  status=Running  age<2h   Enter keeps, Esc clears ",
            )],
            None if let Prompt::Ask(ask) = prompt => {
                vec![piece(Role::Dim, format!("{} ", ask.hint().unwrap_or_default()))]
            }
            None if let Prompt::Reach(ask) = prompt => {
                vec![piece(Role::Dim, format!("{} ", ask.hint().unwrap_or_default()))]
            }
            None if let Prompt::Manifest(ask) = prompt => {
                vec![piece(Role::Dim, format!("{} ", ask.hint()))]
            }
            None if let Prompt::Log(ask) = prompt => {
                let hint = ask.hint(now.unix, &state.settings.zone).unwrap_or_default();
                vec![piece(Role::Dim, format!("{hint} "))]
            }
            None if matches!(prompt, Prompt::Word(_)) => {
                vec![piece(Role::Dim, "typed, not pasted; Enter takes it and sends nothing ")]
            }
            None if matches!(prompt, Prompt::Save(_) | Prompt::Handover(_)) => {
                vec![piece(Role::Dim, "Enter writes it, Esc does not ")]
            }
            None if matches!(prompt, Prompt::Reason(_)) => {
                vec![piece(Role::Dim, "Enter takes it and sends nothing, Esc leaves it ")]
            }
            None => vec![piece(Role::Dim, "Enter keeps, Esc clears ")],
        };
        let room = room.saturating_sub(sign.width());
        let right = match right.first() {
            Some(hint) if role == Role::Input && hint.text.width() > room => Vec::new(),
            Some(error) if role == Role::InputError => {
                vec![piece(Role::InputError, shortened(error.text.clone(), room))]
            }
            _ => right,
        };
        chrome::ends(area, &pieces, &right, theme, buffer);
        let before = 1 + sign.width() + prompt.line().before_cursor().width();
        drawn.cursor = Some(((area.x + before as u16).min(area.right() - 1), area.y));
        return;
    }
    if !state.pending.is_empty() {
        let keys = [piece(Role::Key, format!(" {} …", show_sequence(&state.pending)))];
        chrome::line(area, &keys, theme, buffer);
        return;
    }
    if let Some(notice) = state.notices.current(now.mono) {
        let role = match notice.severity {
            Severity::Info => Role::NoticeInfo,
            Severity::Warning => Role::NoticeWarn,
            Severity::Error => Role::NoticeError,
        };
        chrome::line(area, &[piece(role, format!(" {}", notice.text))], theme, buffer);
        return;
    }
    hints(state, area, buffer);
}

/// The fewest cells of a question.
const SHORTEST: usize = 12;

/// A text of at most so many cells: its beginning, and the blank or colon at its end.
fn shortened(text: String, room: usize) -> String {
    if text.width() <= room {
        return text;
    }
    let end = if text.ends_with(": ") { "…: " } else { "…" };
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + c.width().unwrap_or(0) + end.width() > room {
            break;
        }
        out.push(c);
    }
    out.push_str(end);
    out
}

/// The change that is on its way, if one is.
fn running(state: &State) -> Vec<Piece> {
    let mut running = state.changes.running();
    let Some(first) = running.next_back() else { return Vec::new() };
    let more = match running.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    // Beside it the most important keys still have room.
    let room = (state.size.0 * 3 / 5).max(40);
    vec![piece(Role::ToneBusy, format!(" {}{more} ", first.line_within(room)))]
}

/// The keys that matter most here; as many as fit, `?` always.
fn hints(state: &State, area: Rect, buffer: &mut Buffer) {
    let contexts = state.context().stack();
    let key_of = |action: Action| state.keymap().keys_for(action, contexts).into_iter().next();
    // What a rule or the user's rights forbid stays in its place, and is greyed.
    let hint = |action: Action| -> Option<[Piece; 2]> {
        let key = key_of(action)?;
        let off = state.overlay.is_none() && state.forbidden(action).is_some();
        let (sign, said) = if off { (Role::KeyOff, Role::KeyOff) } else { (Role::Key, Role::KeyHint) };
        Some([piece(sign, format!(" {key}")), piece(said, format!(" {} ", label(state, action)))])
    };
    // What lies over a screen is left before help is asked for.
    let help = if state.overlay.is_none() { hint(Action::Help) } else { None };
    let help: Vec<Piece> = help.into_iter().flatten().collect();
    let room = area.width.saturating_sub(chrome::width(&help));
    // The list of operations says it itself.
    let listed = matches!(state.stack.last(), Some(Screen::Operations(_)));
    let mut pieces: Vec<Piece> = if listed { Vec::new() } else { running(state) };
    // In read-only mode there is room for what works; the word in the top line says why the rest is not there.
    let forbidden = |action: &Action| {
        let shown = *action == Action::Reveal && state.settings.policy.reveals;
        state.settings.policy.mode == Mode::ReadOnly && action.info().access != Access::Look && !shown
    };
    // What lies over a screen is not about what is under its cursor.
    let fits = |action: &Action| state.overlay.is_some() || state.offers(*action);
    for action in offered(state).iter().filter(|action| !forbidden(action) && fits(action)) {
        let Some(next) = hint(*action) else { continue };
        if chrome::width(&pieces) + chrome::width(&next) > room {
            break;
        }
        pieces.extend(next);
    }
    pieces.extend(help);
    chrome::line(area, &pieces, state.theme(), buffer);
}

/// What a key is for here, in a word or two: where it goes back and forth, what it does next.
fn label(state: &State, action: Action) -> &'static str {
    match state.stack.last() {
        Some(Screen::Text(text)) if action == Action::Fold && !text.unfolded && state.overlay.is_none() => {
            "all"
        }
        _ => words(action, state.context().stack()).label,
    }
}

/// What the bottom line offers, most useful first.
fn offered(state: &State) -> &'static [Action] {
    use Action as A;
    match &state.overlay {
        Some(Overlay::Picker(_)) => return &[A::Open, A::Back],
        Some(Overlay::Columns(_)) => {
            return &[A::Mark, A::ColumnEarlier, A::ColumnLater, A::SortAdd, A::ColumnsDefault, A::Back];
        }
        Some(Overlay::Help(_) | Overlay::Messages(_)) => return &[A::Back, A::PageDown, A::Bottom],
        None => {}
    }
    if super::trouble::fills_the_screen(state) {
        return &[A::Retry, A::Contexts, A::Messages, A::Quit];
    }
    match state.stack.last() {
        None => &[
            A::Open,
            A::Scale,
            A::SetImage,
            A::Release,
            A::Undo,
            A::SwitchService,
            A::Logs,
            A::Describe,
            A::Triage,
            A::Filter,
            A::Palette,
            A::Yaml,
            A::Why,
            A::FaultsOnly,
            A::Zoom,
            A::Exec,
            A::Forward,
            A::Relations,
            A::Endpoint,
            A::FocusNext,
            A::Wide,
            A::Mark,
            A::Namespaces,
            A::Quit,
        ],
        Some(Screen::Table(pane)) if pane.sides().is_some() => {
            &[A::Back, A::Open, A::FaultsOnly, A::Filter, A::Palette, A::CopyName]
        }
        Some(Screen::Table(pane)) if pane.fleet.is_some() => {
            &[A::Back, A::Open, A::Logs, A::Yaml, A::Filter, A::Palette, A::FaultsOnly, A::SortNext, A::Wide]
        }
        Some(Screen::Table(_)) => &[
            A::Back,
            A::Open,
            A::Logs,
            A::Describe,
            A::Yaml,
            A::Why,
            A::Relations,
            A::Filter,
            A::Palette,
            A::FaultsOnly,
            A::Release,
            A::Exec,
            A::Forward,
            A::Endpoint,
            A::SortNext,
            A::Wide,
            A::Mark,
        ],
        Some(Screen::Containers(_)) => {
            &[A::Back, A::Logs, A::PreviousLogs, A::Debug, A::Describe, A::Yaml, A::CopyName]
        }
        Some(Screen::Text(_)) => &[
            A::Back,
            A::Filter,
            A::Fold,
            A::SearchNext,
            A::SearchPrevious,
            A::Wrap,
            A::CopyLines,
            A::Reveal,
            A::Describe,
            A::Events,
            A::Yaml,
            A::Diff,
            A::RecentOfObject,
        ],
        Some(Screen::Journal(_)) => {
            &[A::Back, A::Open, A::Invert, A::Filter, A::StopFollowing, A::RingWhenDone]
        }
        Some(Screen::Explain(_)) => &[A::Back, A::Open, A::CopyName, A::PageDown],
        Some(Screen::Triage(_)) => &[
            A::Back,
            A::Open,
            A::Why,
            A::Logs,
            A::Bundle,
            A::Describe,
            A::Events,
            A::RecentOfObject,
            A::Filter,
            A::Release,
            A::Undo,
            A::Yaml,
            A::Namespaces,
            A::AllNamespaces,
            A::Palette,
        ],
        Some(Screen::Sheet(_)) => &[A::Back, A::Filter, A::SearchNext, A::CopyName, A::Retry],
        Some(Screen::Relations(_)) => &[A::Back, A::Open, A::Relations, A::CopyName, A::Retry],
        Some(Screen::Recent(_)) => {
            &[A::Back, A::Open, A::LookBackFurther, A::LookBackLess, A::Recent, A::Retry, A::CopyName]
        }
        Some(Screen::Why(_)) => &[
            A::Back,
            A::Open,
            A::Why,
            A::Bundle,
            A::Undo,
            A::Events,
            A::RecentOfObject,
            A::CopyName,
            A::Retry,
        ],
        Some(Screen::Forwards(_)) => &[A::Back, A::StopFollowing, A::CopyName],
        Some(Screen::Operations(_)) => &[A::Back, A::Open, A::StopFollowing, A::RingWhenDone, A::Invert],
        Some(Screen::Release(_)) => &[
            A::Back,
            A::Open,
            A::Undo,
            A::SetImage,
            A::TogglePause,
            A::Restart,
            A::Scale,
            A::Logs,
            A::Why,
            A::Mark,
            A::Yaml,
        ],
        Some(Screen::Canary(_)) => &[
            A::Back,
            A::Open,
            A::MoreShare,
            A::LessShare,
            A::SetShare,
            A::Promote,
            A::Abort,
            A::Invert,
            A::Logs,
            A::StableSide,
            A::Scale,
            A::SetImage,
            A::Yaml,
        ],
        Some(Screen::Plan(_)) => &[
            A::Back,
            A::SmokeCheck,
            A::ToggleForce,
            A::Cascade,
            A::ShowRequest,
            A::CopyName,
            A::Reason,
            A::RingWhenDone,
            A::PageDown,
        ],
        Some(Screen::Logs(_)) => &[
            A::Back,
            A::Follow,
            A::Filter,
            A::Keep,
            A::Exclude,
            A::AtLeast,
            A::Json,
            A::Since,
            A::Timestamps,
            A::Wrap,
            A::SaveShown,
            A::CopyLines,
            A::Fields,
            A::ChooseContainers,
            A::OpenPager,
            A::Zoom,
            A::Mark,
        ],
    }
}
