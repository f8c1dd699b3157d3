//! The log screen by itself: where one reads, what is shown, what is said.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::{Look, draw};
use super::take::Which;
use super::*;
use crate::config::Config;
use crate::model::log::{Batch, Containers, LogTarget, LogUpdate, Since, Source};
use crate::model::trouble::{Trouble, TroubleKind};
use crate::theme::{Depth, Theme};

const SIZE: (u16, u16) = (60, 11);

fn logs(kept: u32) -> Logs {
    let query = LogQuery {
        targets: vec![LogTarget::Labels { namespace: None, selector: "app=web".into() }],
        containers: Containers::All { init: false },
        previous: false,
        follow: true,
        since: None,
        tail: Some(10),
        most: 20,
    };
    let config = LogsConfig { lines: kept, ..Config::default().logs };
    let mut logs = Logs::new(1, query, "pods with app=web".into(), &config);
    logs.settle(SIZE);
    logs
}

fn join(logs: &mut Logs, id: SourceId, pod: &str) {
    let source = Source { namespace: "n".into(), pod: pod.into(), container: "app".into() };
    logs.on_update(LogUpdate::Joined(id, source));
}

fn push(logs: &mut Logs, id: SourceId, lines: impl IntoIterator<Item = String>) {
    let mut batch = Batch::new(id);
    for (second, line) in (1_000..).zip(lines) {
        batch.push(Some(second * 1_000_000_000), line.as_bytes());
    }
    logs.on_update(LogUpdate::Lines(batch));
}

fn numbered(logs: &mut Logs, lines: std::ops::Range<usize>) {
    push(logs, 0, lines.map(|n| format!("line {n}")));
}

/// The screen as text, and the first visible line below what is said above them.
fn screen(logs: &Logs) -> Vec<String> {
    let theme = Theme::built_in(Depth::Ansi16);
    let area = Rect { x: 0, y: 0, width: SIZE.0, height: SIZE.1 };
    let mut buffer = Buffer::empty(area);
    let look = Look { theme: &theme, zone: &TimeZone::UTC, more_key: Some("M"), before: &[] };
    draw(logs, area, look, &mut buffer);
    let rows = buffer.content.chunks(usize::from(SIZE.0));
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
        .collect()
}

#[test]
fn follows_until_one_reads_and_what_is_read_stays() {
    let mut logs = logs(1_000);
    numbered(&mut logs, 0..100);
    assert_eq!(screen(&logs)[10], "   line 99");
    assert!(screen(&logs)[0].ends_with("line 100/100, following"), "{:?}", screen(&logs));
    logs.act(Action::Up);
    assert_eq!(screen(&logs)[9], ">  line 98", "the cursor goes up, the page stays");
    numbered(&mut logs, 100..150);
    assert_eq!(screen(&logs)[9], ">  line 98", "lines that come move nothing");
    assert!(screen(&logs)[0].contains("line 99/150, paused"), "{:?}", screen(&logs));
    logs.act(Action::Bottom);
    assert_eq!(screen(&logs)[10], "   line 149");
    // Also what falls out moves nothing, as long as it is not what is read.
    logs.act(Action::PageUp);
    let before = screen(&logs)[1..].to_vec();
    numbered(&mut logs, 150..1_120);
    assert_eq!(screen(&logs)[1..], before);
    assert!(screen(&logs)[0].contains("120 older ones dropped"), "{:?}", screen(&logs));
    numbered(&mut logs, 1_120..2_000);
    assert_eq!(screen(&logs)[1], ">  line 1000", "what is read fell out: the oldest that is kept");
}

