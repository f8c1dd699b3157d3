//! The terminal: raw mode, the encoder of frames, colours, input, signals.
//!
//! Screens draw into a [`ratatui::buffer::Buffer`]; an [`Output`] takes it from there. Must not know the state, or any
//! kind of the cluster. Nothing here panics over a terminal that is gone: writes return their errors, and
//! [`session::is_gone`] tells the end from other trouble.
//!
//! | file | owns |
//! | --- | --- |
//! | [`depth`] | how many colours, which characters |
//! | [`encode`] | the bytes from one frame to the next (`grid` compares, `scroll` finds moved bands, `canvas` and `pen` write) |
//! | [`output`] | what the loop draws to: the real terminal, or a recorded one in tests |
//! | [`painted`] | lines for a terminal that is not taken |
//! | [`session`] | modes of the terminal: enter, leave, suspend, lend to a child |
//! | [`input`] | keys and pastes (`parse` reads them), the hang-up |
//! | [`mod@line`] | the terminal as plain bytes while it is lent to a container |
//! | [`signals`] | signals as events |
//! | [`clipboard`] | copies out, never in |
//! | [`report`] | panics and errors, printed after the terminal was given back |

mod canvas;
pub mod clipboard;
pub mod depth;
pub mod encode;
mod grid;
pub mod input;
pub mod key;
pub mod line;
pub mod output;
pub mod painted;
mod parse;
mod pen;
pub mod report;
mod scroll;
pub mod session;
pub mod signals;

pub use depth::{Charset, Depth};
pub use input::{Input, InputEvent};
pub use output::Output;
pub use session::Terminal;
