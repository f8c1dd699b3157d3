//! Where a key is pressed: contexts, and which lie under which.

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextInfo {
    /// The context.
    pub context: Context,
    /// Its name in keymaps.
    pub name: &'static str,
    /// Where it is, one sentence.
    pub doc: &'static str,
    /// It and the contexts beneath it, the nearest first.
    pub stack: &'static [Context],
    /// Characters are typed into an input there, so they cannot be bound.
    pub typing: bool,
}

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but where text is typed.
    Global,
    /// Any list of rows.
    Table,
    /// The home screen.
    Home,
    /// The labels pane of the home screen.
    Labels,
    /// The list of a pod's containers.
    Containers,
    /// Any text that is paged through: YAML, messages.
    Pager,
    /// An object as text: YAML, description, events.
    Text,
    /// The log screen.
    Logs,
    /// The help.
    Help,
    /// A failure that fills the screen.
    Trouble,
    /// The release screen of a workload.
    Release,
    /// The canary screen of a service.
    Canary,
    /// The journal of changes.
    Journal,
    /// The list of what is on its way.
    Operations,
    /// The list of forwarded ports.
    Forwards,
    /// The fields of a kind.
    Explain,
    /// What an object has to do with others.
    Relations,
    /// What changed lately.
    Recent,
    /// Why an object is as it is.
    Why,
    /// A text that was asked for once: rights, the answer of an endpoint.
    Sheet,
    /// What is wrong now.
    Triage,
    /// The plan of a change, to be confirmed.
    Plan,
    /// The list of a kind's columns.
    Columns,
    /// The input of a filter or a search.
    Filter,
    /// The palette.
    Palette,
}

impl Context {
    /// The whole table, in the order of the docs.
    pub const ALL: &'static [ContextInfo] = &[
        ContextInfo {
            context: Self::Global,
            name: "global",
            doc: "Everywhere but where text is typed.",
            stack: &[Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Table,
            name: "table",
            doc: "Any list of rows.",
            stack: &[Self::Table, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Home,
            name: "home",
            doc: "The home screen.",
            stack: &[Self::Home, Self::Table, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Labels,
            name: "labels",
            doc: "The labels pane of the home screen.",
            stack: &[Self::Labels, Self::Home, Self::Table, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Containers,
            name: "containers",
            doc: "The list of a pod's containers.",
            stack: &[Self::Containers, Self::Table, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Pager,
            name: "pager",
            doc: "Any text that is paged through: YAML, messages.",
            stack: &[Self::Pager, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Text,
            name: "text",
            doc: "An object as text: YAML, description, events.",
            stack: &[Self::Text, Self::Pager, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Logs,
            name: "logs",
            doc: "The log screen.",
            stack: &[Self::Logs, Self::Pager, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Help,
            name: "help",
            doc: "The help.",
            stack: &[Self::Help, Self::Pager, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Trouble,
            name: "trouble",
            doc: "A failure that fills the screen.",
            stack: &[Self::Trouble, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Release,
            name: "release",
            doc: "The release screen of a workload.",
            stack: &[Self::Release, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Canary,
            name: "canary",
            doc: "The canary screen of a service.",
            stack: &[Self::Canary, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Journal,
            name: "journal",
            doc: "The journal of changes.",
            stack: &[Self::Journal, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Operations,
            name: "operations",
            doc: "The list of what is on its way.",
            stack: &[Self::Operations, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Forwards,
            name: "forwards",
            doc: "The list of forwarded ports.",
            stack: &[Self::Forwards, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Explain,
            name: "explain",
            doc: "The fields of a kind.",
            stack: &[Self::Explain, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Relations,
            name: "relations",
            doc: "What an object has to do with others.",
            stack: &[Self::Relations, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Recent,
            name: "changes",
            doc: "What changed lately.",
            stack: &[Self::Recent, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Why,
            name: "why",
            doc: "Why an object is as it is.",
            stack: &[Self::Why, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Sheet,
            name: "sheet",
            doc: "A text that was asked for once: rights, the answer of an endpoint.",
            stack: &[Self::Sheet, Self::Pager, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Triage,
            name: "triage",
            doc: "The list of what is wrong.",
            stack: &[Self::Triage, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Plan,
            name: "plan",
            doc: "The plan of a change, to be confirmed.",
            stack: &[Self::Plan, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Columns,
            name: "columns",
            doc: "The list of a kind's columns.",
            stack: &[Self::Columns, Self::Global],
            typing: false,
        },
        ContextInfo {
            context: Self::Filter,
            name: "filter",
            doc: "The input of a filter, a search, or a value.",
            stack: &[Self::Filter],
            typing: true,
        },
        ContextInfo {
            context: Self::Palette,
            name: "palette",
            doc: "The palette.",
            stack: &[Self::Palette],
            typing: true,
        },
    ];

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its row of the table.
    pub fn info(self) -> &'static ContextInfo {
        &Self::ALL[self as usize]
    }

    /// It and the contexts beneath it, the nearest first.
    pub fn stack(self) -> &'static [Self] {
        self.info().stack
    }

    /// The context that keymaps call `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|info| info.name == name).map(|info| info.context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, info) in Context::ALL.iter().enumerate() {
            assert_eq!(info.context as usize, at, "{}", info.name);
            assert_eq!(Context::from_name(info.name), Some(info.context));
            assert_eq!(info.stack[0], info.context);
            assert!(info.doc.ends_with('.'));
            let on_global = info.stack.last() == Some(&Context::Global);
            assert_eq!(on_global, !info.typing, "typed text never falls through to keys: {}", info.name);
        }
    }
}
