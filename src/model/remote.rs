//! What a process in a container, or an open channel into one, tells at its end.

use super::trouble::Trouble;

/// How a remote process, or the look at one, has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It ended with this code.
    Exit(i32),
    /// It never ran, or the container's runtime failed; in the runtime's words.
    Failed(Box<str>),
    /// The connection broke: it may still run.
    Lost(Trouble),
}

impl End {
    /// Whether the container has no such program: the runtime says so before anything ran.
    pub fn is_not_found(&self) -> bool {
        let Self::Failed(said) = self else { return false };
        [
            "executable file not found",
            "no such file or directory",
            "The system cannot find the file specified",
        ]
        .iter()
        .any(|words| said.contains(words))
    }
}
