//! Archives that try to get out, archives that are broken off, and those that are what they say.

use tar::{Builder, Header};

use super::*;

/// Appends an entry with a name that the builder itself would refuse.
fn raw(builder: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, link: &str, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o4755);
    header.set_size(content.len() as u64);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.name[..name.len()].copy_from_slice(name.as_bytes());
    gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, link) in entries {
        raw(&mut builder, name, *kind, link, if kind.is_file() { b"content" } else { b"" });
    }
    builder.into_inner().unwrap()
}

/// Unpacks what is asked for as `/data` into `DIR/out`.
fn unpacked(dir: &Path, bytes: &[u8], whole: bool) -> Result<(PathBuf, Vec<String>), String> {
    let place = Place::new(&dir.join("out").to_string_lossy(), "/data")?;
    let (pieces, archive) = mpsc::channel(64);
    for piece in bytes.chunks(1000) {
        pieces.blocking_send(Piece::Bytes(Bytes::copy_from_slice(piece))).ok().unwrap();
    }
    if whole {
        pieces.blocking_send(Piece::End).ok().unwrap();
    }
    drop(pieces);
    let done = unpack(place, archive, "/data", &Counts::default())?;
    let notes = done.refused();
    Ok((done.keep()?, notes))
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const FILE: EntryType = EntryType::Regular;
const DIR: EntryType = EntryType::Directory;

#[test]
fn what_would_be_written_elsewhere_ends_the_copy() {
    for entries in [
        vec![("data/", DIR, ""), ("data/../../escaped", FILE, "")],
        vec![("data/", DIR, ""), ("/tmp/escaped", FILE, "")],
        vec![("data/", DIR, ""), ("escaped", FILE, "")],
        vec![("../escaped", FILE, "")],
        // A link that stays, and a file that would be written through it.
        vec![
            ("data/", DIR, ""),
            ("data/d/", DIR, ""),
            ("data/l", EntryType::Symlink, "d"),
            ("data/l/x", FILE, ""),
        ],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let refused = unpacked(dir.path(), &archive(&entries), true).unwrap_err();
        assert!(refused.contains("refused: ") || refused.contains("through a link"), "{refused}");
        assert!(names(dir.path()).is_empty(), "nothing is left: {:?}", names(dir.path()));
    }
}

#[test]
fn what_leads_out_or_is_no_file_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret"), "mine").unwrap();
    let entries = [
        ("data/", DIR, ""),
        ("data/a", FILE, ""),
        ("data/passwd", EntryType::Symlink, "/etc/passwd"),
        ("data/up", EntryType::Symlink, "../../secret"),
        ("data/hard", EntryType::Link, "../secret"),
        ("data/null", EntryType::Char, ""),
        ("data/pipe", EntryType::Fifo, ""),
        ("data/good", EntryType::Symlink, "a"),
        ("data/twin", EntryType::Link, "data/a"),
    ];
    let (at, notes) = unpacked(dir.path(), &archive(&entries), true).unwrap();
    assert_eq!(names(&at), ["a", "good", "twin"]);
    assert_eq!(
        notes,
        [
            "left out: data/passwd (a link that leads out), data/up (a link that leads out), data/hard (a link that leads out) and 2 more"
        ]
    );
    assert_eq!(fs::read_to_string(at.join("good")).unwrap(), "content");
    let mode = fs::metadata(at.join("a")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7000, 0, "nothing becomes setuid");
    assert_eq!(names(dir.path()), ["out", "secret"]);
}

#[test]
fn a_link_instead_of_what_was_asked_for_is_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let refused = unpacked(dir.path(), &archive(&[("data", EntryType::Symlink, "/etc")]), true).unwrap_err();
    assert_eq!(refused, "nothing was copied; left out: data (a link that leads out)");
}

#[test]
fn what_is_broken_off_leaves_nothing() {
    let whole = archive(&[("data/", DIR, ""), ("data/a", FILE, ""), ("data/b", FILE, "")]);
    for cut in [0, 100, 512, 600, 1100, whole.len() - 1, whole.len()] {
        let dir = tempfile::tempdir().unwrap();
        assert!(unpacked(dir.path(), &whole[..cut], false).is_err(), "cut after {cut}");
        assert!(names(dir.path()).is_empty(), "cut after {cut}: {:?}", names(dir.path()));
    }
    // An archive that says that it is over, and is not.
    let dir = tempfile::tempdir().unwrap();
    assert!(unpacked(dir.path(), &whole[..1100], true).is_err());
    assert!(names(dir.path()).is_empty());
}

#[test]
fn what_is_there_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = archive(&[("data", FILE, "")]);
    let (at, _) = unpacked(dir.path(), &bytes, true).unwrap();
    assert_eq!(fs::read_to_string(&at).unwrap(), "content");
    fs::write(&at, "mine").unwrap();
    let refused = unpacked(dir.path(), &bytes, true).unwrap_err();
    assert!(refused.ends_with("is there already: it is not written over"), "{refused}");
    assert_eq!(fs::read_to_string(&at).unwrap(), "mine");
    // A directory that is there is where it goes.
    fs::remove_file(&at).unwrap();
    fs::create_dir(&at).unwrap();
    let (inside, _) = unpacked(dir.path(), &bytes, true).unwrap();
    assert_eq!(inside, at.join("data"));
}
