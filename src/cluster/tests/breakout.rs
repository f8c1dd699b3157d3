//! Trying to get a write, or a channel, past the reader's policy: over real sockets, with a server that sends away to others.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::Request;
use kube::client::Body;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::cluster::connect::Recipe;
use crate::cluster::credentials::Credentials;
use crate::cluster::policy::Refused;

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

/// What arrived: the first lines of requests.
type Seen = Arc<Mutex<Vec<String>>>;

/// A server that writes every request down and answers all of them with this head.
async fn recorder(head: String) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (head, kept) = (head.clone(), kept.clone());
            tokio::spawn(async move {
                let mut all = Vec::new();
                while !all.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if client.read(&mut byte).await.unwrap_or(0) == 0 {
                        return;
                    }
                    all.extend(byte);
                }
                let text = String::from_utf8_lossy(&all).into_owned();
                kept.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
                let answer = format!("{head}content-length: 0\r\nconnection: close\r\n\r\n");
                let _ = client.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, seen)
}

async fn reader(address: SocketAddr) -> kube::Client {
    let target = network(&format!("http://{address}"));
    let credentials = Arc::new(Credentials::new(&target).unwrap());
    let recipe = Recipe {
        target: Arc::new(target),
        endpoint: Endpoint::Network,
        credentials,
        activity: Arc::default(),
    };
    recipe.reader().await.unwrap()
}

/// Whether the policy refused it, and nothing else did.
fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    std::iter::from_fn(|| {
        let at = cause?;
        cause = at.source();
        Some(at.is::<Refused>())
    })
    .any(|refused| refused)
}

