//! Read-only by construction: every choice of a list, every typed line, every screen and every overlay is driven against a
//! recording server, and only reads arrive; the word for it is in the frame of each, at any size.
//!
//! Each list below is made by a `match` without a rest: a new variant does not compile until it is driven here.

use std::collections::HashSet;
use std::time::Duration;

use dogwatch::action::Action;
use dogwatch::demo::resource;
use dogwatch::keymap::Context;
use dogwatch::keymap::key::KeyPress;
use dogwatch::model::export::Form;
use dogwatch::model::log::Containers;
use dogwatch::model::record::Kind;
use dogwatch::model::resource::Resource;
use dogwatch::model::uid::Uid;
use dogwatch::release::canary::Side;
use dogwatch::release::canary::pair::Pair;
use dogwatch::release::facts::Facts;
use dogwatch::release::plan::plan;
use dogwatch::release::{Change, Target};
use dogwatch::screen::ask::{Ask, Question};
use dogwatch::screen::handover::HandoverAsk;
use dogwatch::screen::logs::ask::{LogAsk, Question as LogQuestion};
use dogwatch::screen::manifest::ManifestAsk;
use dogwatch::screen::overlay::Overlay;
use dogwatch::screen::picker::{Command, Entry, Go, Picker, PickerKind};
use dogwatch::screen::plan::{Joined, PlanScreen};
use dogwatch::screen::reach::{Reach, ReachAsk};
use dogwatch::screen::save::SaveAsk;
use dogwatch::screen::{self, Prompt, Screen};
use dogwatch::terminal::input::InputEvent;
use dogwatch::theme::{Depth, Themes, is_readable};
use dogwatch::widget::line_edit::LineEdit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::json;

use crate::gate::names_here;
use crate::gate::{home, only_reads};
use crate::harness::{Session, Setup, story};

fn number_of_command(command: &Command) -> usize {
    match command {
        Command::Kind(_) => 0,
        Command::Go(_) => 1,
        Command::Home => 2,
        Command::Namespace(_) => 3,
        Command::Context(_) => 4,
        Command::Theme(_) => 5,
        Command::Keymap(_) => 6,
        Command::Apply(_) => 7,
        Command::Door(_) => 8,
        Command::Exec(_) => 9,
        Command::Reveal(_) => 10,
        Command::Explain(_) => 11,
        Command::Can(_) => 12,
        Command::Act(_) => 13,
        Command::Container(..) => 14,
        Command::Switch(..) => 15,
        Command::Canary(_) => 16,
        Command::Orphan(..) => 17,
        Command::Debug(..) => 18,
        Command::Copy(..) => 19,
        Command::Release(_) => 20,
        Command::Image(..) => 21,
        Command::LogContainers(_) => 22,
        Command::CopyText(_) => 23,
        Command::CopyTable(_) => 24,
        Command::SaveTable(_) => 25,
        Command::Bookmark(_) => 26,
        Command::Unbookmark(_) => 27,
        Command::Recent(_) => 28,
        Command::Bundle(_) => 29,
        Command::Triage(_) => 30,
        Command::Why(_) => 31,
    }
}
const COMMANDS: usize = 32;

/// The deployment and a pod of it, as the server has them.
fn targets(session: &Session) -> (Target, Target, Target) {
    let of = |resource: Resource, kind, name: &str| {
        let objects = session.cluster.store().list(kind, Some("production")).1;
        let found = objects.into_iter().find(|object| object.name.starts_with(name)).unwrap();
        Target {
            resource,
            namespace: "production".to_owned(),
            name: found.name.to_string(),
            uid: Uid::new(&found.uid),
        }
    };
    (
        of(Resource::DEPLOYMENTS, resource::DEPLOYMENTS, "frontend"),
        of(Resource::PODS, resource::PODS, "frontend"),
        of(Resource::SERVICES, resource::SERVICES, "frontend"),
    )
}

