//! When certificates end: all that is ever kept of a Secret of the type `kubernetes.io/tls`.

use super::record::Seconds;
use super::text::Text;
use super::uid::Uid;

/// The end of the certificate in a Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The Secret's namespace.
    pub namespace: Text,
    /// The Secret's name.
    pub name: Text,
    /// The Secret's UID.
    pub uid: Uid,
    /// `notAfter` of its first certificate.
    pub ends: Seconds,
}

/// The ends of all certificates that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    /// Those that could be read.
    pub all: Vec<Certificate>,
    /// How many Secrets held no certificate that could be read.
    pub unreadable: usize,
}
