//! The home screen: four linked panes.

use crate::harness::{Session, Setup};

/// The title of a pane, as far as the rule behind it.
fn title(session: &Session, digit: char) -> String {
    let name = ["Deployments", "Pods", "Services", "Labels"][digit as usize - '1' as usize];
    let start = format!(" {digit} {name}");
    let screen = session.screen();
    let (_, rest) = screen.split_once(&start).unwrap_or_else(|| panic!("no pane {digit}:\n{screen}"));
    let rest = rest.split(['─', '\n']).next().unwrap().split("  ").next().unwrap();
    format!("{digit} {name}{rest}")
}

/// The name under the cursor of each open pane, in the order of the panes; `None` where a pane is empty.
fn cursors(session: &Session) -> [Option<String>; 3] {
    let state = session.state();
    [&state.home.deployments, &state.home.pods, &state.home.services]
        .map(|pane| pane.record(state.cache.table(pane.kind)).map(|record| record.meta().name.to_string()))
}

#[tokio::test(start_paused = true)]
async fn opens_with_four_live_panes() {
    let mut session = Setup::default().start().await;
    session.run_for(std::time::Duration::ZERO).await;
    assert!(session.screen().contains("connecting"), "the screen is up before anything is answered");
    session.until_live().await;
    for (digit, words) in [
        ('1', "1 Deployments 16"),
        ('2', "2 Pods of api-status-blue 3"),
        ('3', "3 Services selecting api-status-blue 1"),
        ('4', "4 Labels of api-status-blue 3"),
    ] {
        assert_eq!(title(&session, digit), words);
    }
    session.sees("READ-ONLY");
    session.sees("deploys 16");
}

#[tokio::test(start_paused = true)]
async fn the_selected_deployment_scopes_the_others() {
    let mut session = Session::live().await;
    session.press("j j").await;
    assert_eq!(cursors(&session)[0].as_deref(), Some("checkout"));
    assert_eq!(title(&session, '2'), "2 Pods of checkout 4");
    assert_eq!(title(&session, '3'), "3 Services selecting checkout 1");
    session.sees("ImagePullBackOff");
    session.sees("app=checkout");
    session.sees_no("label=blue");
    session.press("k k").await;
    assert_eq!(title(&session, '2'), "2 Pods of api-status-blue 3");
    session.sees("label=blue");
}

#[tokio::test(start_paused = true)]
async fn a_service_leads() {
    let mut session = Session::live().await;
    session.press("3").await;
    // Its scope came off with the lead: all services can be chosen.
    assert_eq!(title(&session, '3'), "3 Services 15");
    session.press("g j j j").await;
    assert_eq!(cursors(&session)[2].as_deref(), Some("frontend"));
    // One service, two deployments behind it: the canary shares the load.
    assert_eq!(title(&session, '1'), "1 Deployments behind svc frontend 2");
    assert_eq!(title(&session, '2'), "2 Pods of svc frontend 4");
    session.sees("frontend-canary");
    session.sees_no("api-status-blue");
}

#[tokio::test(start_paused = true)]
async fn a_label_leads_and_is_pinned() {
    let mut session = Session::live().await;
    session.press("4 /").await;
    session.type_text("label=green").await;
    session.press("enter").await;
    session.sees("Pods of label=green 3");
    session.sees("Deployments behind label=green 1");
    session.press("enter").await;
    assert!(session.line(0).contains("[label=green]"), "{}", session.line(0));
    // Another pane leads now, within the label.
    session.press("1").await;
    assert_eq!(title(&session, '1'), "1 Deployments 1");
    session.sees("api-status-green");
    session.sees_no("api-status-blue ");
    // Several combine; nothing has both colours.
    session.press("4 esc").await;
    session.press("/").await;
    session.type_text("app=api-status").await;
    session.press("enter enter").await;
    assert!(session.line(0).contains("[label=green]  [app=api-status]"), "{}", session.line(0));
    session.sees("Pods of app=api-status 3");
    // Esc takes the filter away, then one label after the other.
    session.press("esc esc").await;
    assert!(session.line(0).contains("[label=green]") && !session.line(0).contains("[app="));
    session.press("esc").await;
    assert!(!session.line(0).contains('['), "{}", session.line(0));
}

#[tokio::test(start_paused = true)]
async fn hashes_are_folded_until_asked_for() {
    let mut session = Session::live().await;
    session.press("4 z").await;
    session.sees("pod-template-hash=…");
    session.press("H").await;
    session.sees_no("pod-template-hash=…");
    session.press("G").await;
    session.sees("pod-template-hash=785856497f");
    session.press("H").await;
    session.sees("pod-template-hash=…");
}

#[tokio::test(start_paused = true)]
async fn panes_can_be_unlinked() {
    let mut session = Session::live().await;
    session.press("=").await;
    session.sees("unlinked");
    let pods = session.state().cache.table(dogwatch::model::record::Kind::Pod).len();
    assert_eq!(title(&session, '2'), format!("2 Pods {pods}"));
    assert_eq!(title(&session, '3'), "3 Services 15");
    session.press("j j").await;
    assert_eq!(title(&session, '2'), format!("2 Pods {pods}"));
    session.press("=").await;
    assert_eq!(title(&session, '2'), "2 Pods of checkout 4");
}

#[tokio::test(start_paused = true)]
async fn zoom_and_focus() {
    let mut session = Session::live().await;
    session.press("z").await;
    session.sees("1 Deployments");
    session.sees_no("2 Pods");
    session.press("tab").await;
    session.sees("2 Pods of api-status-blue");
    session.sees_no("1 Deployments");
    session.press("z").await;
    session.sees("1 Deployments");
    // Around in both directions.
    let focus = |session: &Session| session.state().home.focus as usize;
    for expected in [2, 3, 0, 1] {
        session.press("tab").await;
        assert_eq!(focus(&session), expected);
    }
    for expected in [0, 3] {
        session.press("shift-tab").await;
        assert_eq!(focus(&session), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn borders_move() {
    let mut session = Session::live().await;
    let place = |session: &Session| {
        let screen = session.screen();
        let (y, line) = screen.lines().enumerate().find(|(_, line)| line.contains("4 Labels")).unwrap();
        (line.split("4 Labels").next().unwrap().chars().count(), y)
    };
    let before = place(&session);
    session.press("> +").await;
    let after = place(&session);
    assert!(after.0 > before.0 && after.1 > before.1, "{before:?} {after:?}");
    session.press("< -").await;
    assert_eq!(place(&session), before);
}

#[tokio::test(start_paused = true)]
async fn narrow_terminals_fold_to_one_pane() {
    let mut session = Setup::default().size(80, 24).live().await;
    session.sees(" 1 Deployments 16");
    // The folded lines say the essence.
    assert!(session.line_with("2 Pods of").contains("3 ready"));
    let services = session.line_with("3 Services");
    assert!(services.contains("api-status -> app=api-status,label=blue") && services.contains("3/3 ready"));
    assert!(session.line_with("4 Labels").contains("app=api-status  label=blue"));
    session.press("3").await;
    session.sees("CLUSTER-IP");
    assert!(session.line_with("1 Deployments behind").contains("1 ok"));
    session.resize(160, 50).await;
    session.sees("UPDATED");
    session.sees("CLUSTER-IP");
}

#[tokio::test(start_paused = true)]
async fn a_cursor_stays_on_its_object_while_another_pane_is_focused() {
    let mut session = Session::live().await;
    session.press("j j 3 j 4 1").await;
    assert_eq!(cursors(&session)[0].as_deref(), Some("checkout"));
}
