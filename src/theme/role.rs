//! What can be styled: one table of roles (invariant 10).
//!
//! A role says what a piece of the screen means, never how it looks; the themes say that.

use crate::model::column::Tone;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleInfo {
    /// The role.
    pub role: Role,
    /// The name in theme files.
    pub id: &'static str,
    /// The role whose style it has where a theme does not name it.
    pub fallback: Option<Role>,
    /// What it is, one sentence.
    pub doc: &'static str,
}

macro_rules! roles {
    ($($variant:ident $id:literal $($fallback:ident)? $doc:literal;)*) => {
        /// Something on the screen that has a style of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $(#[doc = $doc] $variant,)*
        }

        impl Role {
            /// The whole table. A fallback always stands before the roles that fall back to it.
            pub const ALL: &'static [RoleInfo] = &[
                $(RoleInfo {
                    role: Role::$variant,
                    id: $id,
                    fallback: roles!(@fallback $($fallback)?),
                    doc: $doc,
                },)*
            ];
        }
    };
    (@fallback) => { None };
    (@fallback $fallback:ident) => { Some(Role::$fallback) };
}

roles! {
    Text "text" "Text, and the ground of the whole screen.";
    Dim "dim" Text "What matters less: units, folded lines, hints.";
    Accent "accent" Text "The one accent colour.";

    Bar "bar" Text "The top line.";
    BarContext "bar.context" Accent "The context and the namespace in the top line.";
    BarProtected "bar.protected" Bar "The top line in a protected context.";
    Title "title" Text "The title of a pane.";
    TitleFocused "title.focused" Title "The title of the pane that has the keyboard.";
    Border "border" Dim "The rules around and between panes.";
    BorderFocused "border.focused" Border "The rules of the pane that has the keyboard.";
    BorderProtected "border.protected" Border "The rules around and between panes, and around what stands over the screen, in a protected context.";
    Scrollbar "scrollbar" Border "The part of a scroll bar that shows where one is.";

    Header "header" Dim "The titles of columns.";
    HeaderSorted "header.sorted" Header "The title of the column by which the rows are sorted.";
    Cursor "cursor" Text "The selected row of the pane that has the keyboard.";
    CursorUnfocused "cursor.unfocused" Cursor "The selected row of the other panes.";
    Mark "mark" Accent "A marked row.";
    Match "match" Accent "The characters that a filter or a search found.";

    Tone "tone" Text "A value with a meaning; its parts say which.";
    ToneGood "tone.good" Tone "As it should be.";
    ToneBusy "tone.busy" Tone "On its way.";
    ToneWarn "tone.warn" Tone "Not as it should be.";
    ToneBad "tone.bad" Tone "Broken.";

    New "new" ToneGood "A row that has just come.";
    Changed "changed" ToneBusy "A row that has just changed.";
    Gone "gone" Dim "A row that has just gone.";

    Mode "mode" Bar "A word about the state of the program in the top line; its parts say which.";
    ModeLive "mode.live" Mode "The data is live.";
    ModeLoading "mode.loading" Mode "The data is on its way.";
    ModeStale "mode.stale" Mode "The data is old.";
    ModeReadonly "mode.readonly" Mode "Read-only: nothing can be changed.";
    ModeProtected "mode.protected" Mode "The context is protected.";
    ModeDemo "mode.demo" Mode "The embedded cluster.";

    Key "key" Accent "A key that works here.";
    KeyHint "key.hint" Dim "What the key does.";
    KeyOff "key.off" Dim "A key that the mode forbids.";

    Notice "notice" Text "A message; its parts say how grave it is.";
    NoticeInfo "notice.info" Notice "Something happened.";
    NoticeWarn "notice.warn" ToneWarn "Something needs attention.";
    NoticeError "notice.error" ToneBad "Something failed.";

    Input "input" Text "What is typed.";
    InputPrompt "input.prompt" Accent "What stands before it.";
    InputError "input.error" ToneBad "What is typed and cannot be understood.";

    Dialog "dialog" Text "The ground of what stands over the screen: help, palette.";
    DialogBorder "dialog.border" BorderFocused "The rules around it.";
    HelpTitle "help.title" TitleFocused "A heading of the help.";
    HelpKey "help.key" Key "A key in the help.";
    HelpText "help.text" Text "What the key does.";

    Log "log" Text "A line of a log; its parts say what of it.";
    LogTime "log.time" Dim "The time of a log line.";
    LogNote "log.note" Dim "A word between the lines: who joined, who left, what was restarted.";
    LogContext "log.context" Dim "A line that is shown because of one beside it.";
    LogSource "log.source" Accent "The pod and the container of a log line; its parts are given by the name.";
    LogSource1 "log.source.1" LogSource "Pods of the first colour.";
    LogSource2 "log.source.2" ToneGood "Pods of the second colour.";
    LogSource3 "log.source.3" ToneBusy "Pods of the third colour.";
    LogSource4 "log.source.4" Mark "Pods of the fourth colour.";
    LogSource5 "log.source.5" Title "Pods of the fifth colour.";
    LogSource6 "log.source.6" Header "Pods of the sixth colour.";
    LogBlack "log.black" Dim "What a program wrote in black, or in bright black.";
    LogRed "log.red" ToneBad "What a program wrote in red.";
    LogGreen "log.green" ToneGood "What a program wrote in green.";
    LogYellow "log.yellow" ToneWarn "What a program wrote in yellow.";
    LogBlue "log.blue" ToneBusy "What a program wrote in blue.";
    LogMagenta "log.magenta" Mark "What a program wrote in magenta.";
    LogCyan "log.cyan" Accent "What a program wrote in cyan.";
    LogWhite "log.white" Log "What a program wrote in white.";

    Syntax "syntax" Text "Text with a grammar, such as YAML; its parts say what it is.";
    SyntaxKey "syntax.key" Accent "The key of a map.";
    SyntaxString "syntax.string" Syntax "Text in quotes, or what is read as text.";
    SyntaxNumber "syntax.number" Syntax "A number.";
    SyntaxConstant "syntax.constant" SyntaxNumber "true, false, null.";
    SyntaxComment "syntax.comment" Dim "A comment.";
    SyntaxPunctuation "syntax.punctuation" Dim "Signs between the rest.";
}

