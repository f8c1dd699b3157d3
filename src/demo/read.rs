//! GET: one object, a list in pages, or a watch.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::body::{Answer, answer, streamed};
use super::object::Object;
use super::query::{Call, Shape};
use super::render;
use super::resource::Resource;
use super::selector::{FieldSelector, LabelSelector};
use super::status::ApiError;
use super::store::{Change, ChangeKind, Store, Watch};

/// How often a quiet watch sends a bookmark.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);
/// The last bookmark comes this long before a watch ends.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// Initial events of a watch are sent in groups of this many.
const GROUP: usize = 64;

/// Both selectors of a request.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads the selectors of a request.
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        Ok(Self {
            labels: LabelSelector::parse(call.query.get("labelSelector").unwrap_or_default())?,
            fields: FieldSelector::parse(
                call.target.res,
                call.query.get("fieldSelector").unwrap_or_default(),
            )?,
        })
    }

    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is selected.
    pub fn matches(&self, object: &Object) -> bool {
        self.labels.matches(&object.labels) && (self.fields.is_empty() || self.fields.matches(object))
    }
}

/// Answers a GET of one object.
pub fn get(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let target = &call.target;
    let object = store.get(target.res, target.ns(), target.name());
    let object = object.ok_or_else(|| ApiError::not_found(target.res, target.name()))?;
    Ok(render::one(target.res, call.shape, 200, &object, store.clock().now()))
}

/// The selected objects of a collection, for lists and for deletion.
pub fn selected(store: &Store, call: &Call) -> Result<(u64, Vec<Arc<Object>>), ApiError> {
    let selection = Selection::of(call)?;
    let (version, mut objects) = store.list(call.target.res, call.target.namespace.as_deref());
    if !selection.is_empty() {
        objects.retain(|object| selection.matches(object));
    }
    Ok((version, objects))
}

/// Answers a list, or one page of it.
pub fn list(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let (res, namespace) = (call.target.res, call.target.namespace.as_deref());
    let selection = Selection::of(call)?;
    let limit = call.query.number("limit")?.filter(|n| *n > 0).map(|n| n as usize);
    let page = call.query.get("continue").map(Page::read).transpose()?;
    let (now, current) = store.list(res, namespace);
    let (version, objects) = match &page {
        Some(Page { version: Some(version), start }) => {
            let objects = store.list_at(res, namespace, *version).map_err(|_| Page::expired(start))?;
            (*version, objects)
        }
        Some(_) => (now, current),
        None => at_version(store, call, now, current)?,
    };
    let start = page.map(|page| page.start).unwrap_or_default();
    let after_start = |object: &Arc<Object>| start.is_empty() || position(res, namespace, object) >= start;
    let mut objects: Vec<Arc<Object>> =
        objects.into_iter().filter(|o| after_start(o) && selection.matches(o)).collect();
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if let Some(limit) = limit.filter(|limit| objects.len() > *limit) {
        let left = objects.len() - limit;
        objects.truncate(limit);
        if let Some(last) = objects.last() {
            let next = format!("{}\0", position(res, namespace, last));
            metadata["continue"] = json!(Page { version: Some(version), start: next }.write());
        }
        if selection.is_empty() {
            metadata["remainingItemCount"] = json!(left);
        }
    }
    Ok(render::list(res, call.shape, &metadata, objects, store.clock().now(), call.gzip))
}

type Listed = (u64, Vec<Arc<Object>>);

