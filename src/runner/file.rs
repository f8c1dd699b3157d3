//! Reads and writes files that the user named.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

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

fn place(path: &str) -> PathBuf {
    match path.strip_prefix("~/").zip(std::env::var_os("HOME")) {
        Some((rest, home)) => PathBuf::from(home).join(rest),
        None => PathBuf::from(path),
    }
}

/// Saves a text to a new file, private as everything that is made here; says where it is, in words. It stands under its name
/// only when it is whole, and a file that is there already is not touched.
pub(super) fn save(path: &str, text: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let place = std::path::absolute(place(path)).map_err(failed)?;
    let (Some(dir), Some(_)) = (place.parent(), place.file_name().filter(|_| !path.ends_with('/'))) else {
        return Err(format!("{path}: it is a directory; name a file"));
    };
    let taken = |place: &Path| match place.symlink_metadata() {
        Ok(meta) if meta.is_dir() => Some(format!("{path}: it is a directory; name a file")),
        Ok(_) => Some(format!("{path}: it exists already, and is not touched; choose another name")),
        Err(_) => None,
    };
    if let Some(why) = taken(&place) {
        return Err(why);
    }
    let mut file = tempfile::Builder::new().prefix(".dogwatch-").tempfile_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    // Somebody may have made one of this name meanwhile.
    file.persist_noclobber(&place).map_err(|error| taken(&place).unwrap_or_else(|| failed(error.error)))?;
    Ok(format!("saved {} lines to {}", text.lines().count(), place.display()))
}

#[cfg(test)]
mod tests {
    use super::{read, save};

    #[test]
    fn what_is_saved_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        assert_eq!(save(&path("a.log"), "one\ntwo\n"), Ok(format!("saved 2 lines to {}", path("a.log"))));
        assert_eq!(std::fs::read_to_string(path("a.log")).unwrap(), "one\ntwo\n");
        assert!(save(&path("a.log"), "x").unwrap_err().contains("exists already"));
        assert!(save(&path(""), "x").unwrap_err().contains("is a directory"));
        assert!(save(&path("none/a.log"), "x").unwrap_err().starts_with(&path("none/a.log")));
        assert_eq!(std::fs::read_to_string(path("a.log")).unwrap(), "one\ntwo\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing half is left behind");
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
