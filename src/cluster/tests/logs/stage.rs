//! A reading against a scripted server: its requests come in no order, so they are picked by what they ask.

use std::collections::VecDeque;

use super::*;
use crate::cluster::testing::{Call, Stream, line};

pub(super) struct Stage {
    pub server: Server,
    pub session: Session,
    put_by: VecDeque<Call>,
}

impl Stage {
    /// Begins a reading.
    pub fn new(query: LogQuery) -> Self {
        let server = Server::start();
        let session = Session::open(&server);
        session.cluster.logs(7, query);
        Self { server, session, put_by: VecDeque::new() }
    }

    /// Begins one of these pods, and opens the watch.
    pub async fn with(query: LogQuery, pods: &[Value]) -> (Self, Stream) {
        let mut stage = Self::new(query);
        stage.list(pods).await;
        let watch = stage.watch().await;
        (stage, watch)
    }

    async fn pick(&mut self, what: impl Fn(&Call) -> bool) -> Call {
        if let Some(at) = self.put_by.iter().position(&what) {
            return self.put_by.remove(at).unwrap();
        }
        loop {
            let call = self.server.call().await;
            if what(&call) {
                return call;
            }
            self.put_by.push_back(call);
        }
    }

    /// Answers the next list of pods.
    pub async fn list(&mut self, pods: &[Value]) -> String {
        let call = self.pick(|call| call.path.ends_with("/pods") && call.param("watch").is_none()).await;
        let list = json!({"kind": "PodList", "metadata": {"resourceVersion": "10"}, "items": pods});
        let asked = format!("{}?{}", call.path, call.query);
        call.answer(200, list.to_string());
        asked
    }

    /// Opens the next watch of pods.
    pub async fn watch(&mut self) -> Stream {
        let call = self.pick(|call| call.param("watch").is_some()).await;
        assert_eq!(call.param("resourceVersion").as_deref(), Some("10"));
        call.stream()
    }

    /// The next request for a pod's log.
    pub async fn log(&mut self, pod: &str) -> Call {
        let path = format!("/api/v1/namespaces/shop/pods/{pod}/log");
        self.pick(|call| call.path == path).await
    }

    /// The next update that is not about the number of streams, in short.
    pub async fn told(&mut self) -> String {
        loop {
            let update = self.update().await;
            if !matches!(update, LogUpdate::Streams { .. }) {
                return short(&update);
            }
        }
    }

    pub async fn update(&mut self) -> LogUpdate {
        match self.session.event().await {
            ClusterEvent::Logs { id: 7, update } => update,
            other => panic!("unexpected {other:?}"),
        }
    }

    /// Nothing is told, and nothing asked, within `time`.
    pub async fn nothing(&mut self, time: Duration) {
        assert!(self.put_by.is_empty(), "{}", self.put_by[0].path);
        self.server.no_call(time).await;
    }

    /// Waits until so many streams are told.
    pub async fn streams(&mut self, words: &str) {
        loop {
            if short(&self.update().await) == words {
                return;
            }
        }
    }
}

/// An event of the watch.
pub(super) fn event(what: &str, pod: &Value) -> String {
    line(what, pod)
}
