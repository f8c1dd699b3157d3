//! Bodies of answers: whole texts, streams, and gzip for the large ones.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{Stream, StreamExt as _};
use http::{Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::Value;

use super::status::ApiError;

/// A body.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer.
pub type Answer = Response<Body>;

/// Bodies below this size are never compressed, as on a real server.
const GZIP_ABOVE: usize = 128 * 1024;

/// A body of known content.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes piece by piece.
pub fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

/// An answer with a status, a content type and a body.
pub fn answer(code: u16, content_type: &str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    if let Ok(value) = content_type.parse() {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache, private"));
    answer
}

/// A JSON answer.
pub fn json(code: u16, value: &Value) -> Answer {
    answer(code, "application/json", full(format!("{value}\n")))
}

/// A refusal.
pub fn refusal(error: &ApiError) -> Answer {
    let mut answer = json(error.code, &error.status());
    if let Some(seconds) = error.retry_after {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    answer
}

/// An answer of pieces that are made while they are sent; compressed when the client takes it and it pays.
pub fn pieces<I>(content_type: &str, pieces: I, size: usize, gzip: bool) -> Answer
where
    I: Iterator<Item = Bytes> + Send + 'static,
{
    if gzip && size > GZIP_ABOVE {
        let body = streamed(futures::stream::iter(Gzip::new(pieces)));
        let mut answer = answer(200, content_type, body);
        answer.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
        answer.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept-Encoding"));
        return answer;
    }
    if size <= GZIP_ABOVE {
        let whole: Vec<u8> = pieces.flatten().collect();
        return answer(200, content_type, full(whole));
    }
    answer(200, content_type, streamed(futures::stream::iter(pieces.map(Ok))))
}

/// Compresses pieces one after the other.
struct Gzip<I> {
    pieces: I,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl<I> Gzip<I> {
    fn new(pieces: I) -> Self {
        Self { pieces, encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())) }
    }
}

impl<I: Iterator<Item = Bytes>> Iterator for Gzip<I> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let encoder = self.encoder.as_mut()?;
            let Some(piece) = self.pieces.next() else {
                let rest = self.encoder.take()?.finish();
                return Some(rest.map(Bytes::from));
            };
            if let Err(error) = encoder.write_all(&piece) {
                return Some(Err(error));
            }
            let out = std::mem::take(encoder.get_mut());
            if !out.is_empty() {
                return Some(Ok(Bytes::from(out)));
            }
        }
    }
}
