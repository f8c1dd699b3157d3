//! Packs a file or a directory of this machine as an archive, piece by piece. Links are packed as links; what is neither a
//! file, a directory nor a link is left out and named.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;

use super::{Counts, Piece};
use crate::model::text::clean;

/// So much goes at once.
const SIZE: usize = 32 << 10;

/// Where the archive goes: to whoever sends it on. It is broken off when nobody does.
struct Outgoing<'a> {
    pieces: &'a mpsc::Sender<Piece>,
    now: Vec<u8>,
    counts: &'a Counts,
    /// Bytes of the file that is packed now which are not counted yet: what is told is the files' size, not the archive's.
    uncounted: u64,
}

impl Outgoing<'_> {
    fn count(&mut self, most: u64) {
        let bytes = most.min(self.uncounted);
        self.uncounted -= bytes;
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn pass(&mut self) -> io::Result<()> {
        let bytes = Bytes::from(std::mem::take(&mut self.now));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the copy was broken off");
        self.pieces.blocking_send(Piece::Bytes(bytes)).map_err(gone)
    }
}

impl Write for Outgoing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.count(bytes.len() as u64);
        self.now.extend_from_slice(bytes);
        if self.now.len() >= SIZE {
            self.pass()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.now.is_empty() { Ok(()) } else { self.pass() }
    }
}

/// Packs it under a name; says what was left out.
pub(super) fn pack(
    local: &Path,
    name: &str,
    pieces: &mpsc::Sender<Piece>,
    counts: &Counts,
) -> Result<Vec<String>, String> {
    let mut builder = Builder::new(Outgoing { pieces, now: Vec::new(), counts, uncounted: 0 });
    builder.follow_symlinks(false);
    let mut left_out = Vec::new();
    // What is named is what is meant, also through a link.
    let whole = fs::canonicalize(local).map_err(|error| format!("{}: {error}", local.display()))?;
    add(&mut builder, &whole, Path::new(name), counts, &mut left_out)?;
    let packed = builder.into_inner().and_then(|mut out| out.flush());
    packed.map_err(|error| error.to_string())?;
    // Nobody sends it on any more: whoever does says why.
    let _ = pieces.blocking_send(Piece::End);
    if left_out.is_empty() { Ok(Vec::new()) } else { Ok(vec![format!("left out: {}", left_out.join(", "))]) }
}

fn add(
    builder: &mut Builder<Outgoing<'_>>,
    from: &Path,
    name: &Path,
    counts: &Counts,
    left_out: &mut Vec<String>,
) -> Result<(), String> {
    let shown = || clean(&from.to_string_lossy()).into_owned();
    let wrong = |error: io::Error| format!("{}: {error}", shown());
    let meta = fs::symlink_metadata(from).map_err(wrong)?;
    if meta.is_dir() {
        builder.append_dir(name, from).map_err(wrong)?;
        counts.entries.fetch_add(1, Ordering::Relaxed);
        let mut names = fs::read_dir(from)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>()
            })
            .map_err(wrong)?;
        names.sort();
        for entry in names {
            add(builder, &from.join(&entry), &name.join(&entry), counts, left_out)?;
        }
        return Ok(());
    }
    if meta.is_file() {
        builder.get_mut().uncounted = meta.len();
        builder.append_path_with_name(from, name).map_err(wrong)?;
        // Holes of a file are not packed.
        builder.get_mut().count(u64::MAX);
    } else if meta.is_symlink() {
        let mut header = Header::new_gnu();
        header.set_metadata(&meta);
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, fs::read_link(from).map_err(wrong)?).map_err(wrong)?;
    } else {
        left_out.push(shown());
        return Ok(());
    }
    counts.entries.fetch_add(1, Ordering::Relaxed);
    Ok(())
}
