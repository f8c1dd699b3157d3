//! Single reads: a request with its deadline, its answer or an explained trouble.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::time::timeout;

use super::link::{Hold, Line};
use super::target::Target;
use super::trouble::{Asked, Explained};
use crate::model::record::Kind;
use crate::model::trouble::{Trouble, TroubleKind};

/// How long the beginning of an answer may take, unless `--request-timeout` says otherwise.
const ANSWER: Duration = Duration::from_secs(30);
/// How much of a refusal is read; what is beyond is cut. A `Status` with many causes is longer than one thinks, and cut off it is
/// no `Status`.
const REFUSAL: usize = 1 << 20;
/// Nobody's version is longer.
const VERSION: usize = 1 << 20;
/// A single object larger than this is not one: etcd's limit is far below.
pub(super) const OBJECT: usize = 16 << 20;
/// The same of a list, or a page of one.
const LIST: usize = 256 << 20;
/// What stays as it is in a path segment or a query value.
const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One object of a hot kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<Box<str>>,
    /// Its name.
    pub name: Box<str>,
}

pub(super) fn encode(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, &KEPT)
}

/// A path below the target's server, as it is shown.
pub(super) fn url(target: &Target, path: &str) -> String {
    format!("{}{path}", target.server.trim_end_matches('/'))
}

/// The path of a kind's collection.
pub(super) fn collection(kind: Kind, namespace: Option<&str>) -> String {
    let (group, version, plural, _) = kind.resource();
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    match namespace {
        Some(namespace) => format!("{root}/namespaces/{}/{plural}", encode(namespace)),
        None => format!("{root}/{plural}"),
    }
}

/// What a request for a kind asks, for the words of its trouble.
pub(super) fn asked(
    target: &Target,
    verb: &'static str,
    kind: Kind,
    namespace: Option<&str>,
    path: &str,
) -> Asked {
    let (group, _, plural, _) = kind.resource();
    Asked {
        verb,
        resource: if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") },
        namespaced: kind.namespaced(),
        namespace: namespace.map(str::to_owned),
        tried: format!("GET {}", url(target, path)),
    }
}

/// Whether the answer may come compressed. Streams may not: a compressor holds lines back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Plain,
}

/// In what form objects are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// All of them, in JSON.
    Whole,
    /// All of them, in protobuf where the server has it: cheaper to make, to send and to read.
    Protobuf,
    /// As the server's table, with their metadata: of Secrets and ConfigMaps no content is asked for. Where a server has no
    /// tables it sends the objects.
    Table,
    /// What the server serves, in one answer where it has that.
    Discovery,
    /// Their metadata: of Secrets and ConfigMaps no content is asked for.
    Metadata,
    /// The metadata of one object.
    ObjectMetadata,
}

impl Shape {
    fn accept(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Whole => "application/json",
            Self::Protobuf => "application/vnd.kubernetes.protobuf,application/json",
            Self::Table => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
            Self::Discovery => {
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                 application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
            }
            Self::Metadata => "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            Self::ObjectMetadata => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
        })
    }
}

/// Sends a GET and waits for the beginning of its answer.
pub(super) async fn send(
    client: &Client,
    path_and_query: &str,
    asked: &Asked,
    (shape, packing): (Shape, Packing),
    limit: Option<Duration>,
) -> Result<Response<Body>, Trouble> {
    let mut request = Request::get(path_and_query).header(header::ACCEPT, shape.accept());
    if packing == Packing::Plain {
        request = request.header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    deliver(client, request.body(Body::empty()), asked, limit).await
}

async fn deliver(
    client: &Client,
    request: Result<Request<Body>, http::Error>,
    asked: &Asked,
    limit: Option<Duration>,
) -> Result<Response<Body>, Trouble> {
    let limit = limit.unwrap_or(ANSWER);
    let request =
        request.map_err(|error| Trouble::new(TroubleKind::Config, error.to_string()).trying(&asked.tried))?;
    let sent = timeout(limit, client.send(request)).await.map_err(|_| late(asked, limit))?;
    let answer = sent.map_err(|error| Trouble::explain(&error).trying(&asked.tried))?;
    let (code, page) = (answer.status(), is_page(&answer));
    if code.is_success() && !page {
        return Ok(answer);
    }
    let (parts, body) = answer.into_parts();
    let beginning = beginning(body).await;
    Err(Trouble::of_answer(asked, code, &parts.headers, &beginning))
}

fn is_page(answer: &Response<Body>) -> bool {
    is_of(answer, b"text/html")
}

/// Whether the server took the offer of protobuf.
pub(super) fn is_protobuf(answer: &Response<Body>) -> bool {
    is_of(answer, b"application/vnd.kubernetes.protobuf")
}

fn is_of(answer: &Response<Body>, media_type: &[u8]) -> bool {
    let kind = answer.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(media_type))
}

fn late(asked: &Asked, limit: Duration) -> Trouble {
    let said = format!("no answer within {} s", limit.as_secs().max(1));
    Trouble::new(TroubleKind::Slow, said).trying(&asked.tried)
}

