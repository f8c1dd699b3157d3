//! From what libraries and servers say to an explained [`Trouble`].
//!
//! Everything said is cleaned here, since it is shown; nothing here decides what happens next.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Status, StatusDetails};
use rustls::CertificateError;
use serde::Deserialize;

use super::policy::Refused;
use crate::model::project::{Refusal, refusal};
use crate::model::text::clean;
use crate::model::trouble::{Trouble, TroubleKind};

/// A trouble that is already explained, on its way through libraries that pass errors as boxes.
#[derive(Debug, Clone)]
pub struct Explained(pub Trouble);

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Explained {}

/// What a request wants, in the API's words: for `tried` and for the missing right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// E.g. `list`, `watch`, `get`.
    pub verb: &'static str,
    /// E.g. `pods`, `pods/log`, `deployments.apps`.
    pub resource: String,
    /// Whether the resource lives in namespaces.
    pub namespaced: bool,
    /// The namespace, or all.
    pub namespace: Option<String>,
    /// Method and URL without query.
    pub tried: String,
}

impl Asked {
    fn right(&self, verb: &str, resource: &str) -> String {
        match (&self.namespace, self.namespaced) {
            (Some(namespace), _) => format!("{verb} {resource} in namespace {namespace}"),
            (None, true) => format!("{verb} {resource} in all namespaces"),
            (None, false) => format!("{verb} {resource}"),
        }
    }
}

/// An answer that says what it is: JSON of something else between here and the API server is no `Status`.
#[derive(Debug, Deserialize)]
struct Said {
    kind: String,
    #[serde(flatten)]
    status: Status,
}

/// Cleaned, on one line, and not longer than a few lines of a screen.
pub fn tidy(text: &str) -> String {
    const LONGEST: usize = 600;
    let text = text.trim();
    let mut out: String = clean(text).chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

impl Trouble {
    /// A trouble of a kind, with what was said.
    pub(crate) fn new(kind: TroubleKind, said: impl AsRef<str>) -> Self {
        Self {
            kind,
            tried: String::new(),
            said: tidy(said.as_ref()),
            status: None,
            wait: None,
            missing: None,
        }
    }

    /// The kubeconfig, or a file it names, cannot be used.
    pub(crate) fn config(error: &dyn fmt::Display) -> Self {
        Self::new(TroubleKind::Config, error.to_string())
    }

    /// The same with what was tried, unless that is already known.
    #[must_use]
    pub(crate) fn trying(mut self, tried: &str) -> Self {
        if self.tried.is_empty() {
            tried.clone_into(&mut self.tried);
        }
        self
    }

    /// Explains an error by what is at its root.
    pub(crate) fn explain(error: &(dyn StdError + 'static)) -> Self {
        let mut fallback = TroubleKind::Unreachable;
        let mut words = String::new();
        let mut next = Some(error);
        while let Some(at) = next {
            if let Some(known) = known(at) {
                return known;
            }
            words = at.to_string();
            if words == "dns error" {
                let why = at.source().map_or_else(|| words.clone(), ToString::to_string);
                return Self::new(TroubleKind::UnknownHost, why);
            }
            if words.starts_with("tunnel error") || words.starts_with("SOCKS error") {
                fallback = TroubleKind::Proxy;
            }
            next = match at.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => at.source(),
            };
        }
        Self::new(fallback, words)
    }

    /// Explains an answer that is not a success. `body` is its beginning.
    pub(crate) fn of_answer(asked: &Asked, code: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let status = status(body);
        let page = status.is_none() && body.trim_ascii_start().starts_with(b"<");
        let kind = match code.as_u16() {
            401 => TroubleKind::Unauthorized,
            429 => TroubleKind::Throttled,
            407 => TroubleKind::Proxy,
            500..=599 => TroubleKind::Server,
            _ if page => TroubleKind::Protocol,
            403 => TroubleKind::Forbidden,
            404 => TroubleKind::NotFound,
            410 => TroubleKind::Gone,
            408 => TroubleKind::Slow,
            // Said by an API server, and not by whatever else may be at the address.
            400 | 409 | 422 if status.is_some() => TroubleKind::Rejected,
            _ => TroubleKind::Protocol,
        };
        let said = match &status {
            Some(Status { message: Some(message), .. }) if !message.is_empty() => message.clone(),
            Some(status) => status.reason.clone().unwrap_or_default(),
            None if page => format!("{code}: the answer is a web page{}", title(body)),
            None => match String::from_utf8_lossy(body).trim() {
                "" if code.is_redirection() => {
                    let to = headers.get(header::LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()));
                    format!("{code}, redirected to {}", to.unwrap_or_default())
                }
                "" => code.to_string(),
                text => format!("{code}: {text}"),
            },
        };
        let asks_to_wait = headers
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .or_else(|| u64::try_from(status.as_ref()?.details.as_ref()?.retry_after_seconds?).ok());
        let missing = (kind == TroubleKind::Forbidden).then(|| missing(asked, &said));
        Self {
            kind,
            tried: asked.tried.clone(),
            said: tidy(&said),
            status: Some(code.as_u16()),
            // A server that asks for an hour is asked again after two minutes all the same: nobody is watching it.
            wait: asks_to_wait.map(|seconds: u64| Duration::from_secs(seconds.min(120))),
            missing: missing.map(|missing| tidy(&missing)),
        }
    }
}

