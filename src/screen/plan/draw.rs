//! Draws the plan: where, what, current -> new, what follows, what is not known, the dry run, and how to confirm.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{DryRun, PlanScreen, QUARANTINE};
use crate::action::Action;
use crate::gate::{self, Asks};
use crate::model::resource::Resource;
use crate::model::secret;
use crate::model::text::clean;
use crate::release::Target;
use crate::release::plan::{Level, Line, Order, Plan};
use crate::screen::Drawn;
use crate::state::{Now, State};
use crate::theme::Role;
use crate::widget::chrome::{self, Piece, ends, line, piece, wrap};

/// Cells of the labels on the left.
const LABEL: usize = 16;

/// Lines of text that fit into an area of this height: all but the title and the line that asks.
pub fn height(area_height: u16) -> usize {
    usize::from(area_height.saturating_sub(2))
}

/// The text of the screen in lines of the given width.
pub fn lines(screen: &PlanScreen, state: &State, width: u16) -> Vec<Vec<Piece>> {
    let mut out = Vec::new();
    if !screen.note.is_empty() {
        labelled(&mut out, width, "", Role::NoticeWarn, &screen.note);
    }
    place(&mut out, screen, state, width);
    journal(&mut out, state, width);
    out.push(Vec::new());
    match &screen.plan {
        None => waiting(&mut out, screen, width),
        Some(Err(why)) => labelled(&mut out, width, "no plan", Role::ToneBad, why),
        Some(Ok(plan)) => {
            for line in &plan.lines {
                fact(&mut out, line, width);
            }
            if !plan.lines.is_empty() {
                out.push(Vec::new());
            }
            let smoked = super::smoke::lines(screen);
            if !smoked.is_empty() {
                out.extend(smoked);
                out.push(Vec::new());
            }
            for words in state.ground(screen.by).demand(plan).words() {
                labelled(&mut out, width, "policy", Role::ToneWarn, &words);
            }
            let role = dry_run_role(&screen.dry_run);
            labelled(&mut out, width, "dry run", role, &screen.dry_run.words());
            for line in screen.answers.iter().flat_map(|(_, lines)| lines) {
                fact(&mut out, line, width);
            }
            if !screen.answers.is_empty() {
                out.push(Vec::new());
            }
            for command in &plan.kubectl {
                labelled(&mut out, width, "kubectl", Role::Text, command);
            }
            if !screen.reason.is_empty() {
                labelled(&mut out, width, "reason", Role::Text, &screen.reason);
            }
            if screen.requests {
                requests(&mut out, plan, width);
            }
        }
    }
    out
}

fn dry_run_role(dry_run: &DryRun) -> Role {
    match dry_run {
        DryRun::Accepted { .. } => Role::ToneGood,
        DryRun::Refused(_) | DryRun::Barred(_) | DryRun::Unknown(_) => Role::ToneBad,
        DryRun::NotYet | DryRun::Unwanted | DryRun::Waiting { .. } => Role::Dim,
    }
}

fn place(out: &mut Vec<Vec<Piece>>, screen: &PlanScreen, state: &State, width: u16) {
    let policy = state.settings.policy;
    let protected = if policy.protected { " (protected)" } else { "" };
    labelled(out, width, "context", Role::BarContext, &format!("{}{protected}", state.session.place.context));
    if let [only] = screen.parts.as_slice() {
        let namespace =
            if only.target.namespace.is_empty() { "(cluster-wide)" } else { only.target.namespace.as_str() };
        labelled(out, width, "namespace", Role::BarContext, namespace);
        let uid = only.target.uid.to_string();
        let shown = if width >= 100 { uid.as_str() } else { uid.get(..8).unwrap_or(&uid) };
        let uid = if only.target.is_bound() { format!("uid {shown}") } else { "new".to_owned() };
        labelled(out, width, "object", Role::Text, &format!("{}  {uid}", only.target));
    }
    let mut targets: Vec<&Target> = Vec::new();
    for part in &screen.parts {
        if !targets.contains(&&part.target) {
            targets.push(&part.target);
        }
    }
    let names = (screen.parts.len() > 1).then(|| several(out, &targets, width));
    if let Some(hidden) = screen.hidden {
        let objects = match targets.len() {
            1 => "it is marked".to_owned(),
            count => format!("{count} objects"),
        };
        let of = match (targets.len(), hidden.count) {
            (1, _) => "and".to_owned(),
            (all, count) if all == count => "all".to_owned(),
            (_, count) => format!("{count} of them"),
        };
        let by = if hidden.filtered { "by the filter" } else { "by the table just now" };
        let words = format!("{objects}, {of} not shown {by}");
        labelled(out, width, "objects", Role::ToneWarn, &words);
    }
    let Some(names) = names else { return };
    match (targets.len(), screen.hidden) {
        (1, _) => labelled(out, width, "object", Role::Text, &names),
        (count, None) => labelled(out, width, "objects", Role::Text, &format!("{count} objects: {names}")),
        (_, Some(_)) => labelled(out, width, "", Role::Text, &names),
    }
}