/// What a refusal says; a refusal that breaks off is one all the same.
pub(super) async fn beginning(mut body: impl http_body::Body<Data = Bytes> + Unpin) -> Bytes {
    let mut out = BytesMut::new();
    let _ = timeout(Duration::from_secs(3), upto(&mut body, REFUSAL, &mut out)).await;
    out.freeze()
}

/// Reads a body into `out`, but not more than `most` bytes of it; whether there were more.
async fn upto<B: http_body::Body<Data = Bytes> + Unpin>(
    body: &mut B,
    most: usize,
    out: &mut BytesMut,
) -> Result<bool, B::Error> {
    while let Some(frame) = body.frame().await {
        // Trailers say nothing.
        let data = frame?.into_data().unwrap_or_default();
        let room = most - out.len();
        out.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The body of an answer to a write: of a refusal so much as is read of any, of anything else the whole.
pub(super) async fn answered(code: StatusCode, mut body: Body) -> Result<Bytes, kube::Error> {
    let most = if code.is_success() { OBJECT } else { REFUSAL };
    let mut out = BytesMut::new();
    if upto(&mut body, most, &mut out).await? && code.is_success() {
        return Err(kube::Error::Service(Box::new(Explained(too_long(most)))));
    }
    Ok(out.freeze())
}

fn too_long(most: usize) -> Trouble {
    Trouble::new(TroubleKind::Protocol, format!("the answer is longer than {} MiB", most >> 20))
}

/// The whole of an answer.
pub(super) async fn whole(mut chunks: Chunks) -> Result<Bytes, Trouble> {
    let mut out = BytesMut::new();
    while let Some(chunk) = chunks.next().await? {
        if out.len() + chunk.len() > chunks.longest {
            return Err(too_long(chunks.longest).trying(&chunks.tried));
        }
        if out.is_empty() && chunks.ended() {
            return Ok(chunk);
        }
        out.extend_from_slice(&chunk);
    }
    Ok(out.freeze())
}

/// The bytes of an answer as they come; they end when the link is lost, or when nothing comes for too long.
pub(super) struct Chunks {
    body: Body,
    line: Line,
    generation: u64,
    silence: Duration,
    /// So much is a whole answer at most.
    longest: usize,
    tried: String,
}

impl Chunks {
    pub fn new(answer: Response<Body>, line: &Line, hold: &Hold, silence: Duration, asked: &Asked) -> Self {
        let (line, generation) = (line.clone(), hold.generation);
        let longest = if asked.verb == "list" { LIST } else { OBJECT };
        Self { body: answer.into_body(), line, generation, silence, longest, tried: asked.tried.clone() }
    }

    /// How long nothing may arrive.
    pub fn set_silence(&mut self, silence: Duration) {
        self.silence = silence;
    }

    fn ended(&self) -> bool {
        http_body::Body::is_end_stream(&self.body)
    }

    /// What has already arrived; `None` when the next must be waited for.
    pub fn ready(&mut self) -> Option<Result<Option<Bytes>, Trouble>> {
        loop {
            let frame = self.body.frame().now_or_never()?;
            match self.data(frame) {
                Ok(Some(data)) if data.is_empty() => {}
                other => return Some(other),
            }
        }
    }

    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            let frame = tokio::select! {
                biased;
                frame = self.body.frame() => frame,
                () = self.line.lost(self.generation) => {
                    return Err(Trouble::new(TroubleKind::Unreachable, "the link was lost").trying(&self.tried));
                }
                () = tokio::time::sleep(self.silence) => {
                    let said = format!("nothing arrived for {} s", self.silence.as_secs());
                    return Err(Trouble::new(TroubleKind::Silent, said).trying(&self.tried));
                }
            };
            match self.data(frame)? {
                Some(data) if data.is_empty() => {}
                other => return Ok(other),
            }
        }
    }

    fn data(
        &self,
        frame: Option<Result<http_body::Frame<Bytes>, kube::Error>>,
    ) -> Result<Option<Bytes>, Trouble> {
        match frame {
            None => Ok(None),
            // Trailers say nothing.
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(Trouble::explain(&error).trying(&self.tried)),
        }
    }
}

/// Asks the server's version: `gitVersion` and the minor number.
pub(super) async fn version(client: &Client) -> Result<(String, Option<u32>), Trouble> {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Version {
        git_version: String,
        minor: String,
    }
    let asked = Asked {
        verb: "get",
        resource: "/version".to_owned(),
        namespaced: false,
        namespace: None,
        tried: String::new(),
    };
    let answer = match send(client, "/version", &asked, (Shape::Whole, Packing::Plain), None).await {
        Ok(answer) => answer,
        // Some clusters keep their version to themselves; they answer, and that is what was asked.
        Err(trouble) if matches!(trouble.kind, TroubleKind::Forbidden | TroubleKind::NotFound) => {
            return if trouble.status.is_some() { Ok((String::new(), None)) } else { Err(trouble) };
        }
        Err(trouble) => return Err(trouble),
    };
    let mut body = BytesMut::new();
    let read = upto(&mut answer.into_body(), VERSION, &mut body).await;
    if read.map_err(|error| Trouble::explain(&error))? {
        return Err(too_long(VERSION));
    }
    let version: Version = serde_json::from_slice(&body).map_err(|error| {
        Trouble::new(TroubleKind::Protocol, format!("/version is not an API server's: {error}"))
    })?;
    if version.git_version.is_empty() {
        return Err(Trouble::new(
            TroubleKind::Protocol,
            "/version is not an API server's: it has no gitVersion",
        ));
    }
    let digits = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit());
    Ok((crate::model::text::clean(&version.git_version).into_owned(), digits.parse().ok()))
}

