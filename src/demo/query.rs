//! A request as the handlers see it: what it is about, its parameters, and the form of the answer it accepts.

use bytes::Bytes;
use http::Method;
use percent_encoding::percent_decode_str;

use super::resource::{self, Kinds, Resource};
use super::status::ApiError;

/// The parameters of a query.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=b&c=d`.
    pub fn parse(text: &str) -> Self {
        let decode =
            |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(k, v)| (decode(k), decode(v)))
                .collect(),
        )
    }

    /// A parameter; empty ones count as absent.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// All values of a parameter, in their order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// A parameter that is yes or no.
    pub fn is(&self, key: &str) -> bool {
        self.0.iter().any(|(k, v)| k == key && matches!(v.as_str(), "true" | "1" | "True" | ""))
    }

    /// A parameter that is a number; 400 when it is none.
    pub fn number(&self, key: &str) -> Result<Option<u64>, ApiError> {
        let wrong = |text: &str| {
            ApiError::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))
        };
        self.get(key).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
    }

    /// Whether the write is a dry run; 400 for a value that means nothing.
    pub fn dry_run(&self) -> Result<bool, ApiError> {
        match self.get("dryRun") {
            None => Ok(false),
            Some("All") => Ok(true),
            Some(other) => Err(ApiError::bad_request(format!("invalid dryRun value: {other}"))),
        }
    }
}

/// What a request is about.
#[derive(Debug, Clone)]
pub struct Target {
    /// The kind.
    pub res: &'static Resource,
    /// The namespace in the path.
    pub namespace: Option<String>,
    /// The name in the path.
    pub name: Option<String>,
    /// The subresource in the path, empty for none.
    pub sub: String,
}

impl Target {
    /// Reads the path of an object or a collection of a kind that is served.
    pub fn parse(path: &str, kinds: &Kinds) -> Option<Self> {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let parts: Vec<&str> = decoded.trim_matches('/').split('/').collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let find = |plural: &str| kinds.by_plural(group, version, plural);
        let make = |res: &'static Resource, namespace: Option<&str>, tail: &[&str]| {
            let name = tail.first().map(|name| (*name).to_owned());
            let sub = tail.get(1..).unwrap_or_default().join("/");
            Self { res, namespace: namespace.map(str::to_owned), name, sub }
        };
        if let ["namespaces", ns, plural, tail @ ..] = rest
            && let Some(res) = find(plural).filter(|r| r.namespaced)
        {
            return Some(make(res, Some(ns), tail));
        }
        let [plural, tail @ ..] = rest else { return None };
        let res = find(plural)?;
        // An object of a namespace has its namespace in its path.
        (tail.is_empty() || !res.namespaced).then(|| make(res, None, tail))
    }

    /// The verb that the authorizer is asked about.
    pub fn verb(&self, method: &Method, query: &Query) -> &'static str {
        match (method.as_str(), self.name.is_some()) {
            ("GET" | "HEAD", true) => "get",
            ("GET" | "HEAD", false) if query.is("watch") => "watch",
            ("GET" | "HEAD", false) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", true) => "delete",
            _ => "deletecollection",
        }
    }

    /// The namespace of the object, empty for objects of the cluster.
    pub fn ns(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The name of the object, empty for collections.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether it is about namespaces themselves.
    pub fn is_namespace(&self) -> bool {
        self.res == resource::NAMESPACES
    }
}

/// The form in which objects are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Whole objects.
    Whole,
    /// Their metadata only.
    Partial,
    /// Rows of a Table.
    Table(Include),
}

/// What a row of a Table carries of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

impl Shape {
    /// The first form in the Accept header that is served; 406 when none is.
    pub fn of(accept: &str, query: &Query) -> Result<Self, ApiError> {
        for part in accept.split(',').map(str::trim) {
            let mut words = part.split(';').map(str::trim);
            let media = words.next().unwrap_or_default();
            if !matches!(media, "" | "*/*" | "application/*" | "application/json") {
                continue;
            }
            let wanted = words.find_map(|word| word.strip_prefix("as="));
            match wanted {
                None => return Ok(Self::Whole),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => return Ok(Self::Partial),
                Some("Table") => {
                    return Ok(Self::Table(match query.get("includeObject") {
                        Some("None") => Include::None,
                        Some("Object") => Include::Object,
                        _ => Include::Metadata,
                    }));
                }
                Some(_) => {}
            }
        }
        Err(ApiError::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json",
        ))
    }
}

/// A request to an object or a collection.
#[derive(Debug, Clone)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// What it is about.
    pub target: Target,
    /// Its parameters.
    pub query: Query,
    /// The form of the answer.
    pub shape: Shape,
    /// The media type of the body, without parameters.
    pub content_type: String,
    /// Whether the client takes gzip.
    pub gzip: bool,
    /// Who writes: `fieldManager`, or what the client calls itself.
    pub manager: String,
    /// The body.
    pub body: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_targets() {
        let table = [
            ("/api/v1/pods", Some(("pods", None, None, ""))),
            ("/api/v1/namespaces/a/pods", Some(("pods", Some("a"), None, ""))),
            ("/api/v1/namespaces/a/pods/p/log", Some(("pods", Some("a"), Some("p"), "log"))),
            (
                "/apis/apps/v1/namespaces/a/deployments/d/scale",
                Some(("deployments", Some("a"), Some("d"), "scale")),
            ),
            ("/api/v1/namespaces/a", Some(("namespaces", None, Some("a"), ""))),
            ("/api/v1/namespaces/a/status", Some(("namespaces", None, Some("a"), "status"))),
            ("/api/v1/nodes/n", Some(("nodes", None, Some("n"), ""))),
            ("/api/v1/nothing", None),
            ("/apis/apps/v2/deployments", None),
            ("/api/v1/pods/p", None),
        ];
        for (path, expected) in table {
            let target = Target::parse(path, &Kinds::default());
            let found = target
                .as_ref()
                .map(|t| (t.res.plural, t.namespace.as_deref(), t.name.as_deref(), t.sub.as_str()));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn accept_headers_choose_the_form() {
        let query = Query::parse("includeObject=None&labelSelector=a%3Db%2Cc+in+(d)");
        assert_eq!(query.get("labelSelector"), Some("a=b,c in (d)"));
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(Shape::of(table, &query), Ok(Shape::Table(Include::None)));
        assert_eq!(
            Shape::of("application/vnd.kubernetes.protobuf,application/json", &query),
            Ok(Shape::Whole)
        );
        assert_eq!(Shape::of("", &query), Ok(Shape::Whole));
        assert_eq!(Shape::of("text/html", &query).unwrap_err().code, 406);
    }
}
