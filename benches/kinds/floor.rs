//! The floor: a client that reads the same answers and does nothing with them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::server::Server;

/// Pages as the program asks for them: a small one, then large ones.
const PAGES: (usize, usize) = (100, 6000);

/// Reads discovery.
pub fn discovery(server: &Server) -> io::Result<Duration> {
    let began = Instant::now();
    let mut stream = BufReader::new(TcpStream::connect(server.address)?);
    for path in ["/api", "/apis"] {
        get(&mut stream, path)?;
    }
    Ok(began.elapsed())
}

/// Reads all objects of a kind.
pub fn list(server: &Server, objects: usize) -> io::Result<Duration> {
    let began = Instant::now();
    let mut stream = BufReader::new(TcpStream::connect(server.address)?);
    let (mut from, mut size) = (0, PAGES.0);
    while from < objects {
        get(&mut stream, &format!("/apis/group000.example.com/v1/gizmo0000s?limit={size}&continue={from}"))?;
        (from, size) = (from + size, PAGES.1);
    }
    Ok(began.elapsed())
}

/// The length of an answer that was read.
fn get(stream: &mut BufReader<TcpStream>, path: &str) -> io::Result<usize> {
    write!(stream.get_mut(), "GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n")?;
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(length)
}
