//! The embedded cluster: a small API server inside the process, with controllers that behave and a story to explore.
//!
//! Only [`crate::cli`] and the tests know it; the rest of the program talks to it over HTTP as to any other cluster.

pub mod clock;
pub mod controllers;
mod defaults;
mod managed;
pub mod object;
pub mod resource;
pub mod status;
pub mod store;

/// What kind of cluster to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many pods beside the story's own, spread over generated namespaces.
    pub pods: usize,
    /// Whether things happen by themselves.
    pub lively: bool,
    /// What uids, names and chance follow from.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { pods: 0, lively: true, seed: 1 }
    }
}
