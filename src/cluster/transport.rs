//! The way to the server: TCP, a proxy, or a pipe in memory.
//!
//! Every byte that arrives is noted in [`Activity`], so that the link knows how old the last sign of life is. TLS and
//! HTTP are above this; nothing here retries.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use kube::Config;
use kube::client::ConfigExt as _;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::Instant;
use tower::{BoxError, Service, ServiceExt as _};

use super::trouble::Explained;
use crate::model::trouble::{Trouble, TroubleKind};

/// How the server is reached.
#[derive(Clone)]
pub enum Endpoint {
    /// Over the network, as the kubeconfig says.
    Network,
    /// Over a pipe to a server inside the process; each call opens one connection.
    Memory(Arc<dyn Fn() -> DuplexStream + Send + Sync>),
    /// The same with one server for each context.
    Several(Arc<dyn Fn(&str) -> DuplexStream + Send + Sync>),
}

impl Endpoint {
    /// Where the server of a context is.
    #[must_use]
    pub fn of(&self, context: &str) -> Self {
        match self {
            Self::Several(connect) => {
                let (connect, context) = (connect.clone(), context.to_owned());
                Self::Memory(Arc::new(move || connect(&context)))
            }
            other => other.clone(),
        }
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Network => "Network",
            Self::Memory(_) => "Memory",
            Self::Several(_) => "Several",
        })
    }
}

/// When bytes last arrived from the server, over any connection, and how many.
#[derive(Debug)]
pub struct Activity {
    start: Instant,
    last: AtomicU64,
    bytes: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }
}

impl Activity {
    fn note(&self, bytes: usize) {
        self.last.fetch_max(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// When the last byte arrived (the start, when none has).
    pub fn last(&self) -> Instant {
        self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// Bytes that arrived since the start, as on the wire.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// One open connection.
pub struct Wire {
    io: Box<dyn Io>,
    activity: Arc<Activity>,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        let read = buf.filled().len() - before;
        if read > 0 {
            this.activity.note(read);
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, bufs)
    }
}

type DialFn = Arc<dyn Fn(Uri) -> BoxFuture<'static, Result<Box<dyn Io>, BoxError>> + Send + Sync>;

/// Opens connections; the TLS connector wraps it.
#[derive(Clone)]
pub struct Dial {
    open: DialFn,
    timeout: Duration,
    activity: Arc<Activity>,
}

impl Service<Uri> for Dial {
    type Response = TokioIo<Wire>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<TokioIo<Wire>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (activity, timeout) = (self.activity.clone(), self.timeout);
        let opening = (self.open)(uri);
        Box::pin(async move {
            let io = tokio::time::timeout(timeout, opening).await.map_err(|_| {
                let said = format!("no connection within {} s", timeout.as_secs().max(1));
                io::Error::new(io::ErrorKind::TimedOut, said)
            })??;
            Ok(TokioIo::new(Wire { io, activity }))
        })
    }
}

impl Dial {
    /// The way that `config` (with its proxy) and `endpoint` describe.
    pub fn new(
        config: &Config,
        endpoint: &Endpoint,
        timeout: Duration,
        activity: Arc<Activity>,
    ) -> Result<Self, Trouble> {
        let open = match (endpoint, &config.proxy_url) {
            (Endpoint::Memory(connect), _) => {
                let connect = connect.clone();
                opener(move |_| {
                    let io: Box<dyn Io> = Box::new(connect());
                    Box::pin(async move { Ok(io) })
                })
            }
            (Endpoint::Several(connect), _) => {
                let (connect, name) = (connect.clone(), String::new());
                opener(move |_| {
                    let io: Box<dyn Io> = Box::new(connect(&name));
                    Box::pin(async move { Ok(io) })
                })
            }
            (Endpoint::Network, None) => through(tcp()),
            (Endpoint::Network, Some(proxy)) => through_proxy(config, proxy)?,
        };
        Ok(Self { open, timeout, activity })
    }
}

fn boxed(io: impl Read + Write + Unpin + Send + 'static) -> Box<dyn Io> {
    Box::new(TokioIo::new(io))
}

fn opener(
    open: impl Fn(Uri) -> BoxFuture<'static, Result<Box<dyn Io>, BoxError>> + Send + Sync + 'static,
) -> DialFn {
    Arc::new(open)
}

/// Connections of a connector, made one type.
fn through<C>(connector: C) -> DialFn
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Unpin + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
{
    opener(move |uri| {
        let connector = connector.clone();
        Box::pin(async move { connector.oneshot(uri).await.map(boxed).map_err(Into::into) })
    })
}

/// Plain TCP; the system ends a connection whose other side is gone within some ten seconds.
fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_secs(5)));
    tcp.set_keepalive_interval(Some(Duration::from_secs(2)));
    tcp.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(Duration::from_secs(12)));
    tcp
}

fn through_proxy(config: &Config, proxy: &Uri) -> Result<DialFn, Trouble> {
    let credentials = proxy_credentials(proxy);
    let bare = without_credentials(proxy);
    let basic = credentials.as_ref().and_then(|(user, password)| {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        HeaderValue::from_str(&format!("Basic {text}")).ok()
    });
    let open = match proxy.scheme_str() {
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(bare.clone(), tcp());
            if let Some((user, password)) = credentials {
                socks = socks.with_auth(user, password);
            }
            through(socks)
        }
        Some("http") | None => {
            let tunnel = Tunnel::new(bare.clone(), tcp());
            through(match basic {
                Some(header) => tunnel.with_auth(header),
                None => tunnel,
            })
        }
        Some("https") => {
            let tls = config.rustls_https_connector_with_connector(tcp()).map_err(|e| Trouble::config(&e))?;
            let tunnel = Tunnel::new(bare.clone(), tls);
            through(match basic {
                Some(header) => tunnel.with_auth(header),
                None => tunnel,
            })
        }
        Some(other) => {
            return Err(Trouble::new(
                TroubleKind::Proxy,
                format!("the proxy scheme {other}:// is not supported (http, https, socks5 are)"),
            ));
        }
    };
    // Whatever fails on the way through a proxy is told as the proxy's trouble, with its address.
    Ok(opener(move |uri| {
        let (opening, bare) = (open(uri), bare.clone());
        Box::pin(async move {
            opening.await.map_err(|error| {
                let inner = Trouble::explain(error.as_ref());
                let said = format!("{bare}: {}", inner.said);
                Explained(Trouble::new(TroubleKind::Proxy, said)).into()
            })
        })
    }))
}

fn proxy_credentials(proxy: &Uri) -> Option<(String, String)> {
    let (userinfo, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((decode(user), decode(password)))
}

/// The proxy's address without its password, so that it can be shown.
fn without_credentials(proxy: &Uri) -> Uri {
    let Some(authority) = proxy.authority() else { return proxy.clone() };
    let host = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
    let scheme = proxy.scheme_str().unwrap_or("http");
    format!("{scheme}://{host}").parse().unwrap_or_else(|_| proxy.clone())
}
