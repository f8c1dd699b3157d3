//! Whole paths through the program: keys in, screen out, against the embedded cluster over real HTTP in memory.

// Helpers of tests may unwrap as tests do; the lint only knows test functions.
#![allow(clippy::unwrap_used)]

#[path = "../support/harness.rs"]
mod harness;

mod apply;
mod bluegreen;
mod bulk;
mod can;
mod canary;
mod canary_changes;
mod channels;
mod containers;
mod contexts;
mod copy;
mod debug;
mod delete;
mod describe;
mod edit;
mod endpoints;
mod exec;
mod explain;
mod fleets;
mod forward;
mod gate;
mod handover;
mod home;
mod journal;
mod kinds;
mod log_streams;
mod log_switch;
mod logs;
mod mouse;
mod namespaces;
mod operations;
mod outcomes;
mod own_columns;
mod paths;
mod policy;
mod procedures;
mod program;
mod readonly;
mod recent;
mod relations;
mod release;
mod rights;
mod ring;
mod rollback;
mod rows;
mod secrets;
mod sides;
mod snapshots;
mod steer;
mod tables;
mod tables_kept;
mod triage;
mod trouble;
mod usage;
mod why;
mod wire;
