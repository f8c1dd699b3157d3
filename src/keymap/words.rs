//! What actions are called where they do not mean the usual: the same key does what its screen has to offer.
//!
//! Bottom line, help, palette and README all ask [`words`]; nothing else names an action to the user.

use super::Context;
use crate::action::Action;

/// How an action is named to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// One or two words for the bottom line.
    pub label: &'static str,
    /// What it does, one sentence.
    pub help: &'static str,
}

/// Where an action has words of its own; they hold in the contexts above too, as the keys do.
pub const OWN: &[(Context, Action, &str, &str)] = {
    use Action as A;
    use Context as C;
    &[
        (C::Labels, A::Filter, "filter", "Filter the labels: a text or a /regex/; clear it with Esc."),
        (C::Labels, A::Logs, "logs", "Follow the logs of the label's pods as one stream."),
        (C::Containers, A::Open, "logs", "Follow the container's log."),
        (C::Containers, A::CopyName, "copy name", "Copy the container's name to the clipboard."),
        (C::Pager, A::Filter, "search", "Search the text: a text or a /regex/; nothing is hidden."),
        (
            C::Logs,
            A::Back,
            "back",
            "Take away what was set last to see less, or the whole screen; then go back.",
        ),
        (C::Logs, A::Zoom, "zoom", "Give the lines the whole screen, and back."),
        (C::Logs, A::Mark, "mark", "Mark the line, or take the mark away, and go down."),
        (
            C::Logs,
            A::Filter,
            "search",
            "Search the lines that are shown, upwards from where one is: a text or a /regex/; nothing is hidden.",
        ),
        (C::Logs, A::Logs, "logs", "The logs of the run that is on, after those of the run before."),
        (
            C::Release,
            A::Open,
            "open",
            "Roll back to the revision under the cursor; of a pod, its containers.",
        ),
        (C::Release, A::Mark, "fold", "Fold the revision under the cursor, or show its pods."),
        (C::Canary, A::Open, "open", "The release screen of the workload under the cursor."),
        (C::Journal, A::Open, "read", "Read the entry to its end, and back."),
        (
            C::Journal,
            A::Filter,
            "filter",
            "Filter the entries: all words must be in them; clear it with Esc.",
        ),
        (
            C::Journal,
            A::Invert,
            "take back",
            "Take the change under the cursor back: its inverse, as a plan.",
        ),
        (C::Journal, A::StopFollowing, "stop", "Follow the change no longer; it is not taken back."),
        (C::Operations, A::Open, "details", "All that is known of it, and back."),
        (
            C::Operations,
            A::StopFollowing,
            "stop",
            "Stop it: a read or a copy is cancelled, a forward closed, a change followed no longer.",
        ),
        (
            C::Operations,
            A::Invert,
            "take back",
            "Take the change under the cursor back: its inverse, as a plan.",
        ),
        (C::Forwards, A::StopFollowing, "stop", "Stop the forward: its connections are closed."),
        (C::Forwards, A::CopyName, "copy address", "Copy the address on this machine, e.g. 127.0.0.1:8080."),
        (
            C::Relations,
            A::Open,
            "go there",
            "Go to the object under the cursor: its table, with the cursor on it.",
        ),
        (C::Relations, A::Relations, "its relations", "The relations of the object under the cursor."),
        (C::Relations, A::Retry, "read again", "Read the relations again."),
        (
            C::Triage,
            A::RecentOfObject,
            "what changed",
            "What changed lately of the object and of what it has to do with.",
        ),
        (C::Recent, A::Retry, "read again", "Read what changed again."),
        (C::Recent, A::Recent, "of all", "From the changes of an object to those of its namespace."),
        (C::Recent, A::Open, "go there", "The object that changed, in its table."),
        (C::Recent, A::CopyName, "copy", "Copy the line."),
        (C::Why, A::Retry, "read again", "Read it all again."),
        (C::Why, A::Open, "go there", "The object of the step under the cursor, in its table."),
        (C::Why, A::Why, "why that", "Why the object of the step under the cursor is as it is."),
        (
            C::Why,
            A::CopyName,
            "copy",
            "Copy the step under the cursor; on the first line, the conclusion and all steps.",
        ),
        (C::Triage, A::Why, "why", "Why what is under the cursor is as it is."),
        (
            C::Relations,
            A::CopyName,
            "copy name",
            "Copy the name of the object under the cursor to the clipboard.",
        ),
        (
            C::Triage,
            A::Open,
            "go there",
            "Go to the row that shows what is wrong: its table, with the cursor on it.",
        ),
        (
            C::Triage,
            A::Filter,
            "filter",
            "Filter the list: all words must be in a line, `!word` in none; clear it with Esc.",
        ),
        (
            C::Triage,
            A::CopyName,
            "copy name",
            "Copy the name of the row that shows what is wrong to the clipboard.",
        ),
        (C::Sheet, A::Retry, "ask again", "Ask again."),
        (C::Sheet, A::CopyName, "copy", "Copy the text to the clipboard."),
        (C::Plan, A::Back, "back", "Leave the plan: nothing is sent."),
        (C::Plan, A::CopyName, "copy", "Copy the kubectl command that does the same."),
        (C::Filter, A::Open, "keep", "Take what is typed."),
        (
            C::Filter,
            A::Back,
            "clear",
            "Give it up: a filter or a search is cleared, a question not answered.",
        ),
        (C::Palette, A::Open, "choose", "Choose the entry under the cursor."),
        (C::Palette, A::Back, "back", "Choose nothing."),
    ]
};

/// Whether an action has words of its own in a context.
pub fn has_own(action: Action, context: Context) -> bool {
    OWN.iter().any(|(at, of, ..)| *at == context && *of == action)
}

/// How an action is named in a stack of contexts, the nearest first.
pub fn words(action: Action, contexts: &[Context]) -> Words {
    let own = |context: &Context| OWN.iter().find(|(at, of, ..)| at == context && *of == action);
    match contexts.iter().find_map(own) {
        Some((.., label, help)) => Words { label, help },
        None => Words { label: action.info().label, help: action.info().help },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::Keymap;

    #[test]
    fn every_row_is_of_an_action_that_is_reached_there_and_says_something_else() {
        let keymap = Keymap::built_in();
        for (at, (context, action, label, help)) in OWN.iter().enumerate() {
            let place = context.info().name;
            assert!(
                !keymap.keys_for(*action, context.stack()).is_empty(),
                "{action} is on no key of {place}"
            );
            let usual = words(*action, &context.stack()[1..]);
            assert_ne!(usual, Words { label, help }, "{action} in {place} says what it says anyway");
            assert!(help.ends_with('.') && !label.is_empty(), "{action} in {place}");
            let twice = OWN[..at].iter().any(|(one, of, ..)| (one, of) == (context, action));
            assert!(!twice, "{action} in {place} twice");
        }
    }

    #[test]
    fn the_nearest_context_names_it() {
        let label = |action, context: Context| words(action, context.stack()).label;
        assert_eq!(label(Action::Filter, Context::Table), "filter");
        assert_eq!(label(Action::Filter, Context::Pager), "search");
        assert_eq!(label(Action::Filter, Context::Logs), "search");
        assert_ne!(
            words(Action::Filter, Context::Logs.stack()).help,
            words(Action::Filter, Context::Pager.stack()).help
        );
        assert_eq!(label(Action::Filter, Context::Help), "search", "as in any pager");
        assert_eq!(label(Action::CopyName, Context::Forwards), "copy address");
        assert_eq!(label(Action::Quit, Context::Forwards), "quit");
    }
}
