//! The embedded cluster: a small API server inside the process, with controllers that behave and a story to explore.
//!
//! Only [`crate::cli`] and the tests know it; the rest of the program talks to it over HTTP as to any other cluster.
