//! Copies: a `tar` in the container at one end, ours at the other, and a channel between them.
//!
//! What comes in or goes out has a name of its own until it is whole, and gets its final one then: an interrupted copy leaves
//! nothing under it. What is read and written on this machine's disk is done on threads where that may take time.

mod pack;
mod unpack;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::ClusterEvent;
use super::connector::{Channel, Connector, Said};
use crate::model::remote::End;
use crate::model::text::clean;
use crate::reach::copy::{Copied, Copy, CopyUpdate, Progress, Way, split};

/// Pieces that wait between the channel and the disk.
const WAITING: usize = 16;
/// How often it is told how far it is.
const TOLD: Duration = Duration::from_secs(1);
/// So much of what the container's `tar` complains about is kept.
const COMPLAINTS: usize = 4 << 10;
/// What is said of a container in which there is no `tar`.
const NO_TAR: &str = "the container has no tar, and a copy needs one; a debug container can have it";

/// One copy.
pub(super) struct Copier {
    pub id: u64,
    pub copy: Copy,
    pub connector: Connector,
    pub events: mpsc::Sender<ClusterEvent>,
}

/// How far it is, counted where it is done.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Of the archive as it came: not what is told, but whether anything did.
    archive: AtomicU64,
    bytes: AtomicU64,
    entries: AtomicU64,
}

/// What is in a file, counted as it goes.
pub(super) struct Counted<'a, T> {
    pub inner: T,
    pub counts: &'a Counts,
}

impl<T: Read> Read for Counted<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.counts.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Counts {
    fn now(&self) -> Progress {
        Progress { bytes: self.bytes.load(Ordering::Relaxed), entries: self.entries.load(Ordering::Relaxed) }
    }
}

/// A piece of an archive on its way to or from a thread; an archive without its end is not whole.
pub(super) enum Piece {
    Bytes(Bytes),
    End,
}

impl Copier {
    /// Runs to its end; when it is dropped before, nothing is left behind.
    pub async fn run(self) {
        let result = match self.copy.way {
            Way::Out => self.out().await,
            Way::In => self.inwards().await,
        };
        self.tell(CopyUpdate::Ended(result)).await;
    }

    async fn tell(&self, update: CopyUpdate) {
        // Nobody listens: nothing to do.
        let _ = self.events.send(ClusterEvent::Copy { id: self.id, update }).await;
    }

    fn exec(&self, command: &[&str], stdin: bool) -> Channel {
        Channel::Exec {
            container: Some(self.copy.container.clone()),
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            stdin,
            tty: false,
        }
    }

    async fn open(&self, command: &[&str], stdin: bool) -> Result<super::Remote, String> {
        let target = &self.copy.target;
        let opened = self.connector.run(&target.namespace, &target.name, self.exec(command, stdin)).await;
        opened.map_err(|trouble| trouble.to_string())
    }

    /// Runs a command to its end: its code, and what it complained about.
    async fn call(&self, command: &[&str]) -> Result<(i32, String), String> {
        let mut remote = self.open(command, false).await?;
        let mut said = Vec::new();
        loop {
            match remote.output.next().await {
                Said::Out(_) => {}
                Said::Err(bytes) => keep(&mut said, &bytes),
                Said::End(End::Exit(code)) => return Ok((code, words(&said))),
                Said::End(end) => return Err(ended(&end, "")),
            }
        }
    }

