//! The cluster: the only place that names `kube::`; connects, watches, reads. It does not know the screen.

pub mod connect;
pub mod credentials;
pub mod kubeconfig;
pub mod plugin;
pub mod policy;
pub mod target;
pub mod transport;
pub mod trouble;