/// One of each, those that change something among them as if a list had offered them.
fn commands(session: &Session, dir: &str) -> Vec<Command> {
    let (web, pod, service) = targets(session);
    let text = str::to_owned;
    vec![
        Command::Kind(Kind::Node),
        Command::Go(Go { kind: text("ingresses"), filter: Some(text("web")), ..Go::default() }),
        Command::Home,
        Command::Namespace(Some(text("staging"))),
        Command::Namespace(Some(text("production"))),
        Command::Context(text("demo")),
        Command::Theme(text("dark")),
        Command::Keymap(text("default")),
        Command::Apply(format!("{dir}/web.yaml")),
        Command::Door(text("web")),
        Command::Exec(vec![text("rm"), text("-rf"), text("/")]),
        Command::Reveal(text("POSTGRES_PASSWORD")),
        Command::Explain(text("deploy.spec")),
        Command::Can(text("scale")),
        Command::Act(Action::Delete),
        Command::Container(web.clone(), text("web"), text("web:1")),
        Command::Switch(service.clone(), vec![(text("app"), text("other"))]),
        Command::Canary(service),
        Command::Orphan(pod.clone(), true),
        Command::Debug(pod.clone(), String::new()),
        Command::Copy(pod, text("web")),
        Command::Release(web.clone()),
        Command::Image(web, text("web"), text("web:2")),
        Command::LogContainers(Containers::All { init: true }),
        Command::CopyText(text("x")),
        Command::CopyTable(Form::Csv),
        Command::SaveTable(Form::Json),
        Command::Bookmark(text("mine")),
        Command::Unbookmark(text("mine")),
        Command::Recent(text("2h")),
        Command::Bundle(format!("{dir}/bundle.md")),
        Command::Triage(Some(text("production"))),
        Command::Why(text("deploy/frontend")),
    ]
}

fn number_of_prompt(prompt: &Prompt) -> usize {
    match prompt {
        Prompt::Filter(_) => 0,
        Prompt::Search(_) => 1,
        Prompt::Ask(ask) => match ask.question {
            Question::Replicas { .. } => 2,
            Question::Labels => 3,
            Question::Annotations => 4,
            Question::Strategy => 5,
            Question::Surge { .. } => 6,
            Question::DebugImage { .. } => 7,
            Question::Share(_) => 8,
        },
        Prompt::Manifest(_) => 9,
        Prompt::Log(_) => 10,
        Prompt::Reach(ask) => match ask.what {
            Reach::Ports(_) => 11,
            Reach::Copy(_) => 12,
            Reach::Endpoint(..) => 13,
        },
        Prompt::Save(_) => 14,
        Prompt::Reason(_) => 15,
        Prompt::Word(_) => 16,
        Prompt::Handover(_) => 17,
    }
}
const PROMPTS: usize = 18;

/// One of each, with what is typed into it.
fn prompts(session: &Session, dir: &str) -> Vec<(Prompt, String)> {
    let (web, pod, service) = targets(session);
    let line = LineEdit::default;
    let ask = |question, target: &Target| {
        Prompt::Ask(Ask { question, targets: vec![target.clone()], line: LineEdit::default() })
    };
    let side = |replicas| Side {
        target: web.clone(),
        replicas,
        ready: replicas,
        images: Vec::new(),
        paused: false,
        tried: false,
    };
    let pair = Pair { canary: side(1), stable: side(3), others: 0, percent: 25 };
    let all = vec![
        (Prompt::Filter(line()), "web"),
        (Prompt::Search(line()), "web"),
        (ask(Question::Replicas { now: vec![1] }, &web), "5"),
        (ask(Question::Labels, &web), "a=b"),
        (ask(Question::Annotations, &web), "a=b"),
        (ask(Question::Strategy, &web), "surge=1 unavailable=0"),
        (ask(Question::Surge { now: 1, at: 0 }, &web), "2"),
        (ask(Question::DebugImage { shared: String::new() }, &pod), "busybox"),
        (ask(Question::Share(Box::new(pair)), &web), "50"),
        (Prompt::Manifest(ManifestAsk::default()), "web.yaml"),
        (Prompt::Log(LogAsk { question: LogQuestion::Tail, line: line() }), "10"),
        (Prompt::Reach(ReachAsk::ports(pod.clone(), Vec::new())), "8080"),
        (Prompt::Reach(ReachAsk::copy(pod, "web".to_owned())), ":/etc/hosts copied"),
        (Prompt::Reach(ReachAsk::endpoint(service, "80".to_owned(), Vec::new())), "/healthz"),
        (Prompt::Save(SaveAsk { line: line(), rows: 1, text: "x".to_owned() }), "saved"),
        (Prompt::Handover(HandoverAsk { line: line(), ..HandoverAsk::default() }), "handed"),
        (Prompt::Reason(line()), "because"),
        (Prompt::Word(line()), "frontend"),
    ];
    let typed = |(prompt, text): (Prompt, &str)| {
        let local = matches!(prompt, Prompt::Manifest(_) | Prompt::Save(_) | Prompt::Handover(_));
        let text =
            if local { format!("{dir}/{text}") } else { text.replace("copied", &format!("{dir}/copied")) };
        (prompt, text)
    };
    all.into_iter().map(typed).collect()
}