    /// From the container to this machine.
    async fn out(&self) -> Result<Copied, String> {
        let counts = Arc::new(Counts::default());
        let (pieces, archive) = mpsc::channel(WAITING);
        let (local, remote) = (self.copy.local.clone(), self.copy.remote.clone());
        let place = tokio::task::spawn_blocking(move || unpack::Place::new(&local, &remote));
        let place = place.await.map_err(|_| "unpacking was broken off".to_owned())??;
        let (asked, counted) = (self.copy.remote.clone(), counts.clone());
        // Whoever waits until nobody tells anything more waits for the thread too: it takes away what is not whole.
        let listened = self.events.clone();
        let mut unpacking = tokio::task::spawn_blocking(move || {
            let unpacked = unpack::unpack(place, archive, &asked, &counted);
            drop(listened);
            unpacked
        });
        let mut remote = self.open(&["tar", "cf", "-", &self.copy.remote], false).await?;
        let (mut said, mut told, mut due) = (Vec::new(), Progress::default(), Instant::now() + TOLD);
        let mut pieces = Some(pieces);
        let code = loop {
            tokio::select! {
                next = remote.output.next() => match next {
                    Said::Out(bytes) => {
                        // Nobody takes it any more: the thread says why.
                        if let Some(to) = &pieces && to.send(Piece::Bytes(bytes)).await.is_err() {
                            pieces = None;
                            break 0;
                        }
                    }
                    Said::Err(bytes) => keep(&mut said, &bytes),
                    Said::End(End::Exit(code)) => break code,
                    Said::End(end) => return Err(ended(&end, &words(&said))),
                },
                () = sleep_until(due) => {
                    due = Instant::now() + TOLD;
                    self.progress(&counts, &mut told).await;
                }
            }
        };
        // With 1, `tar` says that a file changed while it was read: that is what a log does.
        if code > 1 || (code == 1 && counts.archive.load(Ordering::Relaxed) == 0) {
            return Err(failed("tar", code, &words(&said)));
        }
        if let Some(to) = pieces {
            let _ = to.send(Piece::End).await;
        }
        let unpacked = (&mut unpacking).await.map_err(|_| "unpacking was broken off".to_owned())??;
        let mut notes = unpacked.refused();
        notes.extend(Some(words(&said)).filter(|said| !said.is_empty()));
        let to = tokio::task::spawn_blocking(move || unpacked.keep())
            .await
            .map_err(|_| "unpacking was broken off".to_owned())??;
        Ok(Copied { progress: counts.now(), to: to.display().to_string(), notes })
    }

    /// Into the container.
    async fn inwards(&self) -> Result<Copied, String> {
        let local = PathBuf::from(&self.copy.local);
        let (dir, name) = self.place_in(&local).await?;
        let hidden = format!(".{name}.dogwatch-{}", self.id);
        let temporary = format!("{}/{hidden}", dir.trim_end_matches('/'));
        let to = format!("{}/{name}", dir.trim_end_matches('/'));
        let counts = Arc::new(Counts::default());
        let (pieces, mut archive) = mpsc::channel(WAITING);
        let counted = counts.clone();
        let packing = tokio::task::spawn_blocking(move || pack::pack(&local, &hidden, &pieces, &counted));
        let mut remote = self.open(&["tar", "-xmf", "-", "-C", &dir], true).await?;
        let left = Leftover { copier: self.again(), path: temporary.clone(), armed: true };
        let (mut said, mut told, mut due) = (Vec::new(), Progress::default(), Instant::now() + TOLD);
        let mut sending = true;
        let code = loop {
            tokio::select! {
                piece = archive.recv(), if sending => match piece {
                    Some(Piece::Bytes(bytes)) => sending = remote.input.send(&bytes).await,
                    Some(Piece::End) => {
                        sending = false;
                        // An older server cannot be told; its `tar` knows the end of an archive.
                        remote.input.close().await;
                    }
                    None => {
                        // The thread says why.
                        let said = packing.await.map_err(|_| "packing was broken off".to_owned())?;
                        return Err(said.err().unwrap_or_else(|| "the archive was not whole".to_owned()));
                    }
                },
                next = remote.output.next() => match next {
                    Said::Out(_) => {}
                    Said::Err(bytes) => keep(&mut said, &bytes),
                    Said::End(End::Exit(code)) => break code,
                    Said::End(end) => return Err(ended(&end, &words(&said))),
                },
                () = sleep_until(due) => {
                    due = Instant::now() + TOLD;
                    self.progress(&counts, &mut told).await;
                }
            }
        };
        if code != 0 {
            return Err(failed("tar", code, &words(&said)));
        }
        drop(archive);
        let mut notes = packing.await.map_err(|_| "packing was broken off".to_owned())??;
        let (code, complaint) = self.call(&["mv", &temporary, &to]).await?;
        if code != 0 {
            return Err(failed("mv", code, &complaint));
        }
        left.disarm();
        notes.extend(Some(words(&said)).filter(|said| !said.is_empty()));
        Ok(Copied { progress: counts.now(), to: format!("{}:{to}", self.copy.target.name), notes })
    }