impl Role {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its row of the table.
    pub fn info(self) -> &'static RoleInfo {
        // The table is written from the same list as the enum, so the discriminant is the index.
        &Self::ALL[self as usize]
    }

    /// Its name in theme files.
    pub fn id(self) -> &'static str {
        self.info().id
    }

    /// The role that theme files call `id`.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.id == id).map(|info| info.role)
    }
}

impl From<Tone> for Role {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Plain => Self::Text,
            Tone::Dim => Self::Dim,
            Tone::Good => Self::ToneGood,
            Tone::Busy => Self::ToneBusy,
            Tone::Warn => Self::ToneWarn,
            Tone::Bad => Self::ToneBad,
            Tone::Accent => Self::Accent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_role_has_its_own_row() {
        let mut ids = HashSet::new();
        for (at, info) in Role::ALL.iter().enumerate() {
            assert_eq!(info.role as usize, at);
            assert_eq!(Role::from_id(info.id), Some(info.role));
            assert!(ids.insert(info.id), "{} twice", info.id);
            assert!(info.doc.ends_with('.'), "{}: {}", info.id, info.doc);
        }
        assert_eq!(Role::from_id("nobody"), None);
    }

    #[test]
    fn every_role_falls_back_to_text_without_going_round() {
        for info in Role::ALL {
            match info.fallback {
                None => assert_eq!(info.role, Role::Text),
                Some(fallback) => assert!((fallback as usize) < (info.role as usize), "{}", info.id),
            }
        }
    }

    #[test]
    fn dotted_names_have_a_root_that_is_a_role_or_a_fallback_elsewhere() {
        for info in Role::ALL {
            let Some((root, _)) = info.id.split_once('.') else { continue };
            let known = Role::from_id(root);
            assert!(known.is_some() || info.fallback != Some(Role::Text) || root == "help", "{}", info.id);
        }
    }
}
