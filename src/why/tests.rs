//! Tables of causes.
