//! What is connected to: a context of the kubeconfig, or the embedded cluster. Chosen once, before the screen is up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Context, Result, eyre};
use tokio::sync::watch;

use super::args::Args;
use crate::cluster::{self, ConnectOptions, Endpoint, Target};
use crate::demo;

/// Bytes that a connection to the embedded cluster holds in each direction.
const PIPE: usize = 256 * 1024;

/// A large embedded cluster, or a busy machine, takes its time to start.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is connected to.
pub(super) struct World {
    pub target: Target,
    pub endpoint: Endpoint,
    pub demo: bool,
    /// Said at the start.
    pub notes: Vec<String>,
    /// Others can use it too.
    pub served: bool,
}

/// Chooses by the command line. Only a kubeconfig that cannot be used, or an address that cannot be served, is an error.
pub(super) async fn world(args: &Args) -> Result<World> {
    if !args.wants_demo() {
        let target = cluster::load(&connect_options(args)).map_err(|trouble| eyre!("{trouble}"))?;
        return Ok(World {
            target,
            endpoint: Endpoint::Network,
            demo: false,
            notes: Vec::new(),
            served: false,
        });
    }
    let options = demo::Options { pods: args.demo_pods.unwrap_or(0) as usize, ..demo::Options::default() };
    let target = Target::embedded("demo", args.namespace.as_deref().unwrap_or("production"));
    let mut target = target.with_request_timeout(PATIENCE);
    target.all_namespaces = args.all_namespaces;
    let (endpoint, notes) = match args.demo_listen {
        Some(address) => listening(options, address).await?,
        None => (starting(options), Vec::new()),
    };
    Ok(World { target, endpoint, demo: true, notes, served: args.demo_listen.is_some() })
}

/// An embedded cluster that is there for others too.
async fn listening(options: demo::Options, address: SocketAddr) -> Result<(Endpoint, Vec<String>)> {
    let cluster = demo::Cluster::start(options).await;
    let wished = address;
    let address = cluster
        .listen(address)
        .await
        .wrap_err_with(|| format!("cannot serve the embedded cluster at {wished}"))?;
    let note = format!("the embedded cluster listens: kubectl --server http://{address} get pods -A");
    Ok((Endpoint::Memory(Arc::new(move || cluster.connect())), vec![note]))
}

/// An embedded cluster that starts while the screen is up already: connections wait for it.
fn starting(options: demo::Options) -> Endpoint {
    let (started, waiting) = watch::channel(None);
    tokio::spawn(async move { started.send(Some(demo::Cluster::start(options).await)) });
    Endpoint::Memory(Arc::new(move || {
        let (client, server) = tokio::io::duplex(PIPE);
        let mut waiting = waiting.clone();
        tokio::spawn(async move {
            if let Ok(cluster) = waiting.wait_for(Option::is_some).await
                && let Some(cluster) = cluster.as_ref()
            {
                cluster.serve(server);
            }
        });
        client
    }))
}

fn connect_options(args: &Args) -> ConnectOptions {
    ConnectOptions {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        cluster: args.cluster.clone(),
        user: args.user.clone(),
        namespace: args.namespace.clone(),
        all_namespaces: args.all_namespaces,
        as_user: args.as_user.clone(),
        as_groups: args.as_group.clone(),
        as_uid: None,
        request_timeout: args.request_timeout,
        plugin_helper: std::env::current_exe().ok(),
    }
}
