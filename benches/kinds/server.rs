//! An API server with very many kinds, each with very many objects, that costs little: bodies are put together from a mould.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Kinds of one group.
const GROUP: usize = 15;

/// The server.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    objects: usize,
    groups: String,
}

const CORE: &str =
    r#"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[]}"#;

impl Server {
    pub fn start(kinds: usize, objects: usize) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let shared = Arc::new(Shared { objects, groups: groups(kinds) });
        let server = Self { address: listener.local_addr()?, shared };
        let accepting = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = accepting.clone();
                // A client that has gone away is no trouble.
                thread::spawn(move || server.serve(stream).ok());
            }
        });
        Ok(server)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut requests = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        loop {
            line.clear();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            while line != "\r\n" {
                line.clear();
                requests.read_line(&mut line)?;
            }
            let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
            if query.contains("watch=true") {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                chunk(&mut stream, &bookmark(bare.contains("/gizmo")))?;
                // Nothing ever changes; wait for the client to leave.
                requests.read_line(&mut line)?;
                return Ok(());
            }
            match bare {
                "/version" => {
                    answer(&mut stream, "200 OK", r#"{"major":"1","minor":"36","gitVersion":"v1.36.0"}"#)?;
                }
                "/api" => answer(&mut stream, "200 OK", CORE)?,
                "/apis" => answer(&mut stream, "200 OK", &self.shared.groups)?,
                _ => match bare.rsplit_once('/').and_then(|(_, plural)| plural.strip_suffix('s')) {
                    Some(name) if name.starts_with("gizmo") => {
                        answer(&mut stream, "200 OK", &self.page(name, query))?;
                    }
                    _ => answer(
                        &mut stream,
                        "404 Not Found",
                        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","code":404,"reason":"NotFound"}"#,
                    )?,
                },
            }
        }
    }

    /// A page of the table of a kind.
    fn page(&self, name: &str, query: &str) -> String {
        let number = |key: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(key));
            pair.and_then(|value| value.parse::<usize>().ok())
        };
        let from = number("continue=").unwrap_or(0);
        let to = (from + number("limit=").unwrap_or(self.shared.objects)).min(self.shared.objects);
        let mut out = String::with_capacity((to - from) * 900 + 1000);
        let next = if to < self.shared.objects { to.to_string() } else { String::new() };
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"1000","continue":"{next}"}},"columnDefinitions":[{}],"rows":["#,
            [("Name", "string"), ("Size", "integer"), ("Phase", "string"), ("Age", "date")]
                .map(|(name, kind)| format!(
                    r#"{{"name":"{name}","type":"{kind}","format":"","description":"","priority":0}}"#
                ))
                .join(",")
        );
        for at in from..to {
            let comma = if at > from { "," } else { "" };
            let _ = write!(
                out,
                r#"{comma}{{"cells":["{name}-{at:06}",{},"Ready","44m"],"object":{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{{"name":"{name}-{at:06}","namespace":"team-{:02}","uid":"{name}-0000-4000-8000-{at:012}","resourceVersion":"{}","generation":1,"creationTimestamp":"2026-11-21T01:48:00Z","labels":{{"app":"shop-{:03}","team":"team-{:02}"}},"managedFields":[{{"manager":"controller","operation":"Update","apiVersion":"example.com/v1","time":"2026-11-21T01:48:00Z","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:labels":{{".":{{}},"f:app":{{}},"f:team":{{}}}}}},"f:spec":{{".":{{}},"f:size":{{}}}}}}}}]}}}}}}"#,
                at % 10,
                at % 40,
                1000 + at,
                at % 200,
                at % 40,
            );
        }
        out.push_str("]}");
        out
    }
}

/// Aggregated discovery: groups of the size that operators have.
fn groups(kinds: usize) -> String {
    let mut items = Vec::new();
    for group in 0..kinds.div_ceil(GROUP) {
        let of = group * GROUP..((group + 1) * GROUP).min(kinds);
        let resources: Vec<String> = of
            .map(|at| {
                format!(
                    r#"{{"resource":"gizmo{at:04}s","responseKind":{{"group":"","version":"","kind":"Gizmo{at:04}"}},"scope":"Namespaced","singularResource":"gizmo{at:04}","shortNames":["gz{at}"],"categories":["gizmos"],"verbs":["delete","deletecollection","get","list","patch","create","update","watch"],"subresources":[{{"subresource":"status","responseKind":{{"group":"","version":"","kind":"Gizmo{at:04}"}},"verbs":["get","patch","update"]}}]}}"#
                )
            })
            .collect();
        items.push(format!(
            r#"{{"metadata":{{"name":"group{group:03}.example.com","creationTimestamp":null}},"versions":[{{"version":"v1","resources":[{}],"freshness":"Current"}}]}}"#,
            resources.join(",")
        ));
    }
    format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{{}},"items":[{}]}}"#,
        items.join(",")
    )
}

/// The bookmark that ends an empty list.
fn bookmark(table: bool) -> String {
    let object = r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"999999","annotations":{"k8s.io/initial-events-end":"true"}}}"#;
    if table {
        return format!(
            "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"rows\":[{{\"cells\":[],\"object\":{object}}}]}}}}\n"
        );
    }
    format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n")
}

fn chunk(stream: &mut TcpStream, text: &str) -> io::Result<()> {
    write!(stream, "{:x}\r\n{text}\r\n", text.len())
}

fn answer(stream: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
