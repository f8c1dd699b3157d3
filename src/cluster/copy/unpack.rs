//! Unpacks an archive that a container sent: into a directory of its own beside the final name, entry by entry. Nothing in an
//! archive is trusted: what would be written elsewhere ends the copy, links that lead out and devices are left out and named.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use bytes::{Buf as _, Bytes};
use tar::{Archive, Entry, EntryType};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{Counted, Counts, Piece};
use crate::model::text::clean;
use crate::reach::copy::{base, placed, stays};

/// So many refused entries are named.
const NAMED: usize = 3;

/// Where it goes: a directory beside the final name, and that name.
#[derive(Debug)]
pub(super) struct Place {
    beside: TempDir,
    to: PathBuf,
}

impl Place {
    /// Into a directory that is there under the name that it has in the container, else under the name that was said; what
    /// is there is not written over.
    pub fn new(local: &str, remote: &str) -> Result<Self, String> {
        let mut to = PathBuf::from(local);
        if to.is_dir() {
            to.push(base(remote).ok_or_else(|| format!("`{remote}` has no name"))?);
        }
        free(&to)?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = tempfile::Builder::new().prefix(".dogwatch-copy-").tempdir_in(parent);
        let beside = beside.map_err(|error| format!("{}: {}", parent.display(), why(&error)))?;
        Ok(Self { beside, to })
    }

    fn at(&self, place: &Path) -> PathBuf {
        let root = self.beside.path().join("copy");
        if place.as_os_str().is_empty() { root } else { root.join(place) }
    }
}

fn free(to: &Path) -> Result<(), String> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(format!("{} is there already: it is not written over", to.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{}: {}", to.display(), why(&error))),
    }
}

/// What the system says, without its number.
fn why(error: &io::Error) -> String {
    let said = error.to_string();
    said.split(" (os error").next().unwrap_or_default().to_owned()
}

/// What was unpacked, and has no name yet. Dropped, it is gone.
#[derive(Debug)]
pub(super) struct Unpacked {
    place: Place,
    refused: Vec<String>,
}

impl Unpacked {
    /// What was left out, in words.
    pub fn refused(&self) -> Vec<String> {
        if self.refused.is_empty() {
            return Vec::new();
        }
        let more = self.refused.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        vec![format!("left out: {}{more}", self.refused[..self.refused.len().min(NAMED)].join(", "))]
    }

    /// Gives it its name.
    pub fn keep(self) -> Result<PathBuf, String> {
        let Place { beside, to } = self.place;
        free(&to)?;
        fs::rename(beside.path().join("copy"), &to)
            .map_err(|error| format!("{}: {}", to.display(), why(&error)))?;
        Ok(to)
    }
}

/// An archive as it comes; one that ends without its end is broken off.
struct Incoming<'a> {
    pieces: mpsc::Receiver<Piece>,
    now: Bytes,
    over: bool,
    counts: &'a Counts,
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            if self.over {
                return Ok(0);
            }
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.now = bytes,
                Some(Piece::End) => self.over = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the copy was broken off")),
            }
        }
        let count = self.now.len().min(buffer.len());
        self.now.copy_to_slice(&mut buffer[..count]);
        self.counts.archive.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Unpacks all of it.
pub(super) fn unpack(
    place: Place,
    pieces: mpsc::Receiver<Piece>,
    asked: &str,
    counts: &Counts,
) -> Result<Unpacked, String> {
    let mut archive = Archive::new(Incoming { pieces, now: Bytes::new(), over: false, counts });
    let mut unpacked = Unpacked { place, refused: Vec::new() };
    let broken = |error: io::Error| format!("the archive cannot be read: {}", clean(&error.to_string()));
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let at = placed(&path, asked).map_err(|said| format!("refused: {said}"))?;
        let shown = clean(&path.to_string_lossy()).into_owned();
        match write(&unpacked.place, &at, &mut entry, counts) {
            Ok(None) => {}
            Ok(Some(kind)) => unpacked.refused.push(format!("{shown} ({kind})")),
            Err(error) => return Err(format!("{shown}: {}", why(&error))),
        }
        counts.entries.fetch_add(1, Ordering::Relaxed);
    }
    // What follows the end belongs to the archive: padding.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    if fs::symlink_metadata(unpacked.place.at(Path::new(""))).is_err() {
        let words = unpacked.refused().pop().unwrap_or_else(|| "there was nothing in it".to_owned());
        return Err(format!("nothing was copied; {words}"));
    }
    Ok(unpacked)
}

/// Writes one entry; says what it is when it is not written.
fn write(
    place: &Place,
    at: &Path,
    entry: &mut Entry<'_, impl Read>,
    counts: &Counts,
) -> io::Result<Option<&'static str>> {
    let to = place.at(at);
    let mode = entry.header().mode().unwrap_or(0o644) & 0o777;
    match entry.header().entry_type() {
        EntryType::Directory => {
            above(place, at)?;
            match fs::create_dir(&to) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_dir(&to) => {}
                made => made?,
            }
            // Whoever copies it can read it, and write what comes into it.
            fs::set_permissions(&to, fs::Permissions::from_mode(mode | 0o700))?;
        }
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            above(place, at)?;
            let mut file = fresh(&to, mode)?;
            io::copy(&mut Counted { inner: entry, counts }, &mut file)?;
            file.flush()?;
        }
        EntryType::Symlink => {
            let Some(link) = entry.link_name()?.filter(|link| stays(at, link)) else {
                return Ok(Some("a link that leads out"));
            };
            above(place, at)?;
            std::os::unix::fs::symlink(link, &to)?;
        }
        // It is named as the entry that it is a link to was named: that was judged when it was written, or is not there.
        EntryType::Link => {
            let asked = entry.path()?.into_owned();
            let depth = asked.components().count() - at.components().count();
            let Some(link) = entry.link_name()? else { return Ok(Some("a link to nothing")) };
            let root: PathBuf = asked.components().take(depth).collect();
            let Ok(from) = placed(&link, &root.to_string_lossy()) else {
                return Ok(Some("a link that leads out"));
            };
            above(place, &from)?;
            let from = place.at(&from);
            if !fs::symlink_metadata(&from).is_ok_and(|meta| meta.is_file()) {
                return Ok(Some("a link to what is not there"));
            }
            above(place, at)?;
            fs::hard_link(from, &to)?;
        }
        EntryType::Char | EntryType::Block => return Ok(Some("a device")),
        EntryType::Fifo => return Ok(Some("a pipe")),
        EntryType::XGlobalHeader => {}
        _ => return Ok(Some("of an unknown kind")),
    }
    Ok(None)
}

fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

/// Makes the directories above a place that an archive did not name. None of them may be a link: nothing is written through one.
fn above(place: &Place, at: &Path) -> io::Result<()> {
    let mut so_far = PathBuf::new();
    let Some(parent) = at.parent() else { return Ok(()) };
    for part in
        std::iter::once(Path::new("")).chain(parent.components().map(|part| Path::new(part.as_os_str())))
    {
        so_far.push(part);
        let dir = place.at(&so_far);
        if is_dir(&dir) {
            continue;
        }
        if fs::symlink_metadata(&dir).is_ok() {
            return Err(io::Error::other("it would be written through a link"));
        }
        fs::create_dir(dir)?;
    }
    Ok(())
}

/// A new file. An archive may have a name twice: the later one counts.
fn fresh(to: &Path, mode: u32) -> io::Result<File> {
    match fs::symlink_metadata(to) {
        Ok(meta) if !meta.is_dir() => fs::remove_file(to)?,
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(mode | 0o200).open(to)
}

#[cfg(test)]
mod tests;
