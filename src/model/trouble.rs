//! An explained failure: what went wrong, what was tried, what the other side said, and what helps.

use std::fmt;
use std::time::Duration;

/// The class of a failure; decides the words on the screen and whether trying again by itself makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// The name of the server does not resolve.
    UnknownHost,
    /// Nobody listens at the address (connection refused).
    Refused,
    /// No route, host down, or the connection broke.
    Unreachable,
    /// No answer in time.
    Slow,
    /// The connection is open but says nothing.
    Silent,
    /// TLS: the certificate is expired, of an unknown authority, or for another name.
    Certificate,
    /// The client's credentials were refused (401): expired token or certificate.
    Unauthorized,
    /// The credential plugin failed or could not be run.
    CredentialPlugin,
    /// The credential plugin runs and has not answered yet.
    PluginWaits,
    /// 403: a verb on a resource is missing.
    Forbidden,
    /// 404: the resource is not served here.
    NotFound,
    /// 410: the server no longer knows the version that was asked for.
    Gone,
    /// 429: the server asks to wait.
    Throttled,
    /// 400, 409, 422: the server understood, and will not do it as things are.
    Rejected,
    /// 400 for a list with selectors: the server does not select by that.
    Selector,
    /// 5xx: the server, or something before it, is in trouble.
    Server,
    /// The answer was not what the API promises.
    Protocol,
    /// The proxy refused or could not be reached.
    Proxy,
    /// The kubeconfig cannot be used.
    Config,
    /// The user cancelled it.
    Cancelled,
}

/// A failure as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its class.
    pub kind: TroubleKind,
    /// What was tried, e.g. `GET https://10.0.0.1:6443/api/v1/pods`.
    pub tried: String,
    /// What the other side, or the system, said; cleaned.
    pub said: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// What the server asked us to wait (`Retry-After`).
    pub wait: Option<Duration>,
    /// For [`TroubleKind::Forbidden`]: the missing right, e.g. `list pods in namespace shop`.
    pub missing: Option<String>,
}

impl TroubleKind {
    /// One short clause for a header or a pane title.
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownHost => "unknown host",
            Self::Refused => "connection refused",
            Self::Unreachable => "unreachable",
            Self::Slow => "no answer in time",
            Self::Silent => "link is silent",
            Self::Certificate => "certificate not accepted",
            Self::Unauthorized => "credentials refused",
            Self::CredentialPlugin => "credential plugin failed",
            Self::PluginWaits => "waiting for the credential plugin",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not served here",
            Self::Gone => "version too old",
            Self::Throttled => "throttled",
            Self::Rejected => "not possible now",
            Self::Selector => "the server does not select by that",
            Self::Server => "server error",
            Self::Protocol => "unexpected answer",
            Self::Proxy => "proxy trouble",
            Self::Config => "kubeconfig unusable",
            Self::Cancelled => "cancelled",
        }
    }

    /// What a person can do about it, in a sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Self::UnknownHost => "Check the server's name in the kubeconfig, your DNS and your VPN.",
            Self::Refused => {
                "The machine answers, but no API server listens at that port. Check address and port."
            }
            Self::Unreachable => "Check network, VPN or tunnel.",
            Self::Slow => "The server is overloaded or far away; --request-timeout gives it more time.",
            Self::Silent => {
                "The connection is open but nothing arrives; it is checked and reopened by itself."
            }
            Self::Certificate => "Check certificate-authority(-data), tls-server-name and the clocks.",
            Self::Unauthorized => "Log in again (the token or client certificate may have expired).",
            Self::CredentialPlugin => "Run the plugin by hand in a shell; it may need a login.",
            Self::PluginWaits => "It may wait for a login in a browser, or need one by hand in a shell.",
            Self::Forbidden => "Ask for the right, or choose another namespace or context.",
            Self::NotFound => "The server does not serve this resource.",
            Self::Gone => "The list is read anew by itself.",
            Self::Throttled => "The server asked to wait; it is tried again by itself.",
            Self::Rejected => "The server says why it cannot be done as things are now.",
            Self::Selector => {
                "Select by a label or a field that the server supports, or filter without -l and -f."
            }
            Self::Server => "The server, or a proxy before it, has a problem of its own.",
            Self::Protocol => "Is this address really a Kubernetes API server?",
            Self::Proxy => "Check HTTPS_PROXY, NO_PROXY and the kubeconfig's proxy-url.",
            Self::Config => "Correct the kubeconfig, choose another context, or try `dogwatch --demo`.",
            Self::Cancelled => "It was ended from the list of operations.",
        }
    }

    /// Whether this says that the way to the server is broken (and not that the server answered no).
    pub fn is_link(self) -> bool {
        matches!(
            self,
            Self::UnknownHost
                | Self::Refused
                | Self::Unreachable
                | Self::Slow
                | Self::Silent
                | Self::Certificate
                | Self::Proxy
                | Self::CredentialPlugin
                | Self::PluginWaits
                | Self::Unauthorized
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.missing {
            Some(missing) => write!(f, "forbidden: {missing}"),
            None if self.said.is_empty() => f.write_str(self.kind.word()),
            None => write!(f, "{}: {}", self.kind.word(), self.said),
        }
    }
}