    /// The directory and the name in it; an error when there is something of that name.
    async fn place_in(&self, local: &std::path::Path) -> Result<(String, String), String> {
        let remote = &self.copy.remote;
        let (is_dir, _) = self.call(&["test", "-d", remote]).await?;
        let (dir, name) = if is_dir == 0 {
            let whole = tokio::fs::canonicalize(local)
                .await
                .map_err(|error| format!("{}: {error}", local.display()))?;
            let name = whole.file_name().ok_or_else(|| format!("{} has no name", local.display()))?;
            let name = name.to_str().ok_or_else(|| format!("the name of {} is no text", local.display()))?;
            (remote.clone(), name.to_owned())
        } else {
            split(remote).ok_or_else(|| format!("`{remote}` has no name to copy it as"))?
        };
        let to = format!("{}/{name}", dir.trim_end_matches('/'));
        let (exists, _) = self.call(&["test", "-e", &to]).await?;
        if exists == 0 {
            return Err(format!("{to} is there already: it is not written over"));
        }
        Ok((dir, name))
    }

    async fn progress(&self, counts: &Counts, told: &mut Progress) {
        let now = counts.now();
        if now != *told {
            *told = now;
            self.tell(CopyUpdate::Progress(now)).await;
        }
    }

    fn again(&self) -> Self {
        let Self { id, copy, connector, events } = self;
        Self { id: *id, copy: copy.clone(), connector: connector.clone(), events: events.clone() }
    }
}

/// What was begun in the container: taken away again unless it got its final name.
struct Leftover {
    copier: Copier,
    path: String,
    armed: bool,
}

impl Leftover {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        let (true, Ok(runtime)) = (self.armed, tokio::runtime::Handle::try_current()) else { return };
        let (copier, path) = (self.copier.again(), self.path.clone());
        runtime.spawn(async move {
            if let Err(why) = copier.call(&["rm", "-rf", &path]).await {
                tracing::warn!(%why, %path, "what an interrupted copy left in a container was not taken away");
            }
        });
    }
}

fn keep(said: &mut Vec<u8>, bytes: &[u8]) {
    let room = COMPLAINTS.saturating_sub(said.len());
    said.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

/// Lines of another program as one, cleaned; without what `tar` says of every path that begins at the root.
fn words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let tells = |line: &&str| !line.is_empty() && !line.to_lowercase().contains("removing leading");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(tells).collect();
    clean(&lines.join("; ")).into_owned()
}

fn failed(program: &str, code: i32, said: &str) -> String {
    match said {
        "" => format!("{program} ended with exit code {code}"),
        said if said.contains("command not found") => NO_TAR.to_owned(),
        said => said.to_owned(),
    }
}

fn ended(end: &End, said: &str) -> String {
    match end {
        end if end.is_not_found() => NO_TAR.to_owned(),
        End::Exit(code) => failed("tar", *code, said),
        End::Failed(words) => words.to_string(),
        End::Refused(trouble) => trouble.to_string(),
        End::Lost(trouble) => format!("the connection was lost: {trouble}"),
        End::Left => "it was left".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tar_says_of_every_path_is_not_told() {
        for (said, told) in [
            ("tar: Removing leading `/' from member names\n", ""),
            ("tar: removing leading '/' from member names\n", ""),
            (
                "tar: a: file changed as we read it\n\ntar: b\u{1b}[2J\n",
                "tar: a: file changed as we read it; tar: b␛[2J",
            ),
        ] {
            assert_eq!(words(said.as_bytes()), told);
        }
        assert_eq!(failed("tar", 2, ""), "tar ended with exit code 2");
        assert_eq!(failed("tar", 127, "sh: tar: command not found"), NO_TAR);
    }
}
