//! The containers of a pod: how each is, in words, and where its environment comes from.

use dogwatch::demo::resource;

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

/// The containers screen of the first pod whose name begins so.
async fn of_pod(name: &str, setup: Setup) -> Session {
    let mut session = setup.live().await;
    session.command(&format!("po //^{name}-/")).await;
    session.until_text("filter").await;
    session.until_live().await;
    session.press("enter").await;
    session.until_text("ready of").await;
    session
}

#[tokio::test(start_paused = true)]
async fn what_a_container_is_given_and_how_it_ended_is_said_in_words() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = of_pod("orders", Setup::default().size(width, height)).await;
        session.sees("Last State:");
        session.sees("exit code 137: SIGKILL");
        session.sees("Restarts:");
        picture(&format!("containers-{width}x{height}"), &session);
        session.press("pagedown").await;
        session.sees("Environment:");
    }
}

#[tokio::test(start_paused = true)]
async fn each_variable_says_where_it_comes_from_and_secrets_stay_closed() {
    let session = of_pod("web", Setup::default().size(140, 45)).await;
    for (name, from) in [
        ("POSTGRES_HOST", "literal"),
        ("POSTGRES_USER", "Secret postgres, key POSTGRES_USER"),
        ("POSTGRES_PASSWORD", "Secret postgres, key POSTGRES_PASSWORD"),
        ("POD_NAME", "field metadata.name"),
        ("QUOTE", "all of ConfigMap qotd"),
    ] {
        assert!(session.line_with(name).contains(from), "{}", session.screen());
    }
    session.sees("**** (21 bytes)");
    session.sees_no("correct-horse-battery");
    session.sees("http GET :http/healthz every 5 s, after 1 s");
    picture("environment-140x45", &session);
    let state = format!("{:?}", session.state().stack);
    for value in ["correct-horse", "Y29ycmVjdC1", "sea does not reward"] {
        assert!(!state.contains(value), "no values are kept: {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_or_may_not_be_read_is_marked() {
    let mut session = Setup::default().size(140, 45).live().await;
    let store = session.cluster.store();
    store
        .update(resource::SECRETS, "production", "postgres", |object| {
            object["data"].as_object_mut().unwrap().remove("POSTGRES_USER");
            Ok(())
        })
        .unwrap();
    session.faults().deny("get", "configmaps", "");
    session.command("po //^web-/").await;
    session.until_text("filter").await;
    session.until_live().await;
    session.press("enter").await;
    session.until_text("MISSING: Secret postgres has no key POSTGRES_USER").await;
    session.sees("not known: forbidden");
    session.sees("**** (21 bytes)");
}