#[test]
fn what_is_hidden_is_counted_and_taken_back_one_by_one() {
    let mut logs = logs(1_000);
    numbered(&mut logs, 0..100);
    logs.typed(Part::Keep, "5");
    logs.typed(Part::Exclude, "/5$/");
    assert_eq!(screen(&logs)[2..6], ["   line 50", "   line 51", "   line 52", "   line 53"]);
    assert!(screen(&logs)[1].starts_with("   keep 5   not /5$/"), "{:?}", screen(&logs));
    assert!(screen(&logs)[1].ends_with("91 of 100 hidden"), "{:?}", screen(&logs));
    numbered(&mut logs, 500..502);
    assert_eq!(logs.view().len(), 11);
    logs.typed(Part::Keep, "/(/");
    assert!(logs.narrow.error.is_some());
    assert_eq!(logs.view().len(), 11, "what cannot be understood changes nothing");
    logs.act(Action::MoreContext);
    assert!(screen(&logs)[1].contains("1 line around"));
    logs.act(Action::LessContext);
    logs.show.full = true;
    let taken = logs.take_one_away();
    assert_eq!(taken.as_deref(), Some("taken away: not /5$/"));
    assert_eq!(logs.view().len(), 21);
    assert!(logs.take_one_away().is_some() && logs.view().hidden() == 0);
    assert!(logs.take_one_away().is_some() && !logs.show.full);
    assert!(logs.take_one_away().is_none());
}

#[test]
fn what_is_narrowed_to_older_lines_is_seen() {
    let mut logs = logs(1_000);
    numbered(&mut logs, 0..100);
    logs.act(Action::Up);
    logs.typed(Part::Keep, "/line [123]$/");
    let shown = screen(&logs);
    assert_eq!(shown[2..5], ["   line 1", "   line 2", ">  line 3"], "{shown:?}");
    logs.typed(Part::Keep, "");
    assert!(screen(&logs).contains(&">  line 98".to_owned()), "and back where it was: {:?}", screen(&logs));
}

#[test]
fn what_takes_long_is_worked_out_in_steps_and_keys_keep_their_order() {
    let mut logs = logs(50_000);
    numbered(&mut logs, 0..30_000);
    let before = screen(&logs);
    logs.typed(Part::Keep, "/[02468]$/");
    let shown = screen(&logs);
    assert!(shown[1].ends_with("looking through 30,000 lines"), "{shown:?}");
    assert_eq!(shown[2..], before[2..], "what was there is there until the new is");
    // A search, the match before the last, and one line up from it, faster than the lines can be looked through.
    logs.typed(Part::Search, "00");
    logs.find_first();
    logs.act(Action::SearchPrevious);
    logs.act(Action::Up);
    assert!(screen(&logs)[0].contains("looking for 00"), "{:?}", screen(&logs));
    assert_eq!((logs.hit, logs.follows()), (None, true));
    let mut steps = 0;
    while logs.work(2_000) {
        steps += 1;
    }
    assert!(steps > 5, "{steps}");
    let naive = (0..30_000_u64).filter(|n| n % 2 == 0 && n.to_string().contains("00")).collect::<Vec<_>>();
    let (number, of) = (naive[naive.len() - 2], naive.len());
    assert_eq!(logs.hit, Some((number, of - 1, of, false)));
    assert!(screen(&logs).contains(&format!(">  line {}", number - 2)), "{:?}", screen(&logs));
    assert!(screen(&logs)[1].ends_with("15,000 of 30,000 hidden"), "{:?}", screen(&logs));
    // What is saved has all that was asked for.
    logs.typed(Part::Keep, "7");
    logs.look_to_the_end();
    assert_eq!(logs.count_of(Which::Shown), (0..30_000).filter(|n| n.to_string().contains('7')).count());
}

#[test]
fn searches_both_ways_and_says_which_match_it_is() {
    let mut logs = logs(1_000);
    numbered(&mut logs, 0..100);
    logs.typed(Part::Search, "/7$/");
    logs.find_first();
    assert_eq!(logs.hit, Some((97, 10, 10, false)), "from the end the last one is the first");
    logs.act(Action::SearchPrevious);
    assert_eq!(logs.hit, Some((87, 9, 10, false)));
    assert!(screen(&logs).contains(&">  line 87".to_owned()), "{:?}", screen(&logs));
    for _ in 0..2 {
        logs.act(Action::SearchNext);
    }
    assert_eq!(logs.hit, Some((7, 1, 10, true)), "around the end");
    assert!(screen(&logs)[0].contains("match 1 of 10, from the other end"), "{:?}", screen(&logs));
    logs.typed(Part::Search, "nothing");
    logs.act(Action::SearchNext);
    assert!(screen(&logs)[0].contains("no match for nothing"));
}

