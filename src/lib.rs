//! Dogwatch: the terminal from which one person watches a Kubernetes cluster and steers its releases.
//!
//! # How it is built
//!
//! ```text
//!  keys ──────────► keymap ──► Action ─┐                                   ┌─► draw(&State) ──► terminal
//!  watch batches ─────────► Event ─────┼──► update(&mut State, now) ──► ───┤
//!  logs, replies, signals ► Event ─────┘        pure, no await             └─► Effect ──► runner ──► cluster
//!                             ▲                                                                        │
//!                             └────────────────────────── Event (carries the id of its operation) ◄────┘
//! ```
//!
//! An [`event::Event`] is what happened, an [`action::Action`] what the user asked, an [`effect::Effect`] what the
//! program does to the world; the screen is a function of the [`state::State`].
//!
//! # Rooms
//!
//! | room | owns | must not |
//! | --- | --- | --- |
//! | [`model`] | records, projection, tables, views, filters: pure functions on values | name ratatui, tokio, a client |
//! | [`reach`] | forwarded ports and copied files, as values and pure functions | open a channel |
//! | [`describe`] | what is told of one object, as kubectl tells it: pure functions on JSON | name a client, a clock |
//! | [`recent`] | what changed lately, as objects themselves remember it: pure functions on JSON and records | name a client, a clock |
//! | [`triage`] | what is wrong now: rules, pure functions on records | read a clock, ask anybody, know the screen |
//! | [`why`] | why something is as it is: the chain of evidence, pure functions on JSON | read a clock, ask anybody |
//! | [`handover`] | what is handed over, as one page, secrets masked: pure functions | read a clock, ask anybody |
//! | [`state`] | everything the screen is a function of | await, read a clock, do I/O |
//! | [`update`] | routes events and actions to the state | the same |
//! | [`screen`], [`widget`] | drawing a state into a buffer | change the state |
//! | [`cluster`] | the only place that names `kube::`; connects, watches, reads | know the screen |
//! | [`remote`] | joins a terminal, or pipes, with a process in a container | know the state |
//! | [`runner`] | carries effects to the cluster and events back | decide anything |
//! | [`app`] | the loop: drain events, then draw once | know a kind or a screen |
//! | [`memory`] | what is remembered between runs, and its file | know the screen |
//! | [`terminal`] | raw mode, colours, the encoder of frames | know the state |
//! | [`demo`] | a small API server: the cluster of `--demo` and of the tests | be known to anything but `cli` and the tests |
//!
//! # Words
//!
//! - **Record**: what is kept of one object of the cluster (a few hundred bytes), made by a *projection*.
//! - **Feed**: the stream of changes of one kind in one scope, made by one watch and shared by all panes.
//! - **Table**: all records of one kind; **View**: the sorted, filtered, scoped order in which a pane shows them.
//! - **Slot**: the place of a record in its table; it stays while the object lives.
//! - **Pane**: a view on the screen; **Screen**: what fills the terminal between the top and the bottom line.
//! - **Link**: the state of the connection to the API server; **Trouble**: an explained failure.

pub mod action;
pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod demo;
pub mod describe;
pub mod effect;
pub mod event;
pub mod gate;
pub mod handover;
pub mod inquiry;
pub mod journal;
pub mod keymap;
pub mod memory;
pub mod model;
pub mod reach;
pub mod recent;
pub mod release;
pub mod remote;
pub mod runner;
pub mod screen;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod triage;
pub mod update;
pub mod why;
pub mod widget;