fn number_of_screen(screen: &Screen) -> usize {
    match screen {
        Screen::Table(_) => 0,
        Screen::Containers(_) => 1,
        Screen::Text(_) => 2,
        Screen::Logs(_) => 3,
        Screen::Plan(_) => 4,
        Screen::Release(_) => 5,
        Screen::Canary(_) => 6,
        Screen::Journal(_) => 7,
        Screen::Operations(_) => 8,
        Screen::Forwards(_) => 9,
        Screen::Explain(_) => 10,
        Screen::Relations(_) => 11,
        Screen::Sheet(_) => 12,
        Screen::Recent(_) => 13,
        Screen::Triage(_) => 14,
        Screen::Why(_) => 15,
    }
}
const SCREENS: usize = 16;

fn number_of_overlay(overlay: &Overlay) -> usize {
    match overlay {
        Overlay::Picker(_) => 0,
        Overlay::Columns(_) => 1,
        Overlay::Help(_) => 2,
        Overlay::Messages(_) => 3,
    }
}
const OVERLAYS: usize = 4;

/// What was on the screen so far.
#[derive(Default)]
struct Seen {
    screens: HashSet<usize>,
    overlays: HashSet<usize>,
    commands: HashSet<usize>,
    prompts: HashSet<usize>,
}

impl Seen {
    /// Looks at what is on the screen: the word is there, at the size that it has and at others.
    fn look(&mut self, session: &Session) {
        let state = session.state();
        self.screens.extend(state.stack.last().map(number_of_screen));
        self.overlays.extend(state.overlay.as_ref().map(number_of_overlay));
        self.prompts.extend(state.prompt.as_ref().map(number_of_prompt));
        told(session, &[(80, 24), (20, 6), (9, 2)]);
    }
}

/// The word stands in the first line and can be read, at these sizes.
fn told(session: &Session, sizes: &[(u16, u16)]) {
    for (width, height) in sizes {
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: *width, height: *height });
        screen::draw(session.state(), session.app.now(), &mut buffer);
        let row = &buffer.content[..usize::from(*width)];
        let word = |cells: &[ratatui::buffer::Cell]| {
            let text: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            text == "READ-ONLY" && cells.iter().all(|cell| is_readable(cell.style()))
        };
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(row.windows(9).any(word), "{width}x{height}: {line:?}\n{}", session.screen());
    }
}

/// Takes what has opened: what is typed and chosen there leads on.
async fn go_on(session: &mut Session, seen: &mut Seen) {
    for _ in 0..3 {
        seen.look(session);
        if session.state().prompt.is_none() && session.state().overlay.is_none() {
            break;
        }
        session.type_text("1").await;
        session.press("enter").await;
    }
    session.run_for(Duration::from_millis(800)).await;
    seen.look(session);
}

#[tokio::test(start_paused = true)]
async fn every_choice_and_every_dialog_only_reads() {
    let cluster = story(false).await;
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().display().to_string();
    std::fs::write(dir.path().join("web.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n")
        .unwrap();
    let here = names_here();
    let mut session = Setup::default().size(80, 24).cluster(&cluster).live().await;
    let mut seen = Seen::default();
    for command in commands(&session, &files) {
        home(&mut session).await;
        seen.commands.insert(number_of_command(&command));
        let entry = Entry { label: "x".to_owned(), aliases: &[], hint: String::new(), command };
        let picker = Picker::new(PickerKind::Palette, vec![entry]);
        session.app.state.overlay = Some(Overlay::Picker(Box::new(picker)));
        session.press("enter").await;
        go_on(&mut session, &mut seen).await;
    }
    for (prompt, text) in prompts(&session, &files) {
        // Lines of logs are typed on the screen of logs.
        let way = if matches!(prompt, Prompt::Log(_)) { "l" } else { "" };
        home(&mut session).await;
        session.press_all(way).await;
        session.app.state.prompt = Some(prompt);
        session.type_text(&text).await;
        seen.look(&session);
        session.press("enter").await;
        go_on(&mut session, &mut seen).await;
    }
    // What the palette takes with something behind it.
    for typed in [
        "po staging /web",
        "deploy @demo",
        "deploy @demo,other",
        "ns kube-system",
        "ns production",
        "ctx demo",
        "can patch deploy/scale frontend",
        "explain po.spec",
        "exec -- sh",
        "bookmark x",
        "unbookmark x",
        "theme light",
        "keymap default",
    ] {
        home(&mut session).await;
        session.command(typed).await;
        go_on(&mut session, &mut seen).await;
    }
    for way in [
        "2 enter",
        "y",
        "l",
        "R",
        "J",
        "w",
        ".",
        "Y",
        "?",
        "m",
        "ctrl-o",
        ": o p e r a t i o n s enter",
        ": f o r w a r d s enter",
    ] {
        home(&mut session).await;
        session.press(way).await;
        go_on(&mut session, &mut seen).await;
    }
    drive_a_plan(&mut session, &mut seen).await;
    for (what, found, count) in [
        ("commands", &seen.commands, COMMANDS),
        ("prompts", &seen.prompts, PROMPTS),
        ("screens", &seen.screens, SCREENS),
        ("overlays", &seen.overlays, OVERLAYS),
    ] {
        let missing: Vec<usize> = (0..count).filter(|number| !found.contains(number)).collect();
        assert!(missing.is_empty(), "{what} that were not driven: {missing:?}");
    }
    let requests = cluster.requests();
    assert!(requests.len() > 10, "{}", requests.len());
    for request in requests {
        assert!(only_reads(&request), "{request:?}");
    }
    let left: Vec<_> = std::fs::read_dir(session.saves.path()).unwrap().collect();
    assert!(!left.is_empty(), "what is saved under a name alone lands in the session's own directory");
    assert_eq!(names_here(), here, "nothing is written where the tests run");
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "copied"), "{names:?}");
}

