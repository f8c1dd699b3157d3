//! The embedded cluster: a small API server inside the process, with controllers that behave and a story to explore.
//!
//! Only [`crate::cli`] and the tests know it; the rest of the program talks to it over HTTP as to any other cluster.

mod apply;
mod body;
mod channel;
pub mod clock;
pub mod controllers;
mod defaults;
mod discovery;
mod ephemeral;
pub mod faults;
mod logs;
mod managed;
mod metrics;
pub mod object;
mod openapi;
mod patch;
mod protobuf;
mod proxy;
mod query;
mod read;
mod render;
pub mod resource;
mod review;
mod schema;
pub mod selector;
mod server;
mod shell;
pub mod status;
pub mod store;
pub mod story;
mod strategic;
pub mod table;
mod validate;
mod write;

use std::io;
use std::net::SocketAddr;

use tokio::io::DuplexStream;
use tokio::net::TcpListener;

pub use self::clock::Clock;
pub use self::faults::{Fault, Faults};
pub use self::server::Recorded;
use self::server::Server;
pub use self::store::Store;

/// What kind of cluster to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How many pods beside the story's own, spread over generated namespaces.
    pub pods: usize,
    /// Whether things happen by themselves.
    pub lively: bool,
    /// What uids, names and chance follow from.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { pods: 0, lively: true, seed: 1 }
    }
}

/// Bytes that a connection in memory holds in each direction.
const CONNECTION: usize = 256 * 1024;

/// A running embedded cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    store: Store,
    faults: Faults,
    server: Server,
}

impl Cluster {
    /// Starts the cluster: its story, and the controllers that go on with it.
    pub async fn start(options: Options) -> Self {
        Self::start_at(Clock::wall(), options).await
    }

    /// As [`Self::start`], at a chosen time.
    pub async fn start_at(clock: Clock, options: Options) -> Self {
        let store = Store::new(clock, options.seed);
        let (seeded, lively) = (store.clone(), options.lively);
        // Many pods take a while: not on a thread that others wait for.
        let seeding = tokio::task::spawn_blocking(move || story::seed(&seeded, &clock, &options));
        if let Err(error) = seeding.await {
            tracing::error!(%error, "the embedded cluster's story broke off");
        }
        // What was there from the beginning has no history: a watch from version 1 gets 410, as everywhere.
        store.forget_history();
        drop(controllers::run(store.clone(), clock, lively));
        Self::serving(store)
    }

    /// Starts a cluster without content or controllers, with four namespaces: what tests fill themselves.
    pub fn empty(clock: Clock, seed: u64) -> Self {
        let store = Store::new(clock, seed);
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            // A fresh store has no object that could be in the way.
            let _ = store.create(resource::NAMESPACES, serde_json::json!({"metadata": {"name": name}}));
        }
        Self::serving(store)
    }

    /// Another cluster with the same content and controllers of its own, at a time of its own; must be called within a
    /// tokio runtime. Many tests need the story, and playing it is what takes long.
    #[must_use]
    pub fn twin(&self, clock: Clock, lively: bool) -> Self {
        let store = self.store.twin(clock);
        drop(controllers::run(store.clone(), clock, lively));
        Self::serving(store)
    }

    fn serving(store: Store) -> Self {
        let faults = Faults::default();
        let server = Server::new(store.clone(), faults.clone());
        Self { store, faults, server }
    }

    /// Opens one more connection, in memory.
    pub fn connect(&self) -> DuplexStream {
        let (client, server) = tokio::io::duplex(CONNECTION);
        tokio::spawn(self.server.clone().serve(server));
        client
    }

    /// Serves one connection that was opened before the cluster was there.
    pub fn serve(&self, connection: DuplexStream) {
        tokio::spawn(self.server.clone().serve(connection));
    }

    /// Serves the same over TCP; answers where.
    pub async fn listen(&self, addr: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let server = self.server.clone();
        tokio::spawn(async move {
            loop {
                // A failed accept is about one peer, or about too many open files; the next one may work.
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true);
                        tokio::spawn(server.clone().serve(stream));
                    }
                    Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                }
            }
        });
        Ok(addr)
    }

    /// A kubeconfig for a cluster that listens.
    pub fn kubeconfig(addr: SocketAddr) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: demo\nclusters:\n- name: demo\n  cluster:\n    server: http://{addr}\n\
             contexts:\n- name: demo\n  context:\n    cluster: demo\n    user: demo\n    namespace: production\n\
             users:\n- name: demo\n  user: {{}}\n"
        )
    }

    /// The objects.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The faults.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }
}
