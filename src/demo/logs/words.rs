//! What containers say.

use std::fmt::Write as _;

use jiff::Timestamp;

/// How a container talks: by its image, or as a test wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voice {
    /// `line 0000001 ...`, 164 bytes.
    Numbered,
    /// As a program of this image does.
    Program(String),
}

/// Fills numbered lines.
const FILL: &str = "the quick brown fox jumps over the lazy dog and takes the parcel to the warehouse where nobody waits for it since all have gone home to watch the dogs sleep";

/// What Java says beside an error.
const TRACE: [&str; 5] = [
    "java.lang.IllegalStateException: item is reserved twice",
    "\tat io.example.orders.Reservation.reserve(Reservation.java:118)",
    "\tat io.example.orders.OrderBook.place(OrderBook.java:64)",
    "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
    "\t... 12 more",
];

impl Voice {
    /// The voice of an image.
    pub fn of(image: &str) -> Self {
        Self::Program(image.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Says line `n`: `r` is its chance, `burst` its place among lines that are written at once.
    pub fn say(&self, out: &mut String, n: u64, r: u64, time: Timestamp, burst: Option<u64>) {
        match self {
            Self::Numbered => {
                // Numbers begin with 1; 164 bytes are a usual line.
                let _ = write!(out, "line {:07} {}", n + 1, &FILL[..151]);
            }
            Self::Program(name) => match burst.and_then(|at| TRACE.get(at as usize)) {
                Some(trace) if name.starts_with("orders:") => {
                    if burst == Some(0) {
                        out.push_str("ERROR order-writer failed: ");
                    }
                    out.push_str(trace);
                }
                _ => out.push_str(&line(name, n, r, time)),
            },
        }
    }
}

/// What a program of this name says.
fn line(name: &str, n: u64, r: u64, time: Timestamp) -> String {
    let at = time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
    let path = ["/", "/healthz", "/v1/users", "/v2/users", "/cart", "/status"][(r >> 8) as usize % 6];
    let status = [200, 200, 200, 200, 304, 404, 200, 500][(r >> 16) as usize % 8];
    let took = r % 180;
    match () {
        () if n == 0 => format!("{at} starting {name}"),
        () if name.contains("api") || name.contains("users") || name.contains("status") => format!(
            "{{\"level\":\"{}\",\"ts\":\"{at}\",\"msg\":\"request\",\"path\":\"{path}\",\"status\":{status},\"ms\":{took}}}",
            if status == 500 { "error" } else { "info" }
        ),
        () if name.contains("front")
            || name.contains("gb")
            || name.contains("nginx")
            || name.contains("web") =>
        {
            format!("10.210.{}.{} - - [{at}] \"GET {path} HTTP/1.1\" {status} {}", r % 7, r % 250, took * 31)
        }
        () if name.contains("kafka") => {
            format!("[{at}] INFO [GroupCoordinator {}]: Stabilized group g-{} generation {n}", r % 3, r % 9)
        }
        () if name.contains("postgres") => {
            format!("{at} UTC [{}] LOG:  checkpoint complete: wrote {took} buffers", r % 900 + 20)
        }
        () if name.starts_with("checkout:") => {
            let level = if r.is_multiple_of(37) { "\x1b[33mWARN\x1b[0m" } else { "\x1b[32mINFO\x1b[0m" };
            format!("{at} {level} worker-{} handled item \x1b[1m{n}\x1b[0m in {took} ms", r % 4)
        }
        () => {
            let level = if r.is_multiple_of(37) { "WARN" } else { "INFO" };
            format!("{at} {level} worker-{} handled item {n} in {took} ms", r % 4)
        }
    }
}