#[tokio::test]
async fn nobody_is_followed_to_where_a_server_sends_them() {
    let (other, elsewhere) = recorder("HTTP/1.1 200 OK\r\n".to_owned()).await;
    for code in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://{other}/api/v1/pods"),
            format!("http://{other}/api/v1/namespaces/shop/pods/web/exec?command=rm"),
            format!("//{other}/api/v1/pods"),
            "/api/v1/namespaces/shop/pods/web/exec?command=rm".to_owned(),
            "/api/v1/namespaces/shop/services/web/proxy/admin/delete".to_owned(),
            "/api/v1/pods?again=1".to_owned(),
        ] {
            let head = format!("HTTP/1.1 {code} Away\r\nlocation: {location}\r\n");
            let (address, seen) = recorder(head).await;
            let client = reader(address).await;
            let request = Request::get("/api/v1/pods").body(Body::empty()).unwrap();
            let status = client.send(request).await.unwrap().status();
            assert_eq!(status.as_u16(), code, "{location}");
            // The reviews are what is posted: they are not carried on either.
            let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
            let request = Request::post(review).body(Body::from(b"{}".to_vec())).unwrap();
            assert_eq!(client.send(request).await.unwrap().status().as_u16(), code, "{location}");
            let expected = ["GET /api/v1/pods HTTP/1.1".to_owned(), format!("POST {review} HTTP/1.1")];
            assert_eq!(*seen.lock().unwrap(), expected, "{code} {location}");
        }
    }
    assert_eq!(*elsewhere.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn no_spelling_of_a_write_or_a_channel_leaves_a_reader() {
    let (address, seen) = recorder("HTTP/1.1 200 OK\r\n".to_owned()).await;
    let (other, elsewhere) = recorder("HTTP/1.1 200 OK\r\n".to_owned()).await;
    let client = reader(address).await;
    let absolute = format!("http://{other}/api/v1/namespaces/shop/pods/web/exec");
    let pod = "/api/v1/namespaces/shop/pods/web";
    let tries: Vec<(&str, String, Headers, &'static [u8])> = vec![
        ("PATCH", format!("{pod}?dryRun=All"), &[], b"{}"),
        ("PATCH", format!("{pod}?dryRun=All&dryRun="), &[], b"{}"),
        ("DELETE", format!("{pod}?dryRun=All&dryRun=All"), &[], b""),
        ("POST", "/api/v1/namespaces/shop/pods?dryRun=All".to_owned(), &[], b"{}"),
        ("GeT", pod.to_owned(), &[], b""),
        ("GET", pod.to_owned(), &[], b"{\"kind\":\"DeleteOptions\"}"),
        ("GET", pod.to_owned(), &[("content-length", "2")], b""),
        ("GET", pod.to_owned(), &[("transfer-encoding", "chunked")], b""),
        ("GET", pod.to_owned(), &[("x-http-method-override", "DELETE")], b""),
        ("GET", pod.to_owned(), &[("X-HTTP-Method", "DELETE")], b""),
        ("GET", pod.to_owned(), &[("X-Method-Override", "DELETE")], b""),
        ("GET", pod.to_owned(), &[("x-original-url", "/x")], b""),
        ("GET", pod.to_owned(), &[("x-rewrite-url", "/x")], b""),
        ("GET", pod.to_owned(), &[("x-forwarded-uri", "/x")], b""),
        ("GET", pod.to_owned(), &[("x-forwarded-method", "DELETE")], b""),
        ("GET", format!("{pod}?_method=DELETE"), &[], b""),
        ("GET", format!("{pod}?a=b&%5Fmethod=DELETE"), &[], b""),
        ("GET", pod.to_owned(), &[("uPgRaDe", "WebSocket")], b""),
        ("GET", pod.to_owned(), &[("connection", "keep-alive"), ("Connection", "uPgRaDe")], b""),
        ("GET", pod.to_owned(), &[("connection", "close,\tUPGRADE ,x")], b""),
        ("GET", pod.to_owned(), &[("sec-websocket-version", "13")], b""),
        ("GET", pod.to_owned(), &[("http2-settings", "AAMAAABkAAQAAP__")], b""),
        ("GET", format!("{pod}/exec?command=sh"), &[], b""),
        ("GET", format!("{pod}/EXEC?command=sh"), &[], b""),
        ("GET", format!("{pod}/e%78ec"), &[], b""),
        ("GET", format!("{pod}/ex%2565c"), &[], b""),
        ("GET", format!("{pod}%2fexec"), &[], b""),
        ("GET", format!("{pod}/%20exec"), &[], b""),
        ("GET", format!("{pod}/exec%20"), &[], b""),
        ("GET", format!("{pod}/exec%3Fcommand=sh"), &[], b""),
        ("GET", format!("{pod}/exec%23"), &[], b""),
        ("GET", format!("{pod}/log/../exec"), &[], b""),
        ("GET", format!("{pod}/log/%2E%2E/exec"), &[], b""),
        ("GET", format!("{pod}/log%5c..%5cexec"), &[], b""),
        ("GET", format!("{pod};v=1/exec"), &[], b""),
        ("GET", format!("{pod}//exec"), &[], b""),
        ("GET", "/api/v1/namespaces/shop/services/web:80/proxy/".to_owned(), &[], b""),
        ("GET", "/api/v1/namespaces/shop/services/web:80/Proxy/admin".to_owned(), &[], b""),
        ("GET", "/api/v1/namespaces/shop/services/https:web:80/%70rox%79/admin".to_owned(), &[], b""),
        ("GET", "/api/v1/proxy/namespaces/shop/pods/web/".to_owned(), &[], b""),
        ("GET", "/api/v1/nodes/n1/proxy/exec/shop/web/c?cmd=sh".to_owned(), &[], b""),
        ("GET", "/api/v1/nodes/n1:10250/proxy/run/shop/web/c".to_owned(), &[], b""),
        ("GET", absolute, &[], b""),
    ];
    for (method, uri, headers, body) in tries {
        let mut request = Request::builder().method(method).uri(&uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let result = client.send(request.body(Body::from(body.to_vec())).unwrap()).await;
        let error = result.err().unwrap_or_else(|| panic!("{method} {uri} {headers:?} went through"));
        assert!(is_refused(&error), "{method} {uri} {headers:?}: {error}");
    }
    // A URI that names another server is sent to none but the reader's own, whoever it names.
    let named = format!("http://{other}/api/v1/pods");
    let request = Request::get(&named).body(Body::empty()).unwrap();
    let _ = client.send(request).await;
    assert_eq!(*elsewhere.lock().unwrap(), Vec::<String>::new(), "another server heard of it");
    let seen = seen.lock().unwrap();
    assert!(seen.iter().all(|line| line == "GET /api/v1/pods HTTP/1.1"), "{seen:?}");
}