/// Asks a self-subject review (`selfsubjectaccessreviews`, `selfsubjectrulesreviews`): the only POST of a reader.
pub(super) async fn review(
    line: &mut Line,
    plural: &str,
    review: &serde_json::Value,
) -> Result<Bytes, Trouble> {
    let path = &format!("/apis/authorization.k8s.io/v1/{plural}");
    let asked = Asked {
        verb: "create",
        resource: format!("{plural}.authorization.k8s.io"),
        namespaced: false,
        namespace: None,
        tried: format!("POST {}", url(&line.recipe.target, path)),
    };
    let request = Request::post(path)
        .header(header::ACCEPT, Shape::Whole.accept())
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(Body::from(review.to_string().into_bytes()));
    ask(line, request, &asked).await
}

/// Reads a path as a whole, over the live link, within one deadline.
pub(super) async fn fetch(
    line: &mut Line,
    path: &str,
    asked: &Asked,
    shape: Shape,
) -> Result<Bytes, Trouble> {
    let request = Request::get(path).header(header::ACCEPT, shape.accept()).body(Body::empty());
    ask(line, request, asked).await
}

async fn ask(
    line: &mut Line,
    request: Result<Request<Body>, http::Error>,
    asked: &Asked,
) -> Result<Bytes, Trouble> {
    let limit = line.recipe.target.request_timeout.unwrap_or(ANSWER);
    let mut reading = line.clone();
    let reading = async {
        let Some(hold) = reading.hold().await else {
            return Err(Trouble::new(TroubleKind::Unreachable, "the link has ended").trying(&asked.tried));
        };
        let read = async {
            let answer = deliver(&hold.client, request, asked, Some(limit)).await?;
            // The deadline below is sooner than any silence.
            whole(Chunks::new(answer, &reading, &hold, limit * 2, asked)).await
        };
        read.await.inspect_err(|trouble| reading.report(hold.generation, trouble))
    };
    timeout(limit, reading).await.unwrap_or_else(|_| Err(late(asked, limit)))
}

/// One object as the server's JSON.
pub(super) async fn object(mut line: Line, of: ObjectRef) -> Result<Bytes, Trouble> {
    let namespace = of.namespace.as_deref();
    let path = format!("{}/{}", collection(of.kind, namespace), encode(&of.name));
    let asked = asked(&line.recipe.target, "get", of.kind, namespace, &path);
    fetch(&mut line, &path, &asked, Shape::Whole).await
}

/// Whether a namespace exists; an error when that cannot be known.
pub(super) async fn namespace_exists(mut line: Line, name: &str) -> Result<bool, Trouble> {
    let path = crate::model::resource::Resource::NAMESPACES.object("", name);
    let asked = Asked {
        verb: "get",
        resource: "namespaces".to_owned(),
        namespaced: false,
        namespace: None,
        tried: format!("GET {}", url(&line.recipe.target, &path)),
    };
    match fetch(&mut line, &path, &asked, Shape::Whole).await {
        Ok(_) => Ok(true),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// The names of all namespaces, in the server's order.
pub(super) async fn namespaces(mut line: Line) -> Result<Vec<Box<str>>, Trouble> {
    #[derive(Deserialize)]
    struct List {
        metadata: ListMeta,
        #[serde(default)]
        items: Vec<Item>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct ListMeta {
        #[serde(rename = "continue")]
        next: String,
    }
    #[derive(Deserialize)]
    struct Item {
        metadata: Meta,
    }
    #[derive(Deserialize)]
    struct Meta {
        name: String,
    }
    let asked = Asked {
        verb: "list",
        resource: "namespaces".to_owned(),
        namespaced: false,
        namespace: None,
        tried: format!("GET {}", url(&line.recipe.target, "/api/v1/namespaces")),
    };
    let mut names = Vec::new();
    let mut next = String::new();
    loop {
        let mut path = "/api/v1/namespaces?limit=500".to_owned();
        if !next.is_empty() {
            path = format!("{path}&continue={}", encode(&next));
        }
        let bytes = fetch(&mut line, &path, &asked, Shape::Whole).await?;
        let list: List = serde_json::from_slice(&bytes).map_err(|error| {
            Trouble::new(TroubleKind::Protocol, format!("not a list of namespaces: {error}"))
                .trying(&asked.tried)
        })?;
        names.extend(list.items.iter().map(|item| crate::model::text::clean(&item.metadata.name).into()));
        next = list.metadata.next;
        if next.is_empty() {
            return Ok(names);
        }
    }
}