/// No plan can be begun; one that is there all the same, every action of its screen leaves unsent.
async fn drive_a_plan(session: &mut Session, seen: &mut Seen) {
    let (target, ..) = targets(session);
    let mut facts = Facts::default();
    facts.gathered.object =
        json!({"metadata": {"uid": target.uid.to_string(), "resourceVersion": "7"}, "spec": {"replicas": 1}});
    for info in Action::ALL {
        if matches!(info.action, Action::Quit | Action::Suspend) {
            continue;
        }
        for keys in session.state().keymap().keys_for(info.action, Context::Plan.stack()) {
            home(session).await;
            let mut screen = PlanScreen::new(Action::Scale, Vec::new(), Joined::Bulk);
            screen.plan = Some(Ok(plan(&Change::Scale { replicas: 3 }, &target, &facts).unwrap()));
            session.app.state.stack.push(Screen::Plan(Box::new(screen)));
            session.run_for(Duration::from_secs(1)).await;
            for key in KeyPress::parse_sequence(&keys).unwrap() {
                session.send(InputEvent::Key(key)).await;
            }
            seen.look(session);
        }
    }
}

/// Themes that would hide it, and the smallest of screens.
#[tokio::test(start_paused = true)]
async fn no_theme_and_no_size_hides_the_word() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("themes")).unwrap();
    let mut session = Setup::default().size(80, 24).live().await;
    for (at, roles) in [
        "mode.readonly: { fg: black, bg: black }",
        "mode.readonly: { fg: \"#101010\", bg: \"#121212\" }",
        "{ text: { fg: white, bg: black }, mode.readonly: black }",
        "{ bar: { fg: red, bg: red }, mode.readonly: { bg: red } }",
        "{ bar: { fg: red, bg: black }, mode.readonly: { bg: red } }",
        "{ bar: { bg: red }, mode.readonly: red }",
        "{ text: { fg: white, bg: white }, mode: white }",
        "{ text: { dim: true }, mode.readonly: { dim: true } }",
    ]
    .iter()
    .enumerate()
    {
        let roles = roles.trim_start_matches("{ ").trim_end_matches(" }");
        let roles = if roles.matches('{').count() > roles.matches('}').count() {
            format!("{roles} }}")
        } else {
            roles.to_owned()
        };
        std::fs::write(
            dir.path().join(format!("themes/hostile{at}.yaml")),
            format!("roles: {{ {roles} }}\n"),
        )
        .unwrap();
        for depth in Depth::ALL {
            let themes = Themes::new(Some(dir.path()));
            let (theme, warnings) = themes.load(&format!("hostile{at}"), depth, "test");
            assert_eq!(warnings, [], "{roles}");
            session.app.state.choices.themes[0].1 = theme;
            session.app.state.settings.theme = 0;
            told(
                &session,
                &[(200, 50), (80, 24), (40, 10), (20, 24), (20, 5), (20, 3), (20, 2), (20, 1), (9, 1)],
            );
        }
    }
    // Where there is less room than the word takes, it is as much of it as there is.
    let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 5, height: 3 });
    screen::draw(session.state(), session.app.now(), &mut buffer);
    let row: String = buffer.content[..5].iter().map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(row, "READ-");
}
