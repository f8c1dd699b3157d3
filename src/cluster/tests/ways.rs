//! Other ways to a server: SOCKS proxies, OIDC tokens. Over this machine's loopback.

use std::net::SocketAddr;

use base64::Engine as _;
use kube::config::AuthProviderConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::gate::Mode;
use crate::model::trouble::Trouble;

/// An API server that tells the head of each request.
async fn server() -> (SocketAddr, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, heads) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                loop {
                    let (mut head, mut byte) = (String::new(), [0; 1]);
                    while !head.ends_with("\r\n\r\n") {
                        match client.read_exact(&mut byte).await {
                            Ok(_) => head.push(byte[0] as char),
                            Err(_) => return,
                        }
                    }
                    let _ = sender.send(head);
                    let body = r#"{"major":"1","minor":"36","gitVersion":"v1.36.2"}"#;
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = client.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (address, heads)
}

/// A SOCKS5 proxy (RFC 1928, user and password of RFC 1929) that tells who asked for what.
async fn socks() -> (SocketAddr, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, asked) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let sender = sender.clone();
            tokio::spawn(async move {
                // A client that leaves in the middle has nothing to be told.
                let _ = socks_session(client, sender).await;
            });
        }
    });
    (address, asked)
}

async fn socks_session(
    mut client: TcpStream,
    sender: tokio::sync::mpsc::UnboundedSender<String>,
) -> std::io::Result<()> {
    async fn bytes(client: &mut TcpStream, count: usize) -> std::io::Result<Vec<u8>> {
        let mut out = vec![0; count];
        client.read_exact(&mut out).await?;
        Ok(out)
    }
    let hello = bytes(&mut client, 2).await?;
    let methods = bytes(&mut client, hello[1].into()).await?;
    let mut who = String::new();
    if methods.contains(&2) {
        client.write_all(&[5, 2]).await?;
        let head = bytes(&mut client, 2).await?;
        let user = bytes(&mut client, head[1].into()).await?;
        let length = bytes(&mut client, 1).await?;
        let password = bytes(&mut client, length[0].into()).await?;
        who = format!("{}:{} ", String::from_utf8_lossy(&user), String::from_utf8_lossy(&password));
        client.write_all(&[1, 0]).await?;
    } else {
        client.write_all(&[5, 0]).await?;
    }
    let head = bytes(&mut client, 4).await?;
    let host = match head[3] {
        1 => bytes(&mut client, 4).await?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        _ => {
            let length = bytes(&mut client, 1).await?;
            String::from_utf8_lossy(&bytes(&mut client, length[0].into()).await?).into_owned()
        }
    };
    let port = bytes(&mut client, 2).await?;
    let to = format!("{host}:{}", u16::from_be_bytes([port[0], port[1]]));
    let _ = sender.send(format!("{who}{to}"));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(to).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Connects; the version, or the first trouble.
async fn connect(target: Target) -> Result<String, Trouble> {
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let _cluster = Cluster::open(target, Endpoint::Network, Mode::ReadOnly, sender);
    loop {
        match events.recv().await.unwrap() {
            ClusterEvent::Link(LinkState::Live { version }) => return Ok(version),
            ClusterEvent::Link(LinkState::Down { trouble, .. }) => return Err(trouble),
            _ => {}
        }
    }
}

#[tokio::test]
async fn through_a_socks_proxy() {
    for (login, who) in [("", ""), ("jane:p%40ss@", "jane:p@ss ")] {
        let (address, _heads) = server().await;
        let (proxy, mut asked) = socks().await;
        let mut target = network(&format!("http://{address}"));
        target.proxy = Some(format!("socks5://{login}{proxy}").parse().unwrap());
        assert_eq!(connect(target).await.as_deref(), Ok("v1.36.2"));
        assert_eq!(asked.recv().await.unwrap(), format!("{who}{address}"));
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told_as_such() {
    let mut target = network("http://127.0.0.1:1");
    target.proxy = Some("socks5://127.0.0.1:2".parse().unwrap());
    let trouble = connect(target).await.unwrap_err();
    assert_eq!(trouble.kind, crate::model::trouble::TroubleKind::Proxy, "{trouble}");
    assert!(trouble.said.contains("socks5://127.0.0.1:2"), "{}", trouble.said);
}

#[tokio::test]
async fn an_oidc_token_is_presented() {
    let (address, mut heads) = server().await;
    let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    // It ends in the year 2100; nobody checks the signature of a token that is only passed on.
    let token = format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(r#"{"exp":4102444800}"#));
    let mut target = network(&format!("http://{address}"));
    let config =
        [("id-token", token.as_str()), ("idp-issuer-url", "https://127.0.0.1:1"), ("client-id", "dogwatch")];
    target.auth.auth_provider = Some(AuthProviderConfig {
        name: "oidc".to_owned(),
        config: config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        other: std::collections::BTreeMap::default(),
    });
    assert_eq!(connect(target).await.as_deref(), Ok("v1.36.2"));
    let head = heads.recv().await.unwrap();
    assert!(head.to_ascii_lowercase().contains("authorization: bearer "), "{head}");
    assert!(head.contains(&token), "{head}");
}
