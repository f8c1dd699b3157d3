//! What is typed into a list, and what it means.

use super::*;

fn palette(typed: &str) -> Picker {
    let mut picker = Picker::new(
        PickerKind::Palette,
        palette_entries(&["dark".to_owned()], &["vim".to_owned()], Context::Home.stack()),
    );
    picker.line = LineEdit::with(typed);
    picker.narrow();
    picker
}

#[test]
fn an_actions_whole_name_is_that_action() {
    let no_action = [Action::Palette, Action::Quit, Action::Contexts, Action::Namespaces];
    for info in Action::ALL.iter().filter(|info| !no_action.contains(&info.action)) {
        assert_eq!(palette(info.name).choose(), Ok(Command::Act(info.action)), "{}", info.name);
    }
}

#[test]
fn what_is_only_like_an_entry_is_not_taken_for_it() {
    let mut picker = palette("dploymts");
    let typed = Go { kind: "dploymts".to_owned(), ..Go::default() };
    assert_eq!(picker.choose(), Ok(Command::Go(typed)));
    picker.step(1);
    assert_eq!(picker.choose(), Ok(Command::Kind(Kind::Deployment)), "who goes to it takes it");
    for (typed, command) in
        [("ployme", Command::Kind(Kind::Deployment)), ("fonly", Command::Act(Action::FaultsOnly))]
    {
        assert_eq!(palette(typed).choose(), Ok(command), "{typed}");
    }
}

#[test]
fn words_mean_what_kubectl_means() {
    for (typed, command) in [
        ("po", Command::Kind(Kind::Pod)),
        ("deploy", Command::Kind(Kind::Deployment)),
        ("svc", Command::Kind(Kind::Service)),
        ("rs", Command::Kind(Kind::ReplicaSet)),
        ("no", Command::Kind(Kind::Node)),
        ("ns shop", Command::Namespace(Some("shop".to_owned()))),
        ("ns all", Command::Namespace(None)),
        ("ctx prod", Command::Context("prod".to_owned())),
        ("apply my web.yaml", Command::Apply("my web.yaml".to_owned())),
        ("apply", Command::Act(Action::Apply)),
        ("explain deploy.spec", Command::Explain("deploy.spec".to_owned())),
        ("explain", Command::Act(Action::Explain)),
        ("can", Command::Act(Action::Can)),
        ("changes", Command::Act(Action::Recent)),
        ("changes 2h", Command::Recent("2h".to_owned())),
        ("can patch deploy/scale web", Command::Can("patch deploy/scale web".to_owned())),
        ("triage", Command::Act(Action::Triage)),
        ("triage staging", Command::Triage(Some("staging".to_owned()))),
        ("tri all", Command::Triage(None)),
        ("why", Command::Act(Action::Why)),
        ("why deploy/orders", Command::Why("deploy/orders".to_owned())),
        ("exec", Command::Act(Action::Exec)),
        ("exec ls -l 'a b'", Command::Exec(["ls", "-l", "a b"].map(str::to_owned).to_vec())),
        ("theme dark", Command::Theme("dark".to_owned())),
        ("q", Command::Act(Action::Quit)),
        ("zo", Command::Act(Action::Zoom)),
        ("labels", Command::Act(Action::FocusLabels)),
        (
            "po kube-system /web !old @prod",
            Command::Go(Go {
                kind: "po".to_owned(),
                namespace: Some(Some("kube-system".to_owned())),
                filter: Some("web !old".to_owned()),
                context: Some("prod".to_owned()),
            }),
        ),
        (
            "home @prod",
            Command::Go(Go { kind: "home".to_owned(), context: Some("prod".to_owned()), ..Go::default() }),
        ),
        (
            "@a,b all /web",
            Command::Go(Go {
                kind: "home".to_owned(),
                namespace: Some(None),
                filter: Some("web".to_owned()),
                context: Some("a,b".to_owned()),
            }),
        ),
        ("home", Command::Home),
        (
            "deploy @prod all",
            Command::Go(Go {
                kind: "deploy".to_owned(),
                namespace: Some(None),
                context: Some("prod".to_owned()),
                ..Go::default()
            }),
        ),
    ] {
        assert_eq!(palette(typed).choose(), Ok(command), "{typed}");
    }
    let unknown = Go { kind: "xyzzy".to_owned(), ..Go::default() };
    assert_eq!(palette("xyzzy").choose(), Ok(Command::Go(unknown)));
}

#[test]
fn a_namespace_may_be_typed_without_being_known() {
    let mut picker = Picker::new(PickerKind::Namespaces, Vec::new());
    picker.line = LineEdit::with("hidden");
    picker.narrow();
    assert_eq!(picker.choose(), Ok(Command::Namespace(Some("hidden".to_owned()))));
}

#[test]
fn an_image_may_be_typed_as_a_tag_of_the_one_that_is_there() {
    let target = Target::unborn(Kind::Deployment.into(), "shop".to_owned(), "web".to_owned());
    let mut picker = Picker::new(PickerKind::Images, Vec::new());
    picker.subject = Some((target.clone(), "app".to_owned(), "r.io/web:1".to_owned()));
    for (typed, image) in [(":2", "r.io/web:2"), ("r.io/other:3", "r.io/other:3")] {
        picker.line = LineEdit::with(typed);
        picker.narrow();
        let command = Command::Image(target.clone(), "app".to_owned(), image.to_owned());
        assert_eq!(picker.choose(), Ok(command), "{typed}");
    }
}

#[test]
fn the_cursor_stays_on_what_it_was_on_when_more_is_offered() {
    let entry = |label: &str| Entry {
        label: label.to_owned(),
        aliases: &[],
        hint: String::new(),
        command: Command::Namespace(Some(label.to_owned())),
    };
    let mut picker = Picker::new(PickerKind::Namespaces, ["a", "b"].map(entry).to_vec());
    picker.select("b");
    picker.offer(["a", "aa", "ab", "b", "c"].map(entry).to_vec());
    assert_eq!(picker.choose(), Ok(Command::Namespace(Some("b".to_owned()))));
    // What is typed is meant before that.
    picker.line = LineEdit::with("c");
    picker.narrow();
    picker.offer(["a", "b", "c"].map(entry).to_vec());
    assert_eq!(picker.choose(), Ok(Command::Namespace(Some("c".to_owned()))));
}

#[test]
fn the_selection_stays_in_the_list() {
    let mut picker = palette("sort");
    picker.step(-1);
    assert_eq!(picker.selected, 0);
    picker.step(1_000);
    assert_eq!(picker.selected, picker.shown().len() - 1);
}

#[test]
fn what_takes_nothing_after_it_says_so() {
    for (typed, says) in [
        ("zoom pods", ":zoom takes nothing after it, not `pods`"),
        ("quit now", ":quit takes nothing after it, not `now`"),
        ("all shop", ":all takes nothing after it, not `shop`"),
    ] {
        assert_eq!(palette(typed).choose(), Err(says.to_owned()));
    }
}
