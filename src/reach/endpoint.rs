//! A plain GET of a health, metrics or info endpoint of a pod or a service, through the API server's proxy: what is asked, and
//! what an answer is to the screen. Pure: nothing is sent here.

use std::time::Duration;

use serde_json::Value;

use crate::model::resource::{Resource, encode};
use crate::model::text::{clean, without_sequences};
use crate::reach::ports::bytes;
use crate::release::Target;

/// So much of an answer is read.
pub const MOST: usize = 1 << 20;
/// So many lines of it are shown.
const LINES: usize = 20_000;
/// So many characters of a line.
const LINE: usize = 4_000;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The pod or the service.
    pub target: Target,
    /// By TLS.
    pub tls: bool,
    /// The port's number or name; empty: the first one of a pod.
    pub port: String,
    /// The path there, with its query.
    pub path: String,
}

impl Call {
    /// What was typed: `/healthz`, `8080/metrics`, `https:8443/info`. `port` is taken when none is typed.
    pub fn parse(typed: &str, target: &Target, port: &str) -> Result<Self, String> {
        let typed = typed.trim();
        let (tls, rest) = match typed.strip_prefix("https:") {
            Some(rest) => (true, rest),
            None => (false, typed),
        };
        let at = rest.find('/').ok_or("a path begins with /: /healthz, 8080/metrics, https:8443/info")?;
        let (own, path) = rest.split_at(at);
        if !own.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("`{own}` is no port"));
        }
        if path.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii() || c == '#') {
            return Err("a path has no blanks and only ASCII: write others as %20".to_owned());
        }
        let port = if own.is_empty() { port } else { own };
        Ok(Self { target: target.clone(), tls, port: port.to_owned(), path: path.to_owned() })
    }

    /// The right that it needs.
    pub fn right(target: &Target) -> &'static str {
        if target.resource == Resource::SERVICES { "get services/proxy" } else { "get pods/proxy" }
    }

    /// Path and query on the API server.
    pub fn uri(&self) -> String {
        let Target { resource, namespace, name, .. } = &self.target;
        let scheme = if self.tls { "https:" } else { "" };
        // With a scheme the port has to be there, if only as nothing.
        let port = if self.port.is_empty() && !self.tls { String::new() } else { format!(":{}", self.port) };
        let collection = resource.collection(Some(namespace));
        format!("{collection}/{scheme}{}{port}/proxy{}", encode(name), self.path)
    }

    /// `GET /healthz of pod/web-1:8080`, without the query, which may hold what is nobody's business.
    pub fn words(&self) -> String {
        let port = if self.port.is_empty() { String::new() } else { format!(":{}", self.port) };
        let path = self.path.split('?').next().unwrap_or_default();
        format!("GET {path} of {}{port}", self.target)
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub code: u16,
    /// How long it took until all of it was there.
    pub took: Duration,
    /// `Content-Type`, cleaned.
    pub kind: String,
    /// How many bytes were read.
    pub bytes: usize,
    /// There is more than was read, or shown.
    pub cut: bool,
    /// Its lines, cleaned.
    pub lines: Vec<String>,
}

impl Reply {
    /// Makes lines of what was read.
    pub fn of(code: u16, took: Duration, kind: &str, body: &[u8], cut: bool) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
        let text = match &json {
            // The API server itself says no, or that nothing listens.
            Some(status) if status["kind"] == "Status" && status["apiVersion"] == "v1" => {
                status["message"].as_str().unwrap_or_default().to_owned()
            }
            Some(value) => serde_json::to_string_pretty(value).unwrap_or_default(),
            None => String::from_utf8_lossy(body).into_owned(),
        };
        let mut long = text.lines().count() > LINES;
        let mut lines = Vec::new();
        for line in text.lines().take(LINES) {
            let line = without_sequences(line);
            long |= line.chars().nth(LINE).is_some();
            lines.push(clean(&line).chars().take(LINE).collect());
        }
        Self { code, took, kind: clean(kind).into_owned(), bytes: body.len(), cut: cut || long, lines }
    }

    /// Whether it was answered that all is well.
    pub fn is_good(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// `200 in 12 ms, text/plain, 1.2 KiB`: how it went, nothing of what was said.
    pub fn words(&self) -> String {
        let kind = self.kind.split(';').next().unwrap_or_default();
        let kind = if kind.is_empty() { String::new() } else { format!(", {kind}") };
        let cut = if self.cut { ", cut off" } else { "" };
        let Self { code, took, .. } = self;
        format!("{code} in {} ms{kind}, {}{cut}", took.as_millis(), bytes(self.bytes as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(resource: Resource) -> Target {
        Target::unborn(resource, "shop".to_owned(), "web".to_owned())
    }

    #[test]
    fn what_is_typed_goes_through_the_proxy_of_the_object() {
        let service = target(Resource::SERVICES);
        let pod = target(Resource::PODS);
        for (typed, target, port, uri, words) in [
            ("/healthz", &pod, "", "pods/web/proxy/healthz", "GET /healthz of pod/web"),
            ("8080/metrics?x=1", &pod, "", "pods/web:8080/proxy/metrics?x=1", "GET /metrics of pod/web:8080"),
            ("/info", &service, "80", "services/web:80/proxy/info", "GET /info of service/web:80"),
            ("http/", &service, "80", "services/web:http/proxy/", "GET / of service/web:http"),
            ("https:8443/a", &pod, "", "pods/https:web:8443/proxy/a", "GET /a of pod/web:8443"),
            ("https:/a", &pod, "", "pods/https:web:/proxy/a", "GET /a of pod/web"),
        ] {
            let call = Call::parse(typed, target, port).unwrap();
            assert_eq!(call.uri(), format!("/api/v1/namespaces/shop/{uri}"), "{typed}");
            assert_eq!(call.words(), words);
        }
        for typed in ["", "healthz", "80:90/x", "/a b", "/\u{7}", "a%2f/x", "/a#b", "/é"] {
            assert!(Call::parse(typed, &pod, "").is_err(), "{typed}");
        }
    }

    #[test]
    fn an_answer_is_clean_bounded_and_readable() {
        let of = |body: &[u8]| Reply::of(200, Duration::from_millis(12), "text/plain; x", body, false);
        let reply = of(b"ok\x1b[2J\nmore\t!");
        assert_eq!(reply.lines, ["ok", "more !"]);
        assert_eq!(reply.words(), "200 in 12 ms, text/plain, 13 B");
        assert_eq!(of(br#"{"a": {"b": 1}}"#).lines, ["{", "  \"a\": {", "    \"b\": 1", "  }", "}"]);
        let refused = br#"{"kind": "Status", "apiVersion": "v1", "message": "no route"}"#;
        assert_eq!(of(refused).lines, ["no route"]);
        let long = "x".repeat(LINE + 1);
        let reply = of(long.as_bytes());
        assert!(reply.cut && reply.lines[0].len() == LINE, "{}", reply.words());
        let many = of("x\n".repeat(LINES + 1).as_bytes());
        assert!(many.cut && many.lines.len() == LINES);
        let bad = Reply::of(503, Duration::ZERO, "", b"", false);
        assert!(!bad.is_good() && bad.words() == "503 in 0 ms, 0 B", "{}", bad.words());
    }
}