/// Where several changes are made; the names of their objects, with the namespace of each unless all have the same.
fn several(out: &mut Vec<Vec<Piece>>, targets: &[&Target], width: u16) -> String {
    let first = targets.first().map_or("", |target| target.namespace.as_str());
    let common = targets.iter().all(|target| target.namespace == first);
    if common {
        labelled(
            out,
            width,
            "namespace",
            Role::BarContext,
            if first.is_empty() { "(cluster-wide)" } else { first },
        );
    }
    let name = |target: &&Target| match target.namespace.as_str() {
        namespace if !common && !namespace.is_empty() => format!("{target} in {namespace}"),
        _ => target.to_string(),
    };
    targets.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What a journal that cannot be written means for this plan.
fn journal(out: &mut Vec<Vec<Piece>>, state: &State, width: u16) {
    let barred = state.settings.policy.no_journal;
    let Some(why) = &state.settings.journal_trouble else { return };
    let (role, then) = if barred {
        (Role::ToneBad, "nothing can be sent")
    } else {
        (Role::ToneWarn, "this change is not kept")
    };
    labelled(out, width, "journal", role, &format!("cannot be written ({why}): {then}"));
}

fn waiting(out: &mut Vec<Vec<Piece>>, screen: &PlanScreen, width: u16) {
    let missing = screen.parts.iter().filter(|part| part.gathered.is_none()).count();
    let words = format!("reading {missing} of {} as they are now…", screen.parts.len());
    labelled(out, width, "", Role::ModeLoading, &words);
}

fn fact(out: &mut Vec<Vec<Piece>>, fact: &Line, width: u16) {
    match fact {
        Line::Change { what, from, to } => {
            let what = format!("{what:<LABEL$}");
            let pieces = vec![
                piece(Role::Dim, format!("   {what} ")),
                piece(Role::Text, from.clone()),
                piece(Role::Dim, " -> "),
                piece(Role::Accent, to.clone()),
            ];
            if chrome::width(&pieces) <= width {
                out.push(pieces);
            } else {
                labelled(out, width, what.trim_end(), Role::Text, from);
                labelled(out, width, "", Role::Accent, &format!("-> {to}"));
            }
        }
        Line::Effect { what, words } => labelled(out, width, what, Role::Text, words),
        Line::Warning { what, words } => labelled(out, width, what, Role::ToneWarn, &format!("! {words}")),
        Line::Unknown { what, why } => {
            labelled(out, width, what, Role::Dim, &format!("not looked at: {why}"));
        }
        Line::Object { words } => {
            if out.last().is_some_and(|line| !line.is_empty()) {
                out.push(Vec::new());
            }
            out.extend(
                wrap(words, width.saturating_sub(3))
                    .into_iter()
                    .map(|part| vec![piece(Role::TitleFocused, format!("   {part}"))]),
            );
        }
        Line::Diff(diff) => {
            let role = match diff.sign {
                '+' => Role::ToneGood,
                '-' => Role::ToneBad,
                _ => Role::Dim,
            };
            let whole = vec![piece(role, format!("   {} {}", diff.sign, diff.text))];
            if chrome::width(&whole) <= width {
                out.push(whole);
            } else {
                for (at, part) in wrap(&diff.text, width.saturating_sub(5)).into_iter().enumerate() {
                    let sign = if at == 0 { diff.sign } else { ' ' };
                    out.push(vec![piece(role, format!("   {sign} {part}"))]);
                }
            }
        }
    }
}

fn requests(out: &mut Vec<Vec<Piece>>, plan: &Plan, width: u16) {
    for step in &plan.steps {
        out.push(Vec::new());
        let request = &step.request;
        let head = format!("{} {}", request.method.word(), request.uri());
        labelled(out, width, "request", Role::Text, &head);
        labelled(out, width, "", Role::Dim, request.content.media_type());
        // What a Secret holds or held is on no screen that nobody asked it for.
        let secret = step.target.resource == Resource::SECRETS;
        let shown = if secret { secret::shown(&request.body) } else { request.body.clone() };
        let body = serde_json::to_string_pretty(&shown).unwrap_or_default();
        for text in body.lines() {
            out.push(vec![piece(Role::Dim, format!("   {} {}", " ".repeat(LABEL), clean(text)))]);
        }
    }
}

/// A label on the left, text beside it, over as many lines as it needs. What is too long for both stands below its label.
fn labelled(out: &mut Vec<Vec<Piece>>, width: u16, label: &str, role: Role, text: &str) {
    let mut label = label;
    let whole = [piece(Role::Dim, format!("   {label:<LABEL$} ")), piece(role, text.to_owned())];
    if label.chars().count() > LABEL && chrome::width(&whole) > width {
        let parts = wrap(label, width.saturating_sub(3));
        out.extend(parts.into_iter().map(|part| vec![piece(Role::Dim, format!("   {part}"))]));
        label = "";
    }
    // A label that is too long has its text beside it in one line.
    let beside = width.saturating_sub(LABEL as u16 + 5).max(8);
    let room = if label.chars().count() > LABEL { width } else { beside };
    for (at, part) in wrap(text, room).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        out.push(vec![piece(Role::Dim, format!("   {label:<LABEL$} ")), piece(role, part)]);
    }
}

