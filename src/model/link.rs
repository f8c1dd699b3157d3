//! The state of the connection to the API server.

use std::time::Duration;

use super::trouble::Trouble;

/// How the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// No answer yet.
    Connecting,
    /// The server answers.
    Live {
        /// What `/version` says, e.g. `v1.36.2`; empty when it may not be read.
        version: String,
    },
    /// The server does not answer, or not to us.
    Lost {
        /// Why.
        trouble: Trouble,
        /// How many tries failed since it was lost.
        attempt: u32,
        /// How long nothing had arrived when this was noticed: the data is at least as old.
        quiet: Duration,
        /// When it is tried again, from the moment of this value.
        retry_in: Option<Duration>,
    },
}

impl Link {
    /// Whether the server answers.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }
}
