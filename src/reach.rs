//! What leads into pods and back: forwarded ports, and files that are copied. Values and pure functions; what opens a channel is
//! the cluster's.

pub mod copy;
pub mod endpoint;
pub mod ports;
