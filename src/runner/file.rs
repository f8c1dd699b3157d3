//! Reads a file that the user named.

use std::io::Read as _;
use std::path::PathBuf;

/// A manifest larger than this is none: no object may be larger than 1.5 MiB.
const LARGEST: u64 = 16 << 20;

/// Its text, or in words why there is none. `~/` is the home directory, as a shell would take it.
pub(super) fn read(path: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let place = match path.strip_prefix("~/").zip(std::env::var_os("HOME")) {
        Some((rest, home)) => PathBuf::from(home).join(rest),
        None => PathBuf::from(path),
    };
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

#[cfg(test)]
mod tests {
    use super::read;

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
