//! Routes what happened to where it belongs. Pure: no await, no clock but the `now` that is handed in.

use crate::effect::Effect;
use crate::event::Event;
use crate::state::notices::Severity;
use crate::state::{Now, State};

/// Takes one event into the state; returns what is to be done.
pub fn update(state: &mut State, event: Event, now: Now) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.set_now(now);
    // Rows are settled once for each frame, however many batches it shows; what a key does must see the state settled.
    let settles = !matches!(event, Event::Feed(..));
    // Rows and lines move nobody.
    let moves = settles && !matches!(event, Event::Log(..));
    if matches!(event, Event::Key(_) | Event::Mouse(_)) {
        state.settle(now);
    }
    if matches!(event, Event::Feed(..) | Event::Link(..) | Event::Inquired(..) | Event::Discovered(..)) {
        state.note_for_triage();
    }
    match event {
        Event::Key(key) => state.on_key(key, now, &mut effects),
        Event::Mouse(mouse) => state.on_mouse(mouse, now, &mut effects),
        Event::Paste(text) => state.on_paste(&text, now),
        Event::Resize(width, height) => state.size = (width, height),
        // Time has passed unseen: the link is checked at once, and says what is true.
        Event::Resumed => effects.push(Effect::RetryNow),
        Event::Link(session, link) => state.on_link(session, link, now),
        Event::Feed(key, update) => state.on_feed(&key, update, now, &mut effects),
        Event::Log(op, change) => state.on_log(op, change),
        Event::Yaml(op, result) => state.on_yaml(op, result, &mut effects),
        Event::Described(op, result) => state.on_described(op, result, now, &mut effects),
        Event::Revealed(op, result) => state.on_revealed(op, result, now),
        Event::Doors(op, result) => state.on_doors(op, result, now, &mut effects),
        Event::Left(op, ended) => state.on_left(op, &ended, now, &mut effects),
        Event::Aside(op, result) => state.on_aside(op, result, now),
        Event::Namespaces(op, result) => state.on_namespaces(op, result, now, &mut effects),
        Event::NamespaceChecked(op, name, exists) => state.on_namespace_checked(op, &name, exists),
        Event::Gathered(op, result) => state.on_gathered(op, result, now, &mut effects),
        Event::FileRead(op, read) => state.on_file_read(op, read, now, &mut effects),
        Event::Kinds(op, result) => state.on_kinds(op, result, now, &mut effects),
        Event::Inquired(op, result) => state.on_inquired(op, result, now, &mut effects),
        Event::Discovered(op, result) => state.on_discovered(op, result, now, &mut effects),
        Event::Explained(op, result) => state.on_explained(op, result),
        Event::Seen(op, seen) => state.on_seen(op, seen, now, &mut effects),
        Event::Written(op, answer) => state.on_written(op, answer, now, &mut effects),
        Event::Probed(op, result) => state.on_probed(op, result),
        Event::Called(op, result) => state.on_called(op, result, now, &mut effects),
        Event::Ports(op, result) => state.on_ports(op, result, now),
        Event::Forward(op, update) => state.on_forward(op, update, now, &mut effects),
        Event::Copy(op, update) => state.on_copy(op, update, now, &mut effects),
        Event::Edited(op, result) => state.on_edited(op, result, now, &mut effects),
        Event::Saved(op, result) => state.on_saved(op, result, now),
        Event::Paged(Ok(())) => {}
        Event::Paged(Err(why)) => state.tell(Severity::Error, why, now),
        Event::JournalRead(op, read) => state.on_journal_read(op, read),
        Event::JournalFailed(said) => state.on_journal_failed(&said, now),
        Event::JournalWritten => state.on_journal_written(now, &mut effects),
        Event::NotRemembered(why) => {
            state.tell(Severity::Warning, format!("not remembered for the next time: {why}"), now);
        }
        Event::Opened(op, result) => state.on_opened(op, result, now),
        Event::Copied(Ok(how)) => state.tell(Severity::Info, how, now),
        Event::Copied(Err(why)) => state.tell(Severity::Warning, format!("not copied: {why}"), now),
        Event::Terminated => state.terminate(now, &mut effects),
    }
    state.go_over(now, &mut effects);
    state.say_whether_numbers_are_shown(&mut effects);
    if moves {
        state.note_whereabouts(&mut effects);
    }
    if settles {
        state.settle(now);
        state.ask_usage(now, &mut effects);
        state.ask_certificates(now, &mut effects);
    }
    effects
}
