//! Events of a stream to changes of rows.

use std::sync::atomic::Ordering;

use super::{Feed, Stop};
use crate::cluster::frames::{Events, TooLong};
use crate::cluster::trouble::tidy;
use crate::model::feed::RowChange;
use crate::model::project::{DecodeError, WatchChange, is_watch_frame};
use crate::model::trouble::{Trouble, TroubleKind};

/// The longest event; etcd's limit is far below.
const LONGEST: usize = 32 << 20;

impl Feed {
    /// Events of a chunk into the batch. True when the list that the stream began with is complete; rows after its end
    /// are in the batch too, which is right: they are true, and newer.
    pub(super) fn decode(&mut self, chunk: &[u8], events: &mut Events, listing: bool) -> Result<bool, Stop> {
        let Self { projector, batch, version, key, skipped, quirks, heard, .. } = self;
        let (mut ended, mut latest) = (false, None);
        let protobuf = matches!(events, Events::Frames(_));
        let read = events.push(chunk, LONGEST, |event| {
            if !protobuf && event.trim_ascii().is_empty() {
                return Ok(());
            }
            let decoded = if protobuf { projector.watch_frame(event) } else { projector.watch_line(event) };
            let decoded = match decoded {
                Ok(decoded) => decoded,
                Err(error) => {
                    let known = if protobuf { is_watch_frame(event) } else { is_line(event) };
                    if !known {
                        return Err(unreadable(&error).into());
                    }
                    *heard = true;
                    tracing::warn!(?key, %error, "an object was skipped");
                    skipped.get_or_insert_default().0 += 1;
                    skipped.get_or_insert_default().1 = error.to_string();
                    return Ok(());
                }
            };
            *heard = true;
            match decoded.what {
                WatchChange::Upsert(record) => batch.push(RowChange::Upsert(record)),
                WatchChange::Remove(uid) => batch.push(RowChange::Remove(uid)),
                WatchChange::Bookmark { initial_events_end } => ended |= initial_events_end && listing,
                WatchChange::Error { code, reason, message } => return Err(refused(code, &reason, &message)),
            }
            if decoded.version.is_some() {
                latest = decoded.version;
            }
            Ok(())
        });
        if matches!(&read, Err(Stop::Trouble(trouble)) if trouble.kind == TroubleKind::Protocol) {
            quirks.no_protobuf.fetch_or(protobuf, Ordering::Relaxed);
        }
        read?;
        // An unfinished list is no place to go on from.
        if latest.is_some() && (ended || !listing) {
            *version = latest;
        }
        Ok(ended)
    }
}

impl From<TooLong> for Stop {
    fn from(TooLong(longest): TooLong) -> Self {
        let said = format!("an event of the watch is longer than {} MiB", longest >> 20);
        Trouble::new(TroubleKind::Protocol, said).into()
    }
}

/// Whether a line is an event, whatever is in its object: an object that cannot be read must not take the others with
/// it, but after something else the stream cannot be trusted.
fn is_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"{\"type\":") && line.ends_with(b"}")
}

pub(super) fn unreadable(error: &DecodeError) -> Trouble {
    Trouble::new(TroubleKind::Protocol, error.to_string())
}

/// An ERROR event: the `Status` in it, as if it had been the answer.
fn refused(code: u16, reason: &str, message: &str) -> Stop {
    if code == 410 || matches!(reason, "Expired" | "Gone") {
        return Stop::Relist;
    }
    let kind = match code {
        401 => TroubleKind::Unauthorized,
        403 => TroubleKind::Forbidden,
        404 => TroubleKind::NotFound,
        429 => TroubleKind::Throttled,
        500..=599 => TroubleKind::Server,
        _ => TroubleKind::Protocol,
    };
    let said = if message.is_empty() { reason } else { message };
    Stop::Trouble(Trouble { status: Some(code), said: tidy(said), ..Trouble::new(kind, "") })
}
