//! The prober: asks one pod, or one service, one question through the API server's proxy, and tells what it said.
//!
//! It is a client of its own with a policy of its own, for the reader's refuses every way into a workload. In read-only mode there
//! is no prober. Nothing is repeated, and no redirect is followed.

use std::time::Duration;

use http::Request;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::{Instant, timeout};

use super::connect::Recipe;
use super::read::url;
use crate::model::trouble::{Trouble, TroubleKind};
use crate::reach::endpoint::{Call, MOST, Reply};
use crate::release::smoke::{Answer, Probe, first_line};

/// How long an answer may take, unless `--request-timeout` says otherwise.
const DEADLINE: Duration = Duration::from_secs(10);
/// So much of a body is read.
const BEGINNING: usize = 4 << 10;

/// The prober of a session.
#[derive(Clone)]
pub(super) struct Prober {
    recipe: Recipe,
}

impl Prober {
    pub fn new(recipe: Recipe) -> Self {
        Self { recipe }
    }

    /// Asks.
    pub async fn probe(&self, probe: Probe) -> Result<Answer, Trouble> {
        let tried = format!("GET {}", url(&self.recipe.target, &probe.uri()));
        let limit = self.recipe.target.request_timeout.unwrap_or(DEADLINE);
        let asked = timeout(limit, self.ask(&probe)).await.unwrap_or_else(|_| {
            let said = format!("no answer within {} s", limit.as_secs().max(1));
            Err(Trouble::new(TroubleKind::Slow, said))
        });
        asked.map_err(|trouble| trouble.trying(&tried))
    }

    /// Asks an endpoint; as much of its answer as comes in time is an answer.
    pub async fn call(&self, call: Call) -> Result<Reply, Trouble> {
        let uri = call.uri();
        let plain = uri.split('?').next().unwrap_or_default();
        let tried = format!("GET {}", url(&self.recipe.target, plain));
        let limit = self.recipe.target.request_timeout.unwrap_or(DEADLINE);
        let began = Instant::now();
        let sent = async {
            let client = self.recipe.prober().await?;
            let request = Request::get(&uri).body(Body::empty()).map_err(|error| Trouble::config(&error))?;
            client.send(request).await.map_err(|error| Trouble::explain(&error))
        };
        let answer = timeout(limit, sent).await.unwrap_or_else(|_| {
            let said = format!("no answer within {} s", limit.as_secs().max(1));
            Err(Trouble::new(TroubleKind::Slow, said))
        });
        let answer = answer.map_err(|trouble| trouble.trying(&tried))?;
        let code = answer.status().as_u16();
        let kind = answer.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let (mut body, mut read, mut cut) = (answer.into_body(), Vec::new(), false);
        loop {
            match timeout(limit.saturating_sub(began.elapsed()), body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    read.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
                }
                Ok(None) => break,
                // The end did not come in time, or at all.
                Err(_) | Ok(Some(Err(_))) => cut = true,
            }
            cut |= read.len() > MOST;
            if cut {
                break;
            }
        }
        read.truncate(MOST);
        Ok(Reply::of(code, began.elapsed(), &kind, &read, cut))
    }

    async fn ask(&self, probe: &Probe) -> Result<Answer, Trouble> {
        let client = self.recipe.prober().await?;
        let request =
            Request::get(probe.uri()).body(Body::empty()).map_err(|error| Trouble::config(&error))?;
        let began = Instant::now();
        let answer = client.send(request).await.map_err(|error| Trouble::explain(&error))?;
        let took = began.elapsed();
        let code = answer.status().as_u16();
        let (mut body, mut beginning) = (answer.into_body(), Vec::new());
        while beginning.len() < BEGINNING
            && let Some(Ok(frame)) = body.frame().await
        {
            beginning.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
        }
        beginning.truncate(BEGINNING);
        Ok(Answer { code, took, line: first_line(&beginning) })
    }
}
