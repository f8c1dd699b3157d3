//! Reads and writes files that the user named.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::event::Unsaved;

/// A manifest larger than this is none: no object may be larger than 1.5 MiB.
const LARGEST: u64 = 16 << 20;

/// Its text, or in words why there is none. `~/` is the home directory, as a shell would take it.
pub(super) fn read(path: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let place = place(path);
    let meta = std::fs::metadata(&place).map_err(failed)?;
    if meta.is_dir() {
        return Err(format!("{path}: it is a directory; name one file"));
    }
    if !meta.is_file() {
        // A pipe would be waited for.
        return Err(format!("{path}: it is no file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&place).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{path}: it is larger than {} MiB", LARGEST >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n').count();
        format!("{path}: line {line}: it is not UTF-8")
    })
}

/// `~` is the home directory, as a shell would take it.
fn place(path: &str) -> PathBuf {
    let rest = if path == "~" { Some("") } else { path.strip_prefix("~/") };
    match rest.zip(std::env::var_os("HOME")) {
        Some((rest, home)) => PathBuf::from(home).join(rest),
        None => PathBuf::from(path),
    }
}

/// Saves a text to a new file, private as everything that is made here; says where it is, in words. It stands under its name
/// only when it is whole, and a file that is there already is not touched. `base`: where a path without a beginning leads from;
/// `None`: the working directory.
pub(super) fn save(path: &str, text: &str, base: Option<&Path>) -> Result<String, Unsaved> {
    let refused = |why: String| Unsaved { why, path: path.to_owned() };
    let failed = |error: std::io::Error| refused(reason(&error));
    let place = place(path);
    let place = base.map_or_else(|| place.clone(), |base| base.join(&place));
    let place = std::path::absolute(place).map_err(failed)?;
    let (Some(dir), Some(_)) = (place.parent(), place.file_name().filter(|_| !path.ends_with('/'))) else {
        return Err(refused(IS_DIRECTORY.to_owned()));
    };
    if let Some(why) = taken(&place) {
        return Err(refused(why.to_owned()));
    }
    let mut file = tempfile::Builder::new().prefix(".dogwatch-").tempfile_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // Somebody may have made one of this name meanwhile.
    file.persist_noclobber(&place).map_err(|error| match taken(&place) {
        Some(why) => refused(why.to_owned()),
        None => failed(error.error),
    })?;
    Ok(format!("saved {} lines to {}", text.lines().count(), place.display()))
}

const IS_DIRECTORY: &str = "it is a directory; name a file";

/// What stands at a place already.
fn taken(place: &Path) -> Option<&'static str> {
    let meta = place.symlink_metadata().ok()?;
    Some(match meta.file_type() {
        kind if kind.is_dir() => IS_DIRECTORY,
        kind if kind.is_symlink() => "it is a symlink, and is not followed; choose another name",
        kind if kind.is_file() => "it exists already, and is not touched; choose another name",
        _ => "it is not a regular file; choose another name",
    })
}

/// In words why nothing can be written.
fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "no such directory".to_owned(),
        ErrorKind::PermissionDenied => "no permission to write there".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left there".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "nothing can be written there: it is mounted read-only".to_owned(),
        ErrorKind::InvalidFilename => "the name is too long".to_owned(),
        // The error of a file that was to be made names the file that stood in for it.
        _ => error.get_ref().map_or_else(|| error.to_string(), |_| error.kind().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, save};

    #[test]
    fn what_is_saved_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        assert_eq!(
            save(&path("a.log"), "one\ntwo\n", None),
            Ok(format!("saved 2 lines to {}", path("a.log")))
        );
        assert_eq!(std::fs::read_to_string(path("a.log")).unwrap(), "one\ntwo\n");
        // A path without a beginning leads from where it is said.
        let saved = save("b.log", "x", Some(dir.path()));
        assert_eq!(saved, Ok(format!("saved 1 lines to {}", path("b.log"))));
        std::fs::remove_file(path("b.log")).unwrap();
        assert!(save(&path("a.log"), "x", None).is_err());
        assert_eq!(std::fs::read_to_string(path("a.log")).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half is left behind");
    }

    #[test]
    fn what_is_refused_is_told_with_its_reason_and_its_name_last() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("a"), "x").unwrap();
        std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        for (name, why) in [
            (path("a"), "exists already"),
            (path(""), "is a directory"),
            (dir.path().display().to_string(), "is a directory"),
            ("~".to_owned(), "is a directory"),
            (path("link"), "is a symlink"),
            (path("socket"), "not a regular file"),
            (path("none/a"), "no such directory"),
            (path("a/b"), "no such directory"),
            (path(&"x".repeat(300)), "too long"),
        ] {
            let refused = save(&name, "x", None).unwrap_err();
            assert!(refused.why.contains(why), "{name}: {}", refused.why);
            assert!(!refused.why.contains(".dogwatch-") && refused.path == name, "{}", refused.why);
        }
        for (kind, why) in [
            (std::io::ErrorKind::PermissionDenied, "no permission"),
            (std::io::ErrorKind::StorageFull, "no space"),
            (std::io::ErrorKind::ReadOnlyFilesystem, "read-only"),
        ] {
            assert!(super::reason(&kind.into()).contains(why), "{why}");
        }
        let told =
            save(&path(&format!("{}/note.md", "long/".repeat(20))), "x", None).unwrap_err().to_string();
        assert!(told.starts_with("no such directory: /") && told.contains('…'), "{told}");
        assert!(told.ends_with("/note.md") && told.chars().count() < 70, "{told}");
    }

    #[test]
    fn what_is_no_text_is_told_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("a"), "kind: X\n").unwrap();
        std::fs::write(path("b"), b"a: b\nc: \xff\n").unwrap();
        assert_eq!(read(&path("a")), Ok("kind: X\n".to_owned()));
        assert_eq!(read(&path("b")), Err(format!("{}: line 2: it is not UTF-8", path("b"))));
        assert!(read(&path("c")).unwrap_err().starts_with(&path("c")));
        assert!(read(&path("")).unwrap_err().ends_with("name one file"));
    }
}
