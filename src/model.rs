//! The pure part: records of the cluster's objects and what can be computed from them.
//!
//! Nothing here names a terminal library, an async runtime or a client; no function reads a clock (`now` is handed
//! in), so everything is tested by tables of values.

pub mod by_name;
pub mod cache;
pub mod catalogue;
pub mod certificate;
pub mod column;
pub mod columns;
pub mod container;
pub mod defaults;
pub mod diff;
pub mod endpoints;
pub mod exit;
pub mod export;
pub mod facts;
pub mod feed;
pub mod fields;
pub mod filter;
pub mod glob;
pub mod groups;
pub mod json;
pub mod labels;
pub mod link;
pub mod log;
pub mod matrix;
pub mod measure;
pub mod path;
pub mod placed;
pub mod project;
pub mod quantity;
pub mod record;
pub mod relate;
pub mod relations;
pub mod remote;
pub mod resource;
pub mod rights;
pub mod schedule;
pub mod schema;
pub mod search;
pub mod secret;
pub mod sync;
pub mod table;
pub mod text;
pub mod trouble;
pub mod uid;
pub mod units;
pub mod usage;
pub mod values;
pub mod view;
pub mod whereabouts;
pub mod yaml;

#[cfg(test)]
pub(crate) mod sample;
