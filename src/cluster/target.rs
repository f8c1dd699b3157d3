//! What is to be connected to: one context of the kubeconfig with the command line's overrides, pinned.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::config::{AuthInfo, Cluster as ClusterEntry, Kubeconfig, NamedContext};

use super::kubeconfig::{self, ConfigTrouble, DEMO, Merged, Surroundings};

/// What the command line says about the connection; kubectl's flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `-n`, `--namespace`.
    pub namespace: Option<String>,
    /// `-A`, `--all-namespaces`.
    pub all_namespaces: bool,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-group`, repeated.
    pub as_groups: Vec<String>,
    /// `--as-uid`.
    pub as_uid: Option<String>,
    /// `--request-timeout`; `None` or zero: our own deadlines.
    pub request_timeout: Option<Duration>,
    /// The program that runs credential plugins away from the terminal: this one, see
    /// [`exec_plugin_child`](super::exec_plugin_child). `None` runs them directly, in a process group of their own.
    pub plugin_helper: Option<PathBuf>,
}

/// A context that could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextChoice {
    /// Its name.
    pub name: String,
    /// Its cluster's name.
    pub cluster: String,
    /// Its user's name.
    pub user: String,
    /// Its namespace, `default` when it names none.
    pub namespace: String,
}

/// The cluster, user and namespace of one session.
#[derive(Clone)]
pub struct Target {
    /// Context name; empty when flags name cluster and user without one.
    pub context: String,
    /// Cluster name.
    pub cluster: String,
    /// Server URL.
    pub server: String,
    /// User name; empty when there is none.
    pub user: String,
    /// Where to look at first.
    pub namespace: String,
    /// All namespaces were asked for.
    pub all_namespaces: bool,
    /// All contexts of the kubeconfig, in its order.
    pub contexts: Vec<ContextChoice>,
    pub(super) entry: ClusterEntry,
    pub(super) auth: AuthInfo,
    pub(super) uri: Uri,
    pub(super) proxy: Option<Uri>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) plugin_helper: Option<PathBuf>,
    source: Arc<Source>,
}

#[derive(Default)]
struct Source {
    merged: Merged,
    options: ConnectOptions,
    around: Surroundings,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Credentials stay out of logs.
        f.debug_struct("Target")
            .field("context", &self.context)
            .field("cluster", &self.cluster)
            .field("server", &self.server)
            .field("user", &self.user)
            .field("namespace", &self.namespace)
            .field("all_namespaces", &self.all_namespaces)
            .finish_non_exhaustive()
    }
}

/// Reads the kubeconfig as kubectl would and picks the target.
pub fn load(options: &ConnectOptions) -> Result<Target, ConfigTrouble> {
    load_in(options, Surroundings::of_process())
}

/// The same in given surroundings.
pub fn load_in(options: &ConnectOptions, around: Surroundings) -> Result<Target, ConfigTrouble> {
    let merged = kubeconfig::read(options.kubeconfig.as_deref(), &around)?;
    Source { merged, options: options.clone(), around }.target()
}

impl Target {
    /// The same session's kubeconfig, as it was when it was read, with another context.
    pub fn switch(&self, context: &str) -> Result<Self, ConfigTrouble> {
        let options = ConnectOptions {
            context: Some(context.to_owned()),
            cluster: None,
            user: None,
            namespace: None,
            ..self.source.options.clone()
        };
        Source { merged: self.source.merged.clone(), options, around: self.source.around.clone() }.target()
    }

    /// The same with another `--request-timeout`.
    #[must_use]
    pub fn with_request_timeout(self, limit: Duration) -> Self {
        Self { request_timeout: Some(limit), ..self }
    }

    /// A server inside the process: no kubeconfig, no credentials.
    pub fn embedded(name: &str, namespace: &str) -> Self {
        Self {
            context: name.to_owned(),
            cluster: name.to_owned(),
            server: "http://embedded".to_owned(),
            user: String::new(),
            namespace: namespace.to_owned(),
            all_namespaces: false,
            contexts: Vec::new(),
            entry: ClusterEntry::default(),
            auth: AuthInfo::default(),
            uri: Uri::from_static("http://embedded"),
            proxy: None,
            request_timeout: None,
            plugin_helper: None,
            source: Arc::default(),
        }
    }
}

impl Source {
    fn target(self) -> Result<Target, ConfigTrouble> {
        let Kubeconfig { contexts, clusters, auth_infos, current_context, .. } = &self.merged.config;
        let options = &self.options;
        if contexts.is_empty() && clusters.is_empty() && auth_infos.is_empty() {
            return self.in_cluster();
        }
        let name = options.context.clone().or_else(|| current_context.clone());
        let context = match &name {
            Some(name) => contexts
                .iter()
                .find(|named| &named.name == name)
                .and_then(|named| named.context.clone())
                .ok_or_else(|| no_context(name, contexts))?,
            None if options.cluster.is_some() => kube::config::Context::default(),
            None => {
                return Err(ConfigTrouble::new(
                    "the kubeconfig sets no current-context",
                    format!("Choose one with --context: {}", kubeconfig::names(contexts)),
                ));
            }
        };
        let cluster = options.cluster.clone().unwrap_or(context.cluster);
        let entry =
            clusters.iter().find(|named| named.name == cluster).and_then(|named| named.cluster.clone());
        let entry = entry.ok_or_else(|| {
            ConfigTrouble::new(
                format!("the kubeconfig has no cluster {cluster:?}{}", of_context(name.as_deref())),
                "Correct the kubeconfig, or choose another with --cluster or --context.",
            )
        })?;
        let user = options.user.clone().or(context.user).unwrap_or_default();
        let named = auth_infos.iter().find(|named| named.name == user);
        if named.is_none() && options.user.is_some() {
            return Err(ConfigTrouble::new(
                format!("the kubeconfig has no user {user:?}"),
                "Choose another with --user.",
            ));
        }
        // As in kubectl, a context whose user is missing connects without credentials.
        let auth = named.and_then(|named| named.auth_info.clone()).unwrap_or_default();
        let namespace = options.namespace.clone().or(context.namespace).filter(|name| !name.is_empty());
        let namespace = namespace.unwrap_or_else(|| "default".to_owned());
        self.finish(name.unwrap_or_default(), cluster, user, namespace, entry, auth)
    }

    /// No kubeconfig: a pod has a service account; anybody else is told what to do.
    fn in_cluster(self) -> Result<Target, ConfigTrouble> {
        let host = self.around.variable("KUBERNETES_SERVICE_HOST");
        let port = self.around.variable("KUBERNETES_SERVICE_PORT");
        let account = &self.around.service_account;
        let (Some(host), Some(port), true) = (host, port, account.join("token").exists()) else {
            return Err(self.nothing());
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let path = |name: &str| Some(account.join(name).to_string_lossy().into_owned());
        let entry = ClusterEntry {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: path("ca.crt"),
            ..ClusterEntry::default()
        };
        let auth = AuthInfo { token_file: path("token"), ..AuthInfo::default() };
        let own = std::fs::read_to_string(account.join("namespace")).ok();
        let namespace = self.options.namespace.clone().or(own.map(|text| text.trim().to_owned()));
        let namespace = namespace.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
        self.finish("in-cluster".to_owned(), "in-cluster".to_owned(), String::new(), namespace, entry, auth)
    }

    fn nothing(&self) -> ConfigTrouble {
        let list = |paths: &[PathBuf]| {
            paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
        };
        let advice = format!("Name a kubeconfig with --kubeconfig or KUBECONFIG. {DEMO}");
        if let [file, ..] = &self.merged.files[..] {
            let said = "the kubeconfig is empty: it has no contexts, clusters or users";
            return ConfigTrouble { file: Some(file.clone()), ..ConfigTrouble::new(said, advice) };
        }
        ConfigTrouble::new(format!("no kubeconfig found (looked for {})", list(&self.merged.looked)), advice)
    }

    fn finish(
        self,
        context: String,
        cluster: String,
        user: String,
        namespace: String,
        entry: ClusterEntry,
        mut auth: AuthInfo,
    ) -> Result<Target, ConfigTrouble> {
        let options = &self.options;
        let server = entry.server.clone().unwrap_or_default();
        let uri = server_uri(&server, &cluster)?;
        if options.as_user.is_some() || !options.as_groups.is_empty() || options.as_uid.is_some() {
            // As in kubectl, a flag replaces what the kubeconfig says about the same thing.
            auth.impersonate = options.as_user.clone().or(auth.impersonate);
            auth.impersonate_uid = options.as_uid.clone().or(auth.impersonate_uid);
            if !options.as_groups.is_empty() {
                auth.impersonate_groups = Some(options.as_groups.clone());
            }
        }
        let proxy = proxy(&entry, &uri, &self.around)?;
        let contexts = self.merged.config.contexts.iter().map(choice).collect();
        Ok(Target {
            context,
            cluster,
            server,
            user,
            namespace,
            all_namespaces: options.all_namespaces,
            contexts,
            entry,
            auth,
            uri,
            proxy,
            request_timeout: options.request_timeout.filter(|timeout| !timeout.is_zero()),
            plugin_helper: options.plugin_helper.clone(),
            source: Arc::new(self),
        })
    }
}

fn choice(named: &NamedContext) -> ContextChoice {
    let context = named.context.clone().unwrap_or_default();
    ContextChoice {
        name: named.name.clone(),
        cluster: context.cluster,
        user: context.user.unwrap_or_default(),
        namespace: context.namespace.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".into()),
    }
}

fn no_context(name: &str, contexts: &[NamedContext]) -> ConfigTrouble {
    let has = match contexts {
        [] => "It has none at all.".to_owned(),
        contexts => format!("It has: {}", kubeconfig::names(contexts)),
    };
    ConfigTrouble::new(format!("the kubeconfig has no context {name:?}"), has)
}

fn of_context(context: Option<&str>) -> String {
    context.map_or_else(String::new, |context| format!(", which context {context:?} names"))
}

/// The server's address; kubectl reads one without a scheme as http.
fn server_uri(server: &str, cluster: &str) -> Result<Uri, ConfigTrouble> {
    let wrong = |why: String| {
        let advice = "Correct its `server`, e.g. https://10.0.0.1:6443.";
        ConfigTrouble::new(format!("cluster {cluster:?} has no usable server address: {why}"), advice)
    };
    if server.is_empty() {
        return Err(wrong("it has none".to_owned()));
    }
    let with_scheme = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let uri: Uri = with_scheme.parse().map_err(|error| wrong(format!("{server:?}: {error}")))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(uri),
        _ => Err(wrong(format!("{server:?}"))),
    }
}

/// The proxy for a server: the kubeconfig's, else the environment's, whose `NO_PROXY` is about the server.
fn proxy(entry: &ClusterEntry, server: &Uri, around: &Surroundings) -> Result<Option<Uri>, ConfigTrouble> {
    if let Some(url) = entry.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        return url.parse().map(Some).map_err(|error| {
            ConfigTrouble::new(format!("proxy-url {url:?}: {error}"), "Correct it in the kubeconfig.")
        });
    }
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if loopback || host == "localhost" {
        return Ok(None);
    }
    let read = |upper: &str, lower: &str| {
        around.variable(upper).or_else(|| around.variable(lower)).unwrap_or("").to_owned()
    };
    let name = if server.scheme_str() == Some("https") { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let url = read(name, &name.to_ascii_lowercase());
    if url.is_empty() {
        return Ok(None);
    }
    let matcher = Matcher::builder()
        .https("http://proxy.invalid")
        .http("http://proxy.invalid")
        .no(read("NO_PROXY", "no_proxy"))
        .build();
    if matcher.intercept(server).is_none() {
        return Ok(None);
    }
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    let wrong = |error| ConfigTrouble::new(format!("{name} {url:?}: {error}"), "Correct the variable.");
    url.parse().map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests;
