//! The floor: a client that reads the same stream and does nothing with it.

use std::fs;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;

use crate::pods::{Encoding, Pods};
use crate::server::Server;

type Failure = Box<dyn std::error::Error>;

/// What reading alone costs.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// From the first byte of the list to its last.
    pub list: Duration,
    /// CPU for each event.
    pub event: Duration,
}

/// Measures with so many pods and events.
pub fn measure(server: &Server, encoding: Encoding, pods: usize, events: usize) -> Result<Floor, Failure> {
    server.set_pods(pods, encoding);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let path = "/api/v1/pods?watch=true&sendInitialEvents=true";
        let request = Request::get(path)
            .header("host", server.address.to_string())
            .header("accept", "application/vnd.kubernetes.protobuf,application/json")
            .body(Empty::<Bytes>::new())?;
        let mut body = sender.send_request(request).await?.into_body();
        let moulds = Pods::new(encoding);
        read(&mut body, moulds.payload(pods) + 1).await?;
        let ended = Instant::now();
        let began = server.times().first_byte.ok_or("no list was sent")?;
        if events == 0 {
            return Ok(Floor { list: ended - began, event: Duration::ZERO });
        }
        let before = thread_cpu()?;
        let sending = server.clone();
        let burst = std::thread::spawn(move || sending.burst(events));
        read(&mut body, (events - 1) as u64 * moulds.size() as u64).await?;
        let event = (thread_cpu()? - before) / events as u32;
        drop(body);
        burst.join().map_err(|_| "the server failed")?;
        Ok(Floor { list: ended - began, event })
    })
}

async fn read(body: &mut Incoming, bytes: u64) -> Result<(), Failure> {
    let mut read = 0;
    while read < bytes {
        let frame = body.frame().await.ok_or("the stream ended")??;
        read += frame.into_data().map_or(0, |data| data.len() as u64);
    }
    Ok(())
}

fn thread_cpu() -> Result<Duration, Failure> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split(' ').next().unwrap_or_default().parse()?))
}