#[test]
fn who_joins_and_leaves_is_said_between_the_lines() {
    let mut logs = logs(1_000);
    join(&mut logs, 0, "web-5c4-aaaaa");
    push(&mut logs, 0, ["one".to_owned()]);
    assert_eq!(
        screen(&logs)[1],
        "   one",
        "a single container has no name before its lines, and no announcement"
    );
    join(&mut logs, 1, "web-5c4-bbbbb");
    push(&mut logs, 1, ["two".to_owned()]);
    logs.on_update(LogUpdate::Streams { open: 2, of: 57 });
    logs.on_update(LogUpdate::Restarted(1, Some("exit code 137, OOMKilled".into())));
    logs.on_update(LogUpdate::Left(0, "the pod is gone".into()));
    assert_eq!(
        screen(&logs)[1..6],
        [
            "   aaaaa one",
            "   + web-5c4-bbbbb/app",
            "   bbbbb two",
            "   web-5c4-bbbbb/app restarted: exit code 137, OOMKilled",
            "   - web-5c4-aaaaa/app: the pod is gone"
        ]
    );
    logs.settle((200, 11));
    let words: String = words::title(&logs, Some("M")).into_iter().map(|piece| piece.text).collect();
    assert!(words.ends_with("2 of 57 streams (M more)"), "{words}");
    // A filter does not hide them.
    logs.typed(Part::Keep, "two");
    assert_eq!(logs.view().len(), 4);
}

#[test]
fn trouble_is_said_with_the_lines_and_goes_away() {
    let mut logs = logs(1_000);
    join(&mut logs, 0, "web-0");
    let trouble = Trouble::new(TroubleKind::Config, "connection refused");
    logs.on_update(LogUpdate::Interrupted(0, trouble.clone()));
    assert!(screen(&logs).join(" ").contains("connection refused"));
    numbered(&mut logs, 0..3);
    assert!(
        screen(&logs)[0].contains("1 of 1 interrupted") && screen(&logs)[1].contains("connection refused")
    );
    logs.on_update(LogUpdate::Resumed(0));
    assert!(screen(&logs)[0].contains("following") && screen(&logs)[1] == "   line 0");
    logs.on_update(LogUpdate::PodsUnseen(trouble.clone()));
    assert!(screen(&logs)[0].contains("pods not seen"), "{:?}", screen(&logs));
    logs.on_update(LogUpdate::PodsSeen);
    logs.on_update(LogUpdate::Failed(trouble));
    assert!(screen(&logs)[1].contains("connection refused"));
    assert!(screen(&logs)[2] == "   line 0", "an error empties nothing");
}

#[test]
fn what_waits_is_not_said_to_be_interrupted() {
    let mut logs = logs(1_000);
    join(&mut logs, 0, "web-0");
    let words = "ImagePullBackOff: Back-off pulling image \"web:9\"";
    let waits = LogUpdate::Waiting(0, "ImagePullBackOff".into(), words.into());
    logs.on_update(waits.clone());
    assert!(screen(&logs)[0].ends_with("waiting: ImagePullBackOff"), "{:?}", screen(&logs));
    assert!(screen(&logs).join(" ").contains(words));
    join(&mut logs, 1, "web-1");
    logs.on_update(LogUpdate::Streams { open: 2, of: 2 });
    assert!(screen(&logs)[0].contains("1 of 2 waiting: ImagePullBackOff"), "{:?}", screen(&logs));
    assert!(screen(&logs)[1].contains(words));
    // What is broken is graver.
    logs.on_update(LogUpdate::Interrupted(1, Trouble::new(TroubleKind::Config, "refused")));
    assert!(screen(&logs)[0].contains("1 of 2 interrupted") && screen(&logs)[1].contains("refused"));
    logs.on_update(LogUpdate::Resumed(1));
    logs.on_update(LogUpdate::Resumed(0));
    assert!(screen(&logs)[0].contains("following"));
    logs.on_update(LogUpdate::Said("web now selects label=green".into()));
    assert!(screen(&logs).join(" ").contains("web now selects label=green"));
}

