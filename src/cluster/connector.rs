//! The connector: opens channels into pods, WebSockets for exec, attach and port-forward.
//!
//! It is a client of its own with a policy of its own, for the reader's refuses every upgrade. In read-only mode there is no
//! connector. Nothing is repeated: a command that may have begun is not begun again. What flows through a channel is nobody's
//! business here: bytes are passed as they are.

mod frames;
mod remote;
mod tunnel;

use std::fmt::Write as _;
use std::time::Duration;

use http::Request;
use kube::client::Connection;
use tokio::time::timeout;

use super::connect::Recipe;
use super::read::{encode, url};
use super::trouble::Asked;
use crate::model::trouble::{Trouble, TroubleKind};

pub use remote::{Input, Output, Remote, Said};
pub use tunnel::Tunnel;

use frames::Frames;

/// How long the answer may take, unless `--request-timeout` says otherwise.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is opened into a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A new process in a container.
    Exec {
        /// Which container; `None`: the API server's choice, which only has one in pods with one.
        container: Option<String>,
        /// The program and its arguments.
        command: Vec<String>,
        /// Whether it is written to.
        stdin: bool,
        /// Whether it has a terminal; what it says on both outputs comes as one then.
        tty: bool,
    },
    /// The process that runs in a container.
    Attach {
        /// As above.
        container: Option<String>,
        /// As above; its spec must have it.
        stdin: bool,
        /// Whether its spec has a terminal.
        tty: bool,
    },
    /// A port of the pod.
    PortForward {
        /// Which.
        port: u16,
    },
}

impl Channel {
    fn subresource(&self) -> &'static str {
        match self {
            Self::Exec { .. } => "exec",
            Self::Attach { .. } => "attach",
            Self::PortForward { .. } => "portforward",
        }
    }

    /// The query, in kubectl's order: that of the names.
    fn query(&self) -> String {
        let mut out = String::new();
        let (container, stdin, tty) = match self {
            Self::PortForward { port } => return format!("ports={port}"),
            Self::Exec { container, command, stdin, tty } => {
                for word in command {
                    // A string takes everything that is written to it.
                    let _ = write!(out, "command={}&", form(word));
                }
                (container, *stdin, *tty)
            }
            Self::Attach { container, stdin, tty } => (container, *stdin, *tty),
        };
        if let Some(container) = container {
            let _ = write!(out, "container={}&", form(container));
        }
        // A terminal has one output.
        for (name, wanted) in [("stderr", !tty), ("stdin", stdin), ("stdout", true), ("tty", tty)] {
            if wanted {
                let _ = write!(out, "{name}=true&");
            }
        }
        out.pop();
        out
    }
}

/// A value of the query as kubectl writes it: a blank is a plus.
fn form(value: &str) -> String {
    encode(value).to_string().replace("%20", "+")
}

/// The connector of a session.
#[derive(Clone)]
pub struct Connector {
    recipe: Recipe,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("server", &self.recipe.target.server).finish_non_exhaustive()
    }
}

impl Connector {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self { recipe }
    }

    /// Begins a process, or joins one: [`Channel::Exec`] or [`Channel::Attach`].
    pub async fn run(&self, namespace: &str, pod: &str, channel: Channel) -> Result<Remote, Trouble> {
        let tried = self.tried(namespace, pod, &channel);
        let connection = self.open(namespace, pod, &channel).await?;
        let closes = connection.supports_stream_close();
        Ok(Remote::new(Frames::new(connection.into_stream(), tried), closes))
    }

    /// One connection to a port of a pod. That nothing listens there is known only when something is sent: see [`Tunnel`].
    pub async fn forward(&self, namespace: &str, pod: &str, port: u16) -> Result<Tunnel, Trouble> {
        let channel = Channel::PortForward { port };
        let tried = self.tried(namespace, pod, &channel);
        let connection = self.open(namespace, pod, &channel).await?;
        Ok(Tunnel::new(Frames::new(connection.into_stream(), tried), port))
    }

    fn path(namespace: &str, pod: &str, channel: &Channel) -> String {
        let (namespace, pod) = (encode(namespace), encode(pod));
        format!("/api/v1/namespaces/{namespace}/pods/{pod}/{}", channel.subresource())
    }

    fn tried(&self, namespace: &str, pod: &str, channel: &Channel) -> String {
        format!("GET {}", url(&self.recipe.target, &Self::path(namespace, pod, channel)))
    }

    async fn open(&self, namespace: &str, pod: &str, channel: &Channel) -> Result<Connection, Trouble> {
        let tried = self.tried(namespace, pod, channel);
        let asked = Asked {
            // What roles have to hold for it, whatever the method.
            verb: "create",
            resource: format!("pods/{}", channel.subresource()),
            namespaced: true,
            namespace: Some(namespace.to_owned()),
            tried: tried.clone(),
        };
        let limit = self.recipe.target.request_timeout.unwrap_or(DEADLINE);
        let opened = timeout(limit, async {
            let client = self.recipe.connector(asked).await?;
            let uri = format!("{}?{}", Self::path(namespace, pod, channel), channel.query());
            let request = Request::get(uri).body(Vec::new()).map_err(|error| Trouble::config(&error))?;
            #[allow(
                clippy::disallowed_methods,
                reason = "the one place: the connector's policy sits below this client"
            )]
            let connected = client.connect(request).await;
            connected.map_err(|error| Trouble::explain(&error))
        });
        let opened = opened.await.unwrap_or_else(|_| {
            let said = format!("no answer within {} s", limit.as_secs().max(1));
            Err(Trouble::new(TroubleKind::Slow, said))
        });
        opened.map_err(|trouble| trouble.trying(&tried))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_what_kubectl_asks() {
        let exec = |command: &[&str], stdin, tty| Channel::Exec {
            container: Some("app".to_owned()),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            stdin,
            tty,
        };
        for (channel, query) in [
            // kubectl exec -it web-1 -c app -- sh
            (exec(&["sh"], true, true), "command=sh&container=app&stdin=true&stdout=true&tty=true"),
            // kubectl exec web-1 -c app -- sh -c 'echo 1 & 2'
            (
                exec(&["sh", "-c", "echo 1 & 2"], false, false),
                "command=sh&command=-c&command=echo+1+%26+2&container=app&stderr=true&stdout=true",
            ),
            (exec(&["cat"], true, false), "command=cat&container=app&stderr=true&stdin=true&stdout=true"),
            // kubectl attach -it web-1 -c app
            (
                Channel::Attach { container: Some("app".to_owned()), stdin: true, tty: true },
                "container=app&stdin=true&stdout=true&tty=true",
            ),
            (Channel::Attach { container: None, stdin: false, tty: false }, "stderr=true&stdout=true"),
            (Channel::PortForward { port: 8080 }, "ports=8080"),
        ] {
            assert_eq!(channel.query(), query);
        }
    }

    #[test]
    fn a_name_cannot_leave_its_place_in_the_path() {
        let channel = Channel::PortForward { port: 1 };
        assert_eq!(
            Connector::path("shop", "web/../../secrets?x", &channel),
            "/api/v1/namespaces/shop/pods/web%2F..%2F..%2Fsecrets%3Fx/portforward"
        );
    }
}