/// How much is at stake, in words.
pub fn level(level: Level) -> Piece {
    match level {
        Level::Reversible => piece(Role::ToneGood, "reversible "),
        Level::Lasting => piece(Role::ToneWarn, "cannot be taken away again "),
        Level::Traffic => piece(Role::ToneWarn, "affects traffic "),
        Level::Destructive => piece(Role::ToneBad, "destructive "),
    }
}

/// Draws the screen.
pub fn draw(
    screen: &PlanScreen,
    state: &State,
    now: Now,
    area: Rect,
    drawn: &mut Drawn,
    buffer: &mut Buffer,
) {
    if area.height == 0 {
        return;
    }
    let theme = state.theme();
    let level = screen.ready().map(|plan| level(plan.level));
    let title = [piece(Role::TitleFocused, " PLAN  "), piece(Role::Text, screen.title())];
    ends(Rect { height: 1, ..area }, &title, level.as_slice(), theme, buffer);
    let all = lines(screen, state, area.width);
    let rows = height(area.height);
    for (row, pieces) in all.iter().skip(screen.scroll.top).take(rows).enumerate() {
        let place = Rect { y: area.y + 1 + row as u16, height: 1, ..area };
        line(place, pieces, theme, buffer);
    }
    if area.height >= 2 {
        let place = Rect { y: area.bottom() - 1, height: 1, ..area };
        let more = all.len().saturating_sub(screen.scroll.top + rows);
        let mut right = Vec::new();
        if more > 0 {
            // What the dry run said may be among them.
            if screen.ready().is_some() {
                let words = format!("dry run {}  ", screen.dry_run.word());
                right.push(piece(dry_run_role(&screen.dry_run), words));
            }
            let words =
                if more == 1 { "1 more line below ".to_owned() } else { format!("{more} more lines below ") };
            right.push(piece(Role::NoticeWarn, words));
        }
        ends(place, &question(screen, state, now), &right, theme, buffer);
    }
    if screen.plan.is_some() {
        let due = screen.drawn.unwrap_or(now.mono) + QUARANTINE;
        drawn.wake_at((due > now.mono).then_some(due));
    }
}

