//! What the fields of a kind mean, from the server's OpenAPI.

use crate::harness::{Session, Setup};
use crate::snapshots::picture;

#[tokio::test(start_paused = true)]
async fn fields_are_walked_down_and_up() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut session = Setup::default().size(width, height).live().await;
        session.command("explain deploy.spec.strategy").await;
        session.until_text("Explain deployment.spec.strategy").await;
        session.until_text("<DeploymentStrategy>  apps/v1").await;
        session.sees("rollingUpdate.");
        picture(&format!("explain-{width}x{height}"), &session);
        session.press("enter").await;
        session.until_text("Explain deployment.spec.strategy.rollingUpdate").await;
        session.sees("maxSurge");
        session.sees("How many pods there may be above the wanted number");
        session.press("esc").await;
        session.sees("Explain deployment.spec.strategy");
        // The field that one came from is selected, and its text told.
        session.sees("The bounds of a rolling update.");
        session.press("esc").await;
        session.sees("<DeploymentSpec>  apps/v1");
        session.sees("required");
        session.press("esc esc").await;
        session.sees("Deployments 16");
    }
}

#[tokio::test(start_paused = true)]
async fn the_kind_in_sight_is_explained_by_a_key() {
    let mut session = Session::live().await;
    session.press("2 Y").await;
    session.until_text("Explain pod").await;
    session.until_text("<Pod>  v1").await;
    session.press("G up enter").await;
    session.until_text("<PodSpec>").await;
}

#[tokio::test(start_paused = true)]
async fn what_there_is_not_is_said() {
    let mut session = Session::live().await;
    session.command("explain deploy.spec.colour.x").await;
    session.until_text("deployments.spec has no field colour").await;
    session.sees("Explain deployment.spec");
    session.press("esc esc").await;
    session.command("explain gizmo.spec").await;
    session.until_text("the server has no kind called gizmo").await;
    session.command("explain ingresses.networking.k8s.io.metadata").await;
    session.until_text("Explain ingress.metadata").await;
    session.until_text("ownerReferences").await;
}
