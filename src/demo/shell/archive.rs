//! `tar` as copies use it: to the standard output and from the standard input.

use std::fmt::Write as _;
use std::io::Read as _;

use bytes::Bytes;
use tar::{Archive, Builder, EntryType, Header};

use super::files::{Content, Files, absolute};

const BLOCK: usize = 512;

/// What `tar` is asked to do.
pub(super) struct Order<'a> {
    pub create: bool,
    pub dir: Option<&'a str>,
    pub paths: Vec<&'a str>,
}

impl<'a> Order<'a> {
    /// `cf - PATH`, `-xmf - -C DIR` and the like.
    pub fn parse(arguments: &[&'a str]) -> Option<Self> {
        let (letters, mut rest) = arguments.split_first()?;
        let letters = letters.trim_start_matches('-');
        let create = letters.contains('c');
        if create == letters.contains('x') || letters.contains('z') {
            return None;
        }
        if letters.ends_with('f') {
            rest = rest.strip_prefix(&["-"])?;
        }
        let mut order = Self { create, dir: None, paths: Vec::new() };
        while let Some((next, more)) = rest.split_first() {
            rest = more;
            match *next {
                "-C" => {
                    let (dir, more) = rest.split_first()?;
                    order.dir = Some(dir);
                    rest = more;
                }
                "--" => {}
                option if option.starts_with('-') => {}
                path => order.paths.push(path),
            }
        }
        Some(order)
    }
}

/// An archive of some paths, and what there is to complain about.
pub(super) fn pack(files: &Files, dir: &str, paths: &[&str]) -> (Vec<u8>, String) {
    let mut builder = Builder::new(Vec::new());
    let mut complaints = String::new();
    for path in paths {
        if path.starts_with('/') {
            complaints.push_str("tar: Removing leading `/' from member names\n");
        }
        let top = absolute(dir, path);
        if files.at(&top).is_none() {
            // A string takes everything that is written to it.
            let _ = writeln!(complaints, "tar: {path}: Cannot stat: No such file or directory");
        }
        let name = path.trim_matches('/');
        for (at, node) in files.below(&top) {
            let below = at[top.len()..].trim_start_matches('/');
            let name = match (name, below) {
                ("", below) => format!("./{below}"),
                (name, "") => name.to_owned(),
                (name, below) => format!("{name}/{below}"),
            };
            let mut header = Header::new_gnu();
            header.set_mode(node.mode);
            header.set_mtime(node.mtime);
            // What is in memory fits an archive in memory.
            let _ = match &node.content {
                Content::Dir => {
                    header.set_entry_type(EntryType::Directory);
                    header.set_size(0);
                    builder.append_data(&mut header, format!("{name}/"), &[][..])
                }
                Content::File(bytes) => {
                    header.set_size(bytes.len() as u64);
                    builder.append_data(&mut header, name, &bytes[..])
                }
                Content::Link(to) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_size(0);
                    builder.append_link(&mut header, name, to)
                }
            };
        }
    }
    (builder.into_inner().unwrap_or_default(), complaints)
}

/// Whether the end of the archive has come: two blocks of zeros where a header would be.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block.iter().all(|byte| *byte == 0) {
            return bytes.len() >= at + 2 * BLOCK;
        }
        let Ok(size) = Header::from_byte_slice(block).entry_size() else { return true };
        at += BLOCK + (size as usize).div_ceil(BLOCK) * BLOCK;
    }
    false
}

/// Writes what is in an archive below a directory.
pub(super) fn unpack(files: &mut Files, dir: &str, bytes: &[u8]) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("This does not look like a tar archive: {error}");
    if bytes.is_empty() {
        return Err("This does not look like a tar archive".to_owned());
    }
    for entry in Archive::new(bytes).entries().map_err(broken)? {
        let mut entry = entry.map_err(|_| "Unexpected EOF in archive".to_owned())?;
        let name = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        let at = absolute(dir, name.trim_start_matches('/'));
        let (mode, mtime) = (entry.header().mode().unwrap_or(0o644), entry.header().mtime().unwrap_or(0));
        match entry.header().entry_type() {
            EntryType::Directory => files.make_dirs(&at),
            EntryType::Symlink => {
                let to =
                    entry.link_name().map_err(broken)?.unwrap_or_default().to_string_lossy().into_owned();
                files.link(&at, &to);
            }
            _ => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(|_| "Unexpected EOF in archive".to_owned())?;
                if let Some((above, _)) = at.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
                    files.make_dirs(above);
                }
                files
                    .write(&at, Bytes::from(content), mode & 0o777, mtime)
                    .map_err(|why| format!("{name}: Cannot open: {why}"))?;
            }
        }
    }
    Ok(())
}