/// What confirms it, in words.
fn question(screen: &PlanScreen, state: &State, now: Now) -> Vec<Piece> {
    let Some(plan) = screen.ready() else { return vec![piece(Role::Dim, " nothing has been sent")] };
    if gate::writable(state.ground(screen.by), plan).is_err() {
        return vec![piece(Role::ToneBad, " nothing can be sent")];
    }
    let wants_reason = state.ground(screen.by).demand(plan).reason.is_some() && screen.reason.is_empty();
    if screen.is_read_anew() {
        return vec![piece(Role::ModeLoading, " it changed and is read anew")];
    }
    let contexts = state.context().stack();
    let key = |action: Action| {
        state
            .keymap()
            .keys_for(action, contexts)
            .into_iter()
            .next()
            .unwrap_or_else(|| action.info().name.to_owned())
    };
    let word = match plan.steps.as_slice() {
        [only] => only.change.word().trim_end_matches(" of"),
        _ if plan.order == Order::AtOnce => &plan.title,
        _ => "begin",
    };
    let yes = |role: Role| {
        vec![piece(Role::Key, format!(" {}", key(Action::Confirm))), piece(role, format!(" {word}"))]
    };
    let shown = screen.drawn.is_some_and(|since| now.mono >= since + QUARANTINE);
    match screen.asks(state.ground(screen.by)) {
        Some(_) if wants_reason => vec![
            piece(Role::Key, format!(" {}", key(Action::Reason))),
            piece(Role::ToneWarn, " say why first"),
        ],
        Some(Asks::Word(word)) if screen.word != word => vec![
            piece(Role::Key, format!(" {}", key(Action::Confirm))),
            piece(Role::ToneBad, format!(" type {word} to confirm")),
        ],
        Some(Asks::KeyAfterDryRun | Asks::Word(_)) if !screen.is_rehearsed() => {
            vec![piece(Role::Dim, " waiting for the dry run")]
        }
        Some(_) if !shown => yes(Role::Dim),
        Some(_) => yes(Role::Text),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::Resource;
    use crate::model::uid::Uid;

    fn texts(out: &[Vec<Piece>]) -> Vec<String> {
        let text = |line: &Vec<Piece>| line.iter().map(|piece| piece.text.as_str()).collect::<String>();
        out.iter().map(|line| text(line).trim_end().to_owned()).collect()
    }

    fn drawn(fact_of: &Line, width: u16) -> Vec<String> {
        let mut out = Vec::new();
        fact(&mut out, fact_of, width);
        assert!(out.iter().all(|line| chrome::width(line) <= width), "{:?}", texts(&out));
        texts(&out)
    }

    #[test]
    fn both_values_of_a_change_can_be_read_at_any_width() {
        let what = "metadata.annotations[kubernetes.io/change-cause]";
        let from = "1.9.1: reads the quote of the day from another service";
        let to = "1.9.2: no quote";
        let line = Line::change(what, from, to);
        assert_eq!(drawn(&line, 200), [format!("   {what} {from} -> {to}")]);
        let indent = " ".repeat(LABEL + 4);
        assert_eq!(
            drawn(&line, 80),
            [format!("   {what}"), format!("{indent}{from}"), format!("{indent}-> {to}"),]
        );
        let narrow = drawn(&line, 40).join(" ");
        let words = narrow.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.ends_with(&format!("{from} -> {to}")), "{words}");
        assert_eq!(
            drawn(
                &Line::change("image", "registry.example.io/shop/web:v1", "registry.example.io/shop/web:v2"),
                70
            ),
            [
                "   image            registry.example.io/shop/web:v1".to_owned(),
                format!("{indent}-> registry.example.io/shop/web:v2"),
            ]
        );
        let long = "word ".repeat(30);
        let diff = Line::Diff(crate::release::plan::DiffLine { sign: '+', text: long.clone() });
        assert_eq!(drawn(&diff, 80).join(" ").matches("word").count(), 30);
        let service = Line::effect("service a-name-that-is-long", long);
        assert_eq!(drawn(&service, 80).join(" ").matches("word").count(), 30);
    }

    #[test]
    fn several_objects_are_named_with_where_they_are() {
        let target = |namespace: &str, name: &str| Target {
            resource: Resource::DEPLOYMENTS,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: Uid::new(name),
        };
        let (one, two, far) = (target("shop", "web"), target("shop", "canary"), target("far", "web"));
        let mut out = Vec::new();
        assert_eq!(several(&mut out, &[&one, &two], 80), "deployment/web, deployment/canary");
        assert_eq!(texts(&out), ["   namespace        shop"]);
        let mut out = Vec::new();
        let names = several(&mut out, &[&one, &far], 80);
        assert_eq!((names.as_str(), out.len()), ("deployment/web in shop, deployment/web in far", 0));
    }
}
