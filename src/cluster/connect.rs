//! Builds the client: our transport, kube's TLS, our credentials, and the reader's policy innermost.
//!
//! There is no retry layer (a retry is the link's or the feed's decision) and redirects are not followed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::{Client, Config};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret;
use tower::filter::AsyncFilterLayer;
use tower::util::BoxCloneService;
use tower::{BoxError, ServiceBuilder, ServiceExt as _};
use tower_http::decompression::DecompressionLayer;

use super::credentials::{Credentials, Held, Identity};
use super::policy::{Of, PolicyLayer};
use super::read;
use super::target::Target;
use super::transport::{Activity, Dial, Endpoint};
use super::trouble::{Asked, Explained};
use crate::model::trouble::Trouble;

/// How long opening a connection may take, unless `--request-timeout` says otherwise.
const CONNECT: Duration = Duration::from_secs(10);

/// An HTTP client, whatever is in it.
type Http = BoxCloneService<Request<Body>, Response<Incoming>, BoxError>;

/// All that is needed to build a client, and to build it again.
#[derive(Clone)]
pub(super) struct Recipe {
    pub target: Arc<Target>,
    pub endpoint: Endpoint,
    pub credentials: Arc<Credentials>,
    pub activity: Arc<Activity>,
}

impl Recipe {
    /// A reader: a client that cannot write. It has connections of its own, so a new one does not inherit dead ones.
    pub async fn reader(&self) -> Result<Client, Trouble> {
        self.client(Of::Reader, true).await
    }

    /// A writer: a client that sends what was permitted, once.
    pub async fn writer(&self) -> Result<Client, Trouble> {
        // A write that may have begun is not begun again.
        self.client(Of::Writer, false).await
    }

    /// A prober: a client that asks pods, plainly, and does nothing else.
    pub async fn prober(&self) -> Result<Client, Trouble> {
        self.client(Of::Prober, false).await
    }

    /// A connector: a client that opens channels into pods, and does nothing else. Whatever else than the upgrade is answered
    /// to what was `asked` is an error that says the server's words.
    pub async fn connector(&self, asked: Asked) -> Result<Client, Trouble> {
        let service = self.service(Of::Connector, false).await?;
        let service = service.and_then(move |answer: Response<Incoming>| {
            let asked = asked.clone();
            async move {
                if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                    return Ok::<_, BoxError>(answer);
                }
                let (parts, body) = answer.into_parts();
                let said = read::beginning(body).await;
                Err(Explained(Trouble::of_answer(&asked, parts.status, &parts.headers, &said)).into())
            }
        });
        Ok(ClientBuilder::new(service, self.target.namespace.clone()).build())
    }

    /// A client with a policy innermost. `again`: a request that met a connection which was just being closed is sent
    /// once more.
    async fn client(&self, of: Of, again: bool) -> Result<Client, Trouble> {
        let service = self.service(of, again).await?;
        let service = ServiceBuilder::new().layer(DecompressionLayer::new()).service(service);
        Ok(ClientBuilder::new(service, self.target.namespace.clone()).build())
    }

    /// What is the same for all: where, who, and the policy innermost.
    async fn service(&self, of: Of, again: bool) -> Result<Http, Trouble> {
        // Only ring is compiled in; an earlier call, or another crate, having installed it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let held = self.credentials.get().await?;
        let config = config(&self.target, &held).await?;
        let timeout = self.target.request_timeout.unwrap_or(CONNECT);
        let dial = Dial::new(&config, &self.endpoint, timeout, self.activity.clone())?;
        let https =
            config.rustls_https_connector_with_connector(dial).map_err(|error| Trouble::config(&error))?;
        let http = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .retry_canceled_requests(again)
            .build::<_, Body>(https);
        let http: Http = BoxCloneService::new(http.map_err(BoxError::from));
        let oidc = if self.credentials.is_oidc() {
            config.auth_layer().map_err(|error| Trouble::config(&error))?
        } else {
            None
        };
        let credentials = self.credentials.clone();
        let authorize = AsyncFilterLayer::new(move |request: Request<Body>| {
            let credentials = credentials.clone();
            async move { authorized(request, &credentials).await.map_err(BoxError::from) }
        });
        let headers = config.extra_headers_layer().map_err(|error| Trouble::config(&error))?;
        let service = ServiceBuilder::new()
            .layer(config.base_uri_layer())
            .layer(headers)
            .layer(authorize)
            .option_layer(oidc)
            .layer(PolicyLayer::new(of, &self.target.uri))
            .service(http);
        Ok(BoxCloneService::new(service))
    }
}

