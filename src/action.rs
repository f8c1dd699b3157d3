//! What the user can ask for: one table of actions (invariant 10).
//!
//! Keymaps name actions; help, palette, footer, README and the gate read this table. An action says what is asked, never
//! how it is done. What it is for stands in `kinds`; what it is called on screens where it means something else, in
//! [`crate::keymap::words`].

use std::fmt;

mod kinds;

/// What an action may do to the cluster; the first ring of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Looks at what is there: plain reads at most.
    Look,
    /// Opens a channel into the cluster (exec, attach, port-forward), or starts a program that could.
    Connect,
    /// Changes the cluster.
    Change,
}

/// Where in the help an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Moving around.
    Move,
    /// Panes and screens.
    Panes,
    /// Rows: sort, filter, marks.
    Rows,
    /// Objects: open, logs, YAML.
    Objects,
    /// Changes: what alters the cluster, after a plan.
    Changes,
    /// Log screen.
    Logs,
    /// The program.
    Program,
}

impl Group {
    /// In the order of the help.
    pub const IN_HELP: [Self; 7] =
        [Self::Objects, Self::Changes, Self::Logs, Self::Rows, Self::Panes, Self::Program, Self::Move];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Panes => "Panes and screens",
            Self::Rows => "Rows",
            Self::Objects => "Objects",
            Self::Changes => "Changes (each shows its plan first)",
            Self::Logs => "Logs",
            Self::Program => "Program",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// The name in keymaps and in the palette.
    pub name: &'static str,
    /// One or two words for the bottom line.
    pub label: &'static str,
    /// What it does, one sentence.
    pub help: &'static str,
    /// Where in the help.
    pub group: Group,
    /// What it may do.
    pub access: Access,
}

macro_rules! actions {
    ($($variant:ident $name:literal $label:literal $group:ident $access:ident $help:literal;)*) => {
        /// Something the user asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $help] $variant,)*
        }

        impl Action {
            /// The whole table, in the order of the help.
            pub const ALL: &'static [ActionInfo] = &[
                $(ActionInfo {
                    action: Action::$variant,
                    name: $name,
                    label: $label,
                    help: $help,
                    group: Group::$group,
                    access: Access::$access,
                },)*
            ];
        }
    };
}