fn at_version(store: &Store, call: &Call, now: u64, current: Vec<Arc<Object>>) -> Result<Listed, ApiError> {
    let Some(asked) = call.query.number("resourceVersion")?.filter(|v| *v > 0) else {
        return Ok((now, current));
    };
    if asked > now {
        let mut error =
            ApiError::new(504, "Timeout", format!("Too large resource version: {asked}, current: {now}"));
        error.details = json!({"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1});
        return Err(error);
    }
    if call.query.get("resourceVersionMatch") == Some("Exact") {
        let objects = store.list_at(call.target.res, call.target.namespace.as_deref(), asked)?;
        return Ok((asked, objects));
    }
    Ok((now, current))
}

/// Where an object stands in the order of its list.
fn position(res: &Resource, namespace: Option<&str>, object: &Object) -> String {
    if res.namespaced && namespace.is_none() {
        format!("{}/{}", object.namespace, object.name)
    } else {
        object.name.to_string()
    }
}

/// A place in a list, as its `continue` token says it.
struct Page {
    version: Option<u64>,
    start: String,
}

impl Page {
    fn read(token: &str) -> Result<Self, ApiError> {
        let refused = || ApiError::bad_request("continue key is not valid: the token cannot be read");
        let text = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| refused())?;
        let value: Value = serde_json::from_slice(&text).map_err(|_| refused())?;
        let start = value["start"].as_str().ok_or_else(refused)?.trim_start_matches('/').to_owned();
        Ok(Self { version: value["rv"].as_u64(), start })
    }

    fn write(&self) -> String {
        let version = self.version.map_or(-1, |v| v as i64);
        let start = json!(self.start);
        let text = format!("{{\"v\":\"meta.k8s.io/v1\",\"rv\":{version},\"start\":{start}}}");
        URL_SAFE_NO_PAD.encode(text)
    }

    /// 410, with a token that goes on without consistency.
    fn expired(start: &str) -> ApiError {
        let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
        let mut error = ApiError::new(410, "Expired", message);
        error.continue_token = Some(Self { version: None, start: start.to_owned() }.write());
        error
    }
}

/// Answers a watch.
pub fn watch(store: &Store, call: &Call) -> Result<Answer, ApiError> {
    let (res, namespace) = (call.target.res, call.target.namespace.as_deref());
    let selection = Selection::of(call)?;
    let asked = call.query.number("resourceVersion")?.unwrap_or(0);
    let streaming = call.query.is("sendInitialEvents") && call.query.get("sendInitialEvents").is_some();
    if streaming && call.query.get("resourceVersionMatch") != Some("NotOlderThan") {
        let message = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        return Err(ApiError::new(
            422,
            "Invalid",
            format!("ListOptions.meta.k8s.io \"\" is invalid: {message}"),
        ));
    }
    let bookmarks = call.query.is("allowWatchBookmarks");
    let seconds = call.query.number("timeoutSeconds")?.filter(|n| *n > 0);
    let seconds = seconds.unwrap_or_else(|| 1800 + store.random() % 1800);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut initial, from) = (VecDeque::new(), asked);
    let from = if asked == 0 || streaming {
        let (version, objects) = store.list(res, namespace);
        if call.query.get("sendInitialEvents") != Some("false") {
            initial = objects.into_iter().filter(|o| selection.matches(o)).collect();
        }
        version
    } else {
        from
    };
    let watch = match store.watch(res, namespace, from) {
        Ok(watch) => watch,
        Err(error) => {
            let line = error_event(&error);
            let body = super::body::full(line);
            return Ok(answer(200, "application/json", body));
        }
    };
    let stream = Stream {
        store: store.clone(),
        res,
        shape: call.shape,
        selection,
        initial,
        initial_end: streaming && bookmarks,
        watch,
        end,
        bookmark: bookmarks.then(|| next_bookmark(end)),
        first: true,
        over: false,
    };
    let pieces = futures::stream::unfold(stream, |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, io::Error>(piece), stream))
    });
    Ok(answer(200, "application/json", streamed(pieces)))
}

fn error_event(error: &ApiError) -> Bytes {
    Bytes::from(format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", error.status()))
}

fn next_bookmark(end: Instant) -> Instant {
    let regular = Instant::now() + BOOKMARK_EVERY;
    let last = end.checked_sub(BOOKMARK_BEFORE_END).unwrap_or(end);
    if last > Instant::now() { regular.min(last) } else { regular }
}

/// A running watch.
struct Stream {
    store: Store,
    res: &'static Resource,
    shape: Shape,
    selection: Selection,
    initial: VecDeque<Arc<Object>>,
    initial_end: bool,
    watch: Watch,
    end: Instant,
    bookmark: Option<Instant>,
    first: bool,
    over: bool,
}

impl Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        if !self.initial.is_empty() {
            let count = GROUP.min(self.initial.len());
            let group: Vec<Arc<Object>> = self.initial.drain(..count).collect();
            let lines: Vec<u8> = group.iter().flat_map(|object| self.line("ADDED", object)).collect();
            return Some(Bytes::from(lines));
        }
        if std::mem::take(&mut self.initial_end) {
            return Some(render::bookmark(self.res, self.shape, self.watch.version(), true));
        }
        loop {
            let bookmark = self.bookmark.unwrap_or(self.end).min(self.end);
            tokio::select! {
                biased;
                changes = self.watch.next() => match changes {
                    // Its kind is no longer served.
                    Ok(changes) if changes.is_empty() => return None,
                    Ok(changes) => {
                        let lines: Vec<u8> = changes.iter().flat_map(|change| self.change(change)).collect();
                        if !lines.is_empty() {
                            return Some(Bytes::from(lines));
                        }
                    }
                    Err(error) => {
                        self.over = true;
                        return Some(error_event(&error));
                    }
                },
                () = sleep_until(bookmark) => {
                    if Instant::now() >= self.end {
                        return None;
                    }
                    self.bookmark = Some(next_bookmark(self.end));
                    return Some(render::bookmark(self.res, self.shape, self.bookmark_version(), false));
                }
            }
        }
    }

    /// The version up to which everything of this kind was sent; grows also while the kind is quiet.
    fn bookmark_version(&mut self) -> u64 {
        self.watch.catch_up();
        self.watch.version()
    }

    fn line(&mut self, kind: &str, object: &Object) -> Bytes {
        let columns = std::mem::take(&mut self.first);
        render::event(self.res, self.shape, kind, object, self.store.clock().now(), columns)
    }

    /// What a change is to somebody who sees only the selected objects.
    fn change(&mut self, change: &Change) -> Bytes {
        let before = change.previous.as_ref().is_some_and(|object| self.selection.matches(object));
        let after = change.kind != ChangeKind::Deleted && self.selection.matches(&change.object);
        match (before, after) {
            (false, false) => Bytes::new(),
            (false, true) => self.line("ADDED", &change.object),
            (true, true) => self.line("MODIFIED", &change.object),
            (true, false) => self.line("DELETED", &change.object),
        }
    }
}