/// The `Status` of a refusal, in the encoding that was asked for.
fn status(body: &[u8]) -> Option<Status> {
    if let Some(Refusal { reason, message, retry_after }) = refusal(body) {
        let retry_after_seconds = retry_after.and_then(|seconds| i32::try_from(seconds).ok());
        let details = StatusDetails { retry_after_seconds, ..StatusDetails::default() };
        let (reason, message) = (Some(reason), Some(message));
        return Some(Status { reason, message, details: Some(details), ..Status::default() });
    }
    let said: Option<Said> = serde_json::from_slice(body).ok();
    said.filter(|said| said.kind == "Status").map(|said| said.status)
}

/// The right that a `Forbidden` names, in `verb resource in namespace` words.
fn missing(asked: &Asked, message: &str) -> String {
    let parsed = || {
        let (_, rest) = message.split_once(" cannot ")?;
        let (verb, rest) = rest.split_once(" resource \"")?;
        let (resource, rest) = rest.split_once('"')?;
        let group = rest.split_once(" in API group \"").and_then(|(_, rest)| rest.split_once('"'));
        let group = group.map_or("", |(group, _)| group);
        let resource = match group {
            "" => resource.to_owned(),
            group => format!("{resource}.{group}"),
        };
        Some(match rest.split_once("in the namespace \"").and_then(|(_, rest)| rest.split_once('"')) {
            Some((namespace, _)) => format!("{verb} {resource} in namespace {namespace}"),
            None => Asked { namespace: None, ..asked.clone() }.right(verb, &resource),
        })
    };
    parsed().unwrap_or_else(|| asked.right(asked.verb, &asked.resource))
}

/// The title of a web page, to recognise login pages and captive portals.
fn title(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|from| {
        let from = from + "<title>".len();
        let to = lower[from..].find("</title>")?;
        page.get(from..from + to)
    });
    title.map_or_else(String::new, |title| format!(" ({})", title.trim()))
}

fn known(error: &(dyn StdError + 'static)) -> Option<Trouble> {
    if let Some(Explained(trouble)) = error.downcast_ref() {
        return Some(trouble.clone());
    }
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return Some(Trouble::new(TroubleKind::Forbidden, refused.to_string()));
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls_trouble(tls));
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        // An error of another library inside tells more than the io error around it.
        if io.get_ref().is_none_or(|inner| inner.source().is_none() && known(inner).is_none()) {
            return io_trouble(io);
        }
    }
    if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
        if hyper.is_parse() {
            return Some(Trouble::new(TroubleKind::Protocol, format!("the answer is not HTTP: {hyper}")));
        }
        if hyper.source().is_none() {
            return Some(Trouble::new(TroubleKind::Unreachable, format!("the connection broke: {hyper}")));
        }
    }
    None
}

fn io_trouble(error: &io::Error) -> Option<Trouble> {
    use io::ErrorKind as E;
    let kind = match error.kind() {
        E::ConnectionRefused => TroubleKind::Refused,
        E::TimedOut => TroubleKind::Slow,
        E::HostUnreachable
        | E::NetworkUnreachable
        | E::NetworkDown
        | E::AddrNotAvailable
        | E::ConnectionReset
        | E::ConnectionAborted
        | E::BrokenPipe
        | E::NotConnected
        | E::UnexpectedEof => TroubleKind::Unreachable,
        _ => return None,
    };
    // Where TLS ends without a farewell, rustls explains its own interface; the reader only wants to know what happened.
    let said = if error.kind() == E::UnexpectedEof {
        "the connection was cut".to_owned()
    } else {
        error.to_string()
    };
    Some(Trouble::new(kind, said))
}

