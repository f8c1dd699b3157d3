//! The request for a container's log, as kubectl makes it; always with times.

use jiff::Timestamp;

use crate::cluster::read::encode;
use crate::model::log::{Since, Source};

/// What is asked of a container's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Request {
    pub follow: bool,
    pub previous: bool,
    pub since: Option<Since>,
    pub tail: Option<u32>,
}

impl Request {
    /// Where the log of a source is.
    pub fn path(source: &Source) -> String {
        let (namespace, pod) = (encode(&source.namespace), encode(&source.pod));
        format!("/api/v1/namespaces/{namespace}/pods/{pod}/log")
    }

    /// The same with its parameters.
    pub fn url(&self, source: &Source) -> String {
        let mut url = format!("{}?container={}", Self::path(source), encode(&source.container));
        if self.follow {
            url.push_str("&follow=true");
        }
        if self.previous {
            url.push_str("&previous=true");
        }
        match self.since {
            Some(Since::Seconds(seconds)) => url = format!("{url}&sinceSeconds={seconds}"),
            Some(Since::Time(time)) => {
                // Whole seconds are all that the server takes.
                let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
                url = format!("{url}&sinceTime={}", encode(&whole.to_string()));
            }
            None => {}
        }
        if let Some(tail) = self.tail {
            url = format!("{url}&tailLines={tail}");
        }
        url + "&timestamps=true"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_kubectls() {
        let source = Source { namespace: "shop".into(), pod: "web-1".into(), container: "web".into() };
        let time = |text: &str| Some(Since::Time(text.parse().unwrap()));
        for (request, query) in [
            (Request::default(), ""),
            (
                Request { follow: true, since: Some(Since::Seconds(60)), tail: Some(10), previous: false },
                "&follow=true&sinceSeconds=60&tailLines=10",
            ),
            (Request { previous: true, ..Request::default() }, "&previous=true"),
            (
                Request { since: time("2026-11-21T01:02:03.987Z"), ..Request::default() },
                "&sinceTime=2026-11-21T01%3A02%3A03Z",
            ),
        ] {
            let expected =
                format!("/api/v1/namespaces/shop/pods/web-1/log?container=web{query}&timestamps=true");
            assert_eq!(request.url(&source), expected);
        }
    }
}
