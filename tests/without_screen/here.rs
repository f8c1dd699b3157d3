//! A cluster of this process that the real binary is run against: it can be told what to deny and remembers what it was asked.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use dogwatch::demo::{Clock, Cluster, Options};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{dogwatch, kubeconfig};

/// A cluster, and a home with a kubeconfig for it.
pub(super) struct Here {
    _runtime: Runtime,
    pub(super) cluster: Cluster,
    home: tempfile::TempDir,
}

impl Here {
    pub(super) fn with(cluster: impl AsyncFnOnce() -> Cluster, namespace: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let home = tempfile::tempdir().unwrap();
        let (cluster, address) = runtime.block_on(async {
            let cluster = cluster().await;
            let address = cluster.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
            (cluster, address)
        });
        kubeconfig(home.path(), &address.to_string(), namespace);
        Self { _runtime: runtime, cluster, home }
    }

    /// The story, as it was left.
    pub(super) fn story() -> Self {
        let options = Options { lively: false, ..Options::default() };
        Self::with(async || Cluster::start(options).await, "production")
    }

    /// Nothing is there, so that nothing is wrong.
    pub(super) fn empty() -> Self {
        Self::with(async || Cluster::empty(Clock::wall(), 1), "default")
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn run(&self, args: &[&str]) -> Ran {
        let mut all = vec!["--kubeconfig", "kubeconfig"];
        all.extend(args);
        run(self.home(), &all)
    }

    /// What was asked beyond plain reads and reviews of oneself.
    pub(super) fn writes(&self) -> Vec<String> {
        let asked = self.cluster.requests().into_iter();
        let reads = |method: &str, path: &str| {
            method == "GET"
                || (method == "POST" && path.starts_with("/apis/authorization.k8s.io/v1/selfsubject"))
        };
        asked
            .filter(|one| !reads(&one.method, &one.path_and_query))
            .map(|one| format!("{} {}", one.method, one.path_and_query))
            .collect()
    }
}

pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) took: Duration,
}

impl Ran {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

pub(super) fn run(home: &Path, args: &[&str]) -> Ran {
    let began = Instant::now();
    let Output { status, stdout, stderr } = dogwatch(home).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr), took: began.elapsed() }
}
