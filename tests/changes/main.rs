//! Changes against the embedded cluster: what a plan says is what the cluster then shows, and its inverse gives the object
//! back. The plans are the program's; what carries them out is a plain HTTP client, so that nothing stands in between.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

#[path = "../support/harness.rs"]
mod harness;

mod bench;
mod inverse;
mod match_of_selector;