fn tls_trouble(error: &rustls::Error) -> Trouble {
    use rustls::Error as E;
    let said = match error {
        E::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the server's certificate has expired ({reason})")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!(
                    "the server's certificate is not valid yet; is this machine's clock right? ({reason})"
                )
            }
            CertificateError::UnknownIssuer => {
                "the server's certificate is signed by an authority that is not known here".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the server's certificate is for another name ({reason})")
            }
            CertificateError::Revoked => "the server's certificate is revoked".to_owned(),
            other => format!("the server's certificate is not accepted: {other}"),
        },
        E::AlertReceived(alert) => {
            format!("the server ended the handshake, perhaps over our client certificate: {alert:?}")
        }
        E::InvalidMessage(_) => {
            let said = "the server does not speak TLS at this address (is it http:// instead of https://?)";
            return Trouble::new(TroubleKind::Protocol, said);
        }
        other => other.to_string(),
    };
    Trouble::new(TroubleKind::Certificate, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked {
            verb: "list",
            resource: "pods".into(),
            namespaced: true,
            namespace: None,
            tried: "GET https://c/api/v1/pods".into(),
        }
    }

    fn answer(code: u16, headers: &[(&'static str, &str)], body: &str) -> Trouble {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Trouble::of_answer(&asked(), StatusCode::from_u16(code).unwrap(), &map, body.as_bytes())
    }

    fn status(message: &str) -> String {
        serde_json::json!({"kind": "Status", "message": message, "reason": "R"}).to_string()
    }

    #[test]
    fn answers_by_class() {
        for (code, body, kind, said) in [
            (401, status("Unauthorized"), TroubleKind::Unauthorized, "Unauthorized"),
            (404, status("x not found"), TroubleKind::NotFound, "x not found"),
            (410, status("too old resource version: 1 (30955)"), TroubleKind::Gone, "too old"),
            (500, String::new(), TroubleKind::Server, "500 Internal Server Error"),
            (502, "<html>".into(), TroubleKind::Server, "502 Bad Gateway: the answer is a web page"),
            (200, "<html><title>Log in\x1b</title>".into(), TroubleKind::Protocol, "web page (Log in␛)"),
            (403, "<html>".into(), TroubleKind::Protocol, "web page"),
            (400, status("is waiting to start"), TroubleKind::Rejected, "waiting to start"),
            (400, "Client sent an HTTP request to an HTTPS server.".into(), TroubleKind::Protocol, "HTTPS"),
            (302, String::new(), TroubleKind::Protocol, "redirected to"),
            (407, String::new(), TroubleKind::Proxy, "407"),
        ] {
            let trouble = answer(code, &[], &body);
            assert_eq!(trouble.kind, kind, "{code}");
            assert!(trouble.said.contains(said), "{code}: {}", trouble.said);
            assert_eq!(trouble.status, Some(code));
            assert_eq!(trouble.tried, asked().tried);
        }
    }

    #[test]
    fn forbidden_names_the_missing_right() {
        for (message, missing) in [
            (
                r#"pods is forbidden: User "nobody" cannot list resource "pods" in API group "" at the cluster scope"#,
                "list pods in all namespaces",
            ),
            (
                r#"deployments.apps is forbidden: User "x" cannot watch resource "deployments" in API group "apps" in the namespace "shop""#,
                "watch deployments.apps in namespace shop",
            ),
            ("no", "list pods in all namespaces"),
        ] {
            let trouble = answer(403, &[], &status(message));
            assert_eq!(trouble.kind, TroubleKind::Forbidden);
            assert_eq!(trouble.missing.as_deref(), Some(missing));
        }
        let nodes = Asked { namespaced: false, resource: "nodes".into(), ..asked() };
        let trouble = Trouble::of_answer(&nodes, StatusCode::FORBIDDEN, &HeaderMap::new(), b"");
        assert_eq!(trouble.missing.as_deref(), Some("list nodes"));
    }

    #[test]
    fn waits_are_honoured_within_reason() {
        assert_eq!(answer(429, &[("retry-after", "7")], "").wait, Some(Duration::from_secs(7)));
        assert_eq!(answer(503, &[("retry-after", "9999")], "").wait, Some(Duration::from_mins(2)));
        assert_eq!(answer(429, &[("retry-after", "soon")], "").wait, None);
        let body = r#"{"kind":"Status","message":"m","details":{"retryAfterSeconds":3}}"#;
        assert_eq!(answer(429, &[], body).wait, Some(Duration::from_secs(3)));
    }

    #[test]
    fn errors_by_their_root() {
        let wrapped = |inner: Box<dyn StdError + Send + Sync>| io::Error::other(inner);
        let cases: Vec<(io::Error, TroubleKind, &str)> = vec![
            (io::ErrorKind::ConnectionRefused.into(), TroubleKind::Refused, "refused"),
            (io::Error::new(io::ErrorKind::TimedOut, "no connection within 10 s"), TroubleKind::Slow, "10 s"),
            (io::ErrorKind::ConnectionReset.into(), TroubleKind::Unreachable, "reset"),
            (
                wrapped(Box::new(rustls::Error::InvalidCertificate(CertificateError::Expired))),
                TroubleKind::Certificate,
                "expired",
            ),
            (
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer),
                ),
                TroubleKind::Certificate,
                "authority",
            ),
            (
                wrapped(Box::new(rustls::Error::InvalidCertificate(CertificateError::NotValidForName))),
                TroubleKind::Certificate,
                "another name",
            ),
            (
                wrapped(Box::new(Explained(Trouble::new(TroubleKind::CredentialPlugin, "said\x1b")))),
                TroubleKind::CredentialPlugin,
                "said␛",
            ),
        ];
        for (error, kind, said) in cases {
            let trouble = Trouble::explain(&error);
            assert_eq!(trouble.kind, kind, "{error}");
            assert!(trouble.said.contains(said), "{}", trouble.said);
        }
    }
}
