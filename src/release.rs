//! Release work: what can be changed, what a change will do, and how one sees that it has happened.
//!
//! Pure functions on objects of the API (as JSON trees) and on records; nothing here sends, waits or draws. A
//! [`Change`] on a [`Target`] becomes a [`plan::Plan`] from [`facts::Facts`]; the gate makes permits of plans.

pub mod amounts;
pub mod apply;
pub mod canary;
pub mod cause;
pub mod change;
pub mod cockpit;
pub mod colours;
pub mod demand;
pub mod edit;
pub mod facts;
pub mod follow;
pub mod history;
pub mod images;
pub mod labelled;
pub mod labels;
pub mod plan;
pub mod pod;
pub mod request;
pub mod scalers;
pub mod selector;
pub mod smoke;
pub mod target;
#[cfg(test)]
mod testing;
pub mod undo;
pub mod yaml;

pub use crate::model::{json, quantity};
pub use change::Change;
pub use target::Target;
