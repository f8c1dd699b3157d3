//! An API server with one pod, whose log is written at a given rate from bytes that are there already.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The pod.
pub const POD: &str = "bench-0";
/// Bytes of a line, without its time and its break.
pub const LINE: usize = 164;

/// The server, as the benchmark sees it.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    pub address: SocketAddr,
}

#[derive(Default)]
struct Shared {
    order: Mutex<Order>,
    changed: Condvar,
    sent: AtomicU64,
}

/// What is to be written.
#[derive(Debug, Default, Clone, Copy)]
struct Order {
    /// Up to this line.
    upto: u64,
    /// Lines a second; 0: as fast as they are taken.
    rate: u64,
}

impl Server {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self { shared: Arc::default(), address: listener.local_addr()? };
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

    /// Writes so many lines more, at so many a second.
    pub fn write(&self, lines: u64, rate: u64) {
        let mut order = self.shared.order.lock().unwrap_or_else(PoisonError::into_inner);
        *order = Order { upto: order.upto + lines, rate };
        drop(order);
        self.shared.changed.notify_all();
    }

    /// How many lines were taken by the connection.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
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
            let of_pods = path.contains("/pods");
            if path.starts_with("/version") {
                answer(&mut stream, "200 OK", r#"{"major":"1","minor":"36","gitVersion":"v1.36.0"}"#)?;
            } else if path.contains(&format!("/pods/{POD}/log")) {
                return self.log(&mut stream);
            } else if path.contains("watch=true") {
                stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                )?;
                if of_pods && path.contains("sendInitialEvents=true") {
                    chunk(&mut stream, format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", pod()).as_bytes())?;
                }
                chunk(&mut stream, END.as_bytes())?;
                // Nothing ever changes here; wait for the client to leave.
                requests.read_line(&mut line)?;
                return Ok(());
            } else if path.contains(&format!("/pods/{POD}")) {
                answer(&mut stream, "200 OK", &pod())?;
            } else if of_pods {
                let list = format!(
                    r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"9"}},"items":[{}]}}"#,
                    pod()
                );
                answer(&mut stream, "200 OK", &list)?;
            } else {
                answer(&mut stream, "404 Not Found", r#"{"kind":"Status","code":404,"reason":"NotFound"}"#)?;
            }
        }
    }

    fn log(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n",
        )?;
        let (mut written, mut due) = (0, Instant::now());
        let mut block = Vec::new();
        loop {
            let order = self.shared.order.lock().unwrap_or_else(PoisonError::into_inner);
            let order = self.shared.changed.wait_while(order, |order| order.upto <= written);
            let Order { upto, rate } = *order.unwrap_or_else(PoisonError::into_inner);
            // A hundredth of a second at a time, as a kubelet that follows a busy file.
            let lines = if rate == 0 { 1_000 } else { rate / 100 }.clamp(1, upto - written);
            block.clear();
            for number in written..written + lines {
                line(&mut block, number);
            }
            chunk(stream, &block)?;
            written += lines;
            self.shared.sent.store(written, Ordering::Relaxed);
            if rate > 0 {
                due = (due + Duration::from_millis(10)).max(Instant::now() - Duration::from_millis(100));
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// A line with its number, of [`LINE`] bytes.
pub fn line(out: &mut Vec<u8>, number: u64) {
    let from = out.len() + 31;
    // Writing to memory does not fail.
    let _ = write!(
        out,
        "2026-11-21T01:{:02}:{:02}.{:09}Z line {number:09} INFO worker-{} handled item {} of the order book ",
        number / 6_000_000 % 60,
        number / 100_000 % 60,
        number % 100_000 * 10_000,
        number % 7,
        number * 31
    );
    while out.len() < from + LINE {
        out.push(b'a' + (out.len() % 23) as u8);
    }
    out.push(b'\n');
}

const END: &str = concat!(
    r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9","#,
    r#""annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
    "\n"
);

fn pod() -> String {
    serde_json::json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": POD, "namespace": "bench", "uid": "11111111-1111-1111-1111-111111111111",
            "resourceVersion": "5", "creationTimestamp": "2026-11-21T01:00:00Z"},
        "spec": {"containers": [{"name": "app", "image": "bench:1"}], "nodeName": "n-01"},
        "status": {"phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "image": "bench:1", "imageID": "bench:1", "ready": true,
                "restartCount": 0, "started": true, "containerID": "containerd://1",
                "state": {"running": {"startedAt": "2026-11-21T01:00:00Z"}}}]},
    })
    .to_string()
}

fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    write!(stream, "{:x}\r\n", bytes.len())?;
    stream.write_all(bytes)?;
    stream.write_all(b"\r\n")
}

fn answer(stream: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes())
}
