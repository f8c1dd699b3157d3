//! TLS and proxies over this machine's loopback, with real handshakes and real errors.
//!
//! The certificates beside this file are of a test authority whose key was thrown away: `server` for 127.0.0.1,
//! `expired` (it ended in 2020), `other` for another name. `key` belongs to all three.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::model::trouble::Trouble;

const AUTHORITY: &str = include_str!("tls/authority.pem");
const SERVER: &str = include_str!("tls/server.pem");
const EXPIRED: &str = include_str!("tls/expired.pem");
const OTHER: &str = include_str!("tls/other.pem");
const KEY: &str = include_str!("tls/key.pem");

/// An API server with a certificate (or without TLS); it wants one of ours when `asks`.
async fn serve(certificate: Option<&'static str>, asks: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = certificate.map(|pem| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let builder = rustls::ServerConfig::builder();
        let builder = if asks {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap()).unwrap();
            builder.with_client_cert_verifier(
                rustls::server::WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap(),
            )
        } else {
            builder.with_no_client_auth()
        };
        TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let service = service_fn(|_| async {
                    let body = r#"{"major":"1","minor":"36","gitVersion":"v1.36.2"}"#;
                    Ok::<_, std::io::Error>(http::Response::new(body.to_owned()))
                });
                let _ = match tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => http.serve_connection(TokioIo::new(stream), service).await,
                        Err(_) => return,
                    },
                    None => http.serve_connection(TokioIo::new(stream), service).await,
                };
            });
        }
    });
    address
}

/// Connects; the version, or the first trouble.
async fn connect(target: Target) -> Result<String, Trouble> {
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let _cluster = Cluster::open(target, Endpoint::Network, crate::gate::Mode::ReadOnly, sender);
    loop {
        match events.recv().await.unwrap() {
            ClusterEvent::Link(LinkState::Live { version }) => return Ok(version),
            ClusterEvent::Link(LinkState::Down { trouble, .. }) => return Err(trouble),
            _ => {}
        }
    }
}

fn trusting(address: SocketAddr) -> Target {
    use base64::Engine as _;
    let mut target = network(&format!("https://{address}"));
    let encoded = base64::engine::general_purpose::STANDARD.encode(AUTHORITY);
    target.entry.certificate_authority_data = Some(encoded);
    target
}

#[tokio::test]
async fn certificates_are_checked_and_their_faults_are_told_in_words() {
    let version = Ok("v1.36.2".to_owned());
    let good = serve(Some(SERVER), false).await;
    assert_eq!(connect(trusting(good)).await, version);
    // Without the authority it is a stranger; with insecure-skip-tls-verify nobody asks.
    let stranger = connect(network(&format!("https://{good}"))).await.unwrap_err();
    assert_eq!(stranger.kind, TroubleKind::Certificate);
    assert!(stranger.said.contains("authority"), "{}", stranger.said);
    let mut insecure = network(&format!("https://{good}"));
    insecure.entry.insecure_skip_tls_verify = Some(true);
    assert_eq!(connect(insecure).await, version);

    let expired = connect(trusting(serve(Some(EXPIRED), false).await)).await.unwrap_err();
    assert_eq!(expired.kind, TroubleKind::Certificate);
    assert!(expired.said.contains("expired"), "{}", expired.said);

    let other = serve(Some(OTHER), false).await;
    let trouble = connect(trusting(other)).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Certificate);
    assert!(trouble.said.contains("another name"), "{}", trouble.said);
    let mut named = trusting(other);
    named.entry.tls_server_name = Some("kubernetes.example".into());
    assert_eq!(connect(named).await, version);
}

#[tokio::test]
async fn client_certificates_are_presented_from_files() {
    let address = serve(Some(SERVER), true).await;
    let bare = connect(trusting(address)).await.unwrap_err();
    assert!(
        matches!(bare.kind, TroubleKind::Certificate | TroubleKind::Unreachable),
        "{:?} {}",
        bare.kind,
        bare.said
    );
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        Some(dir.path().join(name).to_string_lossy().into_owned())
    };
    let mut target = trusting(address);
    target.auth.client_certificate = file("cert.pem", SERVER);
    target.auth.client_key = file("key.pem", KEY);
    assert_eq!(connect(target.clone()).await.as_deref(), Ok("v1.36.2"));
    target.auth.client_key = Some("/nowhere/key.pem".into());
    let trouble = connect(target).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Config);
    assert!(trouble.said.contains("client-key /nowhere/key.pem"), "{}", trouble.said);
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_told() {
    let address = serve(None, false).await;
    let trouble = connect(network(&format!("https://{address}"))).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Protocol, "{}", trouble.said);
    assert!(trouble.said.contains("does not speak TLS"), "{}", trouble.said);
}

/// A proxy that tells the head of each CONNECT and answers it with `answer`.
async fn proxy(answer: &'static str) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                let (mut head, mut byte) = (String::new(), [0; 1]);
                while !head.ends_with("\r\n\r\n") && client.read_exact(&mut byte).await.is_ok() {
                    head.push(byte[0] as char);
                }
                let to = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let _ = sender.send(head);
                let _ = client.write_all(answer.as_bytes()).await;
                if let Ok(mut server) = TcpStream::connect(to).await {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    (address, heads)
}

#[tokio::test]
async fn through_an_http_proxy() {
    let server = serve(Some(SERVER), false).await;
    let (address, mut heads) = proxy("HTTP/1.1 200 OK\r\n\r\n").await;
    let mut target = trusting(server);
    target.proxy = Some(format!("http://jane:p%40ss@{address}").parse().unwrap());
    assert_eq!(connect(target).await.as_deref(), Ok("v1.36.2"));
    let head = heads.recv().await.unwrap().to_ascii_lowercase();
    assert!(head.starts_with(&format!("connect {server} http/1.1")), "{head}");
    assert!(head.contains("proxy-authorization: basic amfuztpwqhnz"), "{head}");
}

#[tokio::test]
async fn a_proxys_refusal_is_told_as_such() {
    let (address, _heads) = proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    let mut target = network("https://127.0.0.1:1");
    target.proxy = Some(format!("http://jane:secret@{address}").parse().unwrap());
    let trouble = connect(target.clone()).await.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Proxy);
    assert!(trouble.said.contains(&address.to_string()), "{}", trouble.said);
    assert!(!trouble.said.contains("secret"));
    // Nobody listens at the proxy's address.
    target.proxy = Some("http://127.0.0.1:1".parse().unwrap());
    assert_eq!(connect(target.clone()).await.unwrap_err().kind, TroubleKind::Proxy);
    target.proxy = Some("ftp://127.0.0.1:1".parse().unwrap());
    assert_eq!(connect(target).await.unwrap_err().kind, TroubleKind::Proxy);
}
