//! `:can`: what one may do here, also where one only reads.

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

#[tokio::test(start_paused = true)]
async fn the_rules_of_the_namespace_in_kubectls_columns() {
    for (name, width, height) in [("can-80x24", 80, 24), ("can-200x50", 200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        session.command("can").await;
        session.until_text("What you may do in namespace production").await;
        session.until_text("*.*").await;
        session.sees("Non-Resource URLs");
        picture(name, &session);
        session.press("/").await;
        session.type_text("openapi").await;
        session.press("enter").await;
        session.sees("match 1 of 2");
        session.press("esc").await;
        session.sees("Deployments");
    }
    let mut session = Session::live().await;
    session.faults().deny("list", "secrets", "");
    session.command("can").await;
    session.until_text("[get list watch]").await;
}

#[tokio::test(start_paused = true)]
async fn a_right_is_asked_for_exactly() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.faults().deny("patch", "deployments/scale", "production");
    session.command("can scale").await;
    session.until_text("0 of 1 allowed").await;
    session.sees("no         scale deployment/");
    session.sees("it needs patch deployments.apps/scale of ");
    // Denied until now, and asked again.
    session.faults().clear();
    session.press("ctrl-r").await;
    session.until_text("1 of 1 allowed").await;
    session.press("esc").await;
    for (typed, needs) in [
        ("can exec", "it needs create pods/exec in namespace production"),
        ("can restart", "it needs patch deployments.apps of "),
        ("can get secret postgres", "yes        get secrets of postgres in namespace production"),
        ("can list no", "yes        list nodes"),
    ] {
        session.command(typed).await;
        session.until_text(needs).await;
        session.press("esc").await;
    }
    for (typed, why) in [
        ("can dance", "no action is called dance"),
        ("can switch", "blue/green does not apply to a Deployment"),
        ("can zoom", "zoom needs no right of its own"),
        ("can a b c d", "`:can ACTION`, or `:can VERB RESOURCE NAME`"),
    ] {
        session.command(typed).await;
        session.until_text(why).await;
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_plan_it_is_about_the_plan() {
    let mut session = Setup::default().size(120, 30).writes().live().await;
    session.press("s").await;
    session.press("ctrl-u 5 enter").await;
    session.until_text("scale").await;
    session.command("can").await;
    session.until_text("May this plan be sent?").await;
    session.until_text("1 of 1 allowed").await;
    session.sees("it needs patch deployments.apps/scale of ");
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_the_server_does_not_have_is_no_question_of_rights() {
    let mut session = Setup::default().size(120, 30).live().await;
    session.command("can get secretz").await;
    session.until_text("the server has no resource called secretz, did you mean secret?").await;
    session.sees_no("allowed");
    session.command("can get nosuchres/status").await;
    session.until_text("the server has no resource called nosuchres").await;
    session.command("can get deployments/status").await;
    session.until_text("yes        get deployments.apps/status").await;
}

#[tokio::test(start_paused = true)]
async fn what_ones_rights_forbid_is_greyed_and_the_help_says_why() {
    let mut session = Setup::default().size(160, 50).writes().live().await;
    session.faults().deny("patch", "deployments/scale", "");
    let reviews = |session: &Session| {
        let all = session.cluster.requests();
        all.iter().filter(|one| one.path_and_query.contains("selfsubjectrulesreviews")).count()
    };
    session.press("s esc").await;
    let before = session.style_of(" scale ");
    assert_eq!(reviews(&session), 0, "nobody asked yet");
    for _ in 0..2 {
        session.press("?").await;
        session.run_for(std::time::Duration::from_secs(1)).await;
        let contexts = dogwatch::keymap::Context::Home.stack();
        let lines = dogwatch::screen::overlay::help_lines(session.state(), contexts, 160);
        let said = format!("{lines:?}");
        assert!(
            said.contains("(you may not patch deployments.apps/scale in namespace production)"),
            "{said}"
        );
        assert!(!said.contains("you may not get"), "{said}");
        session.press("esc").await;
        assert_ne!(session.style_of(" scale "), before);
        // It is kept.
        assert_eq!(reviews(&session), 1);
    }
}