async fn authorized(
    mut request: Request<Body>,
    credentials: &Credentials,
) -> Result<Request<Body>, Explained> {
    if let Some(header) = credentials.get().await.map_err(Explained)?.header {
        request.headers_mut().insert(http::header::AUTHORIZATION, header);
    }
    Ok(request)
}

/// kube's configuration of the target, with the files it references read now.
async fn config(target: &Target, held: &Held) -> Result<Config, Trouble> {
    let entry = &target.entry;
    let mut config = Config::new(target.uri.clone());
    config.default_namespace.clone_from(&target.namespace);
    config.accept_invalid_certs = entry.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = entry.tls_server_name.clone().filter(|name| !name.is_empty());
    config.disable_compression = entry.disable_compression.unwrap_or(false);
    config.proxy_url.clone_from(&target.proxy);
    config.default_retry = false;
    if target.uri.scheme_str() == Some("http") {
        // No TLS: the system's authorities need not be read.
        config.root_cert = Some(Vec::new());
    } else if !config.accept_invalid_certs {
        let data = &entry.certificate_authority_data;
        let pem =
            pem("certificate-authority", data.as_deref(), entry.certificate_authority.as_deref()).await?;
        config.root_cert = pem.map(|pem| certificates(&pem)).transpose()?;
    }
    let auth = &target.auth;
    config.auth_info.impersonate.clone_from(&auth.impersonate);
    config.auth_info.impersonate_uid.clone_from(&auth.impersonate_uid);
    config.auth_info.impersonate_groups.clone_from(&auth.impersonate_groups);
    config.auth_info.impersonate_user_extra.clone_from(&auth.impersonate_user_extra);
    // Never auth.exec: kube would run the plugin itself, on our terminal.
    if auth.auth_provider.as_ref().is_some_and(|provider| provider.name == "oidc") {
        config.auth_info.auth_provider.clone_from(&auth.auth_provider);
    }
    let (certificate, key) = if let Some(Identity { certificate, key }) = &held.identity {
        (Some(certificate.clone().into_bytes()), Some(key.expose_secret().as_bytes().to_vec()))
    } else {
        let key_data = auth.client_key_data.as_ref().map(ExposeSecret::expose_secret);
        let certificate_data = auth.client_certificate_data.as_deref();
        (
            pem("client-certificate", certificate_data, auth.client_certificate.as_deref()).await?,
            pem("client-key", key_data, auth.client_key.as_deref()).await?,
        )
    };
    let encode = |pem: Vec<u8>| base64::engine::general_purpose::STANDARD.encode(pem);
    config.auth_info.client_certificate_data = certificate.map(encode);
    config.auth_info.client_key_data = key.map(|pem| encode(pem).into());
    Ok(config)
}

/// `...-data` when it is there, else the file.
async fn pem(what: &str, data: Option<&str>, file: Option<&str>) -> Result<Option<Vec<u8>>, Trouble> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let compact: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        return base64::engine::general_purpose::STANDARD
            .decode(compact)
            .map(Some)
            .map_err(|error| Trouble::config(&format!("{what}-data is not base64: {error}")));
    }
    let Some(file) = file.filter(|file| !file.is_empty()) else { return Ok(None) };
    tokio::fs::read(Path::new(file))
        .await
        .map(Some)
        .map_err(|error| Trouble::config(&format!("{what} {file}: {error}")))
}

fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, Trouble> {
    let wrong = |said: &str| Trouble::config(&format!("certificate-authority: {said}"));
    let read: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem).map(|item| item.map(|der| der.to_vec())).collect();
    match read {
        Ok(list) if list.is_empty() => Err(wrong("there is no certificate in it")),
        Ok(list) => Ok(list),
        Err(error) => Err(wrong(&error.to_string())),
    }
}