actions! {
    Down "down" "down" Move Look "One row down.";
    Up "up" "up" Move Look "One row up.";
    PageDown "page-down" "page down" Move Look "One page down.";
    PageUp "page-up" "page up" Move Look "One page up.";
    HalfPageDown "half-page-down" "half down" Move Look "Half a page down.";
    HalfPageUp "half-page-up" "half up" Move Look "Half a page up.";
    Top "top" "top" Move Look "To the first row.";
    Bottom "bottom" "bottom" Move Look "To the last row.";
    ScrollLeft "scroll-left" "left" Move Look "Scroll the columns or the text to the left.";
    ScrollRight "scroll-right" "right" Move Look "Scroll the columns or the text to the right.";

    Open "open" "open" Panes Look "Go down: a workload's or service's pods, a pod's containers, a container's logs; on a label, scope everything to it.";
    Back "back" "back" Panes Look "Go back to exactly where you were; clears a filter or a label scope first.";
    GoForward "go-forward" "ahead" Panes Look "Go again to where you came back from, exactly as it was.";
    FocusNext "focus-next" "next pane" Panes Look "Focus the next pane.";
    FocusPrevious "focus-previous" "previous pane" Panes Look "Focus the previous pane.";
    FocusDeployments "focus-deployments" "deployments" Panes Look "Focus the deployments pane.";
    FocusPods "focus-pods" "pods" Panes Look "Focus the pods pane.";
    FocusServices "focus-services" "services" Panes Look "Focus the services pane.";
    FocusLabels "focus-labels" "labels" Panes Look "Focus the labels pane.";
    Zoom "zoom" "zoom" Panes Look "Give the focused pane the whole screen, and back.";
    ToggleLinked "toggle-linked" "link" Panes Look "Link the panes (the selection in one scopes the others), or let each show everything.";
    Wider "wider" "wider" Panes Look "Move the border between left and right panes to the right.";
    Narrower "narrower" "narrower" Panes Look "Move the border between left and right panes to the left.";
    Taller "taller" "taller" Panes Look "Move the border between upper and lower panes down.";
    Shorter "shorter" "shorter" Panes Look "Move the border between upper and lower panes up.";

    Filter "filter" "filter" Rows Look "Filter the rows: text, ~fuzzy, /regex/, status=Running, age<2h, with and, or, not, ( ); `-l` and `-f` ask the server; clear it with Esc.";
    FaultsOnly "faults-only" "faults" Rows Look "Show only the rows that are not well, or all again.";
    SortNext "sort-next" "sort" Rows Look "Sort by the next column.";
    SortAdd "sort-add" "then by" Rows Look "Sort by one more column where the others are equal; `sort-next` changes the last one. In the list of columns: by this one.";
    SortReverse "sort-reverse" "reverse" Rows Look "Turn the order around; of several columns that of the last one.";
    SortName "sort-name" "by name" Rows Look "Sort by name.";
    SortAge "sort-age" "by age" Rows Look "Sort by age, youngest first.";
    SortStatus "sort-status" "by status" Rows Look "Sort by status, worst first.";
    SortReady "sort-ready" "by ready" Rows Look "Sort by ready.";
    SortRestarts "sort-restarts" "by restarts" Rows Look "Sort by restarts, most first.";
    SortNamespace "sort-namespace" "by namespace" Rows Look "Sort by namespace.";
    SortNode "sort-node" "by node" Rows Look "Sort by node.";
    Wide "wide" "wide" Rows Look "Show more columns, or fewer.";
    Columns "columns" "columns" Rows Look "Choose which columns the kind has, and in which order; it is remembered.";
    ColumnEarlier "column-earlier" "earlier" Rows Look "In the list of columns: move this one to the left.";
    ColumnLater "column-later" "later" Rows Look "In the list of columns: move this one to the right.";
    ColumnsDefault "columns-default" "default" Rows Look "In the list of columns: back to those that the kind has by itself.";
    GroupEvents "group-events" "group" Rows Look "Of events: one line for all that have type, reason and kind of object in common, or each by itself again; Enter shows those of a line.";
    FoldHashes "fold-hashes" "hash labels" Rows Look "Show the labels that hold hashes and indexes, or fold them.";
    Mark "mark" "mark" Rows Look "Mark the row, or take the mark away, and go down.";
    MarkRange "mark-range" "mark range" Rows Look "Mark the rows from the one that was marked last to this one.";
    MarkAll "mark-all" "mark all" Rows Look "Mark every row that is shown: all, or those that the filter leaves.";
    Favourite "favourite" "favourite" Rows Look "Make the namespace under the cursor of the list a favourite, which comes first there, or take that back.";
    ClearMarks "clear-marks" "clear marks" Rows Look "Take all marks away.";

    Logs "logs" "logs" Objects Look "Follow the logs as one stream: of a pod, a container, a workload, a service, a label, of all marked rows.";
    PreviousLogs "previous-logs" "previous" Objects Look "The logs of the run before.";
    Exec "exec" "exec" Objects Connect "A shell in a container, whichever it has; `:exec COMMAND` runs a command there. Of a workload or a service: in its first ready pod.";
    ExecAside "exec-aside" "exec in tmux" Objects Connect "The same in a new pane or window of tmux (`exec.tmux`).";
    Attach "attach" "attach" Objects Connect "Join the process of a container, with the terminal and the input that it has; without input it is a look.";
    AttachAside "attach-aside" "attach in tmux" Objects Connect "The same in a new pane or window of tmux.";
    Yaml "yaml" "yaml" Objects Look "The object as YAML.";
    Fold "fold" "fold" Objects Look "On YAML: show `managedFields` and the fields that have the API's defaults, or fold them again.";
    Describe "describe" "describe" Objects Look "All that is known of the object, as `kubectl describe` tells it.";
    Events "object-events" "events" Objects Look "The events of this very object.";
    Reveal "reveal" "reveal" Objects Connect "On the YAML of a Secret: show one of its values, or hide it again; not in read-only mode.";
    Explain "explain" "explain" Objects Look "The fields of the kind as the server documents them; `:explain deploy.spec.strategy` goes to one.";
    Relations "relations" "relations" Objects Look "What the object has to do with others, both ways: owners, owned, uses, selectors, routes; go along from there.";
    Recent "changes" "changes" Objects Look "What changed lately in the namespace: rollouts, scales, selectors, edits and who made them, nodes, autoscalers, and what this session saw; `:changes 2h` looks back two hours.";
    RecentOfObject "object-changes" "its changes" Objects Look "The same of the object under the cursor and what it has to do with.";
    LookBackFurther "look-back-further" "further back" Objects Look "On the screen of changes: look back further.";
    LookBackLess "look-back-less" "less far" Objects Look "On the screen of changes: look back less far.";
    Why "why" "why" Objects Look "Why the object is as it is: the chain from what one sees to what causes it, each step with the object that shows it; go there from the step.";
    Diff "diff" "diff" Objects Look "What changes in the object while you look, version by version, and what this session saw of it before.";
    CopyName "copy-name" "copy name" Objects Look "Copy the name to the clipboard.";
    CopyMenu "copy-menu" "copy..." Objects Look "Copy a cell, the row, or the rows (marked, or shown) as text, CSV, JSON or YAML; or save them to a file.";
    AllNamespaces "all-namespaces" "all ns" Objects Look "All namespaces, or the one before.";

    Forward "forward" "forward" Objects Connect "Forward a port of a pod, a service or a workload to this machine.";
    CopyFiles "copy-files" "copy" Objects Connect "Copy files out of a container or into it: `:PATH LOCAL`, or `LOCAL :PATH`.";
    Endpoint "endpoint" "endpoint" Objects Connect "Ask a health, metrics or info endpoint of a pod or a service: a GET through the API server, of a path that is offered (`endpoints`) or typed.";
    Can "can" "rights" Objects Look "What you may do in the namespace; `:can ACTION` for what is under the cursor, `:can VERB RESOURCE NAME` for anything; on a plan: whether it may be sent.";
    Forwards "forwards" "forwards" Objects Look "The list of forwarded ports with their traffic; stop them from there.";

    Release "release" "rollout" Objects Look "The release screen: the rollout, its revisions with their pods, events; roll back from there.";
    LogsBeside "logs-beside" "log" Objects Look "On the release screen: show the last log lines of the new revision, or hide them.";
    Canary "canary" "canary" Objects Look "The canary screen: the workloads behind a service with their shares of its ready endpoints; set a share, promote, abort from there.";
    StableSide "stable-side" "stable side" Objects Look "On the canary screen: the selected workload is the stable side; once more: as it was thought before.";
    Scale "scale" "scale" Changes Change "Scale: so many replicas.";
    Restart "restart" "restart" Changes Change "Restart: new pods of the same template, as `kubectl rollout restart`.";
    Undo "undo" "undo" Changes Change "Roll back to the revision before, as `kubectl rollout undo`.";
    SetImage "set-image" "image" Changes Change "Set another image: chosen from those that were seen, or typed.";
    SwitchService "switch" "blue/green" Changes Change "Blue/green: switch a service to other pods, with a preview of both sides.";
    SetShare "set-share" "share" Changes Change "On the canary screen: the canary's share of the endpoints in percent, by the replicas of both sides.";
    MoreShare "more-share" "more" Changes Change "On the canary screen: one pod more for the canary, one fewer for the stable side.";
    LessShare "less-share" "less" Changes Change "On the canary screen: one pod fewer for the canary, one more for the stable side.";
    Promote "promote" "promote" Changes Change "On the canary screen: the stable side gets the canary's images and its number of pods on top, then the canary is scaled to 0.";
    Abort "abort" "abort" Changes Change "On the canary screen: the stable side takes the canary's pods over, and the canary is scaled to 0.";
    Surge "surge" "surge" Changes Change "Surge update: scale out, restart, scale back in, as one followed change.";
    Orphan "orphan" "orphan" Changes Change "Take a pod out of its controller by its labels, out of its services too or serving on; it is replaced.";
    Debug "debug" "debug" Changes Change "Debug: an ephemeral container joins the pod, with a shell and the processes of one of its containers.";
    Edit "edit" "edit" Changes Change "Edit the object in $EDITOR; what you changed is planned before it is sent.";
    Apply "apply" "apply" Changes Change "Apply a manifest, a file's (`:apply PATH`) or pasted text, as `kubectl apply --server-side`.";
    Insist "insist" "insist" Changes Look "Plan it although fewer ready pods would serve it.";
    SmokeCheck "smoke-check" "smoke check" Changes Connect "On the plan of a switch: ask the pods of the other side, by a GET through the API server, and show their answers.";
    ToggleForce "toggle-force" "force" Changes Look "On a plan: force it, or not: an apply takes fields over from other managers, a delete waits for nobody.";
    Cascade "cascade" "cascade" Changes Look "On the plan of a delete: what becomes of what it owns: background, foreground, orphan.";
    PauseRollout "pause" "pause" Changes Change "Pause the rollout.";
    ResumeRollout "resume" "resume" Changes Change "Resume the rollout.";
    TogglePause "toggle-pause" "pause" Changes Change "Pause the rollout, or resume it.";
    Strategy "strategy" "strategy" Changes Change "Other bounds for rolling updates: maxSurge and maxUnavailable.";
    Label "label" "label" Changes Change "Add, change or take away labels.";
    Annotate "annotate" "annotate" Changes Change "Add, change or take away annotations.";
    Delete "delete" "delete" Changes Change "Delete.";
    ForceDelete "force-delete" "force delete" Changes Change "Delete a pod without waiting for its containers to end.";
    Invert "invert" "take back" Changes Change "Take the last change back: its inverse, as a plan.";
    StopFollowing "stop-following" "stop" Changes Look "Follow the change no longer (it is not taken back), cancel what is being read, or close what is open.";
    Confirm "confirm" "confirm" Changes Change "Confirm the plan on the screen: it is sent.";
    ShowRequest "show-request" "request" Changes Look "Show the exact requests of the plan, or hide them.";
    Reason "reason" "reason" Changes Look "Say why; it is written into the journal.";
    RingWhenDone "ring-when-done" "ring" Changes Look "Announce the end of the change, or only show it.";

    Follow "follow" "follow" Logs Look "Follow the end of the log, or stay where you are.";
    Keep "keep" "keep" Logs Look "Show only the lines with a text or a /regex/.";
    Exclude "exclude" "exclude" Logs Look "Hide the lines with a text or a /regex/.";
    Fields "fields" "fields" Logs Look "Show only the JSON lines whose fields are so: level=error status>=500.";
    AtLeast "at-least" "errors" Logs Look "Show only warnings and worse, then only errors and worse, then all again.";
    MoreContext "more-context" "context" Logs Look "One line more around each line that is let through.";
    LessContext "less-context" "less context" Logs Look "One line fewer around each line that is let through.";
    SearchNext "search-next" "next match" Logs Look "To the next match.";
    SearchPrevious "search-previous" "previous match" Logs Look "To the previous match.";
    Json "json" "JSON" Logs Look "JSON lines as they are, one field per column, or pretty.";
    Wrap "wrap" "wrap" Logs Look "Wrap long lines, or cut them.";
    Timestamps "timestamps" "times" Logs Look "Show the time of each line, or hide it.";
    Utc "utc" "UTC" Logs Look "Times in UTC, or in local time.";
    Names "names" "names" Logs Look "Show whose each line is, or hide it.";
    ChooseContainers "choose-containers" "containers" Logs Look "Choose one of the containers, or all of them, init containers too.";
    MoreStreams "more-streams" "more streams" Logs Look "Twice as many streams at once.";
    Since "since" "since" Logs Look "From when on: a duration, a time, or `rollout` for the start of the rollout; empty: from anywhen.";
    Tail "tail" "tail" Logs Look "How many lines of the past of each container; empty: all.";
    SinceTail "since-tail" "tail" Logs Look "The last lines of each container, as the configuration says.";
    SinceStart "since-start" "all" Logs Look "Everything that the cluster still has.";
    Since1m "since-1m" "1m" Logs Look "All of the last minute.";
    Since5m "since-5m" "5m" Logs Look "All of the last 5 minutes.";
    Since15m "since-15m" "15m" Logs Look "All of the last 15 minutes.";
    Since30m "since-30m" "30m" Logs Look "All of the last 30 minutes.";
    Since1h "since-1h" "1h" Logs Look "All of the last hour.";
    SinceRollout "since-rollout" "rollout" Logs Look "Everything since the start of the rollout, where it is known.";
    Separator "separator" "separator" Logs Look "Put a line with the time at the end, to tell what comes from what was.";
    CopyLines "copy-lines" "copy" Logs Look "Copy the marked lines, or the one under the cursor; the whole text of an object.";
    SaveShown "save" "save" Logs Look "Save the lines that are shown to a file.";
    SaveAll "save-all" "save all" Logs Look "Save all lines that are kept to a file, the hidden ones too.";
    OpenPager "pager" "pager" Logs Connect "Open the lines that are shown in $PAGER; not in read-only mode, for a pager can run commands.";
    Clear "clear" "clear" Logs Look "Forget the lines read so far.";

    Older "older" "older" Program Look "In the line of a filter: the filter that was used before.";
    Newer "newer" "newer" Program Look "In the line of a filter: the one that was used after it.";
    Help "help" "help" Program Look "The keys that work here.";
    Palette "palette" "go to" Program Look "Open a kind, a namespace or a context, or run an action by its name.";
    Contexts "contexts" "contexts" Program Look "Choose another context of the kubeconfig.";
    Namespaces "namespaces" "namespaces" Program Look "Choose a namespace.";
    Retry "retry" "retry" Program Look "Try the connection again now.";
    Bundle "bundle" "bundle" Program Look "Write a hand-over to a file: what is wrong, why, events, the end of the log, what changed; `:bundle PATH`. What looks like a password is masked.";
    Triage "triage" "triage" Program Look "What is wrong now, worst first, each with why and since when; go to the rows that show it from there.";
    Journal "journal" "journal" Program Look "What was changed, by whom, and what became of it; take it back from there.";
    Operations "operations" "operations" Program Look "What is on its way: changes, reads, logs; stop them from there.";
    Messages "messages" "messages" Program Look "The messages of this session.";
    NextTheme "next-theme" "theme" Program Look "The next theme.";
    NextKeymap "next-keymap" "keymap" Program Look "The next keymap.";
    Redraw "redraw" "redraw" Program Look "Draw the whole screen again.";
    Suspend "suspend" "suspend" Program Look "Back to the shell; `fg` returns.";
    Quit "quit" "quit" Program Look "Leave Dogwatch.";
}

impl Action {
    /// Its row of the table.
    pub fn info(self) -> &'static ActionInfo {
        // The table is written from the same list as the enum, so the discriminant is the index.
        &Self::ALL[self as usize]
    }

    /// The action that keymaps and the palette call `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.name == name).map(|info| info.action)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_its_own_row() {
        let mut names = HashSet::new();
        for (at, info) in Action::ALL.iter().enumerate() {
            assert_eq!(info.action as usize, at);
            assert_eq!(Action::from_name(info.name), Some(info.action));
            assert!(names.insert(info.name), "{} twice", info.name);
            assert!(info.help.ends_with('.'), "{}: {}", info.name, info.help);
        }
    }
}