#[test]
fn json_lines_have_three_forms() {
    let mut logs = logs(1_000);
    push(
        &mut logs,
        0,
        [
            r#"{"level":"info","msg":"request","path":"/cart","status":200}"#.to_owned(),
            "no JSON".to_owned(),
            r#"{"level":"error","msg":"broken\u001b[2J","status":500}"#.to_owned(),
        ],
    );
    logs.act(Action::Json);
    assert_eq!(
        screen(&logs)[1..5],
        [
            "   level  msg         status  path",
            "   info   request     200     /cart",
            "   no JSON",
            " E error  broken␛[2J  500",
        ]
    );
    logs.act(Action::Json);
    logs.act(Action::Top);
    assert_eq!(screen(&logs)[1..4], [">  {", "     \"level\": \"info\",", "     \"msg\": \"request\","]);
    logs.act(Action::Json);
    assert!(screen(&logs)[1].starts_with(">  {\"level\""));
}

#[test]
fn marked_lines_and_all_lines_as_text() {
    let mut logs = logs(1_000);
    join(&mut logs, 0, "web-0");
    numbered(&mut logs, 0..4);
    let utc = TimeZone::UTC;
    assert_eq!(logs.text_of(Which::Marked, &utc), "line 3\n", "the last one while the end is followed");
    for action in [Action::Top, Action::Mark, Action::Down, Action::Mark] {
        logs.act(action);
    }
    assert_eq!(logs.text_of(Which::Marked, &utc), "line 0\nline 2\n");
    assert_eq!(screen(&logs)[1..5], ["*  line 0", "   line 1", "*  line 2", ">  line 3"]);
    logs.typed(Part::Keep, "3");
    (logs.show.times, logs.show.utc) = (true, true);
    assert_eq!(logs.text_of(Which::Shown, &utc), "1970-01-01T00:16:43Z line 3\n");
    join(&mut logs, 1, "web-1");
    assert_eq!(logs.text_of(Which::All, &utc).lines().last(), Some("# + web-1/app"));
    assert!(logs.text_of(Which::All, &utc).starts_with("1970-01-01T00:16:40Z [web-0/app] line 0\n"));
    logs.act(Action::ClearMarks);
    assert_eq!(logs.count_of(Which::Marked), 1);
    assert_eq!(logs.file_name(0), "pods-with-app-web-19700101-000000.log");
}

#[test]
fn what_is_asked_anew_forgets_the_lines_and_keeps_the_filter() {
    let mut logs = logs(1_000);
    numbered(&mut logs, 0..4);
    logs.typed(Part::Keep, "3");
    logs.act(Action::Up);
    let query = LogQuery { since: Some(Since::Seconds(300)), tail: None, ..logs.query.clone() };
    logs.begin_anew(2, query);
    assert!(logs.view().is_empty() && logs.follows() && logs.op == 2);
    assert_eq!(logs.span_words(), "since 5m");
    numbered(&mut logs, 30..50);
    assert_eq!(logs.view().len(), 11);
}

#[test]
fn draws_at_any_size() {
    let theme = Theme::built_in(Depth::Ansi16);
    let mut logs = logs(1_000);
    join(&mut logs, 0, "web-0");
    join(&mut logs, 1, "web-1");
    push(
        &mut logs,
        0,
        [r#"{"level":"error","msg":"日本語"}"#.to_owned(), "\u{1b}[31mred\u{1b}[0m".repeat(30)],
    );
    for action in
        [Action::Timestamps, Action::Wrap, Action::Json, Action::Json, Action::Up, Action::ScrollRight]
    {
        logs.act(action);
        for width in 0..24 {
            for height in 0..8 {
                logs.settle((width, height));
                let area = Rect { x: 0, y: 0, width, height };
                let mut buffer = Buffer::empty(area);
                let look = Look { theme: &theme, zone: &TimeZone::UTC, more_key: None, before: &[] };
                draw(&logs, area, look, &mut buffer);
                logs.act(Action::PageUp);
                logs.act(Action::Down);
            }
        }
    }
}
