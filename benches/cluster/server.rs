//! An API server that costs next to nothing: it sends bytes that are there already, from threads that block.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::pods::{BLOCK, Encoding, Moment, Pods};
use crate::protobuf;

/// The server, as the benchmark sees it.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    pub address: SocketAddr,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    encoding: Encoding,
    pods: usize,
    /// Changes a second.
    rate: u32,
    /// Changes to be sent as fast as they are taken.
    burst: usize,
    sent: u64,
    list: Times,
}

impl State {
    fn new(pods: usize, encoding: Encoding) -> Self {
        Self { encoding, pods, rate: 0, burst: 0, sent: 0, list: Times::default() }
    }
}

/// When a list was sent.
#[derive(Debug, Default, Clone, Copy)]
pub struct Times {
    pub first_byte: Option<Instant>,
    pub last_byte: Option<Instant>,
}

const END: &str = concat!(
    r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"999999","#,
    r#""annotations":{"k8s.io/initial-events-end":"true"}}}}"#,
    "\n"
);

/// The beginning of a stream, and its first or only bookmark.
fn stream(encoding: Encoding) -> (String, Vec<u8>) {
    let (media_type, end) = match encoding {
        Encoding::Json => ("application/json", END.as_bytes().to_vec()),
        Encoding::Protobuf => ("application/vnd.kubernetes.protobuf;stream=watch", protobuf::end_of_list()),
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n");
    (head, end)
}

impl Server {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = Mutex::new(State::new(0, Encoding::Json));
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let server = Self { shared, address: listener.local_addr()? };
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.shared.changed.notify_all();
    }

    /// The next list has so many pods, in protobuf if that is asked for and served; nothing changes.
    pub fn set_pods(&self, pods: usize, encoding: Encoding) {
        self.change(|state| *state = State::new(pods, encoding));
    }

    /// From now on so many pods change each second.
    pub fn set_rate(&self, rate: u32) {
        self.change(|state| state.rate = rate);
    }

    /// Sends so many changes as fast as they are taken, and returns when all are sent.
    pub fn burst(&self, events: usize) {
        self.change(|state| state.burst = events);
        let waiting = self.shared.changed.wait_while(self.state(), |state| state.burst > 0);
        drop(waiting);
    }

    /// When the last list was sent.
    pub fn times(&self) -> Times {
        self.state().list
    }

    /// How many changes were sent.
    pub fn sent(&self) -> u64 {
        self.state().sent
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
            let mut encoding = Encoding::Json;
            while line != "\r\n" {
                line.clear();
                requests.read_line(&mut line)?;
                let lower = line.to_ascii_lowercase();
                if lower.starts_with("accept:") && lower.contains("vnd.kubernetes.protobuf") {
                    encoding = self.state().encoding;
                }
            }
            if path.starts_with("/version") {
                answer(&mut stream, "200 OK", r#"{"major":"1","minor":"36","gitVersion":"v1.36.0"}"#)?;
            } else if !path.contains("watch=true") {
                answer(&mut stream, "404 Not Found", r#"{"kind":"Status","code":404,"reason":"NotFound"}"#)?;
            } else if path.starts_with("/api/v1/pods?") {
                return self.pods(&mut stream, encoding, path.contains("sendInitialEvents=true"));
            } else {
                let (head, end) = self::stream(encoding);
                stream.write_all(head.as_bytes())?;
                chunk(&mut stream, &end)?;
                // Nothing ever changes here; wait for the client to leave.
                requests.read_line(&mut line)?;
                return Ok(());
            }
        }
    }

    fn pods(&self, stream: &mut TcpStream, encoding: Encoding, list: bool) -> io::Result<()> {
        let mut pods = Pods::new(encoding);
        let of = self.state().pods;
        let (head, end) = self::stream(encoding);
        stream.write_all(head.as_bytes())?;
        if list {
            for first in (0..of).step_by(BLOCK) {
                let block = pods.block(first, of);
                if first == 0 {
                    self.state().list = Times { first_byte: Some(Instant::now()), last_byte: None };
                }
                // A real server flushes each event of a watch.
                for chunk in block {
                    stream.write_all(chunk)?;
                }
            }
            chunk(stream, &end)?;
            let now = Instant::now();
            let mut state = self.state();
            state.list.first_byte.get_or_insert(now);
            state.list.last_byte = Some(now);
        }
        self.follow(stream, &mut pods, of)
    }

    fn follow(&self, stream: &mut TcpStream, pods: &mut Pods, of: usize) -> io::Result<()> {
        let mut due = Instant::now();
        loop {
            let asked = |state: &mut State| state.rate == 0 && state.burst == 0;
            let Ok(state) = self.shared.changed.wait_while(self.state(), asked) else { return Ok(()) };
            let (rate, burst, from) = (state.rate, state.burst, state.sent);
            drop(state);
            if of == 0 {
                return Ok(());
            }
            let events = if burst > 0 { burst } else { 1 };
            for at in from..from + events as u64 {
                stream.write_all(pods.event(moment(at, of)))?;
            }
            self.change(|state| {
                state.sent += events as u64;
                state.burst = 0;
            });
            if rate > 0 {
                due = (due + Duration::from_secs(1) / rate).max(Instant::now() - Duration::from_millis(50));
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
    }
}

/// Changes wander over all pods and move them in an order by restarts.
fn moment(at: u64, of: usize) -> Moment {
    Moment {
        index: (at as usize * 7919 + 13) % of,
        of,
        version: 1_000_000 + at,
        restarts: 1 + (at * 31 % 97) as u32,
    }
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
