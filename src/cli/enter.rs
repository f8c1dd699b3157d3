//! Hands the terminal of the running program over to a container, and takes it back.

use std::io;

use crate::app::{App, Leave};
use crate::model::remote::{End, Ended, What};
use crate::model::trouble::{Trouble, TroubleKind};
use crate::remote::{Visit, treatment};
use crate::terminal::input::Input;
use crate::terminal::session::Terminal;

/// Stays in the container that the program wants to enter, while everything but the screen goes on; answers when the program
/// is to end.
pub(super) async fn enter(app: &mut App<Terminal>, input: &mut Input) -> io::Result<Option<Leave>> {
    let Some((entrance, connector)) = app.to_enter() else { return Ok(None) };
    let Some(connector) = connector else {
        let said = "this session only reads: it opens nothing";
        let end = End::Refused(Trouble::new(TroubleKind::Config, said));
        app.left(Ended { command: Vec::new(), end, took: std::time::Duration::ZERO })?;
        return Ok(None);
    };
    let escape = app.state.settings.escape;
    let context = app.state.session.place.context.clone();
    let began = app.now().mono;
    let line = app.output.lend_line(Some(input), treatment(&entrance))?;
    let ahead = app.typed_ahead()?;
    // What a command has said would be covered by the screen at once.
    let visit = Visit::new(&line, escape, ahead)?.waiting(matches!(entrance.what, What::Command(_)));
    let (ended, leave) = tokio::select! {
        ended = visit.run(&connector, &entrance, &context, escape) => (ended, None),
        leave = app.attend() => {
            let took = app.now().mono.saturating_sub(began);
            (Ok(Ended { command: Vec::new(), end: End::Left, took }), Some(leave?))
        }
    };
    app.output.take_back(input, &line)?;
    app.left(ended?)?;
    app.resumed()?;
    Ok(leave)
}
