//! The mouse, where it was asked for: it selects, opens and moves, and never confirms.

use dogwatch::terminal::input::{InputEvent, MouseButton, MouseEvent, MouseKind};

use crate::harness::{Session, Setup};

async fn mouse(session: &mut Session, kind: MouseKind, x: u16, y: u16) {
    session.send(InputEvent::Mouse(MouseEvent { kind, x, y })).await;
}

/// The line of the screen in which a text stands.
fn row_of(session: &Session, text: &str) -> u16 {
    let screen = session.screen();
    let row = screen.lines().position(|line| line.contains(text));
    row.unwrap_or_else(|| panic!("no {text:?}:\n{screen}")) as u16
}

#[tokio::test(start_paused = true)]
async fn a_click_selects_a_second_one_opens_and_the_wheel_moves() {
    let mut session = Setup::default().size(80, 24).live().await;
    let left = MouseKind::Down(MouseButton::Left);
    let orders = row_of(&session, "orders ");
    mouse(&mut session, left, 10, orders).await;
    assert!(session.line_with(">").contains("orders"));
    session.sees("Pods of orders");
    mouse(&mut session, MouseKind::ScrollDown, 10, orders).await;
    assert!(session.line_with(">").contains("thumbnails"), "three rows on");
    mouse(&mut session, MouseKind::ScrollUp, 10, orders).await;
    assert!(session.line_with(">").contains("orders"));
    // A pane that is folded to a line.
    let services = row_of(&session, "3 Services");
    mouse(&mut session, left, 10, services).await;
    session.sees("SELECTOR");
    session.press("1").await;
    let orders = row_of(&session, "orders ");
    for _ in 0..2 {
        mouse(&mut session, left, 10, orders).await;
    }
    session.sees("STATUS");
    session.sees("Pods of orders");
    // Below the rows there is nothing to select.
    let before = session.line_with(">");
    mouse(&mut session, left, 10, 15).await;
    assert_eq!(session.line_with(">"), before);
}

#[tokio::test(start_paused = true)]
async fn it_never_confirms() {
    let mut session = Setup::default().writes().live().await;
    session.press("s").await;
    session.type_text("5").await;
    session.press("enter").await;
    session.until_text("accepted").await;
    for y in 0..24 {
        for kind in [
            MouseKind::Down(MouseButton::Left),
            MouseKind::Down(MouseButton::Left),
            MouseKind::Up(MouseButton::Left),
        ] {
            mouse(&mut session, kind, 3, y).await;
        }
    }
    session.sees("accepted");
    let asked = session.cluster.requests();
    let sent = asked.iter().filter(|one| one.method == "PATCH" && !one.path_and_query.contains("dryRun"));
    assert_eq!(sent.count(), 0);
}
